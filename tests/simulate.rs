//! `contextc simulate`: what is printed, for every block and for machines that are not as they should be. python3 is needed, as for the command itself.

#[path = "simulate/cloud_config.rs"]
mod cloud_config;
#[path = "simulate/facts.rs"]
mod facts;
#[path = "simulate/schema.rs"]
mod schema;
#[path = "simulate/secrets.rs"]
mod secrets;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn simulate(file: &Path, words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_contextc"));
    // Certificates of the examples are judged for a day when they hold.
    command.current_dir(root()).arg("simulate").arg(file).args(["--today", "2026-11-21"]).args(words);
    command.output().unwrap()
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn context(folder: &tempfile::TempDir, text: &str) -> PathBuf {
    let path = folder.path().join("context.yaml");
    std::fs::write(&path, text).unwrap();
    path
}

const DISKS: &[&str] = &["--disk", "vdb=100G,serial=vdb", "--disk", "vdc=10G,serial=vdc,label=data,holds=xfs"];
const FARM: &str = "localfs: {parts: {cvmfs: 17, home: 58, tmp: 8, swap: 17}}\n";

#[test]
fn every_block_is_simulated() {
    for entry in std::fs::read_dir(root().join("examples/blocks")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "yaml") {
            let output = simulate(&path, DISKS);
            assert_eq!(output.status.code(), Some(0), "{path:?}: {}{}", text(&output), said(&output));
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            insta::assert_snapshot!(format!("simulate-{name}"), text(&output));
        }
    }
}

#[test]
fn every_example_is_simulated() {
    for entry in std::fs::read_dir(root().join("examples")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "yaml") {
            let output = simulate(&path, &["--disk", "vdb=100G", "--disk", "vdc=10G,label=planck-data,holds=xfs"]);
            assert_eq!(output.status.code(), Some(0), "{path:?}: {}{}", text(&output), said(&output));
            assert!(text(&output).ends_with("all blocks ok\n"));
        }
    }
}

/// 10 GiB are 2559 extents of 4 MiB beside LVM's own MiB: what a real `vgs` says of such a disk (tests/vm, the farm).
#[test]
fn volumes_are_sized_to_the_byte() {
    let folder = tempfile::tempdir().unwrap();
    let output = simulate(&context(&folder, FARM), &["--disk", "vdb=10G", "--format", "json"]);
    let found: serde_json::Value = serde_json::from_str(&text(&output)).unwrap();
    assert_eq!((&found["schema"], &found["verdict"]), (&1.into(), &"all blocks ok".into()));
    let group = &found["blocks"][0]["groups"][0];
    assert_eq!((&group["extents"], &group["bytes"]), (&2559.into(), &10_733_223_936_u64.into()));
    // The swap's share is of what is free when its turn comes.
    let extents: Vec<u64> =
        group["volumes"].as_array().unwrap().iter().map(|volume| volume["extents"].as_u64().unwrap()).collect();
    assert_eq!(extents, [2559 * 17 / 100, 2559 * 58 / 100, 2559 * 8 / 100, (2559 - 435 - 1484 - 204) * 17 / 100]);
    assert_eq!(group["left-extents"], 2559 - extents.iter().sum::<u64>());
}

#[test]
fn what_is_wrong_with_a_machine_is_said_as_the_machine_would() {
    let folder = tempfile::tempdir().unwrap();
    let farm = context(&folder, FARM);
    let cases: &[(&[&str], &str)] = &[
        (&["--disk", "vdb=100G,holds=data"], "failed: /dev/vdb holds ext4 (existing: refuse)"),
        (&["--disk", "vdb=16M"], "failed: /dev/vdb is too small for cvmfs"),
        (&[], "failed: /dev/vdb does not mean one whole disk (candidates: none)"),
        (&["--disk", "vdb=100G,read-only"], "failed: /dev/vdb is in use: read-only"),
        (&["--disk", "vdb=100G,holds=table"], "failed: /dev/vdb holds dos table (existing: refuse)"),
        (&["--disk", "vdb=100G,group=other,volumes=a+b"], "failed: /dev/vdb is in use: dm-0, dm-1"),
        (
            &["--disk", "vdb=100G", "--lacks", "lvm2", "--no-network"],
            "failed: cannot install lvm2 (no network): bake it into the image",
        ),
        (
            &["--disk", "vdb=100G", "--no-package-manager", "--lacks", "lvm2"],
            "failed: cannot install lvm2 ([Errno 2] No such file or directory: 'apt-get'): bake it into the image",
        ),
    ];
    for (words, reason) in cases {
        let output = simulate(&farm, words);
        assert_eq!(output.status.code(), Some(1), "{words:?}: {}", said(&output));
        assert!(text(&output).contains(reason), "{words:?}: {}", text(&output));
        assert!(text(&output).ends_with("a block failed\n") && !text(&output).contains("vgcreate"));
    }
}

