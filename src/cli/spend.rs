//! `motherlode spend`: what a campaign's models cost, by model, by purpose, and by what became of
//! it; and what check-ups cost.

use clap::Args;
use serde_json::{json, Value};

use crate::cli::campaign_argument::CampaignArgument;
use crate::cli::common::{counted, Common, Ending, Failure};
use crate::cli::output;
use crate::cli::table::table;
use crate::drawing::visible::on_a_line;
use crate::journal::{Journal, DOCTOR};
use crate::record::charter::{Asking, Charter};
use crate::record::ledger::spending::{Sum, CANDIDATE};
use crate::record::ledger::{Balance, Budget, Money, Spending};
use crate::review::{CampaignSpending, CheckupSpending};

/// What `motherlode spend` is asked for.
#[derive(Args)]
#[command(after_help = "Examples:
  motherlode spend
  motherlode spend standard-1 --json
  motherlode spend doctor")]
pub struct SpendArguments {
    #[command(flatten)]
    campaign: CampaignArgument,
}

/// Shows where the money of a campaign went, or that of the check-ups.
pub fn run(arguments: &SpendArguments, common: &Common) -> Result<Ending, Failure> {
    let journal = common.open_archive()?;
    let checkups = CheckupSpending::of(&journal).map_err(Failure::of_review)?;
    if of_checkups(arguments, &checkups, &journal)? {
        journal.close()?;
        return show_checkups(&checkups, common);
    }
    let charter = arguments.campaign.find(&journal)?;
    let spent = CampaignSpending::of(&journal, charter).map_err(Failure::of_review)?;
    journal.close()?;
    let CampaignSpending {
        charter,
        balance,
        spending,
    } = &spent;
    if common.json {
        output::document(&fields(spending, charter, balance))?;
        return Ok(Ending::Done);
    }
    let name = &charter.campaign;
    if spending.total.requests == 0 {
        output::line(format!(
            "no request of campaign {} has left, and it cost nothing",
            on_a_line(name)
        ))?;
        return Ok(Ending::Done);
    }
    let heading = format!("campaign {name}: {}", words(spending, charter));
    output::line(format!("{}\n{}", on_a_line(&heading), breakdown(spending)))?;
    if checkups.spending.total.requests > 0 {
        common.say(format!(
            "check-ups have cost {} beside it: motherlode spend {DOCTOR}",
            checkups.spending.total.spent
        ));
    }
    let name = on_a_line(name);
    common.say(format!("next: motherlode archive top {name}"));
    Ok(Ending::Done)
}

/// Whether the check-ups are asked for: by the name of their account as an argument, or because
/// there is nothing else. A campaign that an earlier version let have the name is there as
/// `--campaign`.
fn of_checkups(
    arguments: &SpendArguments,
    checkups: &CheckupSpending,
    journal: &Journal,
) -> Result<bool, Failure> {
    let any = checkups.spending.total.requests > 0;
    Ok(match arguments.campaign.name()? {
        Some(DOCTOR) => {
            let is_campaign = journal.campaign(DOCTOR)?.is_some();
            !is_campaign || (any && arguments.campaign.is_argument())
        }
        Some(_) => false,
        None => any && journal.campaigns()?.is_empty(),
    })
}

fn show_checkups(checkups: &CheckupSpending, common: &Common) -> Result<Ending, Failure> {
    let CheckupSpending { balance, spending } = checkups;
    if common.json {
        output::document(&account_fields(DOCTOR, spending, None, balance))?;
        return Ok(Ending::Done);
    }
    let total = &spending.total;
    let words = if total.requests == 0 {
        "no check-up has asked a model that is booked here, and they cost nothing".to_owned()
    } else {
        format!(
            "check-ups ({DOCTOR}): spent {} on {}, {} tokens{}\n{}",
            total.spent,
            counted(total.requests, "request"),
            total.input_tokens + total.output_tokens,
            estimated_words(total),
            breakdown(spending)
        )
    };
    output::line(words)?;
    Ok(Ending::Done)
}

/// The JSON of a campaign's spending.
pub fn fields(spending: &Spending, charter: &Charter, balance: &Balance) -> Value {
    account_fields(
        &charter.campaign,
        spending,
        charter.asking.as_ref(),
        balance,
    )
}

