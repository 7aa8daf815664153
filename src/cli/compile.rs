//! `contextc compile`: a context to user-data.

use super::options::Options;
use super::{Failure, Outcome, folders, input, medium, output, render, targets};
use contextc::{Compiled, Compiler};
use std::path::PathBuf;

/// Compile a context into user-data
#[derive(clap::Args)]
pub struct Arguments {
    /// The context, `-` for standard input
    file: String,
    /// Where to write the result; standard output without it, or as `-`. A directory where several files result
    #[arg(short, long, value_name = "PATH")]
    output: Option<PathBuf>,
    #[command(flatten)]
    options: Options,
    #[command(flatten)]
    medium: medium::MediumOptions,
    /// Print a stage of the compiler instead: document, config, plan or message
    #[arg(long, value_name = "STAGE", hide = true, value_parser = ["document", "config", "plan", "message"])]
    emit: Option<String>,
}

/// Compiles, and writes only what is whole.
pub fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    let (source, loader) = input::read(&arguments.file, &arguments.options.identities()?)?;
    let compiler = arguments.options.compiler().loader(loader.clone());
    if let Some(stage) = &arguments.emit {
        return emit(&compiler, &source, stage);
    }
    if let [_, _, ..] = arguments.options.targets.as_slice() {
        let output = arguments.output.as_ref().filter(|path| path.as_os_str() != "-");
        let folder = output.ok_or("several targets need a directory: `-o DIR`")?;
        return folders::run(&compiler, &source, &arguments.options.targets, folder, &loader);
    }
    match medium::on(compiler, &arguments.medium)?.compile(&source) {
        Ok(compiled) => {
            render::report(compiled.report());
            spare(arguments.output.iter().cloned(), &loader)?;
            let folder = arguments.output.iter().filter(|_| arguments.medium.is_directory());
            spare(
                folder.flat_map(|folder| compiled.artifact().files().iter().map(|file| folder.join(file.path()))),
                &loader,
            )?;
            write(&compiled, arguments)?;
            tell(&compiled);
            Ok(Outcome::Done)
        }
        Err(error) => render::rejected(&error),
    }
}

/// Nothing is written over what it is made from.
pub(super) fn spare(mut paths: impl Iterator<Item = PathBuf>, loader: &input::Recorder) -> Result<(), Failure> {
    match paths.find(|path| loader.has_read(path)) {
        Some(path) => Err(format!("`{}` is what the result is made from: write it elsewhere", path.display())),
        None => Ok(()),
    }
}

/// What the user will want to know of a result.
pub(super) fn tell(compiled: &Compiled) {
    render::secrets(compiled);
    compiled.notes().iter().for_each(|note| eprintln!("{note}"));
}

fn emit(compiler: &Compiler, source: &contextc::Source, stage: &str) -> Result<Outcome, Failure> {
    match compiler.emit(source, stage) {
        Ok(bytes) => output::to_stdout(&bytes, false).map(|()| Outcome::Done),
        Err(error) => {
            error.report().into_iter().for_each(render::report);
            Ok(Outcome::Rejected)
        }
    }
}

fn write(compiled: &Compiled, arguments: &Arguments) -> Result<(), Failure> {
    let artifact = compiled.artifact();
    let path = arguments.output.as_ref().filter(|path| path.as_os_str() != "-");
    match (path, artifact.files(), arguments.medium.is_directory()) {
        (None, _, true) => return Err("a directory is written to a place of its own: `-o DIR`".into()),
        (None, [image], false) => return output::to_stdout(image.bytes(), true),
        (None, ..) => return output::to_stdout(artifact.bytes(), artifact.envelope().is_binary()),
        (Some(path), files, true) => output::to_directory(path, files)?,
        (Some(path), [image], false) => output::to_file(path, image.bytes(), output::Readers::Owner)?,
        (Some(path), ..) => output::to_file(path, artifact.bytes(), output::Readers::Owner)?,
    }
    path.iter().for_each(|path| eprintln!("{}: {}", path.display(), size(compiled)));
    Ok(())
}

/// `46244 bytes, plain, for openstack (61660 of 65535 bytes in base64)`
pub(super) fn size(compiled: &Compiled) -> String {
    let (artifact, target) = (compiled.artifact(), compiled.target());
    let of = |(counted, limit)| format!(" ({counted} of {limit} bytes {})", targets::counted(target));
    let limit = artifact.counted().zip(target.limit()).map(of).unwrap_or_default();
    format!("{} bytes, {}, for {target}{limit}", artifact.bytes().len(), artifact.envelope())
}
