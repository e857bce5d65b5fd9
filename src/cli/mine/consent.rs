//! The user's consent to what a campaign may cost, before the first paid call.

use crate::campaign::{CostEstimate, SmallerLimit};
use crate::cli::common::{Common, Failure};
use crate::cli::consent::{agree, Question};
use crate::config::Plan;
use crate::journal::Journal;
use crate::record::ledger::{apart, Balance, Budget, Hold};

/// What a campaign may spend in a run.
#[derive(Debug, PartialEq, Eq)]
pub enum Consent {
    /// Up to its budget.
    Given,
    /// Nothing: why its budget has no room for a single call.
    NoRoom(String),
}

/// Says what is to be expected of a campaign that has made `made` attempts, and asks for consent
/// where money is to be spent: `--yes`, or an answer at the terminal. There is a journal where the
/// campaign is in it.
///
/// # Errors
/// A matter of usage: no consent.
pub fn consent(
    plan: &Plan,
    made: u64,
    balance: &Balance,
    journal: Option<&Journal>,
    yes: bool,
    common: &Common,
) -> Result<Consent, Failure> {
    let charter = &plan.charter;
    let estimate = CostEstimate::knowing(journal, charter, &plan.judging(), made);
    let estimate = estimate.map_err(Failure::of_hiring)?;
    let (Some(asking), Some(estimate)) = (&charter.asking, estimate) else {
        return Ok(Consent::Given);
    };
    if !estimate.has_room(&asking.budget, balance) {
        let words = no_room(&asking.budget, balance, &estimate.least);
        // A campaign of the archive says at its end what would make room.
        let smaller = match journal {
            Some(_) => None,
            None => SmallerLimit::of(charter, &plan.judging(), balance, None, None)
                .map_err(Failure::of_hiring)?,
        };
        let smaller = smaller.map(|smaller| format!("; {}", smaller.words(&asking.budget)));
        return Ok(Consent::NoRoom(words + &smaller.unwrap_or_default()));
    }
    if asking.is_free() {
        return Ok(Consent::Given);
    }
    let [likely, most] = apart([estimate.likely, estimate.most]);
    let words = format!(
        "estimate: {} proposals are likely to cost about {likely} with little reasoning; a single \
         request may cost up to {most}; never more than the budget of {}",
        estimate.proposals,
        asking.budget.words()
    );
    agree(
        &Question::of_money(&words, "to spend it, add --yes"),
        yes,
        common,
    )?;
    Ok(Consent::Given)
}

/// That a budget has no room for a single call.
fn no_room(budget: &Budget, balance: &Balance, least: &Hold) -> String {
    let spent = Budget {
        money: Some(balance.spent),
        tokens: None,
    };
    let wanted = Budget {
        money: Some(least.money),
        tokens: None,
    };
    let [budget, spent, wanted] = Budget::words_apart([budget, &spent, &wanted]);
    let spent = if balance.spent.is_zero() {
        String::new()
    } else {
        format!(", of which {spent} is spent")
    };
    format!(
        "the budget of {budget}{spent} has no room for one call, which may cost {wanted} and use \
         {} tokens",
        least.tokens
    )
}
