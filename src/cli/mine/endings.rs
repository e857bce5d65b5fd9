//! How runs end, and what is said of those that end before a further attempt was made.

use std::time::Duration;

use serde_json::json;

use super::summary::{finished, standings};
use crate::campaign::{Finish, StopReason};
use crate::cli::common::{Common, Ending, Failure};
use crate::cli::output;
use crate::journal::Journal;
use crate::proposer::Pause;
use crate::record::charter::Charter;
use crate::record::ledger::{Balance, Spending};

/// The end of a run that was stopped before it made a further attempt of a campaign.
pub fn stopped_early(
    stop_reason: StopReason,
    charter: &Charter,
    journal: &Journal,
    wall: Duration,
    common: &Common,
) -> Result<Ending, Failure> {
    let name = &charter.campaign;
    let finish = Finish::of(
        &journal.attempts(name)?,
        journal.confirmations(name)?.pop(),
        journal.balance(name)?,
        stop_reason,
        wall,
    );
    let spending = crate::review::spending_of(journal, name)?;
    tell_early_end(&finish, charter, &spending, common)?;
    common.say(format!(
        "{} before a further attempt was made; go on with: motherlode mine --resume {name}",
        why_early(&finish.stop_reason)
    ));
    Ok(ending(&finish.stop_reason))
}

/// The end of a run that was stopped before its campaign was begun.
pub fn never_begun(
    stop_reason: StopReason,
    charter: &Charter,
    wall: Duration,
    during: &str,
    common: &Common,
) -> Result<Ending, Failure> {
    let finish = Finish::of(&[], None, Balance::default(), stop_reason, wall);
    tell_early_end(&finish, charter, &Spending::default(), common)?;
    common.say(format!(
        "{} before the first attempt, {during}: no campaign was begun",
        why_early(&finish.stop_reason)
    ));
    Ok(ending(&finish.stop_reason))
}

/// The end of a run whose models propose nothing, so that no campaign is begun.
pub fn refused(
    stop_reason: StopReason,
    charter: &Charter,
    wall: Duration,
    common: &Common,
) -> Result<Ending, Failure> {
    let finish = Finish::of(&[], None, Balance::default(), stop_reason, wall);
    tell_early_end(&finish, charter, &Spending::default(), common)?;
    if let StopReason::Paused { detail, .. } = &finish.stop_reason {
        output::tell(format!("error: {detail}"));
    }
    Ok(ending(&finish.stop_reason))
}

fn why_early(stop_reason: &StopReason) -> &'static str {
    match stop_reason {
        StopReason::TimeLimit => "the time limit is reached",
        _ => "stopped",
    }
}

/// The event of such an end, for programs.
fn tell_early_end(
    finish: &Finish,
    charter: &Charter,
    spending: &Spending,
    common: &Common,
) -> Result<(), Failure> {
    if common.json {
        let standings = standings(finish, charter)?;
        let event = finished(finish, charter, &standings, json!([]), spending);
        output::document(&event)?;
    }
    Ok(())
}

/// How the command ends where a campaign stops for this reason.
pub fn ending(reason: &StopReason) -> Ending {
    match reason {
        StopReason::AttemptsMade => Ending::Done,
        StopReason::TimeLimit | StopReason::RepliesExhausted { .. } => Ending::Limited,
        StopReason::Paused {
            pause: Pause::Budget | Pause::Rate,
            ..
        } => Ending::Limited,
        StopReason::Interrupted => Ending::Interrupted,
        StopReason::Paused { .. } => Ending::Failed,
    }
}
