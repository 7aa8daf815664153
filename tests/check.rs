//! `check` of finished user-data: what we compile is right, and the exit codes tell what is not.

use contextc::{Checked, Compiler, FileLoader, Handlers, Severity, Source, Target};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const SOUND: &str = "hosts: {hostname: node1}\nscripts: [\"#!/bin/sh\\necho one\\n\"]\n";

fn examples() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = ["examples", "examples/blocks"].map(|folder| root.join(folder));
    let files = folders.iter().flat_map(|folder| fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()));
    let mut files: Vec<PathBuf> =
        files.filter(|path| path.extension().is_some_and(|extension| extension == "yaml")).collect();
    files.sort();
    files
}

fn said(checked: &Checked) -> String {
    checked.reports().iter().map(ToString::to_string).collect()
}

/// Compiles for a target, in each of its envelopes, and judges what comes out for the same target. How many there were.
fn own(path: &Path, target: &'static Target) -> usize {
    let source = Source::from_bytes(path.to_string_lossy(), fs::read(path).unwrap());
    let compiler = Compiler::new().loader(FileLoader::new(path.parent().unwrap())).target(target);
    let mut judged = 0;
    for envelope in target.envelopes() {
        // Some are too large for some targets, and some cannot go there at all.
        let Ok(compiled) = compiler.clone().envelope(*envelope).compile(&source) else { continue };
        let bytes = compiled.artifact().bytes().to_vec();
        let checked = contextc::check("user-data", bytes, &Compiler::new().target(target));
        let expected: Vec<String> = compiled.report().diagnostics().iter().map(|d| d.code().to_string()).collect();
        let found: Vec<String> = checked.diagnostics().map(|d| d.code().to_string()).collect();
        let sized = |codes: Vec<String>| codes.into_iter().filter(|code| code == "target/nearly-full").count();
        assert!(!checked.has_errors(), "{path:?} for {target} as {envelope}: {}", said(&checked));
        assert!(found.iter().all(|code| code == "target/nearly-full"), "{path:?} for {target}: {}", said(&checked));
        assert_eq!(sized(found), sized(expected), "{path:?} for {target} as {envelope}");
        judged += 1;
    }
    judged
}

#[test]
fn what_is_compiled_is_right_on_every_target_in_every_envelope() {
    let examples = examples();
    assert!(examples.len() >= 20);
    let half = |skip: usize| {
        let paths = examples.iter().skip(skip).step_by(2);
        paths.flat_map(|path| contextc::targets().map(move |target| own(path, target))).sum::<usize>()
    };
    let judged = std::thread::scope(|scope| {
        let other = scope.spawn(|| half(1));
        half(0) + other.join().unwrap()
    });
    assert!(judged > 500, "{judged}");
}

#[test]
fn handlers_that_are_fetched_are_known() {
    let source = Source::new("worker.yaml", SOUND);
    let compile = |handlers| Compiler::new().handlers(handlers).compile(&source).unwrap().artifact().bytes().to_vec();
    let pinned =
        contextc::check("user-data", compile(Handlers::Pinned(vec!["https://example.org/".into()])), &Compiler::new());
    assert_eq!(said(&pinned), "");
    let included =
        contextc::check("user-data", compile(Handlers::Include("https://example.org/".into())), &Compiler::new());
    assert!(!included.has_errors() && said(&included).contains("warning[envelope/fetched]"), "{}", said(&included));
    // Cut short, it is not what the plan says, and nothing says what is fetched.
    let cut = compile(Handlers::Include("https://example.org/".into()));
    let cut = contextc::check("user-data", cut[..cut.len() / 2].to_vec(), &Compiler::new());
    assert!(said(&cut).contains("error[envelope/fetched]"), "{}", said(&cut));
}

/// No byte can be lost without a word, and none of what the plan lists be changed; the handler itself has no digest in it.
#[test]
fn no_cut_or_change_of_ours_is_right() {
    let source = Source::new("worker.yaml", SOUND);
    let compiler = Compiler::new().handlers(Handlers::Pinned(vec!["https://example.org/".into()]));
    let bytes = compiler.compile(&source).unwrap().artifact().bytes().to_vec();
    let judge = |bytes: &[u8]| contextc::check("user-data", bytes.to_vec(), &Compiler::new());
    assert_eq!(said(&judge(&bytes)), "");
    for end in (0..bytes.len() - 4).step_by(37) {
        assert!(judge(&bytes[..end]).diagnostics().next().is_some(), "cut at {end}");
    }
    let cut = bytes.windows(8).rposition(|window| window == b"echo one").unwrap();
    for at in [cut, cut + 7] {
        let mut changed = bytes.clone();
        changed[at] = b'x';
        assert!(judge(&changed).has_errors(), "changed at {at}: {}", said(&judge(&changed)));
    }
}

