//! The LLM proposer: renders a prompt, asks one model of an ensemble, and reads formulas out of the
//! reply.

pub mod address;
pub mod asker;
pub mod conversation;
mod exchange;
pub mod gate;
pub mod http;
pub mod model;
mod patience;
pub mod rate;
pub mod retry;
pub mod secret;
mod setup_error;
pub mod wire;

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::time::Instant;

use self::asker::{unheld, Answered, Asker, Failure};
use self::conversation::Conversation;
use self::model::{Model, Question};
pub use patience::Patience;
pub use setup_error::SetupError;

use super::{prompt, reply, Brief, Pause, Proposer, Purse, Reading, Response, Unanswered};
use crate::formula::FormulaErrorKind;
use crate::numerics::bandit::Bandit;
use crate::numerics::stop::Stop;
use crate::numerics::stream::{Key, Stream};
use crate::record::attempt::{Attempt, Guidance, Reply};
use crate::record::charter::Asking;
use crate::record::ledger::{Call, CallOutcome, Exchange, Purpose};

/// Calls without a completion, in a row, after which a model is asked only where no other answers.
const UNWELL: u32 = 3;
/// The part of a proposal's time that a model has before the next is asked in its place.
const TIME_OF_A_MODEL: f64 = 0.6;
/// How long a model whose rate is limited for longer than is waited is left alone, where there are
/// others.
const RATE_REST: Duration = Duration::from_secs(600);
/// The largest gain that is credited to a model at once.
const LARGEST_REWARD: f64 = 1.0;
/// How much larger the limit of tokens is after a reply was cut off.
const ESCALATION: u32 = 2;

/// An ensemble of models behind chat endpoints. May be asked from several threads at once, which
/// must not be threads of an asynchronous runtime.
pub struct Llm {
    models: Vec<Model>,
    health: Mutex<Vec<Health>>,
    bandit: Mutex<Learnt>,
    repair: bool,
    patience: Patience,
    /// Always there until the proposer is dropped.
    runtime: Option<Runtime>,
}

/// An answer, and what was asked.
struct Said {
    asked: Conversation,
    answered: Answered,
    /// Whether its call is booked.
    settled: bool,
    reading: OnceCell<Reading>,
}

impl Said {
    fn of(answered: Answered, asked: &Conversation) -> Said {
        Said {
            asked: asked.clone(),
            answered,
            settled: false,
            reading: OnceCell::new(),
        }
    }

    fn was_cut_off(&self) -> bool {
        self.answered.call.outcome == CallOutcome::Truncated
    }

    /// As a reply whose model is not told.
    fn reply(&self) -> Reply {
        let completion = &self.answered.completion;
        Reply {
            prompt: self.asked.to_string(),
            text: completion.text.clone(),
            finish: completion.finish.clone(),
            ..Reply::default()
        }
    }

    /// The proposals in it, read at the first call.
    fn reading(&self) -> &Reading {
        self.reading.get_or_init(|| reply::proposals(&self.reply()))
    }

    /// Books its call with its words, once.
    fn settle(&self, asker: &Asker) -> Result<(), Failure> {
        if self.settled {
            return Ok(());
        }
        let mut call = self.answered.call.clone();
        let completion = &self.answered.completion;
        call.exchange = Some(Exchange {
            prompt: self.asked.to_string(),
            text: completion.text.clone(),
            finish: completion.finish.clone(),
        });
        asker
            .purse
            .settle(&self.answered.hold, call)
            .map_err(unheld)
    }
}

/// The guidance that was written for an attempt, if any could be read; `None` while none was asked
/// for.
type Written = Option<Option<String>>;

/// The reply that an earlier run paid for, and did not live to keep.
fn recovered(brief: &Brief) -> Option<Response> {
    let written_guidance =
        earlier_guidance(brief).and_then(|text| reply::guidance(text, prompt::LONGEST_GUIDANCE));
    let reply = |call: &Call| {
        let Exchange {
            prompt,
            text,
            finish,
        } = call.exchange.clone()?;
        let model = call
            .answered_by
            .clone()
            .unwrap_or_else(|| call.model.clone());
        Some(Reply {
            model,
            prompt,
            text,
            finish,
            written_guidance: written_guidance.clone(),
        })
    };
    let response = |reply: Reply| Response {
        reading: Some(reply::proposals(&reply)),
        reply,
    };
    let mut latest_first: Vec<Response> = brief
        .earlier
        .iter()
        .rev()
        .filter(|call| call.purpose != Purpose::Guidance)
        .filter_map(reply)
        .map(response)
        .collect();
    // As the run that got them would have chosen: a further answer takes the place of the first
    // where it can be read.
    let is_read = |response: &Response| matches!(response.reading, Some(Ok(_)));
    let chosen = latest_first.iter().position(is_read).unwrap_or(0);
    (chosen < latest_first.len()).then(|| latest_first.swap_remove(chosen))
}

