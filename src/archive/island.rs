//! An island: a MAP-Elites grid that keeps the fittest candidate of each niche (Mouret and Clune
//! 2015, arXiv 1504.04909).

use std::collections::BTreeMap;
use std::sync::Arc;

use super::niche::Niche;
use crate::numerics::stream::Stream;
use crate::record::candidate::{Candidate, Placement};

const PARENTS: usize = 2;
const INSPIRATIONS: usize = 3;

/// What a proposer is to work from: parents first, then other elites, fittest first.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// Up to two elites, the first drawn first.
    pub parents: Vec<Arc<Candidate>>,
    /// Up to three of the other elites.
    pub inspirations: Vec<Arc<Candidate>>,
}

/// The elites of one island by niche.
#[derive(Clone, Debug, PartialEq)]
pub struct Island {
    /// Whose fitness decides.
    target: String,
    elites: BTreeMap<Niche, Arc<Candidate>>,
}

impl Island {
    /// An island without elites, on which the fitness under `target` decides.
    pub fn new(target: String) -> Island {
        Island {
            target,
            elites: BTreeMap::new(),
        }
    }

    /// Whose fitness decides: a profile's name, or the target of the whole campaign.
    pub fn target(&self) -> &str {
        &self.target
    }

    /// What `place` would answer.
    pub fn judge(&self, niche: Niche, candidate: &Candidate) -> Placement {
        match self.elites.get(&niche) {
            None => Placement::NewNiche,
            Some(elite) if self.fitness(candidate) > self.fitness(elite) => Placement::Improved,
            Some(_) => Placement::NotBetter,
        }
    }

    /// Offers a candidate to its niche, which keeps the fitter of two and the earlier of equals.
    pub fn place(&mut self, niche: Niche, candidate: Arc<Candidate>) -> Placement {
        let placement = self.judge(niche, &candidate);
        if placement != Placement::NotBetter {
            self.elites.insert(niche, candidate);
        }
        placement
    }

    /// The elites in the order of their niches.
    pub fn elites(&self) -> impl Iterator<Item = &Arc<Candidate>> {
        self.elites.values()
    }

    /// The elite that is fittest under `target` and not a founder.
    pub fn best_mined(&self, target: &str) -> Option<&Arc<Candidate>> {
        self.elites()
            .filter(|elite| elite.attempt > 0)
            .max_by(|a, b| a.fitness_under(target).total_cmp(&b.fitness_under(target)))
    }

    /// Two parents where there are two, each drawn with a probability that falls exponentially with
    /// its rank (e-fold each quarter of the field), and the fittest others as inspirations.
    pub fn sample(&self, stream: &mut Stream) -> Sample {
        let mut ranked: Vec<&Arc<Candidate>> = self.elites().collect();
        ranked.sort_by(|a, b| self.fitness(b).total_cmp(&self.fitness(a)));
        let mut parents = Vec::new();
        while parents.len() < PARENTS && !ranked.is_empty() {
            let decay = (ranked.len() as f64 / 4.0).max(1.0);
            let weights: Vec<f64> = (0..ranked.len())
                .map(|rank| (-(rank as f64) / decay).exp())
                .collect();
            parents.push(Arc::clone(ranked.remove(stream.weighted(&weights))));
        }
        Sample {
            parents,
            inspirations: ranked.into_iter().take(INSPIRATIONS).cloned().collect(),
        }
    }

    fn fitness(&self, candidate: &Candidate) -> f64 {
        candidate.fitness_under(&self.target)
    }
}
