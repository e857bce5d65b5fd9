//! The record of an attempt: what was asked, what came back, and how it ended. Every attempt is
//! recorded, whatever its end.

use serde::{Deserialize, Serialize};

use crate::record::candidate::{Candidate, FormulaRecord, Measures, Placement};
use crate::record::evaluation::Evaluation;
use crate::record::ledger::{Call, Money};

/// One attempt of a campaign, as the journal keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Attempt {
    /// Its number, from 1, without gaps within a campaign.
    pub attempt: u64,
    /// The island whose elites it was shown and into which a candidate is placed.
    pub island: u32,
    /// Who proposed: `genetic`, `llm`, `scripted`, or `recorded`.
    pub proposer: String,
    /// Ids of the formulas that the proposal was made from.
    pub parents: Vec<String>,
    /// The fitness of the fittest of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parents_fitness: Option<f64>,
    /// Ids of the formulas that were shown beside the parents.
    pub inspirations: Vec<String>,
    /// Absent where no reply came, and where the formula came in the reply of another attempt.
    pub reply: Option<Reply>,
    /// The formula as the proposer wrote it; absent where none could be read.
    pub proposal: Option<Proposal>,
    /// The attempt in whose reply this formula stood too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sibling_of: Option<u64>,
    /// The further formulas of its reply; each becomes an attempt of its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub further: Vec<Proposal>,
    /// The id of the guidance that its prompt held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guidance: Option<String>,
    /// Every request that was made for it, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<Call>,
    /// The parsed formula; present from the step `parse` on.
    pub formula: Option<FormulaRecord>,
    /// The fingerprint of its curve, in hexadecimal; present from the step `claim` on.
    pub fingerprint: Option<String>,
    /// The measures of its behaviour; present once it has passed the screening.
    pub measures: Option<Measures>,
    /// The fitness reached on each cascade rung that was run, in order.
    pub rungs: Vec<RungResult>,
    /// Present where all rungs were passed.
    pub evaluation: Option<Evaluation>,
    /// How it ended.
    pub outcome: Outcome,
}

/// What was sent to a proposer and what came back, word for word.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Reply {
    /// The model that answered, or the operator of a genetic proposer.
    pub model: String,
    /// The whole prompt; its system part and its turns are separated by lines `---`.
    pub prompt: String,
    /// The reply, word for word.
    pub text: String,
    /// Why the model stopped: `stop`, `length` where it was cut off, `refusal` where it declined,
    /// `content_filter` where its provider did, `reasoning` where it wrote nothing else, or its
    /// server's word.
    #[serde(default)]
    pub finish: Option<String>,
    /// Guidance for prompts that a model wrote on the way to this reply, and that its prompt held
    /// already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub written_guidance: Option<String>,
}

/// Guidance for prompts that a model wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guidance {
    /// The beginning of the hash of its text, hexadecimal.
    pub id: String,
    /// The guidance itself.
    pub text: String,
}

impl Guidance {
    /// The guidance of this text.
    pub fn of(text: &str) -> Guidance {
        Guidance {
            id: blake3::hash(text.as_bytes())
                .to_hex()
                .chars()
                .take(8)
                .collect(),
            text: text.to_owned(),
        }
    }
}

/// What a guidance brought so far.
#[derive(Clone, Debug, PartialEq)]
pub struct GuidanceResult {
    /// `None` for attempts without guidance.
    pub guidance: Option<Guidance>,
    /// The attempts whose prompts held it and that got a reply.
    pub attempts: u64,
    /// The mean gain of an attempt over its fittest parent, failures and losses counting 0; 0
    /// without attempts.
    pub gain: f64,
}

/// What a proposer proposes, before anything is checked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Proposal {
    /// The formula's text exactly as written by the proposer.
    pub formula: String,
    /// The name that the proposer gave the formula.
    pub name: Option<String>,
    /// Why the proposer thinks that it generalises.
    pub rationale: Option<String>,
}

impl Attempt {
    /// The candidate that the attempt became; `None` where it did not pass the whole cascade.
    pub fn candidate(&self) -> Option<Candidate> {
        let proposal = self.proposal.as_ref();
        Some(Candidate {
            formula: self.formula.clone()?,
            attempt: self.attempt,
            island: self.island,
            parents: self.parents.clone(),
            name: proposal.and_then(|proposal| proposal.name.clone()),
            rationale: proposal.and_then(|proposal| proposal.rationale.clone()),
            measures: self.measures?,
            evaluation: self.evaluation.clone()?,
        })
    }

