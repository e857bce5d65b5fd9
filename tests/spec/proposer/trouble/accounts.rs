//! Keys, money, quotas and models that are not there: what pauses a campaign.

use motherlode::proposer::llm::address::Provider::{
    Anthropic, Compatible, Gemini, OpenAi, OpenAiResponses, OpenRouter,
};
use motherlode::proposer::Pause;
use motherlode::record::ledger::CallOutcome::{RateLimited, Rejected};
use serde_json::json;
use wiremock::ResponseTemplate;

use super::{anthropic, check, error, google, openai, openrouter, quota_failure, End};

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
