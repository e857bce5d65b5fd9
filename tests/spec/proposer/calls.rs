//! What a call to a chat endpoint does, against servers in this process.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use motherlode::attempt::{Rejection, Reply};
use motherlode::proposer::llm::address::{AddressError, ModelAddress, Provider};
use motherlode::proposer::llm::{Llm, Patience, Settings};
use motherlode::proposer::{Proposer, Unanswered};
use serde_json::{json, Value};
use tokio::runtime::Runtime;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

use super::{brief, never};

const KEY: &str = "sk-test-0123456789-very-secret";

/// Answers in order; the last one again and again.
struct Sequence {
    answers: Vec<ResponseTemplate>,
    next: AtomicUsize,
}

impl Respond for Sequence {
    fn respond(&self, _: &Request) -> ResponseTemplate {
        let index = self.next.fetch_add(1, Ordering::SeqCst);
        self.answers[index.min(self.answers.len() - 1)].clone()
    }
}

/// A chat server on the loopback device.
struct Server {
    runtime: Runtime,
    mock: MockServer,
}

impl Server {
    fn answering(answers: Vec<ResponseTemplate>) -> Server {
        let runtime = Runtime::new().unwrap();
        let mock = runtime.block_on(MockServer::start());
        let sequence = Sequence { answers, next: AtomicUsize::new(0) };
        runtime.block_on(Mock::given(method("POST")).and(path("/v1/chat/completions")).respond_with(sequence).mount(&mock));
        Server { runtime, mock }
    }

    fn address(&self, provider: Provider) -> ModelAddress {
        ModelAddress { provider, model: "test-model".to_owned(), base: format!("{}/v1", self.mock.uri()) }
    }

    /// A proposer with a key that asks this server.
    fn llm(&self) -> Llm {
        Llm::new(self.address(Provider::OpenAi), |_| Some(KEY.to_owned()), quick()).unwrap()
    }

    fn requests(&self) -> Vec<Request> {
        self.runtime.block_on(self.mock.received_requests()).unwrap()
    }

    fn bodies(&self) -> Vec<Value> {
        self.requests().iter().map(|request| request.body_json().unwrap()).collect()
    }
}

/// Waits of a millisecond at most.
fn quick() -> Settings {
    let patience = Patience { first_wait: Duration::from_millis(1), longest_wait: Duration::from_millis(1), ..Patience::default() };
    Settings { patience, ..Settings::default() }
}

fn says(content: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({
        "model": "test-model-2026-08-01",
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": content}}],
        "usage": {"prompt_tokens": 812, "completion_tokens": 37}
    }))
}

fn formula() -> ResponseTemplate {
    says(r#"{"formula": "x*sigmoid(x)", "name": "SiLU", "rationale": "smooth"}"#)
}

fn fails(status: u16, code: &str, message: &str) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(json!({"error": {"message": message, "type": "some_error", "code": code, "param": null}}))
}

fn ask(llm: &Llm) -> Result<Reply, Unanswered> {
    llm.ask(&brief(3), &never)
}

