//! Usages that cannot be: held against what was sent and allowed, booked as what was held, and a
//! model that tells them again and again is not asked any more.

use motherlode::numerics::stop::Stop;
use motherlode::proposer::llm::address::Provider;
use motherlode::proposer::{Pause, Proposer, Unanswered};
use motherlode::record::charter::ModelSetting;
use motherlode::record::ledger::{CallOutcome, CostSource, Money, Spending};
use serde_json::{json, Value};
use wiremock::ResponseTemplate;

use super::brief;
use super::purse::Notebook;
use super::servers::{ask, formula, free, llm, paid, Server, ANSWER};

/// A formula with this usage, as the provider tells it.
fn told(provider: Provider, usage: &Value) -> ResponseTemplate {
    let body = match provider {
        Provider::OpenAi | Provider::Compatible | Provider::OpenRouter => json!({
            "choices": [{"finish_reason": "stop", "message": {"content": ANSWER}}],
            "usage": usage
        }),
        Provider::OpenAiResponses => json!({
            "status": "completed",
            "output": [{
                "type": "message",
                "content": [{"type": "output_text", "text": ANSWER}]
            }],
            "usage": usage
        }),
        Provider::Anthropic => json!({
            "content": [{"type": "text", "text": ANSWER}],
            "stop_reason": "end_turn",
            "usage": usage
        }),
        Provider::Gemini => json!({
            "candidates": [{"finishReason": "STOP", "content": {"parts": [{"text": ANSWER}]}}],
            "usageMetadata": usage
        }),
    };
    ResponseTemplate::new(200).set_body_json(body)
}

/// A usage of so much input and output in the words of a provider.
fn usage(provider: Provider, input: u64, output: u64) -> Value {
    match provider {
        Provider::OpenAi | Provider::Compatible | Provider::OpenRouter => {
            json!({"prompt_tokens": input, "completion_tokens": output})
        }
        Provider::OpenAiResponses | Provider::Anthropic => {
            json!({"input_tokens": input, "output_tokens": output})
        }
        Provider::Gemini => json!({"promptTokenCount": input, "candidatesTokenCount": output}),
    }
}

#[test]
fn more_or_fewer_tokens_than_there_can_be_are_booked_as_what_was_held() {
    for provider in Provider::all() {
        for (input, output, words) in [
            (1_000_000_000, 40, "more than can be in a request"),
            (20_000, 40, "more than can be in a request"),
            (1, 40, "fewer than can be in a request"),
            (100, 40, "fewer than can be in a request"),
            (0, 40, "fewer than can be in a request"),
            (800, 1_000_000, "more than the"),
            (800, 1, "fewer than can be in a reply"),
            (800, 0, "fewer than can be in a reply"),
        ] {
            let case = format!("{provider:?} {input} {output}");
            let server = Server::answering(vec![told(provider, &usage(provider, input, output))]);
            let (reply, purse) = ask(&llm(vec![paid(&server.model(provider))]));
            assert_eq!(reply.unwrap().text, ANSWER, "{case}: what was paid is kept");
            let (call, hold) = (&purse.calls()[0], &purse.holds()[0]);
            assert_eq!(
                (call.cost, call.tokens, call.source, &call.usage),
                (hold.money, hold.tokens, CostSource::Estimated, &None),
                "{case}"
            );
            assert_eq!(call.outcome, CallOutcome::Answered, "{case}");
            let doubt = call.doubt.as_deref().unwrap_or_default();
            assert!(doubt.contains(words), "{case}: {doubt}");
            let mut spending = Spending::default();
            spending.add(&purse.calls(), "candidate");
            assert_eq!(
                (spending.total.doubtful, spending.total.doubtful_requests),
                (hold.money, 1),
                "{case}"
            );
        }
    }
}

#[test]
fn a_usage_that_can_be_is_believed() {
    for (provider, usage) in [
        (
            Provider::OpenAi,
            json!({
                "prompt_tokens": 2000, "completion_tokens": 8000,
                "prompt_tokens_details": {"cached_tokens": 1900},
                "completion_tokens_details": {"reasoning_tokens": 7960}
            }),
        ),
        (
            Provider::Anthropic,
            json!({
                "input_tokens": 3, "cache_read_input_tokens": 1900,
                "cache_creation_input_tokens": 97, "output_tokens": 40
            }),
        ),
        (
            Provider::Gemini,
            json!({
                "promptTokenCount": 2000, "cachedContentTokenCount": 1500,
                "candidatesTokenCount": 40, "thoughtsTokenCount": 12000
            }),
        ),
        (
            Provider::Compatible,
            json!({"prompt_tokens": "2000", "completion_tokens": 40.0}),
        ),
    ] {
        let server = Server::answering(vec![told(provider, &usage)]);
        let (reply, purse) = ask(&llm(vec![paid(&server.model(provider))]));
        assert!(reply.is_ok());
        let call = &purse.calls()[0];
        assert_eq!(
            (call.source, &call.doubt),
            (CostSource::Computed, &None),
            "{provider:?}: {usage}"
        );
        assert!(call.cost < purse.holds()[0].money, "{provider:?}: {usage}");
    }
}

