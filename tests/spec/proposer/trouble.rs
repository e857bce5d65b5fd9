//! The retry table, row by row, as a provider's own server makes it happen: how often it is asked,
//! what is answered, and what each request cost.

use motherlode::proposer::llm::address::Provider;
use motherlode::proposer::{Pause, Unanswered};
use motherlode::record::ledger::{Call, CallOutcome, CostSource};
use serde_json::{json, Value};
use wiremock::ResponseTemplate;

use super::servers::{ask, formula, llm, paid, Server};
use CallOutcome::{Answered, FieldRefused, RateLimited, Rejected, Trouble};
use Provider::{Anthropic, Compatible, Gemini, OpenAi, OpenAiResponses, OpenRouter};

/// What follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Reply,
    Failed,
    Paused(Pause),
}

/// An error of OpenAI's.
fn openai(status: u16, kind: &str, code: &str, message: &str) -> ResponseTemplate {
    error(
        status,
        json!({
            "error": {
                "message": message,
                "type": kind,
                "param": null,
                "code": if code.is_empty() { Value::Null } else { code.into() }
            }
        }),
    )
}

/// An error of Anthropic's.
fn anthropic(status: u16, kind: &str, message: &str) -> ResponseTemplate {
    error(
        status,
        json!({
            "type": "error",
            "error": {"type": kind, "message": message},
            "request_id": "req_011CSHoEeqs5C35K2UUqR7Fy"
        }),
    )
}

/// An error of Google's.
fn google(status: u16, name: &str, message: &str, details: &Value) -> ResponseTemplate {
    error(
        status,
        json!({"error": {"code": status, "message": message, "status": name, "details": details}}),
    )
}

/// An error of OpenRouter's.
fn openrouter(status: u16, message: &str, metadata: &Value) -> ResponseTemplate {
    error(
        status,
        json!({
            "error": {"code": status, "message": message, "metadata": metadata},
            "user_id": "user_1"
        }),
    )
}

fn error(status: u16, body: Value) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(body)
}

fn quota_failure(id: &str, value: &str) -> Value {
    json!([
        {
            "@type": "type.googleapis.com/google.rpc.QuotaFailure",
            "violations": [{
                "quotaMetric": "generativelanguage.googleapis.com/\
                    generate_content_free_tier_requests",
                "quotaId": id,
                "quotaValue": value
            }]
        },
        {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "0.002s"}
    ])
}

/// Asks a server that answers so at first and with a formula from then on.
fn check(
    provider: Provider,
    first: ResponseTemplate,
    outcomes: &[CallOutcome],
    end: End,
    words: &str,
) {
    let server = Server::answering(vec![first, formula(provider)]);
    let mut setting = paid(&server.model(provider));
    (setting.temperature, setting.effort, setting.tier) = (
        Some(0.7),
        Some("low".to_owned()),
        Some("default".to_owned()),
    );
    let (answer, purse) = ask(&llm(vec![setting]));
    let (found, said) = match &answer {
        Ok(_) => (
            End::Reply,
            purse.calls()[0].detail.clone().unwrap_or_default(),
        ),
        Err(Unanswered::Failed(reason)) => (End::Failed, reason.clone()),
        Err(Unanswered::Paused { pause, detail }) => (End::Paused(*pause), detail.clone()),
        Err(other) => panic!("{words}: {other:?}"),
    };
    assert_eq!(
        (found, purse.outcomes()),
        (end, outcomes.to_vec()),
        "{provider:?} {words}: {said}"
    );
    assert_eq!(
        server.requests().len(),
        outcomes.len(),
        "{provider:?} {words}"
    );
    assert!(
        said.contains(words) && !said.contains('\n'),
        "{provider:?} {words}: {said}"
    );
    for call in purse.calls() {
        let (cost, source) = if call.outcome == Answered {
            (0.0012, CostSource::Computed)
        } else {
            (0.0, CostSource::Free)
        };
        assert_eq!(
            (call.cost.usd(), call.source),
            (cost, source),
            "{provider:?} {words}: {call:?}"
        );
    }
}

