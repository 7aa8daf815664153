//! Bytes: parts to a message, a message to what a cloud takes.

pub(crate) mod digest;
pub mod envelope;
pub(crate) mod message;
