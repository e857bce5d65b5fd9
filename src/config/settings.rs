//! The settings of a campaign: what a campaign file and the command line may say of it, the bounds
//! of each, and one laid over the other.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::Args;
use serde::{Deserialize, Deserializer};

use super::error::{ConfigError, SettingError};
use super::file::{looks_like_path, text_of};
use super::models::ModelEntry;
use super::recipe_options::RecipeOptions;
use crate::formula::Class;
use crate::lab::toml_problem;
use crate::record::charter::{Charter, LabSource};
use crate::record::target_benchmark::FitnessMeasure;

/// What a new campaign is made of. A campaign file and the command line both fill it; what neither
/// says is `None`, empty or false, and has its default in [`Charter::new`].
#[derive(Clone, Debug, Default, PartialEq, Args, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CampaignSettings {
    /// Who writes formulas: genetic, llm, scripted or recorded:FILE [default: genetic; llm where a
    /// model is named]
    #[arg(long)]
    pub proposer: Option<String>,
    /// A model to ask, such as openai:NAME or compatible:NAME@URL,free; several make an ensemble
    ///
    /// Providers: openai, openai-responses, anthropic, gemini, openrouter, compatible; each takes
    /// @URL for another server that is asked in its way. Options follow after commas: free,
    /// price.input=DOLLARS and price.output=DOLLARS (per million tokens), weight=2, temperature=,
    /// effort=, max_tokens=, structured=, tier=, key=VARIABLE. docs/models.md has them all.
    #[arg(long, value_name = "MODEL", value_parser = ModelEntry::from_text)]
    #[serde(deserialize_with = "one_model")]
    pub model: Vec<ModelEntry>,
    /// More models of an ensemble; in a campaign file alone.
    #[arg(skip)]
    pub models: Vec<ModelEntry>,
    /// Dollars that models may cost; no call leaves without room for it [default: 5 where a model
    /// is paid for]
    #[arg(long, value_name = "DOLLARS", allow_negative_numbers = true)]
    pub budget_usd: Option<f64>,
    /// Tokens, input and output, that models may use
    #[arg(long, value_name = "N")]
    pub budget_tokens: Option<u64>,
    /// Your own guidance, which every prompt holds
    #[arg(long, value_name = "TEXT")]
    pub guidance: Option<String>,
    /// Show models the known activations without their names, since they may recite
    #[arg(long)]
    pub hide_names: bool,
    /// Formulas that one reply is asked for; in a campaign file alone, as are those without an
    /// option below.
    #[arg(skip)]
    pub formulas_per_call: Option<u32>,
    /// After how many attempts a model writes the guidance in the prompts anew; 0 for never.
    #[arg(skip)]
    pub guidance_interval: Option<u64>,
    /// Whether a formula that does not parse is sent back once.
    #[arg(skip)]
    pub repair: Option<bool>,
    /// The time of one proposal, its requests and waits included, such as 90s or 10m [default:
    /// 5m]; waiting for a turn at the model does not count
    #[arg(long = "deadline", value_name = "TIME")]
    #[serde(alias = "deadline")]
    pub proposal_deadline: Option<String>,
    /// The most requests at once to each model [default: as many as --lag]
    ///
    /// A server of your own (free, and not at its provider's home) is asked one at a time at first,
    /// and more while its answers come early.
    #[arg(long, value_name = "N")]
    pub requests: Option<u32>,
    /// Replies of the scripted proposer: a folder of files, or one file split by lines of ---
    #[arg(long, value_name = "PATH")]
    pub replies: Option<PathBuf>,
    /// A shipped lab (smoke, standard) or a lab file [default: standard]
    #[arg(long)]
    pub lab: Option<String>,
    /// What to mine for: all for the best of each profile of the lab (motherlode lab show lists
    /// them), one profile, general for the mean of those that the lab counts as general, or a
    /// benchmark, SET/MODEL such as fashion-mnist/cnn [default: all]
    #[arg(long)]
    pub target: Option<String>,
    /// With a benchmark as target, what of a run selects: its loss or its metric, both on images
    /// held out [default: loss]
    #[arg(long, value_parser = fitness_parser())]
    pub fitness: Option<FitnessMeasure>,
    /// The folder of the image sets [default: $MOTHERLODE_DATA, else motherlode-data in the user's
    /// data folder]
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// With a benchmark as target, what is changed of its recipe.
    #[command(flatten)]
    pub recipe: RecipeOptions,
    /// What formulas may read: their element, the features of their row, or the batch [default:
    /// pointwise]
    #[arg(long, value_parser = class_parser())]
    pub class: Option<Class>,
    /// The most trainable parameters of a formula [default: 0]
    #[arg(long, value_name = "N")]
    pub parameters: Option<u32>,
    /// The largest cost of a formula, in weighted operations an element.
    #[arg(skip)]
    pub cost_budget: Option<u32>,
    /// Attempts to make [default: 200]
    #[arg(long, value_name = "N")]
    pub attempts: Option<u64>,
    /// The best that are measured on fresh tasks at the end, with --target all of each profile; 0
    /// for none [default: 5]
    #[arg(long, value_name = "N")]
    pub champions: Option<u32>,
    /// The number of populations that seldom mix; with the target `all` they are dealt to the
    /// profiles in order.
    #[arg(skip)]
    pub islands: Option<u32>,
    /// Attempts under way at once; the result depends on it: parents are so far behind [default:
    /// 8]
    #[arg(long, value_name = "N")]
    pub lag: Option<u64>,
    /// Seconds of training after which an attempt is given up.
    #[arg(skip)]
    pub attempt_deadline: Option<f64>,
    /// Stop after this time, such as 90s, 30m or 2h
    #[arg(long, value_name = "TIME")]
    pub time_limit: Option<String>,
    /// The seed of everything random [default: 1]
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Training threads [default: one a core]; the result does not depend on it
    #[arg(long, value_name = "N")]
    pub workers: Option<usize>,
    /// The new campaign's name [default: from lab and seed]
    #[arg(long)]
    pub name: Option<String>,
}

