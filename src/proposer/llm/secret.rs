//! An API key that cannot be printed by accident.

use std::fmt;

/// An API key. It has no `Display`, and its `Debug` shows nothing of it.
#[derive(Clone)]
pub struct Secret(String);

/// Shorter keys are words such as `none` or `EMPTY` that local servers are given; taking them out
/// of texts would garble formulas.
const SHORTEST_REDACTED: usize = 8;

impl Secret {
    /// A key without the blanks around it; `None` where nothing is left.
    pub fn new(key: &str) -> Option<Secret> {
        let key = key.trim();
        (!key.is_empty()).then(|| Secret(key.to_owned()))
    }

    /// The key itself, for the request's header only.
    pub(super) fn expose(&self) -> &str {
        &self.0
    }

    /// `text` with every occurrence of the key blanked.
    pub fn redact(&self, text: &str) -> String {
        if self.0.len() < SHORTEST_REDACTED {
            return text.to_owned();
        }
        text.replace(&self.0, "[key]")
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(hidden)")
    }
}
