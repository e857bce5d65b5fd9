//! Campaigns whose proposer is a model behind a URL.

use serde_json::Value;

use super::attempts;
use crate::binary::{folder, lines, mine, run, stderr, stdout, tiny_lab};

/// A model double on loopback that answers every chat request in the same way.
pub fn model(
    template: wiremock::ResponseTemplate,
) -> (tokio::runtime::Runtime, wiremock::MockServer) {
    model_after(Vec::new(), template)
}

/// A model double that answers its first requests so, and every one after them in the same way.
pub fn model_after(
    first: Vec<wiremock::ResponseTemplate>,
    template: wiremock::ResponseTemplate,
) -> (tokio::runtime::Runtime, wiremock::MockServer) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let chat = || wiremock::Mock::given(wiremock::matchers::path("/v1/chat/completions"));
    let server = runtime.block_on(async {
        let server = wiremock::MockServer::start().await;
        for answer in first {
            let once = chat().respond_with(answer).up_to_n_times(1);
            once.mount(&server).await;
        }
        chat().respond_with(template).mount(&server).await;
        server
    });
    (runtime, server)
}

/// What a model sends that says this.
pub fn says(content: &str) -> wiremock::ResponseTemplate {
    wiremock::ResponseTemplate::new(200).set_body_json(serde_json::json!({
        "choices": [{
            "message": {"role": "assistant", "content": content},
            "finish_reason": "stop"
        }],
        "usage": {"prompt_tokens": 11, "completion_tokens": 7}
    }))
}

/// A proposal.
pub fn proposes(formula: &str) -> wiremock::ResponseTemplate {
    says(&serde_json::json!({ "formula": formula }).to_string())
}

#[test]
fn a_model_behind_a_url_proposes() {
    let content = "{\"formula\": \"x*sigmoid(1.7*x)\", \"name\": \"sharp\", \
         \"rationale\": \"a sharper gate\"}";
    let body = serde_json::json!({
        "choices": [{
            "message": {"role": "assistant", "content": content},
            "finish_reason": "stop"
        }],
        "usage": {"prompt_tokens": 11, "completion_tokens": 7}
    });
    let (_runtime, server) = model(wiremock::ResponseTemplate::new(200).set_body_json(body));
    let folder = folder();
    let lab = tiny_lab();
    let address = format!("compatible:double@{}/v1,free", server.uri());
    let output = run(
        folder.path(),
        &mine(
            &lab,
            &[
                "--model",
                &address,
                "--attempts",
                "3",
                "--json",
                "--name",
                "asked",
            ],
        ),
    );
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let finished = lines(&output).pop().unwrap();
    assert_eq!(
        (
            &finished["candidates"],
            &finished["rejections"]["Duplicate"]
        ),
        (&1.into(), &2.into()),
        "{finished}"
    );
    assert_eq!(finished["spent_usd"], 0.0, "its user declared it free");
    let id = finished["best"]["id"].as_str().unwrap().to_owned();
    let shown: Value = serde_json::from_str(&stdout(&run(
        folder.path(),
        &["archive", "show", &id, "--json"],
    )))
    .unwrap();
    assert_eq!(shown["record"]["reply"]["text"], content);
    let call = &shown["record"]["calls"][0];
    assert_eq!(
        (
            &call["usage"]["input_uncached"],
            &call["usage"]["output_visible"],
            &call["source"]
        ),
        (&11.into(), &7.into(), &"free".into())
    );
    assert_eq!(shown["rationale"], "a sharper gate");
}

#[test]
fn a_model_that_never_answers_stops_the_campaign_loudly() {
    let (_runtime, server) = model_after(
        vec![proposes("x*sigmoid(1.7*x)")],
        wiremock::ResponseTemplate::new(400)
            .set_body_string("{\"error\": {\"message\": \"no such thing\"}}"),
    );
    let folder = folder();
    let lab = tiny_lab();
    let address = format!("compatible:double@{}/v1,free", server.uri());
    let output = run(
        folder.path(),
        &mine(
            &lab,
            &["--model", &address, "--attempts", "50", "--name", "asked"],
        ),
    );
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains(
            "calls in a row brought no reply; the last: the server refuses the request (HTTP 400: \
             no such thing)"
        ),
        "{}",
        stderr(&output)
    );
    assert!(
        attempts(folder.path(), "asked").len() < 15,
        "it does not burn the attempts"
    );
}

#[test]
fn refused_credentials_stop_the_campaign_and_cost_no_attempt() {
    let (_runtime, server) = model_after(
        vec![proposes("x*sigmoid(1.7*x)")],
        wiremock::ResponseTemplate::new(401)
            .set_body_string("{\"error\": {\"message\": \"who are you\"}}"),
    );
    let folder = folder();
    let lab = tiny_lab();
    let address = format!("compatible:double@{}/v1,free", server.uri());
    let output = run(
        folder.path(),
        &mine(
            &lab,
            &["--model", &address, "--attempts", "50", "--name", "asked"],
        ),
    );
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("PAUSED, credentials")
            && stderr(&output).contains("--resume asked"),
        "{}",
        stderr(&output)
    );
    assert_eq!(
        attempts(folder.path(), "asked").len(),
        1,
        "the first proposal"
    );
    let again = run(folder.path(), &["mine", "--resume", "asked"]);
    assert_eq!(
        again.status.code(),
        Some(1),
        "the same refusal, not eight lost replies"
    );
    assert_eq!(attempts(folder.path(), "asked").len(), 1);
}
