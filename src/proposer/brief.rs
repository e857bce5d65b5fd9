//! What a proposer is told for one attempt.

use crate::formula::Class;
use crate::numerics::stream::Key;
use crate::record::attempt::{Guidance, GuidanceResult};
use crate::record::candidate::FormulaRecord;
use crate::record::charter::Instructions;
use crate::record::judging::JudgingWords;
use crate::record::ledger::{Call, Purpose};

/// A formula shown to a proposer, with what is known of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Exemplar {
    /// The formula.
    pub formula: FormulaRecord,
    /// Its fitness under the campaign's target; not a number where it is not measured yet.
    pub fitness: f64,
    /// Its fitness under each profile, in the lab's order.
    pub profiles: Vec<(String, f64)>,
    /// The name that its author gave it; `None` where it gave none.
    pub name: Option<String>,
    /// Its author's reason; `None` where it gave none.
    pub rationale: Option<String>,
}

/// A recent attempt that failed, shown so that it is not repeated.
#[derive(Clone, Debug, PartialEq)]
pub struct Setback {
    /// The text of the formula.
    pub formula: String,
    /// The kind of the rejection, as records name it.
    pub kind: String,
    /// What was expected and what was found, in words.
    pub detail: String,
}

/// All that a proposer is told for one attempt. Everything a proposer draws at random comes from
/// `key`.
#[derive(Clone)]
pub struct Brief {
    /// The attempt's number, from 1.
    pub attempt: u64,
    /// The key of all that is drawn at random.
    pub key: Key,
    /// A profile's name, `general`, or a benchmark's name.
    pub target: String,
    /// What the lab or the benchmark says of itself.
    pub judging: JudgingWords,
    /// The elites to change or to cross; at least one.
    pub parents: Vec<Exemplar>,
    /// Other elites of the same island, fittest first.
    pub inspirations: Vec<Exemplar>,
    /// Recent failures, the newest first.
    pub setbacks: Vec<Setback>,
    /// Baselines such as ReLU and GELU.
    pub baselines: Vec<Exemplar>,
    /// The largest cost a formula may have.
    pub cost_budget: u32,
    /// The widest class of formulas that is allowed.
    pub class: Class,
    /// The most trainable parameters a formula may have.
    pub parameters: u32,
    /// What the user asked the prompts to hold.
    pub instructions: Instructions,
    /// Guidance that this search wrote for its prompts, where this attempt was given one.
    pub guidance: Option<Guidance>,
    /// The guidances so far with what they brought, the best first; `Some` where a better one is to
    /// be written before this attempt is asked.
    pub guidance_record: Option<Vec<GuidanceResult>>,
    /// The requests that an earlier run made for this attempt, with what was answered; what was
    /// paid for is not asked again.
    pub earlier: Vec<Call>,
    /// The kind of proposal that is asked for; [`Proposer::assign`](super::Proposer::assign) sets
    /// it where that matters.
    pub purpose: Purpose,
    /// The address of the model to ask first, set by [`Proposer::assign`](super::Proposer::assign);
    /// `None` for proposers without models.
    pub model: Option<String>,
}
