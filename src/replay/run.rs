//! A replay: the benchmark runs of activations and seeds, on several workers, those already
//! recorded taken as they are.

use std::panic::{catch_unwind, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Mutex;
use std::thread::Builder;

use super::ready_benchmark::{Assignment, BenchmarkRunError, ReadyBenchmark, RunWatch};
use super::trainer::Trained;
use super::{checkpoint, summary::Entrant};
use crate::formula::Formula;
use crate::journal::{Journal, JournalError};
use crate::nets::Backend;
use crate::numerics::panics::words_of;
use crate::numerics::stop::{NoThread, Stop};
use crate::record::benchmark_run::{ActivationRecord, BenchmarkRun};
use crate::record::candidate::FormulaRecord;

/// What takes part in a replay.
#[derive(Clone)]
pub struct Contestant {
    /// The activation as the summary shows it.
    pub entrant: Entrant,
    /// The activation, compiled.
    pub trained: Trained,
}

impl Contestant {
    /// A formula under this name; candidates are compared with it where it is a baseline.
    pub fn of_formula(formula: Formula, name: String, baseline: bool) -> Contestant {
        Contestant {
            entrant: Entrant {
                activation: ActivationRecord::Formula(FormulaRecord::from(&formula)),
                name,
                baseline,
                tuned: None,
            },
            trained: Trained::Formula {
                activation: formula.activation(),
                formula: Box::new(formula),
            },
        }
    }
}

/// How a replay is run.
pub struct ReplayPlan<'a> {
    /// The benchmark, ready to run.
    pub benchmark: &'a dyn ReadyBenchmark,
    /// The activations, in the order of the summary.
    pub contestants: &'a [Contestant],
    /// The seeds, each run with every activation.
    pub seeds: &'a [u64],
    /// Benchmark runs at the same time, at most; fewer where memory is short.
    pub workers: usize,
    /// Where networks are trained.
    pub backend: Backend,
    /// The folder of the archive, in which checkpoints lie.
    pub folder: &'a Path,
    /// Bytes that all workers may take together.
    pub memory: Option<u64>,
}

/// What happens on the way.
pub enum Event<'a> {
    /// A benchmark run was recorded before.
    Known,
    /// So many steps are done more.
    Stepped(u64),
    /// An epoch of a benchmark run is done.
    Epoch {
        /// Its place among the contestants.
        contestant: usize,
        /// Its seed.
        seed: u64,
        /// The epochs done, from 1.
        epoch: u32,
    },
    /// A benchmark run has ended, and is on disk unless its end hangs on the machine.
    Ended(&'a BenchmarkRun),
}

/// Why a replay stopped.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The journal cannot be read or written.
    #[error("{0}")]
    Journal(#[from] JournalError),
    /// A benchmark run failed.
    #[error("{0}")]
    BenchmarkRun(Box<BenchmarkRunError>),
    /// There are not as many threads.
    #[error(transparent)]
    NoThread(#[from] NoThread),
    /// A thread of the replay has a fault.
    #[error(
        "the replay has stopped at a fault of the program: {detail}; what is done is kept, and the \
         same command goes on from there; please report it"
    )]
    Broken {
        /// What the thread said.
        detail: String,
    },
    /// Whoever watches wanted it; what is done is on disk.
    #[error("interrupted; what is done is kept, and the same command goes on from there")]
    Interrupted,
}

