//! The record of an attempt: what was asked, what came back, and how it ended. Every attempt is recorded, whatever its end.

use serde::{Deserialize, Serialize};

use crate::candidate::{FormulaRecord, Measures, Placement};
use crate::evaluation::Evaluation;

/// One attempt of a campaign, as the journal keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Attempt {
    /// Its number, from 1, without gaps within a campaign.
    pub attempt: u64,
    /// The island whose elites it was shown and into which a candidate is placed.
    pub island: u32,
    /// Who proposed: `seed`, `genetic`, `scripted`, or `llm`.
    pub proposer: String,
    /// Ids of the formulas that the proposal was made from.
    pub parents: Vec<String>,
    /// Ids of the formulas that were shown beside the parents.
    pub inspirations: Vec<String>,
    pub reply: Option<Reply>,
    pub proposal: Option<Proposal>,
    /// The parsed formula; present from the step `parse` on.
    pub formula: Option<FormulaRecord>,
    /// The fingerprint of its curve, in hexadecimal; present from the step `claim` on.
    pub fingerprint: Option<String>,
    pub measures: Option<Measures>,
    /// The fitness reached on each cascade rung that was run, in order.
    pub rungs: Vec<RungResult>,
    /// Present where all rungs were passed.
    pub evaluation: Option<Evaluation>,
    pub outcome: Outcome,
}

/// What was sent to a proposer and what came back, word for word.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Reply {
    /// The model that answered, or the operator of a genetic proposer.
    pub model: String,
    /// The whole prompt; system and user part are separated by a line `---`.
    pub prompt: String,
    pub text: String,
    /// Why the model stopped, in its server's words (`stop`, `length`, `content_filter` ...); `refusal` where it declined.
    #[serde(default)]
    pub finish: Option<String>,
    pub usage: Usage,
}

/// Tokens and money that a reply cost, as far as they are known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Usage {
    pub input_tokens: Option<u64>,
    pub output_tokens: Option<u64>,
    /// HTTP requests made, retries included.
    pub requests: u32,
}

/// What a proposer proposes, before anything is checked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Proposal {
    /// The formula's text exactly as written by the proposer.
    pub formula: String,
    pub name: Option<String>,
    pub rationale: Option<String>,
}

/// The fitness that a formula reached on one rung of the cascade.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RungResult {
    pub rung: String,
    pub fitness: f64,
    /// The fitness that the running field asked for at that point; absent where the field was still too small to ask.
    pub threshold: Option<f64>,
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Placed(Placement),
    Rejected(Rejection),
}

impl Outcome {
    /// The name that JSON output carries: `new_niche`, `improved`, `not_better` or `rejected`.
    pub fn name(&self) -> &'static str {
        match self {
            Outcome::Placed(placement) => placement.name(),
            Outcome::Rejected(_) => "rejected",
        }
    }

    /// The rejection, if it is one.
    pub fn rejection(&self) -> Option<&Rejection> {
        match self {
            Outcome::Rejected(rejection) => Some(rejection),
            Outcome::Placed(_) => None,
        }
    }
}

/// Why an attempt yielded no candidate: what was expected and what was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind")]
pub enum Rejection {
    /// The proposer gave no reply.
    NoReply {
        detail: String,
    },
    /// No formula could be read from the reply.
    Unreadable {
        detail: String,
    },
    /// The model declined.
    Refused {
        detail: String,
    },
    /// The reply was cut off before its end.
    Truncated {
        detail: String,
    },
    /// The formula breaks the grammar; the detail says where.
    Unparsable {
        detail: String,
    },
    /// The formula is of a class or uses an operator that the campaign does not allow, or needs more memory in the lab's networks than the engine gives.
    Forbidden {
        detail: String,
    },
    TooCostly {
        cost: u32,
        budget: u32,
    },
    /// f or f' is not finite, or |f| is out of bounds, on the probe range.
    NotFinite {
        detail: String,
    },
    /// f' is zero on nearly all of the probe range.
    NoGradient {
        detail: String,
    },
    Affine {
        detail: String,
    },
    Constant {
        detail: String,
    },
    /// The same function, was claimed before by this attempt or baseline.
    Duplicate {
        of: String,
        attempt: Option<u64>,
    },
    Diverged {
        detail: String,
    },
    /// Dropped at a rung of the cascade: its fitness fell short of the running field's.
    Outclassed {
        rung: String,
        fitness: f64,
        threshold: f64,
    },
    TimedOut {
        detail: String,
    },
    Crashed {
        detail: String,
    },
}

impl Rejection {
    /// The kind's name, as JSON output carries it.
    pub fn kind(&self) -> &'static str {
        match self {
            Rejection::NoReply { .. } => "NoReply",
            Rejection::Unreadable { .. } => "Unreadable",
            Rejection::Refused { .. } => "Refused",
            Rejection::Truncated { .. } => "Truncated",
            Rejection::Unparsable { .. } => "Unparsable",
            Rejection::Forbidden { .. } => "Forbidden",
            Rejection::TooCostly { .. } => "TooCostly",
            Rejection::NotFinite { .. } => "NotFinite",
            Rejection::NoGradient { .. } => "NoGradient",
            Rejection::Affine { .. } => "Affine",
            Rejection::Constant { .. } => "Constant",
            Rejection::Duplicate { .. } => "Duplicate",
            Rejection::Diverged { .. } => "Diverged",
            Rejection::Outclassed { .. } => "Outclassed",
            Rejection::TimedOut { .. } => "TimedOut",
            Rejection::Crashed { .. } => "Crashed",
        }
    }

    /// One line on what was expected and what was found.
    pub fn detail(&self) -> String {
        match self {
            Rejection::NoReply { detail }
            | Rejection::Unreadable { detail }
            | Rejection::Refused { detail }
            | Rejection::Truncated { detail }
            | Rejection::Unparsable { detail }
            | Rejection::Forbidden { detail }
            | Rejection::NotFinite { detail }
            | Rejection::NoGradient { detail }
            | Rejection::Affine { detail }
            | Rejection::Constant { detail }
            | Rejection::Diverged { detail }
            | Rejection::TimedOut { detail }
            | Rejection::Crashed { detail } => detail.clone(),
            Rejection::TooCostly { cost, budget } => format!("costs {cost} operations an element, the budget is {budget}"),
            Rejection::Duplicate { of, attempt: Some(attempt) } => {
                format!("the same function as {of} of attempt {attempt}")
            }
            Rejection::Duplicate { of, attempt: None } => format!("the same function as the known {of}"),
            Rejection::Outclassed { rung, fitness, threshold } => {
                format!("fitness {fitness:.3} on rung {rung}, the running field asked for {threshold:.3}")
            }
        }
    }
}
