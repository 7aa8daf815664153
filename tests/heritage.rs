//! The faults of the systems before this one stay dead: a test for each class of them that the compiler could bring back.
//!
//! Those of the machine (half-written secrets, second runs, disks that are not blank, log ends, Python 2.7) are in `tests/handlers`
//! and `tests/vm`; those of the wire also in `tests/cloudinit`, against the real parsers.

use contextc::{Compiler, Source};

fn compiled(text: &str) -> String {
    let result = Compiler::new().compile(&Source::new("heritage.yaml", text));
    let compiled = result.unwrap_or_else(|error| panic!("{text}\n{error}"));
    String::from_utf8(compiled.artifact().bytes().to_vec()).unwrap()
}

fn codes(text: &str) -> Vec<&'static str> {
    let report = Compiler::new().check(&Source::new("heritage.yaml", text));
    report.diagnostics().iter().map(|fault| fault.code().as_str()).collect()
}

fn settings(message: &str, block: &str) -> serde_json::Value {
    let line = message.lines().find(|line| line.starts_with(&format!("{{\"{block}\""))).unwrap();
    serde_json::from_str::<serde_json::Value>(line).unwrap()[block].clone()
}

/// A block that was one word or a list was dumped and indented into something else.
#[test]
fn values_of_every_kind_arrive_as_they_are() {
    let cvmfs = settings(
        &compiled("cvmfs: {install: no, start: True, local: {quota-limit: 18000, http-proxy: DIRECT}}"),
        "cvmfs",
    );
    assert_eq!((&cvmfs["install"], &cvmfs["start"]), (&false.into(), &true.into()));
    assert_eq!(cvmfs["local"]["quota-limit"], 18000);
    assert!(
        compiled("localfs: {parts: {home: 9}}\nruncmd: [date]\nmanage_etc_hosts: yes\n")
            .contains("manage_etc_hosts: yes\n")
    );
}

/// A list of allowed keys lost `users` and others without a word.
#[test]
fn no_key_is_lost() {
    for key in ["users", "groups", "ssh_authorized_keys", "bootcmd", "ca_certs", "ntp", "yum_repos", "power_state"] {
        assert!(compiled(&format!("{key}: [x]\n")).contains(&format!("\n{key}:\n")), "{key}");
    }
    assert_eq!(codes("usres: [x]\n"), ["context/unknown-key"]);
    assert_eq!(codes("sharedsw: {master: x}\n"), ["context/unknown-key"]);
}

/// `repo`, `tmp`, `swap`, `cert` and `key` were looked for anywhere in a text.
#[test]
fn names_are_whole_names() {
    let local = "localfs: {volumes: [{name: tmpdata, size: 10%VG, mount: /srv/tmp}, {name: swapper, size: 5%VG, mount: /swapper}]}";
    let volumes = &settings(&compiled(local), "localfs")["volumes"];
    assert_eq!((&volumes[0]["mode"], &volumes[1]["filesystem"]), (&serde_json::Value::Null, &"xfs".into()));
    let message =
        compiled("localfs: {parts: {home: 10}}\nruncmd: ['echo #include http://repo.example.org #multiple-config']\n");
    assert!(message.contains("echo #include http://repo.example.org #multiple-config"));
}

/// What ran first was what stood first in the file.
#[test]
fn the_order_is_ours_whatever_the_file_says() {
    let message = compiled(
        "munge: {key: 0123456789abcdef0123456789ABCDEF}\ncvmfs: {local: {http-proxy: DIRECT}}\nlocalfs: {parts: {cvmfs: 50}}\n",
    );
    let place = |name: &str| message.find(&format!("filename=\"{name}\"")).unwrap_or_else(|| panic!("no {name}"));
    let order =
        ["contextc-handler.py", "contextc-plan.ccfg", "localfs-config.ccfg", "cvmfs-config.ccfg", "munge-config.ccfg"];
    assert!(order.windows(2).all(|pair| place(pair[0]) < place(pair[1])));
    assert!(place("00-contextc-late") < place("zz-contextc-finish"));
}

