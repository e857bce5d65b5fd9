//! Where the money of a campaign went.

use crate::journal::{Journal, CHECKUPS};
use crate::record::charter::Charter;
use crate::record::ledger::spending::{CHECKED, UNDER_WAY};
use crate::record::ledger::{Account, Balance, Call, Spending};
use crate::review::error::ReviewError;

/// The money of a campaign: its balance, and the sums over its calls.
pub struct CampaignSpending {
    /// The campaign's settings, with its models and its budget.
    pub charter: Charter,
    /// What the ledger says was spent and is held.
    pub balance: Balance,
    /// The sums over the calls, as [`spending_of`] makes them.
    pub spending: Spending,
}

impl CampaignSpending {
    /// Sums up the spending of a campaign.
    ///
    /// # Errors
    /// [`ReviewError::LedgerDiffers`] where the sum over the calls is not the balance of the
    /// ledger, [`ReviewError::Journal`] where the archive cannot be read.
    pub fn of(journal: &Journal, charter: Charter) -> Result<CampaignSpending, ReviewError> {
        let spending = spending_of(journal, &charter.campaign)?;
        let balance = held_against(journal, &charter.campaign, &spending)?;
        Ok(CampaignSpending {
            charter,
            balance,
            spending,
        })
    }
}

/// The money of all check-ups of an archive: its balance, and the sums over the calls.
pub struct CheckupSpending {
    /// What the ledger says was spent and is held.
    pub balance: Balance,
    /// The sums over the calls.
    pub spending: Spending,
}

impl CheckupSpending {
    /// Sums up the spending of the check-ups.
    ///
    /// # Errors
    /// As [`CampaignSpending::of`].
    pub fn of(journal: &Journal) -> Result<CheckupSpending, ReviewError> {
        let mut spending = Spending::default();
        for (_, account) in journal.accounts(CHECKUPS)? {
            spending.add(&all_calls(&account), CHECKED);
        }
        let balance = held_against(journal, CHECKUPS, &spending)?;
        Ok(CheckupSpending { balance, spending })
    }
}

/// The balance of an account of the archive, which is to be what its calls sum up to.
fn held_against(
    journal: &Journal,
    account: &str,
    spending: &Spending,
) -> Result<Balance, ReviewError> {
    let balance = journal.balance(account)?;
    let accounts = journal.accounts(account)?;
    let cut_off: usize = accounts
        .iter()
        .map(|(_, account)| account.holds.len())
        .sum();
    let spent = balance.spent + balance.held;
    let requests = balance.requests + cut_off as u64;
    if (spending.total.spent, spending.total.requests) != (spent, requests) {
        return Err(ReviewError::LedgerDiffers {
            campaign: account.to_owned(),
            spent,
            requests,
            attempts_spent: spending.total.spent,
            attempts_requests: spending.total.requests,
        });
    }
    Ok(balance)
}

/// The calls of an account, and those that were cut off.
fn all_calls(account: &Account) -> Vec<Call> {
    let cut_off = account.holds.iter().map(Call::cut_off);
    account.calls.iter().cloned().chain(cut_off).collect()
}

/// Sums up the calls of a campaign: those of settled attempts, those of attempts under way, and
/// requests that were cut off between sending and answer, which count as all that was held for
/// them.
///
/// # Errors
/// [`ReviewError::Journal`] where the archive cannot be read.
pub fn spending_of(journal: &Journal, campaign: &str) -> Result<Spending, ReviewError> {
    let mut spending = Spending::default();
    for attempt in journal.attempts(campaign)? {
        spending.add(&attempt.calls, attempt.end_name());
    }
    for (_, account) in journal.accounts(campaign)? {
        spending.add(&all_calls(&account), UNDER_WAY);
    }
    Ok(spending)
}
