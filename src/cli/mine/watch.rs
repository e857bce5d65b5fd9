//! A campaign under way, as its user sees it.

use serde_json::{json, Value};

use super::confirming::Confirming;
use super::tally::Tally;
use crate::campaign::{Campaign, Event, Finish};
use crate::cli::common::{Common, Failure};
use crate::cli::interrupt::Interrupt;
use crate::cli::progress::Progress;
use crate::cli::{output, warnings};
use crate::record::attempt::{Attempt, Outcome};

/// Runs the campaign with progress on standard error, and events on standard output where JSON is
/// wanted.
pub fn watch(
    campaign: &Campaign,
    interrupt: &Interrupt,
    common: &Common,
) -> Result<Finish, Failure> {
    let progress = Progress::start("attempts", campaign.charter.attempts, common.quiet);
    let mut confirming = Confirming::default();
    let profiles = &campaign.evaluator.judging().profiles;
    let blocks = campaign.charter.blocks(profiles);
    // What an earlier run found counts too.
    let settled = campaign.journal.attempts(&campaign.charter.campaign)?;
    let mut tally = Tally::of(blocks, campaign.founders, &settled);
    let mut unread = None;
    let mut tell = |event: &Value| {
        if let Err(error) = output::document(event) {
            // Nobody reads any more: what is done is kept, nothing more is spent.
            interrupt.raise();
            unread = Some(error);
        }
    };
    let finish = campaign.run(&mut |event| match event {
        Event::Settled(attempt) => {
            tally.add(attempt);
            progress.advance(attempt.attempt, Some(tally.words()));
            if common.json {
                tell(&attempt_event(attempt));
            }
        }
        Event::Rebuilt(settled) => progress.begin_at(settled),
        Event::Confirming { block, done, of } => {
            progress.finish();
            confirming.advance(campaign.charter, block, (done, of), common.quiet);
        }
        Event::NoReply { attempt, detail } => {
            let message = format!("attempt {attempt} got no reply: {detail}");
            match common.json {
                true => tell(&json!({ "event": "warning", "message": message })),
                false if common.quiet => {}
                false => warnings::tell(&message),
            }
        }
        Event::Warning(message) if common.json => {
            tell(&json!({ "event": "warning", "message": message }))
        }
        Event::Warning(message) => progress.say(&format!("warning: {message}")),
    });
    progress.finish();
    confirming.finish();
    let finish = finish?;
    unread.map_or(Ok(finish), |error| Err(error.into()))
}

fn attempt_event(attempt: &Attempt) -> Value {
    let mut fields = crate::cli::archive::attempts::attempt_fields(attempt);
    fields.insert("event".to_owned(), json!("attempt"));
    if let (Outcome::Placed(_), Some(evaluation)) = (&attempt.outcome, &attempt.evaluation) {
        fields.insert("fitness".to_owned(), json!(evaluation.estimate.fitness));
    }
    Value::Object(fields)
}
