//! One model of an ensemble: its server, its key, and what a request to it holds and may cost.

use std::collections::BTreeSet;
use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use super::accepted::Accepted;
use super::address::{ModelAddress, Provider};
use super::conversation::Conversation;
use super::doubt::{Doubts, Limits};
use super::form::SentForm;
use super::gate::Gate;
use super::http::own_machine::is_in_the_clear;
use super::http::Door;
use super::learnt::Learnt;
use super::patience::Patience;
use super::secret::Secret;
use super::setup_error::SetupError;
use super::wire::{self, Field, Request, Wire};
use crate::record::charter::{ModelSetting, Structured};
use crate::record::ledger::{Call, Hold, Purpose};

/// Tokens that a conversation has beside the bytes of its texts: roles, separators, and what
/// providers add.
const OVERHEAD_TOKENS: u64 = 300;
/// How far the output of a Gemini model may exceed its limit, since it is not certain that
/// reasoning counts against it.
const GEMINI_OUTPUT: u64 = 2;

/// A question to a model.
#[derive(Clone, Copy)]
pub struct Question<'a> {
    /// The kind of the request, as records show it.
    pub purpose: Purpose,
    /// What the model is told and asked.
    pub conversation: &'a Conversation,
    /// The JSON schema of the answer.
    pub schema: &'a Value,
    /// The most tokens of the answer, reasoning included.
    pub most_tokens: u32,
}

/// The terms on which a question is sent.
#[derive(Clone, Debug)]
pub(super) struct Terms {
    /// The optional fields that are not sent.
    pub refused: BTreeSet<Field>,
    /// The most tokens of the answer.
    pub most_tokens: u32,
}

/// A model that can be asked from several threads at once.
pub struct Model {
    /// The settings of the campaign for it.
    pub setting: ModelSetting,
    pub(super) address: ModelAddress,
    pub(super) key_variable: String,
    pub(super) door: Door,
    pub(super) gate: Gate,
    /// Whether its server has answered in this run, be it with an error.
    pub(super) reached: AtomicBool,
    /// Whether a request may name no limit of tokens, where it takes none: it costs nothing and no
    /// tokens are counted.
    may_be_unlimited: bool,
    /// What it was found not to take.
    learnt: Mutex<Learnt>,
    /// Held by who finds out what it does not take, so that not all do at once.
    pub(super) learning: tokio::sync::Mutex<()>,
    /// What it has answered to in this run.
    accepted: Mutex<Accepted>,
    /// What it said of requests that nothing was found to mend in.
    vain: Mutex<BTreeSet<String>>,
    /// The usages in this run that could not be.
    doubts: Mutex<Doubts>,
}

impl Model {
    /// A model of these settings, asked at most `at_once` requests at a time; one that is free and
    /// not at its provider's home is taken for a server of the user's own, which is asked little at
    /// first. `variable` looks up the environment variable that holds the key. Nothing is sent.
    ///
    /// # Errors
    /// The address is none, the key is missing or would be sent in the clear, or no client can be
    /// made.
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
        let key = variable(&name).as_deref().and_then(Secret::new);
        let needs_key = setting.key_variable.is_some() || address.is_at_home();
        if key.is_some() && setting.key_variable.is_none() && is_in_the_clear(&address.base) {
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
        let is_own = setting.price.is_free() && !address.is_at_home();
        let gate = if is_own {
            Gate::of_own_server(at_once)
        } else {
            Gate::new(at_once)
        };
        Ok(Model {
            setting: setting.clone(),
            address,
            key_variable: name,
            door,
            gate,
            reached: AtomicBool::new(false),
            may_be_unlimited: false,
            learnt: Mutex::default(),
            learning: tokio::sync::Mutex::default(),
            accepted: Mutex::default(),
            vain: Mutex::default(),
            doubts: Mutex::default(),
        })
    }

    /// The model's address.
    pub fn address(&self) -> &ModelAddress {
        &self.address
    }

    /// The same model, of which a request may name no limit of tokens where its server takes none
    /// and it costs nothing.
    #[must_use]
    pub fn unlimited_where_refused(mut self) -> Model {
        self.may_be_unlimited = self.setting.price.is_free();
        self
    }

    /// Takes over what an earlier call to this model found it not to take.
    pub fn recall(&self, call: &Call) {
        if call.model == self.setting.address {
            self.learn(&Learnt::of(call));
        }
    }

    /// The limit of tokens that is asked for where this one is wished: a smaller one where the model
    /// was found not to take it.
    pub fn most_tokens(&self, wished: u32) -> u32 {
        self.learnt().most_tokens(wished)
    }

    /// The environment variable of its key.
    pub fn key_variable(&self) -> &str {
        &self.key_variable
    }

