//! Media: what the command writes of one context for one machine, and for several clouds at once.

use contextc::{Compiler, Envelope, Instance, Medium, Source};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

const CONTEXT: &str = "localfs: {parts: {home: 60}}\n";

fn contextc(folder: &Path, arguments: &[&str]) -> Output {
    fs::write(folder.join("node.yaml"), CONTEXT).unwrap();
    Command::new(env!("CARGO_BIN_EXE_contextc")).args(arguments).current_dir(folder).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn source() -> Source {
    Source::new("node.yaml", CONTEXT)
}

fn files(target: &str, medium: Medium, instance: Instance) -> BTreeMap<String, Vec<u8>> {
    let compiler = Compiler::new().target(contextc::target(target).unwrap()).medium(medium, instance);
    let compiled = compiler.compile(&source()).unwrap();
    compiled.artifact().files().iter().map(|file| (file.path().to_owned(), file.bytes().to_vec())).collect()
}

fn meta_data(instance: Instance) -> String {
    String::from_utf8(files("nocloud", Medium::Dir, instance)["meta-data"].clone()).unwrap()
}

#[test]
fn a_new_content_is_a_new_instance() {
    let id = |instance| meta_data(instance).lines().next().unwrap().to_owned();
    assert_eq!(id(Instance::new()), id(Instance::new()));
    let others = [
        Instance::new().hostname("node1"),
        Instance::new().vendor_data("#cloud-config\n"),
        Instance::new().network_config("#cloud-config\n"),
        Instance::new().id("mine"),
    ];
    let mut ids: Vec<String> = others.into_iter().map(id).collect();
    ids.push(id(Instance::new()));
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 5, "{ids:?}");
    assert!(meta_data(Instance::new().hostname("node1")).contains("local-hostname: \"node1\"\ndsmode: net\n"));
    assert!(meta_data(Instance::new().id("mine")).starts_with("instance-id: \"mine\"\n"));
}

#[test]
fn every_medium_of_every_target_is_made_the_same_twice_and_is_right() {
    let mut made = 0;
    for target in contextc::targets() {
        for medium in target.media() {
            for envelope in target.envelopes() {
                let compiler = Compiler::new().target(target).envelope(*envelope).medium(*medium, Instance::new());
                let compile = || compiler.compile(&source()).map(|compiled| compiled.artifact().files().to_vec());
                // CernVM takes less than our handlers have.
                let Ok(files) = compile() else {
                    assert_eq!(target.name(), "cernvm", "{target} {} {envelope}: {:?}", medium.name(), compile());
                    continue;
                };
                assert!(files == compile().unwrap() && !files.is_empty());
                assert!(files.len() == 1 || *medium == Medium::Dir, "{target}");
                let asked = Compiler::new().target(target);
                let checked = match medium {
                    Medium::Dir => contextc::check_seed("seed", &files, &asked).unwrap(),
                    _ => contextc::check("seed", files[0].bytes().to_vec(), &asked),
                };
                let said: Vec<String> = checked.reports().iter().map(|report| report.to_string()).collect();
                assert!(!checked.has_errors(), "{target} {} {envelope}: {}", medium.name(), said.join("\n"));
                made += 1;
            }
        }
    }
    assert!(made >= 15, "{made}");
}

#[test]
fn a_medium_is_one_file_or_a_directory_and_nobody_else_reads_it() {
    let folder = tempfile::tempdir().unwrap();
    let mode = |path: &str| fs::metadata(folder.path().join(path)).unwrap().permissions().mode() & 0o777;
    let run = |words: &[&str]| {
        let done = contextc(folder.path(), &[&["compile", "node.yaml", "--target", "nocloud"], words].concat());
        assert!(done.status.success(), "{}", said(&done));
        done
    };
    run(&["--medium", "iso", "-o", "seed.iso"]);
    run(&["--medium", "dir", "-o", "seed"]);
    assert_eq!((mode("seed.iso"), mode("seed/user-data"), mode("seed/meta-data")), (0o600, 0o600, 0o600));
    let image = run(&["--medium", "iso"]).stdout;
    assert_eq!(image, fs::read(folder.path().join("seed.iso")).unwrap());
    assert_eq!(image, files("nocloud", Medium::Iso, Instance::new())["seed.iso"]);
    let plain = run(&[]).stdout;
    assert_eq!(plain, fs::read(folder.path().join("seed/user-data")).unwrap());
}

