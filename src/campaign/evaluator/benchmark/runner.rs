//! The runs of a benchmark that a campaign needs, made or taken from the record.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use super::pairing::estimate;
use super::stage::Stage;
use crate::campaign::error::CampaignError;
use crate::campaign::evaluator::graded_benchmark::GradedBenchmark;
use crate::formula::Formula;
use crate::journal::Journal;
use crate::nets::Backend;
use crate::numerics::stop::{Halt, Stop};
use crate::numerics::stream::Key;
use crate::record::benchmark_run::BenchmarkRun;
use crate::record::evaluation::{Estimate, Evaluation};
use crate::record::judging::Judging;
use crate::record::paired_run::PairedRun;
use crate::record::target_benchmark::{FitnessMeasure, TargetBenchmark};
use crate::replay::fidelity::{Fidelity, MeasuredPart};
use crate::replay::ready_benchmark::{Assignment, BenchmarkRunError, ReadyBenchmark, RunWatch};
use crate::replay::run::{run, Contestant, Event, ReplayError, ReplayPlan};

/// Where benchmark runs are made and kept.
#[derive(Clone)]
pub struct BenchmarkPlace<'a> {
    /// Where runs are recorded.
    pub journal: &'a Journal,
    /// The folder of the archive, in which checkpoints lie.
    pub folder: &'a Path,
    /// Where networks are trained.
    pub backend: Backend,
    /// Bytes that all workers may take together.
    pub memory: Option<u64>,
    /// Runs at the same time.
    pub workers: usize,
}

/// A benchmark made ready for a campaign.
pub struct BenchmarkEvaluator<'a> {
    pub(super) target: TargetBenchmark,
    pub(super) judging: Judging,
    pub(super) place: BenchmarkPlace<'a>,
    pub(super) reference: Contestant,
    /// The cheap rungs, and the whole recipe last; all on the validation part.
    pub(super) stages: Vec<Stage>,
    /// The whole recipe on the test part.
    pub(super) whole: Box<dyn ReadyBenchmark>,
    /// The steps that were trained, and not taken from the record.
    made: AtomicU64,
}

/// Why benchmark runs did not all end.
pub enum Unfinished {
    /// They were stopped; those that ended are recorded.
    Halted(Halt),
    /// The campaign cannot go on.
    Failed(CampaignError),
}

