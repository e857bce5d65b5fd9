//! OpenAI's Responses.

use serde_json::{json, Value};

use super::chat_completions::{model, turns, usage};
use super::completion::Completion;
use super::json::word;
use super::request::{Body, Field, Request};
use super::spoken::Spoken;

/// The body of a request, which the server is not to keep.
pub fn body(request: &Request) -> Body {
    let input: Vec<Value> = turns(request).collect();
    let mut body = Body::new(json!({
        "model": request.model,
        "input": input,
        "store": false,
    }));
    body.put(
        request,
        Field::MaxTokens,
        &["max_output_tokens"],
        Some(request.most_tokens),
    );
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
    body.put_unstreamed(request);
    body
}

/// Reads a 2xx answer; the error is one line on what is missing.
pub fn read(value: &Value) -> Result<Completion, String> {
    let output = value
        .get("output")
        .and_then(Value::as_array)
        .ok_or("the server's answer holds no output")?;
    let mut spoken = Spoken::default();
    for item in output {
        match word(item, "/type") {
            // What is said between calls of tools is no answer.
            Some("message") if word(item, "/phase") == Some("commentary") => {}
            Some("message") => spoken.content(item.get("content")),
            Some("function_call") => spoken.call(item.get("arguments")),
            Some("custom_tool_call") => spoken.call(item.get("input")),
            Some("reasoning") => {
                let mut thoughts = Spoken::default();
                thoughts.content(item.get("content"));
                thoughts.content(item.get("summary"));
                spoken.reasoning.push_str(&thoughts.reasoning);
            }
            _ => {}
        }
    }
    let finish = match word(value, "/status") {
        Some("completed") => Some("stop"),
        Some("incomplete") => match word(value, "/incomplete_details/reason") {
            Some("max_output_tokens") => Some("length"),
            reason => reason.or(Some("incomplete")),
        },
        status => status,
    };
    let (text, finish) = spoken.ended(finish);
    Ok(Completion {
        model: model(value),
        text,
        finish,
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
        Field::Stream => &["stream"],
        Field::MaxTokens => &["max_output_tokens"],
        Field::MaxCompletionTokens | Field::CacheControl | Field::UsageCosts => &[],
    }
}