#[test]
fn places_are_those_of_the_file() {
    let message = "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"b\"\n\n--b\nContent-Type: text/cloud-config\n\n#cloud-config\nruncmdd: [a]\n--b--\n";
    let checked = contextc::check("user-data", message.into(), &Compiler::new());
    let [file, part] = checked.reports() else { panic!("{}", said(&checked)) };
    assert!(file.diagnostics().is_empty());
    assert!(part.to_string().starts_with("user-data:8:1: error[cloud-config/unknown-key]"), "{part}");
}

fn contextc(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_contextc")).args(arguments).current_dir(folder).output().unwrap()
}

fn outcome(folder: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = contextc(folder, &[&["check"], arguments].concat());
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn the_exit_code_tells_what_is_right() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
    write("good.yaml", SOUND.as_bytes());
    write("plain.yaml", b"#cloud-config\npackages: [vim]\n");
    write("script.sh", b"#!/bin/sh\n:\n");
    write("includes", b"#include\nhttps://example.org/more\n");
    write("older", b"#cloud-config\napt_update: true\n");
    write("marker.yaml", b"---\n#cloud-config\npackages: [vim]\n");
    contextc(folder.path(), &["compile", "good.yaml", "--envelope", "gzip", "-o", "user-data.gz"]);
    contextc(folder.path(), &["compile", "good.yaml", "--envelope", "gzip+base64", "-o", "user-data.b64"]);
    let run = |arguments: &[&str]| outcome(folder.path(), arguments);
    let (code, right, _) = run(&["good.yaml", "plain.yaml", "script.sh", "user-data.gz"]);
    let words = "good.yaml: right (a context)\nplain.yaml: right (a cloud-config: its top-level keys, not what they hold)\nscript.sh: right (a script)\nuser-data.gz: right (gzip, 7 parts)\n";
    assert_eq!((code, right.as_str()), (Some(0), words));
    assert_eq!(
        run(&["older"]).1,
        "older: right (a cloud-config: its top-level keys, not what they hold), with a warning\n"
    );
    let strict = run(&["--strict", "older"]).2;
    assert!(strict.ends_with("older: rejected: --strict takes warnings for errors\n"), "{strict}");
    for quiet in [&["--strict", "marker.yaml"][..], &["--strict", "--format", "json", "older"], &["older"]] {
        assert!(!run(quiet).2.contains("--strict"), "{quiet:?}");
    }
    for (arguments, wanted) in [
        (&["older"][..], 0),
        (&["--strict", "older"], 1),
        (&["includes"], 1),
        (&["--strict", "user-data.gz"], 0),
        (&["user-data.b64"], 0),
        (&["--target", "vmware", "--strict", "user-data.b64"], 0),
        (&["--target", "openstack", "user-data.b64"], 1),
        (&["--target", "lxd", "user-data.gz"], 1),
        (&["marker.yaml"], 1),
        (&["good.yaml", "marker.yaml"], 1),
        (&["absent"], 2),
        (&["marker.yaml", "absent"], 2),
        (&["--target", "nowhere", "good.yaml"], 2),
    ] {
        assert_eq!(run(arguments).0, Some(wanted), "{arguments:?}: {}", run(arguments).2);
    }
}

