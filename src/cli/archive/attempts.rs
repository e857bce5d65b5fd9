//! `motherlode archive attempts`: every attempt of a campaign with its outcome.

use clap::Args;
use serde_json::{json, Map, Value};

use crate::cli::campaign_argument::CampaignArgument;
use crate::cli::common::{Common, Failure};
use crate::cli::output;
use crate::cli::table::{signed, table};
use crate::drawing::visible::on_a_line;
use crate::journal::Journal;
use crate::record::attempt::Attempt;
use crate::record::ledger::Purpose;

/// What `motherlode archive attempts` is asked for.
#[derive(Args)]
#[command(after_help = "Examples:
  motherlode archive attempts
  motherlode archive attempts standard-1 --json")]
pub struct AttemptsArguments {
    #[command(flatten)]
    campaign: CampaignArgument,
}

/// Shows the attempts in the order of their numbers: as JSON, a line each.
pub fn run(
    journal: &Journal,
    arguments: &AttemptsArguments,
    common: &Common,
) -> Result<(), Failure> {
    let charter = arguments.campaign.find(journal)?;
    let attempts = journal.attempts(&charter.campaign)?;
    if common.json {
        for attempt in &attempts {
            output::document(&attempt_fields(attempt))?;
        }
        // Not in the lines, which are the same for a campaign and its rerun.
        common.say(format!("campaign {}", charter.campaign));
        return Ok(());
    }
    let name = &on_a_line(&charter.campaign);
    output::line(format!("campaign {name}\n{}", table_of(&attempts)))?;
    common.say(format!("next: motherlode archive top {name}"));
    Ok(())
}

fn table_of(attempts: &[Attempt]) -> String {
    let mut table = table(&["attempt", "outcome", "formula", "fitness", "reason"]);
    for attempt in attempts {
        let rejection = attempt.outcome.rejection();
        let outcome = rejection.map_or(attempt.outcome.name(), |rejection| rejection.kind());
        let fitness = attempt
            .evaluation
            .as_ref()
            .map_or(String::new(), |evaluation| {
                signed(evaluation.estimate.fitness.value())
            });
        let reason = rejection.map_or(String::new(), |rejection| rejection.detail());
        table.add_row([
            attempt.attempt.to_string(),
            outcome.to_owned(),
            written(attempt).unwrap_or_default().to_owned(),
            fitness,
            reason,
        ]);
    }
    table.to_string()
}

/// The JSON of an attempt.
pub fn attempt_fields(attempt: &Attempt) -> Map<String, Value> {
    let rejection = attempt
        .outcome
        .rejection()
        .map(|rejection| json!({ "kind": rejection.kind(), "detail": rejection.detail() }));
    output::object(json!({
        "attempt": attempt.attempt,
        "outcome": attempt.outcome.name(),
        "rejection": rejection,
        "proposer": attempt.proposer,
        "formula": written(attempt),
        "id": attempt.formula.as_ref().map(|formula| &formula.id),
        "nickname": attempt.formula.as_ref().map(|formula| &formula.nickname),
        "written": attempt.proposal.as_ref().map(|proposal| &proposal.formula),
        "canonical": attempt.formula.as_ref().map(|formula| &formula.canonical),
        "parents": attempt.parents,
        "sibling_of": attempt.sibling_of,
        "model": attempt.reply.as_ref().map(|reply| &reply.model),
        "purpose": purpose(attempt),
        "cost_usd": attempt.cost().usd(),
        "target": attempt.evaluation.as_ref().map(|evaluation| &evaluation.target),
        "fitness": attempt.evaluation.as_ref().map(|evaluation| evaluation.estimate.fitness),
    }))
}

/// What the attempt's model was asked for; `None` where no model was asked.
pub fn purpose(attempt: &Attempt) -> Option<Purpose> {
    attempt
        .calls
        .iter()
        .map(|call| call.purpose)
        .find(|purpose| Purpose::proposing().contains(purpose))
}

/// The formula as printed, else as proposed.
fn written(attempt: &Attempt) -> Option<&str> {
    let printed = attempt.formula.as_ref();
    let proposed = attempt.proposal.as_ref();
    printed
        .map(|formula| formula.formula.as_str())
        .or(proposed.map(|proposal| proposal.formula.as_str()))
}