/// What the tools say of too small a disk was tried with mkfs.xfs 6.1.0, mke2fs 1.47.0 and mkswap 2.38.1.
#[test]
fn tools_refuse_what_is_too_small_for_them() {
    let folder = tempfile::tempdir().unwrap();
    let farm = context(&folder, FARM);
    let output = simulate(&farm, &["--disk", "vdb=1G"]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    for words in [
        "exit 1: <value> is xxx (512 byte blocks).",
        "and the least for xfs is 314572800 (Filesystem must be larger than 300MB)",
        "a block failed\n",
    ] {
        assert!(text(&output).contains(words), "{}", text(&output));
    }
    let ext4 = context(&folder, "localfs: {filesystem: ext4, parts: {home: 100}}\n");
    assert_eq!(simulate(&ext4, &["--disk", "vdb=100M"]).status.code(), Some(0));
    let disk = context(&folder, "disks: [{device: /dev/vdb, mount: /data, format: if-blank, filesystem: ext4}]\n");
    for (size, code) in [("100K", 1), ("104K", 0)] {
        let output = simulate(&disk, &["--disk", &format!("vdb={size}")]);
        assert_eq!(output.status.code(), Some(code), "{}{}", text(&output), said(&output));
    }
}

#[test]
fn a_cache_larger_than_its_volume_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let worker = context(
        &folder,
        "localfs: {parts: {cvmfs: 20, cvmfs-mount: /var/lib/cvmfs}}\ncvmfs: {local: {repositories: [grid.cern.ch], \
         http-proxy: DIRECT, cache-base: /var/lib/cvmfs, quota-limit: 18000}}\n",
    );
    let output = simulate(&worker, &["--disk", "vdb=10G"]);
    let note = "note: cvmfs: the cache may take 18000 MB (`quota-limit`), and the volume at /var/lib/cvmfs has 2044";
    assert!(text(&output).contains(note) && output.status.code() == Some(0), "{}{}", text(&output), said(&output));
    assert!(!text(&simulate(&worker, &["--disk", "vdb=100G"])).contains("note: cvmfs"));
}

#[test]
fn a_disk_that_is_not_there_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let farm = context(&folder, FARM);
    let said_of = |words: &[&str]| text(&simulate(&farm, words));
    let bare = said_of(&[]);
    assert!(bare.contains("note: the simulated machine has no /dev/vdb: give it with `--disk vdb=100G`\n"), "{bare}");
    let other = said_of(&["--disk", "vdc=10G"]);
    assert!(other.contains("has no /dev/vdb, it has /dev/vdc: give it with `--disk vdb=100G`\n"), "{other}");
}

#[test]
fn a_seed_is_simulated_as_its_user_data() {
    let folder = tempfile::tempdir().unwrap();
    let farm = context(&folder, FARM);
    let expected = text(&simulate(&farm, &["--disk", "vdb=10G"]));
    let compiled = |words: &[&str]| {
        let output =
            Command::new(env!("CARGO_BIN_EXE_contextc")).arg("compile").arg(&farm).args(words).output().unwrap();
        assert!(output.status.success(), "{}", said(&output));
    };
    let seed = folder.path().join("seed");
    std::fs::create_dir(&seed).unwrap();
    compiled(&["-o", seed.join("user-data").to_str().unwrap()]);
    std::fs::write(seed.join("meta-data"), "instance-id: i-1\n").unwrap();
    assert_eq!(text(&simulate(&seed, &["--disk", "vdb=10G"])), expected);
    let image = folder.path().join("seed.iso");
    compiled(&["--target", "nocloud", "--medium", "iso", "-o", image.to_str().unwrap()]);
    assert_eq!(text(&simulate(&image, &["--disk", "vdb=10G"])), expected);
}

#[test]
fn user_data_that_no_machine_takes_is_rejected_as_by_check() {
    let folder = tempfile::tempdir().unwrap();
    let farm = context(&folder, FARM);
    let data = folder.path().join("user-data");
    let output = Command::new(env!("CARGO_BIN_EXE_contextc"))
        .args(["compile", "--envelope", "plain", farm.to_str().unwrap()])
        .output()
        .unwrap();
    let whole = text(&output);
    let digit = whole.replacen("\"percent-vg\":58", "\"percent-vg\":59", 1);
    assert!(digit != whole, "{whole}");
    for bytes in [digit.as_bytes(), &whole.as_bytes()[..whole.len() / 2], b"\x7fELF\x02\x01\x01\0\xff\xfe"] {
        std::fs::write(&data, bytes).unwrap();
        let output = simulate(&data, &["--disk", "vdb=10G"]);
        assert_eq!((output.status.code(), text(&output).as_str()), (Some(1), ""), "{}", said(&output));
        assert!(said(&output).contains("error"), "{}", said(&output));
    }
}

