//! Anthropic's Messages.

use serde_json::{json, Value};

use super::chat_completions::turns;
use super::completion::Completion;
use super::json::{count, present, word};
use super::request::{Body, Field, Request};
use super::spoken::Spoken;
use crate::record::ledger::Usage;

/// The body of a request. There is no asking for any JSON object: a model that refuses the schema
/// is sent none.
pub fn body(request: &Request) -> Body {
    let messages: Vec<Value> = turns(request).collect();
    let mut body = Body::new(
        json!({"model": request.model, "max_tokens": request.most_tokens, "messages": messages}),
    );
    let system = &request.conversation.system;
    if !system.is_empty() {
        body.json["system"] = json!(system);
        let marked =
            || json!([{"type": "text", "text": system, "cache_control": {"type": "ephemeral"}}]);
        body.put(
            request,
            Field::CacheControl,
            &["system"],
            request.cached.then(marked),
        );
    }
    let schema = |schema| json!({"type": "json_schema", "schema": schema});
    body.put(
        request,
        Field::JsonSchema,
        &["output_config", "format"],
        request.schema.map(schema),
    );
    body.put(
        request,
        Field::Effort,
        &["output_config", "effort"],
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
    let content = present(value, "content").ok_or("the server's answer holds no content")?;
    let mut spoken = Spoken::default();
    match content {
        Value::Array(blocks) => blocks
            .iter()
            .for_each(|block| take_block(&mut spoken, block)),
        text => spoken.content(Some(text)),
    }
    let finish = word(value, "/stop_reason").map(|reason| match reason {
        "end_turn" | "stop_sequence" => "stop",
        "max_tokens" | "model_context_window_exceeded" => "length",
        other => other,
    });
    let (text, finish) = spoken.ended(finish);
    Ok(Completion {
        model: word(value, "/model").map(str::to_owned),
        text,
        finish,
        usage: usage(value),
    })
}

fn take_block(spoken: &mut Spoken, block: &Value) {
    match word(block, "/type") {
        Some("text") => spoken.content(Some(block)),
        Some("tool_use") => spoken.call(block.get("input")),
        Some("thinking") => {
            let thought = word(block, "/thinking").unwrap_or_default();
            spoken.reasoning.push_str(thought);
        }
        _ => {}
    }
}

/// The usage, whose `input_tokens` leave out what was read from the cache or written to it.
fn usage(value: &Value) -> Option<Usage> {
    let told = |name: &str| count(value, &format!("/usage/{name}"));
    let (input, output) = (told("input_tokens"), told("output_tokens"));
    if input.is_none() && output.is_none() {
        return None;
    }
    let output = output.unwrap_or(0);
    let thinking = told("output_tokens_details/thinking_tokens")
        .unwrap_or(0)
        .min(output);
    let hour = told("cache_creation/ephemeral_1h_input_tokens").unwrap_or(0);
    let minutes = told("cache_creation/ephemeral_5m_input_tokens").unwrap_or(0);
    // What is written and not told how long is taken to be written for the usual five minutes.
    let minutes = minutes.max(
        told("cache_creation_input_tokens")
            .unwrap_or(0)
            .saturating_sub(hour),
    );
    Some(Usage {
        input_uncached: input.unwrap_or(0),
        input_cache_read: told("cache_read_input_tokens").unwrap_or(0),
        input_cache_write_5m: minutes,
        input_cache_write_1h: hour,
        output_visible: output - thinking,
        output_reasoning: thinking,
        reported_cost: None,
        tier: word(value, "/usage/service_tier").map(str::to_owned),
    })
}

/// The names by which an error may call a field.
pub fn names(field: Field) -> &'static [&'static str] {
    match field {
        Field::Temperature => &["temperature"],
        Field::Effort => &["output_config.effort", "output_config", "effort"],
        Field::Tier => &["service_tier", "service tier"],
        Field::JsonSchema => &[
            "output_config.format",
            "output_config",
            "output_format",
            "output format",
            "json_schema",
            "json schema",
            "structured outputs",
            "structured output",
        ],
        Field::CacheControl => &["cache_control", "prompt caching"],
        Field::Stream => &["stream"],
        Field::MaxTokens | Field::MaxCompletionTokens | Field::JsonObject | Field::UsageCosts => {
            &[]
        }
    }
}