/// Runs every benchmark run that the journal lacks, seed by seed so that what is there at any
/// moment can be compared, and gives all of them. One whose end hangs on the machine is given but
/// not recorded, so that it is tried again. Where the benchmark is tried out, the first baseline
/// runs alone before all others.
///
/// # Errors
/// An interruption, a journal that does not take a benchmark run, and a device that fails.
pub fn run(
    plan: &ReplayPlan,
    journal: &Journal,
    event: &(dyn Fn(Event) + Sync),
    stop: &Stop,
) -> Result<Vec<BenchmarkRun>, ReplayError> {
    let (mut runs, mut wanted) = recorded(plan, journal, event)?;
    if let Some(first) = to_try_out(plan, &wanted, journal)? {
        let place = wanted.remove(first);
        let tried = || try_out(plan, place, journal, event, stop);
        runs.push(without_panic(tried)?);
    }
    let workers = fitting(
        plan,
        wanted
            .iter()
            .map(|(index, _)| &plan.contestants[*index].trained),
    )
    .clamp(1, wanted.len().max(1));
    let (next, stop) = (AtomicUsize::new(0), stop.child());
    let (ended, failure) = (Mutex::new(Vec::new()), Mutex::new(None));
    let work = || loop {
        let Some((index, seed)) = wanted.get(next.fetch_add(1, Ordering::Relaxed)).copied() else {
            return;
        };
        if stop.is_raised() {
            return;
        }
        let ran = || run_benchmark_run(plan, (index, seed), workers, journal, event, &stop);
        match without_panic(ran) {
            Ok(run) => locked(&ended).push(run),
            Err(error) => {
                stop.raise();
                locked(&failure).get_or_insert(error);
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..workers {
            if Builder::new().spawn_scoped(scope, work).is_err() {
                // Before the others, which say that they were stopped.
                locked(&failure).get_or_insert(ReplayError::NoThread(NoThread));
                stop.raise();
                return;
            }
        }
    });
    if let Some(error) = failure
        .into_inner()
        .unwrap_or_else(|poisoned| poisoned.into_inner())
    {
        return Err(error);
    }
    runs.append(
        &mut ended
            .into_inner()
            .unwrap_or_else(|poisoned| poisoned.into_inner()),
    );
    Ok(runs)
}

/// A panic of the work becomes an error, so that the other threads do not go on for hours.
fn without_panic<T>(work: impl FnOnce() -> Result<T, ReplayError>) -> Result<T, ReplayError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        Err(ReplayError::Broken {
            detail: words_of(panic.as_ref()).to_owned(),
        })
    })
}

/// A contestant of a plan, by its place, and a seed.
type RunPlace = (usize, u64);

/// The benchmark runs that the journal has, and what the others are of.
fn recorded(
    plan: &ReplayPlan,
    journal: &Journal,
    event: &(dyn Fn(Event) + Sync),
) -> Result<(Vec<BenchmarkRun>, Vec<RunPlace>), ReplayError> {
    let key = plan.benchmark.record().key();
    let mut runs = Vec::new();
    let mut wanted = Vec::new();
    for seed in plan.seeds {
        for (index, contestant) in plan.contestants.iter().enumerate() {
            match journal.benchmark_run(&key, &contestant.entrant.activation.id(), *seed)? {
                Some(run) => {
                    // A kill may have come between the record and the removal.
                    checkpoint::remove(&checkpoint_path(plan, contestant, *seed));
                    event(Event::Known);
                    runs.push(run);
                }
                None => wanted.push((index, *seed)),
            }
        }
    }
    Ok((runs, wanted))
}

/// Whether the journal has every benchmark run of a plan, so that nothing is to be run.
///
/// # Errors
/// The journal cannot be read.
pub fn is_complete(plan: &ReplayPlan, journal: &Journal) -> Result<bool, ReplayError> {
    let (_, wanted) = recorded(plan, journal, &|_| {})?;
    Ok(wanted.is_empty())
}

/// The place among the wanted runs of the one that is made alone, before all others: that of the
/// first baseline, where the benchmark is tried out and nothing of it has finished yet.
fn to_try_out(
    plan: &ReplayPlan,
    wanted: &[RunPlace],
    journal: &Journal,
) -> Result<Option<usize>, ReplayError> {
    if !plan.benchmark.is_tried_out() || wanted.is_empty() {
        return Ok(None);
    }
    let runs = journal.benchmark_runs_under(&plan.benchmark.record().key())?;
    if runs.iter().any(|run| run.end.value().is_some()) {
        return Ok(None);
    }
    let is_baseline = |(index, _): &RunPlace| plan.contestants[*index].entrant.baseline;
    Ok(Some(wanted.iter().position(is_baseline).unwrap_or(0)))
}

