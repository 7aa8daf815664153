//! What no input may do: panic, hang, grow without end, or be refused without a word.

use contextc::{Compiler, FileLoader, Report, Severity, Source};
use std::path::Path;
use std::time::{Duration, Instant};

/// The largest context, in bytes.
const LIMIT: usize = 4 * 1024 * 1024;

/// For one file in an unoptimized build on a busy machine: far above what it takes, far below a hang.
const BOUND: Duration = Duration::from_secs(120);

/// The most that is said of one file.
const MOST_DIAGNOSTICS: usize = 101;

fn folder(path: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn text(path: &str) -> String {
    std::fs::read_to_string(folder(path)).unwrap()
}

/// Compiles and checks, and holds what is said against what must hold of any input.
fn judged(bytes: impl Into<Vec<u8>>) -> Report {
    let source = Source::from_bytes("a.yaml", bytes.into());
    let compiler = Compiler::new().loader(FileLoader::new(folder("tests/cases")));
    let begun = Instant::now();
    let report = match compiler.compile(&source) {
        Ok(compiled) => {
            assert!(!compiled.artifact().bytes().is_empty());
            assert!(!compiled.report().has_errors());
            compiled.report().clone()
        }
        Err(error) => {
            let report = error.report().unwrap().clone();
            assert!(report.has_errors(), "refused without a word");
            report
        }
    };
    let taken = begun.elapsed();
    assert!(taken < BOUND, "took {taken:?}\n{}", beginning(source.text()));
    every_diagnostic_is_for_people(&report);
    report
}

fn beginning(text: &str) -> String {
    text.chars().take(200).collect()
}

fn every_diagnostic_is_for_people(report: &Report) {
    let text = report.source().text();
    assert!(report.diagnostics().len() <= MOST_DIAGNOSTICS, "{} faults", report.diagnostics().len());
    for diagnostic in report.diagnostics() {
        let places = diagnostic.related().iter().map(|(span, _)| *span).chain([diagnostic.span()]);
        for span in places {
            assert!(text.get(span.start..span.end).is_some(), "{span:?} is no place in\n{}", beginning(text));
        }
        let helps = diagnostic.help_texts().iter().flat_map(|help| help.lines());
        for line in helps.chain([diagnostic.message(), diagnostic.label_text()]) {
            assert!(line.chars().count() < 400, "too long to read: {line}");
            assert!(!line.contains(char::is_control), "control characters reach the terminal: {line:?}");
        }
        assert!(!diagnostic.message().is_empty());
    }
    // Every line of it can be written, whatever the places are.
    assert!(report.diagnostics().is_empty() || report.to_string().starts_with("a.yaml:"));
}

fn codes(report: &Report) -> Vec<&'static str> {
    let errors = report.diagnostics().iter().filter(|diagnostic| diagnostic.severity() == Severity::Error);
    errors.map(|diagnostic| diagnostic.code().as_str()).collect()
}

#[track_caller]
fn assert_refused(bytes: impl Into<Vec<u8>>, code: &str) {
    let bytes = bytes.into();
    let shown = beginning(&String::from_utf8_lossy(&bytes));
    assert_eq!(codes(&judged(bytes)), [code], "{shown}");
}

/// `unit` until the text is `size` bytes, or a little less.
fn filled(head: &str, unit: &str, size: usize) -> String {
    format!("{head}{}", unit.repeat((size - head.len()) / unit.len()))
}

#[test]
fn a_file_beyond_4_mib_is_refused_unread() {
    assert_refused(vec![b'#'; LIMIT + 1], "source/too-large");
    assert_refused(vec![0xff; 2 * LIMIT], "source/too-large");
    let source = Source::new("a.yaml", "#".repeat(LIMIT + 1));
    assert_eq!(codes(&Compiler::new().check(&source)), ["source/too-large"]);
}

#[test]
fn a_file_of_4_mib_is_judged() {
    let text = filled("final_message: |\n", "  a line of a long message\n", LIMIT);
    assert!(text.len() > LIMIT - 100);
    assert_eq!(codes(&judged(text)), [""; 0]);
    let mut comments = filled("hostname: a\n", "# a comment\n", LIMIT);
    comments.push_str(&"#".repeat(LIMIT - comments.len()));
    assert_eq!(comments.len(), LIMIT);
    assert_eq!(codes(&judged(comments)), [""; 0]);
}

