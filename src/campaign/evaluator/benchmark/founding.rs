//! The founders of a campaign on a benchmark: known activations that pass its rungs.

use super::pairing::estimate;
use super::runner::{BenchmarkEvaluator, Unfinished};
use crate::campaign::founders::known_activations;
use crate::formula::Formula;
use crate::lab::screen;
use crate::numerics::stop::Stop;
use crate::record::candidate::{Candidate, FormulaRecord};
use crate::record::paired_run::PairedRun;
use crate::replay::run::Contestant;

/// The known activations of a campaign on a benchmark.
pub struct BenchmarkFounding {
    /// Those that were run with the whole recipe, the baselines first.
    pub founders: Vec<Candidate>,
    /// The names of those that a cheap rung dropped.
    pub dropped: Vec<String>,
}

/// A known activation on its way through the rungs.
struct Known {
    name: String,
    formula: Formula,
    is_baseline: bool,
}

impl BenchmarkEvaluator<'_> {
    /// Runs the known activations on the rungs by successive halving: each rung keeps its share of
    /// them, and the baselines always. `stepped` is told the steps that are done more.
    ///
    /// # Errors
    /// A stop, and a journal or a device that fails.
    pub fn found(
        &self,
        stop: &Stop,
        stepped: &(dyn Fn(u64) + Sync),
    ) -> Result<BenchmarkFounding, Unfinished> {
        let baselines = &self.judging.baselines;
        let mut field: Vec<Known> = known_activations(baselines)
            .into_iter()
            .map(|(name, formula)| Known {
                is_baseline: baselines.contains(&name),
                name,
                formula,
            })
            .collect();
        let mut dropped = Vec::new();
        for (index, stage) in self.stages.iter().enumerate() {
            let contestants: Vec<Contestant> = field
                .iter()
                .map(|known| {
                    Contestant::of_formula(known.formula.clone(), known.name.clone(), true)
                })
                .collect();
            let (ready, workers) = (&*stage.ready, self.place.workers);
            let runs = self.runs(ready, &contestants, &stage.seeds, workers, stop, stepped)?;
            let paired = runs.iter().map(|runs| stage.beside_reference(runs));
            let measured: Vec<(Known, Vec<PairedRun>)> = field.into_iter().zip(paired).collect();
            match self.target.rungs.get(index) {
                Some(rung) => {
                    let (kept, left) = self.halved(measured, rung.keep);
                    dropped.extend(left.into_iter().map(|known| known.name));
                    field = kept;
                }
                None => {
                    let founder = |(known, runs)| self.founder(known, runs);
                    let founders = measured.into_iter().filter_map(founder).collect();
                    return Ok(BenchmarkFounding { founders, dropped });
                }
            }
        }
        Ok(BenchmarkFounding {
            founders: Vec::new(),
            dropped,
        })
    }

    /// The share of a field that goes on, with the baselines, in its order; and the others.
    fn halved(
        &self,
        measured: Vec<(Known, Vec<PairedRun>)>,
        keep: f64,
    ) -> (Vec<Known>, Vec<Known>) {
        let fitness = |runs: &[PairedRun]| {
            let estimate = estimate(runs, self.target.fitness);
            estimate.map_or(f64::NEG_INFINITY, |estimate| estimate.fitness.value())
        };
        let mut ranked: Vec<f64> = measured.iter().map(|(_, runs)| fitness(runs)).collect();
        ranked.sort_by(|a, b| b.total_cmp(a));
        let kept = ((ranked.len() as f64 * keep).ceil() as usize).clamp(1, ranked.len());
        let threshold = ranked[kept - 1];
        let goes_on = |(known, runs): &(Known, Vec<PairedRun>)| {
            known.is_baseline || fitness(runs) >= threshold
        };
        let (kept, left): (Vec<_>, Vec<_>) = measured.into_iter().partition(goes_on);
        let known = |measured: Vec<(Known, Vec<PairedRun>)>| {
            measured.into_iter().map(|(known, _)| known).collect()
        };
        (known(kept), known(left))
    }

    /// A known activation that was run with the whole recipe.
    fn founder(&self, known: Known, runs: Vec<PairedRun>) -> Option<Candidate> {
        Some(Candidate {
            formula: FormulaRecord::from(&known.formula),
            attempt: 0,
            island: 0,
            parents: Vec::new(),
            name: Some(known.name),
            rationale: None,
            measures: screen(&known.formula).ok()?,
            evaluation: self.evaluation(runs)?,
        })
    }
}
