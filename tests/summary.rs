//! `contextc summary`: what is said of machines, from everything that a machine leaves behind.
//!
//! To add a test, add a machine to `tests/summary/machines`: a directory of logs, or a file. What is said of it is compared with a
//! golden file; `INSTA_UPDATE=always cargo test --test summary` writes it: read it before you commit it.

use contextc::summary::{self, FailOn, Machine, MachineState, Origin, Tree};
use contextc::{Command, ErrorKind, Finished, RunError, Runner};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

fn machines() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/summary/machines")
}

fn names() -> Vec<String> {
    let entries = std::fs::read_dir(machines()).unwrap();
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Every file below a directory, by its path from there.
fn files(folder: &Path, below: &str, found: &mut Vec<(String, Vec<u8>)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("{below}{}", path.file_name().unwrap().to_string_lossy());
        match path.is_dir() {
            true => files(&path, &format!("{name}/"), found),
            false => found.push((name, std::fs::read(&path).unwrap())),
        }
    }
    found.sort();
}

fn files_of(name: &str) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    files(&machines().join(name), "", &mut found);
    found
}

fn judged(name: &str) -> Vec<Machine> {
    let path = machines().join(name);
    if path.is_file() {
        return summary::read(name, std::fs::File::open(path).unwrap()).unwrap();
    }
    let mut tree = Tree::new(name);
    for (path, bytes) in files_of(name) {
        tree.add(&path, &bytes[..]).unwrap();
    }
    tree.machines()
}

fn tar(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (path, bytes) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o640);
        builder.append_data(&mut header, path, &bytes[..]).unwrap();
    }
    builder.into_inner().unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn state(name: &str, bytes: &[u8]) -> MachineState {
    summary::read(name, bytes).unwrap()[0].state
}

#[test]
fn every_machine_is_judged_as_it_should_be() {
    assert!(names().len() > 15);
    for name in names() {
        let golden = summary::table(&judged(&name), true);
        insta::with_settings!({snapshot_path => "summary/golden", prepend_module_to_snapshot => false, omit_expression => true}, {
            insta::assert_snapshot!(name, golden);
        });
    }
}

#[test]
fn a_machine_that_is_ok_takes_one_line_and_several_are_counted() {
    let machines: Vec<Machine> = ["ok", "failed", "ok", "nothing"].into_iter().flat_map(judged).collect();
    let table = summary::table(&machines, false);
    assert_eq!(table.lines().filter(|line| line.starts_with("ok ")).count(), 2, "{table}");
    assert!(table.ends_with("4 machines: 2 ok, 1 failed, 1 no verdict\n"), "{table}");
}

#[test]
fn an_archive_says_the_same_as_its_directory() {
    for name in names().into_iter().filter(|name| machines().join(name).is_dir()) {
        for archive in [tar(&files_of(&name)), gzip(&tar(&files_of(&name)))] {
            let mut found = summary::read(&name, &archive[..]).unwrap();
            // What was looked for is said in other words.
            let wanted = judged(&name);
            assert_eq!(found.len(), 1);
            found[0].reason = wanted[0]
                .reason
                .clone()
                .filter(|_| wanted[0].state == MachineState::NoVerdict)
                .or(found[0].reason.take());
            assert_eq!(found, wanted, "{name}");
        }
    }
}

#[test]
fn an_archive_may_hold_several_machines() {
    let rename = |folder: &'static str, name| {
        files_of(name).into_iter().map(move |(path, bytes)| (format!("./{folder}/{path}"), bytes))
    };
    let long = "a-directory-with-a-name-that-does-not-fit-into-the-header-of-an-entry-of-tar-and-stands-before-it-in-one-of-its-own";
    let all: Vec<_> =
        rename("node1", "ok").chain(rename("node2", "failed")).chain(rename(long, "interrupted")).collect();
    let found = summary::read("farm.tar", &tar(&all)[..]).unwrap();
    let states: Vec<_> = found.iter().map(|machine| (machine.name.as_str(), machine.state)).collect();
    let last = format!("farm.tar:{long}");
    let wanted = [
        (last.as_str(), MachineState::Unreached),
        ("farm.tar:node1", MachineState::Ok),
        ("farm.tar:node2", MachineState::Failed),
    ];
    assert_eq!(states, wanted);
}

#[test]
fn an_archive_that_is_cut_off_counts_as_far_as_it_goes() {
    let archive = gzip(&tar(&[files_of("ok"), vec![("random".into(), vec![7; 100_000])]].concat()));
    let found = summary::read("a.tgz", &archive[..archive.len() - 20]).unwrap();
    assert_eq!(found[0].state, MachineState::Ok);
    assert!(found[0].notes[0].contains("cut off"), "{:?}", found[0].notes);
    let found = summary::read("a.tgz", &archive[..30]).unwrap();
    assert_eq!(found[0].state, MachineState::NoVerdict);
}

