//! A check-up: each model of a charter is asked for a proposal as the campaign will ask for it, and
//! paid for like every other, from an account of the archive that is no campaign's.

use std::time::Instant;

use super::checkup_purse::CheckupPurse;
use super::no_formula::{no_formula, unparsable};
use crate::formula::FormulaErrorKind;
use crate::numerics::stop::Stop;
use crate::proposer::llm::asker::Failure;
use crate::proposer::{Brief, Llm, ParsedProposal, Pause, Proposer, Response, Unanswered};
use crate::record::ledger::{Balance, Budget, Call, Money, Room};

/// How often a model is asked anew whose answer was lost on the way, since that says nothing of
/// those that follow.
const TRIES: u32 = 3;

/// What came of asking one model.
pub struct ModelCheck {
    /// The model as the campaign names it.
    pub model: String,
    /// The attempt whose brief it was asked by.
    pub attempt: u64,
    /// The answer, or why there is none.
    pub answered: Result<Response, Failure>,
    /// The formula in the answer; `None` where there is none.
    pub formula: Option<String>,
    /// Why the model is of no use, and what to do; `None` where it proposed a formula.
    pub problem: Option<String>,
    /// What a campaign would pause for.
    pub pause: Pause,
    /// The requests that it took, in order.
    pub calls: Vec<Call>,
    /// The seconds that the answer took.
    pub seconds: f64,
}

impl ModelCheck {
    /// What all its requests cost.
    pub fn cost(&self) -> Money {
        self.calls.iter().map(|call| call.cost).sum()
    }

    /// The tokens of all its requests; `None` where its server tells none.
    pub fn tokens(&self) -> Option<u64> {
        let told = self.calls.iter().filter_map(|call| call.usage.as_ref());
        let tokens: u64 = told.map(|usage| usage.input() + usage.output()).sum();
        (tokens > 0).then_some(tokens)
    }
}

/// What the question of a check-up may cost each model that is asked by one of these briefs; none
/// of a model for whose request the budget has no room. What one has room for is asked of it alone.
pub fn most_costs(llm: &Llm, briefs: &[Brief], budget: &Budget) -> Vec<Option<Money>> {
    let most = |(index, brief)| {
        let hold = llm.hold_of(index, &assigned(llm, brief, index));
        let room = Balance::default().room(budget, &hold);
        (room == Room::Enough).then_some(hold.money)
    };
    briefs.iter().enumerate().map(most).collect()
}

/// Asks the model at an index by a brief, and books it.
pub fn check_model(
    llm: &Llm,
    model: usize,
    brief: &Brief,
    purse: &CheckupPurse,
    stop: &Stop,
) -> ModelCheck {
    let brief = assigned(llm, brief, model);
    let (mut tries, mut started) = (1, Instant::now());
    let mut lost = None;
    let answered = loop {
        let answered = llm.propose_by(model, &brief, purse, stop);
        // Why the one before was lost says more than that there is no room for another.
        let answered = match (answered, lost.take()) {
            (Err(Failure::NoRoom(_)), Some(before)) => break before,
            (answered, _) => answered,
        };
        let is_lost = matches!(
            answered,
            Err(Failure::Unanswered {
                why: Unanswered::Failed(_),
                paid: true
            })
        );
        if !is_lost || tries == TRIES || stop.is_due() {
            break answered;
        }
        (tries, started) = (tries + 1, Instant::now());
        lost = Some(answered);
    };
    let (formula, problem) = match &answered {
        Ok(response) => verdict(llm, &brief, response),
        Err(failure) => (None, Some(words_of(failure))),
    };
    let pause = match &answered {
        Ok(_) => Pause::Unreadable,
        Err(Failure::NoRoom(_)) => Pause::Budget,
        Err(Failure::Unanswered {
            why: Unanswered::Paused { pause, .. },
            ..
        }) => *pause,
        Err(Failure::Unanswered { .. }) => Pause::Unreachable,
    };
    if let Some(problem) = &problem {
        llm.leave_out(model, problem);
    }
    ModelCheck {
        model: llm.models()[model].setting.address.clone(),
        attempt: brief.attempt,
        answered,
        formula,
        problem,
        pause,
        calls: purse.take_calls(),
        seconds: started.elapsed().as_secs_f64(),
    }
}

/// A brief as this model is asked by it.
fn assigned(llm: &Llm, brief: &Brief, model: usize) -> Brief {
    let mut brief = brief.clone();
    llm.assign(&mut brief);
    brief.model = Some(llm.models()[model].setting.address.clone());
    brief
}

/// The formula that a response proposes, or why it proposes none: one that does not parse is none,
/// since the model was asked once already to mend it. One that the language forbids or that costs
/// too much is an attempt like another.
fn verdict(llm: &Llm, brief: &Brief, response: &Response) -> (Option<String>, Option<String>) {
    let reading = match &response.reading {
        Some(reading) => reading.clone(),
        None => llm.read(&response.reply, brief.instructions.formulas),
    };
    let words = match reading {
        Ok(proposals) => {
            let parses = |parsed: &&ParsedProposal| match parsed.formula() {
                Ok(_) => true,
                Err(error) => error.kind() != FormulaErrorKind::Unparsable,
            };
            let formula_of = |parsed: &ParsedProposal| parsed.proposal.formula.clone();
            match (proposals.iter().find(parses), proposals.first()) {
                (Some(sound), _) => return (Some(formula_of(sound)), None),
                (None, Some(first)) => unparsable(first),
                (None, None) => return (None, None),
            }
        }
        Err(rejection) => no_formula(&rejection, &response.reply.text),
    };
    (None, Some(format!("it answers, but {words}")))
}

/// Why there is no answer, in words.
fn words_of(failure: &Failure) -> String {
    match failure {
        Failure::NoRoom(reason) => reason.clone(),
        Failure::Unanswered { why, .. } => match why {
            Unanswered::Failed(reason)
            | Unanswered::Lost(reason)
            | Unanswered::Exhausted(reason)
            | Unanswered::Paused { detail: reason, .. } => reason.clone(),
            Unanswered::Stopped => "stopped".to_owned(),
        },
    }
}
