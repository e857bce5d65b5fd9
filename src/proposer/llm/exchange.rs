//! Asking one model: requests until there is a completion, each paid for before it leaves and
//! recorded after it.

use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::Value;
use tokio::time::{sleep, timeout_at, Instant};

use super::asker::{
    failed, paused, too_long, unheld, unless_cut, unless_stopped, Answered, Asker, Failure, LOOK,
};
use super::gate::GatePass;
use super::http::{HttpAnswer, Unsent};
use super::judgement::{Judgement, SentRequest};
use super::model::{Model, Question};
use super::retry::{self, Decision};
use super::wire::Field;
use crate::proposer::{Pause, Unanswered, Unheld};
use crate::record::ledger::{Call, CallOutcome, Hold};

/// How often a question was asked.
#[derive(Default)]
struct Tries {
    /// Those that count.
    counted: u32,
    /// Those that met a limited rate.
    limited: u32,
    requests: u32,
}

/// What follows from one exchange.
enum NextStep {
    Done(Box<Answered>),
    AskAtOnce,
    /// Asks again after at least this wait, where the server names one.
    AskLater {
        reason: String,
        after: Option<Duration>,
    },
}

impl Model {
    /// Asks until there is a completion, the table of decisions says otherwise, or patience ends.
    ///
    /// # Errors
    /// The model gave no completion; the failure says whether another may be asked in its place.
    pub async fn ask(
        &self,
        question: &Question<'_>,
        asker: &mut Asker<'_>,
    ) -> Result<Answered, Failure> {
        let mut tries = Tries::default();
        loop {
            let doubtful = self.doubts().too_many(&self.setting.address);
            if let Some(reason) = doubtful {
                return Err(paused(Pause::Usage, reason));
            }
            let judgement = self.exchange(question, asker).await?;
            tries.requests += 1;
            let unreached = matches!(judgement, Judgement::Unreached { .. });
            self.reached.fetch_or(!unreached, Ordering::Relaxed);
            let (reason, after) = match self.next_step(judgement, &mut tries, asker)? {
                NextStep::Done(answered) => return Ok(*answered),
                NextStep::AskAtOnce => continue,
                NextStep::AskLater { reason, after } => (reason, after),
            };
            self.check_tries(&tries, unreached, asker, &reason)?;
            let waited = self
                .wait(asker, tries.counted + tries.limited, after, &reason)
                .await;
            waited.map_err(|failure| match failure {
                Failure::Unanswered {
                    why: Unanswered::Failed(reason),
                    ..
                } if unreached => paused(Pause::Unreachable, reason),
                other => other,
            })?;
        }
    }

    /// What follows from a judgement, by the table of decisions; counts the try.
    fn next_step(
        &self,
        judgement: Judgement,
        tries: &mut Tries,
        asker: &Asker,
    ) -> Result<NextStep, Failure> {
        let later = |reason, after| Ok(NextStep::AskLater { reason, after });
        match judgement {
            Judgement::Done(answered) => Ok(NextStep::Done(answered)),
            Judgement::Lost { reason, .. } if !self.setting.price.is_free() => Err(failed(
                format!("{reason}; it may have been billed, so it is not asked again"),
                true,
            )),
            Judgement::Lost { reason, .. } | Judgement::Unreached { reason, .. } => {
                tries.counted += 1;
                later(reason, None)
            }
            Judgement::Refused { decision, .. } => match decision {
                Decision::Without { field, reason } => {
                    self.leave_out(field, reason)?;
                    Ok(NextStep::AskAtOnce)
                }
                Decision::Fail(reason) => Err(failed(reason, false)),
                Decision::Pause { pause, reason } => Err(paused(pause, reason)),
                // A limited rate costs time, not tries.
                Decision::Limited { reason, after } => {
                    tries.limited += 1;
                    let patience = asker.patience;
                    let ceiling =
                        retry::ceiling(tries.limited, patience.first_wait, patience.longest_wait);
                    // A server that names no time is left alone for a growing one.
                    let after = after.unwrap_or(ceiling / 2);
                    self.gate.narrow(after);
                    later(reason, Some(after))
                }
                Decision::Again { reason, after } => {
                    tries.counted += 1;
                    later(reason, after)
                }
            },
        }
    }

    /// Ends the tries where they are as many as patience has.
    fn check_tries(
        &self,
        tries: &Tries,
        unreached: bool,
        asker: &Asker,
        reason: &str,
    ) -> Result<(), Failure> {
        let reached = self.reached.load(Ordering::Relaxed);
        let requests = tries.requests;
        if tries.counted >= asker.patience.tries && unreached && !reached {
            return Err(paused(
                Pause::Unreachable,
                format!("{reason}, {requests} times; start the server or mend its address"),
            ));
        }
        // A server that was there a moment ago is waited for; one that never was is missing.
        let patient = unreached && asker.alone && reached;
        if tries.counted >= asker.patience.tries && !patient {
            return Err(failed(
                format!("gave up after {requests} requests: {reason}"),
                false,
            ));
        }
        Ok(())
    }

