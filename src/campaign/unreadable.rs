//! Replies without a formula, one after another: a model that writes prose would be paid for in
//! vain.

use super::end::StopReason;
use super::no_formula::no_formula;
use crate::proposer::{Pause, Proposer};
use crate::record::attempt::Rejection;

/// Replies in a row without a formula after which a campaign pauses, for each source that its
/// proposer asks.
pub const MOST_UNREADABLE: u32 = 5;

/// The replies of a run that hold no formula, in the order of their attempts.
#[derive(Default)]
pub(super) struct Unreadable {
    in_a_row: u32,
    /// The attempt at which they were too many, and in words what they were.
    too_many: Option<(u64, String)>,
}

impl Unreadable {
    /// Counts a reply with this text, and how it was rejected where it was. Replies that cost
    /// nothing are never too many.
    pub fn note(
        &mut self,
        attempt: u64,
        rejection: Option<&Rejection>,
        text: &str,
        proposer: &dyn Proposer,
    ) {
        let rejection = rejection.filter(|rejection| {
            matches!(
                rejection,
                Rejection::Unreadable { .. }
                    | Rejection::Truncated { .. }
                    | Rejection::Refused { .. }
            )
        });
        let Some(rejection) = rejection else {
            self.in_a_row = 0;
            return;
        };
        self.in_a_row += 1;
        let most = MOST_UNREADABLE.saturating_mul(proposer.sources().max(1));
        if self.in_a_row == most && !proposer.repeatable() {
            let words = format!(
                "{most} replies in a row hold no formula; of attempt {attempt}, {}",
                no_formula(rejection, text)
            );
            self.too_many.get_or_insert((attempt, words));
        }
    }

    /// Whether nothing more is to be asked for. It stays so for the run.
    pub fn is_too_much(&self) -> bool {
        self.too_many.is_some()
    }

    /// The pause, once the attempts up to the last of those replies are placed: so they are settled,
    /// and a resume goes on behind them.
    pub fn pause_after(&self, placed: u64, campaign: &str) -> Option<StopReason> {
        let (attempt, words) = self.too_many.as_ref()?;
        (placed >= *attempt).then(|| StopReason::Paused {
            pause: Pause::Unreadable,
            detail: format!(
                "{words}. To see all of it: motherlode prompt show --campaign {campaign} --attempt \
                 {attempt}"
            ),
        })
    }
}
