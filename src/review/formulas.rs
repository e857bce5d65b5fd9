//! Formulas by the names that users give them, and where the archive has them from.

use std::collections::BTreeMap;

use crate::archive::named;
use crate::formula::library::{self, Published};
use crate::formula::nearest::nearest;
use crate::formula::Formula;
use crate::journal::Journal;
use crate::record::attempt::Attempt;
use crate::record::candidate::{Candidate, FormulaRecord};
use crate::record::charter::Charter;
use crate::review::error::ReviewError;
use crate::review::replays::replayed_formulas;

/// Ids that an error lists, and the digits of each.
const LISTED_IDS: usize = 5;
const LISTED_DIGITS: usize = 12;

/// A formula of the archive, and the record that it has it from.
pub enum ArchivedFormula {
    /// An attempt made it.
    Attempted {
        /// The campaign that made the attempt.
        charter: Box<Charter>,
        /// The first attempt of the campaign that made it a candidate, else the first that
        /// proposed it.
        attempt: Box<Attempt>,
    },
    /// A campaign measured it before its first attempt, as a published activation.
    Founder {
        /// The campaign that measured it.
        charter: Box<Charter>,
        /// What was measured.
        founder: Box<Candidate>,
    },
    /// A replay ran it; no campaign has it.
    Replayed(FormulaRecord),
}

impl ArchivedFormula {
    /// Returns the formula as it was recorded.
    pub fn record(&self) -> &FormulaRecord {
        match self {
            ArchivedFormula::Attempted { attempt, .. } => attempt
                .formula
                .as_ref()
                .expect("only attempts with a formula are found by its name"),
            ArchivedFormula::Founder { founder, .. } => &founder.formula,
            ArchivedFormula::Replayed(record) => record,
        }
    }
}

/// Returns the one formula of the archive that has this nickname or an id that begins so; `None`
/// where it has none. An empty name names nothing.
///
/// Campaigns are searched first, only the given one where `campaign` is not `None`; then, unless a
/// campaign is given, replays. Of several campaigns the latest counts; within a campaign an attempt
/// that became a candidate counts before a founder, and a founder before an attempt that did not.
///
/// # Errors
/// [`ReviewError::AmbiguousFormula`] where several formulas have it, [`ReviewError::Journal`] where
/// the archive cannot be read.
pub fn find_formula(
    journal: &Journal,
    name: &str,
    campaign: Option<&Charter>,
) -> Result<Option<ArchivedFormula>, ReviewError> {
    let campaigns = match campaign {
        Some(charter) => vec![charter.clone()],
        None => journal.campaigns()?,
    };
    let mut found: BTreeMap<String, ArchivedFormula> = BTreeMap::new();
    for charter in campaigns {
        found.extend(found_in(journal, &charter, name)?);
    }
    if found.is_empty() && campaign.is_none() {
        for record in replayed_formulas(journal)? {
            if record.is_named(name) {
                found.insert(record.id.clone(), ArchivedFormula::Replayed(record));
            }
        }
    }
    refuse_several(name, found.keys())?;
    Ok(found.into_values().next())
}

/// Reads a formula as a user gives it: a text of the language, a published name, or an id, the
/// beginning of an id or a nickname of the archive or of a published activation.
///
/// `open` opens the archive; it is called only where the text has the form of an id or a nickname,
/// or where it is no text of the language but may be the beginning of an id.
///
/// # Errors
/// [`ReviewError::NoFormula`] where the text is no formula, [`ReviewError::UnknownFormula`] where
/// it has the form of a name that nothing has, [`ReviewError::AmbiguousFormula`] where several
/// formulas have it, [`ReviewError::UnreadableFormula`] where this version does not read the
/// formula that has it, the error of `open`.
pub fn read_formula(
    text: &str,
    open: &dyn Fn() -> Result<Journal, ReviewError>,
) -> Result<Formula, ReviewError> {
    if FormulaRecord::looks_like_name(text) {
        let journal = match open() {
            Ok(journal) => journal,
            Err(error) => return published(text)?.ok_or(error).cloned(),
        };
        let record = named_formula(&journal, text)?;
        return parsed(&record.ok_or_else(|| unknown(&journal, text))?);
    }
    match Formula::parse(text) {
        Err(_) if is_hexadecimal(text) => {
            let journal = open().ok();
            let named = journal.map(|journal| named_formula(&journal, text));
            match named.transpose()?.flatten() {
                Some(record) => parsed(&record),
                None => Formula::parse(text).map_err(ReviewError::NoFormula),
            }
        }
        formula => formula.map_err(ReviewError::NoFormula),
    }
}

