//! The user's word before money is spent, or a command of another's is run.

use std::io::{BufRead, IsTerminal, Read};

use crate::cli::common::{Common, Failure};
use crate::cli::output;

/// The most bytes of an answer that are read.
const MOST_ANSWER: u64 = 1_000;

/// What the user is asked.
pub struct Question<'a> {
    /// What is to be expected.
    pub words: &'a str,
    /// What is asked at a terminal, such as `Spend it?`.
    pub ask: &'a str,
    /// What a program is told that cannot answer there.
    pub otherwise: &'a str,
    /// What is said where the answer is no.
    pub refused: &'a str,
}

impl<'a> Question<'a> {
    /// Whether money may be spent.
    pub fn of_money(words: &'a str, otherwise: &'a str) -> Question<'a> {
        Question {
            words,
            ask: "Spend it?",
            otherwise,
            refused: "nothing was asked and nothing is spent",
        }
    }
}

/// Says what is to be expected, and asks for consent: `--yes`, or an answer at the terminal.
///
/// # Errors
/// A matter of usage: no consent.
pub fn agree(question: &Question, yes: bool, common: &Common) -> Result<(), Failure> {
    let Question {
        words,
        ask,
        otherwise,
        refused,
    } = question;
    if yes {
        common.say(words);
        return Ok(());
    }
    if !std::io::stdin().is_terminal() {
        return Err(Failure::usage(format!("{words}; {otherwise}")));
    }
    output::tell(format!("{words}. {ask} [y/N]"));
    let mut answer = String::new();
    // Whatever stands at the terminal, an answer is short.
    std::io::stdin()
        .lock()
        .take(MOST_ANSWER)
        .read_line(&mut answer)?;
    match answer.trim().to_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => Err(Failure::usage(refused)),
    }
}
