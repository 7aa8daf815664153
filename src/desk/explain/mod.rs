//! What a code, a block or a target is, from what stands beside it.

mod example;
mod table;

pub use example::{Example, example};
