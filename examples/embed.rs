//! contextc inside another tool: no process is started, no file is read unless a loader is given.
//!
//! `cargo run --example embed`

use contextc::{Compiler, Source};

fn main() {
    let context = "variables: {share: 40}\nlocalfs: {parts: {home: \"{{ share }}\"}}\n";
    let ec2 = contextc::target("ec2").expect("a target of this version");
    for share in ["60", "160"] {
        let source = Source::new(format!("worker with {share} %"), context);
        match Compiler::new().target(ec2).variable("share", share).compile(&source) {
            Ok(compiled) => {
                let artifact = compiled.artifact();
                println!("{}: {} bytes, {}", source.name(), artifact.bytes().len(), artifact.envelope());
            }
            // The report has every fault with its place; Display is one line a fault.
            Err(error) => print!("{}", error.report().map(ToString::to_string).unwrap_or_default()),
        }
    }
}
