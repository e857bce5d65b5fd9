//! A candidate against a baseline, and what may be said of it.

use std::fmt;

use super::result::ResultRow;
use crate::numerics::statistics::{
    hedges_g, holm, mean, paired_effect, paired_t, student_t, welch_t, wilcoxon, SignedRank, TTest,
    Undefined,
};
use crate::record::benchmark_run::Direction;

/// The fewest common seeds with which anything is called better or worse.
pub const FEWEST_SEEDS: usize = 3;

/// Adjusted p-values below this decide.
pub const LEVEL: f64 = 0.05;

/// The name of the primary test.
pub const TEST: &str = "paired t";

/// A candidate against a baseline on the seeds that both finished; all differences are candidate
/// less baseline, in the metric's own unit.
#[derive(Clone, Debug, PartialEq)]
pub struct ComparisonRow {
    /// The candidate, an index into [`Summary::results`](super::Summary::results).
    pub candidate: usize,
    /// The baseline, an index into [`Summary::results`](super::Summary::results).
    pub baseline: usize,
    /// The common seeds, ascending.
    pub seeds: Vec<u64>,
    /// The mean difference; `None` without a common seed.
    pub difference: Option<f64>,
    /// The primary test, with the 95 % interval of the difference.
    pub paired: Result<TTest, Undefined>,
    /// The p-value of the primary test adjusted for all comparisons of the summary, of every
    /// candidate with every baseline; a test that could not be made counts among them.
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

pub(super) fn comparisons(
    results: &[ResultRow],
    seeds: &[u64],
    direction: Direction,
) -> Vec<ComparisonRow> {
    let places = |baseline: bool| {
        (0..results.len()).filter(move |index| results[*index].entrant.baseline == baseline)
    };
    let mut rows: Vec<ComparisonRow> = places(false)
        .flat_map(|candidate| places(true).map(move |baseline| (candidate, baseline)))
        .map(|pair| compare(results, pair, seeds))
        .collect();
    let p_values: Vec<f64> = rows
        .iter()
        .map(|row| row.paired.map_or(1.0, |test| test.p_value))
        .collect();
    for (row, adjusted) in rows.iter_mut().zip(holm(&p_values)) {
        row.p_adjusted = row.paired.is_ok().then_some(adjusted);
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
