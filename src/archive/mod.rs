//! The archive in memory: islands of behaviour niches and the running fields, folded from settled
//! attempts in the order of their numbers.

pub mod claims;
pub mod guidance;
pub mod island;
pub mod lineage;
pub mod niche;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

pub use claims::Claims;
pub use guidance::Guidances;
pub use island::{Island, Sample};
pub use lineage::constants_tried;
pub use niche::Niche;

use crate::numerics::stream::Key;
use crate::record::attempt::{Attempt, Outcome, Rejection};
use crate::record::candidate::{Candidate, Placement};

/// Recent rejections of formulas that are kept to be shown.
const REMEMBERED_REJECTIONS: usize = 8;
/// After this many attempts the best mined elite of each island is offered to the next island.
const MIGRATION_INTERVAL: u64 = 50;

/// The archive: a pure fold of founders and settled attempts, so that rebuilding it from the
/// journal gives the live one.
#[derive(Clone, Debug, PartialEq)]
pub struct Archive {
    islands: Vec<Island>,
    fields: BTreeMap<String, Vec<f64>>,
    rejections: VecDeque<(String, Rejection)>,
    guidances: Guidances,
    cost_budget: u32,
}

impl Archive {
    /// An archive of `islands` islands, each founded by the same known activations.
    ///
    /// `cost_budget` is the campaign's: niches split cost by its thirds.
    pub fn founded(islands: u32, cost_budget: u32, founders: Vec<Candidate>) -> Archive {
        let mut archive = Archive {
            islands: vec![Island::default(); islands.max(1) as usize],
            fields: BTreeMap::new(),
            rejections: VecDeque::new(),
            guidances: Guidances::default(),
            cost_budget,
        };
        for founder in founders.into_iter().map(Arc::new) {
            for island in &mut archive.islands {
                island.place(
                    Niche::of(&founder.measures, cost_budget),
                    Arc::clone(&founder),
                );
            }
        }
        archive
    }

    /// The island of an attempt.
    pub fn island_of(&self, attempt: u64) -> u32 {
        ((attempt.max(1) - 1) % self.islands.len() as u64) as u32
    }

    /// What `place` would answer for this candidate now.
    pub fn judge(&self, candidate: &Candidate) -> Placement {
        self.islands[self.index_of(candidate)].judge(self.niche_of(candidate), candidate)
    }

    /// Takes in a settled attempt. Attempts must come in the order of their numbers, each once.
    pub fn fold(&mut self, attempt: &Attempt) {
        self.guidances.fold(attempt);
        for rung in &attempt.rungs {
            self.fields
                .entry(rung.rung.clone())
                .or_default()
                .push(rung.fitness);
        }
        match &attempt.outcome {
            Outcome::Rejected(rejection) => {
                // A call that failed says nothing of formulas.
                if let Some(proposal) = &attempt.proposal {
                    self.rejections
                        .push_front((proposal.formula.clone(), rejection.clone()));
                    self.rejections.truncate(REMEMBERED_REJECTIONS);
                }
            }
            Outcome::Placed(_) => {
                if let Some(candidate) = attempt.candidate() {
                    let niche = self.niche_of(&candidate);
                    let island = self.index_of(&candidate);
                    self.islands[island].place(niche, Arc::new(candidate));
                }
            }
        }
        if attempt.attempt.is_multiple_of(MIGRATION_INTERVAL) {
            self.migrate();
        }
    }

    /// Parents and inspirations for an attempt, drawn from its island by `key`. Never without a
    /// parent in a founded archive.
    pub fn sample(&self, attempt: u64, key: &Key) -> Sample {
        self.islands[self.island_of(attempt) as usize].sample(&mut key.word("parents").stream())
    }

    /// The fitness that a rung asks for: the least of the best `keep` of the latest `field`
    /// fitnesses there; `None` below `least_field` of them.
    pub fn threshold(
        &self,
        rung: &str,
        keep: f64,
        field: usize,
        least_field: usize,
    ) -> Option<f64> {
        let all = self.fields.get(rung)?;
        let mut latest: Vec<f64> = all[all.len().saturating_sub(field)..].to_vec();
        if latest.len() < least_field.max(1) {
            return None;
        }
        latest.sort_by(|a, b| b.total_cmp(a));
        let kept = ((latest.len() as f64 * keep).ceil() as usize).clamp(1, latest.len());
        Some(latest[kept - 1])
    }

    /// The latest rejections of formulas with their text, newest first.
    pub fn rejections(&self) -> impl Iterator<Item = &(String, Rejection)> {
        self.rejections.iter()
    }

    /// The guidances that models wrote for this search's prompts.
    pub fn guidances(&self) -> &Guidances {
        &self.guidances
    }

    /// The niche in which a candidate stands or would stand.
    pub fn niche_of(&self, candidate: &Candidate) -> Niche {
        Niche::of(&candidate.measures, self.cost_budget)
    }

    /// The place of a candidate's island; a record of fewer islands than it names is foreign.
    fn index_of(&self, candidate: &Candidate) -> usize {
        candidate.island as usize % self.islands.len()
    }

    fn migrate(&mut self) {
        let best: Vec<Option<Arc<Candidate>>> = self
            .islands
            .iter()
            .map(|island| island.best_mined().cloned())
            .collect();
        let count = self.islands.len();
        for (from, migrant) in best.into_iter().enumerate() {
            if let Some(migrant) = migrant {
                let niche = self.niche_of(&migrant);
                self.islands[(from + 1) % count].place(niche, migrant);
            }
        }
    }
}

/// The candidates among settled attempts, fittest first, the earlier of equals first.
pub fn ranking(attempts: &[Attempt]) -> Vec<Candidate> {
    let mut candidates: Vec<Candidate> = attempts.iter().filter_map(Attempt::candidate).collect();
    candidates.sort_by(|a, b| {
        b.fitness()
            .total_cmp(&a.fitness())
            .then(a.attempt.cmp(&b.attempt))
    });
    candidates
}

/// For each formula that has this nickname, or an id that begins so, the first attempt that made it
/// a candidate, else its first attempt.
pub fn named<'a>(attempts: &'a [Attempt], name: &str) -> Vec<&'a Attempt> {
    let mut found: BTreeMap<&str, &Attempt> = BTreeMap::new();
    for attempt in attempts {
        let formula = attempt.formula.as_ref();
        let Some(formula) = formula.filter(|formula| formula.is_named(name)) else {
            continue;
        };
        let first = found.entry(&formula.id).or_insert(attempt);
        if first.evaluation.is_none() && attempt.evaluation.is_some() {
            *first = attempt;
        }
    }
    found.into_values().collect()
}
