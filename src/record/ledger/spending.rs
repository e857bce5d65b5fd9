//! Where the money of a campaign went: by model, by purpose, and by what became of the attempts it
//! was spent on.

use std::collections::BTreeMap;

use super::call::{Call, CallOutcome};
use super::money::Money;
use super::price::CostSource;
use super::purpose::Purpose;

/// Sums over calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    /// Requests that left, refused ones included.
    pub requests: u64,
    /// Tokens as told by providers.
    pub input_tokens: u64,
    /// Input tokens that were read from a cache.
    pub cached_tokens: u64,
    /// Output tokens, reasoning included.
    pub output_tokens: u64,
    /// Output tokens that were spent on reasoning.
    pub reasoning_tokens: u64,
    /// The cost of the calls.
    pub spent: Money,
    /// The part of `spent` that no provider told, or none so that it can be: what was held for
    /// requests that may have been billed.
    pub estimated: Money,
    /// The number of those requests.
    pub estimated_requests: u64,
    /// The part of `estimated` whose providers told a usage that cannot be.
    pub doubtful: Money,
    /// The number of requests with such a usage, those of free servers included.
    pub doubtful_requests: u64,
}

impl Sum {
    fn add(&mut self, call: &Call) {
        self.requests += u64::from(call.left());
        if let Some(usage) = &call.usage {
            self.input_tokens += usage.input();
            self.cached_tokens += usage.input_cache_read;
            self.output_tokens += usage.output();
            self.reasoning_tokens += usage.output_reasoning;
        }
        self.spent += call.cost;
        if call.source == CostSource::Estimated {
            self.estimated += call.cost;
            self.estimated_requests += 1;
        }
        if call.doubt.is_some() {
            self.doubtful += call.cost;
            self.doubtful_requests += 1;
        }
    }

    /// The share of input tokens that was read from a cache; `None` without input.
    pub fn cache_hit_rate(&self) -> Option<f64> {
        (self.input_tokens > 0).then(|| self.cached_tokens as f64 / self.input_tokens as f64)
    }
}

/// The spending of a campaign.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spending {
    /// Over all calls.
    pub total: Sum,
    /// By the model that was asked, as the campaign names it.
    pub by_model: BTreeMap<String, Sum>,
    /// By why it was asked.
    pub by_purpose: BTreeMap<Purpose, Sum>,
    /// By what became of the attempt: `candidate`, a rejection's kind, or [`UNDER_WAY`].
    pub by_end: BTreeMap<String, Sum>,
    /// By how the requests themselves ended.
    pub by_outcome: BTreeMap<CallOutcome, Sum>,
    /// Attempts that became candidates.
    pub candidates: u64,
}

/// The end of an attempt that has none yet.
pub const UNDER_WAY: &str = "under way";
/// The end of a check-up, which is no attempt.
pub const CHECKED: &str = "check-up";
/// The end of an attempt that passed the whole cascade.
pub const CANDIDATE: &str = "candidate";

impl Spending {
    /// Takes in the calls of one attempt that came to this end.
    pub fn add(&mut self, calls: &[Call], end: &str) {
        self.candidates += u64::from(end == CANDIDATE);
        for call in calls {
            self.total.add(call);
            self.by_model
                .entry(call.model.clone())
                .or_default()
                .add(call);
            self.by_purpose.entry(call.purpose).or_default().add(call);
            self.by_end.entry(end.to_owned()).or_default().add(call);
            self.by_outcome.entry(call.outcome).or_default().add(call);
        }
    }

    /// What each candidate cost on average, failures included; `None` without candidates.
    pub fn for_each_candidate(&self) -> Option<f64> {
        (self.candidates > 0).then(|| self.total.spent.usd() / self.candidates as f64)
    }
}
