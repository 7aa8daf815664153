//! Meaning: which keys a context has, what each becomes, and in which order it leaves.

pub(crate) mod cloud_config;
#[cfg(feature = "cloud-init-schema")]
pub(crate) mod cloud_init_schema;
pub(crate) mod commands;
pub(crate) mod config;
pub(crate) mod continued;
pub(crate) mod empty;
pub(crate) mod foreign;
pub(crate) mod handlers;
pub(crate) mod hiding;
pub(crate) mod keys;
pub(crate) mod layers;
pub(crate) mod merge;
pub(crate) mod modes;
pub(crate) mod mounts;
pub(crate) mod passed;
pub(crate) mod plain;
pub(crate) mod plan;
pub(crate) mod public_keys;
pub(crate) mod pyyaml;
pub(crate) mod resolved;
pub(crate) mod scripts;
pub(crate) mod secrets;
pub(crate) mod spelling;
mod told;
pub(crate) mod unfilled;
pub(crate) mod variables;