/// What the image has need not be installed.
#[test]
fn without_a_package_manager_only_what_is_missing_fails() {
    let folder = tempfile::tempdir().unwrap();
    let output = simulate(&context(&folder, FARM), &["--disk", "vdb=100G", "--no-package-manager", "--verbose"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert!(text(&output).contains("install    lvm2 xfsprogs  [already so]"), "{}", text(&output));
}

#[test]
fn finished_user_data_is_simulated_like_its_context() {
    let folder = tempfile::tempdir().unwrap();
    let farm = context(&folder, &format!("{FARM}scripts: [\"#!/bin/sh\\ntrue\\n\"]\n"));
    let expected = text(&simulate(&farm, &["--disk", "vdb=10G"]));
    for envelope in ["plain", "gzip", "base64", "gzip+base64"] {
        let data = folder.path().join("user-data");
        let compiled = Command::new(env!("CARGO_BIN_EXE_contextc"))
            .args(["compile", farm.to_str().unwrap(), "--envelope", envelope, "-o", data.to_str().unwrap()])
            .output()
            .unwrap();
        assert!(compiled.status.success(), "{}", said(&compiled));
        assert_eq!(text(&simulate(&data, &["--disk", "vdb=10G"])), expected, "{envelope}");
    }
    let others = context(&folder, "#cloud-config\nusers: [alice]\n");
    assert_eq!(
        text(&simulate(&others, &[])),
        "cloud-init does (init):\n  users: alice\n\nno block of contextc acts: what is listed is what cloud-init does itself\n"
    );
}

/// A record that a machine could have made: the simulation itself says what was asked for; the answers are those of a disk with data.
fn record(folder: &tempfile::TempDir, farm: &Path, actions: &str) -> PathBuf {
    record_of(folder, farm, "localfs", actions)
}

fn record_of(folder: &tempfile::TempDir, farm: &Path, block: &str, actions: &str) -> PathBuf {
    let plan = Command::new(env!("CARGO_BIN_EXE_contextc"))
        .args(["compile", "--emit", "plan", farm.to_str().unwrap()])
        .output()
        .unwrap();
    let plan: serde_json::Value = serde_json::from_slice(&plan.stdout).unwrap();
    let part = plan["parts"]
        .as_array()
        .unwrap()
        .iter()
        .find(|part| part["filename"] == format!("{block}-config.ccfg"))
        .unwrap()
        .clone();
    let path = folder.path().join("record");
    std::fs::create_dir_all(&path).unwrap();
    let text = format!(
        "{{\"name\":\"{block}\",\"sha256\":{},\"family\":\"deb\",\"early\":true,\"selinux\":false,\"tag\":\"contextc_00000000\",\"notes\":{{}},\
         \"state\":\"failed\",\"reason\":\"/dev/vdb is too small for cvmfs\",\"actions\":[{actions}]}}",
        part["sha256"]
    );
    std::fs::write(path.join(block), text).unwrap();
    path
}

const UMOUNT: &str = r#"["Run",{"argv":["umount","/run/contextc"],"stdin":null,"timeout":300,"check":false,"env":null,"destructive":false,"secret":false,"user":null,"directory":null,"last":0},{"rc":32,"out":"","err":"not mounted","seconds":0.1,"left":0}]"#;
const NO_DISK: &str = r#"["Disks",{"name":"/dev/vdb"},[]]"#;

#[test]
fn a_record_is_replayed_to_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let farm = context(&folder, "localfs: {wait: 0s, parts: {home: 100}}\n");
    let same = record(&folder, &farm, &format!("{UMOUNT},{NO_DISK}"));
    let output = simulate(&farm, &["--record", same.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0), "{}{}", text(&output), said(&output));
    assert!(text(&output).ends_with("the same as on the machine\n"), "{}", text(&output));
    let one = same.join("localfs");
    assert_eq!(simulate(&farm, &["--record", one.to_str().unwrap()]).status.code(), Some(0));
}

#[test]
fn the_first_difference_to_a_record_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let farm = context(&folder, "localfs: {wait: 0s, parts: {home: 100}}\n");
    let other = record(&folder, &farm, &format!("{UMOUNT},{}", NO_DISK.replace("vdb", "vdc")));
    let output = simulate(&farm, &["--record", other.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(text(&output).contains("action 2 is another one than on the machine"), "{}", text(&output));
    assert!(text(&output).contains("there: Disks {\"name\": \"/dev/vdc\"}"), "{}", text(&output));
    let short = record(&folder, &farm, UMOUNT);
    assert!(text(&simulate(&farm, &["--record", short.to_str().unwrap()])).contains("there: nothing"));
    let others = context(&folder, "localfs: {parts: {home: 40}}\n");
    let output = simulate(&others, &["--record", short.to_str().unwrap()]);
    assert!(output.status.code() == Some(2) && said(&output).contains("of other settings"), "{}", said(&output));
    std::fs::remove_file(short.join("localfs")).unwrap();
    let output = simulate(&farm, &["--record", short.to_str().unwrap()]);
    assert!(output.status.code() == Some(1) && text(&output).contains("unreached: there is no record of it"));
}

#[test]
fn without_python_it_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let farm = context(&folder, FARM);
    let output = Command::new(env!("CARGO_BIN_EXE_contextc"))
        .arg("simulate")
        .arg(&farm)
        .env("PATH", folder.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(
        said(&output).contains("`python3` cannot be run: no such program; the handlers are Python"),
        "{}",
        said(&output)
    );
}
