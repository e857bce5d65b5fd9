//! A campaign under way, as its user sees it.

use serde_json::{json, Value};

use super::tally::Tally;
use crate::campaign::{Campaign, Event, Finish};
use crate::cli::common::{Common, Failure};
use crate::cli::interrupt::Interrupt;
use crate::cli::progress::Progress;
use crate::cli::{output, warnings};
use crate::record::attempt::{Attempt, Outcome};
use crate::record::charter::Charter;

/// Runs the campaign with progress on standard error, and events on standard output where JSON is
/// wanted.
pub fn watch(
    campaign: &Campaign,
    interrupt: &Interrupt,
    common: &Common,
) -> Result<Finish, Failure> {
    let progress = Progress::start("attempts", campaign.charter.attempts, common.quiet);
    let mut confirming: Option<Progress> = None;
    // What an earlier run found counts too.
    let settled = campaign.journal.attempts(&campaign.charter.campaign)?;
    let mut tally = Tally::of(campaign.founders, &settled);
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
        Event::Confirming { done, of } => {
            let confirming = confirming.get_or_insert_with(|| {
                progress.finish();
                Progress::start(confirming_words(campaign.charter), of, common.quiet)
            });
            confirming.set_steps(of);
            confirming.advance(done, None);
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
    confirming.iter().for_each(Progress::finish);
    let finish = finish?;
    unread.map_or(Ok(finish), |error| Err(error.into()))
}

fn confirming_words(charter: &Charter) -> &'static str {
    match charter.benchmark {
        Some(_) => "confirming on fresh seeds, steps",
        None => "confirming on fresh tasks, trials",
    }
}

fn attempt_event(attempt: &Attempt) -> Value {
    let mut fields = crate::cli::archive::attempts::attempt_fields(attempt);
    fields.insert("event".to_owned(), json!("attempt"));
    if let (Outcome::Placed(_), Some(evaluation)) = (&attempt.outcome, &attempt.evaluation) {
        fields.insert("fitness".to_owned(), json!(evaluation.estimate.fitness));
    }
    Value::Object(fields)
}
