//! What each wire sends, and what it reads out of answers and errors.

use std::collections::BTreeSet;
use std::time::Duration;

use motherlode::ledger::{Money, Usage};
use motherlode::proposer::llm::conversation::Conversation;
use motherlode::proposer::llm::wire::fault::{self, Period, Quota};
use motherlode::proposer::llm::wire::{Completion, Fault, Field, Outcome, Request, Wire};
use proptest::prelude::*;
use serde_json::{json, Value};

const WIRES: [Wire; 4] = [Wire::ChatCompletions, Wire::Responses, Wire::Messages, Wire::GenerateContent];

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
    Conversation::new("You write formulas.".to_owned(), "Write one.".to_owned()).then("tanh(", "It does not parse; mend it.".to_owned())
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
        openai: false,
        refused: &NONE,
    }
}

/// A request with every wish.
fn full<'a>(conversation: &'a Conversation, schema: &'a Value, refused: &'a BTreeSet<Field>) -> Request<'a> {
    Request {
        temperature: Some(0.7),
        effort: Some("low"),
        tier: Some("flex"),
        schema: Some(schema),
        cached: true,
        usage_costs: true,
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
        {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "I think of a bent tail."}], "content": []},
        {"type": "message", "id": "msg_1", "status": "completed", "role": "assistant", "content": parts}
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
    message(&json!([{"type": "text", "text": "tanh(x)"}]), &json!("end_turn"), usage)
}

fn gemini(parts: &Value, finish: &str, usage: &Value) -> Value {
    json!({
        "candidates": [{"content": {"parts": parts, "role": "model"}, "finishReason": finish, "index": 0}],
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
                "prompt_tokens": 2006, "completion_tokens": 300, "total_tokens": 2306, "cost": 0.00014, "is_byok": false,
                "prompt_tokens_details": {"cached_tokens": 1920, "cache_write_tokens": 40},
                "completion_tokens_details": {"reasoning_tokens": 192}
            })),
        ),
        (
            Wire::Responses,
            response(
                "completed",
                &output(&json!([{"type": "output_text", "text": "tanh(x)", "annotations": []}])),
                &json!({"service_tier": "flex", "usage": {
                    "input_tokens": 2006, "input_tokens_details": {"cached_tokens": 1920}, "output_tokens": 300,
                    "output_tokens_details": {"reasoning_tokens": 192}, "total_tokens": 2306
                }}),
            ),
        ),
        (
            Wire::Messages,
            message_usage(&json!({
                "input_tokens": 25, "cache_creation_input_tokens": 300, "cache_read_input_tokens": 1700,
                "cache_creation": {"ephemeral_5m_input_tokens": 100, "ephemeral_1h_input_tokens": 200},
                "output_tokens": 90, "output_tokens_details": {"thinking_tokens": 50}, "service_tier": "standard"
            })),
        ),
        (
            Wire::GenerateContent,
            gemini_usage(&json!({
                "promptTokenCount": 1000, "cachedContentTokenCount": 800, "candidatesTokenCount": 40, "thoughtsTokenCount": 500,
                "toolUsePromptTokenCount": 7, "totalTokenCount": 1547, "serviceTier": "standard"
            })),
        ),
    ]
}

#[test]
fn a_wish_that_was_not_made_is_not_sent() {
    let conversation = conversation();
    let turns = json!([
        {"role": "user", "content": "Write one."},
        {"role": "assistant", "content": "tanh("},
        {"role": "user", "content": "It does not parse; mend it."}
    ]);
    let messages = json!([{"role": "system", "content": "You write formulas."}, turns[0], turns[1], turns[2]]);
    for (wire, expected) in [
        (Wire::ChatCompletions, json!({"model": "test-model", "messages": messages, "max_tokens": 8192})),
        (
            Wire::Responses,
            json!({"model": "test-model", "instructions": "You write formulas.", "input": turns, "max_output_tokens": 8192, "store": false}),
        ),
        (Wire::Messages, json!({"model": "test-model", "max_tokens": 8192, "system": "You write formulas.", "messages": turns})),
        (
            Wire::GenerateContent,
            json!({
                "systemInstruction": {"parts": [{"text": "You write formulas."}]},
                "contents": [
                    {"role": "user", "parts": [{"text": "Write one."}]},
                    {"role": "model", "parts": [{"text": "tanh("}]},
                    {"role": "user", "parts": [{"text": "It does not parse; mend it."}]}
                ],
                "generationConfig": {"maxOutputTokens": 8192}
            }),
        ),
    ] {
        let body = wire.body(&bare(&conversation));
        assert_eq!(body.json, expected, "{wire:?}");
        let limit: &[Field] = if wire == Wire::ChatCompletions { &[Field::MaxTokens] } else { &[] };
        assert_eq!(body.sent, limit, "{wire:?}");
    }
}

#[test]
fn every_wish_has_its_place() {
    use Field::*;
    let (conversation, schema) = (Conversation::new("Rules.".to_owned(), "Write one.".to_owned()), schema());
    for (wire, expected, sent) in [
        (
            Wire::ChatCompletions,
            json!({
                "model": "test-model",
                "messages": [{"role": "system", "content": "Rules."}, {"role": "user", "content": "Write one."}],
                "max_tokens": 8192,
                "response_format": {"type": "json_schema", "json_schema": {"name": "formula", "strict": true, "schema": schema}},
                "reasoning_effort": "low",
                "temperature": 0.7,
                "service_tier": "flex",
                "usage": {"include": true}
            }),
            vec![MaxTokens, JsonSchema, Effort, Temperature, Tier, UsageCosts],
        ),
        (
            Wire::Responses,
            json!({
                "model": "test-model",
                "instructions": "Rules.",
                "input": [{"role": "user", "content": "Write one."}],
                "max_output_tokens": 8192,
                "store": false,
                "text": {"format": {"type": "json_schema", "name": "formula", "strict": true, "schema": schema}},
                "reasoning": {"effort": "low"},
                "temperature": 0.7,
                "service_tier": "flex"
            }),
            vec![JsonSchema, Effort, Temperature, Tier],
        ),
        (
            Wire::Messages,
            json!({
                "model": "test-model",
                "max_tokens": 8192,
                "system": [{"type": "text", "text": "Rules.", "cache_control": {"type": "ephemeral"}}],
                "messages": [{"role": "user", "content": "Write one."}],
                "output_config": {"effort": "low", "format": {"type": "json_schema", "schema": schema}},
                "temperature": 0.7,
                "service_tier": "flex"
            }),
            vec![CacheControl, JsonSchema, Effort, Temperature, Tier],
        ),
        (
            Wire::GenerateContent,
            json!({
                "systemInstruction": {"parts": [{"text": "Rules."}]},
                "contents": [{"role": "user", "parts": [{"text": "Write one."}]}],
                "generationConfig": {
                    "maxOutputTokens": 8192,
                    "responseMimeType": "application/json",
                    "responseJsonSchema": schema,
                    "thinkingConfig": {"thinkingLevel": "low"},
                    "temperature": 0.7
                },
                "service_tier": "flex"
            }),
            vec![JsonSchema, Effort, Temperature, Tier],
        ),
    ] {
        let body = wire.body(&full(&conversation, &schema, &NONE));
        assert_eq!(body.json, expected, "{wire:?}");
        assert_eq!(body.sent, sent, "{wire:?}");
    }
}

