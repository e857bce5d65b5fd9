//! The benchmark runs of a plan, run under the eyes of a user: progress with the time left, and an
//! end when the user has had enough.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::cli::common::Common;
use crate::cli::interrupt::Interrupt;
use crate::cli::progress::Progress;
use crate::journal::Journal;
use crate::record::benchmark_run::{BenchmarkRun, BenchmarkRunEnd};
use crate::replay::run::{run, Event, ReplayError, ReplayPlan};

/// The last lines of a program that failed, as many as are shown.
const SHOWN_LINES: usize = 10;

/// Runs the benchmark runs, with progress under this title, until they are done or the user has had
/// enough.
pub fn watched(
    plan: &ReplayPlan,
    journal: &Journal,
    title: &str,
    interrupt: &Interrupt,
    common: &Common,
) -> Result<Vec<BenchmarkRun>, ReplayError> {
    let runs = (plan.contestants.len() * plan.seeds.len()) as u64;
    let (steps, epochs) = (plan.benchmark.steps(), plan.benchmark.epochs());
    let progress = Progress::start(title, runs * steps, common.quiet);
    let (done, known) = (AtomicU64::new(0), AtomicU64::new(0));
    let event = |event: Event| match event {
        Event::Known => {
            known.fetch_add(1, Ordering::Relaxed);
            progress.begin_at(done.fetch_add(steps, Ordering::Relaxed) + steps);
        }
        Event::Stepped(steps) => {
            progress.advance(done.fetch_add(steps, Ordering::Relaxed) + steps, None)
        }
        Event::Epoch {
            contestant,
            seed,
            epoch,
        } => {
            let name = &plan.contestants[contestant].entrant.name;
            let of_epochs = if epochs > 1 {
                format!(": epoch {epoch} of {epochs}")
            } else {
                String::new()
            };
            progress.advance(
                done.load(Ordering::Relaxed),
                Some(format!("{name}, seed {seed}{of_epochs}")),
            );
        }
        Event::Ended(run) => {
            if let Some(trouble) = trouble(run, epochs) {
                let name = name_of(plan, run);
                progress.say(&format!("{name}, seed {}: {trouble}", run.seed));
                last_lines(run).for_each(|line| progress.say(&format!("  | {line}")));
            }
        }
    };
    let ran = run(plan, journal, &event, interrupt.stop());
    progress.finish();
    let known = known.into_inner();
    if known > 0 && ran.is_ok() {
        common.say(format!(
            "{known} of {runs} benchmark runs were in the archive already"
        ));
    }
    ran
}

/// Why a run did not finish; `None` where it did.
fn trouble(run: &BenchmarkRun, epochs: u32) -> Option<String> {
    match &run.end {
        BenchmarkRunEnd::Finished { .. } => None,
        BenchmarkRunEnd::Diverged { .. } if epochs == 1 => Some("diverged".to_owned()),
        BenchmarkRunEnd::Diverged { epoch } => Some(format!("diverged in epoch {epoch}")),
        other => Some(other.to_string()),
    }
}

/// The last lines of what a program wrote that did not finish.
fn last_lines(run: &BenchmarkRun) -> impl Iterator<Item = &str> {
    let lines: Vec<&str> = run.end.words().lines().collect();
    let first = lines.len().saturating_sub(SHOWN_LINES);
    lines.into_iter().skip(first)
}

fn name_of(plan: &ReplayPlan, run: &BenchmarkRun) -> String {
    let id = run.activation.id();
    let own = plan
        .contestants
        .iter()
        .find(|contestant| contestant.entrant.activation.id() == id);
    own.map_or(id, |contestant| contestant.entrant.name.clone())
}
