//! Bytes: parts to a message, a message to what a cloud takes.

pub mod envelope;
pub(crate) mod message;
