//! What may be wrong with settings, campaign files and labs, and what to do about it.

use super::models::ModelError;
use crate::journal::JournalError;
use crate::lab::LabError;

/// Why a campaign file, a lab or a plan cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file cannot be read as text.
    #[error("cannot read {path}: {reason}")]
    Unreadable {
        /// The file.
        path: String,
        /// What the operating system says.
        reason: String,
    },
    /// There is no campaign file at a path that may be meant as the name of a campaign.
    #[error(
        "there is no campaign file {name}; motherlode init writes one, and motherlode mine \
         --resume {name} goes on with a campaign of the archive"
    )]
    NoCampaignFile {
        /// The path, which is fit for the name of a campaign.
        name: String,
    },
    /// A campaign file is not understood.
    #[error("{path} is not a campaign file: {reason}")]
    NotACampaign {
        /// The file.
        path: String,
        /// What is not understood, and where.
        reason: String,
    },
    /// A lab is unknown or unsound, or has no such target.
    #[error("{0}")]
    Lab(#[from] LabError),
    /// A file of a lab's tasks is not what it was when the campaign was started.
    #[error(
        "{path} is not the file that the campaign was started with: its contents have changed; \
         put the old one back, or start a new campaign"
    )]
    ChangedFile {
        /// The file.
        path: String,
    },
    /// A benchmark cannot be the target.
    #[error("{0}")]
    Benchmark(String),
    /// A setting is out of its bounds, or contradicts another.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// A campaign's name is none.
    #[error(transparent)]
    Name(JournalError),
    /// The path of the replies is none.
    #[error(transparent)]
    Replies(std::io::Error),
}

impl ConfigError {
    /// Whether the user wanted what cannot be, and not something of the machine failed.
    pub fn is_usage(&self) -> bool {
        !matches!(self, ConfigError::Replies(_))
    }
}

