//! What a user asks for: the campaign file, the command line's options laid over it, and labs by
//! name or file.

pub mod models;

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use self::models::ModelEntry;
use crate::formula::Class;
use crate::lab::{toml_problem, Lab, LabError};
use crate::record::charter::{Charter, LabFile};

/// Attempts of a campaign that names none.
pub const DEFAULT_ATTEMPTS: u64 = 200;
/// The largest cost of a formula, in weighted operations an element.
pub const DEFAULT_COST_BUDGET: u32 = 120;
/// Trainable parameters of a formula: none, so that every formula that is compared has the same
/// number of weights to train.
pub const DEFAULT_PARAMETERS: u32 = 0;
/// The most that may be allowed; PANGAEA (2021) allows three.
pub const MOST_PARAMETERS: u32 = 16;
pub const DEFAULT_ISLANDS: u32 = 2;
/// How many attempts an attempt's parents may be behind: as many may be under way at once.
pub const DEFAULT_LAG: u64 = 8;
/// Seconds of training after which an attempt is given up.
pub const DEFAULT_ATTEMPT_DEADLINE: f64 = 120.0;
/// The most candidates that may be confirmed on fresh tasks.
pub const MOST_CHAMPIONS: u32 = 1_000;
/// The most attempts that may be under way at once, each on a thread of its own while it is asked.
pub const LARGEST_LAG: u64 = 1_000;
pub const MOST_ISLANDS: u32 = 1_000;
/// The longest attempt deadline in seconds: some eleven days.
pub const LONGEST_ATTEMPT_DEADLINE: f64 = 1e6;
/// Dollars that a campaign with paid models may spend where the user names no budget: little enough
/// to surprise nobody.
pub const DEFAULT_BUDGET_USD: f64 = 5.0;
/// After how many attempts the guidance in the prompts is written anew.
pub const DEFAULT_GUIDANCE_INTERVAL: u64 = 25;
/// Seconds for one proposal, all its requests and waits included.
pub const DEFAULT_PROPOSAL_DEADLINE: Duration = Duration::from_secs(300);
/// The most formulas that one reply may be asked for.
pub const MOST_FORMULAS: u32 = 16;
/// The most threads that may be asked for.
pub const MOST_WORKERS: usize = 1_024;

/// The campaign file that `motherlode init` writes.
pub const EXAMPLE_CAMPAIGN: &str = include_str!("../../examples/campaign.toml");

/// A campaign file; every key may be left out. Command-line options go before it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CampaignFile {
    pub name: Option<String>,
    pub proposer: Option<String>,
    /// A model such as `openai:NAME` or `compatible:NAME@URL,free`; for several there is `models`.
    pub model: Option<ModelEntry>,
    /// Models of an ensemble, each a text or a table.
    #[serde(default)]
    pub models: Vec<ModelEntry>,
    /// Dollars that the campaign may spend.
    pub budget_usd: Option<f64>,
    /// Tokens that it may use.
    pub budget_tokens: Option<u64>,
    /// The user's own guidance for the prompts.
    pub guidance: Option<String>,
    /// Whether known activations are shown without their names.
    pub hide_names: Option<bool>,
    /// Formulas that one reply is asked for.
    pub formulas_per_call: Option<u32>,
    /// After how many attempts a model writes the guidance in the prompts anew; 0 for never.
    pub guidance_interval: Option<u64>,
    /// Whether a formula that does not parse is sent back once.
    pub repair: Option<bool>,
    /// The time of one proposal, such as `300s`.
    pub proposal_deadline: Option<String>,
    /// A file or folder of replies for the scripted proposer, relative to the campaign file.
    pub replies: Option<PathBuf>,
    /// A shipped lab's name or a file, relative to the campaign file.
    pub lab: Option<String>,
    pub target: Option<String>,
    pub attempts: Option<u64>,
    pub seed: Option<u64>,
    pub workers: Option<usize>,
    pub time_limit: Option<String>,
    pub islands: Option<u32>,
    pub lag: Option<u64>,
    pub cost_budget: Option<u32>,
    /// What a formula may read: `pointwise`, `feature` or `batch`.
    pub class: Option<Class>,
    /// The most trainable parameters of a formula.
    pub parameters: Option<u32>,
    pub attempt_deadline: Option<f64>,
    /// The fittest candidates that are measured on fresh tasks at the end; 0 for none.
    pub champions: Option<u32>,
}

