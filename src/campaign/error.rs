//! What can go wrong in a campaign.

use crate::formula::FormulaError;
use crate::journal::JournalError;

/// Why a campaign could not go on; what was acknowledged is safe.
#[derive(Debug, thiserror::Error)]
pub enum CampaignError {
    /// The archive cannot be read or written.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// A recorded formula is none to this version's language.
    #[error(
        "the formula of attempt {attempt} is not read by this version ({error}); go on with the \
         version that started the campaign"
    )]
    ForeignFormula {
        /// The attempt that proposed it; 0 for a founder.
        attempt: u64,
        /// Why its text is no formula.
        error: FormulaError,
    },
}
