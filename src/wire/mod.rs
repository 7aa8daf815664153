//! Bytes: parts to a message, a message to what a cloud takes, and back.

pub mod envelope;
pub(crate) mod message;
pub(crate) mod reading;
