//! Wires: how each provider wants to be asked, and how its answers are read. Pure functions between
//! our words and JSON.

pub mod chat_completions;
pub mod fault;
pub mod generate_content;
pub mod messages;
pub mod responses;

use std::cmp::Reverse;
use std::collections::BTreeSet;

use serde_json::Value;

use super::conversation::Conversation;
use crate::record::ledger::Usage;

pub use fault::Fault;

/// A way of asking a model over HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wire {
    /// OpenAI's Chat Completions, which most other servers speak too.
    ChatCompletions,
    /// OpenAI's Responses.
    Responses,
    /// Anthropic's Messages.
    Messages,
    /// Gemini's generateContent.
    GenerateContent,
}

/// A field that some models refuse; a request can do without it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// The temperature of sampling.
    Temperature,
    /// How much a model is to reason.
    Effort,
    /// The service tier.
    Tier,
    /// `max_tokens` of Chat Completions.
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
}

impl Field {
    /// Every field, in the order in which they are declared.
    pub fn all() -> [Field; 9] {
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
        }
    }

    /// The field of a name that records carry.
    pub fn named(name: &str) -> Option<Field> {
        Field::all().into_iter().find(|field| field.name() == name)
    }
}

/// What is wished of a model; a wish that was not made, or that the model was found to refuse, is
/// not sent.
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
    /// `minimal`, `low`, `medium`, `high` ...
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
    /// Whether `max_completion_tokens` is tried before `max_tokens`.
    pub openai: bool,
    /// The fields that this model was found not to take.
    pub refused: &'a BTreeSet<Field>,
}

impl Request<'_> {
    fn takes(&self, field: Field) -> bool {
        !self.refused.contains(&field)
    }

    /// Whether any JSON object is asked for, since the model does not take the schema that is
    /// wished.
    fn any_object(&self) -> bool {
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
    fn new(json: Value) -> Body {
        Body {
            json,
            sent: Vec::new(),
        }
    }

    /// Adds an optional field at `path`, where it is wished and the model takes it.
    fn put<T: Into<Value>>(
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
}

/// What a model said.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Completion {
    /// The model's name as the server gives it; with the upstream provider where a router names
    /// one: `name (provider)`.
    pub model: Option<String>,
    /// The text without reasoning, or the words of a refusal.
    pub text: String,
    /// `stop` where the model was done, `length` where it was cut off at the limit of tokens,
    /// `refusal` where it declined, `content_filter` where its provider held the answer back; else
    /// the server's word.
    pub finish: Option<String>,
    /// `None` where the server told none.
    pub usage: Option<Usage>,
}

/// What a 2xx answer holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// What the model said.
    Completion(Completion),
    /// An error in the place of a completion.
    Fault {
        /// What the server says.
        fault: Fault,
        /// What was used all the same, where that is told.
        usage: Option<Usage>,
        /// Whether an answer was begun before it.
        begun: bool,
    },
}

impl Wire {
    /// The path below the base address.
    pub fn path(self, model: &str) -> String {
        match self {
            Wire::ChatCompletions => "/chat/completions".to_owned(),
            Wire::Responses => "/responses".to_owned(),
            Wire::Messages => "/v1/messages".to_owned(),
            Wire::GenerateContent => format!("/v1beta/models/{model}:generateContent"),
        }
    }

    /// The body of a request.
    pub fn body(self, request: &Request) -> Body {
        match self {
            Wire::ChatCompletions => chat_completions::body(request),
            Wire::Responses => responses::body(request),
            Wire::Messages => messages::body(request),
            Wire::GenerateContent => generate_content::body(request),
        }
    }

    /// Reads the body of a 2xx answer: a completion, the fault that some servers send in its place,
    /// or one line on why it is neither.
    pub fn read(self, body: &str) -> Result<Outcome, String> {
        let value: Value = serde_json::from_str(body)
            .map_err(|error| format!("the server's answer is no JSON: {error}"))?;
        if let Some(fault) = fault::hidden(&value) {
            let usage = match self {
                Wire::ChatCompletions => chat_completions::usage(&value, "prompt", "completion"),
                Wire::Responses => chat_completions::usage(&value, "input", "output"),
                Wire::Messages | Wire::GenerateContent => None,
            };
            return Ok(Outcome::Fault {
                fault,
                usage,
                begun: value.pointer("/choices/0").is_some(),
            });
        }
        let completion = match self {
            Wire::ChatCompletions => chat_completions::read(&value),
            Wire::Responses => responses::read(&value),
            Wire::Messages => messages::read(&value),
            Wire::GenerateContent => generate_content::read(&value),
        };
        completion.map(Outcome::Completion)
    }

    /// The names by which an error of this wire may call a field.
    pub fn names(self, field: Field) -> &'static [&'static str] {
        match self {
            Wire::ChatCompletions => chat_completions::names(field),
            Wire::Responses => responses::names(field),
            Wire::Messages => messages::names(field),
            Wire::GenerateContent => generate_content::names(field),
        }
    }

    /// The field among `sent` that an error's words name: the one named first, there by its longest
    /// name; else the one sent first.
    pub fn named(self, words: &str, sent: &[Field]) -> Option<Field> {
        let words = words.to_lowercase();
        let places = |field: &Field| {
            let field = *field;
            self.names(field)
                .iter()
                .filter_map(|name| {
                    Some((whole_word(&words, &name.to_lowercase())?, name.len(), field))
                })
                .collect::<Vec<_>>()
        };
        sent.iter()
            .flat_map(places)
            .min_by_key(|(place, length, _)| (*place, Reverse(*length)))
            .map(|(_, _, field)| field)
    }
}

/// Where `word` stands in `text` and is not part of a longer one.
fn whole_word(text: &str, word: &str) -> Option<usize> {
    let joins = |neighbour: Option<char>| {
        neighbour.is_some_and(|neighbour| neighbour.is_alphanumeric() || neighbour == '_')
    };
    let whole = |at: &usize| {
        !joins(text[..*at].chars().next_back()) && !joins(text[at + word.len()..].chars().next())
    };
    text.match_indices(word).map(|(at, _)| at).find(whole)
}

/// No call has more tokens than this; a larger count is none.
const MOST_TOKENS: f64 = 1e9;

/// The count of tokens at `pointer`, which careless servers write as a float or as text; `None`
/// where it is no possible one.
fn count(value: &Value, pointer: &str) -> Option<u64> {
    let count = number(value, pointer)?;
    (count.fract() == 0.0 && (0.0..=MOST_TOKENS).contains(&count)).then_some(count as u64)
}

/// The number at `pointer`, be it written as text.
fn number(value: &Value, pointer: &str) -> Option<f64> {
    match value.pointer(pointer)? {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// The text at `pointer`, where there is one that says anything.
fn word<'a>(value: &'a Value, pointer: &str) -> Option<&'a str> {
    value
        .pointer(pointer)?
        .as_str()
        .filter(|word| !word.is_empty())
}

/// What stands under `key`, where that is not null.
fn given<'a>(value: &'a Value, key: &str) -> Option<&'a Value> {
    value.get(key).filter(|given| !given.is_null())
}
