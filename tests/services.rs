//! The scripts that supervise pipelines and pilots, run for real below a scratch directory: only what needs root is a stand-in.

use contextc::{Compiler, FileLoader, Source};
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A machine in a directory, with the services of one context.
struct Machine {
    root: TempDir,
    services: Vec<Value>,
}

/// What would need root, a network, or time. `$R` is the directory of the machine.
const STAND_INS: &[(&str, &str)] = &[
    ("setpriv", "while [ \"$1\" != \"${1#--}\" ]; do shift 2; done\nexec \"$@\""),
    ("getent", "echo \"x:x:1:1::$R/home/$2:/bin/sh\""),
    ("id", "echo 1"),
    ("chown", ":"),
    ("systemctl", "echo \"$*\" >>$R/calls"),
    ("poweroff", ":"),
    ("mountpoint", "[ -e $R/mounted ]"),
    ("sleep", "exec /bin/sleep 0.05"),
    ("install", "[ $1 = -d ] && { shift 5; exec mkdir -p \"$1\"; }\nshift 7\nexec cp \"$1\" \"$2\""),
    ("nft", "cat >$R/rules\n[ -e $R/nft ]"),
    ("iptables", "[ -e $R/iptables ] && echo \"$*\" >>$R/calls"),
    ("ip6tables", "[ -e $R/ip6tables ] && echo \"6 $*\" >>$R/calls"),
];

impl Machine {
    fn new(context: &str) -> Self {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().to_str().unwrap().to_owned();
        let source = Source::new("context.yaml", context.replace("ROOT", &path));
        let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/files");
        let compiler = Compiler::new().loader(FileLoader::new(&examples));
        let message = String::from_utf8(compiler.emit(&source, "message").unwrap()).unwrap();
        let body = |name: &str| {
            let line = message.lines().find(|line| line.starts_with(&format!("{{\"{name}\":")))?;
            Some(serde_json::from_str::<Value>(line).unwrap()[name].clone())
        };
        let services = body("pipeline").map(|settings| settings["services"].as_array().unwrap().clone());
        let of_pilot = || body("pilot").map(|settings| vec![settings["service"].clone(), settings["closing"].clone()]);
        let mut services = services.or_else(of_pilot).unwrap();
        services.retain(|service| !service.is_null());
        let machine = Self { root, services };
        machine.write("var/lib/cloud/data/instance-id", "i-1\n", 0o644);
        machine.write("route", "eth0\t00000000\t0202000A\n", 0o644);
        for (name, text) in STAND_INS {
            machine.write(&format!("stand-ins/{name}"), &format!("#!/bin/sh\nR={path}\n{text}\n"), 0o755);
        }
        for folder in ["home/alice", "var/log/contextc", "var/lib/contextc"] {
            fs::create_dir_all(machine.at(folder)).unwrap();
        }
        machine.install();
        machine
    }

    fn at(&self, path: &str) -> PathBuf {
        self.root.path().join(path)
    }

    fn write(&self, path: &str, text: &str, mode: u32) {
        let path = self.at(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.at(path)).unwrap_or_default()
    }

    /// What the handler does, with every path moved below the directory.
    fn install(&self) {
        let root = self.root.path().to_str().unwrap();
        for service in &self.services {
            for file in service["files"].as_array().unwrap() {
                let mut text = file[1].as_str().unwrap().replace("/proc/net/route", &format!("{root}/route"));
                text = text.replace("/proc/net/if_inet6", &format!("{root}/if_inet6"));
                text = text.replacen("PATH=/usr", &format!("PATH={root}/stand-ins:/usr"), 1);
                for folder in
                    ["/var/lib/", "/var/log/", "/var/spool/", "/usr/local/lib/", "/usr/local/sbin/", "/run/contextc"]
                {
                    text = text.replace(folder, &format!("{root}{folder}"));
                }
                self.write(file[0].as_str().unwrap().trim_start_matches('/'), &text, 0o700);
            }
            let instance = format!("var/lib/contextc/{}.instance", service["name"].as_str().unwrap());
            self.write(&instance, "i-1\n", 0o600);
        }
    }

