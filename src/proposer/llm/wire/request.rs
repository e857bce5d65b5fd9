//! A request in our own words, and its body with the fields that models may refuse.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::proposer::llm::conversation::Conversation;

/// A field that some models refuse; a request can do without it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// The temperature of sampling.
    Temperature,
    /// How much a model is to reason.
    Effort,
    /// The service tier.
    Tier,
    /// The limit of tokens: `max_tokens` of Chat Completions, and what other wires have in its place
    /// where it may be left out.
    MaxTokens,
    /// `max_completion_tokens` of Chat Completions.
    MaxCompletionTokens,
    /// Structured output by a JSON schema.
    JsonSchema,
    /// Structured output as any JSON object.
    JsonObject,
    /// The mark up to which Anthropic keeps a prompt in its cache.
    CacheControl,
    /// OpenRouter's wish for a usage with costs.
    UsageCosts,
    /// The wish for an answer in one piece.
    Stream,
}

impl Field {
    /// Every field, in the order in which they are declared.
    pub fn all() -> [Field; 10] {
        use Field::*;
        [
            Temperature,
            Effort,
            Tier,
            MaxTokens,
            MaxCompletionTokens,
            JsonSchema,
            JsonObject,
            CacheControl,
            UsageCosts,
            Stream,
        ]
    }

    /// The name that records carry.
    pub fn name(self) -> &'static str {
        match self {
            Field::Temperature => "temperature",
            Field::Effort => "effort",
            Field::Tier => "tier",
            Field::MaxTokens => "max_tokens",
            Field::MaxCompletionTokens => "max_completion_tokens",
            Field::JsonSchema => "json_schema",
            Field::JsonObject => "json_object",
            Field::CacheControl => "cache_control",
            Field::UsageCosts => "usage_costs",
            Field::Stream => "stream",
        }
    }

    /// Whether it is a limit of tokens.
    pub fn is_limit(self) -> bool {
        matches!(self, Field::MaxTokens | Field::MaxCompletionTokens)
    }

    /// Whether it asks for a form of the answer.
    pub fn is_form(self) -> bool {
        matches!(self, Field::JsonSchema | Field::JsonObject)
    }

    /// Whether it is sent only where the user has set it.
    pub fn is_users(self) -> bool {
        matches!(self, Field::Temperature | Field::Effort | Field::Tier)
    }

    /// The field of a name that records carry.
    pub fn named(name: &str) -> Option<Field> {
        Field::all().into_iter().find(|field| field.name() == name)
    }
}

/// A request in our own words. A wish that is absent, or whose field the model refuses, is not
/// sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Request<'a> {
    /// The model's name as the server knows it.
    pub model: &'a str,
    /// What the model is told and asked.
    pub conversation: &'a Conversation,
    /// The most tokens of the answer, reasoning included.
    pub most_tokens: u32,
    /// The temperature of sampling.
    pub temperature: Option<f64>,
    /// How much the model is to reason: `minimal`, `low`, `medium`, `high` ...
    pub effort: Option<&'a str>,
    /// The service tier.
    pub tier: Option<&'a str>,
    /// The JSON schema that the answer is to follow. Where schemas are refused, any JSON object is
    /// asked for; where that is refused too, nothing.
    pub schema: Option<&'a Value>,
    /// Whether the system part is marked to be kept in a cache, where that needs a mark.
    pub cached: bool,
    /// Whether the usage is to name costs, where that needs asking for.
    pub usage_costs: bool,
    /// Whether the answer is to come in one piece, where that can be asked for.
    pub unstreamed: bool,
    /// Whether `max_completion_tokens` is tried before `max_tokens`.
    pub openai: bool,
    /// The fields that this model was found not to take.
    pub refused: &'a BTreeSet<Field>,
}

impl Request<'_> {
    pub(super) fn takes(&self, field: Field) -> bool {
        !self.refused.contains(&field)
    }

    /// Whether any JSON object is asked for, since the model does not take the schema that is
    /// wished.
    pub(super) fn any_object(&self) -> bool {
        self.schema.is_some() && !self.takes(Field::JsonSchema)
    }
}

/// A request's body, and which optional fields it holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Body {
    /// The body.
    pub json: Value,
    /// The optional fields in it.
    pub sent: Vec<Field>,
}

impl Body {
    /// A body without optional fields. `json` is an object.
    pub(super) fn new(json: Value) -> Body {
        Body {
            json,
            sent: Vec::new(),
        }
    }

    /// Adds an optional field at `path`, where it is wished and the model takes it.
    pub(super) fn put<T: Into<Value>>(
        &mut self,
        request: &Request,
        field: Field,
        path: &[&str],
        wish: Option<T>,
    ) {
        if let Some(value) = wish.filter(|_| request.takes(field)) {
            *path
                .iter()
                .fold(&mut self.json, |place, name| &mut place[*name]) = value.into();
            self.sent.push(field);
        }
    }

    /// Asks for the answer in one piece, where that is wished.
    pub(super) fn put_unstreamed(&mut self, request: &Request) {
        let wish = request.unstreamed.then_some(false);
        self.put(request, Field::Stream, &["stream"], wish);
    }
}
