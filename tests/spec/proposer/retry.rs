//! The table of decisions after a failed call, and its waits.

use std::time::Duration;

use motherlode::numerics::stream::Key;
use motherlode::proposer::llm::http::HttpAnswer;
use motherlode::proposer::llm::retry::{backoff, decide, Decision, Sent};
use motherlode::proposer::llm::wire::{fault, Field, Wire};

fn answer(status: u16, body: &str) -> HttpAnswer {
    HttpAnswer {
        status,
        body: body.to_owned(),
        ..HttpAnswer::default()
    }
}

#[test]
fn each_failure_has_its_decision() {
    let sent = [Field::MaxTokens, Field::Temperature];
    for (status, body, expected) in [
        (
            400,
            r#"{"error": {"message": "bad", "code": "unsupported_value", "param": "temperature"}}"#,
            "without temperature",
        ),
        (
            400,
            r#"{"error": {"message": "`temperature` is deprecated for this model"}}"#,
            "without temperature",
        ),
        (
            400,
            concat!(
                r#"[{"error": {"code": 400, "message": "Unknown name \"max_tokens\": Cannot find "#,
                r#"field"}}]"#,
            ),
            "without max_tokens",
        ),
        (
            422,
            concat!(
                r#"{"object": "error", "message": "Extra inputs are not permitted: temperature", "#,
                r#""code": 422}"#,
            ),
            "without temperature",
        ),
        (
            400,
            concat!(
                r#"{"error": {"message": "bad", "code": "unsupported_parameter", "#,
                r#""param": "reasoning_effort"}}"#,
            ),
            "fail",
        ),
        (
            400,
            r#"{"error": {"message": "the context is too long"}}"#,
            "fail",
        ),
        (
            400,
            r#"{"error": {"message": "max_tokens must be at most 4096", "param": "max_tokens"}}"#,
            "at most 4096",
        ),
        (
            422,
            r#"{"error": {"message": "more tokens than the window holds"}}"#,
            "at most 4096",
        ),
        (
            413,
            r#"{"error": {"message": "Limit 6000, Requested 9500 tokens"}}"#,
            "at most 4692",
        ),
        (400, r#"{"error": {"message": "bad grammar"}}"#, "unclear"),
        (422, "", "unclear"),
        (401, "", "credentials"),
        (402, "", "billing"),
        (403, "", "credentials"),
        (
            404,
            r#"{"error": {"code": "model_not_found"}}"#,
            "unreachable",
        ),
        (404, "page not found", "unreachable"),
        (307, "", "unreachable"),
        (408, "", "again"),
        (409, "", "again"),
        (413, "", "fail"),
        (418, "", "fail"),
        (429, "", "limited"),
        (429, r#"{"error": {"code": "slow_down"}}"#, "limited"),
        (
            429,
            r#"{"error": {"type": "insufficient_quota"}}"#,
            "billing",
        ),
        (
            429,
            r#"{"error": {"code": "credit_balance_exhausted"}}"#,
            "billing",
        ),
        (
            429,
            r#"{"error": {"code": "organization_spend_limit_exceeded"}}"#,
            "billing",
        ),
        (
            429,
            r#"{"error": {"code": "organization_usage_limit_exceeded"}}"#,
            "billing",
        ),
        (
            400,
            r#"{"error": {"code": "billing_hard_limit_reached"}}"#,
            "billing",
        ),
        (500, "", "again"),
        (502, "<html>bad gateway</html>", "again"),
        (503, r#"{"error": "server busy"}"#, "again"),
        (504, "", "again"),
        (
            529,
            r#"{"error": {"type": "overloaded_error", "message": "overloaded"}}"#,
            "again",
        ),
    ] {
        let sent = Sent {
            wire: Wire::ChatCompletions,
            model: "model",
            fields: &sent,
            most_tokens: Some(8192),
            bytes: 6_500,
            key_variable: "KEY_VARIABLE",
        };
        let found = match decide(&answer(status, body), &fault::read(body), &sent) {
            Decision::Again { .. } => "again".to_owned(),
            Decision::Limited { .. } => "limited".to_owned(),
            Decision::Without { field, .. } => format!("without {}", field.name()),
            Decision::Less { most_tokens, .. } => {
                format!("at most {}", most_tokens.unwrap_or_default())
            }
            Decision::Unclear(_) => "unclear".to_owned(),
            Decision::Fail(_) => "fail".to_owned(),
            Decision::Pause { pause, .. } => pause.name().to_owned(),
        };
        assert_eq!(found, expected, "HTTP {status} {body}");
    }
}

#[test]
fn a_wait_is_drawn_up_to_a_ceiling_that_doubles_and_stays_below_the_most() {
    let (first, most) = (Duration::from_millis(500), Duration::from_secs(8));
    for (tries, ceiling) in [(1, 0.5), (2, 1.0), (3, 2.0), (5, 8.0), (6, 8.0), (40, 8.0)] {
        let mut stream = Key::new(1).number(u64::from(tries)).stream();
        let drawn: Vec<f64> = (0..200)
            .map(|_| backoff(tries, first, most, &mut stream).as_secs_f64())
            .collect();
        let largest = drawn.iter().copied().fold(0.0, f64::max);
        assert!(
            largest <= ceiling && largest > 0.9 * ceiling,
            "try {tries}: {largest}"
        );
        assert!(drawn.iter().any(|wait| *wait < 0.2 * ceiling));
    }
}