    /// Starts a service as its unit does.
    fn start(&self, service: usize) -> Started {
        Started(Some(self.command(service).spawn().unwrap()))
    }

    fn command(&self, service: usize) -> Command {
        let files = self.services[service]["files"].as_array().unwrap();
        let program = self.at(files.last().unwrap()[0].as_str().unwrap().trim_start_matches('/'));
        // A group of its own, as a unit has: what is stopped is stopped with all that it started.
        let mut command = Command::new(program);
        command.process_group(0).stdout(Stdio::piped()).stderr(Stdio::null()).stdin(Stdio::null());
        command
    }

    /// Starts a service and waits for its end.
    fn run(&self, service: usize) -> (Option<i32>, String) {
        self.start(service).end()
    }
}

/// A service that runs. It ends with its test, whatever it has started and however the test ends.
struct Started(Option<Child>);

impl Started {
    /// How it ends and what it says: within a time, for nobody else ends a script that waits for ever.
    fn end(mut self) -> (Option<i32>, String) {
        until("the service ends", || self.child().try_wait().unwrap().is_some());
        // What it left behind would keep its output open.
        self.stop("-KILL");
        let output = self.0.take().unwrap().wait_with_output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    }

    fn child(&mut self) -> &mut Child {
        self.0.as_mut().unwrap()
    }

    /// As systemd stops a unit: every process of it. Whether there was one.
    fn stop(&mut self, signal: &str) -> bool {
        let group = format!("-{}", self.child().id());
        let killed = Command::new("/bin/kill").args([signal, "--", &group]).stderr(Stdio::null()).status();
        killed.is_ok_and(|status| status.success())
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        if self.0.is_some() {
            self.stop("-KILL");
            self.child().wait().ok();
        }
    }
}

fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !holds() {
        assert!(begin.elapsed() < Duration::from_secs(30), "{what} never held");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn shortly() {
    std::thread::sleep(Duration::from_millis(500));
}

#[test]
fn a_pipeline_that_is_done_is_not_run_again_and_powers_off_after_cloud_init() {
    let machine = Machine::new(
        "pipeline: {name: p, user: alice, when-done: poweroff, environment: {A: \"it's $x\"}, command: 'echo \"$A\" >>out; pwd >>out'}",
    );
    let child = machine.start(0);
    until("done", || machine.read("var/lib/contextc/contextc-pipeline-p.done").contains("exit 0"));
    shortly();
    assert_eq!(machine.read("calls"), "", "cloud-init has not ended yet");
    machine.write("var/lib/cloud/data/result.json", "{}", 0o644);
    assert_eq!(child.end().0, Some(0));
    assert_eq!(machine.read("calls"), "--no-block poweroff\n");
    let home = machine.at("home/alice");
    assert_eq!(machine.read("home/alice/out"), format!("it's $x\n{}\n", home.display()));
    let log = machine.read("var/log/contextc/pipeline-p.log");
    assert!(log.starts_with("== begin ") && log.trim_end().ends_with(" exit 0"), "{log}");

    let (code, said) = machine.run(0);
    assert_eq!((code, said.as_str()), (Some(0), "done at an earlier boot, exit 0\n"));
    assert_eq!(machine.read("home/alice/out").lines().count(), 2);
    assert_eq!(machine.read("calls").lines().count(), 1, "a machine that is switched on again stays on");
}

#[test]
fn the_first_step_that_fails_ends_a_pipeline_and_what_follows_is_run() {
    let machine = Machine::new(
        "pipeline:\n  name: p\n  user: alice\n  restart: 2\n  when-failed: {command: 'echo \"$CONTEXTC_EXIT\" >why', poweroff: yes}\n  \
         command: |\n    echo once >>tries\n    (exit 3)\n    echo never >>tries\n",
    );
    machine.write("var/lib/cloud/data/result.json", "{}", 0o644);
    assert_eq!(machine.run(0).0, Some(3));
    assert_eq!(machine.read("home/alice/tries"), "once\n".repeat(3));
    assert_eq!(machine.read("home/alice/why"), "3\n");
    assert_eq!(machine.read("calls"), "--no-block poweroff\n");
    assert!(machine.read("var/lib/contextc/contextc-pipeline-p.done").ends_with("\nexit 3\n"));
}

#[test]
fn what_follows_a_failure_is_done_at_the_next_boot_where_the_machine_went_down_in_between() {
    let machine = Machine::new(
        "pipeline:\n  name: p\n  user: alice\n  when-failed: {command: 'echo \"$CONTEXTC_EXIT\" >>why; [ ! -e slow ] || exec /bin/sleep 60', poweroff: yes}\n  \
         command: 'echo . >>tries; exit 3'\n",
    );
    // In the middle of what follows.
    machine.write("home/alice/slow", "", 0o644);
    let mut child = machine.start(0);
    until("it follows", || machine.at("home/alice/why").exists());
    assert!(child.stop("-KILL"));
    child.end();
    fs::remove_file(machine.at("home/alice/slow")).unwrap();
    // After it, in the wait for cloud-init's end.
    let mut child = machine.start(0);
    until("it waits", || machine.read("var/lib/contextc/contextc-pipeline-p.done").contains("poweroff"));
    shortly();
    assert!(child.stop("-TERM"));
    child.end();
    assert_eq!((machine.read("home/alice/why").as_str(), machine.read("calls").as_str()), ("3\n3\n", ""));
    machine.write("var/lib/cloud/data/result.json", "{}", 0o644);
    let (code, said) = machine.run(0);
    assert_eq!((code, said.as_str()), (Some(3), "done at an earlier boot, exit 3\npowers the machine off\n"));
    assert_eq!(machine.read("calls"), "--no-block poweroff\n");

    let (code, said) = machine.run(0);
    assert_eq!((code, said.as_str()), (Some(0), "done at an earlier boot, exit 3\n"), "switched on again, it stays on");
    assert_eq!(machine.read("calls").lines().count(), 1);
    assert_eq!(machine.read("home/alice/tries"), ".\n", "what failed is not done again");
}

#[test]
fn a_pipeline_that_is_done_powers_off_at_the_next_boot_where_it_could_not_before() {
    let machine = Machine::new("pipeline: {name: p, user: alice, when-done: poweroff, command: 'echo . >>tries'}");
    let mut child = machine.start(0);
    until("done", || machine.read("var/lib/contextc/contextc-pipeline-p.done").contains("exit 0"));
    assert!(child.stop("-KILL"));
    child.end();
    machine.write("var/lib/cloud/data/result.json", "{}", 0o644);
    assert_eq!(machine.run(0).0, Some(0));
    assert_eq!(
        (machine.read("calls").as_str(), machine.read("home/alice/tries").as_str()),
        ("--no-block poweroff\n", ".\n")
    );
    assert_eq!(machine.run(0), (Some(0), "done at an earlier boot, exit 0\n".into()));
    assert_eq!(machine.read("calls").lines().count(), 1, "switched on again, it stays on");
}

#[test]
fn a_pipeline_waits_for_what_it_needs() {
    let machine = Machine::new(
        "pipeline: {name: p, user: alice, needs: {mounts: [ROOT/home], network: yes}, command: [touch, here]}",
    );
    let child = machine.start(0);
    shortly();
    assert!(!machine.at("home/alice/here").exists());
    machine.write("mounted", "", 0o644);
    assert_eq!(child.end().0, Some(0));
    assert!(machine.at("home/alice/here").exists());
}

#[test]
fn what_never_comes_counts_as_failed_where_the_wait_has_an_end() {
    let machine = Machine::new(
        "pipeline: {name: p, user: alice, needs: {mounts: [ROOT/home], wait: 1s}, command: [touch, here], when-failed: {command: [touch, failed]}}",
    );
    let (code, said) = machine.run(0);
    assert_eq!(code, Some(75), "{said}");
    assert!(said.contains("/home did not come within 1 s"), "{said}");
    assert!(machine.at("home/alice/failed").exists() && !machine.at("home/alice/here").exists());
}

#[test]
fn a_pipeline_that_was_stopped_is_run_again() {
    let machine = Machine::new(
        "pipeline: {name: p, user: alice, command: 'echo . >>tries; [ ! -e slow ] || exec /bin/sleep 60'}",
    );
    machine.write("home/alice/slow", "", 0o644);
    let mut child = machine.start(0);
    until("it runs", || machine.at("home/alice/tries").exists());
    assert!(child.stop("-TERM"));
    child.end();
    assert!(!machine.at("var/lib/contextc/contextc-pipeline-p.done").exists(), "it was not done");
    fs::remove_file(machine.at("home/alice/slow")).unwrap();
    assert_eq!(machine.run(0).0, Some(0));
    assert_eq!(machine.read("home/alice/tries"), ".\n.\n");
    let unit = machine.services[0]["unit"].as_str().unwrap();
    assert!(unit.contains("\nOOMPolicy=continue\n"), "one process out of memory would stop it: {unit}");
}

#[test]
fn the_disk_of_another_machine_starts_nothing_here() {
    let machine = Machine::new("pipeline: {name: p, user: alice, command: [touch, here]}");
    machine.write("var/lib/cloud/data/instance-id", "i-2\n", 0o644);
    assert_eq!(machine.run(0), (Some(0), String::new()));
    assert!(!machine.at("home/alice/here").exists());
}

#[test]
fn a_tracker_is_started_again_and_its_end_marks_nothing() {
    let machine = Machine::new(
        "pipeline: {name: p, user: alice, command: 'true', trackers: [{name: web, command: 'echo . >>tries; [ $(wc -l <tries) = 3 ]'}]}",
    );
    assert_eq!(machine.run(1).0, Some(0));
    assert_eq!(machine.read("home/alice/tries"), ".\n.\n.\n");
    assert!(!machine.at("var/lib/contextc/contextc-pipeline-p-web.done").exists());
}

const PILOT: &str = "pilot:\n  site: S\n  ce: C\n  vo: v\n  configuration-servers: dips://d.example.org:9135/C\n  slots: 2\n  when-done: poweroff\n  \
                     commands: [{name: vm-pilot, url: 'https://p.example.org/vm-pilot'}]\n  directory: ROOT/home\n  \
                     heartbeat: {path: ROOT/out/heartbeat, period: 1s}\n  shutdown-message: ROOT/out/message\n  \
                     certificate: {file: hostcert.pem}\n  key: {file: hostkey.pem}\n";

/// A stand-in for DIRAC's pilot: it says what it was given, and ends as the test wants.
fn pilots(settings: &str, text: &str) -> Machine {
    let machine = Machine::new(&format!("{PILOT}{settings}"));
    machine.write("var/spool/contextc-pilot/vm-pilot", &format!("#!/bin/sh\necho \"$*\"\n{text}\n"), 0o755);
    machine.write("var/lib/cloud/data/result.json", "{}", 0o644);
    machine
}

#[test]
fn each_slot_has_a_pilot_and_the_machine_is_powered_off_after_the_last() {
    let text = "cat \"$X509_USER_PROXY\"\necho 'INFO: JobAgent will stop with message \"Nothing to do for more than 3'";
    let machine = pilots("", text);
    let (code, said) = machine.run(0);
    assert_eq!((code, machine.read("out/message").as_str()), (Some(0), "300 Nothing to do\n"), "{said}");
    assert_eq!(machine.read("calls"), "--no-block poweroff\n");
    assert_eq!(machine.read("out/heartbeat").split_whitespace().count(), 5);
    for slot in ["01", "02"] {
        let log = machine.read(&format!("var/log/contextc/pilot-{slot}.log"));
        assert!(
            log.contains("--dirac-site=S --ce-name=C --vo=v --cs-servers=dips://d.example.org:9135/C --vm-uuid=i-1")
        );
        assert!(
            log.contains(&format!("--pilot-number={slot} ")) && log.contains("-----BEGIN PRIVATE KEY-----"),
            "{log}"
        );
    }
}

#[test]
fn the_last_line_that_tells_is_the_message_and_a_pilots_own_word_comes_first() {
    let failed = "echo 'NOTICE:  Cycle was successful'\necho 'INFO: JobAgent will stop with message \"Payload execution failed with'";
    let rows = [
        (failed, "600 Payload execution failed\n"),
        ("echo nothing\nexit 4", "700 Failed, the pilot ended with exit 4\n"),
        ("echo '200 Intended work completed ok' >shutdown_message", "200 Intended work completed ok\n"),
        ("echo 'anything: else' >shutdown_message\necho 'Job request OK: No match found'", "300 Nothing to do\n"),
    ];
    for (text, message) in rows {
        let machine = pilots("", text);
        machine.run(0);
        assert_eq!(machine.read("out/message"), message, "{text}");
    }
}

#[test]
fn the_machine_ends_where_the_commands_did_not_come() {
    let machine = pilots("", "echo 'Job request OK: No match found'");
    machine.write("usr/local/lib/contextc/contextc-pilot.fault", "https://p.example.org/vm-pilot: not found\n", 0o600);
    assert_eq!(machine.run(0).0, Some(0));
    assert_eq!(machine.read("out/message"), "500 https://p.example.org/vm-pilot: not found\n");
    assert!(!machine.at("var/log/contextc/pilot-01.log").exists());
    assert_eq!(machine.read("calls"), "--no-block poweroff\n");
    machine.write("usr/local/lib/contextc/contextc-pilot.fault", "", 0o600);
    machine.run(0);
    assert_eq!(machine.read("out/message"), "300 Nothing to do\n", "they came later");
}

#[test]
fn no_pilot_starts_where_the_metadata_stays_open() {
    let machine = pilots("  metadata: close\n", "echo 'Job request OK: No match found'");
    machine.run(0);
    assert_eq!(machine.read("out/message"), "500 The metadata address cannot be closed\n");
    assert!(!machine.at("var/log/contextc/pilot-01.log").exists());
    assert_eq!(machine.read("calls"), "--no-block poweroff\n", "it is powered off all the same");
}

#[test]
fn the_metadata_is_closed_by_what_the_machine_has() {
    let machine = pilots("  metadata: close\n", "");
    let asked = |machine: &Machine| {
        machine.write("calls", "", 0o644);
        let (code, said) = machine.run(1);
        (code == Some(0), said)
    };
    assert_eq!(asked(&machine), (false, String::new()));
    machine.write("iptables", "", 0o644);
    assert_eq!(asked(&machine), (true, "closed to users by iptables\n".into()));
    let calls = machine.read("calls");
    assert!(calls.contains("-C OUTPUT -d 169.254.169.254 -m owner ! --uid-owner 0 -j contextc-metadata"));
    assert!(calls.contains("-C FORWARD -d 169.254.169.254 -j contextc-metadata"));
    assert!(calls.find("--dport 53 -j RETURN").unwrap() < calls.find("-A contextc-metadata -j REJECT").unwrap());
    machine.write("if_inet6", "fe80000000000000505400fffe123456 02 40 20 80 eth0\n", 0o644);
    assert_eq!(asked(&machine), (false, String::new()), "its other address is open");
    machine.write("ip6tables", "", 0o644);
    assert_eq!(asked(&machine), (true, "closed to users by iptables\n".into()));
    let rule = "6 -w -C OUTPUT -d fd00:ec2::254 -m owner ! --uid-owner 0 -j contextc-metadata";
    assert!(machine.read("calls").contains(rule));
    machine.write("nft", "", 0o644);
    assert_eq!(asked(&machine), (true, "closed to users by nft\n".into()));
    let rules = machine.read("rules");
    assert!(rules.contains("output ip daddr 169.254.169.254 meta skuid != 0 reject"));
    assert!(rules.contains("forward ip6 daddr fd00:ec2::254  reject"));
}