#[test]
fn what_an_archive_names_is_read_and_never_written() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("contextc/summary.json");
    let mut header = tar::Header::new_gnu();
    let (_, bytes) = &files_of("ok").into_iter().find(|(path, _)| path.ends_with("summary.json")).unwrap();
    header.set_size(bytes.len() as u64);
    let path = format!("../..{}", inner.display());
    header.as_gnu_mut().unwrap().name[..path.len()].copy_from_slice(path.as_bytes());
    header.set_cksum();
    let mut builder = tar::Builder::new(Vec::new());
    builder.append(&header, &bytes[..]).unwrap();
    assert_eq!(state("a.tar", &builder.into_inner().unwrap()), MachineState::Ok);
    assert!(!inner.exists());
}

/// So many bytes of one kind, which nobody holds in memory.
fn zeros(bytes: u64) -> impl Read {
    std::io::repeat(b'0').take(bytes)
}

#[test]
fn what_is_too_large_is_refused_with_its_limit() {
    let refused = |reader: &mut dyn Read| {
        let error = summary::read("big", reader).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unreadable);
        error.to_string()
    };
    assert_eq!(refused(&mut zeros(summary::MAX_INPUT_BYTES + 1)), "`big`: it is larger than 64 MiB");
    assert!(summary::read("big", zeros(summary::MAX_INPUT_BYTES)).is_ok());
    let mut bomb = GzEncoder::new(Vec::new(), Compression::fast());
    std::io::copy(&mut zeros(summary::MAX_UNPACKED_BYTES + 1), &mut bomb).unwrap();
    assert_eq!(refused(&mut &bomb.finish().unwrap()[..]), "`big`: unpacked it is larger than 256 MiB");
    let several: Vec<_> =
        (0..10_001).map(|n| (format!("n{n}/contextc/a.log"), b"2026-11-21T10:00:00Z INFO a\n".to_vec())).collect();
    assert!(refused(&mut &tar(&several)[..]).contains("more than 10000 files"));
    let huge = format!(
        "{{\"schema\": 1, \"machine\": \"ok\", \"finished\": \"\", \"blocks\": [], \"x\": \"{}\"}}",
        "x".repeat(1_000_000)
    );
    let many: Vec<_> = (0..40).map(|n| (format!("n{n}/contextc/summary.json"), huge.clone().into_bytes())).collect();
    assert!(refused(&mut &gzip(&tar(&many))[..]).contains("more than 16 MiB"));
}

#[test]
fn a_bomb_of_another_kind_is_refused_or_passed_over() {
    let deep = format!("{{\"schema\": 1, \"x\": {}", "[".repeat(500_000));
    assert_eq!(state("deep.json", deep.as_bytes()), MachineState::NoVerdict);
    assert_eq!(state("deep.log", format!("contextc-summary: {deep}").as_bytes()), MachineState::NoVerdict);
    for (bytes, word) in
        [(gzip(&gzip(b"{}")), "gzip in gzip"), (b"\xfd7zXZ\0".to_vec(), "xz"), (b"PK\x03\x04".to_vec(), "zip")]
    {
        let error = summary::read("packed", &bytes[..]).unwrap_err().to_string();
        assert!(error.contains(word) && error.contains("unpack it first"), "{error}");
    }
    // A sparse file of 8 EiB, of which the archive holds nothing.
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::GNUSparse);
    header.set_path("contextc/cvmfs.log").unwrap();
    header.set_size(0);
    header.as_gnu_mut().unwrap().realsize.copy_from_slice(b"777777777777");
    header.set_cksum();
    let mut archive = header.as_bytes().to_vec();
    archive.extend(tar(&files_of("ok")));
    assert_eq!(state("sparse.tar", &archive), MachineState::Ok);
}

#[test]
fn no_input_makes_it_panic() {
    let whole = tar(&[files_of("failed"), files_of("heritage"), files_of("interrupted")].concat());
    let console = std::fs::read(machines().join("console-cut.log")).unwrap();
    for bytes in [whole, console] {
        for step in (0..bytes.len()).step_by(bytes.len() / 97) {
            let mut damaged = bytes.clone();
            damaged[step] ^= 0x41;
            let _ = summary::read("damaged", &damaged[..]);
            let _ = summary::read("cut", &bytes[..step]);
        }
    }
}

#[test]
fn a_reader_that_fails_is_an_error_and_not_a_verdict() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("the disk is gone"))
        }
    }
    let good = std::fs::read(machines().join("console.log")).unwrap();
    let error = summary::read("a.log", good.chain(Broken)).unwrap_err();
    assert_eq!(error.to_string(), "`a.log`: it cannot be read: the disk is gone");
}

