//! Who looks on while a set is downloaded or imported.

use super::error::SetError;

/// Who looks on while something long is done, and may stop it.
pub struct Watch<'a> {
    /// How much is done, and of how much: bytes, files or images; 0 where that is not known.
    pub advanced: &'a dyn Fn(u64, u64),
    pub halted: &'a dyn Fn() -> bool,
}

impl Watch<'_> {
    /// Nobody.
    pub const NOBODY: Watch<'static> = Watch {
        advanced: &|_, _| {},
        halted: &|| false,
    };

    pub(super) fn advance(&self, done: u64, of: u64) {
        (self.advanced)(done, of);
    }

    pub(super) fn check(&self) -> Result<(), SetError> {
        if (self.halted)() {
            Err(SetError::Interrupted)
        } else {
            Ok(())
        }
    }
}