/// The reply in which an earlier run was given guidance.
fn earlier_guidance(brief: &Brief) -> Option<&str> {
    let guidance = brief
        .earlier
        .iter()
        .filter(|call| call.purpose == Purpose::Guidance);
    guidance
        .filter_map(|call| call.exchange.as_ref())
        .map(|exchange| exchange.text.as_str())
        .next_back()
}

/// How a model has answered in this run.
#[derive(Clone, Debug, Default)]
struct Health {
    failures: u32,
    /// Why it is not asked now.
    out: Option<Out>,
}

/// Why a model is not asked, and until when; without a time for the rest of the run.
#[derive(Clone, Debug)]
struct Out {
    pause: Pause,
    detail: String,
    until: Option<Instant>,
}

impl Health {
    fn is_out(&self) -> bool {
        self.out
            .as_ref()
            .is_some_and(|out| out.until.is_none_or(|until| Instant::now() < until))
    }
}

/// What settled attempts tell of the models.
struct Learnt {
    bandit: Bandit,
    /// The model whose reply an attempt has, for those whose formulas came in it too.
    replied: BTreeMap<u64, usize>,
}

impl Llm {
    /// A proposer that asks these models, at most `at_once` requests to each at the same time.
    /// `variable` looks up the environment variables that hold the keys; nothing is sent before the
    /// first [`Proposer::ask`].
    pub fn new(
        asking: &Asking,
        variable: &dyn Fn(&str) -> Option<String>,
        patience: Patience,
        at_once: u32,
    ) -> Result<Llm, SetupError> {
        let models: Vec<Model> = asking
            .models
            .iter()
            .map(|setting| Model::new(setting, variable, &patience, at_once))
            .collect::<Result<_, _>>()?;
        if models.is_empty() {
            return Err(SetupError::NoModel);
        }
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("llm")
            .enable_all()
            .build()?;
        let bandit = Bandit::new(models.iter().map(|model| model.setting.weight));
        Ok(Llm {
            health: Mutex::new(vec![Health::default(); models.len()]),
            bandit: Mutex::new(Learnt {
                bandit,
                replied: BTreeMap::new(),
            }),
            models,
            repair: asking.repair,
            patience,
            runtime: Some(runtime),
        })
    }

