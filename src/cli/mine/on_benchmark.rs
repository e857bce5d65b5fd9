//! A campaign that a benchmark measures: what it will take, and its known activations.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::entered::Entered;
use super::job::Job;
use crate::campaign::Ground;
use crate::campaign::{
    lasting, BenchmarkEvaluator, BenchmarkFounding, BenchmarkOutlook, BenchmarkPlace,
    GradedBenchmark, Unfinished,
};
use crate::cli::common::{counted, Common, Ending, Failure};
use crate::cli::progress::Progress;
use crate::journal::Journal;
use crate::numerics::stop::{Halt, NoThread, Stop};
use crate::record::target_benchmark::TargetBenchmark;
use crate::replay::memory;

/// How much longer a confirmation may take than one measured step says, so that it ends within the
/// time limit.
const MARGIN: f64 = 1.25;

/// Runs a campaign that a benchmark measures.
pub fn on_benchmark(
    job: &Job,
    (benchmark, target): (&dyn GradedBenchmark, &TargetBenchmark),
    journal: &Journal,
    stop: &Stop,
    common: &Common,
) -> Result<Ending, Failure> {
    let (plan, charter) = (&job.plan, &job.plan.charter);
    let folder = common.archive_folder()?;
    let place = BenchmarkPlace {
        journal,
        folder: &folder,
        backend: job.backend.clone(),
        memory: memory::available(),
        workers: plan.workers,
    };
    let mut evaluator =
        BenchmarkEvaluator::new(benchmark, target, charter.seed, place).map_err(Failure::usage)?;
    let kept = job.kept_founders(journal)?;
    let contenders = u64::from(charter.champions) + target.baselines.len() as u64;
    let outlook = evaluator.outlook(charter.attempts, contenders);
    let pace = match reference(&mut evaluator, job, stop, common, &|pace| {
        outlook_words(&outlook, pace, plan.workers, kept.is_some())
    }) {
        Ok(pace) => pace,
        Err(unfinished) => return ended(unfinished, job, journal, common),
    };
    let to_keep = kept.is_none();
    let founders = match kept {
        Some(founders) => founders,
        None => match founding(&evaluator, outlook.founders, stop, common) {
            Ok(founding) => founding.founders,
            Err(unfinished) => return ended(unfinished, job, journal, common),
        },
    };
    let search = search(job, &outlook, pace, stop);
    let entered = Entered {
        evaluator: &evaluator,
        founders: &founders,
        to_keep,
        ground: Ground::Benchmark(target),
        search: &search,
        stop,
    };
    entered.run(job, journal, common)
}

/// The seconds of a step, measured on the reference; `None` where nobody needs it.
type Pace = Option<f64>;

/// Runs the reference on every rung, with progress, and says after the cheapest what is ahead.
fn reference(
    evaluator: &mut BenchmarkEvaluator,
    job: &Job,
    stop: &Stop,
    common: &Common,
    ahead: &dyn Fn(f64) -> String,
) -> Result<Pace, Unfinished> {
    let mut pace = None;
    let steps = evaluator.outlook(0, 0).reference;
    let progress = Progress::start("measuring the reference, steps", steps, common.quiet);
    let counted = AtomicU64::new(0);
    let stepped = |more| {
        let done = counted.fetch_add(more, Ordering::Relaxed) + more;
        progress.advance(done, None);
    };
    let mut measure = || -> Result<(), Unfinished> {
        for stage in 0..evaluator.stages() {
            let started = Instant::now();
            let mut made = evaluator.measure_reference(stage, stop, &stepped)?;
            // One thread runs the cheapest; where it was on record, a time limit needs it anew.
            if stage == 0 && made == 0 && job.plan.time_limit.is_some() {
                made = evaluator.rehearse(stop)?;
            }
            if stage == 0 && made > 0 {
                let seconds = started.elapsed().as_secs_f64() / made as f64;
                pace = Some(seconds);
                progress.say(&ahead(seconds));
            }
        }
        Ok(())
    };
    let measured = measure();
    progress.finish();
    measured.map(|()| pace)
}

/// Runs the known activations through the rungs, with progress.
fn founding(
    evaluator: &BenchmarkEvaluator,
    steps: u64,
    stop: &Stop,
    common: &Common,
) -> Result<BenchmarkFounding, Unfinished> {
    let progress = Progress::start("measuring known activations, steps", steps, common.quiet);
    let counted_steps = AtomicU64::new(0);
    let stepped = |more| {
        let done = counted_steps.fetch_add(more, Ordering::Relaxed) + more;
        progress.advance(done, None);
    };
    let founding = evaluator.found(stop, &stepped);
    progress.finish();
    let founding = founding?;
    if !founding.dropped.is_empty() {
        common.say(format!(
            "{} behind on a fraction of the recipe and trained no further: {}",
            counted(founding.dropped.len() as u64, "known activation"),
            founding.dropped.join(", ")
        ));
    }
    Ok(founding)
}

fn ended(
    unfinished: Unfinished,
    job: &Job,
    journal: &Journal,
    common: &Common,
) -> Result<Ending, Failure> {
    match unfinished {
        Unfinished::Halted(Halt::NoThread) => Err(NoThread.into()),
        Unfinished::Halted(_) => job.early(journal, common),
        Unfinished::Failed(error) => Err(error.into()),
    }
}

/// When the search is to end, so that the confirmation fits into the time limit; it has no end of
/// its own without one.
fn search(job: &Job, outlook: &BenchmarkOutlook, pace: Pace, stop: &Stop) -> Stop {
    let deadline = job.plan.time_limit.and_then(|limit| {
        let confirming = MARGIN * seconds(outlook.confirmation, pace?, job.plan.workers);
        let left = limit.saturating_sub(Duration::try_from_secs_f64(confirming).ok()?);
        job.clock.started.checked_add(left)
    });
    stop.until(deadline)
}

/// The seconds of so many steps on this many workers.
fn seconds(steps: u64, pace: f64, workers: usize) -> f64 {
    steps as f64 * pace / workers.max(1) as f64
}

/// What the campaign will take, as people say it.
fn outlook_words(
    outlook: &BenchmarkOutlook,
    pace: f64,
    workers: usize,
    is_founded: bool,
) -> String {
    let lasting = |steps| lasting(seconds(steps, pace, workers));
    let founders = match is_founded {
        true => String::new(),
        false => format!("the known activations {}, ", lasting(outlook.founders)),
    };
    format!(
        "a step takes {:.1} ms here: {founders}the attempts about {}, the confirmation {}",
        pace * 1000.0,
        lasting(outlook.attempts),
        lasting(outlook.confirmation)
    )
}