impl<'a> BenchmarkEvaluator<'a> {
    /// Makes the rungs of a benchmark; nothing is run yet. `seed` is the campaign's.
    ///
    /// # Errors
    /// Why it cannot be run at one of its fidelities, and what to do.
    pub fn new(
        benchmark: &dyn GradedBenchmark,
        target: &TargetBenchmark,
        seed: u64,
        place: BenchmarkPlace<'a>,
    ) -> Result<BenchmarkEvaluator<'a>, String> {
        let judging = target.judging();
        let part = MeasuredPart::Validation;
        let seeds = |count: u32| {
            (0..count)
                .map(|index| selection_seed(seed, index))
                .collect()
        };
        let mut stages = Vec::new();
        for rung in &target.rungs {
            let fraction = rung.fraction;
            stages.push(Stage {
                name: rung.name.clone(),
                is_whole: false,
                ready: benchmark.at(Fidelity { fraction, part })?,
                seeds: seeds(rung.seeds),
                reference: Vec::new(),
            });
        }
        let fraction = 1.0;
        stages.push(Stage {
            name: "the whole recipe".to_owned(),
            is_whole: true,
            ready: benchmark.at(Fidelity { fraction, part })?,
            seeds: seeds(target.seeds),
            reference: Vec::new(),
        });
        let reference = Formula::parse(&judging.baselines[0]).map_err(|error| error.to_string())?;
        Ok(BenchmarkEvaluator {
            target: target.clone(),
            reference: Contestant::of_formula(reference, judging.baselines[0].clone(), true),
            judging,
            place,
            stages,
            whole: benchmark.at(Fidelity::WHOLE)?,
            made: AtomicU64::new(0),
        })
    }

    /// The number of its stages: the cheap rungs and the whole recipe.
    pub fn stages(&self) -> usize {
        self.stages.len()
    }

    /// Runs the reference on a stage, counted from 0, as every stage needs it before formulas are
    /// measured on it; `stepped` is told the steps that are done more. Returns the steps that were
    /// not on record.
    ///
    /// # Errors
    /// A reference that does not finish, which the program's or the recipe's own words explain; a
    /// stop, and a journal or a device that fails.
    pub fn measure_reference(
        &mut self,
        index: usize,
        stop: &Stop,
        stepped: &(dyn Fn(u64) + Sync),
    ) -> Result<u64, Unfinished> {
        let (stage, workers) = (&self.stages[index], self.place.workers);
        let (ready, contestants) = (&*stage.ready, std::slice::from_ref(&self.reference));
        let before = self.made.load(Ordering::Relaxed);
        let mut runs = self.runs(ready, contestants, &stage.seeds, workers, stop, stepped)?;
        let runs = runs.remove(0);
        for run in &runs {
            self.check_reference(stage, run)
                .map_err(Unfinished::Failed)?;
        }
        self.stages[index].reference = runs;
        Ok(self.made.load(Ordering::Relaxed) - before)
    }

    /// Trains the reference on the cheapest rung once more, to no end but to know how long that
    /// takes; returns its steps.
    ///
    /// # Errors
    /// As [`BenchmarkEvaluator::measure_reference`].
    pub fn rehearse(&self, stop: &Stop) -> Result<u64, Unfinished> {
        let stage = &self.stages[0];
        let assignment = Assignment {
            activation: &self.reference.entrant.activation,
            trained: &self.reference.trained,
            seed: stage.seeds.first().copied().unwrap_or(1),
            backend: &self.place.backend,
            checkpoint: None,
            memory: self.place.memory,
        };
        let watch = RunWatch {
            stepped: &|_| (),
            advanced: &|_| (),
            stop,
        };
        let ran = stage.ready.run(&assignment, &watch);
        ran.map(|_| stage.ready.steps())
            .map_err(|error| match error {
                BenchmarkRunError::Interrupted => {
                    Unfinished::Halted(stop.reason().unwrap_or(Halt::Stopped))
                }
                other => Unfinished::Failed(CampaignError::Benchmark(Box::new(
                    ReplayError::BenchmarkRun(Box::new(other)),
                ))),
            })
    }

    /// That the reference has finished, with the loss that the fitness is made of.
    fn check_reference(&self, stage: &Stage, run: &BenchmarkRun) -> Result<(), CampaignError> {
        let benchmark = run.benchmark.benchmark.clone();
        if run.end.value().is_none() {
            return Err(CampaignError::ReferenceFailed {
                benchmark,
                reference: self.judging.baselines[0].clone(),
                rung: stage.extent(),
                seed: run.seed,
                end: run.end.to_string(),
            });
        }
        let loss = run.curve.last().and_then(|last| last.validation_loss);
        match (self.target.fitness, loss) {
            (FitnessMeasure::Loss, None) => Err(CampaignError::NoLoss { benchmark }),
            _ => Ok(()),
        }
    }

    /// The runs of contestants under these seeds, each contestant's in the order of the seeds.
    pub(super) fn runs(
        &self,
        ready: &dyn ReadyBenchmark,
        contestants: &[Contestant],
        seeds: &[u64],
        workers: usize,
        stop: &Stop,
        stepped: &(dyn Fn(u64) + Sync),
    ) -> Result<Vec<Vec<BenchmarkRun>>, Unfinished> {
        let share = |memory: u64| memory / self.place.workers.max(1) as u64 * workers as u64;
        let plan = ReplayPlan {
            benchmark: ready,
            contestants,
            seeds,
            workers,
            backend: self.place.backend.clone(),
            folder: self.place.folder,
            memory: self.place.memory.map(share),
        };
        let event = |event: Event| match event {
            Event::Known => stepped(ready.steps()),
            Event::Stepped(steps) => {
                self.made.fetch_add(steps, Ordering::Relaxed);
                stepped(steps);
            }
            Event::Epoch { .. } | Event::Ended(_) => {}
        };
        let mut runs =
            run(&plan, self.place.journal, &event, stop).map_err(|error| match error {
                ReplayError::Interrupted => {
                    Unfinished::Halted(stop.reason().unwrap_or(Halt::Stopped))
                }
                ReplayError::Journal(error) => Unfinished::Failed(error.into()),
                ReplayError::NoThread(error) => Unfinished::Failed(error.into()),
                other => Unfinished::Failed(CampaignError::Benchmark(Box::new(other))),
            })?;
        runs.sort_by_key(|run| seeds.iter().position(|seed| *seed == run.seed));
        let own = |contestant: &Contestant| {
            let id = contestant.entrant.activation.id();
            let own = runs.iter().filter(|run| run.activation.id() == id);
            own.cloned().collect()
        };
        Ok(contestants.iter().map(own).collect())
    }

    /// What runs of the whole recipe come to, by both measures.
    pub(super) fn evaluation(&self, runs: Vec<PairedRun>) -> Option<Evaluation> {
        let profiles: BTreeMap<String, Estimate> = FitnessMeasure::ALL
            .into_iter()
            .filter_map(|measure| {
                let name = self.target.measure_name(measure);
                Some((name, estimate(&runs, measure)?))
            })
            .collect();
        Some(Evaluation {
            lab: self.target.record.benchmark.clone(),
            target: self.target.record.benchmark.clone(),
            estimate: estimate(&runs, self.target.fitness)?,
            profiles,
            train_loss: None,
            in_distribution_loss: None,
            out_of_distribution_loss: None,
            tasks: Vec::new(),
            trials: Vec::new(),
            runs,
        })
    }
}

/// A seed on which a campaign selects; replays count theirs from 1.
fn selection_seed(campaign: u64, index: u32) -> u64 {
    let key = Key::new(campaign).word("benchmark selection");
    // Short enough to be typed, and to be a number of JSON.
    key.number(u64::from(index)).stream().bits() >> 32
}
