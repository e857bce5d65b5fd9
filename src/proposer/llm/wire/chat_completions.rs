//! OpenAI's Chat Completions, as its own servers, routers and local servers speak them.

use serde_json::{json, Value};

use super::completion::Completion;
use super::json::{count, number, present, word};
use super::request::{Body, Field, Request};
use super::spoken::Spoken;
use crate::proposer::llm::conversation::Role;
use crate::record::ledger::{Money, Usage};

/// The body of a request. OpenAI calls the limit of tokens `max_completion_tokens`, most other
/// servers know `max_tokens` only; where one is refused the other is sent.
pub fn body(request: &Request) -> Body {
    let conversation = request.conversation;
    let system = (!conversation.system.is_empty())
        .then(|| json!({"role": "system", "content": conversation.system}));
    let messages: Vec<Value> = system.into_iter().chain(turns(request)).collect();
    let mut body = Body::new(json!({"model": request.model, "messages": messages}));
    let (usual, own) = (Field::MaxTokens, Field::MaxCompletionTokens);
    let limits = if request.openai {
        [own, usual]
    } else {
        [usual, own]
    };
    if let Some(limit) = limits.into_iter().find(|limit| request.takes(*limit)) {
        body.put(request, limit, &[limit.name()], Some(request.most_tokens));
    }
    let schema = |schema| {
        json!({
            "type": "json_schema",
            "json_schema": {"name": "formula", "schema": schema, "strict": true},
        })
    };
    body.put(
        request,
        Field::JsonSchema,
        &["response_format"],
        request.schema.map(schema),
    );
    body.put(
        request,
        Field::JsonObject,
        &["response_format"],
        request.any_object().then(|| json!({"type": "json_object"})),
    );
    body.put(
        request,
        Field::Effort,
        &["reasoning_effort"],
        request.effort,
    );
    body.put(
        request,
        Field::Temperature,
        &["temperature"],
        request.temperature,
    );
    body.put(request, Field::Tier, &["service_tier"], request.tier);
    body.put(
        request,
        Field::UsageCosts,
        &["usage"],
        request.usage_costs.then(|| json!({"include": true})),
    );
    body.put_unstreamed(request);
    body
}

/// The turns as messages `{role, content}`.
pub(super) fn turns<'a>(request: &Request<'a>) -> impl Iterator<Item = Value> + 'a {
    let role = |role| {
        if role == Role::User {
            "user"
        } else {
            "assistant"
        }
    };
    request
        .conversation
        .turns
        .iter()
        .map(move |(whose, text)| json!({"role": role(*whose), "content": text}))
}

/// Reads a 2xx answer; the error is one line on what is missing.
pub fn read(value: &Value) -> Result<Completion, String> {
    let choices = value.get("choices").and_then(Value::as_array);
    let choices = choices.map_or(&[][..], Vec::as_slice);
    let first = |choice: &&Value| count(choice, "/index") == Some(0);
    let choice = choices.iter().find(first).or(choices.first());
    let choice = choice.ok_or("the server's answer holds no choices")?;
    let message = present(choice, "message").ok_or("the server's answer holds no message")?;
    let (text, finish) = spoken(message).ended(word(choice, "/finish_reason"));
    Ok(Completion {
        model: model(value),
        text,
        finish,
        usage: usage(value, "prompt", "completion"),
    })
}

/// What stands in a message, or in a piece of one.
pub(super) fn spoken(message: &Value) -> Spoken {
    let mut spoken = Spoken::default();
    spoken.content(message.get("content"));
    let refusal = word(message, "/refusal");
    spoken.refusal.push_str(refusal.unwrap_or_default());
    let reasoning = ["/reasoning_content", "/reasoning", "/thinking"];
    let reasoning = reasoning.iter().find_map(|place| word(message, place));
    spoken.reasoning.push_str(reasoning.unwrap_or_default());
    let calls = message.get("tool_calls").and_then(Value::as_array);
    for call in calls.into_iter().flatten() {
        spoken.call(present(call, "function").unwrap_or(call).get("arguments"));
    }
    spoken.call(message.pointer("/function_call/arguments"));
    spoken
}

/// The model's name, and in parentheses the provider to which a router sent the request.
pub(super) fn model(value: &Value) -> Option<String> {
    let model = word(value, "/model")?;
    Some(word(value, "/provider").map_or_else(
        || model.to_owned(),
        |provider| format!("{model} ({provider})"),
    ))
}

/// The usage whose counts are called `{input}_tokens` and `{output}_tokens`; cached and written
/// tokens are part of the input. Reasoning is part of the output with OpenAI; xAI and Gemini's
/// compatible endpoint count it in `total_tokens` only.
pub(super) fn usage(value: &Value, input: &str, output: &str) -> Option<Usage> {
    let told = |name: String| count(value, &format!("/usage/{name}"));
    let (all_input, all_output) = (
        told(format!("{input}_tokens")),
        told(format!("{output}_tokens")),
    );
    let uncounted = match (all_input, all_output, told("total_tokens".to_owned())) {
        (Some(input), Some(output), Some(total)) => {
            total.saturating_sub(input).saturating_sub(output)
        }
        (None, None, _) => return None,
        _ => 0,
    };
    let (all_input, all_output) = (
        all_input.unwrap_or(0),
        all_output.unwrap_or(0).saturating_add(uncounted),
    );
    let cached = told(format!("{input}_tokens_details/cached_tokens"))
        .unwrap_or(0)
        .min(all_input);
    let written = told(format!("{input}_tokens_details/cache_write_tokens"))
        .unwrap_or(0)
        .min(all_input - cached);
    let reasoning = told(format!("{output}_tokens_details/reasoning_tokens"))
        .unwrap_or(0)
        .max(uncounted);
    Some(Usage {
        input_uncached: all_input - cached - written,
        input_cache_read: cached,
        input_cache_write_5m: written,
        input_cache_write_1h: 0,
        // More reasoning than output cannot be part of it.
        output_visible: all_output.checked_sub(reasoning).unwrap_or(all_output),
        output_reasoning: reasoning,
        reported_cost: reported_cost(value),
        tier: word(value, "/service_tier").map(str::to_owned),
    })
}

/// OpenRouter's cost in dollars; where it used its customer's own key with a provider, that is its
/// fee, and the provider's bill comes on top.
fn reported_cost(value: &Value) -> Option<Money> {
    let cost = number(value, "/usage/cost")?;
    let own_key = value.pointer("/usage/is_byok").and_then(Value::as_bool) == Some(true);
    let upstream = if own_key {
        number(value, "/usage/cost_details/upstream_inference_cost")?
    } else {
        0.0
    };
    Some(Money::dollars(cost)? + Money::dollars(upstream)?)
}

/// The names by which an error may call a field.
pub fn names(field: Field) -> &'static [&'static str] {
    match field {
        Field::Temperature => &["temperature"],
        Field::Effort => &[
            "reasoning_effort",
            "reasoning.effort",
            "reasoning effort",
            "reasoning",
            "thinking",
            "think",
        ],
        Field::Tier => &["service_tier", "service tier"],
        Field::MaxTokens => &["max_tokens"],
        Field::MaxCompletionTokens => &["max_completion_tokens"],
        Field::JsonSchema => &[
            "response_format",
            "response format",
            "json_schema",
            "json schema",
            "structured outputs",
            "structured output",
        ],
        Field::JsonObject => &[
            "response_format",
            "response format",
            "json_object",
            "json object",
            "json mode",
        ],
        Field::UsageCosts => &["usage.include", "usage"],
        Field::Stream => &["stream"],
        Field::CacheControl => &[],
    }
}
