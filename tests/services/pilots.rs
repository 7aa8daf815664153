//! Pilots: one in each slot, and the end of the machine after the last.

use super::machine::Machine;

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