    /// Whether a key is sent.
    pub fn has_key(&self) -> bool {
        self.door.has_key()
    }

    /// How many requests it is asked at once now, at most.
    pub fn at_once(&self) -> u32 {
        self.gate.limit()
    }

    /// `text` with the key blanked.
    pub fn redact(&self, text: &str) -> String {
        self.door.redact(text)
    }

    /// The request that would be sent: its address and its body.
    pub fn request(&self, question: &Question) -> (String, Value) {
        let terms = self.terms(question, &Learnt::default());
        let path = self.wire().path(&self.address.model);
        (
            format!("{}{path}", self.address.base),
            self.body(question, &terms).json,
        )
    }

    /// The most that a request may cost: a token of input for each of its bytes, since no tokenizer
    /// makes more, and all the output that it allows.
    pub fn hold(&self, question: &Question) -> Hold {
        self.hold_on(question, &self.terms(question, &Learnt::default()))
    }

    /// The same on these terms.
    pub(super) fn hold_on(&self, question: &Question, terms: &Terms) -> Hold {
        let Limits {
            most_input: input,
            most_output: output,
            ..
        } = self.limits(question, terms);
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

    /// On which terms a question is sent: what the model was found not to take, and what a trial
    /// does without beside it.
    pub(super) fn terms(&self, question: &Question, trial: &Learnt) -> Terms {
        let mut known = self.learnt().clone();
        known.add(trial);
        let most_tokens = known.most_tokens(question.most_tokens);
        let (limits, refused) = (self.wire().limits(), &mut known.refused);
        if !self.may_be_unlimited && limits.iter().all(|limit| refused.contains(limit)) {
            // What is held for a request covers it only where it names a limit.
            for limit in limits.iter().take(1) {
                refused.remove(limit);
            }
        }
        Terms {
            refused: known.refused,
            most_tokens,
        }
    }

    /// What a request with this question can use on these terms.
    pub(super) fn limits(&self, question: &Question, terms: &Terms) -> Limits {
        let schema = question.schema.to_string().len();
        let turns = question.conversation.turns.len() as u64;
        let sent = question.conversation.bytes() as u64;
        let factor = if self.address.provider == Provider::Gemini {
            GEMINI_OUTPUT
        } else {
            1
        };
        Limits {
            sent,
            most_input: sent + schema as u64 + OVERHEAD_TOKENS * (1 + turns),
            most_output: u64::from(terms.most_tokens) * factor,
        }
    }

    /// What a body on these terms holds of what a request can do without.
    pub(super) fn form(&self, question: &Question, terms: &Terms, body: &wire::Body) -> SentForm {
        let wire = self.wire();
        let names_limit = wire.limits().is_empty() || body.sent.iter().any(|sent| sent.is_limit());
        SentForm {
            wire,
            fields: body.sent.clone(),
            most_tokens: names_limit.then_some(terms.most_tokens),
            schema: question.schema.to_string(),
        }
    }

    pub(super) fn body(&self, question: &Question, terms: &Terms) -> wire::Body {
        let mut refused = terms.refused.clone();
        match self.setting.structured {
            Structured::JsonSchema => {}
            Structured::JsonObject => refused.extend([Field::JsonSchema]),
            Structured::None => refused.extend([Field::JsonSchema, Field::JsonObject]),
        }
        self.wire().body(&Request {
            model: &self.address.model,
            conversation: question.conversation,
            most_tokens: terms.most_tokens,
            temperature: self.setting.temperature,
            effort: self.setting.effort.as_deref(),
            tier: self.setting.tier.as_deref(),
            schema: Some(question.schema),
            cached: self.address.provider == Provider::Anthropic,
            usage_costs: self.address.provider == Provider::OpenRouter,
            unstreamed: true,
            openai: self.address.provider == Provider::OpenAi,
            refused: &refused,
        })
    }

    /// Whether a request may name no limit of tokens.
    pub(super) fn may_be_unlimited(&self) -> bool {
        self.may_be_unlimited
    }

    /// How it is asked.
    pub(super) fn wire(&self) -> Wire {
        self.address.provider.wire()
    }

    /// Notes what it was found not to take; whether that was new.
    pub(super) fn learn(&self, found: &Learnt) -> bool {
        self.learnt().add(found)
    }

    /// What it was found not to take.
    pub(super) fn learnt(&self) -> MutexGuard<'_, Learnt> {
        self.learnt.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What it has answered to in this run.
    pub(super) fn accepted(&self) -> MutexGuard<'_, Accepted> {
        self.accepted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What it said of requests that nothing was found to mend in, without numbers.
    pub(super) fn vain(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.vain.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn doubts(&self) -> MutexGuard<'_, Doubts> {
        self.doubts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
