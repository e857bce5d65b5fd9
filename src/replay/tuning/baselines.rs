//! Baselines tuned on a benchmark at a cheap fidelity: every evaluation is a benchmark run that is
//! recorded, so a tuning that was stopped goes on, and what comes out is kept.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use super::keeping::{KeepingError, TuningFile};
use super::{tune, Freedom, Tried};
use crate::formula::Formula;
use crate::journal::Journal;
use crate::nets::Backend;
use crate::numerics::stop::Stop;
use crate::numerics::stream::Key;
use crate::record::benchmark_run::{BenchmarkRun, Direction};
use crate::record::candidate::FormulaRecord;
use crate::record::tuning::{TriedRecord, TuningRecord};
use crate::replay::fidelity::{Fidelity, MeasuredPart};
use crate::replay::ready_benchmark::ReadyBenchmark;
use crate::replay::run::{run, Contestant, Event, ReplayError, ReplayPlan};

/// Where baselines are tuned: a sixteenth of the recipe, on what is held out of the training part,
/// as candidates are first selected.
pub const FIDELITY: Fidelity = Fidelity {
    fraction: 1.0 / 16.0,
    part: MeasuredPart::Validation,
};

/// Which baselines are tuned, and where.
pub struct TuningPlan<'a> {
    /// The benchmark at the fidelity of the tuning, ready to run.
    pub benchmark: &'a dyn ReadyBenchmark,
    /// The baselines.
    pub baselines: &'a [Formula],
    /// The evaluations that each has, the first of the baseline as it is.
    pub evaluations: u32,
    /// Baselines that are tuned at the same time; the outcome is the same with any number.
    pub workers: usize,
    /// Where networks are trained.
    pub backend: Backend,
    /// The folder of the archive, in which checkpoints and tunings lie.
    pub folder: &'a Path,
    /// Bytes that all workers may take together.
    pub memory: Option<u64>,
}

