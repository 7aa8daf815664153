//! The machine that is described: on the command line, and in a file.

use super::{FARM, context, said, simulate, text};

#[test]
fn a_machine_that_cannot_be_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let farm = context(&folder, FARM);
    for words in [&["--cores", "0"][..], &["--disk", "vdb=10G", "--disk", "vdb=20G"]] {
        assert_eq!(simulate(&farm, words).status.code(), Some(2), "{words:?}");
    }
    // The second would take the place of the first, wherever it is described.
    let facts = folder.path().join("facts.yaml");
    std::fs::write(&facts, "disks: [\"vdb=10G,group=a\"]\n").unwrap();
    let of_file = ["--facts", facts.to_str().unwrap()];
    for first in [["--disk", "vdb=10G,group=a"], of_file] {
        let output = simulate(&farm, &[&first[..], &["--disk", "vdc=10G,group=a"]].concat());
        assert_eq!(output.status.code(), Some(2), "{}", text(&output));
        assert!(
            said(&output).contains("the volume group `a` is there twice: give it another name"),
            "{}",
            said(&output)
        );
    }
    let output = simulate(&farm, &[&of_file[..], &["--disk", "vdb=20G,group=a"]].concat());
    assert_ne!(output.status.code(), Some(2), "{}", said(&output));
}

#[test]
fn facts_come_from_a_file_and_options_win() {
    let folder = tempfile::tempdir().unwrap();
    let farm = context(&folder, "localfs: {parts: {home: 100}}\nmunge: {key: {file: munge.key}}\n");
    std::fs::write(folder.path().join("munge.key"), (0..64u8).map(|n| n.wrapping_mul(37)).collect::<Vec<u8>>())
        .unwrap();
    let facts = folder.path().join("facts.yaml");
    std::fs::write(&facts, "family: rhel\npackages: [munge]\ndisks: [\"vdb=4G,holds=ext4\"]\ncommands: [{command: unmunge, exit: 15, output: Expired credential}]\n").unwrap();
    let facts = facts.to_str().unwrap();
    let output = simulate(&farm, &["--facts", facts, "--disk", "vdb=8G"]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(text(&output).contains("failed: unmunge: Expired credential"), "{}", text(&output));
    assert!(text(&output).contains("2047 extents"), "{}", text(&output));
    std::fs::write(facts, "disk: [vdb]\n").unwrap();
    let output = simulate(&farm, &["--facts", facts]);
    assert!(output.status.code() == Some(1) && said(&output).contains("did you mean `disks`?"), "{}", said(&output));
    std::fs::write(facts, "disks: [vdb]\nmemory: 17%VG\n").unwrap();
    let output = simulate(&farm, &["--facts", facts]);
    for words in
        ["the disk `vdb` has no size", "facts.yaml:1:9", "write NAME=SIZE, like `vdb=100G`", "`17%VG` is not a size"]
    {
        assert!(output.status.code() == Some(1) && said(&output).contains(words), "{}", said(&output));
    }
    for disk in ["vda=10G", "vdb", "vdb=10", "vdb=10G,held=xfs", "vdb=10G,holds=xsf", "vdb=0G"] {
        assert_eq!(simulate(&farm, &["--disk", disk]).status.code(), Some(2), "{disk}");
    }
}

#[test]
fn a_user_with_no_name_of_a_user_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let farm = context(&folder, FARM);
    let output = simulate(&farm, &["--user", "a b"]);
    assert!(output.status.code() == Some(2) && said(&output).contains("`a b` is not the name"), "{}", said(&output));
    let facts = folder.path().join("facts.yaml");
    std::fs::write(&facts, "users: [alice, 'a b']\ncores: 0\n").unwrap();
    let output = simulate(&farm, &["--facts", facts.to_str().unwrap()]);
    // All faults at once.
    for words in ["facts.yaml:1:16", "facts.yaml:2:8"] {
        assert!(output.status.code() == Some(1) && said(&output).contains(words), "{}", said(&output));
    }
}