/// Returns what the text of a formula argument means, the archive's names before the language's.
///
/// # Errors
/// Those of [`read_formula`].
pub(super) fn meaning(journal: &Journal, text: &str) -> Result<FormulaRecord, ReviewError> {
    if let Some(record) = named_formula(journal, text)? {
        return Ok(record);
    }
    match Formula::parse(text) {
        Ok(formula) => Ok(FormulaRecord::from(&formula)),
        Err(_) if is_name(text) => Err(unknown(journal, text)),
        Err(error) => Err(ReviewError::NoFormula(error)),
    }
}

/// The formulas of one campaign that have the name, by id.
fn found_in(
    journal: &Journal,
    charter: &Charter,
    name: &str,
) -> Result<BTreeMap<String, ArchivedFormula>, ReviewError> {
    let mut found = BTreeMap::new();
    let founders = journal.founders(&charter.campaign)?.unwrap_or_default();
    for founder in founders {
        if founder.formula.is_named(name) {
            let id = founder.formula.id.clone();
            found.entry(id).or_insert(ArchivedFormula::Founder {
                charter: Box::new(charter.clone()),
                founder: Box::new(founder),
            });
        }
    }
    let attempts = journal.attempts(&charter.campaign)?;
    for attempt in named(&attempts, name) {
        let Some(formula) = &attempt.formula else {
            continue;
        };
        if attempt.evaluation.is_some() || !found.contains_key(&formula.id) {
            let attempted = ArchivedFormula::Attempted {
                charter: Box::new(charter.clone()),
                attempt: Box::new(attempt.clone()),
            };
            found.insert(formula.id.clone(), attempted);
        }
    }
    Ok(found)
}

/// The formula of the archive, or else the published activation, that has this nickname or id.
fn named_formula(journal: &Journal, name: &str) -> Result<Option<FormulaRecord>, ReviewError> {
    Ok(match find_formula(journal, name, None)? {
        Some(found) => Some(found.record().clone()),
        None => published(name)?.map(FormulaRecord::from),
    })
}

/// The formula of the published activation that has this nickname or an id that begins so.
fn published(name: &str) -> Result<Option<&'static Formula>, ReviewError> {
    if !is_name(name) {
        return Ok(None);
    }
    let found: BTreeMap<&str, &Formula> = library::all()
        .iter()
        .map(Published::formula)
        .filter(|formula| FormulaRecord::from(*formula).is_named(name))
        .map(|formula| (formula.id(), formula))
        .collect();
    refuse_several(name, found.keys())?;
    Ok(found.into_values().next())
}

fn refuse_several<'a, I>(name: &str, ids: I) -> Result<(), ReviewError>
where
    I: ExactSizeIterator,
    I::Item: std::fmt::Display + 'a,
{
    let count = ids.len();
    if count <= 1 {
        return Ok(());
    }
    let listed = ids.take(LISTED_IDS);
    Err(ReviewError::AmbiguousFormula {
        name: name.to_owned(),
        count,
        ids: listed.map(|id| format!("{id:.LISTED_DIGITS$}")).collect(),
    })
}

fn parsed(record: &FormulaRecord) -> Result<Formula, ReviewError> {
    Formula::parse(&record.formula).map_err(|source| ReviewError::UnreadableFormula {
        formula: record.formula.clone(),
        source,
    })
}

/// The error for a name that nothing has, with the nickname in the archive that is most like it.
fn unknown(journal: &Journal, name: &str) -> ReviewError {
    match nicknames(journal) {
        Ok(nicknames) => ReviewError::UnknownFormula {
            name: name.to_owned(),
            nearest: nearest(name, nicknames.iter().map(String::as_str)).to_owned(),
        },
        Err(error) => error,
    }
}

fn nicknames(journal: &Journal) -> Result<Vec<String>, ReviewError> {
    let mut nicknames = Vec::new();
    for charter in journal.campaigns()? {
        let founders = journal.founders(&charter.campaign)?.unwrap_or_default();
        let attempts = journal.attempts(&charter.campaign)?;
        nicknames.extend(founders.into_iter().map(|founder| founder.formula.nickname));
        nicknames.extend(
            attempts
                .into_iter()
                .filter_map(|attempt| Some(attempt.formula?.nickname)),
        );
    }
    let replayed = replayed_formulas(journal)?.into_iter();
    nicknames.extend(replayed.map(|formula| formula.nickname));
    Ok(nicknames)
}

/// Whether a text can only be an id, the beginning of one, or a nickname, where it is no formula.
fn is_name(text: &str) -> bool {
    let is_letter = |c: char| matches!(c, '0'..='9' | 'a'..='z' | '-');
    is_hexadecimal(text) || text.contains('-') && text.chars().all(is_letter)
}

fn is_hexadecimal(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f'))
}
