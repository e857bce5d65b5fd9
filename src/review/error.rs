//! What can go wrong in a review: what was wanted, what was found, what to do.

use crate::drawing::visible::on_a_line;
use crate::formula::FormulaError;
use crate::journal::JournalError;
use crate::lab::LabError;
use crate::record::ledger::Money;
use crate::replay::summary::SummaryError;

/// Characters of a user's text that an error repeats.
const REPEATED: usize = 60;

/// Why a review has no answer.
#[derive(Debug, thiserror::Error)]
pub enum ReviewError {
    /// The archive that a name stands for has no place on this machine.
    #[error(
        "there is no home folder to keep the archive in; name one with --archive DIR or \
         MOTHERLODE_ARCHIVE"
    )]
    NoHome,

    /// The archive holds no campaign at all.
    #[error("the archive has no campaign yet; start one with motherlode mine")]
    NoCampaign,

    /// No campaign has this name.
    #[error(
        "the archive has no campaign '{}'; the nearest name is '{nearest}', and motherlode archive \
         list shows all", one_line(name)
    )]
    UnknownCampaign {
        /// The name that was looked for.
        name: String,
        /// The name of a campaign that is most like it.
        nearest: String,
    },

    /// No record of the archive has this nickname or an id that begins so.
    #[error(
        "no formula of the archive is named '{}'{}; see motherlode archive top and motherlode \
         archive attempts",
        one_line(name),
        nearest_words(nearest)
    )]
    UnknownFormula {
        /// The name that was looked for.
        name: String,
        /// The name that is most like it; empty where there is none.
        nearest: String,
    },

    /// Several formulas have an id that begins so.
    #[error(
        "'{}' names {count} formulas: {}{}; give more of the id",
        one_line(name), ids.join(", "), if *count > ids.len() { " ..." } else { "" }
    )]
    AmbiguousFormula {
        /// The prefix that was looked for.
        name: String,
        /// How many formulas it names.
        count: usize,
        /// The first of their ids, each cut to 12 digits.
        ids: Vec<String>,
    },

    /// The text is no formula of the language.
    #[error(transparent)]
    NoFormula(FormulaError),

    /// A record holds a formula that this version of the language does not read.
    #[error("the archive's formula '{formula}' cannot be read by this version: {source}")]
    UnreadableFormula {
        /// The formula as it was recorded.
        formula: String,
        /// Why it cannot be read.
        source: FormulaError,
    },

    /// A campaign has made no candidate.
    #[error("campaign {campaign} has no candidate to replay: mine on, or give a --formula")]
    NoCandidate {
        /// The campaign's name.
        campaign: String,
    },

    /// The attempts of a campaign tell of other requests than its ledger.
    #[error(
        "the ledger of campaign {campaign} says {spent} for {requests} requests, its attempts say \
         {attempts_spent} for {attempts_requests}; please report it"
    )]
    LedgerDiffers {
        /// The campaign's name.
        campaign: String,
        /// What the ledger says was spent or is held.
        spent: Money,
        /// The requests that the ledger counts.
        requests: u64,
        /// The sum over the calls of the attempts.
        attempts_spent: Money,
        /// The requests among those calls.
        attempts_requests: u64,
    },

    /// The archive could not be opened or read.
    #[error(transparent)]
    Journal(#[from] JournalError),

    /// The lab that a campaign recorded cannot be read.
    #[error(transparent)]
    Lab(#[from] LabError),

    /// The benchmark runs of a replay make no summary.
    #[error(transparent)]
    Summary(#[from] SummaryError),
}

impl ReviewError {
    /// Whether nothing is broken: the user named something that is not there or is not enough.
    pub fn is_usage(&self) -> bool {
        match self {
            ReviewError::NoHome
            | ReviewError::NoCampaign
            | ReviewError::UnknownCampaign { .. }
            | ReviewError::UnknownFormula { .. }
            | ReviewError::AmbiguousFormula { .. }
            | ReviewError::NoFormula(_)
            | ReviewError::NoCandidate { .. } => true,
            ReviewError::Journal(error) => error.is_usage(),
            ReviewError::UnreadableFormula { .. }
            | ReviewError::LedgerDiffers { .. }
            | ReviewError::Lab(_)
            | ReviewError::Summary(_) => false,
        }
    }
}

/// A user's text on one line, cut short.
fn one_line(text: &str) -> String {
    let text: String = text.chars().take(REPEATED).collect();
    on_a_line(&text).into_owned()
}

fn nearest_words(nearest: &str) -> String {
    if nearest.is_empty() {
        String::new()
    } else {
        format!("; the nearest name is '{nearest}'")
    }
}