#[test]
fn a_reply_carries_the_model_the_prompt_the_text_and_the_usage() {
    let server = Server::answering(vec![formula()]);
    let llm = server.llm();
    let reply = ask(&llm).unwrap();
    assert_eq!(reply.model, "test-model-2026-08-01");
    assert_eq!(reply.text, r#"{"formula": "x*sigmoid(x)", "name": "SiLU", "rationale": "smooth"}"#);
    assert_eq!(reply.finish.as_deref(), Some("stop"));
    assert_eq!((reply.usage.input_tokens, reply.usage.output_tokens, reply.usage.requests), (Some(812), Some(37), 1));
    let sent = &server.bodies()[0];
    let (system, user) = reply.prompt.split_once("\n---\n").unwrap();
    assert_eq!(sent["messages"], json!([{"role": "system", "content": system}, {"role": "user", "content": user}]));
    assert_eq!(llm.read(&reply).unwrap().formula, "x*sigmoid(x)");
}

#[test]
fn each_provider_is_sent_the_limit_of_tokens_it_knows_and_no_temperature() {
    for (provider, limit, absent) in
        [(Provider::OpenAi, "max_completion_tokens", "max_tokens"), (Provider::Compatible, "max_tokens", "max_completion_tokens")]
    {
        let server = Server::answering(vec![formula()]);
        ask(&Llm::new(server.address(provider), |_| Some(KEY.to_owned()), quick()).unwrap()).unwrap();
        let body = &server.bodies()[0];
        assert_eq!(body[limit], 8192, "{provider:?}");
        assert!(body.get(absent).is_none() && body.get("temperature").is_none(), "{provider:?}");
    }
}

#[test]
fn a_key_goes_into_the_header_and_a_server_without_one_is_sent_none() {
    let server = Server::answering(vec![formula()]);
    ask(&server.llm()).unwrap();
    ask(&Llm::new(server.address(Provider::Compatible), |_| None, quick()).unwrap()).unwrap();
    let requests = server.requests();
    assert_eq!(requests[0].headers["authorization"], format!("Bearer {KEY}"));
    assert!(!requests[1].headers.contains_key("authorization"));
}

#[test]
fn trouble_that_may_pass_is_asked_again() {
    for status in [408, 409, 429, 500, 502, 503, 504, 529] {
        let server = Server::answering(vec![fails(status, "", "busy"), formula()]);
        let reply = ask(&server.llm()).unwrap();
        assert_eq!(reply.usage.requests, 2, "HTTP {status}");
    }
}

#[test]
fn a_call_is_given_up_after_four_requests() {
    let server = Server::answering(vec![fails(503, "", "loading")]);
    let Err(Unanswered::Failed(reason)) = ask(&server.llm()) else { panic!("a failed call") };
    assert!(reason.contains("after 4 requests") && reason.contains("loading"), "{reason}");
    assert_eq!(server.requests().len(), 4);
}

#[test]
fn what_only_the_user_can_mend_is_hopeless_and_asked_once() {
    for (status, code, word) in [
        (401, "invalid_api_key", "OPENAI_API_KEY"),
        (403, "", "OPENAI_API_KEY"),
        (402, "", "billing"),
        (429, "insufficient_quota", "billing"),
        (429, "project_spend_limit_exceeded", "billing"),
        (404, "model_not_found", "test-model"),
    ] {
        let server = Server::answering(vec![fails(status, code, "no")]);
        let Err(Unanswered::Hopeless(reason)) = ask(&server.llm()) else { panic!("HTTP {status} {code} is hopeless") };
        assert!(reason.contains(word) && !reason.contains('\n'), "{reason}");
        assert_eq!(server.requests().len(), 1, "HTTP {status} {code}");
    }
}

#[test]
fn a_refused_request_fails_at_once() {
    for status in [400, 413, 422] {
        let server = Server::answering(vec![fails(status, "context_length_exceeded", "too long")]);
        assert!(matches!(ask(&server.llm()), Err(Unanswered::Failed(_))), "HTTP {status}");
        assert_eq!(server.requests().len(), 1, "HTTP {status}");
    }
}

#[test]
fn an_absurd_retry_after_ends_the_call() {
    let server = Server::answering(vec![fails(429, "rate_limit_exceeded", "slow").insert_header("retry-after", "86400"), formula()]);
    let Err(Unanswered::Failed(reason)) = ask(&server.llm()) else { panic!("a failed call") };
    assert!(reason.contains("86400 s"), "{reason}");
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_wait_past_the_deadline_is_not_begun() {
    let server = Server::answering(vec![fails(429, "rate_limit_exceeded", "slow").insert_header("retry-after", "100"), formula()]);
    let mut settings = quick();
    settings.patience.total = Duration::from_secs(50);
    let llm = Llm::new(server.address(Provider::Compatible), |_| None, settings).unwrap();
    let Err(Unanswered::Failed(reason)) = ask(&llm) else { panic!("a failed call") };
    assert!(reason.contains("no time is left"), "{reason}");
}

#[test]
fn a_refused_field_is_dropped_and_the_model_remembered_for_it() {
    let refusal = ResponseTemplate::new(400).set_body_json(json!({"error": {
        "message": "Unsupported value: 'temperature' does not support 0.7 with this model.",
        "type": "invalid_request_error", "param": "temperature", "code": "unsupported_value"
    }}));
    let server = Server::answering(vec![refusal, formula()]);
    let mut settings = quick();
    settings.sampling.temperature = Some(0.7);
    let llm = Llm::new(server.address(Provider::OpenAi), |_| Some(KEY.to_owned()), settings).unwrap();
    assert_eq!(ask(&llm).unwrap().usage.requests, 2);
    assert_eq!(ask(&llm).unwrap().usage.requests, 1);
    let temperatures: Vec<bool> = server.bodies().iter().map(|body| body.get("temperature").is_some()).collect();
    assert_eq!(temperatures, [true, false, false]);
}

#[test]
fn a_refused_limit_of_tokens_is_sent_under_its_other_name() {
    let refusal = fails(400, "", "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.");
    let server = Server::answering(vec![refusal, formula()]);
    let llm = Llm::new(server.address(Provider::Compatible), |_| None, quick()).unwrap();
    ask(&llm).unwrap();
    assert_eq!(server.bodies()[1]["max_completion_tokens"], 8192);
    assert!(server.bodies()[1].get("max_tokens").is_none());
}

#[test]
fn a_model_that_refuses_every_field_is_not_asked_for_ever() {
    let server = Server::answering(vec![fails(400, "unsupported_parameter", "max_tokens and max_completion_tokens are unsupported")]);
    let llm = Llm::new(server.address(Provider::Compatible), |_| None, quick()).unwrap();
    assert!(matches!(ask(&llm), Err(Unanswered::Failed(_))));
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn a_redirect_is_not_followed_and_the_key_goes_nowhere_else() {
    let elsewhere = Server::answering(vec![formula()]);
    let target = format!("{}/v1/chat/completions", elsewhere.mock.uri());
    for status in [301, 302, 307, 308] {
        let server = Server::answering(vec![ResponseTemplate::new(status).insert_header("location", target.as_str())]);
        let Err(Unanswered::Hopeless(reason)) = ask(&server.llm()) else { panic!("HTTP {status} is hopeless") };
        assert!(reason.contains(&target), "{reason}");
    }
    assert!(elsewhere.requests().is_empty());
}

#[test]
fn a_body_past_the_limit_is_not_read() {
    let server = Server::answering(vec![says(&"x".repeat(2 << 20))]);
    let Err(Unanswered::Failed(reason)) = ask(&server.llm()) else { panic!("a failed call") };
    assert!(reason.contains("larger than 1048576 bytes"), "{reason}");
}

/// A server of one connection that reads the request, then does as told; gives its address.
fn raw_server(answer: impl FnOnce(&mut std::net::TcpStream) + Send + 'static) -> ModelAddress {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}/v1", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let (mut connection, _) = listener.accept().unwrap();
        let mut buffer = [0; 1 << 16];
        let _ = connection.read(&mut buffer).unwrap();
        answer(&mut connection);
    });
    ModelAddress { provider: Provider::Compatible, model: "raw".to_owned(), base }
}

#[test]
fn a_body_without_end_is_cut_off() {
    let address = raw_server(|connection| {
        connection.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").unwrap();
        let chunk = [b"10000\r\n".as_slice(), &[b' '; 0x10000], b"\r\n"].concat();
        while connection.write_all(&chunk).is_ok() {}
    });
    let Err(Unanswered::Failed(reason)) = ask(&Llm::new(address, |_| None, quick()).unwrap()) else { panic!("a failed call") };
    assert!(reason.contains("larger than 1048576 bytes"), "{reason}");
}

#[test]
fn a_connection_lost_after_the_request_says_that_it_may_have_been_billed() {
    let address = raw_server(|_| {});
    let Err(Unanswered::Failed(reason)) = ask(&Llm::new(address, |_| None, quick()).unwrap()) else { panic!("a failed call") };
    assert!(reason.contains("may have been billed"), "{reason}");
}

#[test]
fn an_answer_past_the_deadline_says_that_it_may_have_been_billed() {
    let server = Server::answering(vec![formula().set_delay(Duration::from_secs(60))]);
    let mut settings = quick();
    settings.patience.total = Duration::from_millis(30);
    let llm = Llm::new(server.address(Provider::Compatible), |_| None, settings).unwrap();
    let Err(Unanswered::Failed(reason)) = ask(&llm) else { panic!("a failed call") };
    assert!(reason.contains("may have been billed"), "{reason}");
}

#[test]
fn a_server_that_is_not_there_is_tried_four_times_and_named() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}/v1", listener.local_addr().unwrap());
    drop(listener);
    let address = ModelAddress { provider: Provider::Compatible, model: "gone".to_owned(), base: base.clone() };
    let Err(Unanswered::Failed(reason)) = ask(&Llm::new(address, |_| None, quick()).unwrap()) else { panic!("a failed call") };
    assert!(reason.contains("after 4 requests") && reason.contains(&base), "{reason}");
}

