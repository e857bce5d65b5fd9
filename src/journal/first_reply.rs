//! What a campaign may begin with: a reply that is there already.

use crate::record::attempt::Reply;
use crate::record::ledger::Call;

/// The reply to an attempt that was asked for before its campaign was begun, and the requests that
/// it took.
#[derive(Clone, Debug, PartialEq)]
pub struct FirstReply {
    /// The attempt's number.
    pub attempt: u64,
    /// What was sent and what came back.
    pub reply: Reply,
    /// The requests, in order.
    pub calls: Vec<Call>,
}