#[test]
fn what_cannot_be_is_refused_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("large"), vec![b'#'; (4 << 20) + 1]).unwrap();
    for (words, code, expected) in [
        (&["--target", "ec2", "--medium", "iso", "-o", "x"][..], 1, "ec2 has no medium"),
        (&["--target", "nocloud-net", "--medium", "iso", "-o", "x"], 1, "its media are `dir`"),
        (&["--target", "stratuslab", "--medium", "iso", "-o", "x"], 1, "its media are `vfat`"),
        (&["--target", "nocloud", "--medium", "dir"], 2, "`-o DIR`"),
        (&["--target", "nocloud", "--hostname", "node1", "-o", "x"], 2, "say on which `--medium`"),
        (
            &["--target", "nocloud", "--medium", "iso", "--instance-id", "../x", "-o", "x"],
            1,
            "cannot be an instance-id",
        ),
        (
            &["--target", "nocloud", "--medium", "iso", "--hostname", "a b", "-o", "x"],
            1,
            "`a b` is not a name of a host",
        ),
        (
            &["--target", "nocloud", "--medium", "iso", "--network-config", "none", "-o", "x"],
            2,
            "`none` cannot be read",
        ),
        (&["--target", "nocloud", "--medium", "iso", "--vendor-data", "large", "-o", "x"], 2, "more than 4 MiB"),
        (
            &["--target", "opennebula", "--medium", "iso", "--vendor-data", "node.yaml", "-o", "x"],
            1,
            "no place for vendor-data",
        ),
        (&["--target", "nocloud", "--medium", "dir", "-o", "node.yaml"], 2, "what the result is made from"),
        (&["--target", "ec2,nocloud"], 2, "`-o DIR`"),
        (&["--target", "ec2,nocloud", "--medium", "iso", "-o", "x"], 2, "asked for with one target"),
        (&["--target", "ec2,nocloud", "--hostname", "node1", "-o", "x"], 2, "asked for with one target"),
        (&["--target", "openstck", "-o", "x"], 2, "did you mean `openstack`?"),
        (&["--target", "ec2,cernvm", "-o", "x"], 1, "more than cernvm takes"),
    ] {
        let done = contextc(folder.path(), &[&["compile", "node.yaml"], words].concat());
        assert_eq!(done.status.code(), Some(code), "{words:?}: {}", said(&done));
        assert!(said(&done).contains(expected), "{words:?}: {}", said(&done));
        assert!(!folder.path().join("x").exists() && done.stdout.is_empty(), "{words:?}");
    }
    assert_eq!(fs::read_to_string(folder.path().join("node.yaml")).unwrap(), CONTEXT);
}

#[test]
fn several_targets_get_a_folder_each_and_a_manifest() {
    let folder = tempfile::tempdir().unwrap();
    let done =
        contextc(folder.path(), &["compile", "node.yaml", "--target", "ec2,nocloud,aws,nocloud-net", "-o", "out"]);
    assert!(done.status.success(), "{}", said(&done));
    let out = folder.path().join("out");
    let manifest: serde_json::Value = serde_json::from_slice(&fs::read(out.join("manifest.json")).unwrap()).unwrap();
    let rows = manifest["targets"].as_array().unwrap();
    let names: Vec<&str> = rows.iter().map(|row| row["target"].as_str().unwrap()).collect();
    assert_eq!(names, ["ec2", "nocloud", "nocloud-net"], "one under its other name is the same target");
    let mut listed: Vec<&str> = Vec::new();
    for file in rows.iter().flat_map(|row| row["files"].as_array().unwrap()) {
        let path = file["path"].as_str().unwrap();
        let bytes = fs::read(out.join(path)).unwrap();
        assert_eq!(bytes.len() as u64, file["bytes"].as_u64().unwrap(), "{path}");
        assert_eq!(contextc::File::new(path, bytes).sha256(), file["sha256"].as_str().unwrap(), "{path}");
        listed.push(path);
    }
    for path in ["ec2/user-data", "nocloud/user-data", "nocloud/seed.iso", "nocloud-net/seed/meta-data"] {
        assert!(listed.contains(&path), "{listed:?}");
    }
    let plain = Compiler::new().envelope(Envelope::Plain).compile(&source()).unwrap();
    assert_eq!(fs::read(out.join("nocloud/user-data")).unwrap(), plain.artifact().bytes());
}

#[test]
fn a_file_of_an_older_result_is_not_read_with_this_one() {
    let folder = tempfile::tempdir().unwrap();
    let network = folder.path().join("network");
    fs::write(&network, "version: 2\n").unwrap();
    let seed = ["compile", "node.yaml", "--target", "nocloud", "--medium", "dir", "-o", "seed"];
    let with = |more: &[&str]| contextc(folder.path(), &[&seed[..], more].concat());
    assert!(with(&["--network-config", "network"]).status.success());
    assert!(with(&["--network-config", "network"]).status.success(), "the same again is no other");
    let before = fs::read(folder.path().join("seed/meta-data")).unwrap();
    let done = with(&[]);
    assert_eq!(done.status.code(), Some(2));
    assert!(said(&done).contains("`seed/network-config` lies there"), "{}", said(&done));
    assert_eq!(fs::read(folder.path().join("seed/meta-data")).unwrap(), before);
    fs::create_dir_all(folder.path().join("out/nocloud/user-data")).unwrap();
    let done = contextc(folder.path(), &["compile", "node.yaml", "--target", "ec2,nocloud", "-o", "out"]);
    assert_eq!(done.status.code(), Some(2));
    assert!(said(&done).contains("is a directory") && !folder.path().join("out/ec2").exists(), "{}", said(&done));
}

#[test]
fn for_several_targets_a_command_runs_once() {
    let folder = tempfile::tempdir().unwrap();
    let count = "munge: {key: {command: [sh, -c, 'echo x >>count; head -c 99 /dev/urandom | base64 -w 0']}}\n";
    fs::write(folder.path().join("count.yaml"), count).unwrap();
    let done =
        contextc(folder.path(), &["compile", "count.yaml", "--target", "generic,ssh,nocloud,openstack", "-o", "out"]);
    assert!(done.status.success(), "{}", said(&done));
    assert_eq!(fs::read_to_string(folder.path().join("count")).unwrap(), "x\n");
    let user_data = |target: &str| fs::read(folder.path().join("out").join(target).join("user-data")).unwrap();
    assert!(user_data("generic") == user_data("nocloud") && user_data("generic") == user_data("openstack"));
    assert!(
        folder.path().join("out/ssh/context.run").is_file() && said(&done).contains("key of munge"),
        "{}",
        said(&done)
    );
}
