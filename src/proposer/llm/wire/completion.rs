//! What a model said.

use crate::record::ledger::Usage;

/// What a model said.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Completion {
    /// The model's name as the server gives it; with the upstream provider where a router names
    /// one: `name (provider)`.
    pub model: Option<String>,
    /// The text without reasoning, the arguments of calls where there is none, or the words of a
    /// refusal.
    pub text: String,
    /// `stop` where the model was done, `length` where it was cut off at the limit of tokens,
    /// `refusal` where it declined, `content_filter` where its provider held the answer back,
    /// `reasoning` where it wrote nothing else; else the server's word.
    pub finish: Option<String>,
    /// The tokens used; `None` where the server does not say.
    pub usage: Option<Usage>,
}
