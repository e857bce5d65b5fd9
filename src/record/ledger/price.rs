//! Prices of tokens: a dated list that ships with the program, and prices that a user states. A
//! campaign keeps the ones it was started with.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::money::Money;
use super::usage::Usage;

/// Words for the tier at list prices.
const LIST_TIERS: [&str; 4] = ["default", "standard", "auto", "on_demand"];

/// Where a cost comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CostSource {
    /// The provider named it.
    Provider,
    /// Tokens as told by the provider, times the campaign's prices.
    Computed,
    /// No usage was told that can be, though it may have been billed: the whole of what was held
    /// for it.
    Estimated,
    /// Certainly not billed, or a server declared free.
    Free,
}

/// Dollars per million tokens of one model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// Uncached input.
    pub input: f64,
    /// Input read from a cache; as `input` where the provider has no such price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_read: Option<f64>,
    /// Input written to a cache for five minutes; as `input` where that costs nothing more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_write_5m: Option<f64>,
    /// Input written to a cache for an hour; as `input` where that costs nothing more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_write_1h: Option<f64>,
    /// Output, reasoning included.
    pub output: f64,
    /// Service tiers by name, as factors on all prices.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tiers: BTreeMap<String, f64>,
    /// What the whole of a long request costs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub long: Option<LongPrice>,
    /// Where it comes from: the list's day and source, or `stated by the user`.
    pub origin: String,
}

/// Prices of a request whose input exceeds a number of tokens; they hold for all of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LongPrice {
    /// Tokens of input.
    pub above: u64,
    /// Uncached input, in dollars per million tokens.
    pub input: f64,
    /// Input read from a cache; as `input` where the provider has no such price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_read: Option<f64>,
    /// Output, reasoning included.
    pub output: f64,
}

impl Price {
    /// The price of a server that its user declares free.
    pub fn free() -> Price {
        Price::stated(0.0, 0.0, "declared free by the user")
    }

    /// A price with nothing off for cached input.
    pub fn stated(input: f64, output: f64, origin: &str) -> Price {
        Price {
            input,
            cache_read: None,
            cache_write_5m: None,
            cache_write_1h: None,
            output,
            tiers: BTreeMap::new(),
            long: None,
            origin: origin.to_owned(),
        }
    }

    /// Whether nothing it is asked for costs anything.
    pub fn is_free(&self) -> bool {
        let cached = [self.cache_read, self.cache_write_5m, self.cache_write_1h];
        cached
            .into_iter()
            .flatten()
            .chain([self.input, self.output])
            .all(|price| price == 0.0)
    }

    /// What a call costs: as the provider says, or tokens times prices, by the tier that answered.
    pub fn cost(&self, usage: &Usage) -> (Money, CostSource) {
        if self.is_free() {
            return (Money::ZERO, CostSource::Free);
        }
        if let Some(reported) = usage.reported_cost {
            return (reported, CostSource::Provider);
        }
        let long = self.long.as_ref().filter(|long| usage.input() > long.above);
        // Writes grow with the input's price where a long request has one of its own.
        let grown = long.map_or(1.0, |long| {
            if self.input > 0.0 {
                long.input / self.input
            } else {
                1.0
            }
        });
        let (input, output) =
            long.map_or((self.input, self.output), |long| (long.input, long.output));
        let cache_read = long
            .map_or(self.cache_read, |long| long.cache_read)
            .unwrap_or(input);
        let write = |price: Option<f64>| price.map_or(input, |price| price * grown);
        let list = Money::of_tokens(usage.input_uncached, input)
            + Money::of_tokens(usage.input_cache_read, cache_read)
            + Money::of_tokens(usage.input_cache_write_5m, write(self.cache_write_5m))
            + Money::of_tokens(usage.input_cache_write_1h, write(self.cache_write_1h))
            + Money::of_tokens(usage.output(), output);
        let factor = self.tier_factor(usage.tier.as_deref());
        (
            if factor == 1.0 {
                list
            } else {
                list.times(factor)
            },
            CostSource::Computed,
        )
    }