/// What is wrong with what the user asked for, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("cannot read {path}: {reason}")]
    Unreadable { path: String, reason: String },
    #[error("{path} is not a campaign file: {reason}")]
    NotACampaign { path: String, reason: String },
    #[error("'{0}' is not a duration; write a number and a unit, such as 90s, 30m or 2h")]
    NotADuration(String),
    #[error("{0}")]
    Lab(#[from] LabError),
    #[error(
        "{path} is not the file that the campaign was started with: its contents have changed; \
         put the old one back, or start a new campaign"
    )]
    ChangedFile { path: String },
}

impl CampaignFile {
    /// Reads a campaign file; paths in it are taken relative to its folder.
    pub fn read(path: &Path) -> Result<CampaignFile, ConfigError> {
        let text = read(path)?;
        let mut file: CampaignFile =
            toml::from_str(&text).map_err(|error| ConfigError::NotACampaign {
                path: path.display().to_string(),
                reason: toml_problem(&text, &error),
            })?;
        let folder = path.parent().unwrap_or(Path::new(""));
        file.replies = file.replies.map(|replies| folder.join(replies));
        if let Some(lab) = &file.lab {
            if looks_like_path(lab) {
                file.lab = Some(folder.join(lab).display().to_string());
            }
        }
        Ok(file)
    }
}

/// A lab as found: its definition word for word, the lab read and checked, and the files that its
/// tasks were read from.
#[derive(Clone, Debug)]
pub struct FoundLab {
    pub definition: String,
    pub lab: Lab,
    pub files: Vec<LabFile>,
}

/// A lab by its shipped name or from a TOML file, ready to draw; paths in it are taken relative to
/// its folder.
pub fn find_lab(name_or_path: &str) -> Result<FoundLab, ConfigError> {
    let path = looks_like_path(name_or_path).then(|| Path::new(name_or_path));
    let definition = path.map_or_else(|| Ok(Lab::shipped(name_or_path)?.to_owned()), read)?;
    let folder = path.and_then(Path::parent).unwrap_or(Path::new(""));
    let mut lab = Lab::parse(&definition)?;
    let mut files: Vec<LabFile> = Vec::new();
    lab.load(&mut |path| {
        let found_at = std::path::absolute(folder.join(path)).map_err(|error| error.to_string())?;
        let bytes = std::fs::read(&found_at)
            .map_err(|error| format!("cannot be read at {}: {error}", found_at.display()))?;
        if !files.iter().any(|file| file.path == path) {
            files.push(LabFile {
                path: path.to_owned(),
                found_at: found_at.display().to_string(),
                hash: hash(&bytes),
            });
        }
        Ok(bytes)
    })?;
    Ok(FoundLab {
        definition,
        lab,
        files,
    })
}

/// The lab of a campaign that is in the archive, its tasks read from the files it was started with.
pub fn find_lab_again(charter: &Charter) -> Result<Lab, ConfigError> {
    let mut lab = Lab::parse(&charter.lab_definition)?;
    let mut changed = None;
    let loaded = lab.load(&mut |path| {
        let file = charter
            .lab_files
            .iter()
            .find(|file| file.path == path)
            .ok_or("the campaign keeps no such file")?;
        let bytes = std::fs::read(&file.found_at)
            .map_err(|error| format!("cannot be read at {}: {error}", file.found_at))?;
        if hash(&bytes) != file.hash {
            changed = Some(file.found_at.clone());
        }
        Ok(bytes)
    });
    match changed {
        Some(path) => Err(ConfigError::ChangedFile { path }),
        None => Ok(loaded.map(|()| lab)?),
    }
}

fn hash(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

/// A duration such as `90s`, `30m` or `1h 30m`.
pub fn parse_duration(text: &str) -> Result<Duration, ConfigError> {
    humantime::parse_duration(text.trim()).map_err(|_| ConfigError::NotADuration(text.to_owned()))
}

fn looks_like_path(name: &str) -> bool {
    name.ends_with(".toml") || name.contains(std::path::MAIN_SEPARATOR)
}

fn read(path: &Path) -> Result<String, ConfigError> {
    std::fs::read_to_string(path).map_err(|error| ConfigError::Unreadable {
        path: path.display().to_string(),
        reason: error.to_string(),
    })
}
