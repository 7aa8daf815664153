//! What holds for every input: no panic, the same bytes for the same input, and a message that gives back what went in.
//!
//! The message is taken apart by a small reader of its own, which shares nothing with what wrote it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use contextc::{Compiled, Compiler, Envelope, Error, LoadError, Loader, Report, Source};
use proptest::prelude::*;
use std::collections::BTreeSet;

/// Debug builds are slow; a thousand inputs more are a `PROPTEST_CASES=1000` away.
fn cases() -> ProptestConfig {
    let failure_persistence = Some(Box::new(proptest::test_runner::FileFailurePersistence::Off) as Box<_>);
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(150);
    ProptestConfig { cases, failure_persistence, ..ProptestConfig::default() }
}

/// Every path is a file: with one text, or none.
#[derive(Clone)]
struct OneFile(Option<Vec<u8>>);

impl Loader for OneFile {
    fn load(&self, _path: &str) -> Result<Vec<u8>, LoadError> {
        self.0.clone().ok_or_else(|| LoadError::new("no such file"))
    }
}

fn report_of(result: &Result<Compiled, Error>) -> &Report {
    match result {
        Ok(compiled) => compiled.report(),
        Err(error) => error.report().unwrap(),
    }
}

/// Compiles and checks twice; what must hold whatever the input is.
fn judged(compiler: &Compiler, source: &Source) -> Option<Vec<u8>> {
    let (first, again) = (compiler.compile(source), compiler.compile(source));
    let bytes =
        |result: &Result<Compiled, Error>| result.as_ref().ok().map(|compiled| compiled.artifact().bytes().to_vec());
    assert_eq!(bytes(&first), bytes(&again), "two compilations give different bytes");
    assert_eq!(report_of(&first).to_string(), report_of(&again).to_string());
    assert_eq!(report_of(&first).has_errors(), first.is_err(), "accepted with errors, or refused without");
    assert_eq!(compiler.check(source).to_string(), compiler.check(source).to_string());
    for diagnostic in report_of(&first).diagnostics() {
        let span = diagnostic.span();
        assert!(source.text().get(span.start..span.end).is_some(), "{span:?} is no place");
        assert!(!diagnostic.help_texts().is_empty(), "{}: no help", diagnostic.message());
    }
    bytes(&first)
}

/// One part of a message: its headers as they stand, and its body decoded.
#[derive(Debug, Clone, PartialEq)]
struct Part {
    content_type: String,
    filename: String,
    body: Vec<u8>,
}

/// Takes a message apart as RFC 2046 says: the line break before a delimiter belongs to the delimiter.
fn parts(message: &[u8]) -> Vec<Part> {
    let text = std::str::from_utf8(message).expect("a message is ASCII");
    assert!(text.is_ascii() && text.starts_with("MIME-Version: 1.0"));
    let text = text.replace("\r\n", "\n");
    let boundary = text.split("boundary=\"").nth(1).unwrap().split('"').next().unwrap();
    let (_, rest) = text.split_once(&format!("\n--{boundary}\n")).unwrap();
    let (inside, after) = rest.split_once(&format!("\n--{boundary}--")).unwrap();
    assert_eq!(after.trim(), "", "something follows the last part");
    inside.split(&format!("\n--{boundary}\n")).map(part).collect()
}

fn part(text: &str) -> Part {
    let (headers, body) = text.split_once("\n\n").unwrap();
    let header = |name: &str| {
        headers.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_else(|| panic!("no {name} in {headers}"))
    };
    let body = match header("Content-Transfer-Encoding: ") {
        "7bit" => body.as_bytes().to_vec(),
        "base64" => STANDARD.decode(body.replace('\n', "")).unwrap(),
        other => panic!("the encoding {other}"),
    };
    let quoted = |line: &str| line.split('"').nth(1).unwrap().to_owned();
    Part {
        content_type: header("Content-Type: ").split(';').next().unwrap().into(),
        filename: quoted(header("Content-Disposition: attachment; filename=")),
        body,
    }
}

/// What the compiler says it puts into a message, from its own account of the plan.
fn planned(compiler: &Compiler, source: &Source) -> Vec<Part> {
    let plan: serde_json::Value = serde_json::from_slice(&compiler.emit(source, "plan").unwrap()).unwrap();
    let word = |part: &serde_json::Value, key: &str| part[key].as_str().unwrap().to_owned();
    let row = |part: &serde_json::Value| Part {
        content_type: word(part, "content_type"),
        filename: word(part, "filename"),
        body: STANDARD.decode(word(part, "body_base64")).unwrap(),
    };
    plan["parts"].as_array().unwrap().iter().map(row).collect()
}

