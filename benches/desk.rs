//! The admin's desk: `check` and `inspect` in this process, and `check` as a command beside cloud-init's own.
//!
//! `cargo bench --bench desk`. cloud-init comes from packages that `tests/run cloudinit` unpacks; without them its row is missing, and
//! a line says so. Compare within one run, as ratios: `check` of the farm example is to be at least 50 times faster than
//! `cloud-init schema`, and `inspect` of 1 MiB takes less than 20 ms.

use contextc::{Compiler, Envelope, Source, inspect};
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const COMMAND: &str = env!("CARGO_BIN_EXE_contextc");
const MIB: usize = 1 << 20;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn farm() -> PathBuf {
    root().join("examples/virtual-farm.yaml")
}

/// A source for each call: what a source has found out about itself is not found out twice.
fn check_in_process(criterion: &mut Criterion) {
    let text = std::fs::read_to_string(farm()).unwrap();
    criterion.bench_function("check of the farm example in process", |bencher| {
        let source = || Source::new("virtual-farm.yaml", text.clone());
        bencher.iter_batched(source, |source| Compiler::new().check(black_box(&source)), BatchSize::SmallInput);
    });
}

/// A script of so many bytes that no line of it is like another.
fn script(bytes: usize) -> String {
    let lines = (0..).map(|number| format!("echo {number} of {}\n", number * 2654435761u64 % 1000003));
    let mut text = "#!/bin/sh\n".to_owned();
    lines
        .take_while(|line| {
            text.push_str(line);
            text.len() < bytes
        })
        .for_each(drop);
    text
}

/// cloud-config-archive: a list of scripts, 1 MiB in all.
fn archive() -> Vec<u8> {
    let body = script(MIB / 16).replace('\n', "\n    ");
    let item = format!("- type: text/x-shellscript\n  content: |\n    {body}\n");
    format!("#cloud-config-archive\n{}", item.repeat(16)).into_bytes()
}

/// The farm example with scripts, 1 MiB in all, as compiled.
fn message(envelope: Envelope) -> Vec<u8> {
    let farm = std::fs::read_to_string(farm()).unwrap();
    let scripts: Vec<String> =
        (0..16).map(|_| format!("  - |\n    {}", script(MIB / 16).replace('\n', "\n    "))).collect();
    let source = Source::new("farm.yaml", format!("{farm}\nscripts:\n{}\n", scripts.join("\n")));
    Compiler::new().envelope(envelope).compile(&source).unwrap().artifact().bytes().to_vec()
}

fn inspect_in_process(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("inspect of 1 MiB in process");
    for (name, bytes) in [
        ("archive", archive()),
        ("message", message(Envelope::Plain)),
        ("message in gzip and base64", message(Envelope::GzipBase64)),
    ] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| inspect::read(name, black_box(&bytes)).unwrap().table());
        });
    }
}

/// A cloud-config as long as the farm example.
fn cloud_config() -> String {
    let length = std::fs::metadata(farm()).unwrap().len() as usize;
    let mut text =
        "#cloud-config\nhostname: worker1\npackages: [git, htop]\nusers:\n  - default\n  - {name: alice, uid: 5001}\n"
            .to_owned();
    text.push_str("write_files:\n");
    for number in 0..1000 {
        let line = format!("  - {{path: /etc/f{number}, content: 'hello {number}'}}\n");
        if text.len() + line.len() >= length {
            break;
        }
        text.push_str(&line);
    }
    let rest = "#".repeat(length - text.len() - 1);
    format!("{text}{rest}\n")
}

/// What cloud-init is started with, where it is unpacked.
fn cloud_init(file: &Path) -> Option<Vec<String>> {
    let output = Command::new(root().join("tests/cloudinit/peers")).arg("--schema").arg(file).output().unwrap();
    output.status.success().then(|| serde_json::from_slice(&output.stdout).unwrap())
}

fn run(words: &[String]) {
    let (program, arguments) = words.split_first().unwrap();
    let status = Command::new(program).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
    assert!(status.success(), "{words:?}");
}

fn as_a_process(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("cloud-config"), cloud_config()).unwrap();
    std::fs::write(at("archive"), archive()).unwrap();
    let words = |verb: &str, path: PathBuf| vec![COMMAND.to_owned(), verb.into(), path.display().to_string()];
    let mut commands = vec![
        ("contextc check", words("check", farm())),
        ("contextc check, of the cloud-config", words("check", at("cloud-config"))),
        ("contextc inspect, of 1 MiB", words("inspect", at("archive"))),
    ];
    match cloud_init(&at("cloud-config")) {
        Some(words) => commands.push(("cloud-init schema", words)),
        None => println!("no cloud-init to compare with: `tests/run cloudinit` unpacks it"),
    }
    let mut group = criterion.benchmark_group("as a process");
    group.sample_size(20);
    for (name, words) in commands {
        group.bench_function(name, |bencher| bencher.iter(|| run(&words)));
    }
}

criterion_group!(benches, check_in_process, inspect_in_process, as_a_process);
criterion_main!(benches);
