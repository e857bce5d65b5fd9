//! What each wire reads of tokens, of their cost, and of the model and the tier that answered.

use motherlode::proposer::llm::wire::Wire;
use motherlode::record::ledger::{Money, Usage};
use proptest::prelude::*;
use serde_json::{json, Value};

use super::{answers, chat_usage, completion, gemini_usage, message_usage, usage};

#[test]
fn cached_input_and_reasoning_are_parts_of_what_openai_counts() {
    for (wire, input, output) in [
        (Wire::ChatCompletions, "prompt", "completion"),
        (Wire::Responses, "input", "output"),
    ] {
        let told = |usage: Value| {
            let mut answer = answers()
                .into_iter()
                .find(|(other, _)| *other == wire)
                .unwrap()
                .1;
            answer["usage"] = usage;
            self::usage(wire, &answer)
        };
        let (input, output) = (
            |name: &str| format!("{input}_{name}"),
            |name: &str| format!("{output}_{name}"),
        );
        let tier = (wire == Wire::Responses).then(|| "flex".to_owned());
        let counts = |input_uncached,
                      input_cache_read,
                      input_cache_write_5m,
                      output_visible,
                      output_reasoning| {
            let tier = tier.clone();
            Some(Usage {
                input_uncached,
                input_cache_read,
                input_cache_write_5m,
                output_visible,
                output_reasoning,
                tier,
                ..Usage::default()
            })
        };
        let (tokens, details) = ("tokens", "tokens_details");
        for (found, expected, rule) in [
            (
                told(json!({input(tokens): 812, output(tokens): 37})),
                counts(812, 0, 0, 37, 0),
                "plain",
            ),
            (
                told(json!({
                    input(tokens): 812,
                    input(details): null,
                    output(tokens): 37,
                    output(details): null,
                    "total_tokens": 849
                })),
                counts(812, 0, 0, 37, 0),
                "no details",
            ),
            (
                told(json!({
                    input(tokens): 100,
                    input(details): {"cached_tokens": 130, "cache_write_tokens": 9},
                    output(tokens): 5
                })),
                counts(0, 100, 0, 5, 0),
                "more cached than there is",
            ),
            (
                told(json!({
                    input(tokens): 12,
                    output(tokens): 1,
                    "total_tokens": 399,
                    output(details): {"reasoning_tokens": 386}
                })),
                counts(12, 0, 0, 1, 386),
                "reasoning beside the output, as xAI counts it",
            ),
            (
                told(json!({
                    input(tokens): 12,
                    output(tokens): 1,
                    output(details): {"reasoning_tokens": 386}
                })),
                counts(12, 0, 0, 1, 386),
                "more reasoning than output, without a total",
            ),
            (
                told(json!({input(tokens): 21, output(tokens): 10, "total_tokens": 91})),
                counts(21, 0, 0, 10, 60),
                "thoughts in the total only, as Gemini's compatible endpoint counts them",
            ),
            (
                told(json!({
                    input(tokens): 9,
                    output(tokens): 7,
                    "total_tokens": 16,
                    output(details): {"reasoning_tokens": 7}
                })),
                counts(9, 0, 0, 0, 7),
                "nothing but reasoning",
            ),
            (
                told(json!({input(tokens): 812})),
                counts(812, 0, 0, 0, 0),
                "no output told",
            ),
            (
                told(json!({output(tokens): 37, "total_tokens": 900})),
                counts(0, 0, 0, 37, 0),
                "no input told",
            ),
            (
                told(json!({input(tokens): 812.0, output(tokens): "37"})),
                counts(812, 0, 0, 37, 0),
                "floats and texts",
            ),
            (
                told(json!({input(tokens): -1, output(tokens): 37})),
                counts(0, 0, 0, 37, 0),
                "negative",
            ),
            (
                told(json!({input(tokens): 1e300, output(tokens): 37})),
                counts(0, 0, 0, 37, 0),
                "absurd",
            ),
            (
                told(json!({input(tokens): u64::MAX, output(tokens): 1.5})),
                None,
                "absurd and broken",
            ),
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
        (
            Wire::ChatCompletions,
            "/service_tier",
            json!("priority"),
            Some("priority"),
        ),
        (Wire::ChatCompletions, "/service_tier", json!(null), None),
        (
            Wire::Responses,
            "/service_tier",
            json!("default"),
            Some("default"),
        ),
        (
            Wire::Messages,
            "/usage/service_tier",
            json!("priority"),
            Some("priority"),
        ),
        (Wire::Messages, "/usage/service_tier", json!(3), None),
        (
            Wire::GenerateContent,
            "/usageMetadata/serviceTier",
            json!("flex"),
            Some("flex"),
        ),
        (
            Wire::GenerateContent,
            "/usageMetadata/serviceTier",
            json!("SERVICE_TIER_PRIORITY"),
            Some("priority"),
        ),
    ] {
        let mut answer = answers()
            .into_iter()
            .find(|(other, _)| *other == wire)
            .unwrap()
            .1;
        let (parent, name) = place.rsplit_once('/').unwrap();
        answer.pointer_mut(parent).unwrap()[name] = said;
        assert_eq!(
            usage(wire, &answer).unwrap().tier.as_deref(),
            expected,
            "{wire:?} {place}"
        );
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
                "index": 0,
                "logprobs": null,
                "finish_reason": "stop",
                "native_finish_reason": "stop",
                "message": {
                    "role": "assistant",
                    "content": "tanh(x)",
                    "refusal": null,
                    "reasoning": "A bent tail."
                }
            }],
            "usage": usage
        })
    };
    let tokens = json!({"prompt_tokens": 194, "completion_tokens": 2, "total_tokens": 196});
    assert_eq!(
        completion(Wire::ChatCompletions, &answer(tokens.clone()))
            .model
            .as_deref(),
        Some("moonshotai/kimi-k2.6 (DeepInfra)")
    );
    for (more, expected) in [
        (
            json!({
                "cost": 0.000_148,
                "is_byok": false,
                "cost_details": {"upstream_inference_cost": 0.000_148}
            }),
            Some(0.000_148),
        ),
        (
            json!({"cost": 0.000_148, "cost_details": {"upstream_inference_cost": null}}),
            Some(0.000_148),
        ),
        (
            json!({"cost": 0.95, "is_byok": true, "cost_details": {"upstream_inference_cost": 19}}),
            Some(19.95),
        ),
        (json!({"cost": 0.95, "is_byok": true}), None),
        (json!({"cost": 0}), Some(0.0)),
        (json!({"cost": "0.25"}), Some(0.25)),
        (json!({"cost": -1}), None),
        (json!({"cost": 1e300}), None),
        (json!({"cost": null}), None),
        (json!({}), None),
    ] {
        let mut usage = tokens.clone();
        usage
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let found = self::usage(Wire::ChatCompletions, &answer(usage)).unwrap();
        assert_eq!(
            found.reported_cost,
            expected.and_then(Money::dollars),
            "{more}"
        );
        assert_eq!((found.input(), found.output()), (194, 2));
    }
}

