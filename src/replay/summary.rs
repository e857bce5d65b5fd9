//! What the benchmark runs of one benchmark come to: each activation over its seeds, each candidate
//! against each baseline, and what may be said of it.
//!
//! Seeds are paired across activations: initial weights, batches, augmentation and dropout are the
//! same. So the primary test is the paired t-test, and its p-values are adjusted for the number of
//! candidates (Holm 1979), each baseline for itself. The other tests are reported beside it and
//! decide nothing.

use std::collections::BTreeSet;
use std::fmt;

use crate::numerics::statistics::{
    deviation, hedges_g, holm, mean, mean_interval, median, median_interval, paired_effect,
    paired_t, student_t, welch_t, wilcoxon, SignedRank, TTest, Undefined,
};
use crate::record::benchmark_run::{
    ActivationRecord, BenchmarkRecord, BenchmarkRun, BenchmarkRunEnd, Direction,
};

/// The fewest common seeds with which anything is called better or worse.
pub const FEWEST_SEEDS: usize = 3;
/// Adjusted p-values below this decide.
pub const LEVEL: f64 = 0.05;
/// The name of the primary test.
pub const TEST: &str = "paired t";

/// An activation of the summary, in the order in which its rows come.
#[derive(Clone, Debug, PartialEq)]
pub struct Entrant {
    /// The activation, as records hold it.
    pub activation: ActivationRecord,
    /// The name that tables show.
    pub name: String,
    /// Whether candidates are compared with it.
    pub baseline: bool,
}

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

/// One activation over its seeds.
#[derive(Clone, Debug, PartialEq)]
pub struct ResultRow {
    /// The activation.
    pub entrant: Entrant,
    /// How it ended under each of [`Summary::seeds`]; `None` where it was not run.
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

/// A candidate against a baseline on the seeds that both finished; all differences are candidate
/// less baseline, in the metric's own unit.
#[derive(Clone, Debug, PartialEq)]
pub struct ComparisonRow {
    /// The candidate, an index into [`Summary::results`].
    pub candidate: usize,
    /// The baseline, an index into [`Summary::results`].
    pub baseline: usize,
    /// The common seeds, ascending.
    pub seeds: Vec<u64>,
    /// The mean difference; `None` without a common seed.
    pub difference: Option<f64>,
    /// The primary test, with the 95 % interval of the difference.
    pub paired: Result<TTest, Undefined>,
    /// The p-value of the primary test adjusted for all candidates that were held against this
    /// baseline; a test that could not be made counts among them.
    pub p_adjusted: Option<f64>,
    /// Wilcoxon's signed-rank test of the same pairs; it decides nothing.
    pub signed_rank: Result<SignedRank, Undefined>,
    /// Student's t-test of unpaired samples, as publications report it; it decides nothing.
    pub independent: Result<TTest, Undefined>,
    /// Welch's t-test, as publications that do not pair report it; it decides nothing.
    pub welch: Result<TTest, Undefined>,
    /// Cohen's d_z, the effect size of the paired test.
    pub effect_size: Result<f64, Undefined>,
    /// Hedges' g, the effect size of the unpaired tests.
    pub hedges_g: Result<f64, Undefined>,
    /// What the primary test decides.
    pub verdict: Verdict,
}

/// The verdict on a candidate beside a baseline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The adjusted p is below 0.05 on three common seeds at least, and the difference is in the
    /// better direction.
    Better,
    /// The adjusted p is below 0.05 on three common seeds at least, and the difference is in the
    /// worse direction.
    Worse,
    /// Nothing is decided, and why.
    Undecided(Undecided),
}

/// Why nothing is decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undecided {
    /// Both finished under this many seeds, fewer than [`FEWEST_SEEDS`].
    FewSeeds(usize),
    /// The primary test cannot be made.
    Untested(Undefined),
    /// The adjusted p is not below 0.05.
    Chance,
}

/// Why benchmark runs cannot be summed up.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SummaryError {
    /// No benchmark run of any entrant.
    #[error(
        "a summary takes one benchmark run at least of the activations it is of, found none; run the \
         replay first"
    )]
    Empty,

    /// Benchmark runs of different benchmarks.
    #[error(
        "a summary is of one benchmark, found {first} ({first_key}) and {second} ({second_key}); \
         take the benchmark runs of one key"
    )]
    SeveralBenchmarks {
        /// The name of one.
        first: String,
        /// Its key.
        first_key: String,
        /// The name of the other.
        second: String,
        /// Its key.
        second_key: String,
    },

    /// Two benchmark runs of one activation and seed that differ.
    #[error("{name} has two benchmark runs of seed {seed} that differ; a seed is run once")]
    TwoCells {
        /// The activation's name.
        name: String,
        /// The seed.
        seed: u64,
    },
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

