//! Money in whole picodollars, so that sums are exact: a price of a dollar per million tokens is a
//! million of them a token.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign};

use serde::{Deserialize, Serialize};

const PICODOLLARS: f64 = 1e12;

/// An amount of US dollars, never negative, in whole picodollars (1e-12); up to some 18 million
/// dollars, where sums stop growing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Money(u64);

impl Money {
    /// Nothing.
    pub const ZERO: Money = Money(0);

    /// The amount nearest to so many dollars; `None` where that is negative, not finite or too
    /// much.
    pub fn dollars(dollars: f64) -> Option<Money> {
        let picodollars = (dollars * PICODOLLARS).round();
        (dollars >= 0.0 && picodollars < u64::MAX as f64).then_some(Money(picodollars as u64))
    }

    /// The price of `tokens` at `price` dollars per million.
    pub fn of_tokens(tokens: u64, price: f64) -> Money {
        let each = (price.max(0.0) * PICODOLLARS / 1e6).round();
        Money((u128::from(tokens) * each as u128).min(u128::from(u64::MAX)) as u64)
    }

    /// In dollars, for people and JSON.
    pub fn usd(self) -> f64 {
        self.0 as f64 / PICODOLLARS
    }

    /// Times a factor, rounded up.
    #[must_use]
    pub fn times(self, factor: f64) -> Money {
        Money((self.0 as f64 * factor.max(0.0)).ceil() as u64)
    }

    /// What is left of it after `other`, nothing where that is more.
    #[must_use]
    pub fn less(self, other: Money) -> Money {
        Money(self.0.saturating_sub(other.0))
    }

    /// Whether it is nothing.
    pub fn is_zero(self) -> bool {
        self.0 == 0
    }
}

/// Amounts that stand in one sentence, each with three digits that count and at least two decimals,
/// and with as many more as it takes for those that differ to be told apart.
pub fn apart<const N: usize>(amounts: [Money; N]) -> [String; N] {
    let written = |amount: Money, more: usize| {
        let dollars = amount.usd();
        let decimals = if amount.is_zero() {
            2
        } else {
            (2.0 - dollars.log10().floor()).clamp(2.0, 12.0) as usize
        };
        let decimals = (decimals + more).min(12);
        format!("${dollars:.decimals$}")
    };
    let clashes = |amount: Money, more: usize| {
        let others = amounts.iter().filter(|other| **other != amount);
        let own = written(amount, more);
        let mut others = others.map(|other| written(*other, more));
        others.any(|other| other == own || as_number(&other) == as_number(&own))
    };
    amounts.map(|amount| {
        let more = (0..=12).find(|more| !clashes(amount, *more));
        written(amount, more.unwrap_or(12))
    })
}

/// A written amount without the zeros at its end, which make no difference to the eye.
fn as_number(written: &str) -> &str {
    written.trim_end_matches('0')
}

impl Add for Money {
    type Output = Money;

    fn add(self, other: Money) -> Money {
        Money(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Money {
    fn add_assign(&mut self, other: Money) {
        *self = *self + other;
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Money>>(amounts: I) -> Money {
        amounts.fold(Money::ZERO, Add::add)
    }
}

impl fmt::Display for Money {
    /// `$1.25`, with as many decimals as the first two digits of a small amount need: `$0.00012`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dollars = self.usd();
        let decimals = if self.0 == 0 || dollars >= 0.1 {
            2
        } else {
            (1.0 - dollars.log10().floor()).clamp(2.0, 12.0) as usize
        };
        write!(f, "${dollars:.decimals$}")
    }
}