/// As a simulation prints them, and without the quotes.
#[test]
fn commands_are_matched_as_they_are_printed() {
    let folder = tempfile::tempdir().unwrap();
    let path = context(&folder, "run: {commands: [{name: a, command: echo hi}]}\n");
    let facts = folder.path().join("facts.yaml");
    for line in ["sh -c 'echo hi'", "sh -c echo hi", "sh -c echo"] {
        std::fs::write(&facts, format!("commands: [{{command: \"{line}\", exit: 3}}]\n")).unwrap();
        let shown = text(&simulate(&path, &["--facts", facts.to_str().unwrap()]));
        assert!(shown.contains("run        sh -c 'echo hi'") && shown.contains("exit 3]"), "{line}: {shown}");
        assert!(!shown.contains("matched no command"), "{line}: {shown}");
    }
    std::fs::write(&facts, "commands: [{command: sh -c true}, {command: curl -u a:hunter2 x}]\n").unwrap();
    let shown = text(&simulate(&path, &["--facts", facts.to_str().unwrap()]));
    assert!(shown.contains("note: `sh -c true` of the facts matched no command\n"), "{shown}");
    assert!(!shown.contains("hunter2"), "{shown}");
    let json = text(&simulate(&path, &["--facts", facts.to_str().unwrap(), "--format", "json"]));
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["notes"][0], "`sh -c true` of the facts matched no command");
    // A file without blocks runs nothing at all.
    let plain = context(&folder, "#cloud-config\nhostname: a\n");
    let shown = text(&simulate(&plain, &["--facts", facts.to_str().unwrap()]));
    assert_eq!(shown.matches("matched no command").count(), 2, "{shown}");
}

/// What the handlers say of it is what a machine would say: why it is so here, the simulation adds.
#[test]
fn a_failure_that_lies_in_the_description_is_explained() {
    let examples = super::root().join("examples");
    let cases: [(&str, &[&str], &str); 4] = [
        (
            "virtual-farm.yaml",
            &["--disk", "vdb=100G", "--no-network"],
            "no network, as it is described: cvmfs has to be",
        ),
        ("virtual-farm.yaml", &["--disk", "vdb=100G", "--no-package-manager"], "`packages: [cvmfs=2.1.14]` in --facts"),
        ("virtual-farm.yaml", &["--disk", "vdb=100G,volumes=cvmfs:20G:xfs"], "with `existing: reuse`"),
        ("planck.yaml", &["--disk", "vdb=100G"], "`--disk vdb=100G,label=planck-data,holds=ext4`"),
    ];
    for (name, words, hint) in cases {
        let output = simulate(&examples.join(name), words);
        let shown = text(&output);
        assert!(output.status.code() == Some(1) && shown.contains(hint), "{words:?}: {shown}{}", said(&output));
    }
    let shown = text(&simulate(&examples.join("planck.yaml"), &["--disk", "vdb=100G,label=planck-data,holds=ext4"]));
    assert!(shown.ends_with("all blocks ok\n"), "{shown}");
}

/// Volumes of other sizes and types are what a handler finds: mounted as they are, completed in what is free.
#[test]
fn volumes_that_are_there_have_a_size_and_a_type() {
    let folder = tempfile::tempdir().unwrap();
    let path = context(&folder, "localfs: {existing: reuse, parts: {cvmfs: 17, home: 58}}\n");
    let simulated = |disk: &str| {
        let output = simulate(&path, &["--disk", disk, "--format", "json"]);
        let found: serde_json::Value =
            serde_json::from_str(&text(&output)).unwrap_or_else(|_| panic!("{}", said(&output)));
        found["blocks"][0].clone()
    };
    let block = simulated("vdb=100G,volumes=home:20481M:xfs");
    assert_eq!(block["state"], "ok", "{block}");
    let volumes = block["groups"][0]["volumes"].as_array().unwrap();
    // 20481 MiB are 5120 extents and a quarter.
    assert_eq!((&volumes[0]["extents"], &volumes[0]["filesystem"]), (&5121.into(), &"xfs".into()), "{block}");
    assert_eq!((&volumes[0]["mount"], &volumes[1]["name"]), (&"/home".into(), &"cvmfs".into()), "{block}");
    // The group is the one that localfs makes; another is not its own.
    assert_eq!(block["groups"][0]["name"], "attached");
    let other = simulated("vdb=100G,group=other,volumes=home:20G:xfs");
    assert_eq!(other["state"], "failed", "{other}");
    let default = simulated("vdb=100G,group=attached,volumes=home");
    assert_eq!(default["groups"][0]["volumes"][0]["extents"], 1, "{default}");
}