    /// One request: let in, paid for, sent, and booked unless it brought a completion, whose call
    /// is for the asker to settle.
    async fn exchange(
        &self,
        question: &Question<'_>,
        asker: &mut Asker<'_>,
    ) -> Result<Judgement, Failure> {
        let pass = self.enter(asker).await?;
        let refused = self.refused().clone();
        let body = self.body(question, &refused);
        asker.check_time()?;
        if asker.stop.is_due() {
            return Err(Unanswered::Stopped.into());
        }
        let hold = self.held(question, asker)?;
        let request = SentRequest {
            sent: &body.sent,
            limits: self.limits(question),
            hold: &hold,
        };
        if let Err(late) = asker.check_time() {
            let reason = "no time was left once there was room for it";
            let call = self.call(&request, CallOutcome::Unreached, reason);
            asker.purse.settle(&hold, *call).map_err(unheld)?;
            return Err(late);
        }
        let answer = self.sent(&body.json, &hold, asker).await?;
        drop(pass);
        let judgement = self.judge(answer, &request);
        self.book(&judgement, asker, &hold)?;
        Ok(judgement)
    }

    /// Sends a request and waits for its answer: one that is paid for also where the asker is to
    /// stop, since its reply is lost else.
    async fn sent(
        &self,
        body: &Value,
        hold: &Hold,
        asker: &Asker<'_>,
    ) -> Result<Result<HttpAnswer, Unsent>, Failure> {
        let sending = timeout_at(asker.deadline, self.door.post(body));
        let answer = if hold.money.is_zero() {
            unless_stopped(asker.stop, sending).await?
        } else {
            unless_cut(asker.stop, sending).await?
        };
        Ok(answer.unwrap_or_else(|_| {
            Err(Unsent::Lost(format!(
                "no answer from {} in the time of a proposal",
                self.address
            )))
        }))
    }

    /// Sets aside the most that the request can cost.
    fn held(&self, question: &Question<'_>, asker: &Asker<'_>) -> Result<Hold, Failure> {
        // Waiting for room takes no longer than the proposal may.
        let late = asker.stop.until(Some(asker.deadline.into_std()));
        asker
            .purse
            .hold(self.hold(question), &late)
            .map_err(|why| match why {
                Unheld::Stopped if Instant::now() >= asker.deadline => failed(
                    "the budget had no room while other requests were under way, and no time is \
                     left"
                        .to_owned(),
                    false,
                ),
                why => unheld(why),
            })
    }

    /// Books a request by what came of it; a completion is for the asker to settle.
    fn book(&self, judgement: &Judgement, asker: &Asker, hold: &Hold) -> Result<(), Failure> {
        match judgement {
            Judgement::Done(_) => {
                self.gate.widen();
                Ok(())
            }
            Judgement::Lost { call, .. }
            | Judgement::Unreached { call, .. }
            | Judgement::Refused { call, .. } => {
                let call = Call::clone(call);
                asker.purse.settle(hold, call).map_err(unheld)
            }
        }
    }

    /// Sends a field no more. A request is never sent without any limit of tokens, since what is
    /// held for it would not cover it.
    fn leave_out(&self, field: Field, reason: String) -> Result<(), Failure> {
        let limits = [Field::MaxTokens, Field::MaxCompletionTokens];
        let mut refused = self.refused();
        if limits.contains(&field)
            && limits
                .iter()
                .any(|limit| *limit != field && refused.contains(limit))
        {
            return Err(failed(
                format!(
                    "{reason}; it takes no limit of tokens by any name, and nothing is sent \
                     without one"
                ),
                false,
            ));
        }
        tracing::warn!(model = %self.address, "{reason}; it is left out from now on");
        refused.insert(field);
        Ok(())
    }

    /// Waits before the next try, at least as long as the server asks for; an end where that is
    /// longer than is waited.
    async fn wait(
        &self,
        asker: &mut Asker<'_>,
        tries: u32,
        after: Option<Duration>,
        reason: &str,
    ) -> Result<(), Failure> {
        let after = after.unwrap_or_default();
        if after > asker.patience.longest_retry_after {
            return Err(too_long(reason, after, asker.patience));
        }
        // The jitter comes on top, so that those who were told the same time do not come back
        // together.
        let wait = after
            + retry::backoff(
                tries,
                asker.patience.first_wait,
                asker.patience.longest_wait,
                &mut asker.stream,
            );
        if wait >= asker.time_left() {
            return Err(failed(
                format!("{reason}; no time is left to ask again"),
                false,
            ));
        }
        tracing::info!(
            model = %self.address,
            tries,
            wait_seconds = wait.as_secs_f64(),
            at_once = self.gate.limit(),
            "{reason}; asking again"
        );
        Ok(unless_stopped(asker.stop, sleep(wait)).await?)
    }

    /// Waits until the gate lets a request in.
    async fn enter(&self, asker: &Asker<'_>) -> Result<GatePass<'_>, Failure> {
        loop {
            match self.gate.enter() {
                Ok(pass) => return Ok(pass),
                Err(wait) if wait > asker.patience.longest_retry_after => {
                    return Err(too_long(
                        &format!("{} limits the rate", self.address),
                        wait,
                        asker.patience,
                    ))
                }
                Err(wait) if wait >= asker.time_left() => {
                    return Err(failed(
                        format!(
                            "{} answers fewer requests at once than are to be made, and no time \
                             is left to wait",
                            self.address
                        ),
                        false,
                    ));
                }
                Err(wait) => unless_stopped(asker.stop, sleep(wait.clamp(LOOK / 5, LOOK))).await?,
            }
        }
    }
}