#[test]
fn stopping_ends_the_wait_for_a_slow_server() {
    let server = Server::answering(vec![formula().set_delay(Duration::from_secs(60))]);
    let looks = AtomicUsize::new(0);
    let stopping = || looks.fetch_add(1, Ordering::SeqCst) >= 3;
    assert_eq!(server.llm().ask(&brief(1), &stopping), Err(Unanswered::Stopped));
}

#[test]
fn stopping_ends_the_wait_before_the_next_try() {
    let server = Server::answering(vec![fails(429, "", "slow").insert_header("retry-after", "60"), formula()]);
    let looks = AtomicUsize::new(0);
    let stopping = || looks.fetch_add(1, Ordering::SeqCst) >= 20;
    assert_eq!(server.llm().ask(&brief(1), &stopping), Err(Unanswered::Stopped));
    assert!(server.requests().len() <= 1);
}

#[test]
fn nothing_is_sent_once_the_campaign_is_stopping() {
    let server = Server::answering(vec![formula()]);
    assert_eq!(server.llm().ask(&brief(1), &|| true), Err(Unanswered::Stopped));
    assert!(server.requests().is_empty());
}

#[test]
fn an_answer_that_is_no_completion_is_a_failed_call() {
    for body in ["", "<html>captive portal</html>", "{}", r#"{"choices": []}"#, r#"{"error": {"message": "upstream gone", "code": 400}}"#] {
        let server = Server::answering(vec![ResponseTemplate::new(200).set_body_string(body)]);
        assert!(matches!(ask(&server.llm()), Err(Unanswered::Failed(_))), "{body}");
    }
}