#[test]
fn anthropics_input_leaves_out_its_cache_and_its_output_includes_thinking() {
    for (told, (uncached, read, minutes, hour, visible, reasoning)) in [
        (
            json!({"input_tokens": 2095, "output_tokens": 503}),
            (2095, 0, 0, 0, 503, 0),
        ),
        (
            json!({
                "input_tokens": 21,
                "cache_creation_input_tokens": 0,
                "cache_read_input_tokens": 188_086,
                "output_tokens": 393
            }),
            (21, 188_086, 0, 0, 393, 0),
        ),
        (
            json!({
                "input_tokens": 21,
                "cache_creation_input_tokens": 1500,
                "cache_read_input_tokens": 0,
                "output_tokens": 9
            }),
            (21, 0, 1500, 0, 9, 0),
        ),
        (
            json!({
                "input_tokens": 21,
                "cache_creation_input_tokens": 1500,
                "cache_read_input_tokens": null,
                "output_tokens": 9,
                "cache_creation": {
                    "ephemeral_5m_input_tokens": 1000,
                    "ephemeral_1h_input_tokens": 500
                }
            }),
            (21, 0, 1000, 500, 9, 0),
        ),
        (
            json!({
                "input_tokens": 21,
                "output_tokens": 9,
                "cache_creation": {
                    "ephemeral_5m_input_tokens": 0,
                    "ephemeral_1h_input_tokens": 500
                }
            }),
            (21, 0, 0, 500, 9, 0),
        ),
        (
            json!({
                "input_tokens": 21,
                "cache_creation_input_tokens": 700,
                "output_tokens": 9,
                "cache_creation": {"ephemeral_1h_input_tokens": 500}
            }),
            (21, 0, 200, 500, 9, 0),
        ),
        (
            json!({
                "input_tokens": 21,
                "cache_creation_input_tokens": 700,
                "cache_creation": null,
                "output_tokens": 9
            }),
            (21, 0, 700, 0, 9, 0),
        ),
        (
            json!({
                "input_tokens": 21,
                "output_tokens": 900,
                "output_tokens_details": {"thinking_tokens": 880}
            }),
            (21, 0, 0, 0, 20, 880),
        ),
        (
            json!({
                "input_tokens": 21,
                "output_tokens": 9,
                "output_tokens_details": {"thinking_tokens": 880}
            }),
            (21, 0, 0, 0, 0, 9),
        ),
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
        assert_eq!(
            usage(Wire::Messages, &message_usage(&told)),
            Some(expected),
            "{told}"
        );
    }
    for told in [
        json!(null),
        json!({}),
        json!({"cache_read_input_tokens": 9}),
        json!({"input_tokens": -3, "output_tokens": "many"}),
    ] {
        assert_eq!(usage(Wire::Messages, &message_usage(&told)), None, "{told}");
    }
}

