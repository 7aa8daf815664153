//! User-data to look into: of any file, and of a context what it compiles to.

use super::options::Options;
use super::{Failure, input, render, seed};
use contextc::inspect::{self, Inspection};
use contextc::{Kind, Report, Source};
use std::path::Path;

/// Takes a file apart (`-`: standard input). A context is compiled first, with these options: `None` where it is rejected, and all has been said.
pub fn read(path: &str, options: &Options) -> Result<Option<Inspection>, Failure> {
    read_telling(path, options, render::report)
}

/// The same, with what is done with the warnings of a context.
pub fn read_telling(
    path: &str,
    options: &Options,
    mut told: impl FnMut(&Report),
) -> Result<Option<Inspection>, Failure> {
    if let [_, _, ..] = options.targets.as_slice() {
        return Err("a context is compiled for one target: give one".into());
    }
    let folder = Path::new(path);
    if path != "-" && folder.is_dir() {
        let inspection = inspect::read_directory(path, &seed::files(folder)?);
        return inspection.map(|read| Some(of_target(read, options))).map_err(|error| error.to_string());
    }
    let (name, bytes, loader) = input::read_any(path, &options.identities()?)?;
    if contextc::kind(&bytes) != Kind::Context {
        let inspection = inspect::read(name, &bytes);
        return inspection.map(|read| Some(of_target(read, options))).map_err(|error| error.to_string());
    }
    let source = Source::from_bytes(name, bytes);
    match options.compiler().loader(loader).compile(&source) {
        Ok(compiled) => {
            told(compiled.report());
            let artifact = compiled.artifact();
            let name = format!("{name}, compiled for {}", compiled.target());
            let inspection = inspect::read(&name, artifact.bytes()).map_err(|error| error.to_string())?;
            Ok(Some(inspection.for_target(compiled.target()).made_from(&source)))
        }
        Err(error) => render::rejected(&error).map(|_| None),
    }
}

/// What is finished says nothing of where it goes: the options do.
fn of_target(inspection: Inspection, options: &Options) -> Inspection {
    match options.targets.as_slice() {
        [target] => inspection.for_target(target),
        _ => inspection,
    }
}
