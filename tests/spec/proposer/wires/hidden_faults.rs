//! Faults that hide in answers which look well, and answers that only look like faults.

use motherlode::proposer::llm::wire::fault;
use motherlode::proposer::llm::wire::{Outcome, Wire};
use serde_json::{json, Value};

use super::{answers, completion, said};

#[test]
fn a_fault_may_hide_in_an_answer_that_looks_well() {
    let partial = json!({"role": "assistant", "content": "tan"});
    for (wire, answer, message) in [
        (
            Wire::ChatCompletions,
            json!({"error": {"message": "no credits", "code": 402}}),
            "no credits",
        ),
        (
            Wire::ChatCompletions,
            json!({"error": "model crashed"}),
            "model crashed",
        ),
        (
            Wire::ChatCompletions,
            json!({"choices": [], "error": {"message": "upstream", "code": 502}}),
            "upstream",
        ),
        (
            Wire::ChatCompletions,
            json!({"object": "error", "message": "too long", "code": 400}),
            "too long",
        ),
        (
            Wire::ChatCompletions,
            json!({
                "choices": [{
                    "message": partial,
                    "finish_reason": "error",
                    "error": {"code": 502, "message": "cut"}
                }]
            }),
            "cut",
        ),
        (
            Wire::ChatCompletions,
            json!({
                "choices": [{"message": partial, "finish_reason": "error"}],
                "error": {"code": 502, "message": "cut"}
            }),
            "cut",
        ),
        (
            Wire::Responses,
            json!({
                "status": "failed",
                "error": {"code": "server_error", "message": "sorry"},
                "output": []
            }),
            "sorry",
        ),
        (
            Wire::Responses,
            json!({
                "status": "completed",
                "error": {"code": "rate_limit_exceeded", "message": "slow"},
                "output": []
            }),
            "slow",
        ),
        (
            Wire::Responses,
            json!({"status": "failed", "error": null, "output": []}),
            "the server says that it failed, and not why",
        ),
        (
            Wire::Messages,
            json!({
                "type": "error",
                "error": {"type": "overloaded_error", "message": "Overloaded"}
            }),
            "Overloaded",
        ),
        (
            Wire::GenerateContent,
            json!({"error": {"code": 503, "message": "busy", "status": "UNAVAILABLE"}}),
            "busy",
        ),
        (
            Wire::GenerateContent,
            json!([
                {"candidates": []},
                {"error": {"code": 503, "message": "busy", "status": "UNAVAILABLE"}}
            ]),
            "busy",
        ),
    ] {
        let Ok(Outcome::Fault { fault, .. }) = wire.read(&answer.to_string()) else {
            panic!("{answer} is a fault")
        };
        assert_eq!(fault.message, message, "{answer}");
    }
    let hidden = |answer: Value| fault::hidden(&answer).unwrap();
    assert_eq!(
        hidden(json!({"choices": [{"error": {"code": 502, "message": "cut"}}]})).code,
        "502"
    );
    assert_eq!(
        hidden(json!({"type": "error", "error": {"type": "overloaded_error"}})).kind,
        "overloaded_error"
    );
    assert_eq!(
        hidden(json!({"status": "failed", "error": {"code": "server_error"}})).code,
        "server_error"
    );
}

#[test]
fn an_answer_is_no_fault_because_a_field_for_one_is_there() {
    for (wire, mut answer) in answers() {
        answer["error"] = json!(null);
        assert_eq!(fault::hidden(&answer), None, "{wire:?}");
    }
    let warned = json!({
        "error": {"message": "old"},
        "choices": [{"message": said("tanh(x)"), "finish_reason": "stop", "error": null}]
    });
    assert_eq!(completion(Wire::ChatCompletions, &warned).text, "tanh(x)");
}

#[test]
fn a_servers_words_are_one_short_line() {
    let long = format!("two\nlines \u{1b}[2J{}", "long ".repeat(500));
    let raw = json!({"metadata": {"raw": long}, "message": "Provider returned error"});
    for error in [
        json!({"message": long}),
        json!({
            "message": "m",
            "type": long,
            "code": long,
            "param": long,
            "details": [{"reason": long}]
        }),
        json!({"message": "m", "details": {"error_code": long}, "status": long}),
        raw,
        json!(long),
    ] {
        let fault = fault::read(&json!({"error": error}).to_string());
        for text in [
            &fault.message,
            &fault.kind,
            &fault.code,
            &fault.param,
            &fault.reason,
        ] {
            assert!(
                text.chars().count() <= 300 && !text.contains(char::is_control),
                "{text}"
            );
        }
        let starts = [
            "two lines [2J long",
            "two lines [2Jlong",
            "m",
            "Provider returned error: two lines",
        ];
        assert!(
            starts.iter().any(|start| fault.message.starts_with(start)),
            "{}",
            fault.message
        );
    }
    assert!(fault::read(&"é".repeat(1000)).message.chars().count() == 300);
}
