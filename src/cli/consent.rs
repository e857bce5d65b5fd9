//! The user's word before money is spent.

use std::io::{BufRead, IsTerminal, Read};

use crate::cli::common::{Common, Failure};
use crate::cli::output;

/// The most bytes of an answer that are read.
const MOST_ANSWER: u64 = 1_000;

/// Says what is to be expected, and asks for consent: `--yes`, or an answer at the terminal;
/// `otherwise` is what a program is told that can give neither.
///
/// # Errors
/// A matter of usage: no consent.
pub fn agree(words: &str, otherwise: &str, yes: bool, common: &Common) -> Result<(), Failure> {
    if yes {
        common.say(words);
        return Ok(());
    }
    if !std::io::stdin().is_terminal() {
        return Err(Failure::usage(format!("{words}; {otherwise}")));
    }
    output::tell(format!("{words}. Spend it? [y/N]"));
    let mut answer = String::new();
    // Whatever stands at the terminal, an answer is short.
    std::io::stdin()
        .lock()
        .take(MOST_ANSWER)
        .read_line(&mut answer)?;
    match answer.trim().to_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => Err(Failure::usage("nothing was asked and nothing is spent")),
    }
}