#[test]
fn many_small_things_are_judged() {
    for (head, unit) in
        [("packages:\n", "- a\n"), ("packages: [a", ",a"), ("final_message: ", "a "), ("x-a: \"", "\\n")]
    {
        judged(filled(head, unit, LIMIT / 16));
    }
    // What may hold logins is looked through as soon as something is wrong.
    for unit in ["a:@", "@", "a:b@c ", "://", "-----BEGIN "] {
        assert_refused(filled("key: x\nx-a: |\n  ", unit, LIMIT / 4), "context/unknown-key");
    }
    let keys = (0..10_000).map(|number| format!("x-{number}: 1\n")).collect::<String>();
    assert_eq!(codes(&judged(keys + "hostname: a\n")), [""; 0]);
}

/// Half a million of them: of the smallest, four megabytes hold four times as many.
#[test]
fn values_without_end_are_refused() {
    for (head, unit, tail) in [
        ("packages: [a", ",a", "]\n"),
        ("x-a:\n", "- a\n", ""),
        ("runcmd: [[]", ",[]", "]\n"),
        ("x-a: [a: b", ",a: b", "]\n"),
    ] {
        assert_refused(filled(head, unit, LIMIT - 10) + tail, "yaml/too-many-values");
    }
    // A key that is there again is said first, and nobody needs it a million times.
    assert!(
        codes(&judged(filled("x-a: {a", ",a", LIMIT - 10) + "}\n")).iter().all(|code| *code == "yaml/duplicate-key")
    );
}

#[test]
fn placeholders_and_files_without_end_are_refused() {
    let variable = format!("variables: {{a: {}}}\nenvironment:\n", "b".repeat(100_000));
    let values = (0..200).map(|number| format!("  A{number}: '{{{{ a }}}}'\n")).collect::<String>();
    // Once, and nothing of what misses this block.
    assert_refused(
        variable + &values + "run: {commands: [{name: a, command: 'true', after: x}]}\n",
        "placeholder/too-long",
    );
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.sh"), filled("#!/bin/sh\n", "echo\n", LIMIT)).unwrap();
    let scripts = |count: usize| Source::new("a.yaml", format!("scripts: [{}]\n", vec!["a.sh"; count].join(", ")));
    let check = |count| Compiler::new().loader(FileLoader::new(folder.path())).check(&scripts(count));
    assert_eq!(codes(&check(2)), [""; 0]);
    assert_eq!(codes(&check(4)), ["content/cannot-read"; 2]);
}

/// Comparing it with every known one would take memory as the product of the two.
#[test]
fn a_very_long_name_is_like_none() {
    assert_refused(format!("{}: 1\n", "k".repeat(1000)), "context/unknown-key");
    assert_refused(format!("? {}\n: 1\n", "k".repeat(LIMIT - 10)), "context/unknown-key");
}

#[test]
fn brackets_without_end_are_too_deep() {
    for count in [10_000, 1_000_000] {
        for unit in ["[", "{", "{a: ", "[{a: ", "- ", "? "] {
            let size = (unit.len() * count).min(LIMIT);
            assert_refused(unit.repeat(size / unit.len()), "yaml/too-deep");
            assert_refused(filled("localfs:\n  ", unit, size), "yaml/too-deep");
        }
    }
    judged("]".repeat(1_000_000));
    judged("a: ".repeat(1_000_000));
    judged("!a ".repeat(1_000_000));
    judged("&a ".repeat(1_000_000));
}

#[test]
fn blocks_that_step_down_without_end_are_too_deep() {
    for depth in [65, 1000, 2500] {
        let steps = (0..depth).map(|level| format!("{}a:\n", " ".repeat(level))).collect::<String>();
        assert_refused(steps, "yaml/too-deep");
    }
    let steps = (0..62).map(|level| format!("{}a:\n", " ".repeat(level + 1))).collect::<String>();
    assert_eq!(codes(&judged(format!("x-a:\n{steps}hostname: a\n"))), [""; 0]);
}

/// Each level holds the one before it ten times.
fn tenfold(levels: usize, first: &str, of: impl Fn(&[String]) -> String) -> String {
    let mut text = format!("x-0: &a0 {first}\n");
    for level in 1..levels {
        let aliases: Vec<String> = (0..10).map(|_| format!("*a{}", level - 1)).collect();
        text.push_str(&format!("x-{level}: &a{level} {}\n", of(&aliases)));
    }
    text
}

