//! What a user asks for: the campaign file, the command line's options laid over it, and labs by name or file.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use crate::evaluator::{toml_problem, Lab, LabError};
use crate::formula::Class;

/// Attempts of a campaign that names none.
pub const DEFAULT_ATTEMPTS: u64 = 200;
/// The largest cost of a formula, in weighted operations an element.
pub const DEFAULT_COST_BUDGET: u32 = 120;
/// Trainable parameters of a formula: none, so that every formula that is compared has the same number of weights to train.
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
/// The most threads that may be asked for.
pub const MOST_WORKERS: usize = 1_024;

/// The campaign file that `motherlode init` writes.
pub const EXAMPLE_CAMPAIGN: &str = include_str!("../examples/campaign.toml");

/// A campaign file; every key may be left out. Command-line options go before it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CampaignFile {
    pub name: Option<String>,
    pub proposer: Option<String>,
    /// `openai:NAME` or `compatible:NAME@URL`.
    pub model: Option<String>,
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
}

impl CampaignFile {
    /// Reads a campaign file; paths in it are taken relative to its folder.
    pub fn read(path: &Path) -> Result<CampaignFile, ConfigError> {
        let text = read(path)?;
        let mut file: CampaignFile = toml::from_str(&text)
            .map_err(|error| ConfigError::NotACampaign { path: path.display().to_string(), reason: toml_problem(&text, &error) })?;
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

/// The definition of a lab, by its shipped name or from a file, as text and as read and checked.
pub fn find_lab(name_or_path: &str) -> Result<(String, Lab), ConfigError> {
    let text = if looks_like_path(name_or_path) { read(Path::new(name_or_path))? } else { Lab::shipped(name_or_path)?.to_owned() };
    let lab = Lab::parse(&text)?;
    Ok((text, lab))
}

/// A duration such as `90s`, `30m` or `1h 30m`.
pub fn parse_duration(text: &str) -> Result<Duration, ConfigError> {
    humantime::parse_duration(text.trim()).map_err(|_| ConfigError::NotADuration(text.to_owned()))
}

fn looks_like_path(name: &str) -> bool {
    name.ends_with(".toml") || name.contains(std::path::MAIN_SEPARATOR)
}

fn read(path: &Path) -> Result<String, ConfigError> {
    std::fs::read_to_string(path).map_err(|error| ConfigError::Unreadable { path: path.display().to_string(), reason: error.to_string() })
}
