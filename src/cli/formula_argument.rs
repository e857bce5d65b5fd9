//! A formula as the user gave it: its text, a published name, or an id or nickname.

use std::convert::Infallible;

use crate::cli::common::{shortened, Common, Failure};
use crate::formula::{Formula, FormulaError};
use crate::journal::Journal;
use crate::review::{read_formula, ReviewError};

/// The formula that an argument means, or what is wrong with its text as a formula. The archive is
/// opened only where the argument has the form of an id or a nickname.
///
/// # Errors
/// A name that nothing has or that several formulas have, and an archive that cannot be opened.
pub fn formula(text: &str, common: &Common) -> Result<Result<Formula, FormulaError>, Failure> {
    let open = || {
        let folder = common.archive_folder().map_err(|_| ReviewError::NoHome)?;
        Ok(Journal::open(&folder)?)
    };
    match read_formula(text, &open) {
        Ok(formula) => Ok(Ok(formula)),
        Err(ReviewError::NoFormula(error)) => Ok(Err(error)),
        Err(error) => Err(Failure::of_review(error)),
    }
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
        .map(|line| format!("\n{line}"))
        .collect();
    format!("{}: {error}{place}", shortened(text))
}