/// The least and the most that a whole number among the settings may be, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// The key of a campaign file.
    pub key: &'static str,
    /// The least allowed value.
    pub least: u64,
    /// The largest allowed value.
    pub most: u64,
}

/// Attempts: one or more.
pub const ATTEMPTS: Bounds = Bounds::new("attempts", 1, u64::MAX);
/// The lag; each attempt under way has a thread of its own while it is asked.
pub const LAG: Bounds = Bounds::new("lag", 1, 1_000);
/// The most requests at once to each model.
pub const REQUESTS: Bounds = Bounds::new("requests", 1, 1_000);
/// Islands.
pub const ISLANDS: Bounds = Bounds::new("islands", 1, 1_000);
/// The largest cost of a formula, in weighted operations an element.
pub const COST_BUDGET: Bounds = Bounds::new("cost_budget", 1, u32::MAX as u64);
/// The candidates that are confirmed on fresh tasks.
pub const CHAMPIONS: Bounds = Bounds::new("champions", 0, 1_000);
/// Trainable parameters of a formula; PANGAEA (Bingham and Miikkulainen 2021) allows three.
pub const PARAMETERS: Bounds = Bounds::new("parameters", 0, 16);
/// The most formulas that one reply may be asked for; the least is 1.
pub const MOST_FORMULAS: u32 = 16;
/// The longest attempt deadline in seconds, some eleven days; the shortest is above 0.
pub const LONGEST_ATTEMPT_DEADLINE: f64 = 1e6;
/// The longest guidance of a user, in bytes.
pub const LONGEST_GUIDANCE: usize = 20_000;
/// The seed where none is named.
const DEFAULT_SEED: u64 = 1;
/// The most training threads.
pub const MOST_WORKERS: usize = 1_024;

impl Bounds {
    const fn new(key: &'static str, least: u64, most: u64) -> Bounds {
        Bounds { key, least, most }
    }

    /// The value, if it lies within the bounds.
    ///
    /// # Errors
    /// [`SettingError::TooSmall`] or [`SettingError::TooLarge`].
    pub fn check(&self, value: impl Into<u64>) -> Result<(), SettingError> {
        let Bounds { key, least, most } = *self;
        match value.into() {
            found if found < least => Err(SettingError::TooSmall { key, least }),
            found if found > most => Err(SettingError::TooLarge { key, most, found }),
            _ => Ok(()),
        }
    }
}

/// Checks that every number of a charter lies within its bounds.
///
/// # Errors
/// A [`SettingError`] on the first that does not.
pub fn check_bounds(charter: &Charter) -> Result<(), SettingError> {
    ATTEMPTS.check(charter.attempts)?;
    LAG.check(charter.lag)?;
    ISLANDS.check(charter.islands)?;
    COST_BUDGET.check(charter.cost_budget)?;
    CHAMPIONS.check(charter.champions)?;
    PARAMETERS.check(charter.parameters)?;
    let deadline = charter.attempt_deadline_seconds;
    if !(deadline > 0.0 && deadline <= LONGEST_ATTEMPT_DEADLINE) {
        let most = LONGEST_ATTEMPT_DEADLINE;
        return Err(SettingError::AttemptDeadline { most });
    }
    Ok(())
}