    /// How much fitter it is than the fittest of its parents; `None` where it has no evaluation.
    pub fn gain(&self) -> Option<f64> {
        Some(self.evaluation.as_ref()?.estimate.fitness.value() - self.parents_fitness?)
    }

    /// What its requests cost.
    pub fn cost(&self) -> Money {
        self.calls.iter().map(|call| call.cost).sum()
    }

    /// The end by which spending is told apart: `candidate`, or the rejection's kind.
    pub fn end_name(&self) -> &'static str {
        self.outcome
            .rejection()
            .map_or(crate::record::ledger::spending::CANDIDATE, Rejection::kind)
    }
}

/// The fitness that a formula reached on one rung of the cascade.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RungResult {
    /// The rung's name in the lab.
    pub rung: String,
    /// The fitness reached there, under the campaign's target.
    pub fitness: f64,
    /// The fitness that the running field asked for at that point; absent where the field was still
    /// too small to ask.
    pub threshold: Option<f64>,
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It became a candidate, of which the archive made this.
    Placed(Placement),
    /// It became none, for this reason.
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
        /// What was expected and what was found, in one line.
        detail: String,
    },
    /// No formula could be read from the reply.
    Unreadable {
        /// What was expected and what was found, in one line.
        detail: String,
    },
    /// The model declined.
    Refused {
        /// What was expected and what was found, in one line.
        detail: String,
    },
    /// The reply was cut off before its end.
    Truncated {
        /// What was expected and what was found, in one line.
        detail: String,
    },
    /// The formula breaks the grammar; the detail says where.
    Unparsable {
        /// What was expected and what was found, in one line.
        detail: String,
    },
    /// The formula is of a class or uses an operator that the campaign does not allow, or needs
    /// more memory in the lab's networks than the engine gives.
    Forbidden {
        /// What was expected and what was found, in one line.
        detail: String,
    },
    /// The formula costs more than the campaign allows.
    TooCostly {
        /// Its cost, in weighted operations an element.
        cost: u32,
        /// The campaign's budget, in the same.
        budget: u32,
    },
    /// f or f' is not finite, or |f| is out of bounds, on the probe range.
    NotFinite {
        /// What was expected and what was found, in one line.
        detail: String,
    },
    /// f' is zero on nearly all of the probe range.
    NoGradient {
        /// What was expected and what was found, in one line.
        detail: String,
    },
    /// f is a line on the probe range.
    Affine {
        /// What was expected and what was found, in one line.
        detail: String,
    },
    /// f is a constant on the probe range.
    Constant {
        /// What was expected and what was found, in one line.
        detail: String,
    },
    /// An earlier attempt or a known activation has claimed the same function.
    Duplicate {
        /// The name of the known activation, or the nickname of the mined formula.
        of: String,
        /// The attempt that claimed it; absent for a known activation.
        attempt: Option<u64>,
    },
    /// A training on the lab's first rung, or every one on the whole lab, diverged.
    Diverged {
        /// What was expected and what was found, in one line.
        detail: String,
    },
    /// Dropped at a rung of the cascade: its fitness fell short of the running field's.
    Outclassed {
        /// The rung's name in the lab.
        rung: String,
        /// The fitness reached there.
        fitness: f64,
        /// The fitness that the running field asked for.
        threshold: f64,
    },
    /// Its training took longer than an attempt may.
    TimedOut {
        /// What was expected and what was found, in one line.
        detail: String,
    },
    /// The program or its device failed on this formula.
    Crashed {
        /// What was expected and what was found, in one line.
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
            Rejection::TooCostly { cost, budget } => {
                format!("costs {cost} operations an element, the budget is {budget}")
            }
            Rejection::Duplicate {
                of,
                attempt: Some(attempt),
            } => {
                format!("the same function as {of} of attempt {attempt}")
            }
            Rejection::Duplicate { of, attempt: None } => {
                format!("the same function as the known {of}")
            }
            Rejection::Outclassed {
                rung,
                fitness,
                threshold,
            } => {
                format!(
                    "fitness {fitness:.3} on rung {rung}, the running field asked for \
                     {threshold:.3}"
                )
            }
        }
    }
}
