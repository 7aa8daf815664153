//! `contextc explain`: what a code, a block or a target is.

use super::{Failure, Outcome, output};

/// Say what a code, a block or a target is, with an example that is wrong and one that is right
#[derive(clap::Args)]
#[command(after_help = "Exit codes: 0 explained, 1 there is none of that name, 2 could not work.")]
pub struct Arguments {
    /// A code like `localfs/shares-over-100`, what stands before its slash, a block or a target; without it, all there are are listed
    #[arg(value_name = "CODE|BLOCK|TARGET")]
    name: Option<String>,
}

/// Prints the page; of a name that is none, those that are near.
pub fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    let Some(name) = &arguments.name else {
        return output::to_stdout(contextc::explain::index().as_bytes(), false).map(|()| Outcome::Done);
    };
    if let Some(page) = contextc::explain::page(name) {
        return output::to_stdout(page.as_bytes(), false).map(|()| Outcome::Done);
    }
    output::note(format_args!("`{}` is no code, block or target", name.escape_debug()));
    match contextc::explain::near(name).as_slice() {
        [] => output::note("`contextc explain` lists all there are"),
        near => {
            let near: Vec<String> = near.iter().map(|name| format!("`{name}`")).collect();
            output::note(format_args!("did you mean {}?", near.join(", ")));
        }
    }
    Ok(Outcome::Rejected)
}
