//! The purse from which the requests of an attempt are paid.

use crate::numerics::stop::Stop;
use crate::record::ledger::{Call, Hold};

/// The purse of one attempt: each request is paid for in it.
pub trait Purse: Sync {
    /// Sets aside the most that a request can cost, on disk before this returns; `hold.number` is
    /// set by it. Waits while there will be room later.
    fn hold(&self, hold: Hold, stop: &Stop) -> Result<Hold, Unheld>;

    /// Books what the request came to.
    fn settle(&self, hold: &Hold, call: Call) -> Result<(), Unheld>;
}

/// Why a request must not leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unheld {
    /// The budget has no room for it.
    NoRoom(String),
    /// The campaign is stopping.
    Stopped,
    /// The ledger cannot be written; whoever gave the purse knows why.
    Broken,
}
