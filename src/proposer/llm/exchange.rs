//! Asking one model: requests until there is a completion, each paid for before it leaves and
//! recorded after it.

use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::Value;
use tokio::time::{sleep, timeout_at, Instant};

use super::asker::{
    failed, paused, too_long, unheld, unless_cut, unless_stopped, Answered, Asker, Failure, LOOK,
};
use super::form::SentForm;
use super::gate::GatePass;
use super::http::{HttpAnswer, Unsent};
use super::judgement::{Judgement, SentRequest};
use super::mending::Mending;
use super::model::{Model, Question, Terms};
use super::retry::{self, Decision};
use crate::proposer::{Pause, Unanswered, Unheld};
use crate::record::ledger::{Call, CallOutcome, Hold};

/// A wait that the user is told of.
const TOLD_WAIT: Duration = Duration::from_secs(2);

/// How often a question was asked.
#[derive(Default)]
struct Tries {
    /// Those that count.
    counted: u32,
    /// Those that met a limited rate.
    limited: u32,
    requests: u32,
}

/// What came of one request.
struct Exchanged<'a> {
    judgement: Judgement,
    /// What was sent.
    form: SentForm,
    /// Keeps others out until it is known what follows.
    pass: GatePass<'a>,
}

/// What follows from one exchange.
enum NextStep {
    Done(Box<Answered>),
    /// Asks at once, for less.
    Mend(Decision),
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
        let (mut tries, mut mending) = (Tries::default(), Mending::default());
        loop {
            let doubtful = self.doubts().too_many(&self.setting.address);
            if let Some(reason) = doubtful {
                return Err(paused(Pause::Usage, reason));
            }
            let exchanged = self.exchange(question, &mending, asker).await?;
            let Exchanged {
                judgement,
                form,
                pass,
            } = exchanged;
            tries.requests += 1;
            let unreached = matches!(judgement, Judgement::Unreached { .. });
            self.reached.fetch_or(!unreached, Ordering::Relaxed);
            let (reason, after) = match self.next_step(judgement, &mut tries, asker)? {
                NextStep::Done(answered) => return Ok(self.found(*answered, &mending)),
                NextStep::Mend(decision) => {
                    mending.begin(self);
                    drop(pass);
                    let mended = self.mend(decision, question, &form, &mut mending, asker);
                    mended.await?;
                    continue;
                }
                NextStep::AskLater { reason, after } => (reason, after),
            };
            drop(pass);
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
                Decision::Without { .. } | Decision::Less { .. } | Decision::Unclear(_) => {
                    Ok(NextStep::Mend(decision))
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
            let what_to_do = match self.door.way().through().is_empty() {
                true => "start the server or mend its address",
                false => "start the server or mend its address, or mend or unset the proxy",
            };
            return Err(paused(
                Pause::Unreachable,
                format!("{reason}, {requests} times; {what_to_do}"),
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

    /// One request, without what the model does not take and what a trial leaves out: let in, paid for, sent, and booked unless it brought a completion, whose call is for the asker to
    /// settle; with what was sent.
    async fn exchange(
        &self,
        question: &Question<'_>,
        mending: &Mending<'_>,
        asker: &mut Asker<'_>,
    ) -> Result<Exchanged<'_>, Failure> {
        let pass = loop {
            self.await_learning(mending, asker).await?;
            let pass = self.enter(asker).await?;
            if mending.is_under_way() || self.learning.try_lock().is_ok() {
                break pass;
            }
        };
        // Others may have found something while it waited.
        let terms = self.terms(question, &mending.trial.found);
        let body = self.body(question, &terms);
        let form = self.form(question, &terms, &body);
        asker.check_time()?;
        if asker.stop.is_due() {
            return Err(Unanswered::Stopped.into());
        }
        let hold = self.held(question, &terms, asker)?;
        let request = SentRequest {
            form: &form,
            limits: self.limits(question, &terms),
            hold: &hold,
        };
        if let Err(late) = asker.check_time() {
            let reason = "no time was left once there was room for it";
            let call = self.call(&request, CallOutcome::Unreached, reason);
            asker.purse.settle(&hold, *call).map_err(unheld)?;
            return Err(late);
        }
        let began = Instant::now();
        let answer = self.sent(&body.json, &hold, asker).await?;
        let judgement = self.judge(answer, &request);
        if let Judgement::Done(_) = judgement {
            self.accepted().add(&form);
            let took = began.elapsed();
            self.gate.answered(&pass, took, asker.patience.total);
        }
        self.book(&judgement, asker, &hold)?;
        Ok(Exchanged {
            judgement,
            form,
            pass,
        })
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
            // Who answers too late is asked too much at once.
            self.gate.narrow(Duration::ZERO);
            Err(Unsent::Lost(format!(
                "no answer from {} in the time of a proposal, {}{}; a longer --deadline may help, or \
                 fewer --requests at once",
                self.address,
                humantime::format_duration(asker.patience.total),
                self.door.way().through()
            )))
        }))
    }

    /// Sets aside the most that the request can cost.
    fn held(
        &self,
        question: &Question<'_>,
        terms: &Terms,
        asker: &Asker<'_>,
    ) -> Result<Hold, Failure> {
        // Waiting for room takes no longer than the proposal may.
        let late = asker.stop.until(Some(asker.deadline.into_std()));
        asker
            .purse
            .hold(self.hold_on(question, terms), &late)
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
            Judgement::Done(_) => Ok(()),
            Judgement::Lost { call, .. }
            | Judgement::Unreached { call, .. }
            | Judgement::Refused { call, .. } => {
                let call = Call::clone(call);
                asker.purse.settle(hold, call).map_err(unheld)
            }
        }
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
        if wait >= TOLD_WAIT {
            tracing::warn!(
                model = %self.address,
                "{reason}; it is asked again in {:.0} s, and given up {:.0} s from now",
                wait.as_secs_f64(),
                asker.time_left().as_secs_f64()
            );
        } else {
            tracing::info!(
                model = %self.address,
                tries,
                wait_seconds = wait.as_secs_f64(),
                at_once = self.gate.limit(),
                "{reason}; asking again"
            );
        }
        Ok(unless_stopped(asker.stop, sleep(wait)).await?)
    }

    /// Waits until the gate lets a request in. The clock of the proposal stands still while it waits
    /// for its turn, and goes on where the server has asked to be left alone.
    async fn enter(&self, asker: &mut Asker<'_>) -> Result<GatePass<'_>, Failure> {
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
                Err(wait) if wait.is_zero() => {
                    let since = Instant::now();
                    unless_stopped(asker.stop, sleep(LOOK / 5)).await?;
                    asker.stand_still(since.elapsed());
                }
                Err(wait) if wait >= asker.time_left() => {
                    return Err(failed(
                        format!(
                            "{} asks to be left alone for {:.0} s, and no time is left to wait; a \
                             longer --deadline may help, or fewer --requests at once",
                            self.address,
                            wait.as_secs_f64()
                        ),
                        false,
                    ));
                }
                Err(wait) => unless_stopped(asker.stop, sleep(wait.clamp(LOOK / 5, LOOK))).await?,
            }
        }
    }
}
