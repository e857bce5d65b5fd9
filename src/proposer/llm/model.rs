//! One model of an ensemble: asked until there is a completion, each request paid for before it
//! leaves and recorded after it.

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use serde_json::Value;
use tokio::time::{sleep, timeout_at, Instant};

use super::address::{ModelAddress, Provider};
use super::conversation::Conversation;
use super::gate::{Gate, GatePass};
use super::http::{self, Door, Unsent};
use super::rate;
use super::retry::{self, Decision, Sent};
use super::wire::{self, Completion, Field, Outcome, Request};
use super::{Patience, SetupError};
use crate::numerics::stop::Stop;
use crate::numerics::stream::Stream;
use crate::proposer::{reply, Pause, Purse, Unanswered, Unheld};
use crate::record::charter::{ModelSetting, Structured};
use crate::record::ledger::{Call, CallOutcome, Hold, Purpose, Usage};

/// A request is not sent where less time than this is left for its answer, or than a tenth of a
/// proposal's time.
const LEAST_TIME: Duration = Duration::from_secs(30);
/// How often the stop is looked at while waiting.
const LOOK: Duration = Duration::from_millis(50);
/// Tokens that a conversation has beside the bytes of its texts: roles, separators, and what
/// providers add.
const OVERHEAD_TOKENS: u64 = 300;
/// The longest pause after an answer that says that nothing is left of a limit: a part of it is
/// there long before the whole is.
const NOTHING_LEFT: Duration = Duration::from_secs(1);
/// How far the output of a Gemini model may exceed its limit, since it is not certain that
/// reasoning counts against it.
const GEMINI_OUTPUT: u64 = 2;

/// What is asked for.
#[derive(Clone, Copy)]
pub struct Question<'a> {
    pub purpose: Purpose,
    pub conversation: &'a Conversation,
    /// The schema of the answer.
    pub schema: &'a Value,
    /// The most tokens of the answer, reasoning included.
    pub most_tokens: u32,
}

/// Who asks: what pays, when to stop, and how long at most.
pub struct Asker<'a> {
    pub purse: &'a dyn Purse,
    pub stop: &'a Stop,
    pub deadline: Instant,
    pub patience: &'a Patience,
    /// Whether no other model could be asked in the place of one that is not reached.
    pub alone: bool,
    /// Where the waits between tries are drawn from.
    pub stream: Stream,
}

/// A completion, with the record of the call that brought it, which is for the asker to settle.
pub struct Answered {
    pub completion: Completion,
    pub hold: Hold,
    pub call: Call,
}

/// Why a model gave no completion.
#[derive(Clone, Debug, PartialEq)]
pub enum Failure {
    /// What the proposer answers; where `paid`, money may have been spent, so that no other model
    /// is asked in its place.
    Unanswered { why: Unanswered, paid: bool },
    /// The budget has no room for this model's next request.
    NoRoom(String),
}

/// A model that can be asked from several threads at once.
pub struct Model {
    pub setting: ModelSetting,
    address: ModelAddress,
    key_variable: String,
    door: Door,
    gate: Gate,
    /// Whether its server has answered in this run, be it with an error.
    reached: AtomicBool,
    /// The fields that it was found not to take.
    refused: Mutex<BTreeSet<Field>>,
}

impl Model {
    /// A model of these settings. `variable` looks up the environment variable that holds the key;
    /// nothing is sent.
    pub fn new(
        setting: &ModelSetting,
        variable: &dyn Fn(&str) -> Option<String>,
        patience: &Patience,
        at_once: u32,
    ) -> Result<Model, SetupError> {
        let address = ModelAddress::parse(&setting.address)?;
        let name = setting
            .key_variable
            .clone()
            .unwrap_or_else(|| address.provider.key_variable().to_owned());
        let key = variable(&name)
            .as_deref()
            .and_then(super::secret::Secret::new);
        let needs_key = setting.key_variable.is_some() || address.is_at_home();
        if key.is_some() && setting.key_variable.is_none() && http::is_in_the_clear(&address.base) {
            return Err(SetupError::InTheClear {
                address: address.to_string(),
                variable: name,
            });
        }
        if key.is_none() && needs_key {
            return Err(SetupError::NoKey {
                address: address.to_string(),
                variable: name,
            });
        }
        let door = Door::new(
            &address.base,
            address.provider.wire(),
            &address.model,
            key,
            patience.connect,
        )
        .map_err(|reason| SetupError::Door {
            address: address.to_string(),
            reason,
        })?;
        Ok(Model {
            setting: setting.clone(),
            address,
            key_variable: name,
            door,
            gate: Gate::new(at_once),
            reached: AtomicBool::new(false),
            refused: Mutex::default(),
        })
    }

