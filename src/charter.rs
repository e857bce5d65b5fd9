//! The record of a campaign's beginning and end: what it was started with, which is all that a resume needs, and how it stopped.

use serde::{Deserialize, Serialize};

use crate::formula::Class;

/// Champions of a campaign that names no number of them.
pub const DEFAULT_CHAMPIONS: u32 = 5;

/// What a campaign was started with; stored with it, so that a resume needs nothing but its name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Charter {
    /// The campaign's name: lower-case letters, digits and hyphens.
    pub campaign: String,
    /// When it was started: RFC 3339, UTC.
    pub created: String,
    pub seed: u64,
    /// The lab's name.
    pub lab: String,
    /// The lab's TOML, word for word.
    pub lab_definition: String,
    /// The files of the lab's tasks; a resume refuses to go on with others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lab_files: Vec<LabFile>,
    /// Whose fitness selects: a profile's name, or `general`.
    pub target: String,
    /// `genetic`, `llm` or `scripted`.
    pub proposer: String,
    /// The models that an LLM proposer asks, `provider:name`.
    pub models: Vec<String>,
    /// The file or folder that a scripted model reads its replies from.
    pub replies: Option<String>,
    /// The number of attempts after which it is done.
    pub attempts: u64,
    /// The largest cost a formula may have, in weighted operations an element.
    pub cost_budget: u32,
    /// What a formula may read at most; campaigns from before there was a choice are pointwise.
    #[serde(default)]
    pub class: Class,
    /// The most trainable parameters a formula may have.
    #[serde(default)]
    pub parameters: u32,
    pub islands: u32,
    /// The parents of attempt k are sampled after attempts up to k - lag have been placed.
    pub lag: u64,
    pub attempt_deadline_seconds: f64,
    /// The fittest candidates that are measured on fresh tasks at the end; 0 for none. Campaigns from before there was a choice have the default.
    #[serde(default = "default_champions")]
    pub champions: u32,
    /// The version of this crate that started it.
    pub version: String,
}

/// A file that a lab's tasks were read from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabFile {
    /// As the lab's definition writes it.
    pub path: String,
    /// Where it lay, whole.
    pub found_at: String,
    /// Its BLAKE3 hash, hexadecimal.
    pub hash: String,
}

impl Charter {
    /// What it allows beyond pointwise formulas without parameters, in words: `class batch, up to 2 trainable parameters`.
    pub fn allows(&self) -> Option<String> {
        let class = (self.class != Class::Pointwise).then(|| format!("class {}", self.class));
        let plural = if self.parameters == 1 { "" } else { "s" };
        let parameters = (self.parameters > 0).then(|| format!("up to {} trainable parameter{plural}", self.parameters));
        let allowed: Vec<String> = class.into_iter().chain(parameters).collect();
        (!allowed.is_empty()).then(|| allowed.join(", "))
    }
}

fn default_champions() -> u32 {
    DEFAULT_CHAMPIONS
}

/// How a campaign stopped.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Conclusion {
    pub stop_reason: String,
    /// Attempts settled, over all its runs.
    pub attempts: u64,
    /// Seconds it ran, over all its runs.
    pub wall_seconds: f64,
}
