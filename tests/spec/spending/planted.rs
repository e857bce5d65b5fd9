//! Keys planted in every text of an answer, in every encoding, on all wires: found nowhere in what
//! is recorded, exported or said.

use std::fmt::Write as _;
use std::io::Write;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::Output;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;

use motherlode::journal::{Journal, CHECKUPS};
use motherlode::proposer::llm::address::Provider;
use motherlode::proposer::llm::secret::Secret;
use serde_json::{json, Value};

use crate::binary::{folder, mine, motherlode, tiny_lab};
use crate::proposer::servers::{below, read_request};

const KEY: &str = "sk-proj-SECRETabc/def+0123456789";
/// Where a key is planted in an answer.
const PLACE: &str = "PLACE";

/// Every encoding, by its name: the text to stand within a JSON string, as it stands in the body.
fn encodings() -> Vec<(&'static str, String)> {
    let each = |write: &dyn Fn(char) -> String| KEY.chars().map(write).collect::<String>();
    let in_json = |text: String| {
        let quoted = json!(text).to_string();
        quoted[1..quoted.len() - 1].to_owned()
    };
    let escaped = |c: char| format!("\\u{:04x}", c as u32);
    let within = format!("Bearer {KEY} and more");
    vec![
        ("plain", KEY.to_owned()),
        ("escapes of the body", each(&escaped)),
        ("escapes of the text", in_json(each(&escaped))),
        ("escapes of a text within", in_json(in_json(each(&escaped)))),
        ("one escape", KEY.replace('s', "\\u0073")),
        ("a slash", KEY.replace('/', "\\/")),
        (
            "long escapes",
            in_json(each(&|c| format!("\\U{:08x}", c as u32))),
        ),
        (
            "braces",
            in_json(each(&|c| format!("\\u{{{:x}}}", c as u32))),
        ),
        ("bytes", in_json(each(&|c| format!("\\x{:02x}", c as u32)))),
        ("address", each(&|c| format!("%{:02X}", c as u32))),
        (
            "some of an address",
            KEY.replace('/', "%2F").replace('+', "%2b"),
        ),
        ("address twice", each(&|c| format!("%25{:02x}", c as u32))),
        ("HTML", each(&|c| format!("&#{};", c as u32))),
        (
            "HTML in hexadecimal",
            each(&|c| format!("&#x{:x};", c as u32)),
        ),
        ("base64", base64(KEY.as_bytes())),
        ("base64 within", base64(within.as_bytes())),
        ("base64 behind one", base64(format!("a{KEY}").as_bytes())),
        ("hexadecimal", each(&|c| format!("{:02x}", c as u32))),
        (
            "thinking aloud",
            KEY.replace("SECRET", "SEC<think>no</think>RET"),
        ),
    ]
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let bits = three
            .iter()
            .fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte));
        let bits = bits << (8 * (3 - three.len()));
        for digit in 0..=three.len() {
            text.push(char::from(DIGITS[(bits >> (18 - 6 * digit) & 63) as usize]));
        }
    }
    while !text.len().is_multiple_of(4) {
        text.push('=');
    }
    text
}

/// An answer of a provider with the key's place in every text that it may have.
fn answer(provider: Provider, number: usize) -> String {
    // A formula that no other answer has, with the key wherever a proposal may have it; but the
    // first proposal has to parse, or there is no campaign.
    let last = match number {
        0 => String::new(),
        _ => format!(" {{\"formula\": \"{PLACE}\"}}"),
    };
    let proposal = format!(
        "{PLACE} {{\"formula\": \"x*sigmoid({}*x)\", \"name\": \"{PLACE}\", \
         \"rationale\": \"{PLACE}\"}}{last}",
        0.5 + 0.01 * number as f64
    );
    let body = match provider {
        Provider::OpenAi | Provider::Compatible | Provider::OpenRouter => json!({
            "id": PLACE, "model": PLACE, "provider": PLACE, "service_tier": PLACE,
            "system_fingerprint": PLACE,
            "choices": [{
                "finish_reason": PLACE,
                "message": {"role": PLACE, "content": proposal, "reasoning": PLACE}
            }],
            "usage": {"prompt_tokens": 2000, "completion_tokens": 90}
        }),
        Provider::OpenAiResponses => json!({
            "id": PLACE, "model": PLACE, "status": PLACE, "service_tier": PLACE,
            "incomplete_details": {"reason": PLACE},
            "output": [
                {"type": "reasoning", "summary": [{"text": PLACE}]},
                {"type": "message", "content": [{"type": "output_text", "text": proposal}]}
            ],
            "usage": {"input_tokens": 2000, "output_tokens": 90}
        }),
        Provider::Anthropic => json!({
            "id": PLACE, "model": PLACE, "stop_reason": PLACE,
            "content": [
                {"type": "thinking", "thinking": PLACE},
                {"type": "text", "text": proposal}
            ],
            "usage": {"input_tokens": 2000, "output_tokens": 90, "service_tier": PLACE}
        }),
        Provider::Gemini => json!({
            "modelVersion": PLACE, "responseId": PLACE,
            "candidates": [{"finishReason": PLACE, "content": {"parts": [{"text": proposal}]}}],
            "usageMetadata": {
                "promptTokenCount": 2000, "candidatesTokenCount": 90, "serviceTier": PLACE
            }
        }),
    };
    body.to_string()
}

