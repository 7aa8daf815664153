//! `contextc compile`: a context to user-data.

use super::options::Options;
use super::{Failure, Outcome, input, output, render};
use contextc::{Compiled, Compiler};
use std::path::PathBuf;

/// Compile a context into user-data
#[derive(clap::Args)]
pub struct Arguments {
    /// The context, `-` for standard input
    file: String,
    /// Where to write the result; standard output without it, or as `-`
    #[arg(short, long, value_name = "PATH")]
    output: Option<PathBuf>,
    #[command(flatten)]
    options: Options,
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
    match compiler.compile(&source) {
        Ok(compiled) => {
            render::report(compiled.report());
            if let Some(path) = arguments.output.as_ref().filter(|path| loader.has_read(path)) {
                return Err(format!("`{}` is what the result is made from: write it to another file", path.display()));
            }
            write(&compiled, arguments)?;
            render::secrets(&compiled);
            compiled.notes().iter().for_each(|note| eprintln!("{note}"));
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
    let Some(path) = arguments.output.as_ref().filter(|path| path.as_os_str() != "-") else {
        return output::to_stdout(artifact.bytes(), artifact.envelope().is_binary());
    };
    output::to_file(path, artifact.bytes(), output::Readers::Owner)?;
    let (size, target) = (artifact.bytes().len(), compiled.target());
    let limit = target.limit().map(|limit| format!(" of {limit}")).unwrap_or_default();
    eprintln!("{}: {size}{limit} bytes, {}, for {target}", path.display(), artifact.envelope());
    Ok(())
}
