//! The user's consent to what a campaign may cost, before the first paid call.

use std::io::{BufRead, IsTerminal, Read};

use crate::campaign::CostEstimate;
use crate::cli::common::{Common, Failure};
use crate::cli::output;
use crate::config::Plan;
use crate::record::ledger::{Balance, Budget, Hold};

/// The most bytes of an answer that are read.
const MOST_ANSWER: u64 = 1_000;

/// Says what is to be expected of a campaign that has made `made` attempts, and asks for consent
/// where money is to be spent: `--yes`, or an answer at the terminal.
///
/// # Errors
/// A matter of usage: no consent, or a budget without room for a single call.
pub fn consent(
    plan: &Plan,
    made: u64,
    balance: &Balance,
    yes: bool,
    common: &Common,
) -> Result<(), Failure> {
    let charter = &plan.charter;
    let estimate = CostEstimate::of(charter, &plan.lab, made).map_err(Failure::of_hiring)?;
    let (Some(asking), Some(estimate)) = (&charter.asking, estimate) else {
        return Ok(());
    };
    if !estimate.has_room(&asking.budget, balance) {
        return Err(no_room(&asking.budget, balance, &estimate.least));
    }
    if asking.is_free() {
        return Ok(());
    }
    let words = format!(
        "estimate: {} proposals are likely to cost about {} with little reasoning; a single \
         request may cost up to {}; never more than the budget of {}",
        estimate.proposals,
        estimate.likely,
        estimate.most,
        asking.budget.words()
    );
    if yes {
        common.say(words);
        return Ok(());
    }
    ask(&words)
}

/// A budget that has no room for a single call.
fn no_room(budget: &Budget, balance: &Balance, least: &Hold) -> Failure {
    let spent = if balance.spent.is_zero() {
        String::new()
    } else {
        format!(", of which {} is spent", balance.spent)
    };
    Failure::usage(format!(
        "the budget of {}{spent} has no room for one call, which may cost {} and use {} tokens; \
         raise it by --budget-usd or --budget-tokens, or lower max_tokens of the model",
        budget.words(),
        least.money,
        least.tokens
    ))
}

/// Asks at the terminal whether to spend.
fn ask(words: &str) -> Result<(), Failure> {
    if !std::io::stdin().is_terminal() {
        return Err(Failure::usage(format!("{words}; to spend it, add --yes")));
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
