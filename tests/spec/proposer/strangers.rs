//! An answer that no model gave is quoted, and told apart in words that say what to do.

use motherlode::proposer::llm::address::Provider;
use motherlode::proposer::{Proposer, Unanswered};
use serde_json::json;
use wiremock::ResponseTemplate;

use super::servers::{ask, free, llm, paid, Server, KEY};

fn answer(body: &str, kind: &str) -> String {
    let template = ResponseTemplate::new(200).set_body_raw(body, kind);
    let server = Server::answering(vec![template]);
    match ask(&llm(vec![paid(&server.model(Provider::OpenAi))])).0 {
        Err(Unanswered::Failed(reason)) => reason,
        other => panic!("{body}: {other:?}"),
    }
}

#[test]
fn a_login_page_a_proxys_page_a_wrong_port_and_another_service_are_told_apart() {
    for (body, kind, words, quote) in [
        (
            "<!DOCTYPE html>\n<html><form><input type=\"password\"></form></html>",
            "text/html; charset=utf-8",
            "login page: sign in",
            "<!DOCTYPE html> <html><form>",
        ),
        (
            "<html><title>Sign In - Contoso SSO</title></html>",
            "text/html",
            "login page: sign in",
            "<html><title>Sign In",
        ),
        (
            "<html><body>ERROR: Access Denied by Squid</body></html>",
            "text/html",
            "page of a proxy or firewall",
            "<html><body>ERROR",
        ),
        (
            "<html><h1>Welcome to nginx!</h1></html>",
            "text/html",
            "a web page: check the address's host, port and path (often /v1 is missing)",
            "Welcome to nginx!",
        ),
        (
            "Ollama is running",
            "text/plain",
            "text of another service",
            "Ollama is running",
        ),
        (
            r#"{"name": "elasticsearch", "tagline": "You Know, for Search"}"#,
            "application/json",
            "JSON of another API or service",
            r#"{"name": "elasticsearch""#,
        ),
        ("", "text/plain", "it is empty", "text/plain"),
        (
            "data: {\"choices\": [{\"delta\": {\"content\": \"{\"}}]}\n\n",
            "text/event-stream",
            "broke off before the answer's end",
            "data: {\"choices\"",
        ),
    ] {
        let reason = answer(body, kind);
        assert!(reason.contains(words), "{body}: {reason}");
        assert!(reason.contains(quote), "{body}: {reason}");
        assert!(reason.contains(kind), "{body}: {reason}");
    }
}

#[test]
fn what_is_quoted_is_one_short_line_without_keys_and_control_characters() {
    let body = format!("<html>\n\u{1b}[2J\t{KEY} {}", "é".repeat(5000));
    let reason = answer(&body, &format!("text/html; {}", "x".repeat(500)));
    assert!(
        reason.chars().count() < 400
            && !reason.contains(char::is_control)
            && !reason.contains(KEY)
            && reason.contains("[key]"),
        "{reason}"
    );
}

#[test]
fn a_body_is_read_in_the_writing_that_it_has() {
    let body = |words: &str| {
        let answer = format!("{{\"formula\": \"x*tanh(x)\", \"name\": \"{words}\"}}");
        json!({"choices": [{"message": {"content": answer}, "finish_reason": "stop"}]}).to_string()
    };
    let plain = body("über").into_bytes();
    let marked = [&[0xef, 0xbb, 0xbf], &plain[..]].concat();
    let wide = |unit: fn(u16) -> [u8; 2], mark: [u8; 2]| -> Vec<u8> {
        let text = body("über");
        mark.into_iter()
            .chain(text.encode_utf16().flat_map(unit))
            .collect()
    };
    let latin: Vec<u8> = body("über").chars().map(|sign| sign as u8).collect();
    for (bytes, kind, name) in [
        (plain, "application/json", "über"),
        (marked, "application/json; charset=utf-8", "über"),
        (
            wide(u16::to_le_bytes, [0xff, 0xfe]),
            "application/json",
            "über",
        ),
        (
            wide(u16::to_be_bytes, [0xfe, 0xff]),
            "application/json",
            "über",
        ),
        (
            latin.clone(),
            "application/json; charset=ISO-8859-1",
            "über",
        ),
        (latin, "application/json", "\u{fffd}ber"),
    ] {
        let template = ResponseTemplate::new(200).set_body_raw(bytes, kind);
        let server = Server::answering(vec![template]);
        let llm = llm(vec![free(&server.model(Provider::OpenAi))]);
        let found = llm.read(&ask(&llm).0.unwrap(), 1).unwrap().swap_remove(0);
        assert_eq!(found.proposal.formula, "x*tanh(x)", "{kind}");
        assert_eq!(found.proposal.name.as_deref(), Some(name), "{kind}");
    }
}
