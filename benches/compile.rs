//! The farm example: compiled in this process, and by the command beside `/bin/true` and the tools that others use.
//!
//! `cargo bench`. The peers (`cloud-init devel make-mime`, `write-mime-multipart`) come from packages that
//! `tests/run cloudinit` unpacks; without them their rows are missing, and a line says so. Compare within one run, as ratios.

use contextc::{Compiler, Envelope, Source};
use criterion::{Criterion, criterion_group, criterion_main};
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const COMMAND: &str = env!("CARGO_BIN_EXE_contextc");

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn farm() -> PathBuf {
    root().join("examples/virtual-farm.yaml")
}

fn in_process(criterion: &mut Criterion) {
    let source = Source::new("virtual-farm.yaml", std::fs::read_to_string(farm()).unwrap());
    for envelope in [Envelope::Plain, Envelope::Gzip] {
        let compiler = Compiler::new().envelope(envelope);
        criterion.bench_function(&format!("farm example in process, {envelope}"), |bencher| {
            bencher.iter(|| compiler.compile(black_box(&source)).unwrap());
        });
    }
}

fn run(words: &[String]) {
    let (program, arguments) = words.split_first().unwrap();
    let status = Command::new(program).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
    assert!(status.success(), "{words:?}");
}

/// The commands that make the same message from the same parts.
fn peers(folder: &Path) -> Vec<(String, Vec<String>)> {
    let source = Source::new("virtual-farm.yaml", std::fs::read_to_string(farm()).unwrap());
    let plan: serde_json::Value = serde_json::from_slice(&Compiler::new().emit(&source, "plan").unwrap()).unwrap();
    let mut words = Vec::new();
    for part in plan["parts"].as_array().unwrap() {
        use base64::Engine;
        let path = folder.join(part["filename"].as_str().unwrap());
        let body = base64::engine::general_purpose::STANDARD.decode(part["body_base64"].as_str().unwrap()).unwrap();
        std::fs::write(&path, body).unwrap();
        words.push(format!("{}:{}", path.display(), part["content_type"].as_str().unwrap()));
    }
    let output = Command::new(root().join("tests/cloudinit/peers")).args(&words).output().unwrap();
    if !output.status.success() {
        println!("no peers to compare with: `tests/run cloudinit` unpacks them");
        return Vec::new();
    }
    let commands: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(&output.stdout).unwrap();
    let argv = |value: serde_json::Value| serde_json::from_value(value).unwrap();
    commands.into_iter().map(|(name, value)| (name, argv(value))).collect()
}

fn as_a_process(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let contextc = [COMMAND.to_owned(), "compile".into(), farm().display().to_string()].to_vec();
    let mut commands =
        vec![("/bin/true".to_owned(), vec!["/bin/true".to_owned()]), ("contextc compile".to_owned(), contextc)];
    commands.extend(peers(folder.path()));
    let mut group = criterion.benchmark_group("farm example as a process");
    group.sample_size(20);
    for (name, words) in commands {
        group.bench_function(name, |bencher| bencher.iter(|| run(&words)));
    }
}

/// A NoCloud disk of the same user-data. The others are given what is compiled already; they are on the PATH, or their rows are missing.
fn seed_as_a_process(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let source = Source::new("virtual-farm.yaml", std::fs::read_to_string(farm()).unwrap());
    std::fs::write(at("user-data"), Compiler::new().compile(&source).unwrap().artifact().bytes()).unwrap();
    std::fs::write(at("meta-data"), "instance-id: i-1\ndsmode: net\n").unwrap();
    let (out, seed) = (at("seed.iso"), [at("user-data"), at("meta-data")]);
    let iso = ["-quiet", "-output", &out, "-volid", "cidata", "-joliet", "-rock", &seed[0], &seed[1]];
    let context = farm().display().to_string();
    let compile = ["compile", &context, "--target", "nocloud", "--medium", "iso", "-o", &out];
    let mut group = criterion.benchmark_group("NoCloud ISO of the farm example as a process");
    group.sample_size(20);
    for (program, arguments) in [
        (COMMAND, compile.as_slice()),
        ("genisoimage", &iso),
        ("xorriso", &[&["-as", "mkisofs"], &iso[..]].concat()),
        ("cloud-localds", &["-f", "iso9660", &out, &seed[0], &seed[1]]),
    ] {
        let words: Vec<String> = std::iter::once(program).chain(arguments.iter().copied()).map(str::to_owned).collect();
        if Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_err() {
            println!("no {program} on the PATH to compare with");
            continue;
        }
        let name = Path::new(program).file_name().unwrap().to_string_lossy();
        group.bench_function(name, |bencher| bencher.iter(|| run(&words)));
    }
}

criterion_group!(benches, in_process, as_a_process, seed_as_a_process);
criterion_main!(benches);
