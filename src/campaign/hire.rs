//! To hire: the proposer that a charter names is made ready to be asked.

use std::path::Path;
use std::time::Duration;

use crate::journal::{Journal, JournalError};
use crate::proposer::llm::{Patience, SetupError};
use crate::proposer::recorded::RecordingError;
use crate::proposer::scripted::ScriptError;
use crate::proposer::{genetic, Genetic, Llm, Proposer, Recorded, Scripted};
use crate::record::charter::{Charter, REPLIES_OF_CAMPAIGN};
use crate::record::ledger::Call;

/// The longest time that a proposal may take.
const LONGEST_DEADLINE: Duration = Duration::from_secs(86_400);

/// Why no proposer can be made of a charter, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum HiringError {
    /// A model cannot be asked.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// The scripted replies cannot be read.
    #[error(transparent)]
    Script(#[from] ScriptError),
    /// The recorded replies cannot be read.
    #[error(transparent)]
    Recording(#[from] RecordingError),
    /// The scripted proposer has no replies.
    #[error("the scripted proposer needs --replies with a file or folder of replies")]
    NoReplies,
    /// The LLM proposer has no model.
    #[error(
        "the llm proposer needs a model, such as --model openai:NAME or --model \
         compatible:NAME@http://localhost:8080/v1,free"
    )]
    NoModel,
    /// The campaign keeps no prices of its models.
    #[error(
        "campaign {campaign} is from before prices were kept with a campaign; start a new one"
    )]
    NoPrices {
        /// The campaign's name.
        campaign: String,
    },
    /// The charter's proposer is none.
    #[error("there is no proposer '{name}'; choose genetic, llm, scripted or recorded:FILE")]
    UnknownProposer {
        /// The name that was found.
        name: String,
    },
    /// The archive could not be read.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

impl HiringError {
    /// Whether the user wanted what cannot be, and not the archive failed.
    pub fn is_usage(&self) -> bool {
        !matches!(self, HiringError::Journal(_))
    }
}

/// The proposer that a charter names, ready to be asked. Keys are looked up in the environment. A
/// journal is needed where replies are another campaign's; with one, models know what earlier calls
/// of the archive found them not to take.
///
/// # Errors
/// A [`HiringError`]: what the proposer lacks.
pub fn hire(
    charter: &Charter,
    journal: Option<&Journal>,
) -> Result<Box<dyn Proposer>, HiringError> {
    let replies = charter.replies.as_deref();
    match (charter.proposer.as_str(), replies) {
        ("genetic", _) => Ok(Box::new(Genetic::new(genetic::Settings::default()))),
        ("llm", _) => Ok(Box::new(ensemble(charter, journal, &environment)?)),
        ("scripted", Some(replies)) => Ok(Box::new(Scripted::open(Path::new(replies))?)),
        ("scripted", None) => Err(HiringError::NoReplies),
        ("recorded", Some(replies)) => {
            let recorded = match (replies.strip_prefix(REPLIES_OF_CAMPAIGN), journal) {
                (Some(name), Some(journal)) => {
                    Recorded::of(&journal.attempts(name)?, &format!("campaign {name}"))
                }
                _ => Recorded::open(Path::new(replies)),
            };
            Ok(Box::new(recorded?))
        }
        (other, _) => Err(HiringError::UnknownProposer {
            name: other.to_owned(),
        }),
    }
}

/// The value of an environment variable, where it has one that is text.
pub fn environment(variable: &str) -> Option<String> {
    std::env::var(variable).ok()
}

/// The models of a charter, their keys looked up by `variable`. With a journal they know what the
/// calls of its campaigns found them not to take.
///
/// # Errors
/// A [`HiringError`]: a charter without models or prices, a model without its key, or an archive
/// that cannot be read.
pub fn ensemble(
    charter: &Charter,
    journal: Option<&Journal>,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<Llm, HiringError> {
    let Some(asking) = &charter.asking else {
        return Err(match charter.models.is_empty() {
            true => HiringError::NoModel,
            false => HiringError::NoPrices {
                campaign: charter.campaign.clone(),
            },
        });
    };
    // A foreign archive may hold any number.
    let total = Duration::try_from_secs_f64(asking.deadline_seconds);
    let patience = Patience {
        total: total.unwrap_or(LONGEST_DEADLINE).min(LONGEST_DEADLINE),
        ..Patience::default()
    };
    let at_once = u32::try_from(charter.lag).unwrap_or(u32::MAX);
    let at_once = asking.requests.map_or(at_once, |most| most.min(at_once));
    let llm = Llm::new(asking, variable, patience, at_once)?;
    if let Some(journal) = journal {
        for other in journal.campaigns()? {
            let mut models = other.models.iter();
            if models.any(|model| charter.models.contains(model)) {
                let attempts = journal.attempts(&other.campaign)?;
                let calls: Vec<Call> = attempts
                    .into_iter()
                    .flat_map(|attempt| attempt.calls)
                    .collect();
                llm.recall(&calls);
            }
        }
    }
    Ok(llm)
}

/// As [`ensemble`], but that no key is looked up: for models whose requests are shown or estimated
/// and never sent.
///
/// # Errors
/// A [`HiringError`]: a charter without models or prices, or an archive that cannot be read.
pub fn keyless_ensemble(charter: &Charter, journal: Option<&Journal>) -> Result<Llm, HiringError> {
    ensemble(charter, journal, &|_| Some("not-looked-up".to_owned()))
}
