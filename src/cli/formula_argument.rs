//! A formula as the user gave it: its text, a name, or an id or nickname of the archive.

use std::convert::Infallible;

use crate::cli::archive::{find_formula, Found};
use crate::cli::common::{shortened, Common, Failure};
use crate::formula::{Formula, FormulaError};
use crate::journal::Journal;
use crate::lab::Lab;
use crate::record::candidate::FormulaRecord;
use crate::record::charter::Charter;

/// The formula, or what is wrong with it as a formula; a failure where the archive that its name
/// asks for does not have it.
pub fn formula(text: &str, common: &Common) -> Result<Result<Formula, FormulaError>, Failure> {
    Ok(match named_in_archive(text, common)? {
        Some(record) => Formula::parse(&record.formula),
        None => Formula::parse(text),
    })
}

/// A formula as it stands on the command line, without the blanks around it.
pub fn text(argument: &str) -> Result<String, Infallible> {
    Ok(argument.trim().to_owned())
}

/// The texts of a list with commas between them; a comma within parentheses parts nothing, so that
/// formulas with several arguments may stand in it.
pub fn list(argument: &str) -> Vec<String> {
    let mut depth = 0_usize;
    let parts = argument.split(|character| {
        match character {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        character == ',' && depth == 0
    });
    parts.map(|part| part.trim().to_owned()).collect()
}

/// Why a text is no formula: a line, and below it the place at fault.
pub fn refusal(text: &str, error: &FormulaError) -> String {
    if text.is_empty() {
        return error.to_string();
    }
    let place: String = error
        .caret(text)
        .lines()
        .map(|line| format!("\n  {line}"))
        .collect();
    format!("{}: {error}{place}", shortened(text))
}

/// How a command line names the lab of a campaign: a shipped one by its name; of another only the
/// text is kept, not the file.
pub fn lab_of(charter: &Charter) -> String {
    let is_shipped = Lab::shipped(&charter.lab).is_ok_and(|text| text == charter.lab_definition);
    if is_shipped {
        charter.lab.clone()
    } else {
        "LAB_FILE".to_owned()
    }
}

/// The archive's formula where `text` has the form of an id or a nickname; the archive is opened
/// only then.
fn named_in_archive(text: &str, common: &Common) -> Result<Option<FormulaRecord>, Failure> {
    if !FormulaRecord::looks_like_name(text) {
        return Ok(None);
    }
    let journal = Journal::open(&common.archive_folder()?).map_err(Failure::of_archive)?;
    Ok(match find_formula(&journal, text)? {
        Found::Attempted(found) => found.1.formula,
        Found::Replayed(formula) => Some(formula),
    })
}
