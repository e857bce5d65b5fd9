//! Who looks on while a set is downloaded or imported.

use std::sync::LazyLock;

use super::error::SetError;
use crate::numerics::stop::Stop;

/// Callbacks of a download or an import.
pub struct Watch<'a> {
    /// Called with how much is done, and of how much: bytes, files or images; 0 where that is
    /// unknown.
    pub advanced: &'a dyn Fn(u64, u64),
    /// Asked between files and while bytes come.
    pub stop: &'a Stop,
}

impl Watch<'_> {
    /// Nobody looks on, and nothing stops it.
    pub fn nobody() -> Watch<'static> {
        static NEVER: LazyLock<Stop> = LazyLock::new(Stop::new);
        Watch {
            advanced: &|_, _| {},
            stop: &NEVER,
        }
    }

    pub(super) fn advance(&self, done: u64, of: u64) {
        (self.advanced)(done, of);
    }

    pub(super) fn check(&self) -> Result<(), SetError> {
        if self.stop.is_due() {
            Err(SetError::Interrupted)
        } else {
            Ok(())
        }
    }
}