#[test]
fn a_seed_is_its_user_data_and_a_directory_what_can_be_judged() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("seed/user-data", "#cloud-config\npackages: [vim]\n");
    write("seed/vendor-data", "#cloud-config\npackagess: [vim]\n");
    write("seed/meta-data", "instance-id: a\n");
    write("site/worker.yaml", SOUND);
    write("site/boot", "#!/bin/sh\n:\n");
    write("site/notes.txt", "remember the milk\n");
    write("deep/a/.git/user-data", "no\n");
    write("deep/a/b/seed/user-data", "#cloud-config\npackagess: []\n");
    write("deep/a/site.cfg", "remember: the milk\n");
    write("empty/notes.txt", "remember the milk\n");
    let (code, right, errors) = outcome(folder.path(), &["seed"]);
    assert_eq!((code, right.as_str()), (Some(1), ""));
    assert!(errors.contains("seed/vendor-data:2:1") && !errors.contains("meta-data"), "{errors}");
    write("seed/vendor-data", "#cloud-config\npackages: [vim]\n");
    let (code, right, errors) = outcome(folder.path(), &["seed"]);
    let words =
        "seed: right (a seed directory, its file user-data, a cloud-config: its top-level keys, not what they hold)\n";
    assert_eq!((code, right.as_str()), (Some(0), words), "{errors}");
    let (code, right, errors) = outcome(folder.path(), &["site"]);
    assert_eq!((code, right.as_str()), (Some(0), "site/boot: right (a script)\nsite/worker.yaml: right (a context)\n"));
    assert_eq!(errors, "site: not judged: notes.txt\n");
    let (code, _, errors) = outcome(folder.path(), &["deep"]);
    assert_eq!(code, Some(1), "{errors}");
    assert!(errors.contains("deep/a/b/seed/user-data:2:1"), "{errors}");
    assert!(errors.contains("deep/a: not judged: .git, site.cfg\n"), "{errors}");
    assert_eq!(outcome(folder.path(), &["empty"]).0, Some(2), "nothing was judged");
}

/// What a seed does not know lies in its directory as in any other.
#[test]
fn what_lies_beside_a_seed_is_judged_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("dir/user-data", "#cloud-config\npackages: [vim]\n");
    write("dir/meta-data", "instance-id: a\n");
    write("dir/worker.yaml", "localfs: {parts: {home: 500}}\n");
    write("dir/notes.txt", "remember the milk\n");
    write("dir/openstack/content/0000.yaml", "a: [\n");
    write("dir/more/site.cfg", "remember: the milk\n");
    let (code, right, errors) = outcome(folder.path(), &["dir"]);
    assert_eq!(code, Some(1), "{errors}");
    assert!(right.starts_with("dir: right (a seed directory") && right.lines().count() == 1, "{right}");
    assert!(errors.contains("dir/worker.yaml:1:") && errors.contains("dir/more: not judged: site.cfg\n"), "{errors}");
    assert!(errors.starts_with("dir: not judged: notes.txt\n") && !errors.contains("0000.yaml:1"), "{errors}");
}

/// `DataSourceNoCloud` wants both files. A file alone may be for any cloud, as `compile --targets` writes it.
#[test]
fn user_data_alone_is_no_seed_that_is_right() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("out/ec2/user-data", "#cloud-config\npackages: [vim]\n");
    write("drive/openstack/latest/user_data", "#cloud-config\npackages: [vim]\n");
    let (code, _, errors) = outcome(folder.path(), &["out/ec2"]);
    assert!(
        code == Some(0) && errors.contains("there is no `meta-data`") && errors.contains("another target"),
        "{errors}"
    );
    assert_eq!(outcome(folder.path(), &["--target", "nocloud", "out/ec2"]).0, Some(1));
    write("beside/user-data", "#cloud-config\npackages: [vim]\n");
    write("beside/launch.sh", "echo launch\n");
    for arguments in [&["beside"][..], &["--target", "proxmox", "beside"]] {
        let (code, right, errors) = outcome(folder.path(), arguments);
        assert!(code == Some(0) && right.starts_with("beside/user-data: right"), "{right}{errors}");
        assert!(!errors.contains("meta-data"), "{errors}");
    }
    for arguments in [&["out"][..], &["--target", "ec2", "out/ec2"]] {
        let (code, right, errors) = outcome(folder.path(), arguments);
        assert!(code == Some(0) && right.starts_with("out/ec2/user-data: right (a cloud-config"), "{right}{errors}");
    }
    write("out/ec2/network-config", "version: 2\n");
    assert_eq!(outcome(folder.path(), &["out"]).0, Some(1));
    let (code, _, errors) = outcome(folder.path(), &["drive"]);
    assert!(code == Some(1) && errors.contains("at least with `{\"uuid\": \"AN-ID\"}` in it"), "{errors}");
    write("drive/openstack/latest/meta_data.json", "{}");
    assert!(outcome(folder.path(), &["drive"]).2.contains("`meta_data.json` has no `uuid`"));
    write("drive/openstack/latest/meta_data.json", "{\"uuid\": \"a\"}");
    assert_eq!(outcome(folder.path(), &["--target", "config-drive", "drive"]).0, Some(0));
    assert_eq!(outcome(folder.path(), &["--target", "openstack", "drive"]).0, Some(0));
    let (code, _, errors) = outcome(folder.path(), &["--target", "nocloud", "drive"]);
    assert!(
        code == Some(0)
            && errors.contains("warning[envelope/seed-incomplete]: this is a seed for ConfigDrive, and on nocloud"),
        "{errors}"
    );
}

