//! Formulas by the names that users give them, and where the archive has them from.

use std::collections::BTreeMap;

use crate::archive::named;
use crate::formula::library::{self, Published};
use crate::formula::nearest::nearest;
use crate::formula::{Formula, FormulaError};
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
    /// Returns the campaign that has it; `None` where a replay alone has it.
    pub fn campaign(&self) -> Option<&Charter> {
        match self {
            ArchivedFormula::Attempted { charter, .. }
            | ArchivedFormula::Founder { charter, .. } => Some(charter),
            ArchivedFormula::Replayed(_) => None,
        }
    }

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

/// Reads a formula as a user gives it: a text of the language, a published name in small letters or
/// capitals, or an id, the beginning of an id or a nickname of the archive or of a published
/// activation. A text that is a constant, such as `12`, and also the beginning of the id of one
/// formula alone, is that formula.
///
/// `open` opens the archive; it is called only where the text may be an id or a nickname. Where it
/// fails, published activations alone are looked up.
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
    let otherwise = match Reading::of(text)? {
        Reading::Text(formula) => return Ok(formula),
        Reading::Name { otherwise } => otherwise,
    };
    match open() {
        Ok(journal) => parsed(&named_or(&journal, text, otherwise)?),
        Err(error) => {
            let named = published(text).map(|found| found.cloned());
            first_of(named, otherwise, |parsed| {
                parsed.map_or(error, ReviewError::NoFormula)
            })
        }
    }
}

/// Returns what the text of a formula argument means in an archive that is open, as
/// [`read_formula`] does.
///
/// # Errors
/// Those of [`read_formula`], but for formulas that this version does not read.
pub(super) fn meaning(journal: &Journal, text: &str) -> Result<FormulaRecord, ReviewError> {
    match Reading::of(text)? {
        Reading::Text(formula) => Ok(FormulaRecord::from(&formula)),
        Reading::Name { otherwise } => named_or(journal, text, otherwise),
    }
}

/// What a text says by itself, before an archive is asked.
enum Reading {
    /// It is this formula and nothing else.
    Text(Formula),
    /// It may be the name of a formula. Where nothing has the name it is what the language makes of
    /// it, a constant or an error; `None` where it can be nothing but a name.
    Name {
        otherwise: Option<Result<Formula, FormulaError>>,
    },
}

impl Reading {
    /// # Errors
    /// [`ReviewError::NoFormula`] where it is neither.
    fn of(text: &str) -> Result<Reading, ReviewError> {
        if FormulaRecord::looks_like_name(text) {
            return Ok(Reading::Name { otherwise: None });
        }
        let parsed = match Formula::parse(text) {
            Err(error) => match library::named(&text.to_lowercase().replace(['-', ' '], "_")) {
                Some(published) => Ok(published.formula().clone()),
                None => Err(error),
            },
            parsed => parsed,
        };
        match parsed {
            Ok(formula) if !(is_name(text) && formula.is_constant()) => Ok(Reading::Text(formula)),
            Err(error) if !is_name(text) => Err(ReviewError::NoFormula(error)),
            otherwise => Ok(Reading::Name {
                otherwise: Some(otherwise),
            }),
        }
    }
}

/// The formula of the archive that has the name, else the constant that the same text is.
fn named_or(
    journal: &Journal,
    name: &str,
    otherwise: Option<Result<Formula, FormulaError>>,
) -> Result<FormulaRecord, ReviewError> {
    let otherwise = otherwise.map(|parsed| parsed.map(|constant| FormulaRecord::from(&constant)));
    first_of(named_formula(journal, name), otherwise, |_| {
        unknown(journal, name)
    })
}

/// What has the name, else the constant that the same text is, also where several have it; `lacking`
/// makes an error of what the language says of the text where there is neither.
fn first_of<T>(
    named: Result<Option<T>, ReviewError>,
    otherwise: Option<Result<T, FormulaError>>,
    lacking: impl FnOnce(Option<FormulaError>) -> ReviewError,
) -> Result<T, ReviewError> {
    match (named, otherwise) {
        (Ok(Some(found)), _) => Ok(found),
        (Ok(None) | Err(ReviewError::AmbiguousFormula { .. }), Some(Ok(constant))) => Ok(constant),
        (Ok(None), otherwise) => Err(lacking(otherwise.and_then(Result::err))),
        (Err(error), _) => Err(error),
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

/// The error for a name that nothing has, with the one that is most like it: a nickname of the
/// archive, or a published name where the text has not the form of a nickname.
fn unknown(journal: &Journal, name: &str) -> ReviewError {
    let published = match FormulaRecord::looks_like_name(name) {
        true => Vec::new(),
        false => library::names().collect(),
    };
    match nicknames(journal) {
        Ok(nicknames) => ReviewError::UnknownFormula {
            name: name.to_owned(),
            nearest: nearest(name, nicknames.iter().map(String::as_str).chain(published))
                .to_owned(),
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

/// Whether a text can be an id, the beginning of one, or a nickname.
fn is_name(text: &str) -> bool {
    let is_digit = |c: char| matches!(c, '0'..='9' | 'a'..='f');
    let is_letter = |c: char| matches!(c, '0'..='9' | 'a'..='z' | '-');
    let is_identity = !text.is_empty() && text.chars().all(is_digit);
    is_identity || text.contains('-') && text.chars().all(is_letter)
}