    /// The model's address.
    pub fn address(&self) -> &ModelAddress {
        &self.address
    }

    /// Notes what earlier calls to this model found it not to take.
    pub fn recall(&self, call: &Call) {
        if call.model == self.setting.address {
            self.refused().extend(
                call.refused_fields
                    .iter()
                    .filter_map(|name| Field::named(name)),
            );
        }
    }

    /// Where its key comes from.
    pub fn key_variable(&self) -> &str {
        &self.key_variable
    }

    /// Whether a key is sent.
    pub fn has_key(&self) -> bool {
        self.door.has_key()
    }

    /// `text` with the key blanked.
    pub fn redact(&self, text: &str) -> String {
        self.door.redact(text)
    }

    /// The request that would be sent: its address and its body.
    pub fn request(&self, question: &Question) -> (String, Value) {
        let refused = self.refused().clone();
        let path = self.address.provider.wire().path(&self.address.model);
        (
            format!("{}{path}", self.address.base),
            self.body(question, &refused).json,
        )
    }

    /// The most that a request may cost: as many tokens of input as it has bytes, since no
    /// tokenizer makes more, and all the output that it allows.
    pub fn hold(&self, question: &Question) -> Hold {
        let schema = question.schema.to_string().len();
        let turns = question.conversation.turns.len() as u64;
        let input = (question.conversation.bytes() + schema) as u64 + OVERHEAD_TOKENS * (1 + turns);
        let factor = if self.address.provider == Provider::Gemini {
            GEMINI_OUTPUT
        } else {
            1
        };
        let output = u64::from(question.most_tokens) * factor;
        let money = self
            .setting
            .price
            .most(input, output, self.setting.tier.as_deref());
        Hold {
            number: 0,
            model: self.setting.address.clone(),
            purpose: question.purpose,
            money,
            tokens: input + output,
        }
    }