/// Handlers were fetched over plain http at boot and executed; packages came without signatures.
#[test]
fn nothing_is_fetched_unless_asked_for_and_nothing_unsigned() {
    let message = compiled("localfs: {parts: {home: 10}}\ncvmfs: {local: {http-proxy: DIRECT}}\n");
    assert!(!message.contains("x-include-url"));
    for word in
        ["nogpgcheck", "no-check-certificate", "--insecure", "allow-unauthenticated", "trusted=yes", "gpgcheck=0"]
    {
        assert!(!contextc::handlers().text().contains(word), "{word}");
    }
    assert_eq!(
        codes("cvmfs: {local: {http-proxy: DIRECT}, repository: {url: 'https://example.org/el9'}}"),
        ["context/missing-setting"]
    );
}

/// Secrets stood in messages and dumps.
#[test]
fn no_message_shows_a_secret() {
    let text = "munge:\n  key: hunter2hunter2\n  install: hunter2hunter2\n";
    let report = Compiler::new().check(&Source::new("heritage.yaml", text));
    assert!(report.has_errors() && !report.to_string().contains("hunter2"), "{report}");
    assert!(!report.shown_text().contains("key: hunter2"));
    let good = Compiler::new()
        .compile(&Source::new("heritage.yaml", "munge: {key: hunter2hunter2-0123456789abcdefgh}\n"))
        .unwrap();
    assert!(!format!("{report:?} {good:?}").contains("hunter2"));
    // Nor as numbers: 104, 117, 110 is `hun`.
    assert!(!format!("{good:?}").contains("104, 117, 110"));
}

/// Shares were added up by nobody, and a swap of nothing was made.
#[test]
fn shares_are_added_up() {
    assert_eq!(codes("localfs: {parts: {home: 70, tmp: 40}}"), ["localfs/shares-over-100"]);
    let volumes = &settings(&compiled("localfs: {parts: {home: 50, swap: 0}}"), "localfs")["volumes"];
    assert_eq!(volumes.as_array().unwrap().len(), 1, "{volumes}");
}

/// Scripts arrived with other line ends, or with an mbox line before them.
#[test]
fn scripts_arrive_byte_for_byte() {
    let message = compiled(
        "localfs: {parts: {home: 10}}\nscripts:\n- |\n  #!/bin/sh\n  echo 'From here'\n\n  echo \"$HOME\"  \n",
    );
    assert!(message.starts_with("MIME-Version: 1.0"));
    assert!(message.contains("#!/bin/sh\necho 'From here'\n\necho \"$HOME\"  \n"));
}

/// A message that was too large was cut off by the cloud, without a word.
#[test]
fn what_is_too_large_is_refused_with_its_parts_by_cost() {
    let mut state = 1u64;
    let mut random = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        char::from(b'a' + (state >> 59) as u8 % 26)
    };
    let noise: String = (0..40_000).map(|_| random()).collect();
    let text = format!("localfs: {{parts: {{home: 10}}}}\nscripts:\n- |\n  #!/bin/sh\n  : {noise}\n");
    let ec2 = Compiler::new().target(contextc::target("ec2").unwrap());
    let error = ec2.compile(&Source::new("heritage.yaml", &text)).unwrap_err();
    let report = error.report().unwrap().to_string();
    assert!(report.contains("50-001-") && report.contains("contextc-handler.py"), "{report}");
}

/// `yes` in quotes, a version that looks like a number, one value or a list: what old files hold is understood.
#[test]
fn the_spellings_of_old_files_are_read() {
    let cvmfs = settings(
        &compiled(
            "cvmfs: {install: True, version: 2.1, local: {repositories: 'a.cern.ch, b.cern.ch', strict-mount: 'yes', http-proxy: DIRECT}}",
        ),
        "cvmfs",
    );
    assert_eq!((&cvmfs["version"], &cvmfs["local"]["strict-mount"]), (&"2.1".into(), &true.into()));
    assert_eq!(cvmfs["local"]["repositories"], serde_json::json!(["a.cern.ch", "b.cern.ch"]));
}
