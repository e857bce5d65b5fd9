//! Everything that an archive has recorded of one formula.

use crate::journal::Journal;
use crate::record::candidate::FormulaRecord;
use crate::record::charter::Charter;
use crate::replay::summary::Summary;
use crate::review::error::ReviewError;
use crate::review::formulas::{find_formula, meaning, ArchivedFormula};
use crate::review::replays::replays_of;
use crate::review::standings::Standings;

/// One formula, what a campaign made of it, and its replays.
pub struct FormulaHistory {
    /// The formula.
    pub formula: FormulaRecord,
    /// The record that the archive has it from; `None` where neither a campaign nor a replay has
    /// it, or where a campaign was named and that one does not have it.
    pub archived: Option<ArchivedFormula>,
    /// Where a campaign was named that does not have it: the name of the latest that has it; `None`
    /// where none has.
    pub elsewhere: Option<String>,
    /// The standings of the latest confirmation of that campaign in which the formula took part, of
    /// each block in which it did.
    pub standings: Vec<Standings>,
    /// Its replays, ordered by benchmark.
    pub replays: Vec<Summary>,
}

impl FormulaHistory {
    /// Collects what the archive has of the formula that `text` means: a nickname, an id or the
    /// beginning of one, a published name, or a text of the language. Where `campaign` is not
    /// `None`, only that campaign is asked for its record.
    ///
    /// # Errors
    /// [`ReviewError::UnknownFormula`] and [`ReviewError::NoFormula`] where the text means no
    /// formula, [`ReviewError::AmbiguousFormula`] where it means several, and
    /// [`ReviewError::Journal`] where the archive cannot be read.
    pub fn of(
        journal: &Journal,
        text: &str,
        campaign: Option<&Charter>,
    ) -> Result<FormulaHistory, ReviewError> {
        let archived = match find_formula(journal, text, campaign)? {
            Some(found) => Ok(found),
            None => {
                let formula = meaning(journal, text)?;
                find_formula(journal, &formula.id, campaign)?.ok_or(formula)
            }
        };
        let (formula, archived) = match archived {
            Ok(found) => (found.record().clone(), Some(found)),
            Err(formula) => (formula, None),
        };
        let elsewhere = match (&archived, campaign) {
            (None, Some(_)) => find_formula(journal, &formula.id, None)?,
            _ => None,
        };
        let standings = match archived.as_ref().and_then(ArchivedFormula::campaign) {
            Some(charter) => Standings::latest_with(journal, charter, &formula.id)?,
            None => Vec::new(),
        };
        Ok(FormulaHistory {
            replays: replays_of(journal, &formula.id)?,
            elsewhere: elsewhere
                .and_then(|found| found.campaign().map(|charter| charter.campaign.clone())),
            formula,
            archived,
            standings,
        })
    }
}