#[test]
fn a_key_that_is_refused_pauses_and_names_its_variable() {
    let bad_key = json!([{
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": "API_KEY_INVALID",
        "domain": "googleapis.com"
    }]);
    for (provider, answer, words) in [
        (
            OpenAi,
            openai(
                401,
                "invalid_request_error",
                "invalid_api_key",
                "Incorrect API key provided: sk-t***.",
            ),
            "check OPENAI_API_KEY",
        ),
        (
            OpenAiResponses,
            openai(
                401,
                "invalid_request_error",
                "invalid_api_key",
                "Incorrect API key provided.",
            ),
            "check OPENAI_API_KEY",
        ),
        (
            OpenAi,
            openai(
                403,
                "invalid_request_error",
                "model_not_allowed",
                "Your project may not use it.",
            ),
            "the key may not use test-model",
        ),
        (
            Anthropic,
            anthropic(401, "authentication_error", "invalid x-api-key"),
            "check ANTHROPIC_API_KEY",
        ),
        (
            Anthropic,
            anthropic(403, "permission_error", "Your API key may not."),
            "check ANTHROPIC_API_KEY",
        ),
        (
            Gemini,
            google(
                400,
                "INVALID_ARGUMENT",
                "API key not valid. Please pass a valid API key.",
                &bad_key,
            ),
            "check GEMINI_API_KEY",
        ),
        (
            Gemini,
            google(403, "PERMISSION_DENIED", "Permission denied.", &json!([])),
            "check GEMINI_API_KEY",
        ),
        (
            OpenRouter,
            openrouter(401, "No auth credentials found", &json!(null)),
            "check OPENROUTER_API_KEY",
        ),
        (
            Compatible,
            error(401, json!({"detail": "Unauthorized"})),
            "check MOTHERLODE_COMPATIBLE_API_KEY",
        ),
    ] {
        check(
            provider,
            answer,
            &[Rejected],
            End::Paused(Pause::Credentials),
            words,
        );
    }
}

#[test]
fn an_account_that_cannot_pay_pauses() {
    let spent = json!({
        "type": "error",
        "error": {
            "type": "rate_limit_error",
            "message": "This request would exceed your limit.",
            "details": {"error_code": "enforced_spend_limit_reached"}
        },
        "request_id": "req_1"
    });
    for (provider, answer) in [
        (
            OpenAi,
            openai(
                429,
                "insufficient_quota",
                "insufficient_quota",
                "You exceeded your current quota.",
            ),
        ),
        (
            OpenAi,
            openai(
                429,
                "billing_error",
                "credit_balance_exhausted",
                "No credit.",
            ),
        ),
        (
            OpenAi,
            openai(
                429,
                "rate_limit",
                "organization_spend_limit_exceeded",
                "Limit.",
            ),
        ),
        (
            OpenAiResponses,
            openai(429, "rate_limit", "project_spend_limit_exceeded", "Limit."),
        ),
        (
            OpenAi,
            openai(
                429,
                "rate_limit",
                "organization_usage_limit_exceeded",
                "Limit.",
            ),
        ),
        (
            Anthropic,
            anthropic(402, "billing_error", "Your payment method was declined."),
        ),
        (
            Anthropic,
            anthropic(
                400,
                "invalid_request_error",
                "Your credit balance is too low to access the Anthropic API.",
            ),
        ),
        (
            Anthropic,
            anthropic(
                400,
                "invalid_request_error",
                "You have reached your specified API usage limits. You will regain access on \
                 2026-12-01.",
            ),
        ),
        (Anthropic, error(429, spent)),
        (
            Gemini,
            google(
                402,
                "FAILED_PRECONDITION",
                "Your prepayment credits are depleted.",
                &json!([]),
            ),
        ),
        (
            Gemini,
            google(
                429,
                "RESOURCE_EXHAUSTED",
                "Quota exceeded, limit: 0",
                &quota_failure("GenerateRequestsPerDay-FreeTier", "0"),
            ),
        ),
        (
            OpenRouter,
            openrouter(
                402,
                "Insufficient credits. Add more using https://openrouter.ai/credits",
                &json!(null),
            ),
        ),
        (Compatible, error(402, json!({"error": "pay first"}))),
    ] {
        check(
            provider,
            answer,
            &[Rejected],
            End::Paused(Pause::Billing),
            "the account behind ",
        );
    }
}