#[test]
fn alias_bombs_are_refused() {
    let list = |aliases: &[String]| format!("[{}]", aliases.join(", "));
    let map = |aliases: &[String]| {
        let pairs = aliases.iter().enumerate().map(|(number, alias)| format!("k{number}: {alias}"));
        format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
    };
    let merged = |aliases: &[String]| format!("{{<<: [{}]}}", aliases.join(", "));
    let nested = |aliases: &[String]| format!("[[{}], {{a: {}}}]", aliases.join(", "), aliases[0]);
    assert_refused(tenfold(10, "[lol, lol]", list), "yaml/alias-bomb");
    assert_refused(tenfold(10, "{a: lol}", map), "yaml/alias-bomb");
    assert_refused(tenfold(10, "{a: lol}", merged), "yaml/alias-bomb");
    assert_refused(tenfold(10, "lol", nested), "yaml/alias-bomb");
    // Deep and thin, and sixty levels of two.
    let doubled = |aliases: &[String]| format!("[{}, {}]", aliases[0], aliases[1]);
    assert_refused(tenfold(60, "lol", doubled), "yaml/alias-bomb");
}

#[test]
fn one_long_value_is_not_written_out_many_times() {
    let long = "l".repeat(1_000_000);
    for uses in ["packages: [{}]", "scripts: [{}]", "cvmfs: {local: {repositories: [{}]}}", "x-b: [{}]", "? [{}]\n: 1"]
    {
        let aliases = ["*a"; 20].join(", ");
        assert_refused(format!("x-a: &a {long}\n{}\n", uses.replace("{}", &aliases)), "yaml/alias-bomb");
    }
    let keys = (0..20).map(|number| format!("  k{number}: {{*a : 1}}\n")).collect::<String>();
    assert_refused(format!("x-a: &a {long}\ncloud-config:\n{keys}"), "yaml/alias-bomb");
    let few = ["*a"; 10].join(", ");
    assert_eq!(codes(&judged(format!("x-a: &a {long}\nx-b: [{few}]\nhostname: a\n"))), [""; 0]);
}

#[test]
fn many_anchors_and_aliases_are_judged() {
    let anchors = (0..20_000).map(|number| format!("- &a{number} b\n")).collect::<String>();
    let aliases = (0..20_000).map(|number| format!("- *a{number}\n")).collect::<String>();
    assert_eq!(codes(&judged(format!("x-a:\n{anchors}x-b:\n{aliases}hostname: a\n"))), [""; 0]);
    assert_refused("packages: &a [*a]\n", "yaml/alias-loop");
    assert_refused("? &a {b: *a}\n: 1\n", "yaml/alias-loop");
    assert_refused("packages: [*a]\n", "yaml/syntax");
}

#[test]
fn control_characters_never_reach_a_terminal() {
    let characters = (0..0x20).chain([0x7f, 0x80, 0x85, 0x9b, 0xa0, 0x2028, 0x2029, 0xfeff, 0xfffe, 0xffff, 0x1f404]);
    for character in characters.filter_map(char::from_u32) {
        let places = [
            "?",
            "?hostname: a\n",
            "hostname: ?\n",
            "hostname: a?b\n",
            "hostname: \"a?b\"\n",
            "hostname: a\n?",
            "?: 1\n",
            "host?name: a\n",
            "localfs: {disk: \"?\"}\n",
            "localfs: {\"a?b\": 1}\n",
            "localfs: {filesystem: \"?\"}\n",
            "scripts: [\"?\"]\n",
            "scripts: [\"#!/bin/sh\\n?\"]\n",
            "target: \"?\"\n",
            "variables: {\"?\": a, b: \"?\"}\n",
            "cvmfs: {local: {http-proxy: \"?\", repositories: \"?\"}}\n",
            "cvmfs: {local: {http-proxy: \"{{ ? }}\"}}\n",
            "cvmfs: {repository: {url: \"?\", key: \"?\"}}\n",
            "cvmfs: {repository: {url: \"?\", key: {file: \"?\"}}}\n",
            "include: \"?\"\n",
            "handlers: {include: \"?\", \"?\": 1}\n",
            "localfs: {parts: {\"?\": 1, \"?-mount\": \"?\"}}\n",
            "localfs: {mounts: [[\"?\", \"?\", \"?\", \"?\", \"?\", \"?\"]]}\n",
            "cloud-config: {a: !<?> b, c: !? d}\n",
            "localfs: {volumes: [{name: \"?\", size: \"?\", mount: \"?\", options: \"?\", mode: \"?\", filesystem: \"?\"}]}\n",
        ];
        for place in places {
            judged(place.replace('?', &character.to_string()));
            // The same from an escape: there no reader of YAML stands in the way.
            let escape = format!("\\U{:08x}", u32::from(character));
            judged(place.replace('?', &escape));
        }
    }
}