#[test]
fn a_conversation_without_a_system_part_sends_none() {
    let conversation = Conversation::new(String::new(), "Write one.".to_owned());
    let schema = schema();
    for wire in WIRES {
        let body = wire.body(&full(&conversation, &schema, &NONE));
        let sent = body.json.to_string();
        assert!(!sent.contains("system") && !sent.contains("instructions") && !sent.contains("cache_control"), "{sent}");
        assert!(!body.sent.contains(&Field::CacheControl), "{wire:?}");
    }
}

#[test]
fn openai_is_sent_its_own_limit_of_tokens_first_and_others_the_usual_one() {
    use Field::{MaxCompletionTokens, MaxTokens};
    let conversation = conversation();
    for (openai, refused, expected) in [
        (true, vec![], Some(MaxCompletionTokens)),
        (true, vec![MaxCompletionTokens], Some(MaxTokens)),
        (true, vec![MaxTokens, MaxCompletionTokens], None),
        (false, vec![], Some(MaxTokens)),
        (false, vec![MaxTokens], Some(MaxCompletionTokens)),
        (false, vec![MaxTokens, MaxCompletionTokens], None),
    ] {
        let refused = refused.into_iter().collect();
        let body = Wire::ChatCompletions.body(&Request { openai, refused: &refused, ..bare(&conversation) });
        assert_eq!(body.sent, Vec::from_iter(expected));
        for limit in [MaxTokens, MaxCompletionTokens] {
            assert_eq!(body.json.get(limit.name()), (Some(limit) == expected).then_some(&json!(8192)));
        }
    }
}

#[test]
fn a_refused_schema_falls_to_any_object_and_then_to_nothing() {
    let (conversation, schema) = (conversation(), schema());
    for (wire, place, object) in [
        (Wire::ChatCompletions, "/response_format", Some(json!({"type": "json_object"}))),
        (Wire::Responses, "/text", Some(json!({"format": {"type": "json_object"}}))),
        (Wire::Messages, "/output_config/format", None),
        (Wire::GenerateContent, "/generationConfig/responseMimeType", Some(json!("application/json"))),
    ] {
        let step = |refused: &[Field]| {
            let refused = refused.iter().copied().collect();
            let body = wire.body(&Request { schema: Some(&schema), refused: &refused, ..bare(&conversation) });
            let structured = body.sent.iter().copied().find(|field| [Field::JsonSchema, Field::JsonObject].contains(field));
            assert!(refused.contains(&Field::JsonSchema) || body.json.to_string().contains(&schema.to_string()), "{wire:?}");
            (structured, body.json.pointer(place).cloned(), body.json.pointer("/generationConfig/responseJsonSchema").cloned())
        };
        assert_eq!(step(&[]).0, Some(Field::JsonSchema), "{wire:?}");
        assert_eq!(step(&[Field::JsonSchema]), (object.is_some().then_some(Field::JsonObject), object, None), "{wire:?}");
        assert_eq!(step(&[Field::JsonSchema, Field::JsonObject]), (None, None, None), "{wire:?}");
    }
}

#[test]
fn a_refused_field_is_left_out_and_the_others_stay() {
    let (conversation, schema) = (conversation(), schema());
    for wire in WIRES {
        let everything = wire.body(&full(&conversation, &schema, &NONE)).sent;
        for field in &everything {
            let refused = BTreeSet::from([*field]);
            let sent = wire.body(&full(&conversation, &schema, &refused)).sent;
            assert!(!sent.contains(field), "{wire:?} {field:?}");
            assert!(everything.iter().all(|other| other == field || sent.contains(other)), "{wire:?} {field:?}");
        }
        let refused = Field::all().into_iter().collect();
        let body = wire.body(&full(&conversation, &schema, &refused));
        let limit_refused = BTreeSet::from([Field::MaxTokens, Field::MaxCompletionTokens]);
        assert_eq!(body, wire.body(&Request { refused: &limit_refused, ..bare(&conversation) }), "{wire:?}");
    }
}

#[test]
fn gemini_takes_a_number_of_tokens_for_thinking_as_a_budget() {
    let conversation = conversation();
    for (effort, expected) in [
        ("minimal", json!({"thinkingLevel": "minimal"})),
        ("high", json!({"thinkingLevel": "high"})),
        ("0", json!({"thinkingBudget": 0})),
        ("-1", json!({"thinkingBudget": -1})),
        ("24576", json!({"thinkingBudget": 24576})),
        ("1.5", json!({"thinkingLevel": "1.5"})),
    ] {
        let body = Wire::GenerateContent.body(&Request { effort: Some(effort), ..bare(&conversation) });
        assert_eq!(body.json["generationConfig"]["thinkingConfig"], expected);
    }
}

#[test]
fn an_error_names_the_field_that_it_refuses() {
    use Field::*;
    let (conversation, schema) = (conversation(), schema());
    for (wire, words, expected) in [
        (Wire::ChatCompletions, "Unsupported value: 'temperature' does not support 0.7 with this model.", Some(Temperature)),
        (
            Wire::ChatCompletions,
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
            Some(MaxTokens),
        ),
        (Wire::ChatCompletions, "Unrecognized request argument supplied: reasoning_effort", Some(Effort)),
        (Wire::ChatCompletions, "\"gemma3:4b\" does not support thinking", Some(Effort)),
        (Wire::ChatCompletions, "Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model.", Some(JsonSchema)),
        (Wire::ChatCompletions, "This model does not support response format `json_schema`.", Some(JsonSchema)),
        (Wire::ChatCompletions, "Unknown name \"usage\": Cannot find field.", Some(UsageCosts)),
        (Wire::ChatCompletions, "response_format.type", Some(JsonSchema)),
        (Wire::ChatCompletions, "service_tier", Some(Tier)),
        (Wire::ChatCompletions, "Unknown parameter: 'reasoning_effort_level'.", None),
        (Wire::ChatCompletions, "the temperatures of usages", None),
        (Wire::Responses, "Unsupported parameter: 'reasoning.effort' is not supported with this model.", Some(Effort)),
        (Wire::Responses, "Unsupported parameter: 'temperature' is not supported with this model.", Some(Temperature)),
        (Wire::Responses, "Invalid parameter: 'text.format' of type 'json_schema' is not supported with this model.", Some(JsonSchema)),
        (Wire::Messages, "`temperature` is deprecated for this model.", Some(Temperature)),
        (Wire::Messages, "output_config.effort 'max' is not supported when thinking is disabled on this model.", Some(Effort)),
        (Wire::Messages, "This model does not support the effort parameter.", Some(Effort)),
        (Wire::Messages, "output_config.format: Extra inputs are not permitted", Some(JsonSchema)),
        (Wire::Messages, "output_config: Extra inputs are not permitted", Some(JsonSchema)),
        (Wire::Messages, "system.0.cache_control: Extra inputs are not permitted", Some(CacheControl)),
        (Wire::Messages, "max_tokens: 8192 > 4096, which is the maximum allowed number of output tokens", None),
        (Wire::GenerateContent, "Thinking level is not supported for this model.", Some(Effort)),
        (Wire::GenerateContent, "Unable to submit request because thinking_budget is not supported by this model.", Some(Effort)),
        (
            Wire::GenerateContent,
            "Invalid JSON payload received. Unknown name \"responseJsonSchema\" at 'generation_config': Cannot find field.",
            Some(JsonSchema),
        ),
        (Wire::GenerateContent, "Json mode is not enabled for models/gemini-pro", Some(JsonSchema)),
        (Wire::GenerateContent, "Unknown name \"service_tier\": Cannot find field.", Some(Tier)),
        (Wire::GenerateContent, "API key not valid. Please pass a valid API key.", None),
    ] {
        let sent = wire.body(&full(&conversation, &schema, &NONE)).sent;
        assert_eq!(wire.named(words, &sent), expected, "{wire:?}: {words}");
    }
}