#[test]
fn numbers_that_are_none_are_booked_as_what_was_held() {
    for usage in [
        json!({"prompt_tokens": -5, "completion_tokens": 40}),
        json!({"prompt_tokens": 1e30, "completion_tokens": 40}),
        json!({"prompt_tokens": 800, "completion_tokens": -1}),
        json!({"prompt_tokens": 800.5, "completion_tokens": 40}),
        json!({"prompt_tokens": "many", "completion_tokens": 40}),
        json!({"prompt_tokens": 1e30, "completion_tokens": 1e30}),
        json!({"usage": {"prompt_tokens": 800, "completion_tokens": 40}}),
        json!({"prompt_tokens": {"n": 800}, "completion_tokens": [40]}),
        json!([]),
        json!("none"),
        json!(null),
        json!({
            "prompt_tokens": 800, "completion_tokens": 40,
            "completion_tokens_details": {"reasoning_tokens": 1000000}
        }),
        json!({"prompt_tokens": 800, "completion_tokens": 40, "total_tokens": 1000000}),
    ] {
        let server = Server::answering(vec![told(Provider::Compatible, &usage)]);
        let (reply, purse) = ask(&llm(vec![paid(&server.model(Provider::Compatible))]));
        assert!(reply.is_ok());
        let (call, hold) = (&purse.calls()[0], &purse.holds()[0]);
        assert_eq!(
            (call.cost, call.tokens),
            (hold.money, hold.tokens),
            "{usage}"
        );
    }
}

#[test]
fn a_cost_that_a_provider_tells_is_no_more_than_was_held() {
    let cost = |cost: f64| {
        told(
            Provider::OpenRouter,
            &json!({"prompt_tokens": 800, "completion_tokens": 40, "cost": cost}),
        )
    };
    let server = Server::answering(vec![cost(6000.0), cost(0.0012)]);
    let llm = llm(vec![paid(&server.model(Provider::OpenRouter))]);
    let (_, purse) = ask(&llm);
    let (call, hold) = (&purse.calls()[0], &purse.holds()[0]);
    assert_eq!(
        (call.cost, call.source),
        (hold.money, CostSource::Estimated)
    );
    assert!(call.doubt.is_some());
    let (_, purse) = ask(&llm);
    assert_eq!(purse.calls()[0].cost, Money::dollars(0.0012).unwrap());
}

#[test]
fn a_model_that_tells_what_cannot_be_three_times_in_a_row_is_not_asked_any_more() {
    let provider = Provider::Compatible;
    let (wrong, right) = (told(provider, &usage(provider, 1, 1)), formula(provider));
    let answers = [&wrong, &wrong, &right, &wrong, &wrong, &wrong, &right];
    let server = Server::answering(answers.into_iter().cloned().collect());
    let llm = llm(vec![paid(&server.model(provider))]);
    let purse = Notebook::generous();
    for _ in 0..6 {
        assert!(llm.ask(&brief(3), &purse, &Stop::new()).is_ok());
    }
    let Err(Unanswered::Paused { pause, detail }) = llm.ask(&brief(3), &purse, &Stop::new()) else {
        panic!("it is not asked any more");
    };
    assert_eq!(pause, Pause::Usage);
    assert!(
        detail.contains("3 times in a row") && detail.contains("provider's bill"),
        "{detail}"
    );
    assert_eq!(server.requests().len(), 6, "and nothing was sent");
    assert_eq!(purse.calls().len(), 6);
}

#[test]
fn another_model_is_asked_in_its_place() {
    let provider = Provider::Compatible;
    let doubtful = Server::answering(vec![told(provider, &usage(provider, 1, 1))]);
    let sound = Server::answering(vec![formula(provider)]);
    let first = ModelSetting {
        weight: 1000.0,
        ..paid(&doubtful.model(provider))
    };
    let llm = llm(vec![first, paid(&sound.model(provider))]);
    let purse = Notebook::generous();
    for _ in 0..5 {
        assert!(llm.ask(&brief(3), &purse, &Stop::new()).is_ok());
    }
    assert_eq!((doubtful.requests().len(), sound.requests().len()), (3, 2));
}

#[test]
fn a_free_server_may_count_less_and_never_pauses() {
    let provider = Provider::Compatible;
    let answers = [
        (11, 7),
        (1_000_000_000, 7),
        (1_000_000_000, 7),
        (1, 1),
        (1_000_000_000, 7),
    ];
    let answers = answers.map(|(input, output)| told(provider, &usage(provider, input, output)));
    let server = Server::answering(answers.to_vec());
    let llm = llm(vec![free(&server.model(provider))]);
    let purse = Notebook::generous();
    for _ in 0..6 {
        assert!(llm.ask(&brief(3), &purse, &Stop::new()).is_ok());
    }
    let (calls, holds) = (purse.calls(), purse.holds());
    assert_eq!(calls[0].tokens, 18);
    assert_eq!(
        calls[1].tokens, holds[1].tokens,
        "more than there can be counts against no budget of tokens"
    );
    assert!(calls.iter().all(|call| call.cost.is_zero()));
}
