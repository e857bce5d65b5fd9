//! What benchmark runs are worth beside the reference's on the same seeds.

use crate::numerics::statistics::{mean, mean_interval};
use crate::record::benchmark_run::{BenchmarkRun, BenchmarkRunEnd, Direction};
use crate::record::evaluation::{Estimate, Fitness};
use crate::record::paired_run::PairedRun;
use crate::record::target_benchmark::FitnessMeasure;

/// The largest size of a log ratio of losses, as in labs; a run without a loss counts as it.
const CLIP: f64 = 1.5;

/// A run beside the reference's, which has finished.
pub fn paired(run: &BenchmarkRun, reference: &BenchmarkRun) -> PairedRun {
    let sign = match run.benchmark.direction {
        Direction::Higher => 1.0,
        Direction::Lower => -1.0,
    };
    let (value, standard) = (run.end.value(), reference.end.value().unwrap_or(0.0));
    let loss = value.and_then(|_| last_loss(run));
    let log_ratio = last_loss(reference).map(|standard| {
        let ratio =
            |loss: f64| (loss.max(f64::MIN_POSITIVE) / standard.max(f64::MIN_POSITIVE)).ln();
        loss.map_or(CLIP, |loss| ratio(loss).clamp(-CLIP, CLIP))
    });
    PairedRun {
        seed: run.seed,
        value,
        loss,
        difference: value.map_or(-standard.abs(), |value| sign * (value - standard)),
        log_ratio,
        diverged: matches!(run.end, BenchmarkRunEnd::Diverged { .. }),
        failure: match &run.end {
            BenchmarkRunEnd::Finished { .. } => None,
            other => Some(other.to_string()),
        },
    }
}

/// The loss on the validation part after the last epoch.
fn last_loss(run: &BenchmarkRun) -> Option<f64> {
    run.curve.last()?.validation_loss
}

/// What runs are worth by a measure; `None` where the benchmark reports none such.
pub fn estimate(runs: &[PairedRun], measure: FitnessMeasure) -> Option<Estimate> {
    let values: Option<Vec<f64>> = runs
        .iter()
        .map(|run| match measure {
            FitnessMeasure::Loss => run.log_ratio.map(|ratio| 0.0 - ratio),
            FitnessMeasure::Metric => Some(run.difference),
        })
        .collect();
    let values = values?;
    let fitness = mean(&values)?;
    Some(Estimate {
        fitness: Fitness::new(fitness)?,
        // One seed, or the reference beside itself, has no spread to go by.
        fitness_interval: mean_interval(&values).unwrap_or((fitness, fitness)),
    })
}
