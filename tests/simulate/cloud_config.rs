//! What is said of cloud-config: in which stage it is done, and of what nothing is said.

use super::{context, said, simulate, text};

/// The lines of a simulation that say what is not simulated.
fn passed(shown: &str) -> Vec<&str> {
    shown.lines().filter_map(|line| line.strip_prefix("not simulated: ")).collect()
}

/// As cloud-init's own lists have them (tests/cloudinit holds the table against them).
#[test]
fn keys_are_in_the_stages_of_their_modules() {
    let folder = tempfile::tempdir().unwrap();
    let path = context(
        &folder,
        "#cloud-config\nlxd: {init: {}}\nfan: {config: a}\npassword: word\nchpasswd: {expire: false}\nca_certs: {remove_defaults: true}\n\
         runcmd: [a]\nbootcmd: [b]\ntimezone: Etc/UTC\nlocale: C\n\
         write_files:\n- {path: /now, content: a}\n- {path: /then, content: b, defer: true}\n- {path: /too, content: c, defer: 'yes'}\n",
    );
    let shown = text(&simulate(&path, &[]));
    let stage = |name: &str| {
        let from = shown.split(&format!("cloud-init does ({name}):\n")).nth(1).unwrap_or_default();
        from.split("\n\n").next().unwrap_or_default().to_owned()
    };
    assert_eq!(stage("init"), "  ca_certs: remove_defaults\n  bootcmd: 1 entry\n  write /now 0644 root:root");
    assert_eq!(
        stage("config"),
        "  password: ***\n  chpasswd: ***\n  runcmd: 1 entry\n  timezone: Etc/UTC\n  locale: C"
    );
    assert_eq!(stage("final"), "  lxd: init\n  fan: config\n  write /then 0644 root:root\n  write /too 0644 root:root");
    assert!(passed(&shown).is_empty(), "{shown}");
}

/// As `decode_perms` of cloud-init reads modes: `check` says the same of them.
#[test]
fn files_get_the_modes_that_cloud_init_makes_of_them() {
    let folder = tempfile::tempdir().unwrap();
    let modes = "644 1777 400 '644' rwx 0888 \"\" 0600 0x1ff".split(' ').enumerate();
    let files = modes.map(|(number, mode)| format!("- {{path: /{number}, content: a, permissions: {mode}}}\n"));
    let path = context(&folder, &format!("#cloud-config\nwrite_files:\n{}", files.collect::<String>()));
    let shown = text(&simulate(&path, &[]));
    let modes = shown.lines().filter_map(|line| line.strip_prefix("  write /")?.split(' ').nth(1));
    assert_eq!(
        modes.collect::<Vec<_>>(),
        ["1204", "3361", "0620", "0644", "0644", "0644", "0644", "0600", "0777"],
        "{shown}"
    );
}

#[test]
fn a_key_that_no_module_reads_is_said_to_be_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    let path = context(&folder, "#cloud-config\noutput: {all: '>> /var/log/a'}\nlaunch-index: 1\nruncmd: [a]\n");
    let output = simulate(&path, &[]);
    let shown = text(&output);
    assert_eq!(
        passed(&shown),
        [
            "`launch-index` of `part-001`: which machine of several this is, is not known here",
            "`output`: cloud-init itself reads it, and no module of it",
        ],
        "{shown}{}",
        said(&output)
    );
    let json: serde_json::Value = serde_json::from_str(&text(&simulate(&path, &["--format", "json"]))).unwrap();
    assert_eq!(json["not-simulated"][1]["what"], "`output`");
}

const MESSAGE: &str = "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"--edge\"\n\n";

/// A message of parts: content type, name, headers, body.
fn message(folder: &tempfile::TempDir, parts: &[(&str, &str, &str, &str)]) -> std::path::PathBuf {
    let mut text = MESSAGE.to_owned();
    for (kind, name, headers, body) in parts {
        text += &format!(
            "----edge\nContent-Type: {kind}\nContent-Disposition: attachment; filename=\"{name}\"\n{headers}\n{body}\n"
        );
    }
    context(folder, &(text + "----edge--\n"))
}

