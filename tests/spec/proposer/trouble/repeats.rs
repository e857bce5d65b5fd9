//! Trouble that may pass: what is waited for and asked again.

use motherlode::proposer::llm::address::Provider::{
    Anthropic, Compatible, Gemini, OpenAi, OpenAiResponses, OpenRouter,
};
use motherlode::proposer::Pause;
use motherlode::record::ledger::CallOutcome::{Answered, RateLimited, Rejected, Trouble};
use serde_json::json;
use wiremock::ResponseTemplate;

use super::{anthropic, check, error, google, openai, openrouter, quota_failure, End};

#[test]
fn a_rate_limit_is_waited_for() {
    let minute = quota_failure("GenerateRequestsPerMinutePerProjectPerModel", "15");
    for (provider, answer) in [
        (
            OpenAi,
            openai(
                429,
                "requests",
                "rate_limit_exceeded",
                "Rate limit reached.",
            )
            .insert_header("retry-after-ms", "2"),
        ),
        (
            OpenAiResponses,
            openai(429, "tokens", "slow_down", "Slow down.").insert_header("retry-after", "0.002"),
        ),
        (
            Anthropic,
            anthropic(
                429,
                "rate_limit_error",
                "This request would exceed your organization's rate limit.",
            )
            .insert_header("retry-after", "0"),
        ),
        (
            Gemini,
            google(429, "RESOURCE_EXHAUSTED", "Quota exceeded.", &minute),
        ),
        (
            OpenRouter,
            openrouter(429, "Rate limit exceeded", &json!(null)),
        ),
        (
            Compatible,
            error(429, json!({"error": "too many requests"})),
        ),
    ] {
        check(
            provider,
            answer,
            &[RateLimited, Answered],
            End::Reply,
            "the server limits the rate (HTTP 429",
        );
    }
}

#[test]
fn trouble_that_may_pass_is_asked_again() {
    for status in [408, 409, 500, 502, 503, 504, 529] {
        let answer = openai(status, "server_error", "", "The server had an error.");
        check(
            OpenAi,
            answer,
            &[Trouble, Answered],
            End::Reply,
            "the server is in trouble",
        );
    }
    for (provider, answer) in [
        (
            OpenAi,
            openai(
                503,
                "service_unavailable_error",
                "server_is_overloaded",
                "Overloaded.",
            ),
        ),
        (
            Anthropic,
            anthropic(500, "api_error", "Internal server error"),
        ),
        (Anthropic, anthropic(529, "overloaded_error", "Overloaded")),
        (
            Gemini,
            google(503, "UNAVAILABLE", "The model is overloaded.", &json!([])),
        ),
        (
            Gemini,
            google(504, "DEADLINE_EXCEEDED", "Deadline expired.", &json!([])),
        ),
        (
            OpenRouter,
            openrouter(
                502,
                "Provider returned error",
                &json!({"provider_name": "Z", "raw": "upstream down"}),
            ),
        ),
        (
            Compatible,
            error(
                503,
                json!({
                    "error": {"message": "Loading model", "type": "unavailable_error", "code": 503}
                }),
            ),
        ),
        (
            Compatible,
            ResponseTemplate::new(502).set_body_string("<html>bad gateway</html>"),
        ),
    ] {
        check(
            provider,
            answer,
            &[Trouble, Answered],
            End::Reply,
            "the server is in trouble",
        );
    }
}

#[test]
fn a_server_may_have_the_last_word_on_asking_again() {
    let told = |status, word| {
        openai(status, "server_error", "", "The server had an error.")
            .insert_header("x-should-retry", word)
    };
    check(
        OpenAi,
        told(500, "false"),
        &[Rejected],
        End::Failed,
        "asks not to be asked again",
    );
    check(
        OpenAi,
        told(503, "true"),
        &[Trouble, Answered],
        End::Reply,
        "the server is in trouble",
    );
    check(
        OpenAi,
        told(418, "true"),
        &[Trouble, Answered],
        End::Reply,
        "asks to be asked again",
    );
    check(
        OpenAi,
        told(401, "true"),
        &[Rejected],
        End::Paused(Pause::Credentials),
        "check OPENAI_API_KEY",
    );
}

#[test]
fn an_error_inside_a_200_counts_as_the_status_it_stands_for() {
    for (provider, body, outcomes, end, words) in [
        (
            OpenRouter,
            json!({"error": {"code": 503, "message": "upstream busy"}}),
            &[Trouble, Answered][..],
            End::Reply,
            "(HTTP 503: upstream busy)",
        ),
        (
            OpenRouter,
            json!({"error": {"code": 402, "message": "no credits"}}),
            &[Rejected],
            End::Paused(Pause::Billing),
            "HTTP 402",
        ),
        (
            OpenRouter,
            json!({"error": {"code": 429, "message": "slow"}}),
            &[RateLimited, Answered],
            End::Reply,
            "HTTP 429",
        ),
        (
            OpenAiResponses,
            json!({"status": "failed", "error": {"code": "server_error", "message": "sorry"}}),
            &[Trouble, Answered],
            End::Reply,
            "HTTP 500",
        ),
        (
            OpenAiResponses,
            json!({
                "status": "failed",
                "error": {"code": "rate_limit_exceeded", "message": "slow"}
            }),
            &[RateLimited, Answered],
            End::Reply,
            "HTTP 429",
        ),
        (
            Anthropic,
            json!({
                "type": "error",
                "error": {"type": "overloaded_error", "message": "Overloaded"}
            }),
            &[Trouble, Answered],
            End::Reply,
            "HTTP 529",
        ),
        (
            Gemini,
            json!([{"error": {"code": 500, "message": "internal", "status": "INTERNAL"}}]),
            &[Trouble, Answered],
            End::Reply,
            "HTTP 500",
        ),
        (
            Compatible,
            json!({"error": "model is broken"}),
            &[Rejected],
            End::Failed,
            "HTTP 400: model is broken",
        ),
    ] {
        check(provider, error(200, body), outcomes, end, words);
    }
}
