//! Contexts from files and from standard input, with a loader for the files they name.

use super::Failure;
use contextc::{FileLoader, Source};
use std::io::Read;
use std::path::Path;

/// One byte more than a context may have: enough to know that a file is too large, without reading all of it.
const READ_AT_MOST: u64 = 4 * 1024 * 1024 + 1;

/// The source at a path (`-`: standard input), and what reads the files that it names.
pub fn read(path: &str) -> Result<(Source, FileLoader), Failure> {
    let bytes = match path {
        "-" => bytes(std::io::stdin().lock()),
        path => std::fs::File::open(path).and_then(bytes),
    };
    let bytes = bytes.map_err(|error| format!("`{path}` cannot be read: {error}"))?;
    let directory = match path {
        "-" => Path::new(""),
        path => Path::new(path).parent().unwrap_or(Path::new("")),
    };
    let name = if path == "-" { "<stdin>" } else { path };
    Ok((Source::from_bytes(name, bytes), FileLoader::new(directory)))
}

fn bytes(reader: impl Read) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(READ_AT_MOST).read_to_end(&mut bytes)?;
    Ok(bytes)
}
