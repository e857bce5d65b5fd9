//! Formulas as users name them: a text, a known name, or an id or nickname of the archive.

use super::archive::find_formula;
use super::{Common, Failure};
use crate::candidate::FormulaRecord;
use crate::formula::{Formula, FormulaError};
use crate::journal::Journal;

/// The formula that `text` names. The archive is opened only where `text` has the form of an id or a nickname.
pub fn formula(text: &str, common: &Common) -> Result<Result<Formula, FormulaError>, Failure> {
    if !FormulaRecord::looks_like_name(text) {
        return Ok(Formula::parse(text));
    }
    let journal = Journal::open(&common.archive_folder()?).map_err(Failure::of_archive)?;
    Ok(match find_formula(&journal, text)?.1.formula {
        Some(record) => Formula::parse(&record.formula),
        None => Formula::parse(text),
    })
}
