//! What is made when the crate is built: the handlers as they are shipped, and the tables of examples.

use std::path::Path;
use std::{env, fs, io};

mod examples;
mod strip;

fn main() -> io::Result<()> {
    let out = env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("cargo names no OUT_DIR"))?;
    println!("cargo::rerun-if-changed=build");
    println!("cargo::rerun-if-changed=handlers");
    for entry in fs::read_dir("handlers")? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "py") {
            let stripped = strip::stripped(&fs::read_to_string(&path)?);
            fs::write(Path::new(&out).join(path.file_name().unwrap_or_default()), stripped)?;
        }
    }
    examples::write(Path::new(&out))
}
