//! User-data to look into: of any file, and of a context what it compiles to.

use super::options::Options;
use super::{Failure, input, render, seed};
use contextc::Source;
use contextc::inspect::{self, Inspection};
use std::path::Path;

/// What a file is to whoever looks into it.
pub enum Looked {
    Into(Inspection),
    /// A context that is refused; all has been said.
    Refused,
}

/// Takes a file apart (`-`: standard input). A context is compiled first, with these options.
pub fn read(path: &str, options: &Options) -> Result<Looked, Failure> {
    if let [_, _, ..] = options.targets.as_slice() {
        return Err("a context is compiled for one target: give one".into());
    }
    let folder = Path::new(path);
    if path != "-" && folder.is_dir() {
        let inspection = inspect::read_directory(path, &seed::files(folder)?);
        return inspection.map(Looked::Into).map_err(|error| error.to_string());
    }
    let (name, bytes, loader) = input::read_any(path, &options.identities()?)?;
    let inspection = inspect::read(name, &bytes).map_err(|error| error.to_string())?;
    if !inspection.is_context() {
        return Ok(Looked::Into(inspection));
    }
    match options.compiler().loader(loader).compile(&Source::from_bytes(name, bytes)) {
        Ok(compiled) => {
            render::report(compiled.report());
            let artifact = compiled.artifact();
            let name = format!("{name}, compiled for {}", compiled.target());
            inspect::read(&name, artifact.bytes()).map(Looked::Into).map_err(|error| error.to_string())
        }
        Err(error) => render::rejected(&error).map(|_| Looked::Refused),
    }
}