#[test]
fn neither_table_nor_json_act_on_a_terminal() {
    for name in names() {
        let machines = judged(&name);
        for text in [summary::table(&machines, true), summary::json(&machines)] {
            assert!(text.chars().all(|c| c == '\n' || !c.is_control() && c != '\u{202e}'), "{name}: {text:?}");
            assert!(
                !text.contains("hunter2") && !text.contains("MC4CAQAw") && !text.contains("word@"),
                "{name}: {text}"
            );
        }
    }
}

#[test]
fn json_is_a_list_that_says_all() {
    let json: serde_json::Value = serde_json::from_str(&summary::json(&judged("failed"))).unwrap();
    assert_eq!(json[0]["state"], "failed");
    assert_eq!(json[0]["blocks"][1]["log"][1], "2026-11-21T10:00:20Z ERROR the probe of soft.example.org failed");
    assert_eq!(json[0]["instance-id"], "i-node");
}

#[test]
fn the_state_from_which_on_it_fails_can_be_chosen() {
    let met =
        |state: MachineState| FailOn::ALL.iter().filter(|on| state.meets(**on)).map(|on| on.name()).collect::<Vec<_>>();
    assert!(met(MachineState::Ok).is_empty());
    assert_eq!(met(MachineState::Degraded), ["degraded"]);
    assert_eq!(met(MachineState::Failed), ["degraded", "failed"]);
    for state in [MachineState::Unreached, MachineState::NoVerdict, MachineState::NoAnswer] {
        assert_eq!(met(state), ["degraded", "failed", "unreached"]);
    }
}

/// What ssh would say.
struct Says(Result<Finished, RunError>);

impl Runner for Says {
    fn run(&self, command: &Command) -> Result<Finished, RunError> {
        assert_eq!(command.program(), "ssh");
        let arguments = command.arguments();
        assert_eq!(arguments[..6], ["-T", "-o", "BatchMode=yes", "-o", "ConnectTimeout=5", "--"]);
        assert!(
            arguments.len() == 8
                && arguments[6] == "node1"
                && !arguments[7].contains(['\n', '!'])
                && arguments[7].matches('\'').count() == 2
        );
        self.0.clone()
    }
}

fn asked(answer: Result<Finished, RunError>) -> Result<Machine, contextc::Error> {
    summary::ask("node1", &Says(answer), Duration::from_secs(5))
}

fn says(code: i32, stdout: &str, stderr: &str) -> Machine {
    asked(Ok(Finished { code: Some(code), stdout: stdout.into(), stderr: stderr.into() })).unwrap()
}

#[test]
fn a_host_that_does_not_answer_is_a_machine_without_a_verdict() {
    let machine = says(255, "", "Warning: added\r\nssh: connect to host node1: Connection refused\r\n");
    assert_eq!(
        (machine.state, machine.reason.as_deref()),
        (MachineState::NoAnswer, Some("ssh: connect to host node1: Connection refused"))
    );
    let late = asked(Err(RunError::TimedOut)).unwrap();
    assert_eq!((late.state, late.reason.as_deref()), (MachineState::NoAnswer, Some("no answer within 5 s")));
    assert_eq!(asked(Err(RunError::TooMuch)).unwrap().state, MachineState::NoAnswer);
    let garbage = says(0, "\u{1b}[2J garbage\n", "");
    assert_eq!((garbage.state, garbage.origin), (MachineState::NoVerdict, Origin::Nothing));
    let error = asked(Err(RunError::NotStarted("no such program".into()))).unwrap_err();
    assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::NotRun, "`ssh` cannot be run: no such program"));
    for host in ["", "-oProxyCommand=x", "a b", "a\nb", "\u{1b}[2J"] {
        assert_eq!(
            summary::ask(host, &Says(Err(RunError::TimedOut)), Duration::ZERO).unwrap_err().kind(),
            ErrorKind::NotRun
        );
    }
}

#[test]
fn a_host_answers_with_its_summary_or_its_logs() {
    let summary = std::fs::read_to_string(machines().join("ok/contextc/summary.json")).unwrap();
    // A word of welcome, and a connection that breaks when all is said.
    let machine = says(255, &format!("Welcome to node1\n\ncontextc-summary: {summary}"), "Connection reset");
    assert_eq!((machine.state, machine.origin), (MachineState::Ok, Origin::Console));
    let logs = std::fs::read_to_string(machines().join("copied-with-tail.txt")).unwrap();
    let machine = says(0, &logs, "");
    assert_eq!((machine.state, machine.blocks.len()), (MachineState::Unreached, 2));
}