/// There is nothing to mend in what is right, and what is wrong is not mended in silence.
#[test]
fn what_is_made_is_not_mended_and_need_not_be_where_it_is_right() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    fs::create_dir(folder.path().join("seed")).unwrap();
    write("seed/user-data", "#cloud-config\npackages: [vim]\n");
    write("seed/meta-data", "");
    write("script", "#!/bin/sh\n:\n");
    for file in ["seed", "script"] {
        let (code, _, errors) = outcome(folder.path(), &["--fix", file]);
        assert_eq!((code, errors.as_str()), (Some(0), ""), "{file}");
    }
    write("seed/user-data", "#cloud-config\npackagess: [vim]\n");
    let (code, _, errors) = outcome(folder.path(), &["--fix", "seed"]);
    assert!(code == Some(2) && errors.contains("mend what it is made from"), "{errors}");
}

#[test]
fn a_cut_image_is_told() {
    let checked = contextc::check("seed.iso", vec![0; 20_000], &Compiler::new());
    assert!(said(&checked).contains("as the beginning of an image is that was cut short"), "{}", said(&checked));
}

#[test]
fn a_seed_on_an_image_is_judged() {
    let source = Source::new("worker.yaml", SOUND);
    let image = |medium| {
        let compiler = Compiler::new().target(contextc::target("nocloud").unwrap());
        let compiler = compiler.medium(medium, contextc::Instance::new().id("i-1"));
        compiler.compile(&source).unwrap().artifact().files()[0].bytes().to_vec()
    };
    for medium in [contextc::Medium::Iso, contextc::Medium::Vfat] {
        let bytes = image(medium);
        let checked = contextc::check("seed", bytes.clone(), &Compiler::new());
        assert_eq!(said(&checked), "");
        assert!(
            checked.evaluated().contains("cidata") && checked.evaluated().ends_with(", 7 parts"),
            "{}",
            checked.evaluated()
        );
        // Another host than the one in the plan, and another label than the one that is looked for.
        let replaced = |from: &[u8], to: &[u8]| {
            let mut bytes = bytes.clone();
            let places: Vec<usize> =
                (0..bytes.len() - from.len()).filter(|at| bytes[*at..].starts_with(from)).collect();
            places.iter().for_each(|at| bytes[*at..*at + to.len()].copy_from_slice(to));
            contextc::check("seed", bytes, &Compiler::new())
        };
        let changed = replaced(b"node1", b"node2");
        assert!(changed.diagnostics().any(|d| d.code().as_str() == "envelope/changed"), "{}", said(&changed));
        assert!(said(&changed).starts_with("seed:user-data:"), "{}", said(&changed));
        if medium == contextc::Medium::Iso {
            let lost = replaced(b"cidata", b"cidatb");
            assert!(lost.diagnostics().any(|d| d.code().as_str() == "envelope/seed-label"), "{}", said(&lost));
        }
    }
}

/// What has no end is not waited for, and what unpacks to a disk is not unpacked.
#[test]
fn a_bomb_is_answered() {
    let zipped = |bytes: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        std::io::Write::write_all(&mut encoder, bytes).unwrap();
        encoder.finish().unwrap()
    };
    // Several members are one file: 300 times a mebibyte.
    let bomb = zipped(&vec![b'a'; 1 << 20]).repeat(300);
    let checked = contextc::check("bomb", bomb, &Compiler::new());
    let codes: Vec<&str> = checked.diagnostics().map(|d| d.code().as_str()).collect();
    assert_eq!(codes, ["envelope/too-large"]);
    assert!(checked.diagnostics().all(|d| d.severity() == Severity::Error));
    let wide = format!("#!/bin/sh\n{}", "\n".repeat(65 << 20));
    let checked = contextc::check("wide", wide.into_bytes(), &Compiler::new());
    assert!(checked.has_errors());
}

