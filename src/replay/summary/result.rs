//! One activation over its seeds.

use std::collections::BTreeSet;

use super::entrant::Entrant;
use super::error::SummaryError;
use crate::numerics::statistics::{
    deviation, mean, mean_interval, median, median_interval, Undefined,
};
use crate::record::benchmark_run::{BenchmarkRun, BenchmarkRunEnd};

/// One activation over its seeds.
#[derive(Clone, Debug, PartialEq)]
pub struct ResultRow {
    /// The activation.
    pub entrant: Entrant,
    /// How it ended under each of [`super::Summary::seeds`]; `None` where it was not run.
    pub ends: Vec<Option<BenchmarkRunEnd>>,
    /// Of the seeds that finished; `None` where none did.
    pub mean: Option<f64>,
    /// The median of the seeds that finished; `None` where none did.
    pub median: Option<f64>,
    /// The sample standard deviation.
    pub deviation: Result<f64, Undefined>,
    /// The 95 % interval of the mean by Student's t.
    pub interval: Result<(f64, f64), Undefined>,
    /// The interval of the median by order statistics, from six seeds on.
    pub median_interval: Result<(f64, f64), Undefined>,
    /// Means over the seeds that finished, else over all there are; one point an epoch.
    pub curve: Vec<CurvePoint>,
    /// Of a mixed activation, over the same seeds: for each layer, the mean share of each function
    /// of the pool.
    pub shares: Vec<Vec<f64>>,
}

/// An epoch, as the mean over seeds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CurvePoint {
    /// The epoch, from 1.
    pub epoch: u32,
    /// How many seeds came so far.
    pub seeds: usize,
    /// The mean loss over the batches of the epoch.
    pub train_loss: f64,
    /// The mean loss on the images held out; `None` where a seed has none.
    pub validation_loss: Option<f64>,
    /// The metric on the images held out; `None` where a seed has none.
    pub validation_value: Option<f64>,
}

impl ResultRow {
    /// Returns the value under each of [`super::Summary::seeds`]; `None` where it did not finish or
    /// was not run.
    pub fn values(&self) -> Vec<Option<f64>> {
        self.ends
            .iter()
            .map(|end| end.as_ref().and_then(BenchmarkRunEnd::value))
            .collect()
    }

    /// How many seeds finished.
    pub fn finished(&self) -> usize {
        self.values().iter().flatten().count()
    }

    /// How many seeds were run.
    pub fn run(&self) -> usize {
        self.ends.iter().flatten().count()
    }

    /// What did not finish: `2 of 5 diverged`, `1 of 5 out of memory`, and so on; `None` where
    /// all did.
    pub fn mark(&self) -> Option<String> {
        let count = |of: fn(&BenchmarkRunEnd) -> bool| {
            self.ends.iter().flatten().filter(|end| of(end)).count()
        };
        let ends = [
            (
                count(|end| matches!(end, BenchmarkRunEnd::Diverged { .. })),
                "diverged",
            ),
            (
                count(|end| matches!(end, BenchmarkRunEnd::OutOfMemory { .. })),
                "out of memory",
            ),
            (
                count(|end| matches!(end, BenchmarkRunEnd::Failed { .. })),
                "failed",
            ),
            (
                count(|end| matches!(end, BenchmarkRunEnd::CutShort { .. })),
                "cut short",
            ),
        ];
        let words: Vec<String> = ends
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, word)| format!("{count} of {} {word}", self.run()))
            .collect();
        (!words.is_empty()).then(|| words.join(", "))
    }
}

pub(super) fn result(
    entrant: &Entrant,
    runs: &[&BenchmarkRun],
    seeds: &[u64],
) -> Result<ResultRow, SummaryError> {
    let mut ends = Vec::new();
    for seed in seeds {
        let mut own = runs.iter().filter(|run| run.seed == *seed);
        let first = own.next();
        if own.any(|other| Some(other) != first) {
            return Err(SummaryError::TwoCells {
                name: entrant.name.clone(),
                seed: *seed,
            });
        }
        ends.push(first.map(|run| run.end.clone()));
    }
    let values: Vec<f64> = ends
        .iter()
        .flatten()
        .filter_map(BenchmarkRunEnd::value)
        .collect();
    let finished: Vec<&BenchmarkRun> = runs
        .iter()
        .copied()
        .filter(|run| run.end.value().is_some())
        .collect();
    let shown = if finished.is_empty() { runs } else { &finished };
    Ok(ResultRow {
        entrant: entrant.clone(),
        ends,
        mean: mean(&values),
        median: median(&values),
        deviation: deviation(&values),
        interval: mean_interval(&values),
        median_interval: median_interval(&values),
        curve: curve(shown),
        shares: shares(shown),
    })
}

fn curve(runs: &[&BenchmarkRun]) -> Vec<CurvePoint> {
    let epochs: BTreeSet<u32> = runs
        .iter()
        .flat_map(|run| run.curve.iter().map(|point| point.epoch))
        .collect();
    let point = |epoch: u32| {
        let points: Vec<_> = runs
            .iter()
            .filter_map(|run| run.curve.iter().find(|point| point.epoch == epoch))
            .collect();
        let all = |values: Vec<Option<f64>>| {
            values
                .into_iter()
                .collect::<Option<Vec<f64>>>()
                .and_then(|values| mean(&values))
        };
        let train_loss = mean(
            &points
                .iter()
                .map(|point| point.train_loss)
                .collect::<Vec<_>>(),
        )?;
        Some(CurvePoint {
            epoch,
            seeds: points.len(),
            train_loss,
            validation_loss: all(points.iter().map(|point| point.validation_loss).collect()),
            validation_value: all(points.iter().map(|point| point.validation_value).collect()),
        })
    };
    epochs.into_iter().filter_map(point).collect()
}

/// The mean over the benchmark runs that have as many layers and functions as the first that has
/// any.
fn shares(runs: &[&BenchmarkRun]) -> Vec<Vec<f64>> {
    let Some(first) = runs.iter().find(|run| !run.shares.is_empty()) else {
        return Vec::new();
    };
    let shape = |run: &BenchmarkRun| run.shares.iter().map(Vec::len).collect::<Vec<_>>();
    let alike: Vec<&&BenchmarkRun> = runs
        .iter()
        .filter(|run| shape(run) == shape(first))
        .collect();
    let share = |layer: usize, function: usize| {
        alike
            .iter()
            .map(|run| run.shares[layer][function])
            .sum::<f64>()
            / alike.len() as f64
    };
    first
        .shares
        .iter()
        .enumerate()
        .map(|(layer, functions)| {
            (0..functions.len())
                .map(|function| share(layer, function))
                .collect()
        })
        .collect()
}
