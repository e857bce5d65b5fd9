//! No body, whatever is in it, makes a wire panic.

use motherlode::proposer::llm::wire::{fault, Field, Outcome, Wire};
use proptest::prelude::*;
use serde_json::{json, Value};

use super::{answers, WIRES};

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
        Value::Array(list) => list
            .iter()
            .enumerate()
            .map(|(index, value)| (index.to_string(), value))
            .collect(),
        Value::Object(map) => map
            .iter()
            .map(|(name, value)| (name.replace('~', "~0").replace('/', "~1"), value))
            .collect(),
        _ => Vec::new(),
    };
    let below = below.iter().flat_map(|(name, value)| {
        places(value)
            .into_iter()
            .map(move |place| format!("/{name}{place}"))
    });
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
        json!({
            "error": {
                "message": "m",
                "type": "t",
                "param": "p",
                "code": "c",
                "metadata": {"raw": "{\"error\": {\"message\": \"m\"}}"}
            }
        }),
        json!({
            "type": "error",
            "error": {"type": "t", "message": "m", "details": {"error_code": "c"}}
        }),
        json!({"choices": [{"error": {"code": 502, "message": "m"}, "finish_reason": "error"}]}),
        json!([{
            "error": {
                "code": 429,
                "message": "quota, limit: 0",
                "status": "s",
                "details": [
                    {"violations": [{"quotaId": "PerDay", "quotaValue": "0"}]},
                    {"retryDelay": "1s"},
                    {"reason": "r"},
                    {"metadata": {"quota_limit": "PerMinute"}}
                ]
            }
        }]),
    ];
    for answer in answers()
        .into_iter()
        .map(|(_, answer)| answer)
        .chain(errors)
    {
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
        assert!(Wire::ChatCompletions
            .read(&body)
            .unwrap_err()
            .contains("no JSON"));
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
        prop::sample::select(vec![
            "error",
            "failed",
            "text",
            "message",
            "refusal",
            "output_text",
            "quota per day, limit: 0",
            "3.5s",
            "PerMinute"
        ])
        .prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 96, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((words.clone(), inner), 0..8).prop_map(|pairs| pairs
                .into_iter()
                .map(|(word, value)| (word.to_owned(), value))
                .collect()),
        ]
    })
}

proptest! {
    #[test]
    fn no_json_makes_a_wire_panic(value in any_json()) {
        read_as_all(&value.to_string());
    }

    #[test]
    fn no_text_makes_a_wire_panic(
        body in "(\\PC|[{}\\[\\]\":,\\\\\\x00-\\x1f]|error|message){0,200}",
    ) {
        read_as_all(&body);
    }

    #[test]
    fn no_words_make_the_search_for_a_field_panic(
        words in "(\\PC|[ _.']|temperature|usage|İ){0,40}",
    ) {
        for wire in WIRES {
            let _ = wire.named(&words, &Field::all());
        }
    }
}
