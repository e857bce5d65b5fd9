//! What a request that left held of what requests can do without.

use super::wire::{Field, Wire};

/// What a request held of what it could do without.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SentForm {
    /// How it was asked.
    pub wire: Wire,
    /// The optional fields in it.
    pub fields: Vec<Field>,
    /// Its limit of tokens; `None` where it named none.
    pub most_tokens: Option<u32>,
    /// The schema that its answer was to follow, whether it was sent or not.
    pub schema: String,
}