fn boundary(message: &[u8]) -> String {
    String::from_utf8_lossy(message).split("boundary=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

/// Text as people write it into a context, and as they do not.
fn awkward() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]{1,8}",
        "[0-9]{1,4}(\\.[0-9])?%?",
        "/[a-z/.]{0,12}",
        "https?://[a-z.:0-9/]{0,16}",
        "[ -~]{0,20}",
        "\\PC{0,12}",
        prop::sample::select(vec![
            "~",
            "null",
            "true",
            "yes",
            "[]",
            "{}",
            "{{ a }}",
            "\"{{ a }}\"",
            "'x'",
            "\"\"",
            "- a",
            "a: b",
            "<<",
            "&x a",
            "*x",
            "!!str a",
            "|\n    a",
            ">\n    a",
            "DIRECT",
            "auto",
            "100%FREE",
            "17%VG",
            "20G",
            "rest",
            "#!/bin/sh",
            "\"#!/bin/sh\\n\"",
            "\t",
            "`",
            "\u{feff}",
        ])
        .prop_map(str::to_owned),
    ]
}

/// Every key of the language, and some that are not.
fn key() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => prop::sample::select(vec![
            "version", "target", "handlers", "variables", "scripts", "boothooks", "include", "cloud-config", "localfs", "cvmfs", "x-a",
            "packages", "runcmd", "mounts", "cloud_final_modules", "disk", "extdisk", "volume-group", "filesystem", "parts", "volumes",
            "existing", "wait", "name", "ssh-access", "certificate", "authorized", "host-keys", "identities", "proxies", "host", "ca", "size", "mount", "options", "mode", "home", "tmp", "swap", "swap-mount", "home-mount", "data_mount",
            "install", "start", "local", "domain", "extra", "repository", "release-package", "repositories", "http-proxy", "cache-base",
            "quota-limit", "default-domain", "strict-mount", "cms-local-site", "server", "key", "url", "sha256", "file", "embed", "pinned", "a",
        ])
        .prop_map(str::to_owned),
        1 => "[a-z-]{1,10}",
        1 => awkward(),
    ]
}

/// A value in the flow style, nested at will.
fn value() -> impl Strategy<Value = String> {
    awkward().prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            3 => prop::collection::vec((key(), inner.clone()), 0..5)
                .prop_map(|pairs| format!("{{{}}}", pairs.iter().map(|(key, value)| format!("{key}: {value}")).collect::<Vec<_>>().join(", "))),
            1 => prop::collection::vec(inner, 0..5).prop_map(|items| format!("[{}]", items.join(", "))),
        ]
    })
}

/// A context that is mostly one: known keys at the top, values of any kind below.
fn context() -> impl Strategy<Value = String> {
    prop::collection::vec((key(), value()), 1..6)
        .prop_map(|pairs| pairs.iter().map(|(key, value)| format!("{key}: {value}\n")).collect())
}

/// A block whose settings have their own names, and values that are right as often as not.
fn near_context() -> impl Strategy<Value = String> {
    let pick = |values: &'static [&'static str]| prop::option::of(prop::sample::select(values));
    let shares = prop::collection::btree_map("[a-z]{1,5}", 0u32..60, 0..4);
    (
        shares,
        pick(&["/dev/vdb", "auto", "vdc", "x y"]),
        pick(&["refuse", "reuse", "no"]),
        pick(&["2.1.14", "2.10", "latest"]),
        pick(&["DIRECT", "http://a.example.org:3128", "nothing"]),
        pick(&["a.example.org", "[a.example.org, b]", "a,b", "[[]]"]),
        pick(&["18000", "-1", "x"]),
    )
        .prop_map(|(shares, disk, existing, version, proxy, repositories, quota)| {
            let line = |key: &str, value: Option<&str>| value.map_or(String::new(), |value| format!("{key}: {value}\n"));
            let parts = shares.iter().map(|(name, share)| format!("    {name}: {share}\n    {name}-mount: /{name}\n")).collect::<String>();
            format!(
                "localfs:\n  {}  {}  parts:\n    home: 10\n{parts}cvmfs:\n  {}  local:\n    cache-base: /x\n    {}    {}    {}",
                line("disk", disk), line("existing", existing), line("version", version), line("http-proxy", proxy),
                line("repositories", repositories), line("quota-limit", quota),
            )
            .lines().filter(|line| !line.trim().is_empty()).map(|line| format!("{line}\n")).collect()
        })
}

