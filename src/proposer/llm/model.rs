//! One model of an ensemble: its server, its key, and what a request to it holds and may cost.

use std::collections::BTreeSet;
use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use super::address::{ModelAddress, Provider};
use super::conversation::Conversation;
use super::doubt::{Doubts, Limits};
use super::gate::Gate;
use super::http::{is_in_the_clear, Door};
use super::patience::Patience;
use super::secret::Secret;
use super::setup_error::SetupError;
use super::wire::{self, Field, Request};
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
    /// The fields that it was found not to take.
    refused: Mutex<BTreeSet<Field>>,
    /// The usages in this run that could not be.
    doubts: Mutex<Doubts>,
}

impl Model {
    /// A model of these settings, asked at most `at_once` requests at a time. `variable` looks up
    /// the environment variable that holds the key. Nothing is sent.
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
        Ok(Model {
            setting: setting.clone(),
            address,
            key_variable: name,
            door,
            gate: Gate::new(at_once),
            reached: AtomicBool::new(false),
            refused: Mutex::default(),
            doubts: Mutex::default(),
        })
    }

    /// The model's address.
    pub fn address(&self) -> &ModelAddress {
        &self.address
    }

    /// Takes over the fields that an earlier call to this model found it not to take.
    pub fn recall(&self, call: &Call) {
        if call.model == self.setting.address {
            self.refused().extend(
                call.refused_fields
                    .iter()
                    .filter_map(|name| Field::named(name)),
            );
        }
    }

    /// The environment variable of its key.
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

    /// The most that a request may cost: a token of input for each of its bytes, since no tokenizer
    /// makes more, and all the output that it allows.
    pub fn hold(&self, question: &Question) -> Hold {
        let Limits {
            most_input: input,
            most_output: output,
            ..
        } = self.limits(question);
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

    /// What a request with this question can use.
    pub(super) fn limits(&self, question: &Question) -> Limits {
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
            most_output: u64::from(question.most_tokens) * factor,
        }
    }

    pub(super) fn body(&self, question: &Question, refused: &BTreeSet<Field>) -> wire::Body {
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
            unstreamed: true,
            openai: self.address.provider == Provider::OpenAi,
            refused: &refused,
        })
    }

    pub(super) fn refused(&self) -> MutexGuard<'_, BTreeSet<Field>> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn doubts(&self) -> MutexGuard<'_, Doubts> {
        self.doubts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
