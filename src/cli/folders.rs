//! One compilation for several targets: a directory for each, and a manifest.

use super::{Failure, Outcome, input, output, render};
use contextc::{Compiled, Compiler, File, Format, Instance, Launched, Medium, Order, Source, Target};
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
        match compiled(&compiler.clone().loader(loader.again()), source, target) {
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
    output::spare(files.iter().map(|file| folder.join(file.path())), loader)?;
    output::to_directory(folder, &files)?;
    outcomes.iter().for_each(|compiled| tell(compiled, folder));
    // What is not handed to a cloud lists no secrets; what is, the same ones.
    outcomes.iter().max_by_key(|compiled| compiled.secrets().len()).into_iter().for_each(render::kept);
    Ok(())
}

/// The user-data, the medium (an image, or a directory), and the launch in every format that the target has.
fn files_of(compiled: &Compiled) -> Vec<File> {
    let (artifact, name) = (compiled.artifact(), compiled.target().name());
    let medium = match compiled.target().media().first() {
        Some(Medium::Dir) => "seed/",
        _ => "",
    };
    let on_medium =
        artifact.files().iter().map(|file| File::new(&format!("{name}/{medium}{}", file.path()), file.bytes()));
    let launches = launches(compiled)
        .into_iter()
        .filter_map(|(format, launched)| Some(File::new(&format!("{name}/{}", format.file()), launched.ok()?.text())));
    let user_data = File::new(&format!("{name}/{}", compiled.target().file()), artifact.bytes());
    std::iter::once(user_data).chain(on_medium).chain(launches).collect()
}

/// In every format of the target; some need an image, and some tools cannot carry the envelope.
fn launches(compiled: &Compiled) -> Vec<(Format, Result<Launched, contextc::Error>)> {
    compiled.target().formats().map(|format| (format, compiled.launch(&Order::new(), format))).collect()
}

/// What was written for a target, and what was not.
fn tell(compiled: &Compiled, folder: &Path) {
    let folder = folder.join(compiled.target().name());
    output::note(format_args!("{}: {}", folder.display(), render::size(compiled)));
    for (format, launched) in launches(compiled) {
        if let Err(error) = launched {
            output::note(format_args!("{}: not written: {error}", folder.join(format.file()).display()));
        }
    }
}

fn row(compiled: &Compiled, files: &[File]) -> Value {
    let file = |file: &File| json!({"path": file.path(), "bytes": file.bytes().len(), "sha256": file.sha256()});
    json!({
        "target": compiled.target().name(),
        "envelope": compiled.artifact().envelope().name(),
        "files": files.iter().map(file).collect::<Vec<_>>(),
    })
}
