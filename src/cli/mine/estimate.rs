//! What a campaign is likely to cost, and at most, said before the first paid call; which waits for
//! the user's consent.

use std::io::{BufRead, IsTerminal};

use crate::campaign::{ensemble, environment, rough_brief};
use crate::cli::common::{Common, Failure};
use crate::cli::output;
use crate::lab::Lab;
use crate::proposer::llm::model::Question;
use crate::proposer::{prompt, Llm};
use crate::record::charter::{Asking, Charter, ModelSetting};
use crate::record::ledger::{Balance, Budget, Hold, Money, Purpose, Room};

/// Bytes of a prompt that make a token: English, formulas and Markdown lie between 3 and 4.
const BYTES_A_TOKEN: f64 = 3.5;
/// Tokens of a usual reply with little reasoning: an object of three sentences is a third of it.
const USUAL_OUTPUT: u64 = 600;
/// Requests of a usual attempt: some are repaired, and some write guidance.
const USUAL_REQUESTS: f64 = 1.2;

/// Says what is to be expected, and asks for consent where money is to be spent: `--yes`, or an
/// answer at the terminal.
///
/// # Errors
/// A matter of usage: no consent, or a budget without room for a single call.
pub fn consent(
    charter: &Charter,
    made: u64,
    balance: &Balance,
    yes: bool,
    common: &Common,
) -> Result<(), Failure> {
    let Some(asking) = charter.asking.as_ref().filter(|asking| {
        asking.models.iter().any(|model| !model.price.is_free()) || asking.budget.tokens.is_some()
    }) else {
        return Ok(());
    };
    let calls = charter
        .attempts
        .saturating_sub(made)
        .div_ceil(u64::from(charter.instructions.formulas.max(1)));
    if calls == 0 {
        return Ok(());
    }
    let Costs {
        likely,
        least,
        most,
    } = costs(charter, asking)?;
    if balance.room(&asking.budget, &least) == Room::Never {
        return Err(no_room(&asking.budget, balance, &least));
    }
    if asking.models.iter().all(|model| model.price.is_free()) {
        return Ok(());
    }
    let words = format!(
        "estimate: {calls} proposals are likely to cost about {} with little reasoning; a single \
         request may cost up to {}; never more than the budget of {}",
        likely.times(calls as f64),
        most,
        asking.budget.words()
    );
    if yes {
        common.say(words);
        return Ok(());
    }
    ask(&words)
}

/// A budget that has no room for a single call.
fn no_room(budget: &Budget, balance: &Balance, least: &Hold) -> Failure {
    let spent = if balance.spent.is_zero() {
        String::new()
    } else {
        format!(", of which {} is spent", balance.spent)
    };
    Failure::usage(format!(
        "the budget of {}{spent} has no room for one call, which may cost {} and use {} tokens; \
         raise it by --budget-usd or --budget-tokens, or lower max_tokens of the model",
        budget.words(),
        least.money,
        least.tokens
    ))
}

/// Asks at the terminal whether to spend.
fn ask(words: &str) -> Result<(), Failure> {
    if !std::io::stdin().is_terminal() {
        return Err(Failure::usage(format!("{words}; to spend it, add --yes")));
    }
    output::tell(format!("{words}. Spend it? [y/N]"));
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    match answer.trim().to_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => Err(Failure::usage("nothing was asked and nothing is spent")),
    }
}

/// What one proposal costs.
struct Costs {
    likely: Money,
    /// What is held for a call to the cheapest model.
    least: Hold,
    /// The most that a call to the dearest may cost.
    most: Money,
}

fn costs(charter: &Charter, asking: &Asking) -> Result<Costs, Failure> {
    let llm: Llm = ensemble(charter, None, &environment).map_err(Failure::of_hiring)?;
    let brief = rough_brief(charter, &Lab::parse(&charter.lab_definition)?);
    let conversation = prompt::proposal(&brief);
    let schema = prompt::schema(&brief);
    let weights: f64 = asking.models.iter().map(|model| model.weight).sum();
    let input = (conversation.bytes() as f64 / BYTES_A_TOKEN) as u64;
    let share = |model: &ModelSetting| {
        let once = model.price.most(
            input,
            USUAL_OUTPUT.min(u64::from(model.most_tokens)),
            model.tier.as_deref(),
        );
        once.times(USUAL_REQUESTS * model.weight / weights)
    };
    let hold = |model: &crate::proposer::llm::model::Model| {
        let most_tokens = model.setting.most_tokens;
        model.hold(&Question {
            purpose: Purpose::Propose,
            conversation: &conversation,
            schema: &schema,
            most_tokens,
        })
    };
    let holds: Vec<Hold> = llm.models().iter().map(hold).collect();
    let most = holds
        .iter()
        .map(|hold| hold.money)
        .max()
        .unwrap_or_default();
    let least = holds
        .into_iter()
        .min_by_key(|hold| (hold.money, hold.tokens))
        .ok_or_else(|| Failure::usage("no model is named"))?;
    Ok(Costs {
        likely: asking.models.iter().map(share).sum(),
        least,
        most,
    })
}
