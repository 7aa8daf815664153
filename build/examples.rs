//! Tables of example files, so that a file that is put there is known and none is registered.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// Writes `examples.rs`: one table of each folder, with the path of each file below it and its bytes.
pub fn write(out: &Path) -> io::Result<()> {
    let mut text = String::new();
    // Of codes the slug, of the others the whole name.
    let rows =
        [("CODES", "examples/codes", true), ("BLOCKS", "examples/blocks", false), ("FILES", "examples/files", false)];
    for (name, folder, stems) in rows {
        println!("cargo::rerun-if-changed={folder}");
        let mut files = Vec::new();
        below(Path::new(folder), &mut files)?;
        files.sort();
        let _ = writeln!(text, "pub(crate) const {name}: &[(&str, &[u8])] = &[");
        for path in files {
            let _ = writeln!(text, "    ({:?}, include_bytes!({:?})),", key(&path, folder, stems), whole(&path));
        }
        text.push_str("];\n");
    }
    fs::write(out.join("examples.rs"), text)
}

/// `localfs/shares-over-100` of `examples/codes/localfs/shares-over-100.yaml`.
fn key(path: &Path, folder: &str, stems: bool) -> String {
    let path = if stems { path.with_extension("") } else { path.to_owned() };
    path.strip_prefix(folder).unwrap_or(&path).to_string_lossy().into_owned()
}

fn whole(path: &Path) -> PathBuf {
    PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default()).join(path)
}

fn below(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        match path.is_dir() {
            true => below(&path, files)?,
            false => files.push(path),
        }
    }
    Ok(())
}