    /// The most that a request of at most so many tokens can cost, asked for on `tier`; where none
    /// is asked for, an account's default may be the dearest.
    pub fn most(&self, input_tokens: u64, output_tokens: u64, tier: Option<&str>) -> Money {
        let dearest = |usual: f64, others: &[Option<f64>]| {
            others
                .iter()
                .flatten()
                .fold(usual, |most, price| most.max(*price))
        };
        let long = self.long.as_ref().filter(|long| input_tokens > long.above);
        let grown = long.map_or(1.0, |long| {
            if self.input > 0.0 {
                (long.input / self.input).max(1.0)
            } else {
                1.0
            }
        });
        let input = dearest(self.input, &[self.cache_write_5m, self.cache_write_1h]) * grown;
        let input = dearest(
            input,
            &[
                self.cache_read,
                long.map(|long| long.input),
                long.and_then(|long| long.cache_read),
            ],
        );
        let output = dearest(self.output, &[long.map(|long| long.output)]);
        let list = Money::of_tokens(input_tokens, input) + Money::of_tokens(output_tokens, output);
        let factor = tier
            .map_or_else(|| self.dearest_tier(), |tier| self.tier_factor(Some(tier)))
            .max(1.0);
        if factor == 1.0 {
            list
        } else {
            list.times(factor)
        }
    }

    fn tier_factor(&self, tier: Option<&str>) -> f64 {
        match tier {
            None => 1.0,
            Some(tier) => match self.tiers.get(tier) {
                Some(factor) => *factor,
                None if LIST_TIERS.contains(&tier) => 1.0,
                // A tier that is not listed is taken to be the dearest that is.
                None => self.dearest_tier(),
            },
        }
    }

    fn dearest_tier(&self) -> f64 {
        self.tiers
            .values()
            .fold(1.0, |most: f64, factor| most.max(*factor))
    }

    /// `$0.25 in, $2.00 out a million tokens`, or `free`.
    pub fn words(&self) -> String {
        if self.is_free() {
            return format!("free ({})", self.origin);
        }
        let cached = self
            .cache_read
            .map_or_else(String::new, |price| format!(" (cached ${price})"));
        format!(
            "${} in{cached}, ${} out a million tokens ({})",
            self.input, self.output, self.origin
        )
    }
}

/// The prices that ship with the program: datasets/prices.toml.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriceList {
    /// The day it was put together.
    pub version: String,
    price: Vec<ListedPrice>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ListedPrice {
    provider: String,
    model: String,
    input: f64,
    cache_read: Option<f64>,
    cache_write_5m: Option<f64>,
    cache_write_1h: Option<f64>,
    output: f64,
    #[serde(default)]
    tiers: BTreeMap<String, f64>,
    long: Option<LongPrice>,
    source: String,
    checked: String,
}

impl PriceList {
    /// The shipped list.
    pub fn shipped() -> &'static PriceList {
        static LIST: LazyLock<PriceList> = LazyLock::new(|| {
            toml::from_str(include_str!("../../../datasets/prices.toml"))
                .expect("the shipped price list is well-formed")
        });
        &LIST
    }

    /// The price of a provider's model: listed under its name, or under its name without a date at
    /// its end.
    pub fn find(&self, provider: &str, model: &str) -> Option<Price> {
        let named = |name: &str| {
            self.price
                .iter()
                .find(|entry| entry.provider == provider && entry.model == name)
        };
        let entry = named(model).or_else(|| named(without_date(model)?))?;
        Some(Price {
            input: entry.input,
            cache_read: entry.cache_read,
            cache_write_5m: entry.cache_write_5m,
            cache_write_1h: entry.cache_write_1h,
            output: entry.output,
            tiers: entry.tiers.clone(),
            long: entry.long.clone(),
            origin: format!(
                "price list of {}: {}, {}",
                self.version, entry.source, entry.checked
            ),
        })
    }

    /// (provider, model) of every entry.
    pub fn models(&self) -> impl Iterator<Item = (&str, &str)> {
        self.price
            .iter()
            .map(|entry| (entry.provider.as_str(), entry.model.as_str()))
    }
}

/// `name-2025-08-07`, `name-20250807` or `name@20250807` without the date; `None` where there is
/// none.
fn without_date(model: &str) -> Option<&str> {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let compact = model
        .len()
        .checked_sub(9)
        .filter(|at| model.is_char_boundary(*at))
        .map(|at| model.split_at(at));
    if let Some((name, _)) =
        compact.filter(|(_, date)| date.starts_with(['-', '@']) && digits(&date[1..]))
    {
        return Some(name);
    }
    let (name, date) = model
        .len()
        .checked_sub(11)
        .filter(|at| model.is_char_boundary(*at))
        .map(|at| model.split_at(at))?;
    let parts: Vec<&str> = date.strip_prefix('-')?.split('-').collect();
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    let is_date = lengths == [4, 2, 2] && parts.into_iter().all(digits);
    is_date.then_some(name)
}
