//! Meaning: which keys a context has, what each becomes, and in which order it leaves.

pub(crate) mod cloud_config;
pub(crate) mod config;
pub(crate) mod foreign;
pub(crate) mod handlers;
mod keys;
pub(crate) mod plan;
pub(crate) mod schema;
mod strip;

use crate::blocks;
use crate::language::diagnostic::Code;
use crate::language::{decode, document, placeholder, units};
use crate::targets;

/// Every code there is, in the order of the stages.
pub(crate) fn codes() -> Vec<Code> {
    let blocks = blocks::BLOCKS.iter().flat_map(|spec| spec.codes.iter().copied());
    let reading = [document::CODES, decode::CODES, placeholder::CODES, &units::codes()].concat();
    let meaning = [config::CODES, foreign::CODES, blocks::CODES, cloud_config::CODES, plan::CODES, targets::CODES].concat();
    reading.into_iter().chain(meaning).chain(blocks).collect()
}
