//! Which field the words of an error mean, and what is left out once it was refused.

use std::collections::BTreeSet;

use motherlode::proposer::llm::wire::{Field, Request, Wire};
use serde_json::json;

use super::{bare, conversation, full, schema, NONE, WIRES};

#[test]
fn a_refused_schema_falls_to_any_object_and_then_to_nothing() {
    let (conversation, schema) = (conversation(), schema());
    for (wire, place, object) in [
        (
            Wire::ChatCompletions,
            "/response_format",
            Some(json!({"type": "json_object"})),
        ),
        (
            Wire::Responses,
            "/text",
            Some(json!({"format": {"type": "json_object"}})),
        ),
        (Wire::Messages, "/output_config/format", None),
        (
            Wire::GenerateContent,
            "/generationConfig/responseMimeType",
            Some(json!("application/json")),
        ),
    ] {
        let step = |refused: &[Field]| {
            let refused = refused.iter().copied().collect();
            let body = wire.body(&Request {
                schema: Some(&schema),
                refused: &refused,
                ..bare(&conversation)
            });
            let structured = body
                .sent
                .iter()
                .copied()
                .find(|field| [Field::JsonSchema, Field::JsonObject].contains(field));
            assert!(
                refused.contains(&Field::JsonSchema)
                    || body.json.to_string().contains(&schema.to_string()),
                "{wire:?}"
            );
            (
                structured,
                body.json.pointer(place).cloned(),
                body.json
                    .pointer("/generationConfig/responseJsonSchema")
                    .cloned(),
            )
        };
        assert_eq!(step(&[]).0, Some(Field::JsonSchema), "{wire:?}");
        assert_eq!(
            step(&[Field::JsonSchema]),
            (object.is_some().then_some(Field::JsonObject), object, None),
            "{wire:?}"
        );
        assert_eq!(
            step(&[Field::JsonSchema, Field::JsonObject]),
            (None, None, None),
            "{wire:?}"
        );
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
            assert!(
                everything
                    .iter()
                    .all(|other| other == field || sent.contains(other)),
                "{wire:?} {field:?}"
            );
        }
        let refused = Field::all().into_iter().collect();
        let body = wire.body(&full(&conversation, &schema, &refused));
        let limit_refused = BTreeSet::from([Field::MaxTokens, Field::MaxCompletionTokens]);
        assert_eq!(
            body,
            wire.body(&Request {
                refused: &limit_refused,
                ..bare(&conversation)
            }),
            "{wire:?}"
        );
    }
}

