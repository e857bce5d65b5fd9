//! Proposers: what writes the next formula. Each takes a brief and gives a reply, and reads a
//! proposal out of it.

mod brief;
pub mod genetic;
pub mod llm;
pub mod prompt;
mod purse;
mod quoting;
pub mod recorded;
pub mod reply;
pub mod response;
pub mod scripted;
pub mod seeds;
mod unanswered;

pub use brief::{Brief, Exemplar, Setback};
pub use genetic::Genetic;
pub use llm::address::ModelAddress;
pub use llm::Llm;
pub use purse::{Purse, Unheld};
pub use recorded::Recorded;
pub use response::{ParsedProposal, Reading, Response};
pub use scripted::Scripted;
pub use seeds::seeds;
pub use unanswered::{Pause, Unanswered};

use crate::numerics::stop::Stop;
use crate::record::attempt::{Attempt, Reply};

/// A source of formulas.
pub trait Proposer: Send + Sync {
    /// `genetic`, `llm`, `scripted` or `recorded`.
    fn name(&self) -> &str;

    /// How many it asks that may fail apart from one another.
    fn sources(&self) -> u32 {
        1
    }

    /// Takes in a settled attempt; called for each, in the order of their numbers.
    fn learn(&self, _attempt: &Attempt) {}

    /// Settles what of a brief follows from the attempts learnt so far; called once for each brief,
    /// in the order of their numbers.
    fn assign(&self, _brief: &mut Brief) {}

    /// Whether the same brief always gives the same reply at no cost, so that an attempt cut off by
    /// a crash may simply be asked again.
    fn repeatable(&self) -> bool;

    /// Asks for one reply, paying from `purse`; blocks until it is there, the call has failed, or
    /// `stop` is due (looked at several times a second).
    fn ask(&self, brief: &Brief, purse: &dyn Purse, stop: &Stop) -> Result<Response, Unanswered>;

    /// Reads the proposals out of a reply, as written, at least one; a reply without any is a
    /// rejection.
    fn read(&self, reply: &Reply) -> Reading;
}
