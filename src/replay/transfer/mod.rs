//! Whether a lab predicts a benchmark: the rank correlation of what is measured in the lab with how
//! functions do on the benchmark, over a field of them.
//!
//! Pure: numbers in, numbers out. [`measurement`] runs the lab, and [`measure_cache`] keeps what it
//! said.

pub mod findings;
mod function_measures;
pub mod measure_cache;
pub mod measurement;

pub use function_measures::FunctionMeasures;

use crate::lab::validation::{agreement_with_intervals, Agreement, Pairing as RankPairing};
use crate::numerics::statistics::{
    rank_correlation_difference, rank_correlation_interval, Correlation, Pairing, Subset, Undefined,
};
use crate::numerics::stream::Key;
use crate::record::benchmark_run::{BenchmarkRun, Direction};

/// Resamples of the functions behind every interval.
pub const RESAMPLES: usize = 1_000;

/// A prediction of an outcome.
#[derive(Clone, Debug, PartialEq)]
pub struct Predictor {
    /// What of the lab predicts.
    pub measure: Measure,
    /// The profile of the lab, or its target `general`.
    pub target: String,
    /// One value a function; higher is better, all are finite.
    pub values: Vec<f64>,
}

impl Predictor {
    /// Returns the predictor that the sealed lab is: the fitness there, under its target.
    pub fn of_vault(fitness: &BenchmarkOutcome, target: &str) -> Predictor {
        Predictor {
            measure: Measure::Vault,
            target: target.to_owned(),
            values: fitness.ranked(&fitness.means()),
        }
    }
}

/// The measure of a lab that predicts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// The fitness that selects in a campaign: made of out-of-distribution losses, the mean over
    /// families and the worst family.
    Fitness,
    /// The mean over families alone.
    FamilyMean,
    /// The fitness made of in-distribution losses.
    InDistribution,
    /// The fitness made of training losses.
    Train,
    /// The fitness on a fresh draw of the sealed lab.
    Vault,
}

/// The values of functions on a benchmark.
#[derive(Clone, Debug, PartialEq)]
pub struct BenchmarkOutcome {
    /// Whether a higher value is better.
    pub direction: Direction,
    /// `[function][seed]`; `None` where it did not finish.
    pub values: Vec<Vec<Option<f64>>>,
}

/// How well each predictor predicts an outcome.
#[derive(Clone, Debug, PartialEq)]
pub struct Transfer {
    /// The number of functions of which a seed did not finish. They rank last, tied.
    pub unfinished: usize,
    /// One row a predictor, in their order.
    pub rows: Vec<PredictorRow>,
    /// The two halves of the functions, by their indices.
    pub halves: [Vec<usize>; 2],
    /// Which profile's fitness predicts best over all functions; none where fewer than two can be
    /// held against each other.
    pub lead: Option<Lead>,
    /// As `lead`, within the better half.
    pub lead_in_better_half: Option<Lead>,
    /// The profile that predicts best on one half of the functions, judged on the other: chosen on
    /// the first, and on the second.
    pub choices: [Option<Choice>; 2],
    /// One seed of the outcome against another, the mean over all pairs of seeds; none with one
    /// seed.
    pub seeds: Option<Agreement>,
}

/// The rank correlations of one predictor with the outcome.
#[derive(Clone, Debug, PartialEq)]
pub struct PredictorRow {
    /// Over all functions.
    pub over: Correlations,
    /// Over the functions that finished alone: those that fail are easily told from the others.
    pub finished: Result<Correlation, Undefined>,
    /// Over each half of the functions, without intervals.
    pub halves: [Correlations; 2],
}

/// A rank correlation over all functions, and over those that the predictor ranks in the better
/// half.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Correlations {
    /// Over all functions.
    pub all: Result<Correlation, Undefined>,
    /// Over the better half.
    pub better_half: Result<Correlation, Undefined>,
}

/// The predictor that predicts best, beside the next one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lead {
    /// The index of the predictor.
    pub best: usize,
    /// The index of the next predictor.
    pub runner_up: usize,
    /// The difference of their correlations, over the same resamples.
    pub difference: Result<Correlation, Undefined>,
}

/// A predictor chosen on one half of the functions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Choice {
    /// The index of the predictor chosen.
    pub chosen: usize,
    /// Its correlation on the other half.
    pub judged: f64,
    /// The best on the other half, and its correlation.
    pub best: usize,
    /// The correlation of the best on the other half.
    pub best_judged: f64,
}