#[test]
fn an_error_names_the_field_that_it_refuses() {
    use Field::*;
    let (conversation, schema) = (conversation(), schema());
    for (wire, words, expected) in [
        (
            Wire::ChatCompletions,
            "Unsupported value: 'temperature' does not support 0.7 with this model.",
            Some(Temperature),
        ),
        (
            Wire::ChatCompletions,
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use \
             'max_completion_tokens' instead.",
            Some(MaxTokens),
        ),
        (
            Wire::ChatCompletions,
            "Unrecognized request argument supplied: reasoning_effort",
            Some(Effort),
        ),
        (
            Wire::ChatCompletions,
            "\"gemma3:4b\" does not support thinking",
            Some(Effort),
        ),
        (
            Wire::ChatCompletions,
            "Invalid parameter: 'response_format' of type 'json_schema' is not supported with \
             this model.",
            Some(JsonSchema),
        ),
        (
            Wire::ChatCompletions,
            "This model does not support response format `json_schema`.",
            Some(JsonSchema),
        ),
        (
            Wire::ChatCompletions,
            "Unknown name \"usage\": Cannot find field.",
            Some(UsageCosts),
        ),
        (
            Wire::ChatCompletions,
            "response_format.type",
            Some(JsonSchema),
        ),
        (Wire::ChatCompletions, "service_tier", Some(Tier)),
        (
            Wire::ChatCompletions,
            "Unrecognized request argument supplied: stream",
            Some(Stream),
        ),
        (Wire::ChatCompletions, "the upstream streams", None),
        (
            Wire::Messages,
            "stream: Extra inputs are not permitted",
            Some(Stream),
        ),
        (
            Wire::ChatCompletions,
            "Unknown parameter: 'reasoning_effort_level'.",
            None,
        ),
        (Wire::ChatCompletions, "the temperatures of usages", None),
        (
            Wire::Responses,
            "Unsupported parameter: 'reasoning.effort' is not supported with this model.",
            Some(Effort),
        ),
        (
            Wire::Responses,
            "Unsupported parameter: 'temperature' is not supported with this model.",
            Some(Temperature),
        ),
        (
            Wire::Responses,
            "Invalid parameter: 'text.format' of type 'json_schema' is not supported with this \
             model.",
            Some(JsonSchema),
        ),
        (
            Wire::Messages,
            "`temperature` is deprecated for this model.",
            Some(Temperature),
        ),
        (
            Wire::Messages,
            "output_config.effort 'max' is not supported when thinking is disabled on this model.",
            Some(Effort),
        ),
        (
            Wire::Messages,
            "This model does not support the effort parameter.",
            Some(Effort),
        ),
        (
            Wire::Messages,
            "output_config.format: Extra inputs are not permitted",
            Some(JsonSchema),
        ),
        (
            Wire::Messages,
            "output_config: Extra inputs are not permitted",
            Some(JsonSchema),
        ),
        (
            Wire::Messages,
            "system.0.cache_control: Extra inputs are not permitted",
            Some(CacheControl),
        ),
        (
            Wire::Messages,
            "max_tokens: 8192 > 4096, which is the maximum allowed number of output tokens",
            None,
        ),
        (
            Wire::GenerateContent,
            "Thinking level is not supported for this model.",
            Some(Effort),
        ),
        (
            Wire::GenerateContent,
            "Unable to submit request because thinking_budget is not supported by this model.",
            Some(Effort),
        ),
        (
            Wire::GenerateContent,
            "Invalid JSON payload received. Unknown name \"responseJsonSchema\" at \
             'generation_config': Cannot find field.",
            Some(JsonSchema),
        ),
        (
            Wire::GenerateContent,
            "Json mode is not enabled for models/gemini-pro",
            Some(JsonSchema),
        ),
        (
            Wire::GenerateContent,
            "Unknown name \"service_tier\": Cannot find field.",
            Some(Tier),
        ),
        (
            Wire::GenerateContent,
            "API key not valid. Please pass a valid API key.",
            None,
        ),
    ] {
        let sent = wire.body(&full(&conversation, &schema, &NONE)).sent;
        assert_eq!(wire.named(words, &sent), expected, "{wire:?}: {words}");
    }
}

#[test]
fn every_field_that_is_sent_can_be_named_and_a_field_that_was_not_sent_is_never_meant() {
    let (conversation, schema) = (conversation(), schema());
    for wire in WIRES {
        for refused in [
            BTreeSet::new(),
            BTreeSet::from([Field::JsonSchema, Field::MaxTokens]),
        ] {
            for field in wire.body(&full(&conversation, &schema, &refused)).sent {
                assert!(!wire.names(field).is_empty(), "{wire:?} {field:?}");
                for name in wire.names(field) {
                    assert_eq!(
                        wire.named(&format!("Unsupported parameter: '{name}'."), &[field]),
                        Some(field)
                    );
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
        let asked: Vec<Field> = Field::all()
            .into_iter()
            .filter(|field| !wire.names(*field).is_empty())
            .collect();
        assert_eq!(
            refused.into_iter().collect::<BTreeSet<_>>(),
            asked.into_iter().collect(),
            "{wire:?}"
        );
    }
}

#[test]
fn a_field_has_a_name_in_records_and_is_found_by_it() {
    for field in Field::all() {
        assert_eq!(Field::named(field.name()), Some(field));
    }
    assert_eq!(Field::named("top_p"), None);
}
