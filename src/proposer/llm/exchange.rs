//! Asking one model: requests until there is a completion, each paid for before it leaves and
//! recorded after it.

use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::{sleep, timeout_at, Instant};

use super::address::Provider;
use super::asker::{
    failed, paused, too_long, unheld, unless_stopped, Answered, Asker, Failure, LOOK,
};
use super::gate::GatePass;
use super::http::{HttpAnswer, Unsent, LARGEST_BODY};
use super::model::{Model, Question};
use super::rate;
use super::retry::{self, Decision, Sent};
use super::wire::{fault, Completion, Fault, Field, Outcome};
use crate::proposer::{reply, Pause, Unanswered, Unheld};
use crate::record::ledger::{Call, CallOutcome, Hold, Usage};

/// The longest pause after an answer that says that nothing is left of a limit: a part of it is
/// there long before the whole is.
const NOTHING_LEFT: Duration = Duration::from_secs(1);

/// What one exchange came to.
enum Judgement {
    Done(Box<Answered>),
    /// The request was sent, and may have been billed.
    Lost {
        reason: String,
        outcome: CallOutcome,
    },
    /// Nothing was sent.
    Unreached(String),
    /// The server said no; `usage` where it billed something all the same.
    Refused {
        decision: Decision,
        usage: Option<Usage>,
    },
}

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
            let judgement = self.exchange(question, asker).await?;
            tries.requests += 1;
            let unreached = matches!(judgement, Judgement::Unreached(_));
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
            Judgement::Lost { reason, .. } | Judgement::Unreached(reason) => {
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
        let hold = self.held(question, asker)?;
        if let Err(late) = asker.check_time() {
            self.settle(
                asker,
                &hold,
                CallOutcome::Unreached,
                "no time was left once there was room for it",
                None,
                None,
            )?;
            return Err(late);
        }
        let answer = unless_stopped(
            asker.stop,
            timeout_at(asker.deadline, self.door.post(&body.json)),
        )
        .await?;
        drop(pass);
        let answer = answer.unwrap_or_else(|_| {
            Err(Unsent::Lost(format!(
                "no answer from {} in the time of a proposal",
                self.address
            )))
        });
        let judgement = self.judge(answer, &body.sent, hold.clone());
        self.book(&judgement, asker, &hold)?;
        Ok(judgement)
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
            Judgement::Done(_) => self.gate.widen(),
            Judgement::Lost { reason, outcome } => {
                self.settle(asker, hold, *outcome, reason, None, None)?
            }
            Judgement::Unreached(reason) => {
                self.settle(asker, hold, CallOutcome::Unreached, reason, None, None)?
            }
            Judgement::Refused { decision, usage } => {
                let field = if let Decision::Without { field, .. } = decision {
                    Some(*field)
                } else {
                    None
                };
                self.settle(
                    asker,
                    hold,
                    decision.outcome(),
                    decision.reason(),
                    usage.clone(),
                    field,
                )?;
            }
        }
        Ok(())
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

    /// What follows from one exchange.
    fn judge(&self, answer: Result<HttpAnswer, Unsent>, sent: &[Field], hold: Hold) -> Judgement {
        let answer = match answer {
            Ok(answer) => answer,
            Err(unsent) => return self.unsent(unsent),
        };
        if let Some(reset) = rate::reset(&answer).filter(|_| answer.status != 429) {
            self.gate.narrow(reset.min(NOTHING_LEFT));
        }
        if (200..300).contains(&answer.status) {
            self.judge_success(answer, sent, hold)
        } else {
            let fault = fault::read(&answer.body);
            self.refusal(&answer, fault, None, sent)
        }
    }

    fn unsent(&self, unsent: Unsent) -> Judgement {
        match unsent {
            Unsent::Unreached(reason) => {
                Judgement::Unreached(format!("{} cannot be reached: {reason}", self.address))
            }
            Unsent::Lost(reason) => Judgement::Lost {
                reason: format!("the request was sent and no whole answer came: {reason}"),
                outcome: CallOutcome::Lost,
            },
            Unsent::Oversize => Judgement::Lost {
                reason: format!("the server's answer is larger than {LARGEST_BODY} bytes"),
                outcome: CallOutcome::Malformed,
            },
        }
    }

    /// What follows from a 2xx answer.
    fn judge_success(&self, mut answer: HttpAnswer, sent: &[Field], hold: Hold) -> Judgement {
        match self.address.provider.wire().read(&answer.body) {
            Ok(Outcome::Completion(completion)) => {
                Judgement::Done(Box::new(self.answered(completion, hold)))
            }
            // What was written before the fault is billed.
            Ok(Outcome::Fault {
                fault,
                usage: None,
                begun: true,
            }) => Judgement::Lost {
                reason: format!("the answer broke off: {}", self.redact(&fault.message)),
                outcome: CallOutcome::Malformed,
            },
            Ok(Outcome::Fault { fault, usage, .. }) => {
                answer.status = retry::status_of(&fault);
                let usage = usage.and_then(|usage| self.believed(usage, true));
                self.refusal(&answer, fault, usage, sent)
            }
            Err(reason) => Judgement::Lost {
                reason,
                outcome: CallOutcome::Malformed,
            },
        }
    }

    fn refusal(
        &self,
        answer: &HttpAnswer,
        mut fault: Fault,
        usage: Option<Usage>,
        sent: &[Field],
    ) -> Judgement {
        // The body was redacted as it came in; JSON escapes may have hidden the key from that.
        fault.message = self.redact(&fault.message);
        let sent = Sent {
            wire: self.address.provider.wire(),
            model: &self.address.model,
            fields: sent,
            key_variable: &self.key_variable,
        };
        Judgement::Refused {
            decision: retry::decide(answer, &fault, &sent),
            usage,
        }
    }

    fn answered(&self, completion: Completion, hold: Hold) -> Answered {
        let completion = Completion {
            model: completion.model.map(|model| self.redact(&model)),
            text: reply::stored(self.redact(&completion.text)),
            finish: completion.finish.map(|finish| self.redact(&finish)),
            usage: completion
                .usage
                .and_then(|usage| self.believed(usage, completion.text.is_empty())),
        };
        let outcome = if completion.finish.as_deref() == Some("length") {
            CallOutcome::Truncated
        } else {
            CallOutcome::Answered
        };
        let mut call = Call::of(
            &hold,
            outcome,
            completion.usage.clone(),
            &self.setting.price,
        );
        call.answered_by.clone_from(&completion.model);
        Answered {
            completion,
            hold,
            call,
        }
    }

    /// A usage as far as it can be believed: costs are OpenRouter's to tell, and a count of nothing
    /// for something is none.
    fn believed(&self, mut usage: Usage, said_nothing: bool) -> Option<Usage> {
        if self.address.provider != Provider::OpenRouter {
            usage.reported_cost = None;
        }
        (usage.input() > 0 && (usage.output() > 0 || said_nothing)).then_some(usage)
    }

    fn settle(
        &self,
        asker: &Asker,
        hold: &Hold,
        outcome: CallOutcome,
        reason: &str,
        usage: Option<Usage>,
        refused: Option<Field>,
    ) -> Result<(), Failure> {
        let mut call = Call::of(hold, outcome, usage, &self.setting.price);
        call.detail = Some(reason.to_owned());
        call.refused_fields = refused
            .into_iter()
            .map(|field| field.name().to_owned())
            .collect();
        asker.purse.settle(hold, call).map_err(unheld)
    }
}
