//! The retry table, row by row, as a provider's own server makes it happen: how often it is asked,
//! what is answered, and what each request cost.

mod accounts;
mod refused_requests;
mod repeats;

use motherlode::proposer::llm::address::Provider;
use motherlode::proposer::{Pause, Unanswered};
use motherlode::record::ledger::{CallOutcome, CostSource};
use serde_json::{json, Value};
use wiremock::ResponseTemplate;

use super::servers::{ask, formula, llm, paid, Server};
use CallOutcome::Answered;

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
