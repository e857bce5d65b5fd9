//! What every proposer can do.

use super::brief::Brief;
use super::purse::Purse;
use super::response::{Reading, Response};
use super::unanswered::Unanswered;
use crate::numerics::stop::Stop;
use crate::record::attempt::{Attempt, Reply};

/// A source of formulas.
pub trait Proposer: Send + Sync {
    /// The name that records carry: `genetic`, `llm`, `scripted` or `recorded`.
    fn name(&self) -> &str;

    /// The number of its sources (models) that may fail apart from one another.
    fn sources(&self) -> u32 {
        1
    }

    /// Whether each of its sources has brought no reply of late. While one of them does, the
    /// campaign goes on, whatever became of the attempts that others were asked for.
    fn all_fail(&self) -> bool {
        true
    }

    /// Learns from a settled attempt. The campaign calls it for each attempt, in the order of their
    /// numbers.
    fn learn(&self, _attempt: &Attempt) {}

    /// Sets those parts of a brief that follow from the attempts learnt so far. The campaign calls
    /// it once for each brief, in the order of their numbers.
    fn assign(&self, _brief: &mut Brief) {}

    /// Whether the same brief always gives the same reply at no cost, so that an attempt cut off by
    /// a crash may simply be asked again.
    fn repeatable(&self) -> bool;

    /// Asks for one reply, paying from `purse`; blocks until it is there, the call has failed, or
    /// `stop` is due (looked at several times a second).
    fn ask(&self, brief: &Brief, purse: &dyn Purse, stop: &Stop) -> Result<Response, Unanswered>;

    /// Reads the proposals out of a reply that was asked for so many `formulas` (0 and 1 are one), as
    /// written, at least one; a reply without any is a rejection.
    fn read(&self, reply: &Reply, formulas: u32) -> Reading;
}