#[test]
fn a_key_that_a_later_part_replaces_is_not_done() {
    let folder = tempfile::tempdir().unwrap();
    let first = ("text/cloud-config", "a.yaml", "", "#cloud-config\nruncmd: [a, b]\nusers: [alice]\n");
    let second = ("text/cloud-config", "b.yaml", "", "#cloud-config\nruncmd: [c]\n");
    let shown = text(&simulate(&message(&folder, &[first, second]), &[]));
    assert_eq!(passed(&shown), ["`runcmd` of `a.yaml`: that of `b.yaml` replaces it"], "{shown}");
    assert!(
        shown.contains("  runcmd: 1 entry\n") && !shown.contains("2 entries") && shown.contains("  users: alice\n")
    );
    let merging = ("text/cloud-config", "b.yaml", "Merge-Type: list(append)+dict(recurse_list)+str()\n", second.3);
    let shown = text(&simulate(&message(&folder, &[first, merging]), &[]));
    assert!(shown.contains("  runcmd: 2 entries\n  runcmd: 1 entry\n"), "{shown}");
    assert_eq!(
        passed(&shown),
        [
            "`runcmd` of `b.yaml`: it is merged with that of `a.yaml` as the part says, and both are listed as they stand"
        ]
    );
}

#[test]
fn what_is_fetched_filled_in_or_run_by_others_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = message(
        &folder,
        &[
            ("text/jinja2", "t.yaml", "", "## template: jinja\n#cloud-config\nruncmd: ['echo {{ v1.region }}']\n"),
            (
                "text/cloud-config-jsonp",
                "p.json",
                "",
                "#cloud-config-jsonp\n[{\"op\": \"add\", \"path\": \"/timezone\", \"value\": \"Etc/UTC\"}]\n",
            ),
            ("text/x-shellscript-per-boot", "s.sh", "", "#!/bin/sh\ntrue\n"),
            ("text/x-include-url", "more", "", "#include\nhttps://example.org/a\nhttps://example.org/b\n"),
        ],
    );
    let output = simulate(&path, &[]);
    let shown = text(&output);
    assert_eq!(
        passed(&shown),
        [
            "`t.yaml` (text/jinja2): the data of the instance, with which the template is filled in, is not known here",
            "`p.json` (text/cloud-config-jsonp): a patch of the merged cloud-config is not made here",
            "`s.sh` (text/x-shellscript-per-boot): scripts are not run here",
            "`more` (text/x-include-url): what its 2 addresses give is not fetched here",
        ],
        "{shown}{}",
        said(&output)
    );
    let path = context(&folder, "include: ['https://example.org/a']\nlocalfs: {parts: {home: 40}}\n");
    let shown = text(&simulate(&path, &["--disk", "vdb=10G"]));
    assert_eq!(passed(&shown), ["`include.txt` (text/x-include-url): what its address gives is not fetched here"]);
}

/// And what a block finds is what there is then.
#[test]
fn packages_that_nobody_can_install_are_not_there() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("munge.key"), "k".repeat(32) + "0123456789abcdef").unwrap();
    let path = context(&folder, "munge: {key: {file: munge.key}}\npackages: [munge]\npackage_update: true\n");
    let output = simulate(&path, &[]);
    assert!(output.status.code() == Some(0) && text(&output).contains("  packages: munge\n"), "{}", text(&output));
    assert!(!text(&output).contains("not simulated"));
    for (option, why) in [
        ("--no-network", "the machine has no network to fetch packages from"),
        ("--no-package-manager", "the machine has nothing to install packages with"),
    ] {
        let output = simulate(&path, &[option]);
        let shown = text(&output);
        assert_eq!(output.status.code(), Some(1), "{shown}{}", said(&output));
        assert!(shown.contains("failed: cannot install munge") && !shown.contains("  packages: munge"), "{shown}");
        assert_eq!(passed(&shown), [format!("`packages`: {why}"), format!("`package_update`: {why}")]);
    }
}
