//! Servers on the loopback device that answer as providers do, and proposers that ask them.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;
use std::time::Duration;

use motherlode::numerics::stop::Stop;
use motherlode::proposer::llm::address::Provider;
use motherlode::proposer::llm::{Llm, Patience};
use motherlode::proposer::{Proposer, Unanswered};
use motherlode::record::attempt::Reply;
use motherlode::record::charter::{Asking, ModelSetting, Structured};
use motherlode::record::ledger::{Budget, Price};
use serde_json::{json, Value};
use tokio::runtime::Runtime;
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

use super::brief;
use super::purse::Notebook;

pub const KEY: &str = "sk-test-0123456789-very-secret";

/// A model of a server that is not there: no program is given this port by chance.
pub const NOWHERE: &str = "compatible:gone@http://127.0.0.1:1/v1";

/// A formula that parses, and the reply that proposes it.
pub const FORMULA: &str = "x*sigmoid(x)";
pub const ANSWER: &str = r#"{"formula": "x*sigmoid(x)", "name": "SiLU", "rationale": "smooth"}"#;

/// Tokens of input and of output that the doubles tell.
pub const INPUT: u64 = 800;
pub const OUTPUT: u64 = 40;

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

/// A server that answers every POST.
pub struct Server {
    runtime: Runtime,
    mock: MockServer,
}

impl Server {
    /// A server that gives these answers in order, and the last one again and again.
    pub fn answering(answers: Vec<ResponseTemplate>) -> Server {
        Server::with(Sequence {
            answers,
            next: AtomicUsize::new(0),
        })
    }

    pub fn with(answers: impl Respond + 'static) -> Server {
        let runtime = Runtime::new().unwrap();
        let mock = runtime.block_on(MockServer::start());
        runtime.block_on(
            Mock::given(method("POST"))
                .respond_with(answers)
                .mount(&mock),
        );
        Server { runtime, mock }
    }

    /// The server's address without a path.
    pub fn uri(&self) -> String {
        self.mock.uri()
    }

    /// A model of this server.
    pub fn model(&self, provider: Provider) -> String {
        format!(
            "{}:test-model@{}{}",
            provider.name(),
            self.uri(),
            below(provider)
        )
    }

    pub fn requests(&self) -> Vec<Request> {
        self.runtime
            .block_on(self.mock.received_requests())
            .unwrap()
    }

    pub fn bodies(&self) -> Vec<Value> {
        self.requests()
            .iter()
            .map(|request| request.body_json().unwrap())
            .collect()
    }
}

/// What a provider's base address has behind its host.
pub fn below(provider: Provider) -> &'static str {
    match provider {
        Provider::OpenAi | Provider::OpenAiResponses | Provider::Compatible => "/v1",
        Provider::OpenRouter => "/api/v1",
        Provider::Anthropic | Provider::Gemini => "",
    }
}

/// A server that reads a request of each connection, does as told with it, and closes it; (address
/// of its model, connections so far).
pub fn raw_server(answer: impl Fn(&mut TcpStream) + Send + 'static) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!(
        "compatible:raw@http://{}/v1",
        listener.local_addr().unwrap()
    );
    let connections = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&connections);
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let mut connection = connection.unwrap();
            count.fetch_add(1, Ordering::SeqCst);
            read_request(&mut connection);
            answer(&mut connection);
        }
    });
    (address, connections)
}

/// Reads a whole request: what is left unread would reset the connection instead of closing it.
pub fn read_request(connection: &mut TcpStream) {
    let (mut request, mut buffer) = (Vec::new(), [0; 1 << 16]);
    loop {
        let read = connection.read(&mut buffer).unwrap_or(0);
        request.extend_from_slice(&buffer[..read]);
        let text = String::from_utf8_lossy(&request).to_lowercase();
        let length = |head: &str| {
            head.lines().find_map(|line| {
                line.strip_prefix("content-length:")?
                    .trim()
                    .parse::<usize>()
                    .ok()
            })
        };
        let whole = text
            .split_once("\r\n\r\n")
            .is_some_and(|(head, body)| length(head).is_some_and(|length| body.len() >= length));
        if read == 0 || whole {
            return;
        }
    }
}

