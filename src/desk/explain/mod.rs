//! What a code, a block or a target is, from what stands beside it.
//!
//! ```
//! let page = contextc::explain::page("localfs/shares-over-100").unwrap();
//! assert!(page.contains("Wrong:") && page.contains("Right:"));
//! assert!(contextc::explain::page("localfs").unwrap().contains("/dev/vdb"));
//! assert!(contextc::explain::page("ec2").unwrap().contains("16384 bytes"));
//! assert_eq!(contextc::explain::page("locafs"), None);
//! assert_eq!(contextc::explain::near("locafs"), ["localfs"]);
//! ```

mod block;
mod code;
mod example;
mod settings;
mod target;

pub use example::{Example, Judged, example};

use crate::blocks::{self, BLOCKS};
use crate::catalog;
use crate::language::suggest;
use crate::targets::{self, TARGETS};

/// What there is to say of a code, of all codes with one beginning, of a block or a target, for people; nothing where there is none of that name.
pub fn page(name: &str) -> Option<String> {
    let code = catalog::codes().into_iter().find(|code| code.as_str() == name).map(code::page);
    let block = blocks::find(name).map(block::page);
    // A block and a target may have one name: `ucernvm`.
    let pages: Vec<String> = [code, block, targets::target(name).map(target::page)].into_iter().flatten().collect();
    match pages.is_empty() {
        true => group(name),
        false => Some(pages.join("\n")),
    }
}

/// The codes of what is no block, `envelope` for instance, a line each.
fn group(name: &str) -> Option<String> {
    let codes = catalog::codes();
    let mut rows: Vec<_> = codes.iter().filter(|code| room(code.slug()) == name).collect();
    rows.sort_unstable_by_key(|code| code.slug());
    (!rows.is_empty()).then(|| rows.into_iter().map(|code| row((code.slug(), code.explanation()))).collect())
}

/// What stands before the slash of a code.
fn room(code: &str) -> &str {
    code.split_once('/').map_or("", |(room, _)| room)
}

/// The names that were probably meant by one that is none: a code, a block, a target.
pub fn near(name: &str) -> Vec<&'static str> {
    let codes: Vec<&'static str> = catalog::codes().iter().map(|code| code.slug()).collect();
    let rule = name.split_once('/').map_or("", |(_, rule)| rule);
    // The rule by its own words, whatever stands before them.
    let same_rule = |code: &&str| !rule.is_empty() && code.split_once('/').is_some_and(|(_, known)| known == rule);
    let found: Vec<&str> = codes.iter().copied().filter(same_rule).collect();
    if !found.is_empty() {
        return found;
    }
    let blocks = BLOCKS.iter().map(|spec| spec.name);
    let targets = TARGETS.iter().flat_map(|target| target.names());
    suggest::nearest(name, codes.into_iter().chain(blocks).chain(targets)).into_iter().collect()
}

/// Everything that can be explained: the blocks, the targets, and the codes with their explanations.
pub fn index() -> String {
    let blocks = BLOCKS.iter().map(|spec| (spec.name, spec.summary));
    let targets = TARGETS.iter().map(|target| (target.name(), target.summary()));
    let codes = catalog::codes();
    let mut codes: Vec<_> = codes.iter().map(|code| (code.slug(), code.explanation())).collect();
    codes.sort_unstable();
    [("blocks", blocks.collect::<Vec<_>>()), ("targets", targets.collect()), ("codes", codes)]
        .into_iter()
        .map(|(title, rows)| format!("{title}\n{}\n", rows.into_iter().map(row).collect::<String>()))
        .collect()
}

fn row((name, text): (&str, &str)) -> String {
    format!("  {name:28}  {text}\n")
}

/// Lines moved to the right; empty ones stay empty.
fn indented(text: &str, indent: usize) -> String {
    let line = |line: &str| if line.is_empty() { "\n".into() } else { format!("{:indent$}{line}\n", "") };
    text.lines().map(line).collect()
}
