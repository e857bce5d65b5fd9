//! The record of one request to a model: why it was made, how it ended, and what it cost.

use serde::{Deserialize, Serialize};

use super::hold::Hold;
use super::money::Money;
use super::price::{CostSource, Price};
use super::purpose::Purpose;
use super::usage::Usage;

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallOutcome {
    /// The whole answer came.
    Answered,
    /// Answered, and cut off at the limit of tokens.
    Truncated,
    /// A field was refused, or the value of one, and the request made again without it or with less.
    FieldRefused,
    /// Another 4xx, which refuses the request, the key or the account; or an answer that asks not
    /// to be asked again.
    Rejected,
    /// The server asked to be asked more slowly.
    RateLimited,
    /// The server said that it is in trouble.
    Trouble,
    /// Nothing was sent.
    Unreached,
    /// The request was sent and no whole answer came; it may have been billed.
    Lost,
    /// A 2xx answer that is no completion; it may have been billed.
    Malformed,
}

impl CallOutcome {
    /// Whether the provider may have billed it although no usage was told.
    pub fn may_be_billed(self) -> bool {
        matches!(
            self,
            CallOutcome::Answered
                | CallOutcome::Truncated
                | CallOutcome::Lost
                | CallOutcome::Malformed
        )
    }

    /// The name that records carry.
    pub fn name(self) -> &'static str {
        match self {
            CallOutcome::Answered => "answered",
            CallOutcome::Truncated => "truncated",
            CallOutcome::FieldRefused => "field_refused",
            CallOutcome::Rejected => "rejected",
            CallOutcome::RateLimited => "rate_limited",
            CallOutcome::Trouble => "trouble",
            CallOutcome::Unreached => "unreached",
            CallOutcome::Lost => "lost",
            CallOutcome::Malformed => "malformed",
        }
    }
}

/// What was sent and what came back, word for word.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Exchange {
    /// The whole prompt.
    pub prompt: String,
    /// The answer.
    pub text: String,
    /// As a reply has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finish: Option<String>,
}

/// A limit of tokens that a model was found not to take, and the one that it took in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LearntLimit {
    /// The least limit that was refused.
    pub refused: u32,
    /// The one that was taken.
    pub instead: u32,
}

/// One request to a model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// The model as the campaign names it: `provider:name`, with `@url` where one was given.
    pub model: String,
    /// The model that answered, as its server names it.
    pub answered_by: Option<String>,
    /// Why the model was asked.
    pub purpose: Purpose,
    /// How the request ended.
    pub outcome: CallOutcome,
    /// What went wrong, in one line.
    pub detail: Option<String>,
    /// As told by the provider; `None` where it told none that can be.
    pub usage: Option<Usage>,
    /// Why the usage that the provider told is not believed, in one line: it cannot be that of this
    /// request, so that all that was held is booked in its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubt: Option<String>,
    /// What it cost.
    pub cost: Money,
    /// Where that number comes from.
    pub source: CostSource,
    /// Tokens that count against a budget: those of the usage, or those held where none was told.
    pub tokens: u64,
    /// The optional fields that the model was found not to take: by this request, or by those that
    /// were refused before it and differed from it in them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refused_fields: Vec<String>,
    /// The limit of tokens that the model was found not to take by those that were refused before
    /// it, and the one of this request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub learnt_limit: Option<LearntLimit>,
    /// Present where it was answered; in a settled attempt absent from the call that gave it its
    /// reply, whose words stand there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exchange: Option<Exchange>,
}

impl Call {
    /// The record of a request for which `hold` was set aside, at `price`. What may have been
    /// billed and tells no usage costs all that was held.
    pub fn of(hold: &Hold, outcome: CallOutcome, usage: Option<Usage>, price: &Price) -> Call {
        let (cost, source, tokens) = match &usage {
            Some(usage) => {
                let (cost, source) = price.cost(usage);
                (cost, source, usage.total())
            }
            None if outcome.may_be_billed() && price.is_free() => {
                (Money::ZERO, CostSource::Free, hold.tokens)
            }
            None if outcome.may_be_billed() => (hold.money, CostSource::Estimated, hold.tokens),
            None => (Money::ZERO, CostSource::Free, 0),
        };
        Call {
            outcome,
            usage,
            ..Call::priced(hold, cost, source, tokens)
        }
    }

    /// The record of a request whose provider tells a usage that cannot be, and why it cannot: it
    /// costs all that was held, at a server declared free nothing.
    pub fn doubted(hold: &Hold, outcome: CallOutcome, price: &Price, doubt: String) -> Call {
        let (cost, source) = if price.is_free() {
            (Money::ZERO, CostSource::Free)
        } else {
            (hold.money, CostSource::Estimated)
        };
        Call {
            outcome,
            doubt: Some(doubt),
            ..Call::priced(hold, cost, source, hold.tokens)
        }
    }

    /// Whether it left this machine.
    pub fn left(&self) -> bool {
        self.outcome != CallOutcome::Unreached
    }

    /// The record of a request that was cut off with the program that sent it.
    pub fn cut_off(hold: &Hold) -> Call {
        let source = if hold.money.is_zero() {
            CostSource::Free
        } else {
            CostSource::Estimated
        };
        Call {
            detail: Some(
                "the program stopped before the answer came; it may have been billed".to_owned(),
            ),
            ..Call::priced(hold, hold.money, source, hold.tokens)
        }
    }

    /// The record of a request for which `hold` was set aside, at this cost; lost until more is
    /// known of it.
    fn priced(hold: &Hold, cost: Money, source: CostSource, tokens: u64) -> Call {
        Call {
            model: hold.model.clone(),
            answered_by: None,
            purpose: hold.purpose,
            outcome: CallOutcome::Lost,
            detail: None,
            usage: None,
            doubt: None,
            cost,
            source,
            tokens,
            refused_fields: Vec::new(),
            learnt_limit: None,
            exchange: None,
        }
    }
}