#[test]
fn a_days_quota_that_is_used_up_pauses_until_it_is_whole_again() {
    let day = quota_failure("GenerateRequestsPerDayPerProjectPerModel-FreeTier", "250");
    let pause = End::Paused(Pause::Rate);
    check(
        Gemini,
        google(429, "RESOURCE_EXHAUSTED", "You exceeded your quota.", &day),
        &[RateLimited],
        pause,
        "midnight, Pacific time",
    );
    let free = openrouter(
        429,
        "Rate limit exceeded: free-models-per-day",
        &json!({"headers": {"X-RateLimit-Remaining": "0"}}),
    );
    check(
        OpenRouter,
        free,
        &[RateLimited],
        pause,
        "whole again tomorrow",
    );
}

#[test]
fn a_model_that_is_not_there_pauses_and_is_named() {
    for (provider, answer) in [
        (
            OpenAi,
            openai(
                404,
                "invalid_request_error",
                "model_not_found",
                "The model `test-model` does not exist.",
            ),
        ),
        (
            Anthropic,
            anthropic(404, "not_found_error", "model: test-model"),
        ),
        (
            Gemini,
            google(
                404,
                "NOT_FOUND",
                "models/test-model is not found for API version v1beta.",
                &json!([]),
            ),
        ),
        (
            Compatible,
            error(
                404,
                json!({"error": {"message": "model 'test-model' not found", "type": "api_error"}}),
            ),
        ),
        (
            Compatible,
            ResponseTemplate::new(404).set_body_string("404 page not found"),
        ),
    ] {
        check(
            provider,
            answer,
            &[Rejected],
            End::Paused(Pause::Unreachable),
            "the server knows no model test-model",
        );
    }
}

#[test]
fn a_field_that_is_refused_is_left_out_and_the_request_repeated_at_once() {
    let by_param = |code: &str, param: &str| {
        json!({
            "error": {
                "message": "Bad.",
                "type": "invalid_request_error",
                "param": param,
                "code": code
            }
        })
    };
    let unknown = json!([{
        "@type": "type.googleapis.com/google.rpc.BadRequest",
        "fieldViolations": [{
            "field": "generation_config",
            "description": "Invalid JSON payload received. Unknown name \"thinkingLevel\" at \
                'generation_config.thinking_config'"
        }]
    }]);
    for (provider, answer, words) in [
        (
            OpenAi,
            error(400, by_param("unsupported_value", "temperature")),
            "does not take `temperature`",
        ),
        (
            OpenAi,
            error(400, by_param("unsupported_parameter", "reasoning_effort")),
            "does not take `effort`",
        ),
        (
            OpenAiResponses,
            error(400, by_param("unsupported_parameter", "reasoning.effort")),
            "does not take `effort`",
        ),
        (
            OpenAiResponses,
            error(400, by_param("unsupported_parameter", "text.format")),
            "does not take `json_schema`",
        ),
        (
            Anthropic,
            anthropic(
                400,
                "invalid_request_error",
                "`temperature` is deprecated for this model.",
            ),
            "does not take `temperature`",
        ),
        (
            Anthropic,
            anthropic(
                400,
                "invalid_request_error",
                "output_config.effort: Extra inputs are not permitted",
            ),
            "does not take `effort`",
        ),
        (
            Gemini,
            google(
                400,
                "INVALID_ARGUMENT",
                "Unknown name \"thinkingLevel\" at 'generation_config.thinking_config': Cannot \
                 find field.",
                &unknown,
            ),
            "does not take `effort`",
        ),
        (
            Gemini,
            google(
                400,
                "INVALID_ARGUMENT",
                "Thinking level is not supported for this model.",
                &json!([]),
            ),
            "does not take `effort`",
        ),
        (
            OpenRouter,
            openrouter(
                400,
                "temperature is not supported by this model",
                &json!(null),
            ),
            "does not take `temperature`",
        ),
        (
            Compatible,
            error(
                422,
                json!({
                    "object": "error",
                    "message": "Extra inputs are not permitted: service_tier",
                    "code": 422
                }),
            ),
            "does not take `tier`",
        ),
    ] {
        check(
            provider,
            answer,
            &[FieldRefused, Answered],
            End::Reply,
            words,
        );
    }
}

