//! OpenAI's Responses.

use serde_json::{json, Value};

use super::chat_completions::{model, turns, usage};
use super::completion::Completion;
use super::json::word;
use super::request::{Body, Field, Request};

/// The body of a request, which the server is not to keep.
pub fn body(request: &Request) -> Body {
    let input: Vec<Value> = turns(request).collect();
    let mut body = Body::new(json!({
        "model": request.model,
        "input": input,
        "max_output_tokens": request.most_tokens,
        "store": false,
    }));
    if !request.conversation.system.is_empty() {
        body.json["instructions"] = json!(request.conversation.system);
    }
    let schema = |schema| json!({"type": "json_schema", "name": "formula", "schema": schema, "strict": true});
    body.put(
        request,
        Field::JsonSchema,
        &["text", "format"],
        request.schema.map(schema),
    );
    body.put(
        request,
        Field::JsonObject,
        &["text", "format"],
        request.any_object().then(|| json!({"type": "json_object"})),
    );
    body.put(
        request,
        Field::Effort,
        &["reasoning", "effort"],
        request.effort,
    );
    body.put(
        request,
        Field::Temperature,
        &["temperature"],
        request.temperature,
    );
    body.put(request, Field::Tier, &["service_tier"], request.tier);
    body
}

/// Reads a 2xx answer; the error is one line on what is missing.
pub fn read(value: &Value) -> Result<Completion, String> {
    let output = value
        .get("output")
        .and_then(Value::as_array)
        .ok_or("the server's answer holds no output")?;
    let messages = output
        .iter()
        .filter(|item| word(item, "/type") == Some("message"));
    let parts: Vec<&Value> = messages
        .filter_map(|message| message.get("content")?.as_array())
        .flatten()
        .collect();
    let all = |kind: &str, pointer: &str| -> String {
        parts
            .iter()
            .filter(|part| word(part, "/type") == Some(kind))
            .filter_map(|part| word(part, pointer))
            .collect()
    };
    let refusal = all("refusal", "/refusal");
    let finish = match word(value, "/status") {
        _ if !refusal.is_empty() => Some("refusal"),
        Some("completed") => Some("stop"),
        Some("incomplete") => match word(value, "/incomplete_details/reason") {
            Some("max_output_tokens") => Some("length"),
            reason => reason.or(Some("incomplete")),
        },
        status => status,
    };
    Ok(Completion {
        model: model(value),
        finish: finish.map(str::to_owned),
        text: if refusal.is_empty() {
            all("output_text", "/text")
        } else {
            refusal
        },
        usage: usage(value, "input", "output"),
    })
}

/// The names by which an error may call a field.
pub fn names(field: Field) -> &'static [&'static str] {
    match field {
        Field::Temperature => &["temperature"],
        Field::Effort => &[
            "reasoning.effort",
            "reasoning_effort",
            "reasoning effort",
            "reasoning",
            "thinking",
        ],
        Field::Tier => &["service_tier", "service tier"],
        Field::JsonSchema => &[
            "text.format",
            "response_format",
            "json_schema",
            "json schema",
            "structured outputs",
            "structured output",
        ],
        Field::JsonObject => &[
            "text.format",
            "response_format",
            "json_object",
            "json object",
            "json mode",
        ],
        Field::MaxTokens | Field::MaxCompletionTokens | Field::CacheControl | Field::UsageCosts => {
            &[]
        }
    }
}
