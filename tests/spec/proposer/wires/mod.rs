//! What each wire sends, and what it reads out of answers and errors.

mod completions;
mod faults;
mod hidden_faults;
mod hostile;
mod refused_fields;
mod replies;
mod requests;
mod streams;
mod tokens;

use std::collections::BTreeSet;

use motherlode::proposer::llm::conversation::Conversation;
use motherlode::proposer::llm::wire::{Completion, Field, Outcome, Request, Wire};
use motherlode::record::ledger::{Money, Usage};
use serde_json::{json, Value};

const WIRES: [Wire; 4] = [
    Wire::ChatCompletions,
    Wire::Responses,
    Wire::Messages,
    Wire::GenerateContent,
];

static NONE: BTreeSet<Field> = BTreeSet::new();

fn schema() -> Value {
    json!({
        "type": "object",
        "properties": {"formula": {"type": "string"}, "name": {"type": "string"}},
        "required": ["formula", "name"],
        "additionalProperties": false
    })
}

fn conversation() -> Conversation {
    Conversation::new("You write formulas.".to_owned(), "Write one.".to_owned())
        .then("tanh(", "It does not parse; mend it.".to_owned())
}

/// A request without wishes.
fn bare(conversation: &Conversation) -> Request<'_> {
    Request {
        model: "test-model",
        conversation,
        most_tokens: 8192,
        temperature: None,
        effort: None,
        tier: None,
        schema: None,
        cached: false,
        usage_costs: false,
        unstreamed: false,
        openai: false,
        refused: &NONE,
    }
}

/// A request with every wish.
fn full<'a>(
    conversation: &'a Conversation,
    schema: &'a Value,
    refused: &'a BTreeSet<Field>,
) -> Request<'a> {
    Request {
        temperature: Some(0.7),
        effort: Some("low"),
        tier: Some("flex"),
        schema: Some(schema),
        cached: true,
        usage_costs: true,
        unstreamed: true,
        refused,
        ..bare(conversation)
    }
}

/// Reads an answer that is a completion.
fn completion(wire: Wire, answer: &Value) -> Completion {
    match wire.read(&answer.to_string()) {
        Ok(Outcome::Completion(completion)) => completion,
        other => panic!("{answer}: {other:?}"),
    }
}

fn usage(wire: Wire, answer: &Value) -> Option<Usage> {
    completion(wire, answer).usage
}