/// The JSON of the spending of an account: a campaign's, or the check-ups'.
fn account_fields(
    account: &str,
    spending: &Spending,
    asking: Option<&Asking>,
    balance: &Balance,
) -> Value {
    let mut fields = sum_fields(&spending.total);
    let named = |name: &str, key: String, sum: &Sum| {
        let mut row = sum_fields(sum);
        row[name] = json!(key);
        row
    };
    fields["campaign"] = json!(account);
    fields["held_usd"] = json!(balance.held.usd());
    fields["budget"] = budget(&asking.map(|asking| asking.budget).unwrap_or_default());
    fields["candidates"] = json!(spending.candidates);
    fields["usd_a_candidate"] = json!(spending.for_each_candidate());
    fields["by_model"] = spending
        .by_model
        .iter()
        .map(|(model, sum)| named("model", model.clone(), sum))
        .collect();
    fields["by_purpose"] = spending
        .by_purpose
        .iter()
        .map(|(purpose, sum)| named("purpose", purpose.name().to_owned(), sum))
        .collect();
    fields["by_end"] = spending
        .by_end
        .iter()
        .map(|(end, sum)| named("end", end.clone(), sum))
        .collect();
    fields["by_outcome"] = spending
        .by_outcome
        .iter()
        .map(|(outcome, sum)| named("outcome", outcome.name().to_owned(), sum))
        .collect();
    fields["prices"] = asking
        .iter()
        .flat_map(|asking| &asking.models)
        .map(|model| json!({ "model": model.address, "price": model.price }))
        .collect();
    fields
}

/// A budget as JSON carries it.
pub fn budget(budget: &Budget) -> Value {
    json!({ "usd": budget.money.map(|money| money.usd()), "tokens": budget.tokens })
}

fn sum_fields(sum: &Sum) -> Value {
    json!({ "requests": sum.requests, "input_tokens": sum.input_tokens,
    "cached_tokens": sum.cached_tokens, "cache_hit_rate": sum.cache_hit_rate(),
        "output_tokens": sum.output_tokens,
        "reasoning_tokens": sum.reasoning_tokens, "spent_usd": sum.spent.usd(),
        "estimated_usd": sum.estimated.usd(),
        "estimated_requests": sum.estimated_requests,
        "doubtful_usd": sum.doubtful.usd(),
        "doubtful_requests": sum.doubtful_requests })
}

/// The table that people read and paste: the same money by model, by purpose, by what became of the
/// attempts, and by how requests ended.
pub fn breakdown(spending: &Spending) -> String {
    let mut rows = table(&[
        "spent by",
        "",
        "requests",
        "input tokens",
        "cached",
        "output tokens",
        "of which reasoning",
        "spent",
        "of which estimated",
    ]);
    let models = spending
        .by_model
        .iter()
        .map(|(model, sum)| ("model", model.clone(), sum));
    let purposes = spending
        .by_purpose
        .iter()
        .map(|(purpose, sum)| ("purpose", purpose.name().to_owned(), sum));
    let ends = spending
        .by_end
        .iter()
        .map(|(end, sum)| ("end of the attempt", end.clone(), sum));
    let outcomes = spending
        .by_outcome
        .iter()
        .map(|(outcome, sum)| ("end of the request", outcome.name().replace('_', " "), sum));
    for (by, name, sum) in models.chain(purposes).chain(ends).chain(outcomes) {
        let cached = sum
            .cache_hit_rate()
            .map_or_else(String::new, |rate| format!("{:.0} %", 100.0 * rate));
        let counts = [
            sum.requests.to_string(),
            sum.input_tokens.to_string(),
            cached,
            sum.output_tokens.to_string(),
            sum.reasoning_tokens.to_string(),
        ];
        rows.add_row(
            [by.to_owned(), name]
                .into_iter()
                .chain(counts)
                .chain([sum.spent.to_string(), sum.estimated.to_string()]),
        );
    }
    rows.to_string()
}

/// What it came to, in a line or two.
pub fn words(spending: &Spending, charter: &Charter) -> String {
    let total = &spending.total;
    let budget = charter
        .asking
        .as_ref()
        .map(|asking| format!(" of a budget of {}", asking.budget.words()))
        .unwrap_or_default();
    let each = spending
        .for_each_candidate()
        .and_then(Money::dollars)
        .map_or_else(
            || "no candidate came of it".to_owned(),
            |each| {
                format!(
                    "{each} for each of {} candidates, failures included",
                    spending.candidates
                )
            },
        );
    let wasted = spending
        .by_end
        .iter()
        .filter(|(end, _)| *end != CANDIDATE)
        .map(|(_, sum)| sum.spent)
        .sum::<Money>();
    let cached = total.cache_hit_rate().map_or_else(String::new, |rate| {
        format!(
            "; {:.0} % of the input came from providers' caches",
            100.0 * rate
        )
    });
    let estimated = estimated_words(total);
    format!(
        "spent {}{budget} on {} requests, {} tokens: {each}; {wasted} on attempts that became \
         none{cached}{estimated}",
        total.spent,
        total.requests,
        total.input_tokens + total.output_tokens
    )
}

/// What of a sum no provider told so that it can be, in words; empty where that is nothing.
fn estimated_words(total: &Sum) -> String {
    let estimated = match total.estimated_requests {
        0 => String::new(),
        requests => format!(
            "; {} of it for {requests} requests of which no usage was told that can be, taken to \
             have cost all that was set aside",
            total.estimated
        ),
    };
    match total.doubtful_requests {
        0 => estimated,
        requests => format!(
            "{estimated}; DOUBTFUL: for {requests} requests the server told a usage that cannot be"
        ),
    }
}
