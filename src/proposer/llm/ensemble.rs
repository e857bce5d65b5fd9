//! The ensemble: a bandit draws the model of an attempt, and another is asked where one fails.

use std::collections::BTreeMap;
use std::panic::catch_unwind;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::time::Instant;

use super::address::ModelAddress;
use super::asker::{Asker, Failure};
use super::blanking::{BlankingPurse, Keys};
use super::dialogue::Dialogue;
use super::health::{Health, Outage};
use super::model::{Model, Question};
use super::patience::Patience;
use super::recovery::recovered;
use super::setup_error::SetupError;
use crate::numerics::bandit::Bandit;
use crate::numerics::stop::{NoThread, Stop};
use crate::numerics::stream::Stream;
use crate::proposer::{
    prompt, reply, Brief, Pause, Proposer, Purse, Reading, Response, Unanswered,
};
use crate::record::attempt::{Attempt, Reply};
use crate::record::charter::Asking;
use crate::record::ledger::{Call, Hold};

/// The part of the time left that a model has before the next is asked in its place.
const TIME_OF_A_MODEL: f64 = 0.6;
/// How long a model is not asked whose server limits the rate for longer than a proposal may wait,
/// where there are other models.
const RATE_REST: Duration = Duration::from_secs(600);
/// The largest gain that is credited to a model at once.
const LARGEST_REWARD: f64 = 1.0;

/// An ensemble of models behind chat endpoints. Several threads may ask it at once; none of them
/// may be a thread of an asynchronous runtime.
pub struct Llm {
    models: Vec<Model>,
    keys: Keys,
    health: Mutex<Vec<Health>>,
    experience: Mutex<Experience>,
    repair: bool,
    patience: Patience,
    /// `Some` until the proposer is dropped.
    runtime: Option<Runtime>,
}

/// Why models gave no reply to one attempt.
#[derive(Default)]
struct Excuses {
    failed: Option<Unanswered>,
    no_room: Option<Unanswered>,
}

/// What settled attempts tell of the models.
struct Experience {
    bandit: Bandit,
    /// The index of the model that wrote the reply of each attempt. Attempts on further formulas of
    /// the reply are credited to it too.
    replied: BTreeMap<u64, usize>,
}

impl Llm {
    /// Makes a proposer that asks these models, with at most `at_once` requests to each at the same
    /// time. `variable` looks up the environment variables that hold the keys. Nothing is sent
    /// before the first [`Proposer::ask`].
    ///
    /// # Errors
    /// No model is named, one of them cannot be asked, or there is no thread to ask from.
    pub fn new(
        asking: &Asking,
        variable: &dyn Fn(&str) -> Option<String>,
        patience: Patience,
        at_once: u32,
    ) -> Result<Llm, SetupError> {
        let models: Vec<Model> = asking
            .models
            .iter()
            .map(|setting| {
                let model = Model::new(setting, variable, &patience, at_once)?;
                Ok(match asking.budget.tokens {
                    Some(_) => model,
                    None => model.unlimited_where_refused(),
                })
            })
            .collect::<Result<_, SetupError>>()?;
        if models.is_empty() {
            return Err(SetupError::NoModel);
        }
        // The runtime panics where it gets no thread.
        let runtime = catch_unwind(|| {
            Builder::new_multi_thread()
                .worker_threads(1)
                .thread_name("llm")
                .enable_all()
                .build()
        });
        let runtime = runtime.map_err(|_| NoThread)??;
        let bandit = Bandit::new(models.iter().map(|model| model.setting.weight));
        Ok(Llm {
            health: Mutex::new(vec![Health::default(); models.len()]),
            experience: Mutex::new(Experience {
                bandit,
                replied: BTreeMap::new(),
            }),
            keys: Keys(
                models
                    .iter()
                    .filter_map(|model| model.door.key().cloned())
                    .collect(),
            ),
            models,
            repair: asking.repair,
            patience,
            runtime: Some(runtime),
        })
    }