    /// Notes what earlier calls, of other campaigns too, found models not to take.
    pub fn recall<'a>(&self, calls: impl IntoIterator<Item = &'a Call>) {
        calls
            .into_iter()
            .for_each(|call| self.models.iter().for_each(|model| model.recall(call)));
    }

    /// The models, in the order in which they were named.
    pub fn models(&self) -> &[Model] {
        &self.models
    }

    /// Whether what all models are asked for is declared free.
    pub fn is_free(&self) -> bool {
        self.models
            .iter()
            .all(|model| model.setting.price.is_free())
    }

    /// The share of the attempts that each model would be given now.
    pub fn shares(&self) -> Vec<f64> {
        self.learnt().bandit.shares()
    }

    /// Asks one model once, for the sake of seeing whether it answers.
    pub fn probe(
        &self,
        model: usize,
        conversation: &Conversation,
        purse: &dyn Purse,
        stop: &Stop,
    ) -> Result<Answered, Failure> {
        let schema = prompt::guidance_schema();
        let model = &self.models[model];
        let question = Question {
            purpose: Purpose::Probe,
            conversation,
            schema: &schema,
            most_tokens: model.setting.most_tokens,
        };
        let mut asker = self.asker(purse, stop, Key::new(0).word("probe").stream());
        let answered = self.runtime().block_on(model.ask(&question, &mut asker))?;
        purse
            .settle(&answered.hold, answered.call.clone())
            .map_err(unheld)?;
        Ok(answered)
    }

    /// Whoever asks from now on, for as long as a proposal may take.
    fn asker<'a>(&'a self, purse: &'a dyn Purse, stop: &'a Stop, stream: Stream) -> Asker<'a> {
        Asker {
            purse,
            stop,
            deadline: Instant::now() + self.patience.total,
            patience: &self.patience,
            alone: false,
            stream,
        }
    }

    /// The model named first, or another, in the order in which they are tried for a brief.
    fn order(&self, first: Option<&str>) -> Vec<usize> {
        let health = self.health();
        let mut order: Vec<usize> = (0..self.models.len())
            .filter(|index| !health[*index].is_out())
            .collect();
        let unwell = |index: &usize| health[*index].failures >= UNWELL;
        let is_first = |index: &usize| Some(self.models[*index].setting.address.as_str()) == first;
        order.sort_by(|a, b| {
            let weights = self.models[*b]
                .setting
                .weight
                .total_cmp(&self.models[*a].setting.weight);
            unwell(a)
                .cmp(&unwell(b))
                .then(is_first(b).cmp(&is_first(a)))
                .then(weights)
        });
        order
    }

    /// One whole proposal from one model: guidance where it is asked for and was not `written`
    /// already, the formula, a longer try where the reply was cut off, a repair.
    async fn converse(
        &self,
        model: &Model,
        brief: &Brief,
        written: &mut Written,
        asker: &mut Asker<'_>,
    ) -> Result<Response, Failure> {
        let mut brief = brief.clone();
        let written_guidance = match written {
            Some(written) => written.clone(),
            None => written
                .insert(self.guidance(model, &brief, asker).await?)
                .clone(),
        };
        if let Some(text) = &written_guidance {
            brief.guidance = Some(Guidance::of(text));
        }
        let conversation = prompt::proposal(&brief);
        let schema = prompt::schema(&brief);
        let question = Question {
            purpose: brief.purpose,
            conversation: &conversation,
            schema: &schema,
            most_tokens: model.setting.most_tokens,
        };
        let mut said = Said::of(model.ask(&question, asker).await?, &conversation);
        if said.was_cut_off() {
            let longer = Question {
                most_tokens: question.most_tokens.saturating_mul(ESCALATION),
                ..question
            };
            if let Some(whole) = self.further(model, &longer, &mut said, asker).await? {
                said = whole;
            }
        }
        if let Some(repair) = self.repair_of(&brief, &said) {
            let question = Question {
                purpose: Purpose::Repair,
                conversation: &repair,
                ..question
            };
            if let Some(mended) = self.further(model, &question, &mut said, asker).await? {
                match mended.reading() {
                    Ok(_) => said = mended,
                    Err(_) => mended.settle(asker)?,
                }
            }
        }
        let reply = said.reply();
        said.settle(asker)?;
        let answered_by = said.answered.completion.model.clone();
        Ok(Response {
            reply: Reply {
                model: answered_by.unwrap_or_else(|| model.address().model.clone()),
                written_guidance,
                ..reply
            },
            reading: said.reading.into_inner(),
        })
    }

    /// Asks further after an answer that will not do; `None` where no other came, so that it has to
    /// do.
    async fn further(
        &self,
        model: &Model,
        question: &Question<'_>,
        said: &mut Said,
        asker: &mut Asker<'_>,
    ) -> Result<Option<Said>, Failure> {
        said.settle(asker)?;
        said.settled = true;
        match model.ask(question, asker).await {
            Ok(answered) => Ok(Some(Said::of(answered, question.conversation))),
            Err(
                stopped @ Failure::Unanswered {
                    why: Unanswered::Stopped,
                    ..
                },
            ) => Err(stopped),
            Err(failure) => {
                tracing::info!(model = %model.address(), "no further answer: {failure:?}");
                Ok(None)
            }
        }
    }

    /// The question that asks once for a formula that parses, where the only one of an answer does
    /// not.
    fn repair_of(&self, brief: &Brief, said: &Said) -> Option<Conversation> {
        if !self.repair {
            return None;
        }
        let [only] = &said.reading().as_ref().ok()?[..] else {
            return None;
        };
        let error = only
            .formula()
            .err()
            .filter(|error| error.kind() == FormulaErrorKind::Unparsable)?;
        Some(prompt::repair(
            brief,
            &said.asked,
            &said.answered.completion.text,
            &only.proposal.formula,
            error,
        ))
    }

    /// New guidance, where the brief wants some; none where the model wrote none that can be read.
    /// What an earlier run was given is not asked for again.
    async fn guidance(
        &self,
        model: &Model,
        brief: &Brief,
        asker: &mut Asker<'_>,
    ) -> Result<Option<String>, Failure> {
        if brief.guidance_record.is_none() {
            return Ok(None);
        }
        let paid = |call: &Call| call.purpose == Purpose::Guidance && call.outcome.may_be_billed();
        if brief.earlier.iter().any(paid) {
            return Ok(earlier_guidance(brief)
                .and_then(|written| reply::guidance(written, prompt::LONGEST_GUIDANCE)));
        }
        let conversation = prompt::guidance(brief);
        let schema = prompt::guidance_schema();
        let question = Question {
            purpose: Purpose::Guidance,
            conversation: &conversation,
            schema: &schema,
            most_tokens: model.setting.most_tokens,
        };
        let said = match model.ask(&question, asker).await {
            Ok(answered) => Said::of(answered, &conversation),
            Err(Failure::Unanswered {
                why: Unanswered::Failed(reason),
                ..
            }) => {
                tracing::warn!(model = %model.address(), "no new guidance was written: {reason}");
                return Ok(None);
            }
            Err(failure) => return Err(failure),
        };
        said.settle(asker)?;
        Ok(reply::guidance(
            &said.answered.completion.text,
            prompt::LONGEST_GUIDANCE,
        ))
    }

    fn health(&self) -> MutexGuard<'_, Vec<Health>> {
        self.health.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn learnt(&self) -> MutexGuard<'_, Learnt> {
        self.bandit.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn runtime(&self) -> &Runtime {
        self.runtime
            .as_ref()
            .expect("the runtime lives as long as the proposer")
    }

    fn position(&self, address: &str) -> Option<usize> {
        self.models
            .iter()
            .position(|model| model.setting.address == address)
    }
}