/// Why baselines were not tuned to the end.
#[derive(Debug, thiserror::Error)]
pub enum TuningError {
    /// An evaluation was not made.
    #[error("{0}")]
    Replay(#[from] ReplayError),
    /// A tuning cannot be kept.
    #[error("{0}")]
    Keeping(#[from] KeepingError),
}

/// What happens on the way.
pub enum TuningEvent {
    /// A tuning was kept: it need not be made.
    Kept,
    /// An evaluation was recorded before.
    Known,
    /// So many steps are done more.
    Stepped(u64),
    /// An evaluation has ended.
    Evaluated {
        /// The place of its baseline.
        baseline: usize,
        /// Its number, from 1.
        evaluation: u32,
    },
}

/// The seed of every evaluation: none that a replay or a campaign takes.
pub fn tuning_seed() -> u64 {
    // 53 bits, which every reader of JSON takes.
    (Key::new(0).word("replay").word("tuning").stream().bits() >> 11) | (1 << 52)
}

/// Tunes each baseline's scale and shift of input and output on the benchmark, and gives the tunings
/// in the order of the baselines. What was recorded is not run again.
///
/// # Errors
/// An interruption, a journal that does not take a benchmark run, a device that fails, and a disk
/// that does not take a tuning.
pub fn tuned_baselines(
    plan: &TuningPlan,
    journal: &Journal,
    event: &(dyn Fn(TuningEvent) + Sync),
    stop: &Stop,
) -> Result<Vec<TuningRecord>, TuningError> {
    let (next, stop) = (AtomicUsize::new(0), stop.child());
    let tunings: Vec<Mutex<Option<TuningRecord>>> =
        plan.baselines.iter().map(|_| Mutex::default()).collect();
    let failure: Mutex<Option<TuningError>> = Mutex::default();
    let workers = plan.workers.clamp(1, plan.baselines.len().max(1));
    let work = || loop {
        let index = next.fetch_add(1, Ordering::Relaxed);
        let Some(slot) = tunings.get(index) else {
            return;
        };
        match tuned(plan, index, workers, journal, event, &stop) {
            Ok(tuning) => *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(tuning),
            Err(error) => {
                // Before the others, which say that they were stopped.
                let mut failure = failure.lock().unwrap_or_else(PoisonError::into_inner);
                failure.get_or_insert(error);
                stop.raise();
                return;
            }
        }
    };
    std::thread::scope(|scope| {
        let threads =
            (1..workers).filter_map(|_| std::thread::Builder::new().spawn_scoped(scope, work).ok());
        // One that is not to be had leaves its baselines to the others.
        let threads: Vec<_> = threads.collect();
        work();
        drop(threads);
    });
    if let Some(error) = failure.into_inner().unwrap_or_else(PoisonError::into_inner) {
        return Err(error);
    }
    let tunings = tunings.into_iter();
    Ok(tunings
        .filter_map(|slot| slot.into_inner().unwrap_or_else(PoisonError::into_inner))
        .collect())
}

/// The tuning of one baseline.
fn tuned(
    plan: &TuningPlan,
    index: usize,
    workers: usize,
    journal: &Journal,
    event: &(dyn Fn(TuningEvent) + Sync),
    stop: &Stop,
) -> Result<TuningRecord, TuningError> {
    let (formula, seed) = (&plan.baselines[index], tuning_seed());
    let benchmark = plan.benchmark.record();
    let file = TuningFile::of(plan.folder, &benchmark.key(), formula.id(), seed);
    if let Some(kept) = file.read().filter(|kept| kept.asked >= plan.evaluations) {
        event(TuningEvent::Kept);
        return Ok(kept.first(plan.evaluations));
    }
    let (mut evaluation, mut is_recorded) = (0, true);
    let tuned = tune(
        formula,
        Freedom::Scaling,
        plan.evaluations as usize,
        |formula| {
            let run = evaluated(plan, formula, workers, journal, event, stop)?;
            evaluation += 1;
            event(TuningEvent::Evaluated {
                baseline: index,
                evaluation,
            });
            is_recorded &= run.end.is_lasting();
            Ok::<_, ReplayError>(value(&run))
        },
    )?;
    let tuning = TuningRecord {
        benchmark: benchmark.clone(),
        seed,
        baseline: FormulaRecord::from(formula),
        asked: plan.evaluations,
        tried: tuned.tried.iter().map(tried).collect(),
    };
    // Where there is more memory or time it may come out otherwise.
    if is_recorded {
        file.write(&tuning)?;
    }
    Ok(tuning)
}

fn tried(tried: &Tried) -> TriedRecord {
    TriedRecord {
        formula: FormulaRecord::from(&tried.formula),
        value: tried.value,
    }
}

/// The benchmark run of one evaluation.
fn evaluated(
    plan: &TuningPlan,
    formula: &Formula,
    workers: usize,
    journal: &Journal,
    event: &(dyn Fn(TuningEvent) + Sync),
    stop: &Stop,
) -> Result<BenchmarkRun, ReplayError> {
    let contestant = Contestant::of_formula(formula.clone(), formula.nickname(), true);
    let run_plan = ReplayPlan {
        benchmark: plan.benchmark,
        contestants: &[contestant],
        seeds: &[tuning_seed()],
        workers: 1,
        backend: plan.backend.clone(),
        folder: plan.folder,
        memory: plan.memory.map(|memory| memory / workers as u64),
    };
    let told = |told: Event| match told {
        Event::Known => event(TuningEvent::Known),
        Event::Stepped(steps) => event(TuningEvent::Stepped(steps)),
        Event::Epoch { .. } | Event::Ended(_) => {}
    };
    let mut runs = run(&run_plan, journal, &told, stop)?;
    runs.pop().ok_or(ReplayError::Interrupted)
}

/// What a tuning makes low: the loss on the validation part after the last epoch, or where a
/// benchmark has none its value, turned where higher is better. `None` where the run did not finish.
pub fn value(run: &BenchmarkRun) -> Option<f64> {
    let value = run.end.value()?;
    let loss = run.curve.last().and_then(|last| last.validation_loss);
    Some(loss.unwrap_or(match run.benchmark.direction {
        Direction::Higher => -value,
        Direction::Lower => value,
    }))
}
