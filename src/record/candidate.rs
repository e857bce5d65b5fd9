//! The record of a candidate: a formula that passed the whole cascade, with its measures and its
//! evaluation.

use serde::{Deserialize, Serialize};

use crate::formula::Formula;
use crate::record::evaluation::Evaluation;

/// A formula as records and JSON output carry it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FormulaRecord {
    /// Hexadecimal hash of the canonical form.
    pub id: String,
    /// Two words and a number that are easier to say than the id, drawn from it.
    pub nickname: String,
    /// The formula as printed; parsing it gives the same expression.
    pub formula: String,
    /// The canonical form, which parses to a formula with the same one.
    pub canonical: String,
    /// `pointwise`, `feature` or `batch`: what it reads.
    pub class: String,
    /// Weighted operations an element.
    pub cost: u32,
    /// Trainable parameters.
    pub parameters: u32,
}

impl From<&Formula> for FormulaRecord {
    fn from(formula: &Formula) -> FormulaRecord {
        FormulaRecord {
            id: formula.id().to_owned(),
            nickname: formula.nickname(),
            formula: formula.to_string(),
            canonical: formula.canonical().to_owned(),
            class: formula.class().to_string(),
            cost: formula.cost(),
            parameters: formula.parameters().len() as u32,
        }
    }
}

impl FormulaRecord {
    /// Whether `text` has the form of an id, or of a prefix of one of at least 6 digits, or of a
    /// nickname.
    pub fn looks_like_name(text: &str) -> bool {
        let is_id = text.len() >= 6
            && text.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f'))
            && text.chars().any(|c| c.is_ascii_digit());
        let parts: Vec<&str> = text.split('-').collect();
        let is_word = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase());
        let is_number = |part: &str| part.len() >= 2 && part.chars().all(|c| c.is_ascii_digit());
        let is_nickname = match parts[..] {
            [first, second, number] => is_word(first) && is_word(second) && is_number(number),
            _ => false,
        };
        is_id || is_nickname
    }

    /// Whether it has this nickname, or an id that begins so. An empty name names nothing.
    pub fn is_named(&self, name: &str) -> bool {
        !name.is_empty() && (self.nickname == name || self.id.starts_with(name))
    }
}

/// What a function does as its argument goes to minus or plus infinity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asymptote {
    /// It tends to zero.
    Zero,
    /// It tends to a constant other than zero.
    Constant,
    /// It grows like a logarithm.
    Logarithmic,
    /// It grows like a line.
    Linear,
    /// It grows faster than a line.
    Faster,
    /// It goes on oscillating.
    Oscillating,
}

/// The behaviour of a function: the axes of the archive's grid.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measures {
    /// What it does towards minus infinity.
    pub left: Asymptote,
    /// What it does towards plus infinity.
    pub right: Asymptote,
    /// Whether it nowhere turns on the probe range.
    pub monotone: bool,
    /// Share of the curve's energy, its line taken off, that lies in oscillation: 0 to 1.
    pub periodic_energy: f64,
    /// Weighted operations an element.
    pub cost: u32,
}

/// What became of a candidate that was offered to an archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Placement {
    /// The first of its niche.
    NewNiche,
    /// Fitter than its niche's elite, whose place it takes.
    Improved,
    /// Its niche's elite stays.
    NotBetter,
}

impl Placement {
    /// `new_niche`, `improved` or `not_better`.
    pub fn name(self) -> &'static str {
        match self {
            Placement::NewNiche => "new_niche",
            Placement::Improved => "improved",
            Placement::NotBetter => "not_better",
        }
    }
}

/// A formula that passed the whole cascade.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// The formula.
    pub formula: FormulaRecord,
    /// The attempt that proposed it; 0 for a founder.
    pub attempt: u64,
    /// The island into which it was placed.
    pub island: u32,
    /// Ids of the formulas that it was made from.
    pub parents: Vec<String>,
    /// The name that its proposer gave it, or a founder's published name.
    pub name: Option<String>,
    /// Why its proposer thinks that it generalises.
    pub rationale: Option<String>,
    /// The measures of its behaviour.
    pub measures: Measures,
    /// What it reached in the lab.
    pub evaluation: Evaluation,
}

impl Candidate {
    /// Its fitness under the target by which it was selected.
    pub fn fitness(&self) -> f64 {
        self.evaluation.estimate.fitness.value()
    }

    /// Its fitness under this target, as [`Evaluation::under`] has it.
    pub fn fitness_under(&self, target: &str) -> f64 {
        self.evaluation.under(target).fitness.value()
    }
}