impl CampaignSettings {
    /// Reads a campaign file; paths in it are taken relative to its folder.
    ///
    /// # Errors
    /// [`ConfigError::Unreadable`], or [`ConfigError::NotACampaign`] with the place of what is not
    /// understood.
    pub fn read(path: &Path) -> Result<CampaignSettings, ConfigError> {
        let text = text_of(path)?;
        let mut file: CampaignSettings =
            toml::from_str(&text).map_err(|error| ConfigError::NotACampaign {
                path: path.display().to_string(),
                reason: toml_problem(&text, &error),
            })?;
        let folder = path.parent().unwrap_or(Path::new(""));
        file.replies = file.replies.map(|replies| folder.join(replies));
        file.data = file.data.map(|data| folder.join(data));
        if let Some(lab) = file.lab.as_mut().filter(|lab| looks_like_path(lab)) {
            *lab = folder.join(&*lab).display().to_string();
        }
        Ok(file)
    }

    /// These settings, from the command line, laid over those of a campaign file: each of them that
    /// is there goes before the file's. The models go before all of the file's models, and so does
    /// a proposer that asks none.
    #[must_use]
    pub fn over(self, file: CampaignSettings) -> CampaignSettings {
        let asks_none = self.proposer.as_deref().is_some_and(|name| name != "llm");
        let (model, models) = if self.model.is_empty() && !asks_none {
            (file.model, file.models)
        } else {
            (self.model, self.models)
        };
        // All fields are named, so that the compiler finds one that is forgotten.
        CampaignSettings {
            proposer: self.proposer.or(file.proposer),
            model,
            models,
            budget_usd: self.budget_usd.or(file.budget_usd),
            budget_tokens: self.budget_tokens.or(file.budget_tokens),
            guidance: self.guidance.or(file.guidance),
            hide_names: self.hide_names || file.hide_names,
            formulas_per_call: self.formulas_per_call.or(file.formulas_per_call),
            guidance_interval: self.guidance_interval.or(file.guidance_interval),
            repair: self.repair.or(file.repair),
            proposal_deadline: self.proposal_deadline.or(file.proposal_deadline),
            requests: self.requests.or(file.requests),
            replies: self.replies.or(file.replies),
            lab: self.lab.or(file.lab),
            target: self.target.or(file.target),
            fitness: self.fitness.or(file.fitness),
            data: self.data.or(file.data),
            recipe: self.recipe.over(file.recipe),
            class: self.class.or(file.class),
            parameters: self.parameters.or(file.parameters),
            cost_budget: self.cost_budget.or(file.cost_budget),
            attempts: self.attempts.or(file.attempts),
            champions: self.champions.or(file.champions),
            islands: self.islands.or(file.islands),
            lag: self.lag.or(file.lag),
            attempt_deadline: self.attempt_deadline.or(file.attempt_deadline),
            time_limit: self.time_limit.or(file.time_limit),
            seed: self.seed.or(file.seed),
            workers: self.workers.or(file.workers),
            name: self.name.or(file.name),
        }
    }

    /// The charter of a new campaign that a lab or a benchmark measures, still without its
    /// proposer: what is not set has the default of [`Charter::new`].
    pub fn charter(&self, source: LabSource) -> Charter {
        let seed = self.seed.unwrap_or(DEFAULT_SEED);
        let name = self.name.clone();
        let name = name.unwrap_or_else(|| default_name(&source.name, seed));
        let default = Charter::new(name, source, seed);
        Charter {
            target: self.target.clone().unwrap_or(default.target),
            attempts: self.attempts.unwrap_or(default.attempts),
            cost_budget: self.cost_budget.unwrap_or(default.cost_budget),
            class: self.class.unwrap_or(default.class),
            parameters: self.parameters.unwrap_or(default.parameters),
            islands: self.islands.unwrap_or(default.islands),
            lag: self.lag.unwrap_or(default.lag),
            attempt_deadline_seconds: self
                .attempt_deadline
                .unwrap_or(default.attempt_deadline_seconds),
            champions: self.champions.unwrap_or(default.champions),
            ..default
        }
    }

