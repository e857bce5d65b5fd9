//! A campaign beside the one that made its attempts again.

use crate::journal::Journal;
use crate::record::attempt::Attempt;
use crate::record::confirmation::Confirmation;
use crate::review::error::ReviewError;

/// What a campaign and its rerun have in common, and what not.
pub struct RerunComparison {
    /// The name of the campaign.
    pub campaign: String,
    /// The name of the one that ran it again.
    pub rerun: String,
    /// The number of attempts that the rerun made.
    pub attempts: usize,
    /// The attempts of the campaign that came out otherwise or were not made, and in what they
    /// differ first.
    pub differences: Vec<(u64, &'static str)>,
    /// Whether the champions came to the same on fresh tasks; also true where the two cannot be
    /// compared.
    pub same_champions: bool,
}

impl RerunComparison {
    /// Compares two campaigns of an archive, attempt by attempt.
    ///
    /// # Errors
    /// [`ReviewError::Journal`] where the archive cannot be read.
    pub fn of(
        journal: &Journal,
        campaign: &str,
        rerun: &str,
    ) -> Result<RerunComparison, ReviewError> {
        let made = journal.attempts(rerun)?;
        Ok(RerunComparison {
            campaign: campaign.to_owned(),
            rerun: rerun.to_owned(),
            attempts: made.len(),
            differences: differences(&journal.attempts(campaign)?, &made),
            same_champions: same_champions(
                &journal.confirmations(campaign)?,
                &journal.confirmations(rerun)?,
            ),
        })
    }

    /// Returns whether nothing differs.
    pub fn is_same(&self) -> bool {
        self.differences.is_empty() && self.same_champions
    }
}

/// Whether two campaigns were confirmed alike. One that was confirmed more than once, or not of all
/// its candidates, measured others beside its champions, and cannot be compared.
fn same_champions(confirmed: &[Confirmation], anew: &[Confirmation]) -> bool {
    let is_comparable = confirmed.len() == 1
        && confirmed
            .iter()
            .zip(anew)
            .all(|(old, new)| old.candidates == new.candidates);
    !is_comparable || confirmed == anew
}

/// The attempts that came out otherwise, each with the first step at which it did.
fn differences(recorded: &[Attempt], made: &[Attempt]) -> Vec<(u64, &'static str)> {
    let mut different = Vec::new();
    for (index, old) in recorded.iter().enumerate() {
        let Some(new) = made.get(index) else {
            different.push((old.attempt, "it was not made"));
            continue;
        };
        let steps = [
            (
                old.parents == new.parents
                    && old.inspirations == new.inspirations
                    && old.island == new.island,
                "what it was made from",
            ),
            (
                old.reply == new.reply
                    && old.sibling_of == new.sibling_of
                    && old.further == new.further,
                "its reply",
            ),
            (old.guidance == new.guidance, "its guidance"),
            (
                old.proposal == new.proposal && old.formula == new.formula,
                "its formula",
            ),
            (
                old.fingerprint == new.fingerprint && old.measures == new.measures,
                "its measures",
            ),
            (
                old.rungs == new.rungs && old.evaluation == new.evaluation,
                "its fitness",
            ),
            (old.outcome == new.outcome, "its outcome"),
        ];
        if let Some((_, what)) = steps.into_iter().find(|(same, _)| !same) {
            different.push((old.attempt, what));
        }
    }
    different
}
