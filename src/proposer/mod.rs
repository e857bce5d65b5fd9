//! Proposers: what writes the next formula. Each takes a brief and gives a reply, and reads a
//! proposal out of it.

mod brief;
pub mod genetic;
pub mod llm;
pub mod prompt;
mod purse;
mod quotation;
pub mod recorded;
pub mod reply;
pub mod response;
pub mod scripted;
pub mod seeds;
mod source;
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
pub use source::Proposer;
pub use unanswered::{Pause, Unanswered};
