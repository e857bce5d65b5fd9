//! The best candidates of a campaign.

use crate::archive::{ranked_under, ranking};
use crate::campaign::CampaignGround;
use crate::journal::Journal;
use crate::record::attempt::Attempt;
use crate::record::candidate::{Candidate, FormulaRecord};
use crate::record::charter::Charter;
use crate::record::confirmation::Confirmation;
use crate::review::campaigns::blocks_of;
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
    /// A ranking for each target by which the campaign selects.
    pub blocks: Vec<BlockRanking>,
}

/// The fittest candidates of a campaign under one target.
pub struct BlockRanking {
    /// A profile's name, or the campaign's only target.
    pub target: String,
    /// The candidates, fittest on the selecting tasks first, the earlier of equals first.
    pub candidates: Vec<Candidate>,
    /// The standings under it in the campaign's latest confirmation; `None` where nothing was
    /// confirmed.
    pub standings: Option<Standings>,
}

impl CampaignRanking {
    /// Ranks the candidates of a campaign and keeps the first `count` under each target.
    ///
    /// # Errors
    /// [`ReviewError::Journal`] where the archive cannot be read, [`ReviewError::Lab`] where this
    /// version does not read the campaign's lab.
    pub fn of(
        journal: &Journal,
        charter: Charter,
        count: usize,
    ) -> Result<CampaignRanking, ReviewError> {
        let candidates = ranking(&journal.attempts(&charter.campaign)?);
        let mut standings = Standings::latest(journal, &charter)?;
        let block = |target: String| {
            let ranked = ranked_under(&candidates, &target).into_iter();
            let place = standings.iter().position(|block| block.target == target);
            BlockRanking {
                candidates: ranked.take(count).cloned().collect(),
                standings: place.map(|place| standings.swap_remove(place)),
                target,
            }
        };
        let blocks = blocks_of(&charter).into_iter().map(block).collect();
        let mut baselines = journal.founders(&charter.campaign)?.unwrap_or_default();
        let ground = CampaignGround::of(&charter)?;
        baselines.truncate(ground.ground().baselines(&baselines));
        Ok(CampaignRanking {
            charter,
            ground,
            baselines,
            blocks,
        })
    }
}

/// Returns the `count` best candidates of a campaign by [`rank`]. Of a campaign for several blocks
/// they are the best for `block`; where that is none of them, the best for each come in turn.
///
/// # Errors
/// [`ReviewError::NoCandidate`] where the campaign has none, [`ReviewError::Journal`] where the
/// archive cannot be read.
pub fn best_candidates(
    journal: &Journal,
    charter: &Charter,
    count: usize,
    block: Option<&str>,
) -> Result<Vec<FormulaRecord>, ReviewError> {
    let campaign = &charter.campaign;
    let (confirmations, attempts) = (
        journal.confirmations(campaign)?,
        journal.attempts(campaign)?,
    );
    let mut blocks = blocks_of(charter);
    if blocks.iter().any(|name| Some(name.as_str()) == block) {
        blocks.retain(|name| Some(name.as_str()) == block);
    }
    let rankings = blocks
        .iter()
        .map(|target| rank(&confirmations, &attempts, target));
    let mut ranked = in_turn(rankings.collect());
    if ranked.is_empty() {
        return Err(ReviewError::NoCandidate {
            campaign: campaign.clone(),
        });
    }
    ranked.truncate(count);
    Ok(ranked)
}

/// Returns the candidates of a campaign, best under `target` first: those that were confirmed under
/// it, by their best fitness on fresh tasks; then the others, by their fitness on the tasks that
/// selected. Each formula comes once; known activations are left out.
pub fn rank(
    confirmations: &[Confirmation],
    attempts: &[Attempt],
    target: &str,
) -> Vec<FormulaRecord> {
    let of_target: Vec<Confirmation> = confirmations
        .iter()
        .flat_map(|confirmation| confirmation.by_block(target))
        .filter_map(|(block, confirmation)| (block == target).then_some(confirmation))
        .collect();
    let confirmed = of_target
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
            evaluation.under(target).fitness.value(),
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

/// The first of each ranking, then the second of each, and so on; each formula once.
fn in_turn(rankings: Vec<Vec<FormulaRecord>>) -> Vec<FormulaRecord> {
    let longest = rankings.iter().map(Vec::len).max().unwrap_or(0);
    let turns = (0..longest).flat_map(|place| rankings.iter().filter_map(move |of| of.get(place)));
    let mut taken: Vec<FormulaRecord> = Vec::new();
    for formula in turns {
        if taken.iter().all(|other| other.id != formula.id) {
            taken.push(formula.clone());
        }
    }
    taken
}