/// What is wrong with a setting, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum SettingError {
    /// A setting of benchmarks, where a lab selects.
    #[error(
        "{option} is for benchmarks as targets, and target {target} is of a lab: add --target \
         SET/MODEL such as fashion-mnist/cnn, or leave {option} out"
    )]
    NoBenchmark {
        /// The option.
        option: &'static str,
        /// The target.
        target: String,
    },
    /// A lab, where a benchmark selects.
    #[error("--lab {lab} has no place beside --target {target}, which selects: leave one out")]
    LabBesideBenchmark {
        /// The lab.
        lab: String,
        /// The benchmark.
        target: String,
    },
    /// A whole number is below its least value.
    #[error("{key} must be at least {least}")]
    TooSmall {
        /// The setting's key.
        key: &'static str,
        /// Its least value.
        least: u64,
    },
    /// A whole number is above its largest value.
    #[error("{key} must be at most {most}, found {found}")]
    TooLarge {
        /// The setting's key.
        key: &'static str,
        /// Its largest value.
        most: u64,
        /// The value that was found.
        found: u64,
    },
    /// There are fewer islands than profiles, each of which is to have one.
    #[error(
        "the target all keeps an island for each of the {profiles} profiles of the lab ({names}), \
         and islands is {found}: leave it out, give {profiles} or more, or name one profile by \
         --target"
    )]
    FewIslands {
        /// The islands that were found.
        found: u32,
        /// The number of the lab's profiles.
        profiles: usize,
        /// Their names.
        names: String,
    },
    /// The attempt deadline is out of its bounds.
    #[error("attempt_deadline must be a number of seconds above 0 and at most {most}")]
    AttemptDeadline {
        /// The longest deadline in seconds.
        most: f64,
    },
    /// The proposal deadline is out of its bounds.
    #[error("proposal_deadline must be above 0 and at most 24h")]
    ProposalDeadline,
    /// A reply cannot be asked for so many formulas.
    #[error("formulas_per_call must be between 1 and {most}, found {found}")]
    Formulas {
        /// The largest value.
        most: u32,
        /// The value that was found.
        found: u32,
    },
    /// The user's guidance is too long.
    #[error("guidance must be at most {most} bytes long")]
    Guidance {
        /// The longest guidance in bytes.
        most: usize,
    },
    /// A budget is no amount of money.
    #[error("a budget is a number of dollars from 0 on, found {found}")]
    Budget {
        /// The value that was found.
        found: f64,
    },
    /// A text is no duration.
    #[error("'{text}' is not a duration; write a number and a unit, such as 90s, 30m or 2h")]
    Duration {
        /// The text that was found.
        text: String,
    },
    /// No training thread is wanted.
    #[error("--workers must be at least 1")]
    NoWorkers,
    /// Too many training threads are wanted.
    #[error("--workers must be at most {most}, found {found}")]
    TooManyWorkers {
        /// The largest value.
        most: usize,
        /// The value that was found.
        found: usize,
    },
    /// A model is not one that can be asked.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// A model is named twice.
    #[error("{address} is named twice; give it a weight instead")]
    SameModel {
        /// The model's address.
        address: String,
    },
    /// Models are named beside a proposer that asks none.
    #[error("the {proposer} proposer asks no model; leave --model out, or give --proposer llm")]
    ModelNotAsked {
        /// The proposer's name.
        proposer: String,
    },
    /// The recorded proposer has nothing to read.
    #[error(
        "the recorded proposer needs a file, such as --proposer recorded:export/CAMPAIGN.jsonl"
    )]
    NoRecording,
    /// A proposer's name is none.
    #[error("there is no proposer '{name}'; choose genetic, llm, scripted or recorded:FILE")]
    UnknownProposer {
        /// The name that was found.
        name: String,
    },
    /// An option does nothing with the proposer.
    #[error(
        "{option} does nothing with the {proposer} proposer; name a model by --model, or leave it \
         out"
    )]
    Idle {
        /// The option or key.
        option: &'static str,
        /// The proposer's name.
        proposer: String,
    },
    /// An option would change what a campaign of the archive has settled.
    #[error(
        "{option} cannot be given with {beside}: a campaign keeps the settings it was started with"
    )]
    Settled {
        /// The option.
        option: &'static str,
        /// The option that names the campaign: `--resume` or `--campaign`.
        beside: &'static str,
    },
    /// A campaign has made more attempts than are wanted.
    #[error(
        "campaign {campaign} has made {made} attempts already; --attempts {wanted} must be at \
         least that"
    )]
    AlreadyMade {
        /// The campaign's name.
        campaign: String,
        /// The attempts that it has made.
        made: u64,
        /// The attempts that are wanted.
        wanted: u64,
    },
    /// A budget is given to a campaign that asks no model.
    #[error("campaign {campaign} asks no model, so that it has no budget")]
    NoBudget {
        /// The campaign's name.
        campaign: String,
    },
    /// An option about models is given to a campaign that asks none.
    #[error("campaign {campaign} asks no model, so that {option} does nothing; leave it out")]
    AsksNoModel {
        /// The campaign's name.
        campaign: String,
        /// The option.
        option: &'static str,
    },
    /// A campaign that goes on is given a model that it does not ask.
    #[error(
        "--model {found} is none of the models of campaign {campaign}, {known}: a campaign keeps \
         its models; what may change is the address, price, key and limits of each, as in --model \
         '{example},max_tokens=2000'"
    )]
    OtherModel {
        /// The model that was found.
        found: String,
        /// The campaign's name.
        campaign: String,
        /// Its models.
        known: String,
        /// One of them.
        example: String,
    },
    /// The weight of a model of a campaign that goes on is given.
    #[error(
        "weight= of {address} cannot be given with --resume: which model an attempt asked follows \
         from the weights that the campaign was started with"
    )]
    Weight {
        /// The model's address.
        address: String,
    },
    /// The archive has a campaign of the wanted name.
    #[error(
        "the archive has a campaign '{name}' already; go on with it by --resume {name}, or choose \
         another --name"
    )]
    NameTaken {
        /// The name.
        name: String,
    },
}