#[test]
fn an_error_inside_a_200_counts_as_the_status_it_names() {
    let hidden = ResponseTemplate::new(200).set_body_json(json!({"error": {"message": "upstream busy", "code": 503}}));
    let server = Server::answering(vec![hidden, formula()]);
    assert_eq!(ask(&server.llm()).unwrap().usage.requests, 2);
}

#[test]
fn a_refusal_a_filter_and_a_cut_are_told_apart_when_read() {
    let with =
        |finish: &str, message: Value| ResponseTemplate::new(200).set_body_json(json!({"choices": [{"finish_reason": finish, "message": message}]}));
    let formula = r#"{"formula": "tanh(x)"}"#;
    for (answer, kind) in [
        (with("stop", json!({"content": null, "refusal": "I cannot help with that."})), "Refused"),
        (with("content_filter", json!({"content": ""})), "Refused"),
        (with("length", json!({"content": formula})), "Truncated"),
        (with("stop", json!({"content": null})), "Unreadable"),
    ] {
        let server = Server::answering(vec![answer]);
        let llm = server.llm();
        let rejection = llm.read(&ask(&llm).unwrap()).unwrap_err();
        assert_eq!(rejection.kind(), kind, "{rejection:?}");
    }
}

#[test]
fn the_key_appears_in_no_error_and_in_no_record() {
    let echo = format!("you sent {KEY}");
    for status in [400, 401, 402, 403, 404, 413, 418, 429, 500] {
        let server = Server::answering(vec![fails(status, &echo, &echo).insert_header("location", echo.as_str())]);
        let text = format!("{:?}", ask(&server.llm()));
        assert!(!text.contains(KEY), "HTTP {status}: {text}");
    }
    let server = Server::answering(vec![ResponseTemplate::new(302).insert_header("location", format!("http://other/?key={KEY}").as_str())]);
    assert!(!format!("{:?}", ask(&server.llm())).contains(KEY));
    let escaped = format!("{{\"choices\":[{{\"message\":{{\"content\":\"{KEY} \\u0073{}\"}}}}]}}", &KEY[1..]);
    let server = Server::answering(vec![ResponseTemplate::new(200).set_body_string(escaped)]);
    let llm = server.llm();
    let reply = ask(&llm).unwrap();
    assert_eq!(reply.text, "[key] [key]");
    assert!(!format!("{reply:?} {:?}", llm.read(&reply)).contains(KEY));
    assert!(matches!(llm.read(&reply), Err(Rejection::Unreadable { .. })));
}

