//! Proposers: what writes the next formula. Each takes a brief and gives a reply, and reads a
//! proposal out of it.

pub mod genetic;
pub mod llm;
pub mod prompt;
pub mod recorded;
pub mod reply;
pub mod scripted;
pub mod seeds;

pub use genetic::Genetic;
pub use llm::address::ModelAddress;
pub use llm::Llm;
pub use recorded::Recorded;
pub use scripted::Scripted;
pub use seeds::seeds;

use crate::formula::Class;
use crate::numerics::stop::Stop;
use crate::numerics::stream::Key;
use crate::record::attempt::{Attempt, Guidance, GuidanceResult, Proposal, Rejection, Reply};
use crate::record::candidate::FormulaRecord;
use crate::record::charter::Instructions;
use crate::record::ledger::{Call, Hold, Purpose};

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

/// All that a proposer is told for one attempt. Everything a proposer draws at random comes from
/// `key`.
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
    /// What the user asked the prompts to hold.
    pub instructions: Instructions,
    /// Guidance that this search wrote for its prompts, where this attempt was given one.
    pub guidance: Option<Guidance>,
    /// What the guidances so far brought, the best first; given where a better one is to be written
    /// before this attempt is asked.
    pub guidance_record: Option<Vec<GuidanceResult>>,
    /// The requests that an earlier run made for this attempt, with what was answered; what was
    /// paid for is not asked again.
    pub earlier: Vec<Call>,
    /// What is asked for; set by [`Proposer::assign`] where that matters.
    pub purpose: Purpose,
    /// The model to ask first, set by [`Proposer::assign`].
    pub model: Option<String>,
}

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

/// Why nothing can be asked for now, so that a campaign pauses until that has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pause {
    /// The key is missing, wrong or may not use the model.
    Credentials,
    /// The account cannot pay.
    Billing,
    /// The rate is limited for longer than a proposal may take.
    Rate,
    /// No server is there, or none that knows the model.
    Unreachable,
    /// The campaign's own budget has no room for a further request.
    Budget,
}

impl Pause {
    pub fn all() -> [Pause; 5] {
        [
            Pause::Credentials,
            Pause::Billing,
            Pause::Rate,
            Pause::Unreachable,
            Pause::Budget,
        ]
    }

    /// The name that records and JSON output carry.
    pub fn name(self) -> &'static str {
        match self {
            Pause::Credentials => "credentials",
            Pause::Billing => "billing",
            Pause::Rate => "rate",
            Pause::Unreachable => "unreachable",
            Pause::Budget => "budget",
        }
    }
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
    /// No call can succeed until something has changed, of which the detail says what.
    Paused { pause: Pause, detail: String },
    /// The source has no further reply.
    Exhausted(String),
}

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
    fn ask(&self, brief: &Brief, purse: &dyn Purse, stop: &Stop) -> Result<Reply, Unanswered>;

    /// Reads the proposals out of a reply, as written, at least one; a reply without any is a
    /// rejection.
    fn read(&self, reply: &Reply) -> Result<Vec<Proposal>, Rejection>;
}
