//! A smaller limit of tokens, with which requests fit into what is left of a budget.

use super::briefing::rough_brief;
use super::cost_estimate::{BYTES_A_TOKEN, USUAL_OUTPUT};
use super::hire::{keyless_ensemble, HiringError};
use crate::journal::Journal;
use crate::proposer::llm::model::{Model, Question};
use crate::proposer::prompt;
use crate::record::charter::Charter;
use crate::record::judging::Judging;
use crate::record::ledger::{apart, Balance, Budget, Hold, Money, Purpose};

/// The limits that are offered.
const OFFERED: [u32; 20] = [
    64_000, 32_000, 16_000, 8_000, 6_000, 5_000, 4_000, 3_000, 2_500, 2_000, 1_500, 1_200, 1_000,
    800, 600, 500, 400, 300, 250, 200,
];
/// How much more than the usual reply a limit has to leave room for.
const HEADROOM: u64 = 2;
/// How much longer than usual a prompt may be.
const LONGER_PROMPT: f64 = 1.25;
/// The part of the most requests that fit at any limit with which a larger one is content.
const NEARLY_ALL: f64 = 0.8;

/// A smaller limit of tokens for one model of a campaign, and how many requests it makes room for.
#[derive(Clone, Debug, PartialEq)]
pub struct SmallerLimit {
    /// The address of the model.
    pub model: String,
    /// The limit that it is asked with now.
    pub now: u32,
    /// What one request may cost now, and the tokens that it may use.
    pub most: Hold,
    /// The smaller limit.
    pub most_tokens: u32,
    /// About how many requests fit with it.
    pub requests: u64,
}

/// What is left of a budget, and what a request is likely to take of it.
struct Left {
    money: Option<Money>,
    tokens: Option<u64>,
    /// Of what a request has come to so far; `None` before the first.
    each: Option<(Money, u64)>,
}

impl SmallerLimit {
    /// The limit that makes the most room in the budget of a campaign judged so, of which `balance`
    /// is spent; replies had `usual_output` tokens so far, where there were any. `None` where no
    /// smaller limit does. With a journal it is known what the models were found not to take.
    ///
    /// # Errors
    /// A [`HiringError`]: models that cannot be asked.
    pub fn of(
        charter: &Charter,
        judging: &Judging,
        balance: &Balance,
        usual_output: Option<u64>,
        journal: Option<&Journal>,
    ) -> Result<Option<SmallerLimit>, HiringError> {
        let budget = charter.asking.as_ref().map(|asking| asking.budget);
        let Some(budget) = budget.filter(|budget| *budget != Budget::default()) else {
            return Ok(None);
        };
        let llm = keyless_ensemble(charter, journal)?;
        let brief = rough_brief(charter, judging);
        let (conversation, schema) = (prompt::proposal(&brief), prompt::schema(&brief));
        let question = Question {
            purpose: Purpose::Propose,
            conversation: &conversation,
            schema: &schema,
            most_tokens: 0,
        };
        let left = Left::of(&budget, balance);
        let least = usual_output.map_or(USUAL_OUTPUT, |usual| HEADROOM * usual);
        let offers = llm.models().iter().filter_map(|model| {
            let least = u32::try_from(least).unwrap_or(u32::MAX);
            offer(model, &question, &left, least)
        });
        Ok(offers.max_by_key(|offer| offer.requests))
    }

    /// `a request may cost $0.0180 at max_tokens 8192: with max_tokens=2000 about 11 more fit`.
    pub fn words(&self, budget: &Budget) -> String {
        let most = match budget.money {
            Some(_) => {
                let [money] = apart([self.most.money]);
                format!("cost {money}")
            }
            None => format!("use {} tokens", self.most.tokens),
        };
        let fits = if self.requests == 1 { "fits" } else { "fit" };
        format!(
            "a request may {most} at max_tokens {}: with max_tokens={} about {} more {fits}",
            self.now, self.most_tokens, self.requests
        )
    }

    /// The option of `motherlode mine` that sets it.
    pub fn option(&self) -> String {
        format!("--model '{},max_tokens={}'", self.model, self.most_tokens)
    }
}

/// What a smaller limit than now, from `least` on, makes of what is left for one model.
fn offer(model: &Model, question: &Question, left: &Left, least: u32) -> Option<SmallerLimit> {
    let now = model.most_tokens(model.setting.most_tokens);
    let held = |most_tokens| {
        model.hold(&Question {
            most_tokens,
            ..*question
        })
    };
    let bytes = question.conversation.bytes() as f64;
    let input = (bytes / BYTES_A_TOKEN) as u64;
    let tier = model.setting.tier.as_deref();
    let likely = (
        model.setting.price.most(input, USUAL_OUTPUT, tier),
        input + USUAL_OUTPUT,
    );
    let fitting: Vec<(u32, u64)> = OFFERED
        .into_iter()
        .filter(|offered| *offered < now && *offered >= least)
        .map(|offered| {
            let hold = with_longer_prompt(held(offered), &held(0));
            (offered, left.requests(&hold, likely))
        })
        .collect();
    let most = fitting.iter().map(|(_, requests)| *requests).max()?;
    let enough = (most as f64 * NEARLY_ALL).ceil() as u64;
    let (most_tokens, requests) = fitting
        .into_iter()
        .find(|(_, requests)| *requests >= enough.max(1))?;
    Some(SmallerLimit {
        model: model.setting.address.clone(),
        now,
        most: held(now),
        most_tokens,
        requests,
    })
}

/// What is held for a request whose prompt is longer than usual, of which `prompt` holds the usual.
fn with_longer_prompt(hold: Hold, prompt: &Hold) -> Hold {
    let more = LONGER_PROMPT - 1.0;
    Hold {
        money: hold.money + prompt.money.times(more),
        tokens: hold.tokens + (prompt.tokens as f64 * more) as u64,
        ..hold
    }
}

impl Left {
    fn of(budget: &Budget, balance: &Balance) -> Left {
        let requests = balance.requests;
        Left {
            money: budget.money.map(|most| most.less(balance.spent)),
            tokens: budget
                .tokens
                .map(|most| most.saturating_sub(balance.spent_tokens)),
            each: (requests > 0 && balance.spent_tokens > 0).then(|| {
                let share = 1.0 / requests as f64;
                (
                    balance.spent.times(share),
                    balance.spent_tokens.div_ceil(requests),
                )
            }),
        }
    }

    /// How many requests fit for each of which so much is held, while each comes to what it has so
    /// far, or to what is `likely`.
    fn requests(&self, hold: &Hold, likely: (Money, u64)) -> u64 {
        let (money, tokens) = self.each.unwrap_or(likely);
        let of_money = self.money.map(|left| {
            let (left, hold, each) = (left.usd(), hold.money.usd(), money.min(hold.money).usd());
            fitting(left, hold, each)
        });
        let of_tokens = self.tokens.map(|left| {
            let each = tokens.min(hold.tokens);
            fitting(left as f64, hold.tokens as f64, each as f64)
        });
        let both = [of_money, of_tokens].into_iter().flatten();
        both.min().unwrap_or(0)
    }
}

/// How many requests fit into `left` that hold so much, and come to `each`.
fn fitting(left: f64, hold: f64, each: f64) -> u64 {
    if hold > left {
        return 0;
    }
    1 + ((left - hold) / each.max(f64::MIN_POSITIVE)) as u64
}