#[test]
fn a_request_that_is_refused_fails_and_is_not_made_again() {
    for (provider, answer) in [
        (
            OpenAi,
            openai(
                400,
                "invalid_request_error",
                "context_length_exceeded",
                "This model's maximum context length is 8192 tokens.",
            ),
        ),
        (
            OpenAi,
            openai(413, "invalid_request_error", "", "Too large."),
        ),
        (
            Anthropic,
            anthropic(
                400,
                "invalid_request_error",
                "prompt is too long: 250000 tokens > 200000 maximum",
            ),
        ),
        (
            Anthropic,
            anthropic(413, "request_too_large", "Request exceeds the maximum size"),
        ),
        (
            Gemini,
            google(
                400,
                "INVALID_ARGUMENT",
                "The input token count exceeds the maximum number of tokens allowed.",
                &json!([]),
            ),
        ),
        (
            OpenRouter,
            openrouter(
                400,
                "Provider returned error",
                &json!({"raw": "{\"error\":{\"message\":\"too long\"}}", "provider_name": "Z"}),
            ),
        ),
        (Compatible, error(422, json!({"detail": "bad"}))),
        (
            Compatible,
            ResponseTemplate::new(418).set_body_string("I am a teapot"),
        ),
    ] {
        check(
            provider,
            answer,
            &[Rejected],
            End::Failed,
            "the server refuses the request",
        );
    }
}

#[test]
fn a_value_that_is_wrong_is_for_the_user_to_mend_and_a_prompt_that_is_flagged_is_no_matter_of_keys()
{
    for (provider, answer, words) in [
        (
            Anthropic,
            anthropic(
                400,
                "invalid_request_error",
                "temperature: must be between 0 and 1",
            ),
            "temperature: must be between 0 and 1",
        ),
        (
            OpenAi,
            openai(
                400,
                "invalid_request_error",
                "",
                "service_tier must be one of auto, default",
            ),
            "must be one of",
        ),
        (
            OpenRouter,
            openrouter(
                403,
                "Your chosen model requires moderation and your input was flagged",
                &json!({"reasons": ["x"]}),
            ),
            "will not answer this prompt",
        ),
    ] {
        check(provider, answer, &[Rejected], End::Failed, words);
    }
    let schema = openai(
        400,
        "invalid_request_error",
        "",
        "response_format: all properties must be required",
    );
    check(
        OpenAi,
        schema,
        &[FieldRefused, Answered],
        End::Reply,
        "does not take `json_schema`",
    );
}

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

/// The calls of a server that always answers so.
fn always(provider: Provider, answer: ResponseTemplate) -> Vec<Call> {
    let server = Server::answering(vec![answer]);
    let (answer, purse) = ask(&llm(vec![paid(&server.model(provider))]));
    assert!(answer.is_err());
    assert_eq!(server.requests().len(), purse.calls().len());
    purse.calls()
}

#[test]
fn every_refusal_is_recorded_with_its_reason_and_without_words_or_usage() {
    for call in always(Anthropic, anthropic(529, "overloaded_error", "Overloaded")) {
        assert_eq!(
            call.detail.as_deref(),
            Some("the server is in trouble (HTTP 529: Overloaded)")
        );
        assert_eq!(
            (call.usage, call.exchange, call.answered_by, call.tokens),
            (None, None, None, 0)
        );
    }
    let words = "response_format and max_tokens and max_completion_tokens are unsupported";
    let refused: Vec<String> = always(Compatible, openai(400, "", "", words))
        .into_iter()
        .flat_map(|call| call.refused_fields)
        .collect();
    assert_eq!(
        refused,
        [
            "json_schema",
            "json_object",
            "max_tokens",
            "max_completion_tokens"
        ],
        "what is named first is left out first"
    );
}

#[test]
fn a_model_that_takes_no_limit_of_tokens_is_not_asked_without_one() {
    let refusal = || {
        openai(
            400,
            "",
            "",
            "max_tokens and max_completion_tokens are unsupported",
        )
    };
    let server = Server::answering(vec![refusal(), formula(Compatible)]);
    assert!(
        ask(&llm(vec![paid(&server.model(Compatible))])).0.is_ok(),
        "by its other name"
    );
    let refuses = Server::answering(vec![refusal()]);
    let llm = llm(vec![paid(&refuses.model(Compatible))]);
    for requests in [2, 3] {
        let Err(Unanswered::Failed(reason)) = ask(&llm).0 else {
            panic!("nothing is sent without a limit")
        };
        assert!(
            reason.contains("it takes no limit of tokens by any name"),
            "{reason}"
        );
        assert_eq!(refuses.requests().len(), requests);
    }
}