/// Sends an answer of which the body is cut off.
pub fn send_half(connection: &mut TcpStream) {
    let _ = connection.write_all(
        b"HTTP/1.1 200 OK\r\ncontent-type: \
        application/json\r\ncontent-length: 1000\r\n\r\n{\"choices\": [",
    );
}

/// Waits of a millisecond at most.
pub fn quick() -> Patience {
    Patience {
        first_wait: Duration::from_millis(1),
        longest_wait: Duration::from_millis(1),
        ..Patience::default()
    }
}

/// A model of this address at no cost.
pub fn free(address: &str) -> ModelSetting {
    ModelSetting {
        address: address.to_owned(),
        weight: 1.0,
        price: Price::free(),
        most_tokens: 8192,
        temperature: None,
        effort: None,
        key_variable: None,
        tier: None,
        structured: Structured::JsonSchema,
    }
}

/// A model of this address at a dollar a million tokens of input and ten of output.
pub fn paid(address: &str) -> ModelSetting {
    ModelSetting {
        price: Price::stated(1.0, 10.0, "a test"),
        ..free(address)
    }
}

/// These models, asked in the usual way.
pub fn asking(models: Vec<ModelSetting>) -> Asking {
    Asking {
        models,
        budget: Budget::default(),
        deadline_seconds: 300.0,
        requests: None,
        repair: true,
        guidance_interval: 0,
    }
}

/// A proposer with a key that asks these models.
pub fn llm(models: Vec<ModelSetting>) -> Llm {
    patient(models, quick())
}

pub fn patient(models: Vec<ModelSetting>, patience: Patience) -> Llm {
    Llm::new(&asking(models), &|_| Some(KEY.to_owned()), patience, 8).unwrap()
}

/// Asks once, with the notes of what it cost.
pub fn ask(llm: &Llm) -> (Result<Reply, Unanswered>, Notebook) {
    let purse = Notebook::generous();
    let response = llm.ask(&brief(3), &purse, &Stop::new());
    (response.map(|response| response.reply), purse)
}

/// What a provider sends where a model says `text` and is done.
pub fn says(provider: Provider, text: &str) -> ResponseTemplate {
    completion(provider, text, false)
}

/// What a provider sends where a model was cut off after `text`.
pub fn begins(provider: Provider, text: &str) -> ResponseTemplate {
    completion(provider, text, true)
}

/// A whole answer that proposes [`FORMULA`].
pub fn formula(provider: Provider) -> ResponseTemplate {
    says(provider, ANSWER)
}

fn completion(provider: Provider, text: &str, cut: bool) -> ResponseTemplate {
    let model = "test-model-2026-08-01";
    let body = match provider {
        Provider::OpenAi | Provider::Compatible | Provider::OpenRouter => json!({
            "model": model,
            "choices": [{
                "index": 0,
                "finish_reason": if cut { "length" } else { "stop" },
                "message": {"role": "assistant", "content": text}
            }],
            "usage": {"prompt_tokens": INPUT, "completion_tokens": OUTPUT}
        }),
        Provider::OpenAiResponses => json!({
            "model": model,
            "status": if cut { "incomplete" } else { "completed" },
            "incomplete_details": cut.then(|| json!({"reason": "max_output_tokens"})),
            "output": [{
                "type": "message",
                "role": "assistant",
                "content": [{"type": "output_text", "text": text}]
            }],
            "usage": {"input_tokens": INPUT, "output_tokens": OUTPUT}
        }),
        Provider::Anthropic => json!({
            "type": "message", "role": "assistant", "model": model,
            "content": [{"type": "text", "text": text}],
            "stop_reason": if cut { "max_tokens" } else { "end_turn" },
            "usage": {"input_tokens": INPUT, "output_tokens": OUTPUT}
        }),
        Provider::Gemini => json!({
            "modelVersion": model,
            "candidates": [{
                "finishReason": if cut { "MAX_TOKENS" } else { "STOP" },
                "content": {"role": "model", "parts": [{"text": text}]}
            }],
            "usageMetadata": {"promptTokenCount": INPUT, "candidatesTokenCount": OUTPUT}
        }),
    };
    ResponseTemplate::new(200).set_body_json(body)
}

/// An error as OpenAI sends it.
pub fn fails(status: u16, code: &str, message: &str) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(
        json!({"error": {"message": message, "type": "some_error", "code": code, "param": null}}),
    )
}