/// An error with the key's place in every text.
fn fault() -> String {
    json!({"error": {
        "message": PLACE, "type": PLACE, "code": PLACE, "param": PLACE, "status": PLACE,
        "details": [{"reason": PLACE, "description": PLACE}], "metadata": {"raw": PLACE}
    }})
    .to_string()
}

/// What a server does with the request of a number: one answer or error in each encoding.
fn planted(provider: Provider, number: usize) -> String {
    let encodings = encodings();
    let (_, encoded) = &encodings[number % encodings.len()];
    // Errors come in between, of a kind that fails the attempt and one that is asked again.
    let (status, body) = match number % 7 {
        3 => ("422 Unprocessable Entity", fault()),
        5 => ("200 OK", fault()),
        _ => ("200 OK", answer(provider, number)),
    };
    let body = body.replace(PLACE, encoded);
    let header = base64(format!("Bearer {KEY}").as_bytes());
    let mut head = String::new();
    for name in [
        "x-request-id",
        "retry-after",
        "x-echo",
        "location",
        "set-cookie",
    ] {
        let _ = write!(head, "{name}: {header} {KEY}\r\n");
    }
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\n{head}content-length: {}\r\n\
         connection: close\r\n\r\n{body}",
        body.len()
    )
}

/// A server that plants; (address, requests so far).
fn server(provider: Provider) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let requests = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&requests);
    std::thread::spawn(move || {
        for mut connection in listener.incoming().map_while(Result::ok) {
            read_request(&mut connection);
            let number = count.fetch_add(1, Ordering::SeqCst);
            let _ = connection.write_all(planted(provider, number).as_bytes());
        }
    });
    (address, requests)
}

/// Where in a document a text holds the key, in whatever encoding.
fn holding(path: &str, value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) if holds_key(text) => found.push(format!("{path}: {text}")),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .for_each(|(index, item)| holding(&format!("{path}/{index}"), item, found)),
        Value::Object(fields) => fields
            .iter()
            .for_each(|(name, field)| holding(&format!("{path}/{name}"), field, found)),
        _ => {}
    }
}

fn holds_key(text: &str) -> bool {
    let forms = encodings();
    // Pieces with a markup between them are no encoding; the key is whole once that is taken out.
    text.contains(KEY)
        || forms
            .iter()
            .filter(|(name, _)| *name != "thinking aloud")
            .any(|(_, form)| text.contains(form.trim_end_matches('=')))
}

/// Every line of a text that holds the key, read as JSON where it is some.
fn in_lines(what: &str, text: &str, found: &mut Vec<String>) {
    for (number, line) in text.lines().enumerate() {
        let path = format!("{what}:{number}");
        match serde_json::from_str(line) {
            Ok(value) => holding(&path, &value, found),
            Err(_) if holds_key(line) => found.push(format!("{path}: {line}")),
            Err(_) => {}
        }
    }
}

/// All that an archive keeps, as documents.
fn documents(archive: &Path) -> Vec<(String, Value)> {
    let journal = Journal::open(archive).unwrap();
    let mut documents = Vec::new();
    for charter in journal.campaigns().unwrap() {
        let name = &charter.campaign;
        documents.push((format!("{name} charter"), json!(charter)));
        documents.push((
            format!("{name} attempts"),
            json!(journal.attempts(name).unwrap()),
        ));
        for open in journal.open_attempts(name).unwrap() {
            documents.push((
                format!("{name} open"),
                json!([open.reply, open.account, open.attempt]),
            ));
        }
        documents.push((
            format!("{name} accounts"),
            json!(journal.accounts(name).unwrap()),
        ));
    }
    documents.push((
        "check-ups".to_owned(),
        json!(journal.accounts(CHECKUPS).unwrap()),
    ));
    journal.close().unwrap();
    documents
}

