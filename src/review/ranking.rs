//! The best candidates of a campaign.

use crate::archive::ranking;
use crate::campaign::CampaignGround;
use crate::journal::Journal;
use crate::record::attempt::Attempt;
use crate::record::candidate::{Candidate, FormulaRecord};
use crate::record::charter::Charter;
use crate::record::confirmation::Confirmation;
use crate::review::error::ReviewError;
use crate::review::standings::Standings;

/// The fittest candidates of a campaign on the tasks that selected them, beside its baselines, with
/// what they came to on fresh tasks.
pub struct CampaignRanking {
    /// The campaign's settings.
    pub charter: Charter,
    /// The campaign's lab or benchmark.
    pub ground: CampaignGround,
    /// The lab's baselines as measured for the campaign; empty where it was cut off before that.
    pub baselines: Vec<Candidate>,
    /// The candidates, fittest on the selecting tasks first, the earlier of equals first.
    pub candidates: Vec<Candidate>,
    /// The standings of its latest confirmation; `None` where nothing was confirmed.
    pub standings: Option<Standings>,
}

impl CampaignRanking {
    /// Ranks the candidates of a campaign and keeps the first `count`.
    ///
    /// # Errors
    /// [`ReviewError::Journal`] where the archive cannot be read, [`ReviewError::Lab`] where this
    /// version does not read the campaign's lab.
    pub fn of(
        journal: &Journal,
        charter: Charter,
        count: usize,
    ) -> Result<CampaignRanking, ReviewError> {
        let mut candidates = ranking(&journal.attempts(&charter.campaign)?);
        candidates.truncate(count);
        let mut baselines = journal.founders(&charter.campaign)?.unwrap_or_default();
        let ground = CampaignGround::of(&charter)?;
        baselines.truncate(ground.ground().baselines(&baselines));
        Ok(CampaignRanking {
            standings: Standings::latest(journal, &charter)?,
            charter,
            ground,
            baselines,
            candidates,
        })
    }
}

/// Returns the `count` best candidates of a campaign by [`rank`].
///
/// # Errors
/// [`ReviewError::NoCandidate`] where the campaign has none, [`ReviewError::Journal`] where the
/// archive cannot be read.
pub fn best_candidates(
    journal: &Journal,
    charter: &Charter,
    count: usize,
) -> Result<Vec<FormulaRecord>, ReviewError> {
    let campaign = &charter.campaign;
    let mut ranked = rank(
        &journal.confirmations(campaign)?,
        &journal.attempts(campaign)?,
    );
    if ranked.is_empty() {
        return Err(ReviewError::NoCandidate {
            campaign: campaign.clone(),
        });
    }
    ranked.truncate(count);
    Ok(ranked)
}

/// Returns the candidates of a campaign, best first: those that were confirmed, by their best
/// fitness on fresh tasks; then the others, by their fitness on the tasks that selected them. Each
/// formula comes once; known activations are left out.
pub fn rank(confirmations: &[Confirmation], attempts: &[Attempt]) -> Vec<FormulaRecord> {
    let confirmed = confirmations
        .iter()
        .flat_map(Confirmation::contenders)
        .filter(|contender| contender.attempt > 0)
        .map(|contender| {
            let fitness = contender.fresh.estimate.fitness.value();
            (fitness, &contender.formula)
        });
    let selected = attempts.iter().filter_map(|attempt| {
        let evaluation = attempt.evaluation.as_ref()?;
        Some((
            evaluation.estimate.fitness.value(),
            attempt.formula.as_ref()?,
        ))
    });
    let mut ranked: Vec<FormulaRecord> = Vec::new();
    for mut list in [confirmed.collect::<Vec<_>>(), selected.collect()] {
        list.sort_by(|a, b| b.0.total_cmp(&a.0));
        for (_, formula) in list {
            if ranked.iter().all(|other| other.id != formula.id) {
                ranked.push(formula.clone());
            }
        }
    }
    ranked
}