fn owned(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn chat(message: &Value, finish: &Value, usage: &Value) -> Value {
    json!({
        "id": "chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT",
        "object": "chat.completion",
        "created": 1_787_000_000,
        "model": "gpt-5.4-2026-03-05",
        "choices": [{"index": 0, "message": message, "logprobs": null, "finish_reason": finish}],
        "usage": usage,
        "system_fingerprint": null
    })
}

fn said(content: &str) -> Value {
    json!({"role": "assistant", "content": content, "refusal": null, "annotations": []})
}

fn chat_usage(usage: &Value) -> Value {
    chat(&said("tanh(x)"), &json!("stop"), usage)
}

fn response(status: &str, output: &Value, more: &Value) -> Value {
    let mut answer = json!({
        "id": "resp_67ccd2bed1ec8190b14f964abc054267",
        "object": "response",
        "created_at": 1_787_000_000,
        "status": status,
        "error": null,
        "incomplete_details": null,
        "model": "gpt-5.4-2026-03-05",
        "output": output
    });
    for (name, value) in more.as_object().unwrap() {
        answer[name] = value.clone();
    }
    answer
}

fn output(parts: &Value) -> Value {
    json!([
        {
            "type": "reasoning",
            "id": "rs_1",
            "summary": [{"type": "summary_text", "text": "I think of a bent tail."}],
            "content": []
        },
        {
            "type": "message",
            "id": "msg_1",
            "status": "completed",
            "role": "assistant",
            "content": parts
        }
    ])
}

fn message(content: &Value, stop: &Value, usage: &Value) -> Value {
    json!({
        "id": "msg_013Zva2CMHLNnXjNJJKqJ2EF",
        "type": "message",
        "role": "assistant",
        "model": "claude-opus-4-8-20260528",
        "content": content,
        "stop_reason": stop,
        "stop_sequence": null,
        "usage": usage
    })
}

fn message_usage(usage: &Value) -> Value {
    message(
        &json!([{"type": "text", "text": "tanh(x)"}]),
        &json!("end_turn"),
        usage,
    )
}

fn gemini(parts: &Value, finish: &str, usage: &Value) -> Value {
    json!({
        "candidates": [{
            "content": {"parts": parts, "role": "model"},
            "finishReason": finish,
            "index": 0
        }],
        "usageMetadata": usage,
        "modelVersion": "gemini-3.5-flash",
        "responseId": "abc"
    })
}

fn gemini_usage(usage: &Value) -> Value {
    gemini(&json!([{"text": "tanh(x)"}]), "STOP", usage)
}

/// One whole answer of each wire.
fn answers() -> [(Wire, Value); 4] {
    [
        (
            Wire::ChatCompletions,
            chat_usage(&json!({
                "prompt_tokens": 2006,
                "completion_tokens": 300,
                "total_tokens": 2306,
                "cost": 0.00014,
                "is_byok": false,
                "prompt_tokens_details": {"cached_tokens": 1920, "cache_write_tokens": 40},
                "completion_tokens_details": {"reasoning_tokens": 192}
            })),
        ),
        (
            Wire::Responses,
            response(
                "completed",
                &output(&json!([{"type": "output_text", "text": "tanh(x)", "annotations": []}])),
                &json!({
                    "service_tier": "flex",
                    "usage": {
                        "input_tokens": 2006,
                        "input_tokens_details": {"cached_tokens": 1920},
                        "output_tokens": 300,
                        "output_tokens_details": {"reasoning_tokens": 192},
                        "total_tokens": 2306
                    }
                }),
            ),
        ),
        (
            Wire::Messages,
            message_usage(&json!({
                "input_tokens": 25,
                "cache_creation_input_tokens": 300,
                "cache_read_input_tokens": 1700,
                "cache_creation": {
                    "ephemeral_5m_input_tokens": 100,
                    "ephemeral_1h_input_tokens": 200
                },
                "output_tokens": 90,
                "output_tokens_details": {"thinking_tokens": 50},
                "service_tier": "standard"
            })),
        ),
        (
            Wire::GenerateContent,
            gemini_usage(&json!({
                "promptTokenCount": 1000,
                "cachedContentTokenCount": 800,
                "candidatesTokenCount": 40,
                "thoughtsTokenCount": 500,
                "toolUsePromptTokenCount": 7,
                "totalTokenCount": 1547,
                "serviceTier": "standard"
            })),
        ),
    ]
}

#[test]
fn each_wire_reads_a_whole_answer() {
    let expected = [
        (
            "gpt-5.4-2026-03-05",
            (46, 1920, 40, 0, 108, 192),
            Some(0.00014),
            None,
        ),
        (
            "gpt-5.4-2026-03-05",
            (86, 1920, 0, 0, 108, 192),
            None,
            Some("flex"),
        ),
        (
            "claude-opus-4-8-20260528",
            (25, 1700, 100, 200, 40, 50),
            None,
            Some("standard"),
        ),
        (
            "gemini-3.5-flash",
            (207, 800, 0, 0, 40, 500),
            None,
            Some("standard"),
        ),
    ];
    for ((wire, answer), (model, tokens, cost, tier)) in answers().into_iter().zip(expected) {
        let (
            input_uncached,
            input_cache_read,
            input_cache_write_5m,
            input_cache_write_1h,
            output_visible,
            output_reasoning,
        ) = tokens;
        let usage = Usage {
            input_uncached,
            input_cache_read,
            input_cache_write_5m,
            input_cache_write_1h,
            output_visible,
            output_reasoning,
            reported_cost: cost.and_then(Money::dollars),
            tier: tier.map(str::to_owned),
        };
        let expected = Completion {
            model: owned(model),
            text: "tanh(x)".to_owned(),
            finish: owned("stop"),
            usage: Some(usage),
        };
        assert_eq!(completion(wire, &answer), expected, "{wire:?}");
    }
}
