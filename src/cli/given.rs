//! A formula as the user gave it: its text, a name, or an id or nickname of the archive.

use super::archive::find_formula;
use super::{Common, Failure};
use crate::candidate::FormulaRecord;
use crate::formula::{Formula, FormulaError};
use crate::journal::Journal;

/// Characters of a text that a message shows.
const SHOWN: usize = 60;

/// The formula, or what is wrong with it as a formula; a failure where the archive that its name asks for does not have it.
pub fn formula(text: &str, common: &Common) -> Result<Result<Formula, FormulaError>, Failure> {
    Ok(match named_in_archive(text, common)? {
        Some(record) => Formula::parse(&record.formula),
        None => Formula::parse(text),
    })
}

/// The archive's formula where `text` has the form of an id or a nickname; the archive is opened only then.
fn named_in_archive(text: &str, common: &Common) -> Result<Option<FormulaRecord>, Failure> {
    if !FormulaRecord::looks_like_name(text) {
        return Ok(None);
    }
    let journal = Journal::open(&common.archive_folder()?).map_err(Failure::of_archive)?;
    Ok(find_formula(&journal, text)?.1.formula)
}

/// A text that may be hostile, fit for one line of a message.
pub fn shortened(text: &str) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(SHOWN).collect();
    if text.chars().count() > SHOWN {
        format!("{line}...")
    } else {
        line
    }
}
