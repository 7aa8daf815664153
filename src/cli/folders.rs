//! One compilation for several targets: a directory for each, and a manifest.

use super::{Failure, Outcome, compile, input, output, render};
use contextc::{Compiled, Compiler, File, Instance, Medium, Source, Target};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;

/// The version of the manifest's own form.
const SCHEMA: u32 = 1;

/// Compiles for every target before anything is written: all, or nothing.
pub fn run(
    compiler: &Compiler,
    source: &Source,
    targets: &[&'static Target],
    folder: &Path,
    loader: &input::Recorder,
) -> Result<Outcome, Failure> {
    let mut outcomes = Vec::new();
    let mut rejections = Vec::new();
    for target in unique(targets) {
        match compiled(compiler, source, target) {
            Ok(found) => outcomes.push(found),
            Err(error) => rejections.push(error),
        }
    }
    let mut said = BTreeSet::new();
    for report in outcomes.iter().map(Compiled::report).chain(rejections.iter().filter_map(|error| error.report())) {
        // What is not the target's is the same for each of them.
        if said.insert(report.to_string()) {
            render::report(report);
        }
    }
    if let Some(error) = rejections.iter().find(|error| error.report().is_none()) {
        return Err(error.to_string());
    }
    match rejections.is_empty() {
        true => write(&outcomes, folder, loader).map(|()| Outcome::Done),
        false => Ok(Outcome::Rejected),
    }
}

fn unique(targets: &[&'static Target]) -> Vec<&'static Target> {
    let mut seen = BTreeSet::new();
    targets.iter().copied().filter(|target| seen.insert(target.name())).collect()
}

/// With the medium that the target prefers, where it has one.
fn compiled(compiler: &Compiler, source: &Source, target: &'static Target) -> Result<Compiled, contextc::Error> {
    let compiler = compiler.clone().target(target);
    match target.media().first() {
        Some(medium) => compiler.medium(*medium, Instance::new()).compile(source),
        None => compiler.compile(source),
    }
}

fn write(outcomes: &[Compiled], folder: &Path, loader: &input::Recorder) -> Result<(), Failure> {
    let mut files = Vec::new();
    let mut rows = Vec::new();
    for compiled in outcomes {
        let own = files_of(compiled);
        rows.push(row(compiled, &own));
        files.extend(own);
    }
    let manifest = json!({"schema": SCHEMA, "version": env!("CARGO_PKG_VERSION"), "targets": rows});
    files.push(File::new("manifest.json", format!("{manifest:#}\n")));
    compile::spare(files.iter().map(|file| folder.join(file.path())), loader)?;
    output::to_directory(folder, &files)?;
    for compiled in outcomes {
        eprintln!("{}: {}", folder.join(compiled.target().name()).display(), compile::size(compiled));
    }
    outcomes.iter().take(1).for_each(compile::tell);
    Ok(())
}

/// The user-data, and the medium: an image, or a directory.
fn files_of(compiled: &Compiled) -> Vec<File> {
    let (artifact, name) = (compiled.artifact(), compiled.target().name());
    let medium = match compiled.target().media().first() {
        Some(Medium::Dir) => "seed/",
        _ => "",
    };
    let on_medium =
        artifact.files().iter().map(|file| File::new(&format!("{name}/{medium}{}", file.path()), file.bytes()));
    std::iter::once(File::new(&format!("{name}/user-data"), artifact.bytes())).chain(on_medium).collect()
}

fn row(compiled: &Compiled, files: &[File]) -> Value {
    let file = |file: &File| json!({"path": file.path(), "bytes": file.bytes().len(), "sha256": file.sha256()});
    json!({
        "target": compiled.target().name(),
        "envelope": compiled.artifact().envelope().name(),
        "files": files.iter().map(file).collect::<Vec<_>>(),
    })
}