impl Measure {
    /// The name that tables show.
    pub fn name(self) -> &'static str {
        match self {
            Measure::Fitness => "fitness (mean and worst family)",
            Measure::FamilyMean => "mean over families",
            Measure::InDistribution => "in-distribution loss",
            Measure::Train => "train loss",
            Measure::Vault => "fitness in the vault",
        }
    }

    /// The name that JSON documents carry.
    pub fn key(self) -> &'static str {
        match self {
            Measure::Fitness => "fitness",
            Measure::FamilyMean => "family_mean",
            Measure::InDistribution => "in_distribution_loss",
            Measure::Train => "train_loss",
            Measure::Vault => "vault_fitness",
        }
    }
}

impl BenchmarkOutcome {
    /// Reads the values of activations with these ids under these seeds from benchmark runs; a
    /// benchmark run that is missing did not finish.
    pub fn of(
        runs: &[BenchmarkRun],
        ids: &[String],
        seeds: &[u64],
        direction: Direction,
    ) -> BenchmarkOutcome {
        let value = |id: &String, seed: u64| {
            runs.iter()
                .find(|run| run.seed == seed && run.activation.id() == *id)?
                .end
                .value()
        };
        BenchmarkOutcome {
            direction,
            values: ids
                .iter()
                .map(|id| seeds.iter().map(|seed| value(id, *seed)).collect())
                .collect(),
        }
    }

    /// The mean over the seeds of each function; `None` where a seed did not finish.
    pub fn means(&self) -> Vec<Option<f64>> {
        let mean = |values: &Vec<Option<f64>>| {
            let values = values.iter().copied().collect::<Option<Vec<f64>>>()?;
            (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
        };
        self.values.iter().map(mean).collect()
    }

    /// The values with higher being better; what did not finish is below all others, tied.
    pub fn ranked(&self, values: &[Option<f64>]) -> Vec<f64> {
        let sign = match self.direction {
            Direction::Higher => 1.0,
            Direction::Lower => -1.0,
        };
        let least = values
            .iter()
            .flatten()
            .map(|value| sign * value)
            .fold(0.0, f64::min);
        values
            .iter()
            .map(|value| value.map_or(least - 1.0, |value| sign * value))
            .collect()
    }
}

impl Transfer {
    /// Returns why no predictor has a correlation with the outcome over all functions; `None` where
    /// one has.
    pub fn undefined(&self) -> Option<Undefined> {
        let reasons: Result<Vec<Undefined>, Correlation> = self
            .rows
            .iter()
            .map(|row| row.over.all.map_or_else(Ok, Err))
            .collect();
        reasons.ok()?.first().copied()
    }

