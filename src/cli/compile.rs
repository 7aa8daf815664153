//! `contextc compile`: a context to user-data.

use super::options::Options;
use super::{Failure, Outcome, folders, input, medium, output, render};
use contextc::{Compiled, Compiler};
use std::path::PathBuf;

/// What only this command does with several.
const TARGETS: &str = "Where the machine is launched, instead of what the context says; several are separated by commas, and need a directory (`-o DIR`)";

/// Compile a context into user-data
#[derive(clap::Args)]
#[command(mut_arg("targets", |target| target.help(TARGETS)))]
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
        if arguments.medium.is_asked() {
            return Err("of several targets each gets the medium it prefers: a medium, and what stands on it, is asked for with one target".into());
        }
        return folders::run(&compiler, &source, &arguments.options.targets, folder, &loader);
    }
    match medium::on(compiler, &arguments.medium)?.compile(&source) {
        Ok(compiled) => {
            render::report(compiled.report());
            output::spare(arguments.output.iter().cloned(), &loader)?;
            let folder = arguments.output.iter().filter(|_| arguments.medium.is_directory());
            output::spare(
                folder.flat_map(|folder| compiled.artifact().files().iter().map(|file| folder.join(file.path()))),
                &loader,
            )?;
            write(&compiled, arguments)?;
            render::kept(&compiled);
            Ok(Outcome::Done)
        }
        Err(error) => render::rejected(&error),
    }
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
    path.iter().for_each(|path| output::note(format_args!("{}: {}", path.display(), render::size(compiled))));
    Ok(())
}
