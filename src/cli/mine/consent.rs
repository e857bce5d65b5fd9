//! The user's consent to what a campaign may cost, before the first paid call.

use crate::campaign::CostEstimate;
use crate::cli::common::{Common, Failure};
use crate::cli::consent::agree;
use crate::config::Plan;
use crate::record::ledger::{Balance, Budget, Hold};

/// What a campaign may spend in a run.
#[derive(Debug, PartialEq, Eq)]
pub enum Consent {
    /// Up to its budget.
    Given,
    /// Nothing: why its budget has no room for a single call.
    NoRoom(String),
}

/// Says what is to be expected of a campaign that has made `made` attempts, and asks for consent
/// where money is to be spent: `--yes`, or an answer at the terminal.
///
/// # Errors
/// A matter of usage: no consent.
pub fn consent(
    plan: &Plan,
    made: u64,
    balance: &Balance,
    yes: bool,
    common: &Common,
) -> Result<Consent, Failure> {
    let charter = &plan.charter;
    let estimate = CostEstimate::of(charter, &plan.lab, made).map_err(Failure::of_hiring)?;
    let (Some(asking), Some(estimate)) = (&charter.asking, estimate) else {
        return Ok(Consent::Given);
    };
    if !estimate.has_room(&asking.budget, balance) {
        let words = no_room(&asking.budget, balance, &estimate.least);
        return Ok(Consent::NoRoom(words));
    }
    if asking.is_free() {
        return Ok(Consent::Given);
    }
    let words = format!(
        "estimate: {} proposals are likely to cost about {} with little reasoning; a single \
         request may cost up to {}; never more than the budget of {}",
        estimate.proposals,
        estimate.likely,
        estimate.most,
        asking.budget.words()
    );
    agree(&words, "to spend it, add --yes", yes, common)?;
    Ok(Consent::Given)
}

/// That a budget has no room for a single call.
fn no_room(budget: &Budget, balance: &Balance, least: &Hold) -> String {
    let spent = if balance.spent.is_zero() {
        String::new()
    } else {
        format!(", of which {} is spent", balance.spent)
    };
    format!(
        "the budget of {}{spent} has no room for one call, which may cost {} and use {} tokens",
        budget.words(),
        least.money,
        least.tokens
    )
}
