//! Keys: where they come from, where they go, and where they never appear.

use motherlode::attempt::Rejection;
use motherlode::proposer::llm::address::Provider;
use motherlode::proposer::llm::{Llm, Patience};
use motherlode::proposer::Proposer;
use wiremock::ResponseTemplate;

use super::servers::{ask, asking, fails, formula, free, llm, quick, Server, KEY};

#[test]
fn a_server_without_a_key_is_sent_none() {
    let server = Server::answering(vec![formula(Provider::Compatible)]);
    ask(&Llm::new(&asking(vec![free(&server.model(Provider::Compatible))]), &|_| None, quick(), 8).unwrap()).0.unwrap();
    assert!(!server.requests()[0].headers.contains_key("authorization"));
}

#[test]
fn the_key_appears_in_no_error_and_in_no_record() {
    let echo = format!("you sent {KEY}");
    for status in [400, 401, 402, 403, 404, 413, 418, 429, 500] {
        let refusal = fails(status, &echo, &echo).insert_header("location", echo.as_str()).insert_header("retry-after", "200");
        let server = Server::answering(vec![refusal]);
        let (answer, purse) = ask(&llm(vec![free(&server.model(Provider::OpenAi))]));
        let text = format!("{answer:?} {:?}", purse.notes());
        assert!(!text.contains(KEY), "HTTP {status}: {text}");
    }
    let server = Server::answering(vec![ResponseTemplate::new(302).insert_header("location", format!("http://other/?key={KEY}").as_str())]);
    let (answer, purse) = ask(&llm(vec![free(&server.model(Provider::OpenAi))]));
    assert!(!format!("{answer:?} {:?}", purse.notes()).contains(KEY));
    let escaped = format!("{{\"choices\":[{{\"message\":{{\"content\":\"{KEY} \\u0073{}\"}}}}]}}", &KEY[1..]);
    let server = Server::answering(vec![ResponseTemplate::new(200).set_body_string(escaped)]);
    let llm = llm(vec![free(&server.model(Provider::OpenAi))]);
    let (reply, purse) = ask(&llm);
    let reply = reply.unwrap();
    assert_eq!(reply.text, "[key] [key]");
    assert!(!format!("{reply:?} {:?} {:?}", llm.read(&reply), purse.notes()).contains(KEY));
    assert!(matches!(llm.read(&reply), Err(Rejection::Unreadable { .. })));
}

#[test]
fn a_missing_key_is_named_before_anything_is_asked() {
    for found in [None, Some("  ".to_owned())] {
        let variable = |name: &str| {
            assert_eq!(name, "OPENAI_API_KEY");
            found.clone()
        };
        let error = Llm::new(&asking(vec![free("openai:gpt-5")]), &variable, quick(), 8).err().unwrap();
        assert_eq!(error.to_string(), "openai:gpt-5 needs an API key: set the environment variable OPENAI_API_KEY");
    }
    let malformed = Llm::new(&asking(vec![free("openai:gpt-5")]), &|_| Some("sk-secret\nkey-0".to_owned()), quick(), 8).err().unwrap();
    assert!(!malformed.to_string().contains("secret"), "{malformed}");
}

#[test]
fn a_client_for_https_can_be_built() {
    assert!(Llm::new(&asking(vec![free("openai:gpt-5")]), &|_| Some(KEY.to_owned()), Patience::default(), 8).is_ok());
}
