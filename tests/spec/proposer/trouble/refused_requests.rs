//! Requests that a server refuses for what is in them.

use motherlode::proposer::llm::address::Provider;
use motherlode::proposer::Unanswered;
use motherlode::record::ledger::Call;
use motherlode::record::ledger::CallOutcome::{Answered, FieldRefused, Rejected};
use serde_json::json;
use wiremock::ResponseTemplate;

use super::{anthropic, check, error, google, openai, openrouter, End};
use crate::proposer::servers::{ask, formula, llm, paid, Server};
use Provider::{Anthropic, Compatible, Gemini, OpenAi, OpenAiResponses, OpenRouter};

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
                &json!({
                    "raw": "{\"error\":{\"message\":\"prompt too long\"}}",
                    "provider_name": "Z"
                }),
            ),
        ),
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
fn a_refusal_about_the_limit_or_one_that_is_not_understood_is_made_again_for_less() {
    check(
        OpenAi,
        openai(
            400,
            "invalid_request_error",
            "context_length_exceeded",
            "This model's maximum context length is 8192 tokens.",
        ),
        &[FieldRefused, Answered],
        End::Reply,
        "does not take a limit of 8192 tokens",
    );
    let unclear = [
        (Compatible, error(422, json!({"detail": "bad"}))),
        (
            OpenRouter,
            openrouter(
                400,
                "Provider returned error",
                &json!({"raw": "{\"error\":{\"message\":\"no\"}}", "provider_name": "Z"}),
            ),
        ),
        (Anthropic, anthropic(400, "invalid_request_error", "no")),
        (Gemini, google(400, "INVALID_ARGUMENT", "no", &json!([]))),
        (OpenAiResponses, openai(422, "", "", "no")),
    ];
    for (provider, answer) in unclear {
        check(
            provider,
            answer,
            &[Rejected, Answered],
            End::Reply,
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
