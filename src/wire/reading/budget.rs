//! What a file may still unpack to.

use super::{MAX_UNPACKED_BYTES, OpenFault};

/// Bytes that are left of [`MAX_UNPACKED_BYTES`], all layers and parts together.
#[derive(Debug)]
pub(super) struct Budget(usize);

impl Budget {
    pub fn new() -> Self {
        Self(MAX_UNPACKED_BYTES)
    }

    pub fn left(&self) -> usize {
        self.0
    }

    /// Takes from it, or says that nothing is left.
    pub fn charge(&mut self, bytes: usize) -> Result<(), OpenFault> {
        self.0 = self.0.checked_sub(bytes).ok_or(OpenFault::TooLargeUnpacked)?;
        Ok(())
    }
}