    /// The first option that is there and that a campaign of the archive has settled; `None` where
    /// there is none. Attempts, budgets, the deadline of a proposal, the requests at once, the time
    /// limit and workers may change from run to run, and where the campaign `goes_on` so may how its
    /// models are asked.
    pub fn settled_option(&self, goes_on: bool) -> Option<&'static str> {
        let settled = [
            ("--proposer", self.proposer.is_some()),
            ("--model", !self.model.is_empty() && !goes_on),
            ("--guidance", self.guidance.is_some()),
            ("--hide-names", self.hide_names),
            ("--replies", self.replies.is_some()),
            ("--lab", self.lab.is_some()),
            ("--target", self.target.is_some()),
            ("--fitness", self.fitness.is_some()),
            ("the recipe", !self.recipe.is_empty()),
            ("--seed", self.seed.is_some()),
            ("--class", self.class.is_some()),
            ("--parameters", self.parameters.is_some()),
            ("--champions", self.champions.is_some()),
            ("--lag", self.lag.is_some()),
            ("--name", self.name.is_some()),
        ];
        let first = settled.into_iter().find(|(_, is_there)| *is_there);
        first.map(|(option, _)| option)
    }

    /// Checks that these settings, from the command line, do something with a proposer: a budget
    /// needs a model to pay for, and words for prompts need one that writes prompts. `merged` are
    /// these laid over the campaign file's.
    ///
    /// # Errors
    /// [`SettingError::Idle`] on the first that does nothing.
    pub fn check_use(&self, merged: &CampaignSettings, proposer: &str) -> Result<(), SettingError> {
        let several = merged.formulas_per_call.is_some_and(|most| most > 1);
        let (asks_models, is_genetic) = (proposer == "llm", proposer == "genetic");
        let idle = [
            ("--budget-usd", self.budget_usd.is_some() && !asks_models),
            (
                "--budget-tokens",
                self.budget_tokens.is_some() && !asks_models,
            ),
            (
                "--deadline",
                self.proposal_deadline.is_some() && !asks_models,
            ),
            ("--requests", self.requests.is_some() && !asks_models),
            ("--guidance", self.guidance.is_some() && is_genetic),
            ("--hide-names", self.hide_names && is_genetic),
            ("formulas_per_call", several && is_genetic),
        ];
        match idle.into_iter().find(|(_, is_idle)| *is_idle) {
            Some((option, _)) => Err(SettingError::Idle {
                option,
                proposer: proposer.to_owned(),
            }),
            None => Ok(()),
        }
    }
}

/// A duration such as `90s`, `30m` or `1h 30m`.
///
/// # Errors
/// [`SettingError::Duration`].
pub fn parse_duration(text: &str) -> Result<Duration, SettingError> {
    humantime::parse_duration(text.trim()).map_err(|_| SettingError::Duration {
        text: text.to_owned(),
    })
}

/// The number of training threads: as wanted, else one a core.
///
/// # Errors
/// [`SettingError::NoWorkers`] or [`SettingError::TooManyWorkers`].
pub fn workers(wanted: Option<usize>) -> Result<usize, SettingError> {
    match wanted {
        Some(0) => Err(SettingError::NoWorkers),
        Some(found) if found > MOST_WORKERS => Err(SettingError::TooManyWorkers {
            most: MOST_WORKERS,
            found,
        }),
        Some(workers) => Ok(workers),
        None => Ok(std::thread::available_parallelism().map_or(1, usize::from)),
    }
}

/// The name of a campaign that is given none.
fn default_name(lab: &str, seed: u64) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    let lab: String = lab.to_lowercase().chars().map(plain).take(40).collect();
    format!("{lab}-{seed}")
}

fn one_model<'de, D: Deserializer<'de>>(source: D) -> Result<Vec<ModelEntry>, D::Error> {
    ModelEntry::deserialize(source).map(|model| vec![model])
}

/// Reads a measure by its name; help lists the names.
fn fitness_parser() -> impl TypedValueParser<Value = FitnessMeasure> {
    let names = FitnessMeasure::ALL.map(FitnessMeasure::name);
    let named = |name: String| match name == FitnessMeasure::Metric.name() {
        true => FitnessMeasure::Metric,
        false => FitnessMeasure::Loss,
    };
    PossibleValuesParser::new(names).map(named)
}

/// Reads a class by its name; help lists the names.
fn class_parser() -> impl TypedValueParser<Value = Class> {
    let named = |name: String| Class::named(&name).expect("no other name is taken");
    PossibleValuesParser::new(Class::ALL.map(Class::name)).map(named)
}
