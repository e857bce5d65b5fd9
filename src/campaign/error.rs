//! What can go wrong in a campaign.

use crate::formula::FormulaError;
use crate::journal::JournalError;

/// Why a campaign could not go on; what was acknowledged is safe.
#[derive(Debug, thiserror::Error)]
pub enum CampaignError {
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error(
        "the formula of attempt {attempt} is not read by this version ({error}); go on with the \
         version that started the campaign"
    )]
    ForeignFormula { attempt: u64, error: FormulaError },
}
