//! Randomness as a keyed counter-based stream: the same key gives the same numbers, on any machine
//! and in any order of asking.

use rand_chacha::rand_core::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

/// The address of a stream: a path of words and numbers such as (campaign seed, task, network,
/// trial seed, purpose).
///
/// Two keys are equal exactly when they were built from the same parts in the same order; parts are
/// length-prefixed, so `"ab", "c"` and `"a", "bc"` differ.
#[derive(Clone)]
pub struct Key(blake3::Hasher);

impl Key {
    /// The root key of everything that follows from `seed`.
    pub fn new(seed: u64) -> Key {
        Key(blake3::Hasher::new()).number(seed)
    }

    /// The key extended by a word.
    #[must_use]
    pub fn word(&self, word: &str) -> Key {
        let mut hasher = self.0.clone();
        hasher
            .update(b"w")
            .update(&(word.len() as u64).to_le_bytes())
            .update(word.as_bytes());
        Key(hasher)
    }

    /// The key extended by a number.
    #[must_use]
    pub fn number(&self, number: u64) -> Key {
        let mut hasher = self.0.clone();
        hasher.update(b"n").update(&number.to_le_bytes());
        Key(hasher)
    }

    /// The stream of random numbers at this key, from its beginning.
    pub fn stream(&self) -> Stream {
        Stream(ChaCha8Rng::from_seed(*self.0.finalize().as_bytes()))
    }
}

/// A stream of random numbers (ChaCha with 8 rounds, keyed by BLAKE3 of the [`Key`]).
pub struct Stream(ChaCha8Rng);

impl Stream {
    /// The next 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number uniform in `[0, 1)`, on a grid of 2^-53.
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// A number uniform in `[low, high)`.
    pub fn uniform(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// A standard normal number.
    pub fn normal(&mut self) -> f64 {
        StandardNormal.sample(&mut self.0)
    }

    /// A number uniform in `0..count`; `count` must not be 0.
    pub fn below(&mut self, count: usize) -> usize {
        assert!(count > 0, "a draw from no alternatives");
        // Widening multiplication; its bias is below count / 2^64.
        ((u128::from(self.bits()) * count as u128) >> 64) as usize
    }

    /// `true` with this probability.
    pub fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// One of the items, each with the same probability; `items` must not be empty.
    pub fn choose<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }

    /// An index, each with a probability in proportion to its weight; a weight below 0 counts as 0.
    /// `weights` must not be empty.
    pub fn weighted(&mut self, weights: &[f64]) -> usize {
        assert!(!weights.is_empty(), "a draw from no alternatives");
        let mut left = self.unit() * weights.iter().map(|weight| weight.max(0.0)).sum::<f64>();
        let drawn = weights.iter().position(|weight| {
            left -= weight.max(0.0);
            left < 0.0
        });
        // Rounding may leave a little beyond the last.
        drawn.unwrap_or(weights.len() - 1)
    }

    /// Shuffles the items in place (Fisher and Yates): every order has the same probability.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}
