//! What is refused: each row of a table is a text, the bytes at fault, and words of the message.

mod any_text;
mod carets;
mod grammar;

use motherlode_formula::Formula;

fn refused(text: &str) -> motherlode_formula::FormulaError {
    match Formula::parse(text) {
        Ok(formula) => panic!("{text:?} reads as {formula}"),
        Err(error) => error,
    }
}
