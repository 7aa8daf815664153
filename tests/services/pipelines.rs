//! Pipelines: done once, in their order, with what follows a failure.

use super::machine::{Machine, shortly, until};
use std::fs;

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