/// As much as one can do with a message that is hostile: time and memory go by its length, not by the square of it.
#[test]
fn what_is_hostile_is_answered_soon() {
    let judged = |bytes: Vec<u8>| {
        let began = std::time::Instant::now();
        let checked = contextc::check("hostile", bytes, &Compiler::new());
        // Seconds where nothing else runs: what goes by the square of it takes hours.
        assert!(began.elapsed() < std::time::Duration::from_secs(600), "{:?}", began.elapsed());
        checked.diagnostics().map(|d| d.code().as_str()).collect::<Vec<_>>()
    };
    let message = |parts: &[String]| {
        let parts: String = parts.iter().map(|part| format!("--B\n{part}\n")).collect();
        format!("MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"B\"\n\n{parts}--B--\n").into_bytes()
    };
    // Each part of an unknown type may be of any handler.
    let handler =
        format!("def list_types(): return []\ndef handle_part(*a): pass\n{}", "# 'text/x' \"y\"\n".repeat(4681));
    let handler = format!("Content-Type: text/part-handler\n\n{handler}");
    let other = "Content-Type: text/nobodys\n\nx\n".to_owned();
    let codes = judged(message(&[vec![handler; 30], vec![other; 500]].concat()));
    assert_eq!(codes.iter().filter(|code| **code == "envelope/unknown-type").count(), 100);
    // A plan may name one part in as many rows as it likes.
    let row = "{\"part\":\"big\",\"sha256\":\"0\"}";
    let plan = format!("{{\"contextc-plan\":{{\"blocks\":[{}]}}}}", vec![row; 20_000].join(","));
    let plan =
        format!("Content-Type: text/contextc-plan\nContent-Disposition: attachment; filename=\"plan\"\n\n{plan}");
    let big = format!(
        "Content-Type: text/x-shellscript\nContent-Disposition: attachment; filename=\"big\"\n\n#!/bin/sh\n{}",
        "# x\n".repeat(1 << 18)
    );
    assert!(judged(message(&[plan, big])).contains(&"envelope/changed"));
    // Every key has a nearest name.
    let keys: String = (0..10_000).map(|number| format!("runcmd{number}: 1\n")).collect();
    assert_eq!(judged(format!("#cloud-config\n{keys}").into_bytes()), ["cloud-config/unknown-key"; 100]);
}

/// A path is a comment like any other, unless it is that of a program alone, where `#!` stands.
#[test]
fn a_forgotten_sign_of_the_first_line_is_told_from_a_comment() {
    for (first, meant) in [
        ("#/bin/bash", Some("#!/bin/bash")),
        ("#/usr/bin/env python3", Some("#!/usr/bin/env")),
        ("#/usr/local/sbin/x -e", Some("#!/usr/local/sbin/x")),
        ("##template: jinja", Some("## template: jinja")),
        ("#/usr/bin/vim is for people", None),
        ("#/etc/motd", None),
        ("#/bin/", None),
        ("# /bin/bash", None),
        ("# template: jinja", None),
    ] {
        let text = format!("{first}\nlocalfs: {{parts: {{home: 50}}}}\n");
        let checked = contextc::check("file", text.into(), &Compiler::new());
        let told = said(&checked);
        match meant {
            Some(meant) => assert!(told.contains(&format!("is not `{meant}`: cloud-init does not know it")), "{told}"),
            None => assert_eq!((checked.evaluated(), told.as_str()), ("a context", "")),
        }
    }
}

/// Scripts lie in one directory and are run later; a boothook is run as it is walked, before the next is written over it.
#[test]
fn one_name_is_a_fault_of_scripts_alone() {
    let judged = |kind: &str| {
        let part = format!(
            "--b\nContent-Type: text/{kind}\nContent-Disposition: attachment; filename=\"one two\"\n\n#!/bin/sh\n:\n"
        );
        let message = format!("MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n{part}{part}--b--\n");
        said(&contextc::check("user-data", message.into(), &Compiler::new()))
    };
    let scripts = judged("x-shellscript");
    assert!(scripts.contains("error[envelope/same-filename]") && scripts.contains("`onetwo`"), "{scripts}");
    assert_eq!(judged("cloud-boothook"), "");
}