    /// Asks until there is a completion, the table of decisions says otherwise, or patience ends.
    pub async fn ask(
        &self,
        question: &Question<'_>,
        asker: &mut Asker<'_>,
    ) -> Result<Answered, Failure> {
        let (mut tries, mut limited, mut requests) = (0, 0, 0);
        loop {
            let judgement = self.exchange(question, asker).await?;
            requests += 1;
            let unreached = matches!(judgement, Judgement::Unreached(_));
            self.reached.fetch_or(!unreached, Ordering::Relaxed);
            let (reason, after) = match judgement {
                Judgement::Done(answered) => return Ok(*answered),
                Judgement::Lost { reason, .. } if !self.setting.price.is_free() => {
                    return Err(failed(
                        format!("{reason}; it may have been billed, so it is not asked again"),
                        true,
                    ));
                }
                Judgement::Lost { reason, .. } | Judgement::Unreached(reason) => {
                    tries += 1;
                    (reason, None)
                }
                Judgement::Refused { decision, .. } => match decision {
                    Decision::Without { field, reason } => {
                        self.leave_out(field, reason)?;
                        continue;
                    }
                    Decision::Fail(reason) => return Err(failed(reason, false)),
                    Decision::Pause { pause, reason } => return Err(paused(pause, reason)),
                    // A limited rate costs time, not tries.
                    Decision::Limited { reason, after } => {
                        limited += 1;
                        let ceiling = retry::ceiling(
                            limited,
                            asker.patience.first_wait,
                            asker.patience.longest_wait,
                        );
                        // A server that names no time is left alone for a growing one.
                        let after = after.unwrap_or(ceiling / 2);
                        self.gate.narrow(after);
                        (reason, Some(after))
                    }
                    Decision::Again { reason, after } => {
                        tries += 1;
                        (reason, after)
                    }
                },
            };
            let reached = self.reached.load(Ordering::Relaxed);
            if tries >= asker.patience.tries && unreached && !reached {
                return Err(paused(
                    Pause::Unreachable,
                    format!("{reason}, {requests} times; start the server or mend its address"),
                ));
            }
            // A server that was there a moment ago is waited for; one that never was is missing.
            let patient = unreached && asker.alone && reached;
            if tries >= asker.patience.tries && !patient {
                return Err(failed(
                    format!("gave up after {requests} requests: {reason}"),
                    false,
                ));
            }
            let waited = self.wait(asker, tries + limited, after, &reason).await;
            waited.map_err(|failure| match failure {
                Failure::Unanswered {
                    why: Unanswered::Failed(reason),
                    ..
                } if unreached => paused(Pause::Unreachable, reason),
                other => other,
            })?;
        }
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
        // Waiting for room takes no longer than the proposal may.
        let late = asker.stop.until(Some(asker.deadline.into_std()));
        let hold = asker
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
            })?;
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
        match &judgement {
            Judgement::Done(_) => self.gate.widen(),
            Judgement::Lost { reason, outcome } => {
                self.settle(asker, &hold, *outcome, reason, None, None)?
            }
            Judgement::Unreached(reason) => {
                self.settle(asker, &hold, CallOutcome::Unreached, reason, None, None)?
            }
            Judgement::Refused { decision, usage } => {
                let field = if let Decision::Without { field, .. } = decision {
                    Some(*field)
                } else {
                    None
                };
                self.settle(
                    asker,
                    &hold,
                    decision.outcome(),
                    decision.reason(),
                    usage.clone(),
                    field,
                )?;
            }
        }
        Ok(judgement)
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
        tracing::info!(model = %self.address, tries, wait_seconds = wait.as_secs_f64(), at_once = self.gate.limit(), "{reason}; asking again");
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
    fn judge(
        &self,
        answer: Result<http::HttpAnswer, Unsent>,
        sent: &[Field],
        hold: Hold,
    ) -> Judgement {
        let mut answer = match answer {
            Ok(answer) => answer,
            Err(Unsent::Unreached(reason)) => {
                return Judgement::Unreached(format!(
                    "{} cannot be reached: {reason}",
                    self.address
                ))
            }
            Err(Unsent::Lost(reason)) => {
                return Judgement::Lost {
                    reason: format!("the request was sent and no whole answer came: {reason}"),
                    outcome: CallOutcome::Lost,
                };
            }
            Err(Unsent::Oversize) => {
                let reason = format!(
                    "the server's answer is larger than {} bytes",
                    http::LARGEST_BODY
                );
                return Judgement::Lost {
                    reason,
                    outcome: CallOutcome::Malformed,
                };
            }
        };
        if let Some(reset) = rate::reset(&answer).filter(|_| answer.status != 429) {
            self.gate.narrow(reset.min(NOTHING_LEFT));
        }
        let (mut fault, usage) = if (200..300).contains(&answer.status) {
            match self.address.provider.wire().read(&answer.body) {
                Ok(Outcome::Completion(completion)) => {
                    return Judgement::Done(Box::new(self.answered(completion, hold)))
                }
                // What was written before the fault is billed.
                Ok(Outcome::Fault {
                    fault,
                    usage: None,
                    begun: true,
                }) => {
                    return Judgement::Lost {
                        reason: format!("the answer broke off: {}", self.redact(&fault.message)),
                        outcome: CallOutcome::Malformed,
                    };
                }
                Ok(Outcome::Fault { fault, usage, .. }) => {
                    answer.status = retry::status_of(&fault);
                    (fault, usage.and_then(|usage| self.believed(usage, true)))
                }
                Err(reason) => {
                    return Judgement::Lost {
                        reason,
                        outcome: CallOutcome::Malformed,
                    }
                }
            }
        } else {
            (wire::fault::read(&answer.body), None)
        };
        // The body was redacted as it came in; JSON escapes may have hidden the key from that.
        fault.message = self.redact(&fault.message);
        let sent = Sent {
            wire: self.address.provider.wire(),
            model: &self.address.model,
            fields: sent,
            key_variable: &self.key_variable,
        };
        Judgement::Refused {
            decision: retry::decide(&answer, &fault, &sent),
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

    fn body(&self, question: &Question, refused: &BTreeSet<Field>) -> wire::Body {
        let mut refused = refused.clone();
        match self.setting.structured {
            Structured::JsonSchema => {}
            Structured::JsonObject => refused.extend([Field::JsonSchema]),
            Structured::None => refused.extend([Field::JsonSchema, Field::JsonObject]),
        }
        self.address.provider.wire().body(&Request {
            model: &self.address.model,
            conversation: question.conversation,
            most_tokens: question.most_tokens,
            temperature: self.setting.temperature,
            effort: self.setting.effort.as_deref(),
            tier: self.setting.tier.as_deref(),
            schema: Some(question.schema),
            cached: self.address.provider == Provider::Anthropic,
            usage_costs: self.address.provider == Provider::OpenRouter,
            openai: self.address.provider == Provider::OpenAi,
            refused: &refused,
        })
    }

    fn refused(&self) -> MutexGuard<'_, BTreeSet<Field>> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

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

impl Asker<'_> {
    fn time_left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// An end where too little time is left for an answer: it would be paid for and not be waited
    /// for.
    fn check_time(&self) -> Result<(), Failure> {
        let least = LEAST_TIME.min(self.patience.total / 10);
        if self.time_left() >= least {
            return Ok(());
        }
        Err(failed(
            "the time of the proposal is over, so nothing more is sent".to_owned(),
            false,
        ))
    }
}

/// The pause of a model whose server asks to be left alone for longer than is waited.
fn too_long(reason: &str, wait: Duration, patience: &Patience) -> Failure {
    // Dates past some thousands of years cannot be written.
    let time = SystemTime::now()
        .checked_add(wait)
        .filter(|_| wait < Duration::from_secs(366 * 86_400));
    let until = time.map_or_else(
        || "some day".to_owned(),
        |time| humantime::format_rfc3339_seconds(time).to_string(),
    );
    let longest = patience.longest_retry_after.as_secs();
    paused(
        Pause::Rate,
        format!(
            "{reason}; it asks to wait {} s, until {until}, more than the {longest} s that are \
             waited",
            wait.as_secs()
        ),
    )
}

/// A failed call.
pub fn failed(reason: String, paid: bool) -> Failure {
    Failure::Unanswered {
        why: Unanswered::Failed(reason),
        paid,
    }
}

fn paused(pause: Pause, detail: String) -> Failure {
    Failure::Unanswered {
        why: Unanswered::Paused { pause, detail },
        paid: false,
    }
}

/// What follows where a request could not be paid for.
pub fn unheld(why: Unheld) -> Failure {
    match why {
        Unheld::NoRoom(reason) => Failure::NoRoom(reason),
        Unheld::Stopped | Unheld::Broken => Failure::Unanswered {
            why: Unanswered::Stopped,
            paid: true,
        },
    }
}

impl From<Unanswered> for Failure {
    fn from(why: Unanswered) -> Failure {
        Failure::Unanswered { why, paid: true }
    }
}

/// The outcome of `work`, or [`Unanswered::Stopped`] soon after `stop` is due.
async fn unless_stopped<T>(stop: &Stop, work: impl Future<Output = T>) -> Result<T, Unanswered> {
    let stopped = async {
        while !stop.is_due() {
            sleep(LOOK).await;
        }
    };
    tokio::select! {
        biased;
        () = stopped => Err(Unanswered::Stopped),
        outcome = work => Ok(outcome),
    }
}