#[test]
fn every_field_that_is_sent_can_be_named_and_a_field_that_was_not_sent_is_never_meant() {
    let (conversation, schema) = (conversation(), schema());
    for wire in WIRES {
        for refused in [BTreeSet::new(), BTreeSet::from([Field::JsonSchema, Field::MaxTokens])] {
            for field in wire.body(&full(&conversation, &schema, &refused)).sent {
                assert!(!wire.names(field).is_empty(), "{wire:?} {field:?}");
                for name in wire.names(field) {
                    assert_eq!(wire.named(&format!("Unsupported parameter: '{name}'."), &[field]), Some(field));
                    assert_eq!(wire.named(name, &[]), None);
                }
            }
        }
    }
}

#[test]
fn a_model_that_takes_nothing_is_asked_for_less_until_nothing_is_left() {
    let (conversation, schema) = (conversation(), schema());
    for wire in WIRES {
        let mut refused = BTreeSet::new();
        loop {
            let sent = wire.body(&full(&conversation, &schema, &refused)).sent;
            let Some(first) = sent.first() else { break };
            let words = format!("Unsupported parameter: {}", wire.names(*first)[0]);
            let named = wire.named(&words, &sent).unwrap();
            assert!(refused.insert(named), "{wire:?} refuses {named:?} twice");
        }
        let asked: Vec<Field> = Field::all().into_iter().filter(|field| !wire.names(*field).is_empty()).collect();
        assert_eq!(refused.into_iter().collect::<BTreeSet<_>>(), asked.into_iter().collect(), "{wire:?}");
    }
}

#[test]
fn a_field_has_a_name_in_records_and_is_found_by_it() {
    for field in Field::all() {
        assert_eq!(Field::named(field.name()), Some(field));
    }
    assert_eq!(Field::named("top_p"), None);
}

#[test]
fn each_wire_reads_a_whole_answer() {
    let expected = [
        ("gpt-5.4-2026-03-05", (46, 1920, 40, 0, 108, 192), Some(0.00014), None),
        ("gpt-5.4-2026-03-05", (86, 1920, 0, 0, 108, 192), None, Some("flex")),
        ("claude-opus-4-8-20260528", (25, 1700, 100, 200, 40, 50), None, Some("standard")),
        ("gemini-3.5-flash", (207, 800, 0, 0, 40, 500), None, Some("standard")),
    ];
    for ((wire, answer), (model, tokens, cost, tier)) in answers().into_iter().zip(expected) {
        let (input_uncached, input_cache_read, input_cache_write_5m, input_cache_write_1h, output_visible, output_reasoning) = tokens;
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
        let expected = Completion { model: owned(model), text: "tanh(x)".to_owned(), finish: owned("stop"), usage: Some(usage) };
        assert_eq!(completion(wire, &answer), expected, "{wire:?}");
    }
}

#[test]
fn cached_input_and_reasoning_are_parts_of_what_openai_counts() {
    for (wire, input, output) in [(Wire::ChatCompletions, "prompt", "completion"), (Wire::Responses, "input", "output")] {
        let told = |usage: Value| {
            let mut answer = answers().into_iter().find(|(other, _)| *other == wire).unwrap().1;
            answer["usage"] = usage;
            self::usage(wire, &answer)
        };
        let (input, output) = (|name: &str| format!("{input}_{name}"), |name: &str| format!("{output}_{name}"));
        let tier = (wire == Wire::Responses).then(|| "flex".to_owned());
        let counts = |input_uncached, input_cache_read, input_cache_write_5m, output_visible, output_reasoning| {
            let tier = tier.clone();
            Some(Usage { input_uncached, input_cache_read, input_cache_write_5m, output_visible, output_reasoning, tier, ..Usage::default() })
        };
        let (tokens, details) = ("tokens", "tokens_details");
        for (found, expected, rule) in [
            (told(json!({input(tokens): 812, output(tokens): 37})), counts(812, 0, 0, 37, 0), "plain"),
            (
                told(json!({input(tokens): 812, input(details): null, output(tokens): 37, output(details): null, "total_tokens": 849})),
                counts(812, 0, 0, 37, 0),
                "no details",
            ),
            (
                told(json!({input(tokens): 100, input(details): {"cached_tokens": 130, "cache_write_tokens": 9}, output(tokens): 5})),
                counts(0, 100, 0, 5, 0),
                "more cached than there is",
            ),
            (
                told(json!({input(tokens): 12, output(tokens): 1, "total_tokens": 399, output(details): {"reasoning_tokens": 386}})),
                counts(12, 0, 0, 1, 386),
                "reasoning beside the output, as xAI counts it",
            ),
            (
                told(json!({input(tokens): 12, output(tokens): 1, output(details): {"reasoning_tokens": 386}})),
                counts(12, 0, 0, 1, 386),
                "more reasoning than output, without a total",
            ),
            (
                told(json!({input(tokens): 21, output(tokens): 10, "total_tokens": 91})),
                counts(21, 0, 0, 10, 60),
                "thoughts in the total only, as Gemini's compatible endpoint counts them",
            ),
            (
                told(json!({input(tokens): 9, output(tokens): 7, "total_tokens": 16, output(details): {"reasoning_tokens": 7}})),
                counts(9, 0, 0, 0, 7),
                "nothing but reasoning",
            ),
            (told(json!({input(tokens): 812})), counts(812, 0, 0, 0, 0), "no output told"),
            (told(json!({output(tokens): 37, "total_tokens": 900})), counts(0, 0, 0, 37, 0), "no input told"),
            (told(json!({input(tokens): 812.0, output(tokens): "37"})), counts(812, 0, 0, 37, 0), "floats and texts"),
            (told(json!({input(tokens): -1, output(tokens): 37})), counts(0, 0, 0, 37, 0), "negative"),
            (told(json!({input(tokens): 1e300, output(tokens): 37})), counts(0, 0, 0, 37, 0), "absurd"),
            (told(json!({input(tokens): u64::MAX, output(tokens): 1.5})), None, "absurd and broken"),
            (told(json!({"total_tokens": 849})), None, "a total only"),
            (told(json!({})), None, "empty"),
            (told(json!(null)), None, "null"),
            (told(json!([1, 2])), None, "a list"),
        ] {
            assert_eq!(found, expected, "{wire:?}: {rule}");
        }
    }
}

#[test]
fn the_tier_that_answered_is_the_one_the_answer_names() {
    for (wire, place, said, expected) in [
        (Wire::ChatCompletions, "/service_tier", json!("priority"), Some("priority")),
        (Wire::ChatCompletions, "/service_tier", json!(null), None),
        (Wire::Responses, "/service_tier", json!("default"), Some("default")),
        (Wire::Messages, "/usage/service_tier", json!("priority"), Some("priority")),
        (Wire::Messages, "/usage/service_tier", json!(3), None),
        (Wire::GenerateContent, "/usageMetadata/serviceTier", json!("flex"), Some("flex")),
        (Wire::GenerateContent, "/usageMetadata/serviceTier", json!("SERVICE_TIER_PRIORITY"), Some("priority")),
    ] {
        let mut answer = answers().into_iter().find(|(other, _)| *other == wire).unwrap().1;
        let (parent, name) = place.rsplit_once('/').unwrap();
        answer.pointer_mut(parent).unwrap()[name] = said;
        assert_eq!(usage(wire, &answer).unwrap().tier.as_deref(), expected, "{wire:?} {place}");
    }
}