/// Each with the place in the file and what to write instead.
#[test]
fn facts_that_cannot_be_are_refused_at_their_place() {
    let folder = tempfile::tempdir().unwrap();
    let farm = context(&folder, FARM);
    let facts = folder.path().join("facts.yaml");
    for (text_of, place, message, help) in [
        ("cores: 0\n", "1:8", "no machine has 0 cores", "1 or more"),
        ("cores: 5000000000\n", "1:8", "no machine has 5000000000 cores", "1 or more"),
        ("memory: 0G\n", "1:9", "`0G` is not a size", "write it like `20G`"),
        ("memory: 8\n", "1:9", "`8` is not a size", "write the unit, like `8G`"),
        ("family: redhat\n", "1:9", "`family` cannot be `redhat`", "known here: `debian`, `rhel`"),
        ("famly: rhel\n", "1:1", "`famly` is not known", "did you mean `family`?"),
        ("disks:\n- vdb=10G\n- vdb=20G\n", "3:3", "the disk `vdb` is there twice", "another name"),
        (
            "disks: [\"vdb=1G,group=a\", \"vdc=1G,group=a\"]\n",
            "1:27",
            "the volume group `a` is there twice",
            "another name",
        ),
        ("disks: [vdb=0G]\n", "1:9", "`0G` is not a size", "write it like `20G`"),
        ("disks: [\"vdb=9G,seriel=a\"]\n", "1:9", "a disk has no `seriel`", "did you mean `serial`?"),
        ("disks: [\"vdb=9G,holds=xsf\"]\n", "1:9", "a disk does not hold `xsf`", "did you mean `xfs`?"),
        ("disks: [\"vdb=9G,empty=yes\"]\n", "1:9", "`empty` takes no value", "write `empty` alone"),
        ("disks: [\"vdb=9G,serial=\"]\n", "1:9", "`serial` has no value", "write `serial=...`"),
        ("disks: [\"vdb=9G,empty,empty\"]\n", "1:9", "`empty` is said twice", "remove one"),
        ("disks: [\"vdb=9G,volumes=a:0G\"]\n", "1:9", "`0G` is not a size", "write it like `20G`"),
        ("disks: [\"vdb=9G,volumes=a:1G:exf4\"]\n", "1:9", "a volume does not hold `exf4`", "did you mean `ext4`?"),
        ("disks: [\"vdb=9G,volumes=a+a\"]\n", "1:9", "the volume `a` is there twice", "another name"),
        ("disks: [\"vdb=9G,volumes=a:9G\"]\n", "1:9", "the volumes take 2304 extents of 4 MiB", "make them smaller"),
        ("disks: [\"vdb=9G,holds=xfs,group=a\"]\n", "1:9", "cannot hold xfs and be the volume group `a`", "leave out"),
        ("disks: [\"vdb=9G,volumes=-a\"]\n", "1:9", "`-a`", "="),
    ] {
        std::fs::write(&facts, text_of).unwrap();
        let output = simulate(&farm, &["--facts", facts.to_str().unwrap()]);
        let told = said(&output);
        assert_eq!((output.status.code(), text(&output).as_str()), (Some(1), ""), "{text_of}: {told}");
        for words in [format!("facts.yaml:{place}"), message.to_owned(), help.to_owned()] {
            assert!(told.contains(&words), "{text_of}: {words}: {told}");
        }
    }
}

/// All in one run.
#[test]
fn every_fault_of_a_facts_file_is_said_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let farm = context(&folder, FARM);
    let facts = folder.path().join("facts.yaml");
    std::fs::write(&facts, "cores: 0\nmemory: 0G\ndisks: [vdb=0G, vdc=1G, vdc=2G]\nfamily: suse\n").unwrap();
    let told = said(&simulate(&farm, &["--facts", facts.to_str().unwrap()]));
    assert_eq!(told.matches("error[").count(), 5, "{told}");
}

/// How user-data travels changes nothing of what a machine does with it.
#[test]
fn options_without_effect_are_not_taken() {
    let folder = tempfile::tempdir().unwrap();
    let farm = context(&folder, FARM);
    let help = text(&simulate(&farm, &["--help"]));
    for option in ["--target", "--envelope"] {
        assert!(!help.contains(option), "{help}");
        let output = simulate(&farm, &["--disk", "vdb=10G", option, "generic"]);
        assert!(output.status.code() == Some(2) && said(&output).contains("unexpected argument"), "{}", said(&output));
    }
    let variable = context(&folder, "variables: {share: 40}\nlocalfs: {parts: {home: '{{ share }}'}}\n");
    let output = simulate(
        &variable,
        &["--disk", "vdb=10G", "--set", "share=50", "--handlers", "include=https://example.org/h.py"],
    );
    let shown = text(&output);
    assert!(
        shown.contains("1279 extents") && shown.contains("note: the machine fetches the handlers"),
        "{shown}{}",
        said(&output)
    );
    let secret = context(&folder, "environment: {DB_PASSWORD: hunter22}\n");
    assert_eq!(simulate(&secret, &["--deny-secrets-in-user-data"]).status.code(), Some(1));
    assert_eq!(simulate(&secret, &[]).status.code(), Some(0));
}