fn try_out(
    plan: &ReplayPlan,
    (index, seed): RunPlace,
    journal: &Journal,
    event: &(dyn Fn(Event) + Sync),
    stop: &Stop,
) -> Result<BenchmarkRun, ReplayError> {
    let run = make(plan, (index, seed), 1, event, stop)?;
    let name = &plan.contestants[index].entrant.name;
    let checked = plan.benchmark.check_trial(name, &run);
    checked.map_err(|error| ReplayError::BenchmarkRun(Box::new(error)))?;
    keep(plan, index, &run, journal, event)?;
    Ok(run)
}

fn run_benchmark_run(
    plan: &ReplayPlan,
    (index, seed): RunPlace,
    workers: usize,
    journal: &Journal,
    event: &(dyn Fn(Event) + Sync),
    stop: &Stop,
) -> Result<BenchmarkRun, ReplayError> {
    let run = make(plan, (index, seed), workers, event, stop)?;
    keep(plan, index, &run, journal, event)?;
    Ok(run)
}

fn make(
    plan: &ReplayPlan,
    (index, seed): RunPlace,
    workers: usize,
    event: &(dyn Fn(Event) + Sync),
    stop: &Stop,
) -> Result<BenchmarkRun, ReplayError> {
    let contestant = &plan.contestants[index];
    let path = checkpoint_path(plan, contestant, seed);
    let assignment = Assignment {
        activation: &contestant.entrant.activation,
        trained: &contestant.trained,
        seed,
        backend: &plan.backend,
        checkpoint: Some(&path),
        memory: plan.memory.map(|memory| memory / workers as u64),
    };
    let watch = RunWatch {
        stepped: &|steps| event(Event::Stepped(steps)),
        advanced: &|epoch| {
            event(Event::Epoch {
                contestant: index,
                seed,
                epoch,
            })
        },
        stop,
    };
    let ran = plan.benchmark.run(&assignment, &watch);
    ran.map_err(|error| match error {
        BenchmarkRunError::Interrupted => ReplayError::Interrupted,
        other => ReplayError::BenchmarkRun(Box::new(other)),
    })
}

/// Records what another machine, or this one at another time, would find too, and tells of it.
fn keep(
    plan: &ReplayPlan,
    index: usize,
    run: &BenchmarkRun,
    journal: &Journal,
    event: &(dyn Fn(Event) + Sync),
) -> Result<(), ReplayError> {
    if run.end.is_lasting() {
        journal.record_benchmark_run(run)?;
        checkpoint::remove(&checkpoint_path(plan, &plan.contestants[index], run.seed));
    }
    event(Event::Ended(run));
    Ok(())
}

/// As many of the workers as fit in memory with the largest of what is wanted.
fn fitting<'a>(plan: &ReplayPlan, wanted: impl Iterator<Item = &'a Trained>) -> usize {
    let largest = wanted
        .map(|trained| plan.benchmark.bytes(trained))
        .max()
        .unwrap_or(0);
    match plan.memory.and_then(|memory| memory.checked_div(largest)) {
        Some(most) => plan
            .workers
            .min(usize::try_from(most).unwrap_or(usize::MAX)),
        None => plan.workers,
    }
}

/// Where the checkpoint of a benchmark run lies in an archive's folder.
fn checkpoint_path(plan: &ReplayPlan, contestant: &Contestant, seed: u64) -> PathBuf {
    let run = format!(
        "{}-{}-{seed}",
        plan.benchmark.record().key(),
        contestant.entrant.activation.id()
    );
    plan.folder
        .join("checkpoints")
        .join(format!("{run}.safetensors"))
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner())
}
