//! What happens while a campaign runs.

use crate::record::attempt::Attempt;

/// What happens while a campaign runs, for a face to show.
pub enum Event<'e> {
    /// The campaign is where an earlier run left it, after this many attempts; 0 for a new one.
    Rebuilt(u64),
    /// An attempt is on disk and placed.
    Settled(&'e Attempt),
    /// The attempts are made; of the trials on fresh tasks, so many are.
    Confirming {
        /// The profile whose champions are measured; `None` where the campaign selects by one target
        /// alone.
        block: Option<&'e str>,
        /// The trials that have ended.
        done: u64,
        /// All trials of the confirmation, or of this part of it; 0 before that is known.
        of: u64,
    },
    /// An attempt got no reply, and why; the campaign goes on.
    NoReply {
        /// The attempt's number.
        attempt: u64,
        /// Why it got none.
        detail: String,
    },
    /// Something the user should know although the campaign goes on.
    Warning(String),
}
