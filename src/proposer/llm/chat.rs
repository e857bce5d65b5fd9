//! The JSON of OpenAI-compatible Chat Completions: what is sent, what comes back, and how errors are written.

use std::collections::BTreeSet;

use serde_json::{json, Map, Value};

use super::address::Provider;
use crate::proposer::prompt::Prompt;

/// A field that some models refuse; a request can do without it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    Temperature,
    ReasoningEffort,
    MaxTokens,
    MaxCompletionTokens,
}

impl Field {
    /// As spelled on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Field::Temperature => "temperature",
            Field::ReasoningEffort => "reasoning_effort",
            Field::MaxTokens => "max_tokens",
            Field::MaxCompletionTokens => "max_completion_tokens",
        }
    }
}

/// What is asked of the model beside the prompt.
#[derive(Clone, Debug, PartialEq)]
pub struct Sampling {
    /// Sent only where set; the server's default otherwise.
    pub temperature: Option<f64>,
    /// `minimal`, `low`, `medium`, `high` ...; sent only where set.
    pub reasoning_effort: Option<String>,
    /// The most tokens that a reply may have, reasoning included.
    pub most_tokens: u32,
}

/// The optional fields of a request and their values, without those that the model has refused before.
///
/// OpenAI calls the limit of tokens `max_completion_tokens`, most other servers know `max_tokens` only; where one is refused the other is sent.
pub fn fields(provider: Provider, sampling: &Sampling, refused: &BTreeSet<Field>) -> Vec<(Field, Value)> {
    let limits = match provider {
        Provider::OpenAi => [Field::MaxCompletionTokens, Field::MaxTokens],
        Provider::Compatible => [Field::MaxTokens, Field::MaxCompletionTokens],
    };
    let mut fields = Vec::new();
    if let Some(limit) = limits.into_iter().find(|limit| !refused.contains(limit)) {
        fields.push((limit, json!(sampling.most_tokens)));
    }
    if let Some(temperature) = sampling.temperature {
        fields.push((Field::Temperature, json!(temperature)));
    }
    if let Some(effort) = &sampling.reasoning_effort {
        fields.push((Field::ReasoningEffort, json!(effort)));
    }
    fields.retain(|(field, _)| !refused.contains(field));
    fields
}

/// The whole body of a request.
pub fn body(model: &str, prompt: &Prompt, fields: &[(Field, Value)]) -> Value {
    let mut body = Map::new();
    body.insert("model".to_owned(), json!(model));
    body.insert("messages".to_owned(), json!([{"role": "system", "content": prompt.system}, {"role": "user", "content": prompt.user}]));
    for (field, value) in fields {
        body.insert(field.name().to_owned(), value.clone());
    }
    Value::Object(body)
}

/// What a model said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Completion {
    /// The model's name as the server gives it.
    pub model: Option<String>,
    /// The message's text, or the text of its refusal.
    pub text: String,
    /// The server's finish reason; `refusal` where the message is one.
    pub finish: Option<String>,
    pub input_tokens: Option<u64>,
    pub output_tokens: Option<u64>,
}

/// Reads the body of a 2xx answer; the error is one line on what is missing.
pub fn completion(body: &str) -> Result<Completion, String> {
    let value: Value = serde_json::from_str(body).map_err(|error| format!("the server's answer is no JSON: {error}"))?;
    let choice = value.pointer("/choices/0").ok_or("the server's answer holds no choices")?;
    let message = choice.get("message").ok_or("the server's answer holds no message")?;
    let refusal = message.get("refusal").and_then(Value::as_str).filter(|refusal| !refusal.is_empty());
    let finish = match refusal {
        Some(_) => Some("refusal".to_owned()),
        None => choice.get("finish_reason").and_then(Value::as_str).map(str::to_owned),
    };
    Ok(Completion {
        model: value.get("model").and_then(Value::as_str).map(str::to_owned),
        text: refusal.map_or_else(|| content(message), str::to_owned),
        finish,
        input_tokens: value.pointer("/usage/prompt_tokens").and_then(Value::as_u64),
        output_tokens: value.pointer("/usage/completion_tokens").and_then(Value::as_u64),
    })
}

/// A message's text: a string, or the text parts of a list.
fn content(message: &Value) -> String {
    match message.get("content") {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(parts)) => parts.iter().filter_map(|part| part.get("text").and_then(Value::as_str)).collect(),
        _ => String::new(),
    }
}

/// A server's error message, as far as it has one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerError {
    pub message: String,
    pub kind: String,
    pub code: String,
    pub param: String,
}

const LONGEST_MESSAGE: usize = 300;

/// Reads `{"error": {"message", "type", "code", "param"}}` and the shapes near it; of any other body the message is its beginning.
pub fn server_error(body: &str) -> ServerError {
    let value: Value = serde_json::from_str(body).unwrap_or(Value::Null);
    let root = value.get(0).unwrap_or(&value);
    let error = root.get("error").unwrap_or(root);
    let text = |name: &str| match error.get(name) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    };
    let message = match error {
        Value::String(message) => message.clone(),
        Value::Object(_) if !text("message").is_empty() => text("message"),
        _ => body.to_owned(),
    };
    // Control characters could steer the terminal that an error is printed on.
    let message = message.replace(char::is_control, " ");
    let message: Vec<&str> = message.split_whitespace().collect();
    ServerError { message: message.join(" ").chars().take(LONGEST_MESSAGE).collect(), kind: text("type"), code: text("code"), param: text("param") }
}

/// The error that a 2xx answer carries in place of choices, as some servers and gateways send it.
pub fn hidden_error(body: &str) -> Option<ServerError> {
    let value: Value = serde_json::from_str(body).ok()?;
    let hidden = value.get("choices").is_none() && value.get("error").is_some_and(|error| !error.is_null());
    hidden.then(|| server_error(body))
}