#[test]
fn long_values_are_not_repeated_to_people() {
    let long = "long".repeat(1000);
    let places = [
        "?: 1",
        "hostname: a\nlocalfs: {?: 1}",
        "localfs: {disk: \"? ?\"}",
        "localfs: {filesystem: ?}",
        "localfs: ?",
        "target: ?",
        "version: ?",
        "handlers: ?",
        "localfs: {parts: {home: ?, ?-mount: /a}}",
        "localfs: {volumes: [{name: ?, size: ?, mount: ?, mode: ?, options: \"? ?\"}]}",
        "localfs: {mounts: [[\"? ?\", /a, ext4, defaults, 0, 0]]}",
        "localfs: {wait: ?, existing: ?, volume-group: ?}",
        "cvmfs: {install: ?, version: ?}",
        "cvmfs: {local: {http-proxy: ?, repositories: [\"? ?\", ?, ?], quota-limit: ?, cache-base: ?, default-domain: \"? ?\"}}",
        "cvmfs: {local: {repositories: \"{{ ? }} {{ ? + ? }}\"}}",
        "variables: {\"?-\": 1}",
        "include: ?",
        "scripts: [?, {file: ?}, {?: a}]",
        "a: {?: {b: c}}",
        "cvmfs: {domain: {server: ?}, repository: {url: ?, key: ?}, release-package: {url: ?, sha256: ?}}",
        "cloud-config: {a: !? b}",
        "? : {{ ? }}",
        "cvmfs: {extra: [{name: \"? ?\", server: ?, key: ?}]}",
        "hostname: {a: *?}",
        "?",
        "\"?",
        "localfs: {home: {{ ? }}}",
        "cloud-config: [?]",
    ];
    for place in places {
        judged(place.replace('?', &long));
    }
}

/// Wherever a file is cut off, something is said of it or it is whole.
#[test]
fn every_beginning_of_a_file_is_judged() {
    for path in
        ["examples/virtual-farm.yaml", "tests/cases/localfs_volumes.yaml", "tests/cases/cloud_config_scalars.yaml"]
    {
        let text = text(path);
        for end in (0..=text.len()).filter(|end| text.is_char_boundary(*end)) {
            judged(&text[..end]);
        }
    }
}

#[test]
fn every_slip_of_one_key_is_judged() {
    let farm = text("examples/virtual-farm.yaml");
    for at in 0..farm.len() {
        judged(format!("{}{}", &farm[..at], &farm[at + 1..]));
        judged(format!("{}{}", &farm[..=at], &farm[at..]));
    }
}

#[test]
fn every_byte_of_a_file_may_be_anything() {
    let text = text("tests/cases/localfs_volumes.yaml");
    for at in 0..text.len() {
        for byte in [0, b'\t', b'\n', b'"', b'{', b'*', b':', 0xff] {
            let mut bytes = text.clone().into_bytes();
            bytes[at] = byte;
            judged(bytes);
        }
    }
}

/// Nobody reads a thousand faults, and each costs time.
#[test]
fn faults_without_end_are_cut_short() {
    let many = |unit: &str| (0..2_000).map(|number| unit.replace('?', &number.to_string())).collect::<String>();
    for (head, unit) in [
        ("", "k?: 1\n"),
        ("localfs:\n", "  k?: 1\n"),
        ("localfs:\n  parts:\n", "    k?: x\n"),
        ("", "a: ?\n"),
        ("localfs:\n  volumes:\n", "  - {name: a}\n"),
        ("cvmfs:\n  local:\n    repositories:\n", "    - \"{{ a? }}\"\n"),
        ("scripts:\n", "- no-such-file-?\n"),
        ("include:\n", "- a?\n"),
        ("variables:\n", "  ?a: 1\n"),
        ("cloud-config:\n", "  k?: =\n"),
        ("localfs:\n  mounts:\n", "  - [?]\n"),
        ("cvmfs:\n  extra:\n", "  - {name: ?}\n"),
    ] {
        judged(format!("{head}{}", many(unit)));
    }
}