impl ResultRow {
    /// The value under each of [`Summary::seeds`]; `None` where it did not finish, or was not run.
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

    /// What did not finish: `2 of 5 diverged`, `1 of 5 out of memory`, or both; `None` where all
    /// did.
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
        ];
        let words: Vec<String> = ends
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, word)| format!("{count} of {} {word}", self.run()))
            .collect();
        (!words.is_empty()).then(|| words.join(", "))
    }
}

impl Verdict {
    /// `better`, `worse` or `undecided`.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Better => "better",
            Verdict::Worse => "worse",
            Verdict::Undecided(_) => "undecided",
        }
    }
}

impl fmt::Display for Undecided {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Undecided::FewSeeds(0) => write!(f, "no common seed"),
            Undecided::FewSeeds(1) => write!(f, "one seed decides nothing"),
            Undecided::FewSeeds(found) => write!(f, "{found} seeds decide nothing"),
            Undecided::Untested(Undefined::NoSpread) => {
                write!(f, "the difference is the same under every seed")
            }
            Undecided::Untested(why) => write!(f, "{why}"),
            Undecided::Chance => write!(f, "it may be chance"),
        }
    }
}

fn result(
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

fn comparisons(results: &[ResultRow], seeds: &[u64], direction: Direction) -> Vec<ComparisonRow> {
    let places = |baseline: bool| {
        (0..results.len()).filter(move |index| results[*index].entrant.baseline == baseline)
    };
    let mut rows: Vec<ComparisonRow> = places(false)
        .flat_map(|candidate| places(true).map(move |baseline| (candidate, baseline)))
        .map(|pair| compare(results, pair, seeds))
        .collect();
    for baseline in places(true) {
        let family: Vec<usize> = (0..rows.len())
            .filter(|row| rows[*row].baseline == baseline)
            .collect();
        let p_values: Vec<f64> = family
            .iter()
            .map(|row| rows[*row].paired.map_or(1.0, |test| test.p_value))
            .collect();
        for (row, adjusted) in family.into_iter().zip(holm(&p_values)) {
            rows[row].p_adjusted = rows[row].paired.is_ok().then_some(adjusted);
        }
    }
    rows.iter_mut()
        .for_each(|row| row.verdict = verdict(row, direction));
    rows
}

/// A comparison whose p-value is not yet adjusted, and which has no verdict yet.
fn compare(
    results: &[ResultRow],
    (candidate, baseline): (usize, usize),
    seeds: &[u64],
) -> ComparisonRow {
    let pairs = seeds
        .iter()
        .zip(results[candidate].values())
        .zip(results[baseline].values());
    let common: Vec<(u64, f64, f64)> = pairs
        .filter_map(|((seed, own), other)| Some((*seed, own?, other?)))
        .collect();
    let own: Vec<f64> = common.iter().map(|pair| pair.1).collect();
    let other: Vec<f64> = common.iter().map(|pair| pair.2).collect();
    ComparisonRow {
        candidate,
        baseline,
        seeds: common.iter().map(|pair| pair.0).collect(),
        difference: mean(
            &common
                .iter()
                .map(|pair| pair.1 - pair.2)
                .collect::<Vec<_>>(),
        ),
        paired: paired_t(&own, &other),
        p_adjusted: None,
        signed_rank: wilcoxon(&own, &other),
        independent: student_t(&own, &other),
        welch: welch_t(&own, &other),
        effect_size: paired_effect(&own, &other),
        hedges_g: hedges_g(&own, &other),
        verdict: Verdict::Undecided(Undecided::FewSeeds(common.len())),
    }
}

fn verdict(row: &ComparisonRow, direction: Direction) -> Verdict {
    if row.seeds.len() < FEWEST_SEEDS {
        return Verdict::Undecided(Undecided::FewSeeds(row.seeds.len()));
    }
    let (test, adjusted) = match (&row.paired, row.p_adjusted) {
        (Ok(test), Some(adjusted)) => (test, adjusted),
        (Err(why), _) => return Verdict::Undecided(Undecided::Untested(*why)),
        (Ok(_), None) => return Verdict::Undecided(Undecided::Chance),
    };
    let ahead = match direction {
        Direction::Higher => test.difference > 0.0,
        Direction::Lower => test.difference < 0.0,
    };
    match adjusted < LEVEL {
        false => Verdict::Undecided(Undecided::Chance),
        true if ahead => Verdict::Better,
        true => Verdict::Worse,
    }
}
