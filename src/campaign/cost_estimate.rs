//! What the rest of a campaign is likely to cost, and at most, before anything is asked.

use super::briefing::rough_brief;
use super::hire::{keyless_ensemble, HiringError};
use crate::journal::Journal;
use crate::proposer::llm::model::{Model, Question};
use crate::proposer::prompt;
use crate::record::charter::{Charter, ModelSetting};
use crate::record::judging::Judging;
use crate::record::ledger::{Balance, Budget, Hold, Money, Purpose, Room};

/// Bytes of a prompt that make a token: English, formulas and Markdown lie between 3 and 4.
pub(super) const BYTES_A_TOKEN: f64 = 3.5;
/// Tokens of a usual reply with little reasoning: an object of three sentences is a third of it.
pub(super) const USUAL_OUTPUT: u64 = 600;
/// Requests of a usual attempt: some are repaired, and some write guidance.
const USUAL_REQUESTS: f64 = 1.2;

/// What the proposals of a campaign that are still to be asked for cost.
#[derive(Clone, Debug, PartialEq)]
pub struct CostEstimate {
    /// The number of those proposals, at least 1.
    pub proposals: u64,
    /// What they are likely to cost together, with little reasoning.
    pub likely: Money,
    /// What is held for one request to the cheapest model.
    pub least: Hold,
    /// The most that one request to the dearest model can cost.
    pub most: Money,
}

impl CostEstimate {
    /// The estimate for a campaign judged so that has made `made` attempts.
    ///
    /// `None` where there is nothing to be paid or counted: no model is asked, all of them are free
    /// and no budget of tokens is set, or all attempts are made. No key is looked up.
    ///
    /// # Errors
    /// A [`HiringError`]: models that cannot be asked.
    pub fn of(
        charter: &Charter,
        judging: &Judging,
        made: u64,
    ) -> Result<Option<CostEstimate>, HiringError> {
        CostEstimate::knowing(None, charter, judging, made)
    }

    /// The same where it is known what earlier calls of a journal found the models not to take.
    ///
    /// # Errors
    /// As [`CostEstimate::of`], and a journal that cannot be read.
    pub fn knowing(
        journal: Option<&Journal>,
        charter: &Charter,
        judging: &Judging,
        made: u64,
    ) -> Result<Option<CostEstimate>, HiringError> {
        let is_counted = charter
            .asking
            .as_ref()
            .is_some_and(|asking| !asking.is_free() || asking.budget.tokens.is_some());
        let proposals = proposals(charter, made);
        if !is_counted || proposals == 0 {
            return Ok(None);
        }
        let llm = keyless_ensemble(charter, journal)?;
        let brief = rough_brief(charter, judging);
        let (conversation, schema) = (prompt::proposal(&brief), prompt::schema(&brief));
        let hold = |model: &Model| {
            model.hold(&Question {
                purpose: Purpose::Propose,
                conversation: &conversation,
                schema: &schema,
                most_tokens: model.setting.most_tokens,
            })
        };
        let holds: Vec<Hold> = llm.models().iter().map(hold).collect();
        let most = holds.iter().map(|hold| hold.money).max();
        let least = holds
            .into_iter()
            .min_by_key(|hold| (hold.money, hold.tokens))
            .ok_or(HiringError::NoModel)?;
        let settings: Vec<&ModelSetting> =
            llm.models().iter().map(|model| &model.setting).collect();
        let input = (conversation.bytes() as f64 / BYTES_A_TOKEN) as u64;
        Ok(Some(CostEstimate {
            proposals,
            likely: likely(&settings, input).times(proposals as f64),
            least,
            most: most.unwrap_or_default(),
        }))
    }

    /// Whether `budget` may ever have room for one request, given what is spent.
    pub fn has_room(&self, budget: &Budget, balance: &Balance) -> bool {
        balance.room(budget, &self.least) != Room::Never
    }
}

/// The proposals that a campaign which has made `made` attempts still asks for.
pub(super) fn proposals(charter: &Charter, made: u64) -> u64 {
    charter
        .attempts
        .saturating_sub(made)
        .div_ceil(u64::from(charter.instructions.formulas.max(1)))
}

/// What one proposal with `input` tokens is likely to cost: the mean over the models by their
/// weights.
fn likely(models: &[&ModelSetting], input: u64) -> Money {
    let weights: f64 = models.iter().map(|model| model.weight).sum();
    let share = |model: &&ModelSetting| {
        let output = USUAL_OUTPUT.min(u64::from(model.most_tokens));
        let once = model.price.most(input, output, model.tier.as_deref());
        once.times(USUAL_REQUESTS * model.weight / weights)
    };
    models.iter().map(share).sum()
}