    /// Notes which fields and limits of a request models refused in earlier calls, also in those of
    /// other campaigns.
    pub fn recall<'a>(&self, calls: impl IntoIterator<Item = &'a Call>) {
        calls
            .into_iter()
            .for_each(|call| self.models.iter().for_each(|model| model.recall(call)));
    }

    /// Returns the models, in the order in which the campaign names them.
    pub fn models(&self) -> &[Model] {
        &self.models
    }

    /// Returns the most time that a proposal may take, but for the wait for its turn.
    pub fn longest_proposal(&self) -> Duration {
        self.patience.total
    }

    /// Returns whether every model is declared free of charge.
    pub fn is_free(&self) -> bool {
        self.models
            .iter()
            .all(|model| model.setting.price.is_free())
    }

    /// Returns the share of the attempts that each model would be given now, from 0 to 1.
    pub fn shares(&self) -> Vec<f64> {
        self.experience().bandit.shares()
    }

    /// Asks the model at an index, and no other, for the proposal of a brief. A model whose server
    /// is missing or refuses is not asked again in this run.
    ///
    /// # Errors
    /// The model gave no completion, or the purse cannot pay.
    pub fn propose_by(
        &self,
        model: usize,
        brief: &Brief,
        purse: &dyn Purse,
        stop: &Stop,
    ) -> Result<Response, Failure> {
        let keys = &self.keys;
        let purse = &BlankingPurse { purse, keys };
        let mut asker = self.asker(purse, stop, brief.key.word("llm backoff").stream());
        let dialogue = Dialogue {
            model: &self.models[model],
            repairs: self.repair,
        };
        let mut written = None;
        let conversation = dialogue.converse(brief, &mut written, &mut asker);
        match self.runtime().block_on(conversation) {
            Ok(response) => Ok(keys.response(response)),
            Err(failure) => {
                self.put_out(model, &failure);
                Err(match failure {
                    Failure::NoRoom(reason) => Failure::NoRoom(keys.text(reason)),
                    Failure::Unanswered { why, paid } => Failure::Unanswered {
                        why: keys.unanswered(why),
                        paid,
                    },
                })
            }
        }
    }

    /// Returns what is set aside for the first request of [`Llm::propose_by`].
    pub fn hold_of(&self, model: usize, brief: &Brief) -> Hold {
        let model = &self.models[model];
        let (conversation, schema) = (prompt::proposal(brief), prompt::schema(brief));
        model.hold(&Question {
            purpose: brief.purpose,
            conversation: &conversation,
            schema: &schema,
            most_tokens: model.setting.most_tokens,
        })
    }

    /// Returns an asker who has the whole time of a proposal from now on.
    fn asker<'a>(&'a self, purse: &'a dyn Purse, stop: &'a Stop, stream: Stream) -> Asker<'a> {
        Asker {
            purse,
            stop,
            deadline: Instant::now() + self.patience.total,
            patience: &self.patience,
            waited: Duration::ZERO,
            cut_off_at: None,
            alone: false,
            stream,
        }
    }

    /// Returns the indices of the models that may be asked now, in the order in which they are
    /// tried: models that fail come last, and the model at the address `first` comes before its
    /// like, then those of greater weight.
    fn order(&self, first: Option<&str>) -> Vec<usize> {
        let health = self.health();
        let mut order: Vec<usize> = (0..self.models.len())
            .filter(|index| !health[*index].is_out())
            .collect();
        let unwell = |index: &usize| health[*index].is_unwell();
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

    /// Asks one model after another until one replies.
    fn ask_in_order(&self, brief: &Brief, mut asker: Asker) -> Result<Response, Unanswered> {
        let (mut excuses, mut written) = (Excuses::default(), None);
        let (over, order) = (asker.deadline, self.order(brief.model.as_deref()));
        asker.alone = order.len() == 1;
        for (place, &index) in order.iter().enumerate() {
            let over = over + asker.waited;
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

    /// Notes why a model gave no completion.
    ///
    /// # Errors
    /// That reason, where no other model may be asked in its place.
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
                why: Unanswered::Paused { ref detail, .. },
                ..
            } => {
                // Who alone is asked has no need to be told of: the campaign pauses, and says why.
                if self.models.len() > 1 {
                    let address = self.models[index].address();
                    tracing::warn!(model = %address, "it is not asked now: {detail}");
                }
                self.put_out(index, &failure);
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

    /// Has a model not asked any more where a pause is why it gave no completion.
    fn put_out(&self, index: usize, failure: &Failure) {
        let Failure::Unanswered {
            why: Unanswered::Paused { pause, detail },
            ..
        } = failure
        else {
            return;
        };
        let until = (*pause == Pause::Rate).then(|| Instant::now() + RATE_REST);
        self.health()[index].outage = Some(Outage {
            pause: *pause,
            detail: format!("{}: {detail}", self.models[index].address()),
            until,
        });
    }

    /// Asks the model at an index no more in this run, for this reason.
    pub fn leave_out(&self, index: usize, why: &str) {
        let detail = format!("{}: {why}", self.models[index].address());
        self.health()[index].outage.get_or_insert(Outage {
            pause: Pause::Unreachable,
            detail,
            until: None,
        });
    }

    /// Returns why the first of the models that are not asked now is not; `None` where all are.
    fn outage(&self) -> Option<Unanswered> {
        let health = self.health();
        let outage = health.iter().find_map(|health| health.outage.clone());
        outage.map(|Outage { pause, detail, .. }| Unanswered::Paused { pause, detail })
    }

    fn health(&self) -> MutexGuard<'_, Vec<Health>> {
        self.health.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn experience(&self) -> MutexGuard<'_, Experience> {
        self.experience
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn runtime(&self) -> &Runtime {
        self.runtime
            .as_ref()
            .expect("the runtime lives as long as the proposer")
    }

    /// The index of the model at an address; where the campaign asks that model at another server
    /// now, of the only one of its provider and name.
    fn position(&self, address: &str) -> Option<usize> {
        let mut models = self.models.iter();
        if let Some(place) = models.position(|model| model.setting.address == address) {
            return Some(place);
        }
        let asked = ModelAddress::parse(address).ok()?;
        let is_same = |place: &usize| {
            let known = &self.models[*place].address;
            (known.provider, &known.model) == (asked.provider, &asked.model)
        };
        let mut same = (0..self.models.len()).filter(is_same);
        let first = same.next()?;
        same.next().is_none().then_some(first)
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

    fn all_fail(&self) -> bool {
        self.health().iter().all(Health::is_unwell)
    }

    fn learn(&self, attempt: &Attempt) {
        self.recall(&attempt.calls);
        let reward = attempt.gain().unwrap_or(0.0).clamp(0.0, LARGEST_REWARD);
        let mut experience = self.experience();
        if let Some(model) = attempt
            .sibling_of
            .and_then(|first| experience.replied.get(&first).copied())
        {
            experience.bandit.credit_more(model, reward);
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
            experience.replied.insert(attempt.attempt, last);
        }
        for index in 0..self.models.len() {
            let calls: Vec<&Call> = attempt
                .calls
                .iter()
                .filter(|call| self.position(&call.model) == Some(index))
                .collect();
            if !calls.is_empty() {
                let cost = calls.iter().map(|call| call.cost.usd()).sum();
                experience
                    .bandit
                    .credit(index, if index == last { reward } else { 0.0 }, cost);
            }
        }
    }

    fn assign(&self, brief: &mut Brief) {
        prompt::choose_purpose(brief);
        let chosen = self
            .experience()
            .bandit
            .choose(&mut brief.key.word("model").stream());
        brief.model = Some(self.models[chosen].setting.address.clone());
    }

    fn ask(&self, brief: &Brief, purse: &dyn Purse, stop: &Stop) -> Result<Response, Unanswered> {
        let keys = &self.keys;
        if let Some(response) = recovered(brief) {
            return Ok(keys.response(response));
        }
        let purse = &BlankingPurse { purse, keys };
        let asker = self.asker(purse, stop, brief.key.word("llm backoff").stream());
        match self.ask_in_order(brief, asker) {
            Ok(response) => Ok(keys.response(response)),
            Err(why) => Err(keys.unanswered(why)),
        }
    }

    fn read(&self, reply: &Reply, formulas: u32) -> Reading {
        self.keys.reading(reply::proposals(reply, formulas))
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