#[test]
fn several_threads_may_ask_at_once() {
    let server = Server::answering(vec![formula()]);
    let llm = server.llm();
    std::thread::scope(|scope| {
        for thread in 1..=6 {
            let llm = &llm;
            scope.spawn(move || assert!(llm.ask(&brief(thread), &never).is_ok()));
        }
    });
    assert_eq!(server.requests().len(), 6);
}

#[test]
fn an_address_names_a_provider_a_model_and_a_server() {
    let address = ModelAddress::parse("openai:gpt-5.6-mini").unwrap();
    assert_eq!((address.provider, address.model.as_str(), address.base.as_str()), (Provider::OpenAi, "gpt-5.6-mini", "https://api.openai.com/v1"));
    for (text, model, base) in [
        ("compatible:llama3.2:3b@http://localhost:11434/v1", "llama3.2:3b", "http://localhost:11434/v1"),
        ("compatible:@cf/meta/llama@https://example.org/v1/", "@cf/meta/llama", "https://example.org/v1"),
    ] {
        let address = ModelAddress::parse(text).unwrap();
        assert_eq!((address.provider, address.model.as_str(), address.base.as_str()), (Provider::Compatible, model, base));
        assert_eq!(ModelAddress::parse(&address.to_string()).unwrap(), address);
    }
}

#[test]
fn an_address_that_cannot_be_meant_is_refused_with_what_to_write() {
    for text in ["", "gpt-5", "openai:", "openai: gpt", "anthropic:claude", "compatible:llama", "openai:gpt@https://example.org/v1"] {
        let error = ModelAddress::parse(text).unwrap_err();
        assert!(error.to_string().contains("compatible:NAME@"), "{text}: {error}");
    }
    for text in
        ["compatible:m@http://", "compatible:m@http://user:word@host/v1", "compatible:m@http://host/v1?key=abc", "compatible:m@http://ho st/v1"]
    {
        assert_eq!(ModelAddress::parse(text), Err(AddressError::Server), "{text}");
    }
}

#[test]
fn a_missing_key_is_named_before_anything_is_asked() {
    for found in [None, Some("  ".to_owned())] {
        let address = ModelAddress::parse("openai:gpt-5").unwrap();
        let error = Llm::new(
            address,
            |variable| {
                assert_eq!(variable, "OPENAI_API_KEY");
                found
            },
            quick(),
        )
        .err()
        .unwrap();
        assert_eq!(error.to_string(), "openai:gpt-5 needs an API key: set the environment variable OPENAI_API_KEY");
    }
    let malformed = Llm::new(ModelAddress::parse("openai:gpt-5").unwrap(), |_| Some("sk-secret\nkey-0".to_owned()), quick()).err().unwrap();
    assert!(!malformed.to_string().contains("secret"), "{malformed}");
}

#[test]
fn a_client_for_https_can_be_built() {
    assert!(Llm::new(ModelAddress::parse("openai:gpt-5").unwrap(), |_| Some(KEY.to_owned()), Settings::default()).is_ok());
}
