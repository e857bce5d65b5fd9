//! Gemini's generateContent.

use serde_json::{json, Value};

use super::completion::Completion;
use super::json::{count, word};
use super::request::{Body, Field, Request};
use super::spoken::Spoken;
use crate::proposer::llm::conversation::Role;
use crate::record::ledger::Usage;

const JSON: &str = "application/json";

/// The body of a request; the model stands in its path. An effort that is a whole number is a
/// budget of tokens for thinking, else it is a level.
pub fn body(request: &Request) -> Body {
    let conversation = request.conversation;
    let role = |role| if role == Role::User { "user" } else { "model" };
    let content =
        |(whose, text): &(Role, String)| json!({"role": role(*whose), "parts": [{"text": text}]});
    let contents: Vec<Value> = conversation.turns.iter().map(content).collect();
    let mut body = Body::new(json!({"contents": contents, "generationConfig": {}}));
    body.put(
        request,
        Field::MaxTokens,
        &["generationConfig", "maxOutputTokens"],
        Some(request.most_tokens),
    );
    if !conversation.system.is_empty() {
        body.json["systemInstruction"] = json!({"parts": [{"text": conversation.system}]});
    }
    body.put(
        request,
        Field::JsonSchema,
        &["generationConfig", "responseJsonSchema"],
        request.schema.cloned(),
    );
    body.put(
        request,
        Field::JsonObject,
        &["generationConfig", "responseMimeType"],
        request.any_object().then_some(JSON),
    );
    if body.sent.contains(&Field::JsonSchema) {
        body.json["generationConfig"]["responseMimeType"] = json!(JSON);
    }
    let thinking = |effort: &str| match effort.parse::<i32>() {
        Ok(budget) => json!({"thinkingBudget": budget}),
        Err(_) => json!({"thinkingLevel": effort}),
    };
    body.put(
        request,
        Field::Effort,
        &["generationConfig", "thinkingConfig"],
        request.effort.map(thinking),
    );
    body.put(
        request,
        Field::Temperature,
        &["generationConfig", "temperature"],
        request.temperature,
    );
    body.put(request, Field::Tier, &["service_tier"], request.tier);
    body
}

/// Reads a 2xx answer; the error is one line on what is missing.
pub fn read(value: &Value) -> Result<Completion, String> {
    let model = word(value, "/modelVersion").map(str::to_owned);
    let usage = usage(value);
    let Some(candidate) = value.pointer("/candidates/0") else {
        let reason = word(value, "/promptFeedback/blockReason")
            .ok_or("the server's answer holds no candidates")?;
        return Ok(Completion {
            model,
            text: format!("the prompt was blocked: {reason}"),
            finish: Some("content_filter".to_owned()),
            usage,
        });
    };
    let parts = candidate
        .pointer("/content/parts")
        .and_then(Value::as_array)
        .map_or(&[][..], Vec::as_slice);
    let mut spoken = Spoken::default();
    for part in parts {
        let text = word(part, "/text").unwrap_or_default();
        if part.get("thought").and_then(Value::as_bool) == Some(true) {
            spoken.reasoning.push_str(text);
        } else {
            spoken.text.push_str(text);
            spoken.call(part.pointer("/functionCall/args"));
        }
    }
    let finish = word(candidate, "/finishReason").map(|reason| match reason {
        "STOP" => "stop",
        "MAX_TOKENS" => "length",
        "SAFETY" | "RECITATION" | "BLOCKLIST" | "PROHIBITED_CONTENT" | "SPII" => "content_filter",
        other => other,
    });
    let (text, finish) = spoken.ended(finish);
    Ok(Completion {
        model,
        text,
        finish,
        usage,
    })
}

/// The usage: cached tokens are part of the prompt's, thoughts stand beside the candidates.
fn usage(value: &Value) -> Option<Usage> {
    let told = |name: &str| count(value, &format!("/usageMetadata/{name}"));
    let (prompt, visible, reasoning) = (
        told("promptTokenCount"),
        told("candidatesTokenCount"),
        told("thoughtsTokenCount"),
    );
    prompt.or(visible).or(reasoning)?;
    let prompt = prompt.unwrap_or(0);
    let cached = told("cachedContentTokenCount").unwrap_or(0).min(prompt);
    let tier = word(value, "/usageMetadata/serviceTier").map(str::to_lowercase);
    Some(Usage {
        input_uncached: (prompt - cached)
            .saturating_add(told("toolUsePromptTokenCount").unwrap_or(0)),
        input_cache_read: cached,
        output_visible: visible.unwrap_or(0),
        output_reasoning: reasoning.unwrap_or(0),
        tier: tier.map(|tier| tier.trim_start_matches("service_tier_").to_owned()),
        ..Usage::default()
    })
}

/// The names by which an error may call a field. The type of the answer goes with the schema.
pub fn names(field: Field) -> &'static [&'static str] {
    match field {
        Field::Temperature => &["temperature"],
        Field::Effort => &[
            "thinkingConfig",
            "thinking_config",
            "thinkingLevel",
            "thinking_level",
            "thinking level",
            "thinkingBudget",
            "thinking_budget",
            "thinking budget",
            "thinking",
        ],
        Field::Tier => &["service_tier", "serviceTier", "service tier"],
        Field::JsonSchema => &[
            "responseJsonSchema",
            "response_json_schema",
            "responseSchema",
            "response_schema",
            "response schema",
            "responseMimeType",
            "response_mime_type",
            "response mime type",
            "mimeType",
            "mime type",
            "json mode",
            "json schema",
        ],
        Field::JsonObject => &[
            "responseMimeType",
            "response_mime_type",
            "response mime type",
            "mimeType",
            "mime type",
            "json mode",
        ],
        Field::MaxTokens => &["maxOutputTokens", "max_output_tokens"],
        Field::MaxCompletionTokens | Field::CacheControl | Field::UsageCosts | Field::Stream => &[],
    }
}
