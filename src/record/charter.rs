//! The record of a campaign's beginning and end: what it was started with, which is all that a
//! resume needs, and how it stopped. [`Charter::new`] stands in `config/charter.rs`, since a record
//! reads no clock.

use serde::{Deserialize, Serialize};

use crate::formula::Class;
use crate::record::ledger::{Budget, Price};
use crate::record::target_benchmark::TargetBenchmark;

/// Champions of a campaign that names no number of them.
pub const DEFAULT_CHAMPIONS: u32 = 5;

/// What [`Charter::replies`] begins with where replies are those of another campaign of the same
/// archive; the campaign's name follows.
pub const REPLIES_OF_CAMPAIGN: &str = "campaign:";

/// What a campaign was started with. It is stored with the campaign, so that a resume needs nothing
/// but its name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Charter {
    /// The campaign's name: lower-case letters, digits and hyphens.
    pub campaign: String,
    /// When it was started: RFC 3339, UTC.
    pub created: String,
    /// The seed of everything random.
    pub seed: u64,
    /// The lab's name; where a benchmark selects, the benchmark's.
    pub lab: String,
    /// The lab's TOML, word for word; empty where a benchmark selects.
    pub lab_definition: String,
    /// The files of the lab's tasks; a resume refuses to go on with others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lab_files: Vec<LabFile>,
    /// Whose fitness selects: a profile's name, `general`, or the benchmark's name.
    pub target: String,
    /// The benchmark that selects in the place of a lab; `None` where a lab does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub benchmark: Option<TargetBenchmark>,
    /// `genetic`, `llm`, `scripted` or `recorded`.
    pub proposer: String,
    /// The models that an LLM proposer asks, `provider:name`, with `@url` where one was given.
    pub models: Vec<String>,
    /// How models are asked, and what that may cost; absent for campaigns that ask none, and for
    /// those from before it was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asking: Option<Asking>,
    /// The file or folder that a scripted or recorded model reads its replies from.
    pub replies: Option<String>,
    /// What the user adds to every prompt.
    #[serde(default)]
    pub instructions: Instructions,
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
    /// The number of populations that seldom mix.
    pub islands: u32,
    /// How far parents are behind: those of attempt k are sampled after attempts up to k - lag have
    /// been placed.
    pub lag: u64,
    /// Seconds of training after which an attempt is given up.
    pub attempt_deadline_seconds: f64,
    /// The fittest candidates that are measured on fresh tasks at the end; 0 for none. Campaigns
    /// from before there was a choice have the default.
    #[serde(default = "default_champions")]
    pub champions: u32,
    /// The version of this crate that started it.
    pub version: String,
}

/// How a campaign asks its models.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Asking {
    /// The models of the ensemble, each of another address.
    pub models: Vec<ModelSetting>,
    /// What they may cost and use, over the whole campaign.
    pub budget: Budget,
    /// Seconds after which one proposal is given up, all its requests and waits included, but for
    /// the wait for its turn.
    pub deadline_seconds: f64,
    /// The most requests at once to each model; `None` for as many as attempts are under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requests: Option<u32>,
    /// Whether a formula that does not parse, or an answer that is in doubt, is sent back once.
    pub repair: bool,
    /// After how many attempts the guidance in the prompts is written anew by a model; 0 for never.
    pub guidance_interval: u64,
}

impl Asking {
    /// Whether nothing that its models are asked for costs anything.
    pub fn is_free(&self) -> bool {
        self.models.iter().all(|model| model.price.is_free())
    }
}

/// A model of an ensemble as a campaign asks it. A setting that is `None` is not sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelSetting {
    /// `provider:name`, with `@url` where one was given.
    pub address: String,
    /// Its share of the attempts, relative to the others', before anything is learnt.
    pub weight: f64,
    /// The price that was known when the campaign was started.
    pub price: Price,
    /// The most tokens of a reply, reasoning included.
    pub most_tokens: u32,
    /// The sampling temperature, from 0 to 2; `None` for the provider's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    /// How much the model reasons: `low`, `medium`, `high` ..., or a number of tokens where its
    /// provider takes one; `None` for the provider's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effort: Option<String>,
    /// The environment variable of its key, where that is not its provider's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_variable: Option<String>,
    /// The provider's service tier; `None` for its default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<String>,
    /// How firmly a reply is held to JSON.
    #[serde(default)]
    pub structured: Structured,
}

/// How firmly a reply is held to JSON, where the provider can do that; a step that a model refuses
/// is left out from then on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Structured {
    /// By a schema.
    #[default]
    JsonSchema,
    /// As any JSON object.
    JsonObject,
    /// Not at all: the prompt alone says what to answer.
    None,
}

/// What the user adds to every prompt.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Instructions {
    /// The user's own guidance, in the user's words; `None` for none.
    pub guidance: Option<String>,
    /// Whether known activations are shown without their names and called by none.
    pub hide_names: bool,
    /// Formulas that one reply is asked for; 0 and 1 are one.
    pub formulas: u32,
}

/// Where a campaign's lab comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabSource {
    /// The lab's name.
    pub name: String,
    /// The lab's TOML, word for word.
    pub definition: String,
    /// The files that its tasks were read from; empty for a lab that draws its own data.
    pub files: Vec<LabFile>,
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
    /// Whether nameless columns before all others were left out as an index. Campaigns from before
    /// there was a rule for them took them for inputs.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub without_index: bool,
}

impl LabFile {
    /// What tells apart what was read of files: the hash, and whether an index was left out.
    pub fn key(&self) -> String {
        let without = if self.without_index {
            " without its index"
        } else {
            ""
        };
        format!("{}{without}", self.hash)
    }
}

impl Charter {
    /// What the campaign allows beyond pointwise formulas without parameters, in words such as
    /// `class batch, up to 2 trainable parameters`; `None` where it allows nothing beyond.
    pub fn allows(&self) -> Option<String> {
        let class = (self.class != Class::Pointwise).then(|| format!("class {}", self.class));
        let plural = if self.parameters == 1 { "" } else { "s" };
        let parameters = (self.parameters > 0)
            .then(|| format!("up to {} trainable parameter{plural}", self.parameters));
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
    /// The name of the stop reason, such as `attempts_made`.
    pub stop_reason: String,
    /// Attempts settled, over all its runs.
    pub attempts: u64,
    /// Seconds it ran, over all its runs.
    pub wall_seconds: f64,
}
