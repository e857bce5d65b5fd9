//! What the benchmark runs of one benchmark come to: each activation over its seeds, each candidate
//! against each baseline, and what may be said of it.
//!
//! Seeds are paired across activations: initial weights, batches, augmentation and dropout are the
//! same. So the primary test is the paired t-test, and its p-values are adjusted for the number of
//! candidates and baselines together (Holm 1979). The other tests are reported beside it and decide
//! nothing.

mod comparison;
mod entrant;
mod error;
mod result;
mod tuned;

use std::collections::BTreeSet;

use self::comparison::comparisons;
use self::result::result;
use self::tuned::tuned_comparison;
use crate::record::benchmark_run::{BenchmarkRecord, BenchmarkRun};

pub use self::comparison::{ComparisonRow, Undecided, Verdict, FEWEST_SEEDS, LEVEL, TEST};
pub use self::entrant::{Entrant, TuningNote};
pub use self::error::SummaryError;
pub use self::result::{CurvePoint, ResultRow};
pub use self::tuned::TunedComparison;

/// What the benchmark runs of one benchmark come to.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// The benchmark that the runs are of.
    pub benchmark: BenchmarkRecord,
    /// Every seed that any activation was run with, ascending.
    pub seeds: Vec<u64>,
    /// One an entrant, in their order.
    pub results: Vec<ResultRow>,
    /// Each candidate against each baseline, candidates in their order, of each the baselines in
    /// theirs.
    pub comparisons: Vec<ComparisonRow>,
}

impl Summary {
    /// Sums up the benchmark runs of one benchmark. Benchmark runs of activations that are no
    /// entrants are left out; an entrant without benchmark runs has a row without values.
    ///
    /// # Errors
    /// [`SummaryError`].
    pub fn of(runs: &[BenchmarkRun], entrants: &[Entrant]) -> Result<Summary, SummaryError> {
        let ids: Vec<String> = entrants
            .iter()
            .map(|entrant| entrant.activation.id())
            .collect();
        let own: Vec<Vec<&BenchmarkRun>> = ids
            .iter()
            .map(|id| {
                runs.iter()
                    .filter(|run| run.activation.id() == *id)
                    .collect()
            })
            .collect();
        let first = own.iter().flatten().next().ok_or(SummaryError::Empty)?;
        let key = first.benchmark.key();
        if let Some(other) = own.iter().flatten().find(|run| run.benchmark.key() != key) {
            return Err(SummaryError::SeveralBenchmarks {
                first: first.benchmark.benchmark.clone(),
                first_key: key,
                second: other.benchmark.benchmark.clone(),
                second_key: other.benchmark.key(),
            });
        }
        let seeds: Vec<u64> = own
            .iter()
            .flatten()
            .map(|run| run.seed)
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        let results = entrants
            .iter()
            .zip(&own)
            .map(|(entrant, runs)| result(entrant, runs, &seeds))
            .collect::<Result<Vec<_>, _>>()?;
        let comparisons = comparisons(&results, &seeds, first.benchmark.direction);
        Ok(Summary {
            benchmark: first.benchmark.clone(),
            seeds,
            results,
            comparisons,
        })
    }

    /// The comparison of two results by their index, where there is one.
    pub fn comparison(&self, candidate: usize, baseline: usize) -> Option<&ComparisonRow> {
        self.comparisons
            .iter()
            .find(|row| (row.candidate, row.baseline) == (candidate, baseline))
    }

    /// Each candidate beside each baseline that was tuned, in the order of the comparisons.
    pub fn tuned_comparisons(&self) -> Vec<TunedComparison<'_>> {
        let (results, comparisons) = (&self.results, &self.comparisons);
        comparisons
            .iter()
            .filter_map(|plain| tuned_comparison(results, comparisons, plain))
            .collect()
    }

    /// Which of both a candidate is better than, and the formula of the tuned one: `calm-ibis-1:
    /// better than gelu; not told apart from gelu tuned alike (0.98 * gelu(x))`.
    pub fn tuned_words(&self, comparison: &TunedComparison) -> String {
        tuned::words(&self.results, comparison)
    }

    /// The verdict of a comparison in words, with the runs of either that did not finish:
    /// `better than relu; lava-otter-12: 2 of 5 diverged`.
    pub fn words(&self, comparison: &ComparisonRow) -> String {
        let (candidate, baseline) = (
            &self.results[comparison.candidate],
            &self.results[comparison.baseline],
        );
        let verdict = match comparison.verdict {
            Verdict::Better => format!("better than {}", baseline.entrant.name),
            Verdict::Worse => format!("worse than {}", baseline.entrant.name),
            Verdict::Undecided(why) => format!("undecided: {why}"),
        };
        let marks = [candidate, baseline]
            .into_iter()
            .filter_map(|row| Some(format!("; {}: {}", row.entrant.name, row.mark()?)));
        verdict + &marks.collect::<String>()
    }
}