#[test]
fn geminis_prompt_includes_its_cache_and_its_thoughts_stand_beside_the_candidates() {
    for (told, (uncached, read, visible, reasoning)) in [
        (
            json!({"promptTokenCount": 264, "candidatesTokenCount": 22, "totalTokenCount": 286}),
            (264, 0, 22, 0),
        ),
        (
            json!({
                "promptTokenCount": 264,
                "candidatesTokenCount": 22,
                "thoughtsTokenCount": 900,
                "totalTokenCount": 1186,
                "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 264}]
            }),
            (264, 0, 22, 900),
        ),
        (
            json!({
                "promptTokenCount": 2000,
                "cachedContentTokenCount": 1800,
                "candidatesTokenCount": 22
            }),
            (200, 1800, 22, 0),
        ),
        (
            json!({
                "promptTokenCount": 2000,
                "cachedContentTokenCount": 2800,
                "candidatesTokenCount": 22
            }),
            (0, 2000, 22, 0),
        ),
        (
            json!({
                "promptTokenCount": 100,
                "toolUsePromptTokenCount": 60,
                "candidatesTokenCount": 22
            }),
            (160, 0, 22, 0),
        ),
        (
            json!({"promptTokenCount": 100, "thoughtsTokenCount": 8188, "totalTokenCount": 8288}),
            (100, 0, 0, 8188),
        ),
        (
            json!({"promptTokenCount": 100, "totalTokenCount": 100}),
            (100, 0, 0, 0),
        ),
        (json!({"thoughtsTokenCount": 4}), (0, 0, 0, 4)),
    ] {
        let expected = Usage {
            input_uncached: uncached,
            input_cache_read: read,
            output_visible: visible,
            output_reasoning: reasoning,
            ..Usage::default()
        };
        assert_eq!(
            usage(Wire::GenerateContent, &gemini_usage(&told)),
            Some(expected),
            "{told}"
        );
    }
    for told in [
        json!(null),
        json!({}),
        json!({"totalTokenCount": 9}),
        json!("12"),
    ] {
        assert_eq!(
            usage(Wire::GenerateContent, &gemini_usage(&told)),
            None,
            "{told}"
        );
    }
}

proptest! {
    #[test]
    fn openais_input_and_output_are_the_sums_of_their_parts(
        prompt in 0u64..1_000_000,
        completion in 0u64..1_000_000,
        cached in 0u64..1_000_000,
        written in 0u64..1_000_000,
        part in 0.0..=1.0f64,
    ) {
        let reasoning = (completion as f64 * part) as u64;
        let usage = usage(Wire::ChatCompletions, &chat_usage(&json!({
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": prompt + completion,
            "prompt_tokens_details": {"cached_tokens": cached, "cache_write_tokens": written},
            "completion_tokens_details": {"reasoning_tokens": reasoning}
        }))).unwrap();
        prop_assert_eq!(
            (usage.input(), usage.output(), usage.output_reasoning),
            (prompt, completion, reasoning)
        );
    }
}