#[test]
fn openrouter_names_its_cost_and_the_provider_behind_it() {
    let answer = |usage: Value| {
        json!({
            "id": "gen-1787000000-abc",
            "provider": "DeepInfra",
            "model": "moonshotai/kimi-k2.6",
            "object": "chat.completion",
            "created": 1_787_000_000,
            "choices": [{
                "index": 0, "logprobs": null, "finish_reason": "stop", "native_finish_reason": "stop",
                "message": {"role": "assistant", "content": "tanh(x)", "refusal": null, "reasoning": "A bent tail."}
            }],
            "usage": usage
        })
    };
    let tokens = json!({"prompt_tokens": 194, "completion_tokens": 2, "total_tokens": 196});
    assert_eq!(completion(Wire::ChatCompletions, &answer(tokens.clone())).model.as_deref(), Some("moonshotai/kimi-k2.6 (DeepInfra)"));
    for (more, expected) in [
        (json!({"cost": 0.000_148, "is_byok": false, "cost_details": {"upstream_inference_cost": 0.000_148}}), Some(0.000_148)),
        (json!({"cost": 0.000_148, "cost_details": {"upstream_inference_cost": null}}), Some(0.000_148)),
        (json!({"cost": 0.95, "is_byok": true, "cost_details": {"upstream_inference_cost": 19}}), Some(19.95)),
        (json!({"cost": 0.95, "is_byok": true}), None),
        (json!({"cost": 0}), Some(0.0)),
        (json!({"cost": "0.25"}), Some(0.25)),
        (json!({"cost": -1}), None),
        (json!({"cost": 1e300}), None),
        (json!({"cost": null}), None),
        (json!({}), None),
    ] {
        let mut usage = tokens.clone();
        usage.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let found = self::usage(Wire::ChatCompletions, &answer(usage)).unwrap();
        assert_eq!(found.reported_cost, expected.and_then(Money::dollars), "{more}");
        assert_eq!((found.input(), found.output()), (194, 2));
    }
}

