//! Tests of paired samples: two activations under the same seeds.

use super::location::plain_deviation;
use super::rounding::rounding_of;
use super::student::TTest;
use super::undefined::{checked, Undefined};

/// The most pairs of which every assignment of signs is counted.
const EXACT: usize = 25;

/// What Wilcoxon's signed-rank test found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SignedRank {
    /// The sum of the ranks of the differences above 0.
    pub positive: f64,
    /// The sum of the ranks of the differences below 0.
    pub negative: f64,
    /// The number of pairs that differ. Pairs without a difference are left out, as by Wilcoxon.
    pub pairs: usize,
    /// The two-sided p-value.
    pub p_value: f64,
    /// Whether the p-value counts all assignments of signs; otherwise it comes from a normal
    /// distribution.
    pub exact: bool,
}

/// The t-test of the differences first minus second (Student 1908).
///
/// # Errors
/// `Unpaired`, `NotFinite`, `TooFew` below two pairs, `NoSpread` where all differences are the same
/// but for rounding.
pub fn paired_t(first: &[f64], second: &[f64]) -> Result<TTest, Undefined> {
    let (differences, rounding) = differences(first, second, 2)?;
    let (count, deviation) = (differences.len() as f64, plain_deviation(&differences));
    if deviation <= rounding {
        return Err(Undefined::NoSpread);
    }
    TTest::of(
        differences.iter().sum::<f64>() / count,
        deviation / count.sqrt(),
        count - 1.0,
    )
}

/// The signed-rank test of the differences first minus second (Wilcoxon 1945): exact up to 25
/// pairs, ties and all; beyond that by the normal distribution with the correction for ties,
/// without one for continuity. Differences that are the same but for rounding are tied.
///
/// # Errors
/// `Unpaired`, `NotFinite`, `TooFew` without any pair, `NoDifference` where no pair differs.
pub fn wilcoxon(first: &[f64], second: &[f64]) -> Result<SignedRank, Undefined> {
    let (mut differences, rounding) = differences(first, second, 1)?;
    differences.retain(|difference| difference.abs() > rounding);
    if differences.is_empty() {
        return Err(Undefined::NoDifference);
    }
    differences.sort_by(|a, b| a.abs().total_cmp(&b.abs()));
    // Ranks are doubled, so that the mean rank of tied differences is a whole number.
    let (mut doubled, mut ties, mut before) = (Vec::new(), Vec::new(), 0);
    for tied in differences.chunk_by(|a, b| b.abs() - a.abs() <= rounding) {
        doubled.extend(std::iter::repeat_n(2 * before + tied.len() + 1, tied.len()));
        ties.push(tied.len() as f64);
        before += tied.len();
    }
    let sum = |wanted: bool| {
        differences
            .iter()
            .zip(&doubled)
            .filter(|(difference, _)| (**difference > 0.0) == wanted)
            .map(|(_, rank)| rank)
            .sum()
    };
    let (positive, negative): (usize, usize) = (sum(true), sum(false));
    let pairs = differences.len();
    let exact = pairs <= EXACT;
    let p_value = if exact {
        exact_p(&doubled, positive.min(negative))
    } else {
        normal_p(pairs as f64, &ties, positive.min(negative) as f64 / 2.0)
    };
    Ok(SignedRank {
        positive: positive as f64 / 2.0,
        negative: negative as f64 / 2.0,
        pairs,
        p_value,
        exact,
    })
}

/// Twice the share of the assignments of signs in which the positive ranks come to `smaller` at
/// most.
fn exact_p(ranks: &[usize], smaller: usize) -> f64 {
    let mut assignments = vec![0.0; ranks.iter().sum::<usize>() + 1];
    assignments[0] = 1.0;
    for rank in ranks {
        for sum in (*rank..assignments.len()).rev() {
            assignments[sum] += assignments[sum - rank];
        }
    }
    let tail: f64 = assignments[..=smaller].iter().sum();
    (2.0 * tail / 2f64.powi(ranks.len() as i32)).min(1.0)
}

fn normal_p(pairs: f64, ties: &[f64], smaller: f64) -> f64 {
    let centre = pairs * (pairs + 1.0) / 4.0;
    let tied: f64 = ties.iter().map(|count| count * (count * count - 1.0)).sum();
    let variance = pairs * (pairs + 1.0) * (2.0 * pairs + 1.0) / 24.0 - tied / 48.0;
    let z = (smaller - centre).abs() / variance.sqrt();
    libm::erfc(z / std::f64::consts::SQRT_2).min(1.0)
}

/// First minus second, pair by pair, with the size below which a difference is rounding. Refuses
/// samples of unequal length, of fewer than `wanted` pairs, or with a value that is not finite.
pub(super) fn differences(
    first: &[f64],
    second: &[f64],
    wanted: usize,
) -> Result<(Vec<f64>, f64), Undefined> {
    if first.len() != second.len() {
        return Err(Undefined::Unpaired {
            first: first.len(),
            second: second.len(),
        });
    }
    checked(first, wanted)?;
    checked(second, wanted)?;
    let differences: Vec<f64> = first.iter().zip(second).map(|(a, b)| a - b).collect();
    checked(&differences, wanted)?;
    Ok((differences, rounding_of(first.iter().chain(second))))
}
