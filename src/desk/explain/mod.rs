//! What a code, a block or a target is, from what stands beside it.

mod example;
mod table;

pub use example::{Example, example};

/// The file that shows the smallest useful block of a name.
pub(crate) fn example_of_block(name: &str) -> Option<&'static str> {
    let bytes = table::find(table::BLOCKS, &format!("{name}.yaml"))?;
    std::str::from_utf8(bytes).ok()
}