    /// Compares predictors with an outcome over the same functions in the same order. Resamples and
    /// halves come from the key: they are the same for every predictor and, with as many functions,
    /// for every benchmark.
    pub fn of(predictors: &[Predictor], outcome: &BenchmarkOutcome, key: &Key) -> Transfer {
        let means = outcome.means();
        let judging = outcome.ranked(&means);
        let halves = halves(judging.len(), key);
        let all: Vec<usize> = (0..judging.len()).collect();
        let is_finished = |function: &usize| means[*function].is_some();
        let finished: Vec<usize> = all.iter().copied().filter(is_finished).collect();
        let row = |predictor: &Predictor| PredictorRow {
            over: correlations(predictor, &judging, &all, key, RESAMPLES),
            finished: correlations(predictor, &judging, &finished, key, RESAMPLES).all,
            halves: [&halves[0], &halves[1]]
                .map(|half| correlations(predictor, &judging, half, key, 0)),
        };
        let rows: Vec<PredictorRow> = predictors.iter().map(row).collect();
        let fitness: Vec<usize> = (0..predictors.len())
            .filter(|index| predictors[*index].measure == Measure::Fitness)
            .collect();
        let lead = |better_half| lead(&fitness, predictors, &rows, &judging, key, better_half);
        Transfer {
            unfinished: means.iter().filter(|mean| mean.is_none()).count(),
            lead: lead(false),
            lead_in_better_half: lead(true),
            choices: [0, 1].map(|half| choice(&fitness, &rows, half)),
            seeds: seeds(outcome, &judging, key),
            halves,
            rows,
        }
    }
}

/// The rank correlations of a predictor with the outcome over these functions.
fn correlations(
    predictor: &Predictor,
    judging: &[f64],
    functions: &[usize],
    key: &Key,
    resamples: usize,
) -> Correlations {
    let of = |values: &[f64]| -> Vec<f64> {
        functions.iter().map(|function| values[*function]).collect()
    };
    let (first, second) = (of(&predictor.values), of(judging));
    let correlation = |part| {
        let pairing = Pairing {
            first: &first,
            second: &second,
            part,
        };
        rank_correlation_interval(&pairing, key, resamples)
    };
    Correlations {
        all: correlation(Subset::All),
        better_half: correlation(Subset::BetterHalf(&first)),
    }
}

fn value(correlation: Result<Correlation, Undefined>) -> Option<f64> {
    correlation.map(|correlation| correlation.value).ok()
}

/// The best of the predictors at these indices beside the next one; `None` where fewer than two
/// have a correlation.
fn lead(
    indices: &[usize],
    predictors: &[Predictor],
    rows: &[PredictorRow],
    judging: &[f64],
    key: &Key,
    better_half: bool,
) -> Option<Lead> {
    let of = |index: usize| {
        let over = &rows[index].over;
        value(if better_half {
            over.better_half
        } else {
            over.all
        })
    };
    let [best, runner_up, ..] = best_first(indices, of)[..] else {
        return None;
    };
    let pairing = |index: usize| {
        let first = predictors[index].values.as_slice();
        let part = if better_half {
            Subset::BetterHalf(first)
        } else {
            Subset::All
        };
        Pairing {
            first,
            second: judging,
            part,
        }
    };
    let difference =
        rank_correlation_difference(&pairing(best), &pairing(runner_up), key, RESAMPLES);
    Some(Lead {
        best,
        runner_up,
        difference,
    })
}

/// The best of the predictors at these indices on one half of the functions, judged on the other.
fn choice(indices: &[usize], rows: &[PredictorRow], half: usize) -> Option<Choice> {
    let other = 1 - half;
    let on = |half: usize, index: usize| value(rows[index].halves[half].all);
    let chosen = *best_first(indices, |index| on(half, index)).first()?;
    let best = *best_first(indices, |index| on(other, index)).first()?;
    Some(Choice {
        chosen,
        judged: on(other, chosen)?,
        best,
        best_judged: on(other, best)?,
    })
}

/// Those of these indices that have a correlation, the highest first.
fn best_first(indices: &[usize], of: impl Fn(usize) -> Option<f64>) -> Vec<usize> {
    let mut known: Vec<(usize, f64)> = indices
        .iter()
        .filter_map(|index| Some((*index, of(*index)?)))
        .collect();
    known.sort_by(|a, b| b.1.total_cmp(&a.1));
    known.into_iter().map(|(index, _)| index).collect()
}

/// Two halves of the functions by lot, each in ascending order; the first has one more where their
/// number is odd.
fn halves(count: usize, key: &Key) -> [Vec<usize>; 2] {
    let mut order: Vec<usize> = (0..count).collect();
    key.word("halves").stream().shuffle(&mut order);
    let half = |parity: usize| {
        let mut half: Vec<usize> = order.iter().copied().skip(parity).step_by(2).collect();
        half.sort_unstable();
        half
    };
    [half(0), half(1)]
}

/// Each seed of the outcome against each other, over all functions and over those that are in the
/// better half by the mean over seeds.
fn seeds(outcome: &BenchmarkOutcome, judging: &[f64], key: &Key) -> Option<Agreement> {
    let count = outcome.values.first().map_or(0, Vec::len);
    let seed = |seed: usize| {
        outcome.ranked(
            &outcome
                .values
                .iter()
                .map(|values| values[seed])
                .collect::<Vec<_>>(),
        )
    };
    let pairs = (0..count).flat_map(|first| (first + 1..count).map(move |second| (first, second)));
    let pairings: Vec<RankPairing> = pairs
        .map(|(first, second)| RankPairing {
            selecting: seed(first),
            judging: seed(second),
            order: judging.to_vec(),
        })
        .collect();
    (!pairings.is_empty()).then(|| agreement_with_intervals(&pairings, key))
}
