//! The ensemble: a bandit draws the model of an attempt, and another is asked where one fails.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::time::Instant;

use super::asker::{unheld, Answered, Asker, Failure};
use super::conversation::Conversation;
use super::dialogue::Dialogue;
use super::health::{Health, Outage};
use super::model::{Model, Question};
use super::patience::Patience;
use super::recovery::recovered;
use super::setup_error::SetupError;
use crate::numerics::bandit::Bandit;
use crate::numerics::stop::Stop;
use crate::numerics::stream::{Key, Stream};
use crate::proposer::{
    prompt, reply, Brief, Pause, Proposer, Purse, Reading, Response, Unanswered,
};
use crate::record::attempt::{Attempt, Reply};
use crate::record::charter::Asking;
use crate::record::ledger::{Call, Purpose};

/// Calls without a completion, in a row, after which a model is asked only where no other answers.
const UNWELL: u32 = 3;
/// The part of a proposal's time that a model has before the next is asked in its place.
const TIME_OF_A_MODEL: f64 = 0.6;
/// How long a model whose rate is limited for longer than is waited is left alone, where there are
/// others.
const RATE_REST: Duration = Duration::from_secs(600);
/// The largest gain that is credited to a model at once.
const LARGEST_REWARD: f64 = 1.0;

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

/// Why models gave no reply to one attempt.
#[derive(Default)]
struct Excuses {
    failed: Option<Unanswered>,
    no_room: Option<Unanswered>,
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

    /// Notes why a model gave no completion.
    ///
    /// # Errors
    /// No other model may be asked in its place.
    fn note(
        &self,
        index: usize,
        failure: Failure,
        excuses: &mut Excuses,
    ) -> Result<(), Unanswered> {
        match failure {
            Failure::NoRoom(detail) => {
                excuses.no_room = Some(Unanswered::Paused {
                    pause: Pause::Budget,
                    detail,
                });
            }
            Failure::Unanswered {
                why: Unanswered::Paused { pause, detail },
                ..
            } => {
                let address = self.models[index].address();
                tracing::warn!(model = %address, "{detail}");
                // Who alone is asked has no need to be asked again: the campaign pauses.
                let until = (pause == Pause::Rate).then(|| Instant::now() + RATE_REST);
                self.health()[index].outage = Some(Outage {
                    pause,
                    detail: format!("{address}: {detail}"),
                    until,
                });
            }
            Failure::Unanswered { why, paid } => {
                self.health()[index].failures += 1;
                if paid || why == Unanswered::Stopped {
                    return Err(why);
                }
                excuses.failed.get_or_insert(why);
            }
        }
        Ok(())
    }

    /// Why the first model that is not asked now is not.
    fn outage(&self) -> Option<Unanswered> {
        let health = self.health();
        let outage = health.iter().find_map(|health| health.outage.clone());
        outage.map(|Outage { pause, detail, .. }| Unanswered::Paused { pause, detail })
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
        let (mut excuses, mut written) = (Excuses::default(), None);
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
            let dialogue = Dialogue {
                model: &self.models[index],
                repairs: self.repair,
            };
            let conversation = dialogue.converse(brief, &mut written, &mut asker);
            match self.runtime().block_on(conversation) {
                Ok(response) => {
                    self.health()[index].failures = 0;
                    return Ok(response);
                }
                Err(failure) => self.note(index, failure, &mut excuses)?,
            }
        }
        let excuse = excuses.failed.or(excuses.no_room);
        Err(excuse
            .or_else(|| self.outage())
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