/// A config drive has two files of vendor-data, and files for the machine that nobody judges.
#[test]
fn all_of_a_config_drive_is_judged_or_named() {
    let judged = |more: &[(&str, &str)]| {
        let given = [("latest/user_data", "#!/bin/sh\n:\n"), ("latest/vendor_data.json", "{}")];
        let meta = more.iter().any(|(path, _)| path.ends_with("meta_data.json"));
        let meta = [("latest/meta_data.json", "{\"uuid\": \"a\"}")].into_iter().filter(|_| !meta);
        let files = given.into_iter().chain(meta).chain(more.iter().copied());
        let files: Vec<contextc::File> =
            files.map(|(path, text)| contextc::File::new(&format!("openstack/{path}"), text)).collect();
        said(&contextc::check_seed("drive", &files, &Compiler::new()).unwrap())
    };
    assert_eq!(judged(&[]), "");
    let second = judged(&[("latest/vendor_data2.json", "{\"cloud-init\": \"#cloud-config\\nruncmdd: []\\n\"}")]);
    assert!(second.starts_with("drive/openstack/latest/vendor_data2.json:2:1: error[cloud-config/"), "{second}");
    assert!(judged(&[("latest/vendor_data2.json", "{")]).contains("`openstack/latest/vendor_data2.json` is not JSON"));
    let left = judged(&[("content/0000", "a: [\n")]);
    assert!(left.contains("warning[envelope/not-evaluated]") && left.contains("`openstack/content/0000`"), "{left}");
    let named = "{\"uuid\": \"a\", \"files\": [{\"path\": \"/etc/motd\", \"content_path\": \"/content/0001\"}, {\"content_path\": \"/x\"}]}";
    let lost = judged(&[("content/0000", ""), ("latest/meta_data.json", named)]);
    assert!(lost.contains("error[envelope/seed-incomplete]: `meta_data.json` names `/content/0001`"), "{lost}");
    let there = judged(&[("content/0001", ""), ("latest/meta_data.json", named)]);
    assert!(!there.contains("error"), "{there}");
}

#[test]
fn all_of_a_seed_is_judged_for_what_it_is() {
    let judged = |files: &[(&str, &str)]| {
        let files: Vec<contextc::File> = files.iter().map(|(path, text)| contextc::File::new(path, *text)).collect();
        said(&contextc::check_seed("seed", &files, &Compiler::new()).unwrap())
    };
    let (user_data, meta_data) = (("user-data", "#cloud-config\npackages: [vim]\n"), ("meta-data", "instance-id: a\n"));
    assert_eq!(judged(&[user_data, meta_data, ("vendor-data", "\n"), ("network-config", "version: 2\n")]), "");
    let broken = judged(&[user_data, ("meta-data", "instance-id: [a\n"), ("network-config", "a: {{\n")]);
    assert!(broken.contains("seed/meta-data:") && broken.contains("seed/network-config:"), "{broken}");
    let more = judged(&[user_data, meta_data, ("userdata", "#cloud-config\n")]);
    assert!(more.contains("warning[envelope/not-evaluated]") && more.contains("`userdata`"), "{more}");
    let drive = |vendor: &str, meta: &str| {
        let path = |name: &str| format!("openstack/latest/{name}");
        let (user, vendored, beside) = (path("user_data"), path("vendor_data.json"), path("meta_data.json"));
        judged(&[(&user, user_data.1), (&vendored, vendor), (&beside, meta)])
    };
    let id = "{\"uuid\": \"a\"}";
    assert_eq!(drive("{}", id), "");
    assert_eq!(drive("{\"cloud-init\": \"#!/bin/sh\\n:\\n\"}", id), "");
    let wrong = drive("{\"cloud-init\": \"#cloud-config\\nruncmdd: []\\n\"}", id);
    assert!(
        wrong.starts_with("seed/openstack/latest/vendor_data.json:2:1: error[cloud-config/unknown-key]"),
        "{wrong}"
    );
    assert!(
        drive("{", id).contains("error[envelope/seed-incomplete]: `openstack/latest/vendor_data.json` is not JSON")
    );
    for (vendor, why) in [
        ("{\"cloud-init\": {\"runcmd\": []}}", "`cloud-init` is a map: cloud-init passes over it"),
        ("[\"#cloud-config\\n\", 7]", "an entry is no text: cloud-init stops there"),
        ("true", "neither is it a text nor a list"),
    ] {
        let found = drive(vendor, id);
        assert!(found.contains("error[envelope/vendor-data]") && found.contains(why), "{vendor}: {found}");
    }
    for sound in [
        "[]",
        "[\"\", null]",
        "0",
        "{\"nova\": {\"a\": 1}}",
        "{\"cloud-init\": {}}",
        "[\"#cloud-config\\npackages: [vim]\\n\"]",
    ] {
        assert_eq!(drive(sound, id), "", "{sound}");
    }
    assert!(
        drive("{}", "uuid: a").contains("error[envelope/seed-incomplete]: `openstack/latest/meta_data.json` is not")
    );
}
