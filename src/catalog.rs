//! What there is, for people and tools: every code, and the JSON Schema of the language from the types that decode it.

pub(crate) mod examples;
mod schema;

use crate::blocks::{self, BLOCKS};
use crate::context::{
    cloud_config, commands, config, continued, empty, foreign, merge, modes, mounts, passed, plain, plan, public_keys,
    pyyaml, scripts, secrets, spelling, unfilled, variables,
};
use crate::desk::check;
use crate::language::diagnostic::Code;
use crate::language::{decode, document, placeholder, units};
use crate::targets;
pub(crate) use schema::schema;

/// Every code there is, in the order of the stages.
pub(crate) fn codes() -> Vec<Code> {
    let reading = [document::CODES, decode::CODES, placeholder::CODES, &units::codes()].concat();
    let meaning = [
        config::CODES,
        variables::CODES,
        foreign::CODES,
        plain::CODES,
        unfilled::CODES,
        &check::codes(),
        &blocks::codes(),
        cloud_config::CODES,
        spelling::CODES,
        mounts::CODES,
        commands::CODES,
        empty::CODES,
        modes::CODES,
        continued::CODES,
        public_keys::CODES,
        merge::CODES,
        pyyaml::CODES,
        scripts::CODES,
        secrets::CODES,
        passed::CODES,
        plan::CODES,
        &targets::codes(),
    ]
    .concat();
    #[cfg(feature = "cloud-init-schema")]
    let meaning = [&meaning, crate::context::cloud_init_schema::CODES].concat();
    let of_blocks = BLOCKS.iter().flat_map(|spec| spec.codes.iter().copied());
    reading.into_iter().chain(meaning).chain(of_blocks).collect()
}
