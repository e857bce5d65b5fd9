//! What each wire sends.

use motherlode::proposer::llm::conversation::Conversation;
use motherlode::proposer::llm::wire::{Field, Request, Wire};
use serde_json::json;

use super::{bare, conversation, full, schema, NONE, WIRES};

#[test]
fn a_wish_that_was_not_made_is_not_sent() {
    let conversation = conversation();
    let turns = json!([
        {"role": "user", "content": "Write one."},
        {"role": "assistant", "content": "tanh("},
        {"role": "user", "content": "It does not parse; mend it."}
    ]);
    let messages =
        json!([{"role": "system", "content": "You write formulas."}, turns[0], turns[1], turns[2]]);
    for (wire, expected) in [
        (
            Wire::ChatCompletions,
            json!({"model": "test-model", "messages": messages, "max_tokens": 8192}),
        ),
        (
            Wire::Responses,
            json!({
                "model": "test-model",
                "instructions": "You write formulas.",
                "input": turns,
                "max_output_tokens": 8192,
                "store": false
            }),
        ),
        (
            Wire::Messages,
            json!({
                "model": "test-model",
                "max_tokens": 8192,
                "system": "You write formulas.",
                "messages": turns
            }),
        ),
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
        // Messages requires its limit, which is no field to leave out.
        let limit: &[Field] = if wire == Wire::Messages {
            &[]
        } else {
            &[Field::MaxTokens]
        };
        assert_eq!(body.sent, limit, "{wire:?}");
    }
}

#[test]
fn every_wish_has_its_place() {
    use Field::*;
    let (conversation, schema) = (
        Conversation::new("Rules.".to_owned(), "Write one.".to_owned()),
        schema(),
    );
    for (wire, expected, sent) in [
        (
            Wire::ChatCompletions,
            json!({
                "model": "test-model",
                "messages": [
                    {"role": "system", "content": "Rules."},
                    {"role": "user", "content": "Write one."}
                ],
                "max_tokens": 8192,
                "response_format": {
                    "type": "json_schema",
                    "json_schema": {"name": "formula", "strict": true, "schema": schema}
                },
                "reasoning_effort": "low",
                "temperature": 0.7,
                "service_tier": "flex",
                "usage": {"include": true},
                "stream": false
            }),
            vec![
                MaxTokens,
                JsonSchema,
                Effort,
                Temperature,
                Tier,
                UsageCosts,
                Stream,
            ],
        ),
        (
            Wire::Responses,
            json!({
                "model": "test-model",
                "instructions": "Rules.",
                "input": [{"role": "user", "content": "Write one."}],
                "max_output_tokens": 8192,
                "store": false,
                "text": {
                    "format": {
                        "type": "json_schema",
                        "name": "formula",
                        "strict": true,
                        "schema": schema
                    }
                },
                "reasoning": {"effort": "low"},
                "temperature": 0.7,
                "service_tier": "flex",
                "stream": false
            }),
            vec![MaxTokens, JsonSchema, Effort, Temperature, Tier, Stream],
        ),
        (
            Wire::Messages,
            json!({
                "model": "test-model",
                "max_tokens": 8192,
                "system": [{
                    "type": "text",
                    "text": "Rules.",
                    "cache_control": {"type": "ephemeral"}
                }],
                "messages": [{"role": "user", "content": "Write one."}],
                "output_config": {
                    "effort": "low",
                    "format": {"type": "json_schema", "schema": schema}
                },
                "temperature": 0.7,
                "service_tier": "flex",
                "stream": false
            }),
            vec![CacheControl, JsonSchema, Effort, Temperature, Tier, Stream],
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
            vec![MaxTokens, JsonSchema, Effort, Temperature, Tier],
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
        assert!(
            !sent.contains("system")
                && !sent.contains("instructions")
                && !sent.contains("cache_control"),
            "{sent}"
        );
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
        let body = Wire::ChatCompletions.body(&Request {
            openai,
            refused: &refused,
            ..bare(&conversation)
        });
        assert_eq!(body.sent, Vec::from_iter(expected));
        for limit in [MaxTokens, MaxCompletionTokens] {
            assert_eq!(
                body.json.get(limit.name()),
                (Some(limit) == expected).then_some(&json!(8192))
            );
        }
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
        let body = Wire::GenerateContent.body(&Request {
            effort: Some(effort),
            ..bare(&conversation)
        });
        assert_eq!(body.json["generationConfig"]["thinkingConfig"], expected);
    }
}
