//! The archive in memory: islands of behaviour niches and the running fields, folded from settled
//! attempts in the order of their numbers.
//!
//! A campaign for several blocks deals its islands to them: each island judges by the fitness of its
//! own block, and the running fields and the rejections to be shown are kept a block.

pub mod block_memory;
pub mod claims;
pub mod guidance;
pub mod island;
pub mod lineage;
pub mod niche;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use block_memory::BlockMemory;
pub use claims::Claims;
pub use guidance::Guidances;
pub use island::{Island, Sample};
pub use lineage::constants_tried;
pub use niche::Niche;

use crate::numerics::stream::Key;
use crate::record::attempt::{Attempt, Outcome};
use crate::record::block::{block_of, island_of};
use crate::record::candidate::{Candidate, Placement};

/// After this many attempts each island is offered the mined elite of the island before it that is
/// fittest under its own target.
const MIGRATION_INTERVAL: u64 = 50;

/// The archive: a pure fold of founders and settled attempts, so that rebuilding it from the
/// journal gives the live one.
#[derive(Clone, Debug, PartialEq)]
pub struct Archive {
    islands: Vec<Island>,
    /// One a block, in their order.
    memories: Vec<BlockMemory>,
    guidances: Guidances,
    cost_budget: u32,
}

impl Archive {
    /// An archive of `islands` islands, each founded by the same known activations and dealt in
    /// order to `blocks`, the targets by which the campaign selects.
    ///
    /// `cost_budget` is the campaign's: niches split cost by its thirds.
    pub fn founded(
        blocks: &[String],
        islands: u32,
        cost_budget: u32,
        founders: Vec<Candidate>,
    ) -> Archive {
        let island = |island| {
            let target = blocks.get(block_of(island, blocks.len()));
            Island::new(target.cloned().unwrap_or_default())
        };
        let mut archive = Archive {
            islands: (0..islands.max(1)).map(island).collect(),
            memories: vec![BlockMemory::default(); blocks.len().max(1)],
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

    /// The island of an attempt that is asked for.
    pub fn island_of(&self, attempt: u64) -> u32 {
        island_of(attempt, self.islands.len() as u32)
    }

    /// By whose fitness an island judges.
    pub fn target_of(&self, island: u32) -> &str {
        self.islands[self.place_of(island)].target()
    }

    /// What is remembered for the block of an island.
    pub fn memory_of(&self, island: u32) -> &BlockMemory {
        &self.memories[block_of(island, self.memories.len())]
    }

    /// What `place` would answer for this candidate now.
    pub fn judge(&self, candidate: &Candidate) -> Placement {
        self.islands[self.place_of(candidate.island)].judge(self.niche_of(candidate), candidate)
    }

    /// Takes in a settled attempt. Attempts must come in the order of their numbers, each once.
    pub fn fold(&mut self, attempt: &Attempt) {
        self.guidances.fold(attempt);
        let block = block_of(attempt.island, self.memories.len());
        self.memories[block].fold(attempt);
        if let (Outcome::Placed(_), Some(candidate)) = (&attempt.outcome, attempt.candidate()) {
            let niche = self.niche_of(&candidate);
            let island = self.place_of(candidate.island);
            self.islands[island].place(niche, Arc::new(candidate));
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

    /// The guidances that models wrote for this search's prompts.
    pub fn guidances(&self) -> &Guidances {
        &self.guidances
    }

    /// The niche in which a candidate stands or would stand.
    pub fn niche_of(&self, candidate: &Candidate) -> Niche {
        Niche::of(&candidate.measures, self.cost_budget)
    }

    /// The place of an island; a record of fewer islands than it names is foreign.
    fn place_of(&self, island: u32) -> usize {
        island as usize % self.islands.len()
    }

    fn migrate(&mut self) {
        let count = self.islands.len();
        let migrant = |from: usize| {
            let target = self.islands[(from + 1) % count].target();
            self.islands[from].best_mined(target).cloned()
        };
        let migrants: Vec<Option<Arc<Candidate>>> = (0..count).map(migrant).collect();
        for (from, migrant) in migrants.into_iter().enumerate() {
            if let Some(migrant) = migrant {
                let niche = self.niche_of(&migrant);
                self.islands[(from + 1) % count].place(niche, migrant);
            }
        }
    }
}

/// The candidates among settled attempts, fittest first, each under the target by which it was
/// selected, the earlier of equals first.
pub fn ranking(attempts: &[Attempt]) -> Vec<Candidate> {
    let mut candidates: Vec<Candidate> = attempts.iter().filter_map(Attempt::candidate).collect();
    candidates.sort_by(|a, b| {
        b.fitness()
            .total_cmp(&a.fitness())
            .then(a.attempt.cmp(&b.attempt))
    });
    candidates
}

/// Candidates by their fitness under `target`, whatever island they were made for, fittest first,
/// the earlier of equals first.
pub fn ranked_under<'a>(candidates: &'a [Candidate], target: &str) -> Vec<&'a Candidate> {
    let mut ranked: Vec<&Candidate> = candidates.iter().collect();
    ranked.sort_by(|a, b| {
        b.fitness_under(target)
            .total_cmp(&a.fitness_under(target))
            .then(a.attempt.cmp(&b.attempt))
    });
    ranked
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
