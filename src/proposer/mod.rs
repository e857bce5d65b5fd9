//! Proposers: what writes the next formula. Each takes a brief and gives a reply, and reads a proposal out of it.

pub mod genetic;
pub mod llm;
pub mod prompt;
pub mod read;
pub mod scripted;
pub mod seeds;

pub use genetic::Genetic;
pub use llm::address::ModelAddress;
pub use llm::Llm;
pub use scripted::Scripted;
pub use seeds::seeds;

use crate::attempt::{Proposal, Rejection, Reply};
use crate::candidate::FormulaRecord;
use crate::formula::Class;
use crate::stream::Key;

/// A formula shown to a proposer, with what is known of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Exemplar {
    pub formula: FormulaRecord,
    /// Under the campaign's target.
    pub fitness: f64,
    /// (profile, fitness), in the lab's order.
    pub profiles: Vec<(String, f64)>,
    pub name: Option<String>,
    pub rationale: Option<String>,
}

/// A recent attempt that failed, shown so that it is not repeated.
#[derive(Clone, Debug, PartialEq)]
pub struct Setback {
    pub formula: String,
    /// The rejection's kind.
    pub kind: String,
    pub detail: String,
}

/// All that a proposer is told for one attempt. Everything a proposer draws at random comes from `key`.
#[derive(Clone)]
pub struct Brief {
    pub attempt: u64,
    pub key: Key,
    /// A profile's name, or `general`.
    pub target: String,
    /// What to change or to cross: the elites that were sampled, never empty.
    pub parents: Vec<Exemplar>,
    /// Other elites of the same island, fittest first.
    pub inspirations: Vec<Exemplar>,
    /// Newest first.
    pub setbacks: Vec<Setback>,
    /// Baselines such as ReLU and GELU.
    pub baselines: Vec<Exemplar>,
    /// The largest cost a formula may have.
    pub cost_budget: u32,
    /// What a formula may read at most.
    pub class: Class,
    /// The most trainable parameters a formula may have.
    pub parameters: u32,
}

/// Why no reply came.
#[derive(Clone, Debug, PartialEq)]
pub enum Unanswered {
    /// The campaign is stopping; the attempt is not over.
    Stopped,
    /// This call failed after its retries; another may succeed.
    Failed(String),
    /// An earlier run was cut off between the request and its reply.
    Lost(String),
    /// No call can succeed until the user changes something: credentials, billing, an unknown model.
    Hopeless(String),
    /// The source has no further reply.
    Exhausted(String),
}

/// A source of formulas.
pub trait Proposer: Send + Sync {
    /// `genetic`, `llm` or `scripted`.
    fn name(&self) -> &str;

    /// Whether the same brief always gives the same reply at no cost, so that an attempt cut off by a crash may simply be asked again.
    fn repeatable(&self) -> bool;

    /// Asks for one reply; blocks until it is there, the call has failed, or `stopping` answers true (looked at several times a second).
    fn ask(&self, brief: &Brief, stopping: &(dyn Fn() -> bool + Sync)) -> Result<Reply, Unanswered>;

    /// Reads the proposal out of a reply, as written; a reply without one is a rejection.
    fn read(&self, reply: &Reply) -> Result<Proposal, Rejection>;
}