#[test]
fn a_key_in_any_text_and_encoding_of_any_wire_is_recorded_and_said_nowhere() {
    let lab = tiny_lab();
    // Each reply makes two attempts.
    let most = 2 * encodings().len() + 24;
    std::thread::scope(|scope| {
        for provider in Provider::all() {
            let lab = &lab;
            scope.spawn(move || {
                let folder = folder();
                let archive = folder.path().join("archive");
                let (address, requests) = server(provider);
                let model = format!(
                    "{}:test-model@http://{address}{},price.input=1,price.output=10,\
                     max_tokens=400,key=PLANTED_KEY",
                    provider.name(),
                    below(provider)
                );
                let command = |arguments: &[&str]| -> Output {
                    let mut command = motherlode();
                    command
                        .args(arguments)
                        .arg("--archive")
                        .arg(&archive)
                        .env("PLANTED_KEY", KEY)
                        .current_dir(folder.path());
                    command.output().unwrap()
                };
                let attempts = most.to_string();
                let runs = [
                    mine(
                        lab,
                        &[
                            "--model",
                            &model,
                            "--yes",
                            "--attempts",
                            &attempts,
                            "--champions",
                            "0",
                            "--json",
                            "--name",
                            "planted",
                            "-vv",
                        ],
                    ),
                    vec!["doctor", "--model", &model, "--yes", "--json", "-vv"],
                    vec!["mine", "--resume", "planted", "--yes", "-vv"],
                    vec!["archive", "attempts", "planted", "--json"],
                    vec!["archive", "attempts", "planted"],
                    vec!["spend", "planted", "--json"],
                    vec!["prompt", "guidance", "--json"],
                    vec!["rerun", "planted", "-vv"],
                ];
                let mut found = Vec::new();
                for arguments in &runs {
                    let output = command(arguments);
                    for text in [&output.stdout, &output.stderr] {
                        let text = String::from_utf8_lossy(text);
                        in_lines(&format!("{provider:?} {}", arguments[0]), &text, &mut found);
                    }
                }
                assert!(
                    requests.load(Ordering::SeqCst) > encodings().len(),
                    "{provider:?}: each encoding came"
                );
                for (what, document) in documents(&archive) {
                    holding(&format!("{provider:?} {what}"), &document, &mut found);
                }
                for entry in std::fs::read_dir(archive.join("export")).unwrap() {
                    let path = entry.unwrap().path();
                    let text = std::fs::read_to_string(&path).unwrap();
                    in_lines(&path.display().to_string(), &text, &mut found);
                }
                found.truncate(3);
                assert!(found.is_empty(), "{provider:?}: {found:#?}");
                // What was planted did come, and stands where the key stood.
                let attempts = documents(&archive).remove(1).1.to_string();
                assert!(attempts.contains("[key]"), "{provider:?}");
            });
        }
    });
}

#[test]
fn every_encoding_is_blanked_and_what_is_not_the_key_stays() {
    let secret = Secret::new(KEY).unwrap();
    for (name, form) in encodings()
        .into_iter()
        .filter(|(name, _)| *name != "thinking aloud")
    {
        for text in [form.clone(), format!("a {form}, é{form}{form}z")] {
            let blanked = secret.redact(&text);
            assert!(!holds_key(&blanked), "{name}: {blanked}");
            let kept = text.matches('é').count();
            assert_eq!(blanked.matches('é').count(), kept, "{name}: {blanked}");
        }
    }
    for text in [
        "",
        "x*sigmoid(1.7*x)",
        "sk-proj-SECRETabc/def+012345678",
        "\\u0073k-proj",
        "100 %",
        "a & b &#",
        "\\",
        "é\\u00",
        "%2",
    ] {
        assert_eq!(secret.redact(text), text);
    }
    assert_eq!(
        Secret::new("EMPTY").unwrap().redact("EMPTY"),
        "EMPTY",
        "what local servers are given in the place of a key"
    );
}

#[test]
fn a_text_that_is_made_to_be_slow_to_search_is_not() {
    let secret = Secret::new(KEY).unwrap();
    for unit in [
        "\\",
        "\\u{",
        "%25",
        "&amp;",
        "&#0",
        "s",
        "sk-proj-SECRETabc/de",
    ] {
        let text = unit.repeat((1 << 20) / unit.len());
        assert_eq!(secret.redact(&text), text, "{unit}");
    }
}
