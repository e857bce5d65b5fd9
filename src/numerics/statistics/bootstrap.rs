//! How far one ranking of functions predicts another, with intervals by the bootstrap over
//! functions (Efron 1979).

use super::ranks::{quantiles, rank_correlation};
use super::undefined::Undefined;
use crate::numerics::stream::Key;

/// Two values of each of several functions, whose rankings are compared.
#[derive(Clone, Copy, Debug)]
pub struct Pairing<'a> {
    /// The first value of each function.
    pub first: &'a [f64],
    /// The second value of each function, in the same order.
    pub second: &'a [f64],
    /// Which functions count.
    pub part: Subset<'a>,
}

/// Which of the functions are compared.
#[derive(Clone, Copy, Debug)]
pub enum Subset<'a> {
    /// All of them.
    All,
    /// The half, rounded up, with the highest of these values, one value a function. Every resample
    /// takes its own better half.
    BetterHalf(&'a [f64]),
}

/// A rank correlation (Spearman), or a difference of two.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Correlation {
    /// From -1 to 1, or a difference of two from -2 to 2.
    pub value: f64,
    /// The 95 % interval, as percentiles over the resamples that have a correlation; `None` where
    /// fewer than half of them have one.
    pub interval: Option<(f64, f64)>,
}

/// The rank correlation of a pairing, with its interval over `resamples` draws of its functions
/// with replacement. The same key and number of functions give the same draws.
///
/// # Errors
/// `Unpaired`, `NotFinite`, `TooFew` below three functions in the part, `NoSpread` where either
/// side is constant.
pub fn rank_correlation_interval(
    pairing: &Pairing,
    key: &Key,
    resamples: usize,
) -> Result<Correlation, Undefined> {
    let count = pairing.checked()?;
    let value = pairing
        .correlation(&(0..count).collect::<Vec<_>>())
        .ok_or(Undefined::NoSpread)?;
    let values = draws(count, key, resamples)
        .filter_map(|drawn| pairing.correlation(&drawn))
        .collect();
    Ok(Correlation {
        value,
        interval: percentiles(values, resamples),
    })
}

/// The rank correlation of the first pairing less that of the second. Both are of the same
/// functions in the same order, and each resample draws the same functions for both.
///
/// # Errors
/// As [`rank_correlation_interval`] for either pairing; `Unpaired` where their numbers of functions
/// differ.
pub fn rank_correlation_difference(
    first: &Pairing,
    second: &Pairing,
    key: &Key,
    resamples: usize,
) -> Result<Correlation, Undefined> {
    let (count, other) = (first.checked()?, second.checked()?);
    if count != other {
        return Err(Undefined::Unpaired {
            first: count,
            second: other,
        });
    }
    let difference = |drawn: &[usize]| Some(first.correlation(drawn)? - second.correlation(drawn)?);
    let value = difference(&(0..count).collect::<Vec<_>>()).ok_or(Undefined::NoSpread)?;
    let values = draws(count, key, resamples)
        .filter_map(|drawn| difference(&drawn))
        .collect();
    Ok(Correlation {
        value,
        interval: percentiles(values, resamples),
    })
}

impl Pairing<'_> {
    /// The number of functions.
    fn checked(&self) -> Result<usize, Undefined> {
        let count = self.first.len();
        let selector = match self.part {
            Subset::All => &[][..],
            Subset::BetterHalf(selector) => selector,
        };
        for other in [
            Some(self.second),
            matches!(self.part, Subset::BetterHalf(_)).then_some(selector),
        ]
        .into_iter()
        .flatten()
        {
            if other.len() != count {
                return Err(Undefined::Unpaired {
                    first: count,
                    second: other.len(),
                });
            }
        }
        if self
            .first
            .iter()
            .chain(self.second)
            .chain(selector)
            .any(|value| !value.is_finite())
        {
            return Err(Undefined::NotFinite);
        }
        let part = if selector.is_empty() {
            count
        } else {
            count.div_ceil(2)
        };
        if part < 3 {
            return Err(Undefined::TooFew {
                wanted: 3,
                found: part,
            });
        }
        Ok(count)
    }

    /// The correlation over these functions, or the better half of them.
    fn correlation(&self, functions: &[usize]) -> Option<f64> {
        let mut functions = functions.to_vec();
        if let Subset::BetterHalf(selector) = self.part {
            functions.sort_by(|a, b| selector[*b].total_cmp(&selector[*a]));
            functions.truncate(functions.len().div_ceil(2));
        }
        let of = |values: &[f64]| {
            functions
                .iter()
                .map(|function| values[*function])
                .collect::<Vec<f64>>()
        };
        rank_correlation(&of(self.first), &of(self.second))
    }
}

fn draws(count: usize, key: &Key, resamples: usize) -> impl Iterator<Item = Vec<usize>> {
    let mut stream = key.word("functions").stream();
    (0..resamples).map(move |_| (0..count).map(|_| stream.below(count)).collect())
}

fn percentiles(values: Vec<f64>, resamples: usize) -> Option<(f64, f64)> {
    if values.is_empty() || 2 * values.len() < resamples {
        return None;
    }
    let [low, high] = quantiles(values, [0.025, 0.975]);
    Some((low, high))
}