impl Proposer for Llm {
    fn name(&self) -> &str {
        "llm"
    }

    fn repeatable(&self) -> bool {
        false
    }

    fn sources(&self) -> u32 {
        self.models.len() as u32
    }

    fn learn(&self, attempt: &Attempt) {
        self.recall(&attempt.calls);
        let reward = attempt.gain().unwrap_or(0.0).clamp(0.0, LARGEST_REWARD);
        let mut learnt = self.learnt();
        if let Some(model) = attempt
            .sibling_of
            .and_then(|first| learnt.replied.get(&first).copied())
        {
            learnt.bandit.credit_more(model, reward);
            return;
        }
        let Some(last) = attempt
            .calls
            .last()
            .and_then(|call| self.position(&call.model))
        else {
            return;
        };
        if attempt.reply.is_some() {
            learnt.replied.insert(attempt.attempt, last);
        }
        for (index, model) in self.models.iter().enumerate() {
            let calls: Vec<&Call> = attempt
                .calls
                .iter()
                .filter(|call| call.model == model.setting.address)
                .collect();
            if !calls.is_empty() {
                let cost = calls.iter().map(|call| call.cost.usd()).sum();
                learnt
                    .bandit
                    .credit(index, if index == last { reward } else { 0.0 }, cost);
            }
        }
    }

    fn assign(&self, brief: &mut Brief) {
        prompt::choose_purpose(brief);
        let chosen = self
            .learnt()
            .bandit
            .choose(&mut brief.key.word("model").stream());
        brief.model = Some(self.models[chosen].setting.address.clone());
    }

    fn ask(&self, brief: &Brief, purse: &dyn Purse, stop: &Stop) -> Result<Response, Unanswered> {
        if let Some(response) = recovered(brief) {
            return Ok(response);
        }
        let mut asker = self.asker(purse, stop, brief.key.word("llm backoff").stream());
        let (mut failed, mut no_room, mut written) = (None, None, None);
        let (over, order) = (asker.deadline, self.order(brief.model.as_deref()));
        asker.alone = order.len() == 1;
        for (place, &index) in order.iter().enumerate() {
            // Those that may follow are left some of the time.
            let left = over.saturating_duration_since(Instant::now());
            asker.deadline = if place + 1 < order.len() {
                Instant::now() + left.mul_f64(TIME_OF_A_MODEL)
            } else {
                over
            };
            let answer = self.runtime().block_on(self.converse(
                &self.models[index],
                brief,
                &mut written,
                &mut asker,
            ));
            match answer {
                Ok(response) => {
                    self.health()[index].failures = 0;
                    return Ok(response);
                }
                Err(Failure::NoRoom(detail)) => {
                    no_room = Some(Unanswered::Paused {
                        pause: Pause::Budget,
                        detail,
                    })
                }
                Err(Failure::Unanswered {
                    why: Unanswered::Paused { pause, detail },
                    ..
                }) => {
                    tracing::warn!(model = %self.models[index].address(), "{detail}");
                    // Who alone is asked has no need to be asked again: the campaign pauses.
                    let until = (pause == Pause::Rate).then(|| Instant::now() + RATE_REST);
                    self.health()[index].out = Some(Out {
                        pause,
                        detail: format!("{}: {detail}", self.models[index].address()),
                        until,
                    });
                }
                Err(Failure::Unanswered { why, paid }) => {
                    self.health()[index].failures += 1;
                    if paid || why == Unanswered::Stopped {
                        return Err(why);
                    }
                    failed.get_or_insert(why);
                }
            }
        }
        let out = || {
            self.health()
                .iter()
                .find_map(|health| health.out.clone())
                .map(|Out { pause, detail, .. }| Unanswered::Paused { pause, detail })
        };
        Err(failed
            .or(no_room)
            .or_else(out)
            .expect("a model that gave no reply left a reason"))
    }

    fn read(&self, reply: &Reply) -> Reading {
        reply::proposals(reply)
    }
}

impl Drop for Llm {
    /// Does not wait for a name look-up that is still under way.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
