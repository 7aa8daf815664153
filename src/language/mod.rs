//! Reading: text in, typed values out, and a place for everything that is said about them.
//!
//! Nothing in here knows a block, a target or cloud-init. [`document`] is the only module that knows a YAML crate.

pub(crate) mod base64;
pub(crate) mod content;
pub mod date;
pub(crate) mod decode;
pub mod diagnostic;
pub(crate) mod diff;
pub(crate) mod digest;
pub(crate) mod document;
pub(crate) mod elsewhere;
pub(crate) mod encoding;
pub(crate) mod fault;
pub(crate) mod fix;
pub(crate) mod hidden;
pub mod loader;
pub(crate) mod path;
pub(crate) mod placeholder;
pub(crate) mod several;
pub(crate) mod shell;
pub mod source;
pub(crate) mod stated;
pub(crate) mod suggest;
pub(crate) mod units;
pub(crate) mod yaml;