#[test]
fn anthropics_input_leaves_out_its_cache_and_its_output_includes_thinking() {
    for (told, (uncached, read, minutes, hour, visible, reasoning)) in [
        (json!({"input_tokens": 2095, "output_tokens": 503}), (2095, 0, 0, 0, 503, 0)),
        (
            json!({"input_tokens": 21, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 188_086, "output_tokens": 393}),
            (21, 188_086, 0, 0, 393, 0),
        ),
        (json!({"input_tokens": 21, "cache_creation_input_tokens": 1500, "cache_read_input_tokens": 0, "output_tokens": 9}), (21, 0, 1500, 0, 9, 0)),
        (
            json!({
                "input_tokens": 21, "cache_creation_input_tokens": 1500, "cache_read_input_tokens": null, "output_tokens": 9,
                "cache_creation": {"ephemeral_5m_input_tokens": 1000, "ephemeral_1h_input_tokens": 500}
            }),
            (21, 0, 1000, 500, 9, 0),
        ),
        (
            json!({"input_tokens": 21, "output_tokens": 9, "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 500}}),
            (21, 0, 0, 500, 9, 0),
        ),
        (
            json!({"input_tokens": 21, "cache_creation_input_tokens": 700, "output_tokens": 9, "cache_creation": {"ephemeral_1h_input_tokens": 500}}),
            (21, 0, 200, 500, 9, 0),
        ),
        (json!({"input_tokens": 21, "cache_creation_input_tokens": 700, "cache_creation": null, "output_tokens": 9}), (21, 0, 700, 0, 9, 0)),
        (json!({"input_tokens": 21, "output_tokens": 900, "output_tokens_details": {"thinking_tokens": 880}}), (21, 0, 0, 0, 20, 880)),
        (json!({"input_tokens": 21, "output_tokens": 9, "output_tokens_details": {"thinking_tokens": 880}}), (21, 0, 0, 0, 0, 9)),
        (json!({"output_tokens": 9}), (0, 0, 0, 0, 9, 0)),
    ] {
        let expected = Usage {
            input_uncached: uncached,
            input_cache_read: read,
            input_cache_write_5m: minutes,
            input_cache_write_1h: hour,
            output_visible: visible,
            output_reasoning: reasoning,
            ..Usage::default()
        };
        assert_eq!(usage(Wire::Messages, &message_usage(&told)), Some(expected), "{told}");
    }
    for told in [json!(null), json!({}), json!({"cache_read_input_tokens": 9}), json!({"input_tokens": -3, "output_tokens": "many"})] {
        assert_eq!(usage(Wire::Messages, &message_usage(&told)), None, "{told}");
    }
}

#[test]
fn geminis_prompt_includes_its_cache_and_its_thoughts_stand_beside_the_candidates() {
    for (told, (uncached, read, visible, reasoning)) in [
        (json!({"promptTokenCount": 264, "candidatesTokenCount": 22, "totalTokenCount": 286}), (264, 0, 22, 0)),
        (
            json!({
                "promptTokenCount": 264, "candidatesTokenCount": 22, "thoughtsTokenCount": 900, "totalTokenCount": 1186,
                "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 264}]
            }),
            (264, 0, 22, 900),
        ),
        (json!({"promptTokenCount": 2000, "cachedContentTokenCount": 1800, "candidatesTokenCount": 22}), (200, 1800, 22, 0)),
        (json!({"promptTokenCount": 2000, "cachedContentTokenCount": 2800, "candidatesTokenCount": 22}), (0, 2000, 22, 0)),
        (json!({"promptTokenCount": 100, "toolUsePromptTokenCount": 60, "candidatesTokenCount": 22}), (160, 0, 22, 0)),
        (json!({"promptTokenCount": 100, "thoughtsTokenCount": 8188, "totalTokenCount": 8288}), (100, 0, 0, 8188)),
        (json!({"promptTokenCount": 100, "totalTokenCount": 100}), (100, 0, 0, 0)),
        (json!({"thoughtsTokenCount": 4}), (0, 0, 0, 4)),
    ] {
        let expected =
            Usage { input_uncached: uncached, input_cache_read: read, output_visible: visible, output_reasoning: reasoning, ..Usage::default() };
        assert_eq!(usage(Wire::GenerateContent, &gemini_usage(&told)), Some(expected), "{told}");
    }
    for told in [json!(null), json!({}), json!({"totalTokenCount": 9}), json!("12")] {
        assert_eq!(usage(Wire::GenerateContent, &gemini_usage(&told)), None, "{told}");
    }
}

#[test]
fn every_ending_has_its_word() {
    let text = json!([{"type": "output_text", "text": "tanh(x)"}]);
    let block = json!([{"type": "text", "text": "tanh(x)"}]);
    let incomplete = |reason: Value| response("incomplete", &output(&text), &json!({"incomplete_details": reason}));
    let chat = |finish: Value| chat(&said("tanh(x)"), &finish, &json!(null));
    let message = |stop: Value| message(&block, &stop, &json!(null));
    let gemini = |finish: &str| gemini(&json!([{"text": "tanh(x)"}]), finish, &json!(null));
    for (wire, answer, expected) in [
        (Wire::ChatCompletions, chat(json!("stop")), Some("stop")),
        (Wire::ChatCompletions, chat(json!("length")), Some("length")),
        (Wire::ChatCompletions, chat(json!("content_filter")), Some("content_filter")),
        (Wire::ChatCompletions, chat(json!("tool_calls")), Some("tool_calls")),
        (Wire::ChatCompletions, chat(json!("error")), Some("error")),
        (Wire::ChatCompletions, chat(json!(null)), None),
        (Wire::ChatCompletions, chat(json!(7)), None),
        (Wire::Responses, response("completed", &output(&text), &json!({})), Some("stop")),
        (Wire::Responses, incomplete(json!({"reason": "max_output_tokens"})), Some("length")),
        (Wire::Responses, incomplete(json!({"reason": "content_filter"})), Some("content_filter")),
        (Wire::Responses, incomplete(json!({"reason": "something"})), Some("something")),
        (Wire::Responses, incomplete(json!(null)), Some("incomplete")),
        (Wire::Responses, response("cancelled", &output(&text), &json!({})), Some("cancelled")),
        (Wire::Responses, response("completed", &output(&text), &json!({"status": null})), None),
        (Wire::Messages, message(json!("end_turn")), Some("stop")),
        (Wire::Messages, message(json!("stop_sequence")), Some("stop")),
        (Wire::Messages, message(json!("max_tokens")), Some("length")),
        (Wire::Messages, message(json!("model_context_window_exceeded")), Some("length")),
        (Wire::Messages, message(json!("refusal")), Some("refusal")),
        (Wire::Messages, message(json!("pause_turn")), Some("pause_turn")),
        (Wire::Messages, message(json!("tool_use")), Some("tool_use")),
        (Wire::Messages, message(json!(null)), None),
        (Wire::GenerateContent, gemini("STOP"), Some("stop")),
        (Wire::GenerateContent, gemini("MAX_TOKENS"), Some("length")),
        (Wire::GenerateContent, gemini("SAFETY"), Some("content_filter")),
        (Wire::GenerateContent, gemini("RECITATION"), Some("content_filter")),
        (Wire::GenerateContent, gemini("BLOCKLIST"), Some("content_filter")),
        (Wire::GenerateContent, gemini("PROHIBITED_CONTENT"), Some("content_filter")),
        (Wire::GenerateContent, gemini("SPII"), Some("content_filter")),
        (Wire::GenerateContent, gemini("MALFORMED_RESPONSE"), Some("MALFORMED_RESPONSE")),
        (Wire::GenerateContent, gemini(""), None),
    ] {
        let completion = completion(wire, &answer);
        assert_eq!(completion.finish.as_deref(), expected, "{wire:?} {answer}");
        assert_eq!(completion.text, "tanh(x)", "{wire:?} {answer}");
    }
}

#[test]
fn only_the_text_is_text_and_reasoning_is_not() {
    let chat = |message: Value| chat(&message, &json!("stop"), &json!(null));
    let response = |output: Value| response("completed", &output, &json!({}));
    let message = |content: Value| message(&content, &json!("end_turn"), &json!(null));
    let gemini = |parts: Value| gemini(&parts, "STOP", &json!(null));
    for (wire, answer, expected) in [
        (Wire::ChatCompletions, chat(json!({"content": "a", "reasoning": "r"})), "a"),
        (
            Wire::ChatCompletions,
            chat(json!({"content": "a", "reasoning_content": "r", "reasoning_details": [{"type": "reasoning.text", "text": "r"}]})),
            "a",
        ),
        (Wire::ChatCompletions, chat(json!({"content": null, "reasoning_content": "r"})), ""),
        (Wire::ChatCompletions, chat(json!({"content": "", "reasoning": "r"})), ""),
        (Wire::ChatCompletions, chat(json!({})), ""),
        (Wire::ChatCompletions, chat(json!({"content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]})), "ab"),
        (Wire::ChatCompletions, chat(json!({"content": [{"type": "thinking", "text": "r"}, {"text": "a"}, {"type": "image_url"}]})), "a"),
        (Wire::ChatCompletions, chat(json!({"content": "a", "refusal": ""})), "a"),
        (
            Wire::Responses,
            response(json!([
                {"type": "reasoning", "content": [{"type": "reasoning_text", "text": "r"}], "summary": []},
                {"type": "message", "content": [{"type": "output_text", "text": "a"}, {"type": "output_text", "text": "b"}]},
                {"type": "web_search_call", "content": [{"type": "output_text", "text": "r"}]},
                {"type": "message", "content": [{"type": "output_text", "text": "c"}]}
            ])),
            "abc",
        ),
        (Wire::Responses, response(json!([])), ""),
        (Wire::Responses, response(json!([{"type": "reasoning", "summary": []}])), ""),
        (
            Wire::Messages,
            message(json!([
                {"type": "thinking", "thinking": "r", "text": "r", "signature": "s"},
                {"type": "redacted_thinking", "data": "d"},
                {"type": "text", "text": "a"},
                {"type": "tool_use", "id": "t", "name": "n", "input": {}},
                {"type": "text", "text": "b"}
            ])),
            "ab",
        ),
        (Wire::Messages, message(json!([])), ""),
        (Wire::GenerateContent, gemini(json!([{"text": "r", "thought": true}, {"text": "a"}, {"text": "b", "thought": false}])), "ab"),
        (Wire::GenerateContent, gemini(json!([{"functionCall": {"name": "n"}}, {"text": "a", "thoughtSignature": "s"}])), "a"),
        (Wire::GenerateContent, gemini(json!(null)), ""),
    ] {
        assert_eq!(completion(wire, &answer).text, expected, "{wire:?} {answer}");
    }
}

#[test]
fn a_refusal_is_told_in_its_own_words() {
    for (wire, answer) in [
        (Wire::ChatCompletions, chat(&json!({"role": "assistant", "content": null, "refusal": "I cannot."}), &json!("stop"), &json!(null))),
        (Wire::Responses, response("completed", &output(&json!([{"type": "refusal", "refusal": "I cannot."}])), &json!({}))),
        (
            Wire::Responses,
            response(
                "completed",
                &output(&json!([{"type": "output_text", "text": "Well"}, {"type": "refusal", "refusal": "I cannot."}])),
                &json!({}),
            ),
        ),
        (Wire::Messages, message(&json!([{"type": "text", "text": "I cannot."}]), &json!("refusal"), &json!(null))),
    ] {
        let completion = completion(wire, &answer);
        assert_eq!((completion.finish.as_deref(), completion.text.as_str()), (Some("refusal"), "I cannot."), "{wire:?}");
    }
}

#[test]
fn gemini_may_block_a_prompt_or_be_cut_off_before_it_says_anything() {
    let usage = json!({"promptTokenCount": 12, "totalTokenCount": 12});
    let blocked = json!({"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}, "usageMetadata": usage, "modelVersion": "gemini-3.5-flash"});
    let blocked = completion(Wire::GenerateContent, &blocked);
    assert_eq!(blocked.finish.as_deref(), Some("content_filter"));
    assert!(blocked.text.contains("PROHIBITED_CONTENT"), "{}", blocked.text);
    assert_eq!((blocked.usage.unwrap().input(), blocked.model.as_deref()), (12, Some("gemini-3.5-flash")));
    for candidate in [
        json!({"finishReason": "MAX_TOKENS"}),
        json!({"finishReason": "MAX_TOKENS", "content": {"role": "model"}}),
        json!({"finishReason": "MAX_TOKENS", "content": {"role": "model", "parts": []}}),
    ] {
        let cut = completion(Wire::GenerateContent, &json!({"candidates": [candidate], "usageMetadata": usage}));
        assert_eq!((cut.finish.as_deref(), cut.text.as_str()), (Some("length"), ""));
    }
}

#[test]
fn an_answer_that_is_no_completion_says_in_one_line_what_is_missing() {
    for (wire, body, word) in [
        (Wire::ChatCompletions, "", "no JSON"),
        (Wire::ChatCompletions, "<html>\nbad</html>", "no JSON"),
        (Wire::ChatCompletions, "{}", "choices"),
        (Wire::ChatCompletions, r#"{"choices": []}"#, "choices"),
        (Wire::ChatCompletions, r#"{"choices": null, "error": null}"#, "choices"),
        (Wire::ChatCompletions, r#"{"choices": [{}]}"#, "message"),
        (Wire::ChatCompletions, r#"{"choices": [{"message": null}]}"#, "message"),
        (Wire::ChatCompletions, r#"{"choices": [null]}"#, "message"),
        (Wire::Responses, "{}", "output"),
        (Wire::Responses, r#"{"output": "tanh(x)"}"#, "output"),
        (Wire::Messages, "{}", "content"),
        (Wire::Messages, r#"{"content": null}"#, "content"),
        (Wire::GenerateContent, "{}", "candidates"),
        (Wire::GenerateContent, r#"{"candidates": []}"#, "candidates"),
        (Wire::GenerateContent, r#"{"promptFeedback": {}}"#, "candidates"),
        (Wire::GenerateContent, r#"[{"candidates": []}]"#, "candidates"),
    ] {
        let reason = wire.read(body).unwrap_err();
        assert!(reason.contains(word) && !reason.contains('\n'), "{wire:?} {body}: {reason}");
    }
}

fn google(message: &str, status: &str, details: &Value) -> String {
    json!({"error": {"code": 429, "message": message, "status": status, "details": details}}).to_string()
}

#[test]
fn every_provider_tells_its_errors_in_its_own_way() {
    let bad_key = json!([
        {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID", "domain": "googleapis.com"},
        {"@type": "type.googleapis.com/google.rpc.LocalizedMessage", "locale": "en-US", "message": "API key not valid."}
    ]);
    let bad_field =
        json!([{"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": [{"field": "generation_config", "description": "d"}]}]);
    for (body, message, kind, code, param, reason) in [
        (
            r#"{"error": {"message": "bad", "type": "invalid_request_error", "param": "temperature", "code": "unsupported_value"}}"#,
            "bad",
            "invalid_request_error",
            "unsupported_value",
            "temperature",
            "",
        ),
        (
            r#"{"error": {"message": "You exceeded your current quota", "type": "insufficient_quota", "param": null, "code": "insufficient_quota"}}"#,
            "You exceeded your current quota",
            "insufficient_quota",
            "insufficient_quota",
            "",
            "",
        ),
        (r#"{"error": {"message": "Slow down", "type": "requests", "code": "slow_down"}}"#, "Slow down", "requests", "slow_down", "", ""),
        (
            r#"{"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}, "request_id": "req_1"}"#,
            "Overloaded",
            "overloaded_error",
            "",
            "",
            "",
        ),
        (
            r#"{"type": "error", "error": {"details": null, "type": "rate_limit_error", "message": "Rate limited"}}"#,
            "Rate limited",
            "rate_limit_error",
            "",
            "",
            "",
        ),
        (
            r#"{"type": "error", "error": {"type": "rate_limit_error", "message": "Limit", "details": {"error_code": "enforced_spend_limit_reached"}}}"#,
            "Limit",
            "rate_limit_error",
            "enforced_spend_limit_reached",
            "",
            "",
        ),
        (r#"{"type": "error", "error": {"type": "billing_error", "message": "Pay"}}"#, "Pay", "billing_error", "", "", ""),
        (
            &json!({"error": {"code": 400, "message": "API key not valid.", "status": "INVALID_ARGUMENT", "details": bad_key}}).to_string(),
            "API key not valid.",
            "INVALID_ARGUMENT",
            "400",
            "",
            "API_KEY_INVALID",
        ),
        (
            &json!([{"error": {"code": 400, "message": "Unknown name", "status": "INVALID_ARGUMENT", "details": bad_field}}]).to_string(),
            "Unknown name",
            "INVALID_ARGUMENT",
            "400",
            "generation_config",
            "",
        ),
        (
            r#"[{"candidates": []}, {"error": {"code": 503, "message": "The model is overloaded.", "status": "UNAVAILABLE"}}]"#,
            "The model is overloaded.",
            "UNAVAILABLE",
            "503",
            "",
            "",
        ),
        (
            r#"{"object": "error", "message": "too long", "type": "BadRequestError", "param": null, "code": 400}"#,
            "too long",
            "BadRequestError",
            "400",
            "",
            "",
        ),
        (r#"{"error": "model 'x' not found"}"#, "model 'x' not found", "", "", "", ""),
        (r#"{"error": "busy", "code": "queue_full"}"#, "busy", "", "queue_full", "", ""),
        (r#"{"detail": "Not Found"}"#, "Not Found", "", "", "", ""),
        (r#"{"error": {"code": 402, "message": "Insufficient credits"}, "user_id": "u"}"#, "Insufficient credits", "", "402", "", ""),
        (
            &json!({"error": {"message": "Provider returned error", "code": 400, "metadata": {"provider_name": "OpenAI", "raw": json!({
                "error": {"message": "Unsupported parameter: 'temperature'", "type": "invalid_request_error", "param": "temperature", "code": null}
            }).to_string()}}})
            .to_string(),
            "Provider returned error: Unsupported parameter: 'temperature'",
            "invalid_request_error",
            "400",
            "temperature",
            "",
        ),
        (
            r#"{"error": {"message": "Provider returned error", "code": 429, "metadata": {"raw": "z-ai is rate-limited upstream.", "provider_name": "B"}}}"#,
            "Provider returned error: z-ai is rate-limited upstream.",
            "",
            "429",
            "",
            "",
        ),
        (r#""out of order""#, "out of order", "", "", "", ""),
        ("<html>bad\ngateway</html>", "<html>bad gateway</html>", "", "", "", ""),
        ("{\"error\": {\"message\"", "{\"error\": {\"message\"", "", "", "", ""),
        ("", "", "", "", "", ""),
        ("null", "null", "", "", "", ""),
        ("[]", "[]", "", "", "", ""),
        (r#"{"error": null}"#, r#"{"error":null}"#, "", "", "", ""),
        (r#"{"error": {"message": ""}}"#, r#"{"error":{"message":""}}"#, "", "", "", ""),
    ] {
        let own = str::to_owned;
        let expected = Fault { message: own(message), kind: own(kind), code: own(code), param: own(param), reason: own(reason), ..Fault::default() };
        assert_eq!(fault::read(body), expected, "{body}");
    }
}

#[test]
fn googles_quota_tells_whether_waiting_helps_and_how_long() {
    let exhausted = "You exceeded your current quota, please check your plan and billing details. For more information on this error, head to: \
        https://ai.google.dev/gemini-api/docs/rate-limits. To monitor your current usage, head to: https://ai.dev/rate-limit.";
    let metric = "generativelanguage.googleapis.com/generate_content_free_tier_requests";
    let limit =
        |limit: &str| format!("{exhausted} \n* Quota exceeded for metric: {metric}, limit: {limit}, model: gemini-3.1-pro\nPlease retry in 36.4s.");
    let failure = |ids: &[&str], value: Value| {
        let violations: Vec<Value> = ids.iter().map(|id| json!({"quotaMetric": metric, "quotaId": id, "quotaValue": value})).collect();
        json!([
            {"@type": "type.googleapis.com/google.rpc.Help", "links": [{"description": "d", "url": "u"}]},
            {"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": violations},
            {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "36s"}
        ])
    };
    let info = json!([{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "RATE_LIMIT_EXCEEDED", "metadata": {
        "quota_limit_value": "0", "quota_limit": "GenerateContentRequestsPerMinutePerProjectPerRegion"
    }}]);
    let (day, minute) = ("GenerateRequestsPerDayPerProjectPerModel-FreeTier", "GenerateRequestsPerMinutePerProjectPerModel-FreeTier");
    let (tokens_day, unknown) = ("GenerateContentInputTokensPerModelPerDay-FreeTier", "GenerateRequests");
    for (message, details, expected) in [
        (limit("20"), failure(&[day], json!("20")), Some((Some(Period::Day), false))),
        (limit("6000000"), failure(&[tokens_day], json!("6000000")), Some((Some(Period::Day), false))),
        (limit("10"), failure(&[minute], json!("10")), Some((Some(Period::Minute), false))),
        (limit("10"), failure(&[minute, day], json!("10")), Some((Some(Period::Day), false))),
        (limit("0"), failure(&[day], json!(null)), Some((Some(Period::Day), true))),
        (limit("0"), failure(&[minute], json!(null)), Some((Some(Period::Minute), true))),
        (exhausted.to_owned(), failure(&[day], json!("0")), Some((Some(Period::Day), true))),
        (exhausted.to_owned(), failure(&[day], json!(0)), Some((Some(Period::Day), true))),
        (exhausted.to_owned(), failure(&[unknown], json!("5")), Some((None, false))),
        (exhausted.to_owned(), info, Some((Some(Period::Minute), true))),
        (limit("0"), json!([]), Some((None, true))),
        (limit("0.5"), json!([]), None),
        (limit("05"), json!([]), None),
        (format!("{exhausted} limit: 0."), json!(null), Some((None, true))),
        ("Quota exceeded for quota metric 'Requests' and limit 'Requests per day'".to_owned(), json!(null), Some((Some(Period::Day), false))),
        ("Quota exceeded for quota metric 'Requests per minute'".to_owned(), json!([]), Some((Some(Period::Minute), false))),
        ("Rate limit exceeded: free-models-per-day. Add 10 credits".to_owned(), json!(null), Some((Some(Period::Day), false))),
        (
            "Rate limit reached for gpt-5.4 on requests per day (RPD): Limit 10000, Used 10000. Please try again in 8.64s.".to_owned(),
            json!(null),
            None,
        ),
        (exhausted.to_owned(), json!(null), None),
        ("Resource has been exhausted (e.g. check quota).".to_owned(), json!([{"violations": "many"}, 3, null]), None),
    ] {
        let body = google(&message, "RESOURCE_EXHAUSTED", &details);
        let fault = fault::read(&body);
        assert_eq!(fault.quota, expected.map(|(period, zero)| Quota { period, zero }), "{body}");
        assert_eq!(fault::read(&format!("[{body}]")), fault, "the same in a list");
        assert_eq!((fault.kind.as_str(), fault.code.as_str()), ("RESOURCE_EXHAUSTED", "429"));
    }
}

#[test]
fn google_asks_for_a_wait_in_seconds() {
    for (delay, expected) in [
        (json!("37s"), Some(Duration::from_secs(37))),
        (json!("1.5s"), Some(Duration::from_millis(1500))),
        (json!("0s"), Some(Duration::ZERO)),
        (json!("65205s"), Some(Duration::from_secs(65205))),
        (json!("1e300s"), Some(Duration::MAX)),
        (json!("-3s"), None),
        (json!("infs"), None),
        (json!("NaNs"), None),
        (json!("soon"), None),
        (json!("37"), None),
        (json!(37), None),
        (json!(null), None),
    ] {
        let details = json!([{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": delay}]);
        assert_eq!(fault::read(&google("wait", "RESOURCE_EXHAUSTED", &details)).retry_delay, expected, "{delay}");
    }
}

#[test]
fn a_fault_may_hide_in_an_answer_that_looks_well() {
    let partial = json!({"role": "assistant", "content": "tan"});
    for (wire, answer, message) in [
        (Wire::ChatCompletions, json!({"error": {"message": "no credits", "code": 402}}), "no credits"),
        (Wire::ChatCompletions, json!({"error": "model crashed"}), "model crashed"),
        (Wire::ChatCompletions, json!({"choices": [], "error": {"message": "upstream", "code": 502}}), "upstream"),
        (Wire::ChatCompletions, json!({"object": "error", "message": "too long", "code": 400}), "too long"),
        (
            Wire::ChatCompletions,
            json!({"choices": [{"message": partial, "finish_reason": "error", "error": {"code": 502, "message": "cut"}}]}),
            "cut",
        ),
        (
            Wire::ChatCompletions,
            json!({"choices": [{"message": partial, "finish_reason": "error"}], "error": {"code": 502, "message": "cut"}}),
            "cut",
        ),
        (Wire::Responses, json!({"status": "failed", "error": {"code": "server_error", "message": "sorry"}, "output": []}), "sorry"),
        (Wire::Responses, json!({"status": "completed", "error": {"code": "rate_limit_exceeded", "message": "slow"}, "output": []}), "slow"),
        (Wire::Responses, json!({"status": "failed", "error": null, "output": []}), "the server says that it failed, and not why"),
        (Wire::Messages, json!({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}), "Overloaded"),
        (Wire::GenerateContent, json!({"error": {"code": 503, "message": "busy", "status": "UNAVAILABLE"}}), "busy"),
        (Wire::GenerateContent, json!([{"candidates": []}, {"error": {"code": 503, "message": "busy", "status": "UNAVAILABLE"}}]), "busy"),
    ] {
        let Ok(Outcome::Fault { fault, .. }) = wire.read(&answer.to_string()) else { panic!("{answer} is a fault") };
        assert_eq!(fault.message, message, "{answer}");
    }
    let hidden = |answer: Value| fault::hidden(&answer).unwrap();
    assert_eq!(hidden(json!({"choices": [{"error": {"code": 502, "message": "cut"}}]})).code, "502");
    assert_eq!(hidden(json!({"type": "error", "error": {"type": "overloaded_error"}})).kind, "overloaded_error");
    assert_eq!(hidden(json!({"status": "failed", "error": {"code": "server_error"}})).code, "server_error");
}

#[test]
fn an_answer_is_no_fault_because_a_field_for_one_is_there() {
    for (wire, mut answer) in answers() {
        answer["error"] = json!(null);
        assert_eq!(fault::hidden(&answer), None, "{wire:?}");
    }
    let warned = json!({"error": {"message": "old"}, "choices": [{"message": said("tanh(x)"), "finish_reason": "stop", "error": null}]});
    assert_eq!(completion(Wire::ChatCompletions, &warned).text, "tanh(x)");
}

#[test]
fn a_servers_words_are_one_short_line() {
    let long = format!("two\nlines \u{1b}[2J{}", "long ".repeat(500));
    let raw = json!({"metadata": {"raw": long}, "message": "Provider returned error"});
    for error in [
        json!({"message": long}),
        json!({"message": "m", "type": long, "code": long, "param": long, "details": [{"reason": long}]}),
        json!({"message": "m", "details": {"error_code": long}, "status": long}),
        raw,
        json!(long),
    ] {
        let fault = fault::read(&json!({"error": error}).to_string());
        for text in [&fault.message, &fault.kind, &fault.code, &fault.param, &fault.reason] {
            assert!(text.chars().count() <= 300 && !text.contains(char::is_control), "{text}");
        }
        let starts = ["two lines [2J long", "two lines [2Jlong", "m", "Provider returned error: two lines"];
        assert!(starts.iter().any(|start| fault.message.starts_with(start)), "{}", fault.message);
    }
    assert!(fault::read(&"é".repeat(1000)).message.chars().count() == 300);
}

/// Values that no honest server sends in the place of another.
fn hostile() -> Vec<Value> {
    let deep = (0..100).fold(json!("deep"), |inner, _| json!([inner]));
    vec![
        json!(null),
        json!(true),
        json!(-1),
        json!(u64::MAX),
        json!(i64::MIN),
        json!(1e300),
        json!(-1e300),
        json!(0.5),
        json!(""),
        json!("999999999999999999999999999999"),
        json!("\u{0}\u{1b}[2J"),
        json!([]),
        json!([null, {}, []]),
        json!({}),
        json!({"type": "text", "text": {}, "error": [], "message": 3}),
        deep,
    ]
}

/// Pointers to all nodes of a value.
fn places(value: &Value) -> Vec<String> {
    let below: Vec<(String, &Value)> = match value {
        Value::Array(list) => list.iter().enumerate().map(|(index, value)| (index.to_string(), value)).collect(),
        Value::Object(map) => map.iter().map(|(name, value)| (name.replace('~', "~0").replace('/', "~1"), value)).collect(),
        _ => Vec::new(),
    };
    let below = below.iter().flat_map(|(name, value)| places(value).into_iter().map(move |place| format!("/{name}{place}")));
    std::iter::once(String::new()).chain(below).collect()
}

/// Reads a body as anything that it could be taken for, and checks what holds of all readings.
fn read_as_all(body: &str) {
    for wire in WIRES {
        match wire.read(body) {
            Ok(Outcome::Completion(completion)) => {
                if let Some(usage) = completion.usage {
                    assert!(usage.total() < 10_000_000_000, "{wire:?} {body}");
                }
            }
            Ok(Outcome::Fault { fault, .. }) => assert!(fault.message.chars().count() <= 300),
            Err(reason) => assert!(!reason.contains('\n'), "{reason}"),
        }
    }
    let fault = fault::read(body);
    assert!(!fault.message.contains(char::is_control), "{body}");
}

#[test]
fn an_answer_with_anything_in_any_place_is_read_without_panic() {
    let errors = [
        json!({"error": {"message": "m", "type": "t", "param": "p", "code": "c", "metadata": {"raw": "{\"error\": {\"message\": \"m\"}}"}}}),
        json!({"type": "error", "error": {"type": "t", "message": "m", "details": {"error_code": "c"}}}),
        json!({"choices": [{"error": {"code": 502, "message": "m"}, "finish_reason": "error"}]}),
        json!([{"error": {"code": 429, "message": "quota, limit: 0", "status": "s", "details": [
            {"violations": [{"quotaId": "PerDay", "quotaValue": "0"}]}, {"retryDelay": "1s"}, {"reason": "r"}, {"metadata": {"quota_limit": "PerMinute"}}
        ]}}]),
    ];
    for answer in answers().into_iter().map(|(_, answer)| answer).chain(errors) {
        for place in places(&answer) {
            for value in hostile() {
                let mut broken = answer.clone();
                *broken.pointer_mut(&place).unwrap() = value;
                read_as_all(&broken.to_string());
            }
        }
    }
}

#[test]
fn a_body_that_is_nested_without_end_is_no_json() {
    for opening in ["[", "{\"error\":", "{\"choices\":["] {
        let body = opening.repeat(100_000);
        read_as_all(&body);
        assert!(Wire::ChatCompletions.read(&body).unwrap_err().contains("no JSON"));
    }
}

/// Any JSON whose objects are made of the words that servers use.
fn any_json() -> impl Strategy<Value = Value> {
    let words = prop::sample::select(vec![
        "error",
        "message",
        "type",
        "code",
        "param",
        "details",
        "reason",
        "choices",
        "content",
        "text",
        "refusal",
        "finish_reason",
        "usage",
        "prompt_tokens",
        "completion_tokens",
        "prompt_tokens_details",
        "cached_tokens",
        "completion_tokens_details",
        "reasoning_tokens",
        "total_tokens",
        "cost",
        "is_byok",
        "model",
        "provider",
        "service_tier",
        "output",
        "status",
        "incomplete_details",
        "input_tokens",
        "output_tokens",
        "cache_creation",
        "ephemeral_1h_input_tokens",
        "stop_reason",
        "candidates",
        "parts",
        "thought",
        "finishReason",
        "usageMetadata",
        "promptTokenCount",
        "thoughtsTokenCount",
        "promptFeedback",
        "blockReason",
        "violations",
        "quotaId",
        "quotaValue",
        "retryDelay",
        "metadata",
        "raw",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (0u64..2000).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "(\\PC|[\\x00-\\x1f]){0,12}".prop_map(Value::from),
        prop::sample::select(vec!["error", "failed", "text", "message", "refusal", "output_text", "quota per day, limit: 0", "3.5s", "PerMinute"])
            .prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 96, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((words.clone(), inner), 0..8)
                .prop_map(|pairs| pairs.into_iter().map(|(word, value)| (word.to_owned(), value)).collect()),
        ]
    })
}

proptest! {
    #[test]
    fn no_json_makes_a_wire_panic(value in any_json()) {
        read_as_all(&value.to_string());
    }

    #[test]
    fn no_text_makes_a_wire_panic(body in "(\\PC|[{}\\[\\]\":,\\\\\\x00-\\x1f]|error|message){0,200}") {
        read_as_all(&body);
    }

    #[test]
    fn no_words_make_the_search_for_a_field_panic(words in "(\\PC|[ _.']|temperature|usage|İ){0,40}") {
        for wire in WIRES {
            let _ = wire.named(&words, &Field::all());
        }
    }

    #[test]
    fn openais_input_and_output_are_the_sums_of_their_parts(
        prompt in 0u64..1_000_000, completion in 0u64..1_000_000, cached in 0u64..1_000_000, written in 0u64..1_000_000, part in 0.0..=1.0f64,
    ) {
        let reasoning = (completion as f64 * part) as u64;
        let usage = usage(Wire::ChatCompletions, &chat_usage(&json!({
            "prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion,
            "prompt_tokens_details": {"cached_tokens": cached, "cache_write_tokens": written},
            "completion_tokens_details": {"reasoning_tokens": reasoning}
        }))).unwrap();
        prop_assert_eq!((usage.input(), usage.output(), usage.output_reasoning), (prompt, completion, reasoning));
    }
}
