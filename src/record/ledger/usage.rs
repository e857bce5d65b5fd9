//! The tokens of one call, whatever provider counted them: each token stands in exactly one of the
//! counts.

use serde::{Deserialize, Serialize};

use super::money::Money;

/// What a provider says that a call used.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Usage {
    /// Input that was neither read from a cache nor written to one.
    pub input_uncached: u64,
    /// Input that was read from a cache.
    pub input_cache_read: u64,
    /// Input written to a cache that keeps it five minutes, or as long as the provider says where
    /// it offers no choice.
    pub input_cache_write_5m: u64,
    /// Input written to a cache that keeps it an hour.
    pub input_cache_write_1h: u64,
    /// Output without reasoning.
    pub output_visible: u64,
    /// Output spent on reasoning; billed like the rest of the output.
    pub output_reasoning: u64,
    /// What the provider itself says that the call cost, such as OpenRouter does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reported_cost: Option<Money>,
    /// The service tier that answered, in the provider's word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tier: Option<String>,
}

impl Usage {
    /// All input, cached or not.
    pub fn input(&self) -> u64 {
        [
            self.input_uncached,
            self.input_cache_read,
            self.input_cache_write_5m,
            self.input_cache_write_1h,
        ]
        .into_iter()
        .fold(0, u64::saturating_add)
    }

    /// All output, reasoning included.
    pub fn output(&self) -> u64 {
        self.output_visible.saturating_add(self.output_reasoning)
    }

    /// Input and output.
    pub fn total(&self) -> u64 {
        self.input().saturating_add(self.output())
    }
}