/// A text as a double-quoted scalar of YAML.
fn quoted(text: &str) -> String {
    let escaped: String = text.chars().map(|c| format!("\\U{:08x}", u32::from(c))).collect();
    format!("\"{escaped}\"")
}

/// A script with any text in it, except what is refused.
fn script() -> impl Strategy<Value = String> {
    "[^\r\0]{0,200}".prop_map(|text| format!("#!/bin/sh\n{text}"))
}

/// A file with keys or certificates whose bytes have been changed at a place: in the text, or below its base64.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    const FILES: &[&str] = &[
        include_str!("cases/files/x509/host.pem"),
        include_str!("cases/files/x509/host.key"),
        include_str!("cases/files/x509/ec.key"),
        include_str!("cases/files/x509/ed.key"),
        include_str!("cases/files/x509/proxy.pem"),
        include_str!("cases/files/ssh/host_ed25519"),
        include_str!("cases/files/ssh/host_ecdsa"),
        include_str!("cases/files/ssh/host_rsa"),
        include_str!("cases/files/ssh/team.keys"),
    ];
    let place = any::<prop::sample::Index>();
    (prop::sample::select(FILES), place, any::<u8>(), any::<bool>()).prop_map(|(text, place, byte, inside)| {
        let mut lines = text.lines();
        let frame: Vec<&str> = lines.by_ref().take_while(|line| line.starts_with("-----")).collect();
        let packed: String = text.lines().filter(|line| !line.starts_with('-')).collect();
        match STANDARD.decode(packed) {
            Ok(mut der) if inside => {
                let at = place.index(der.len());
                der[at] = byte;
                let label = frame[0].trim_matches('-').trim_start_matches("BEGIN ");
                format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", STANDARD.encode(der)).into_bytes()
            }
            _ => {
                let mut bytes = text.as_bytes().to_vec();
                let at = place.index(bytes.len());
                bytes[at] = byte;
                bytes
            }
        }
    })
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn any_text_is_judged(text in "\\PC{0,200}") {
        judged(&Compiler::new(), &Source::new("a.yaml", text));
    }

    #[test]
    fn any_lines_of_yaml_are_judged(lines in prop::collection::vec("[ ]{0,6}(- )?[a-z\"'{\\[*&!|>%@`#:-]{0,6}: ?\\PC{0,8}", 0..12)) {
        judged(&Compiler::new(), &Source::new("a.yaml", lines.join("\n")));
    }

    #[test]
    fn any_bytes_are_judged(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        judged(&Compiler::new(), &Source::from_bytes("a.yaml", bytes));
    }

    #[test]
    fn any_structure_of_known_keys_is_judged(text in context(), file in prop::option::of(prop::collection::vec(any::<u8>(), 0..60))) {
        judged(&Compiler::new().loader(OneFile(file)).variable("a", "b"), &Source::new("a.yaml", text));
    }

    #[test]
    fn what_is_nearly_right_is_judged(text in near_context()) {
        let compiler = Compiler::new();
        let source = Source::new("a.yaml", text);
        if let Some(message) = judged(&compiler, &source) {
            prop_assert_eq!(parts(&message), planned(&compiler, &source));
        }
    }

    #[test]
    fn any_file_is_judged_where_a_context_names_it(bytes in prop::collection::vec(any::<u8>(), 0..100), begin in "(#!/bin/sh\n|-----BEGIN PUBLIC KEY-----|)") {
        let file = [begin.into_bytes(), bytes].concat();
        let compiler = Compiler::new().loader(OneFile(Some(file)));
        let text = "scripts: a\nboothooks: {file: b}\ncvmfs: {extra: [{name: a.b, server: 'http://c/', key: {file: d}}]}\n";
        judged(&compiler, &Source::new("a.yaml", text));
    }

    /// Keys and certificates come from outside: one that is damaged anywhere is a fault, or none.
    #[test]
    fn any_damage_to_keys_and_certificates_is_judged(file in damaged()) {
        let compiler = Compiler::new().loader(OneFile(Some(file))).today(contextc::Date::new(2030, 1, 1).unwrap());
        let text = "certificate: {host: {certificate: {file: a}, key: {file: b}, name: c}, ca: {bundle: {file: d}}, proxies: {e: {file: f}}}\n\
                    ssh-access: {host-keys: {file: g}, authorized: {h: {file: i}}, identities: {j: {file: k}}, known-hosts: {file: l}}\n";
        judged(&compiler, &Source::new("a.yaml", text));
    }

    /// A message gives back every part, whatever the scripts hold.
    #[test]
    fn a_message_parses_back_to_its_parts(scripts in prop::collection::vec(script(), 1..4), block in any::<bool>()) {
        let list = scripts.iter().map(|script| format!("- {}\n", quoted(script))).collect::<String>();
        let text = format!("scripts:\n{list}{}", if block { "localfs: {parts: {home: 50}}\n" } else { "" });
        let (compiler, source) = (Compiler::new(), Source::new("a.yaml", text));
        let message = judged(&compiler, &source).expect("these scripts are sound");
        let found = parts(&message);
        prop_assert_eq!(&found, &planned(&compiler, &source));
        let ours: Vec<_> = found.iter().filter(|part| part.filename.starts_with("50-")).collect();
        prop_assert_eq!(ours.len(), scripts.len());
        for (part, script) in ours.iter().zip(&scripts) {
            prop_assert_eq!(&part.body, &script.clone().into_bytes());
        }
    }

    /// A boundary never stands in a body, even when a body holds one of an earlier message, or nearly one.
    #[test]
    fn a_boundary_is_in_no_body(script in script(), prefix in "(--|=|)", cut in 0usize..4) {
        let compiler = Compiler::new();
        let context = |script: &str| Source::new("a.yaml", format!("scripts: [{}]\n", quoted(script)));
        let mut script = script;
        let mut seen = BTreeSet::new();
        for _ in 0..3 {
            let source = context(&script);
            let message = judged(&compiler, &source).unwrap();
            let boundary = boundary(&message);
            for part in parts(&message) {
                prop_assert!(!part.body.windows(boundary.len()).any(|window| window == boundary.as_bytes()));
            }
            prop_assert!(seen.insert(boundary.clone()), "the boundary of another content");
            script.push_str(&format!("\n{prefix}{}\n", &boundary[..boundary.len() - cut]));
        }
    }

    /// An envelope comes off again, and gives the same message as no envelope.
    #[test]
    fn envelopes_come_off(script in script()) {
        use std::io::Read;
        let source = Source::new("a.yaml", format!("scripts: [{}]\n", quoted(&script)));
        let wrapped = |envelope| Compiler::new().envelope(envelope).compile(&source).unwrap().artifact().bytes().to_vec();
        let unzipped = |bytes: &[u8]| {
            let mut plain = Vec::new();
            flate2::read::GzDecoder::new(bytes).read_to_end(&mut plain).unwrap();
            plain
        };
        let plain = wrapped(Envelope::Plain);
        prop_assert_eq!(&unzipped(&wrapped(Envelope::Gzip)), &plain);
        prop_assert_eq!(&STANDARD.decode(wrapped(Envelope::Base64)).unwrap(), &plain);
        prop_assert_eq!(&unzipped(&STANDARD.decode(wrapped(Envelope::GzipBase64)).unwrap()), &plain);
    }

    /// A value that is set reaches its block, and nothing else changes.
    #[test]
    fn a_variable_is_what_it_is_set_to(share in 1u32..=100, text in "[a-z]{1,10}") {
        let set = "variables: {share: 1, name: x}\nlocalfs: {volume-group: 'g{{ name }}', parts: {home: '{{ share }}'}}\n";
        let compiler = Compiler::new().variable("share", share.to_string()).variable("name", text.clone());
        let written = format!("localfs: {{volume-group: g{text}, parts: {{home: {share}}}}}\n");
        prop_assert_eq!(judged(&compiler, &Source::new("a.yaml", set)), judged(&Compiler::new(), &Source::new("a.yaml", written)));
    }
}

#[test]
fn every_thread_gives_the_same_bytes() {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/virtual-farm.yaml")).unwrap();
    let source = Source::new("farm.yaml", text);
    let compiler = Compiler::new().envelope(Envelope::Gzip);
    let bytes = || compiler.compile(&source).unwrap().artifact().bytes().to_vec();
    let expected = bytes();
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| (0..3).map(|_| bytes()).collect::<Vec<_>>())).collect();
        for thread in threads {
            assert!(thread.join().unwrap().iter().all(|bytes| *bytes == expected));
        }
    });
}

#[test]
fn the_name_of_a_file_changes_no_byte() {
    let bytes = |name: &str| contextc::compile(&Source::new(name, "cvmfs:\n")).unwrap().artifact().bytes().to_vec();
    assert_eq!(bytes("a.yaml"), bytes("/some/where/b.yaml"));
}

#[test]
fn the_compiler_may_be_shared_between_threads() {
    fn shared<T: Send + Sync + 'static>() {}
    shared::<Compiler>();
    shared::<Compiled>();
    shared::<Error>();
}
