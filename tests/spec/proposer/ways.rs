//! Ways to servers: what is this machine, which proxy is in between, and what is said where a way
//! does not lead to a model.

use std::io::{Read, Write};
use std::net::TcpListener;

use motherlode::proposer::llm::http::way::Way;
use motherlode::proposer::llm::Llm;

use super::servers::{asking, free, quick, KEY};
use crate::binary::{document, folder, motherlode, stderr};

#[test]
fn a_key_goes_to_this_machine_in_the_clear_and_to_no_other() {
    for (host, is_own) in [
        ("localhost", true),
        ("localhost.", true),
        ("models.localhost", true),
        ("LOCALHOST", true),
        ("127.0.0.1", true),
        ("127.8.9.10", true),
        ("[::1]", true),
        ("[::ffff:127.0.0.1]", true),
        ("0.0.0.0", true),
        ("[::]", true),
        ("10.0.0.1", false),
        ("localhost.example.org", false),
        ("notlocalhost", false),
        ("0.0.0.1", false),
    ] {
        let setting = free(&format!("compatible:m@http://{host}:1234/v1"));
        let llm = Llm::new(
            &asking(vec![setting]),
            &|_| Some(KEY.to_owned()),
            quick(),
            8,
        );
        assert_eq!(llm.is_ok(), is_own, "{host}: {:?}", llm.err());
    }
}

#[test]
fn an_address_that_has_no_such_path_is_told_what_is_wrong_with_it() {
    let doubt = |base: &str, path: &str| {
        let (base, path) = (base.to_owned(), path.to_owned());
        Way {
            base,
            path,
            ..Way::default()
        }
        .doubt()
    };
    let (chat, messages) = ("/chat/completions", "/v1/messages");
    for (base, path, expected) in [
        ("http://h:1", chat, "; it has no /v1: try http://h:1/v1"),
        (
            "http://h:1/api",
            chat,
            "; it has no /v1: try http://h:1/api/v1",
        ),
        (
            "http://h:1",
            "/responses",
            "; it has no /v1: try http://h:1/v1",
        ),
        (
            "http://h:1/v1/v1",
            chat,
            "; it has /v1 twice: try http://h:1/v1",
        ),
        (
            "http://h:1/v1",
            messages,
            "; it has /v1 twice with the path below it: try http://h:1",
        ),
        (
            "http://h:1/v1/models",
            chat,
            "; the address ends before /models: try http://h:1/v1",
        ),
        ("http://h:1/v1", chat, ""),
        ("https://h/api/v1", chat, ""),
        ("https://h/v1beta/openai", chat, ""),
        ("http://h:1", messages, ""),
    ] {
        assert_eq!(doubt(base, path), expected, "{base} {path}");
    }
}

#[test]
fn a_redirect_to_a_page_for_signing_in_is_told_from_one_to_another_address() {
    let way = Way {
        base: "http://h/v1".to_owned(),
        path: "/chat/completions".to_owned(),
        ..Way::default()
    };
    for (location, expected) in [
        (
            "/login?next=/v1/chat/completions",
            "page for signing in, /login, ",
        ),
        ("https://accounts.google.com/o/x", "page for signing in"),
        (
            "https://login.microsoftonline.com/common",
            "page for signing in",
        ),
        (
            "https://team.cloudflareaccess.com/cdn",
            "page for signing in",
        ),
        (
            "https://h/v1/chat/completions",
            "write https://h/v1 as its address",
        ),
        (
            "https://other/",
            "redirects to https://other/: write the final address",
        ),
    ] {
        let said = way.redirected(Some(location));
        assert!(said.contains(expected), "{location}: {said}");
    }
    assert!(way.redirected(None).contains("does not say where to"));
}

/// A proxy that answers every request so; its address.
fn proxy(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for mut connection in listener.incoming().map_while(Result::ok) {
            let _ = connection.read(&mut [0; 1 << 16]);
            let _ = connection.write_all(answer.as_bytes());
        }
    });
    address.to_string()
}

/// What the doctor finds of a model at an address, with variables of the environment.
fn found(model: &str, variables: &[(&str, &str)]) -> String {
    let folder = folder();
    let mut command = motherlode();
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"] {
        command.env_remove(name).env_remove(name.to_lowercase());
    }
    command
        .args(["doctor", "--json", "--model", model, "--archive"])
        .arg(folder.path().join("archive"))
        .envs(variables.iter().copied());
    let output = command.output().unwrap();
    assert_eq!(
        output.status.code(),
        Some(1),
        "{model}: {}",
        stderr(&output)
    );
    let wrong: Vec<String> = document(&output)["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["ok"] == false)
        .map(|row| row["found"].as_str().unwrap().to_owned())
        .collect();
    wrong.join("\n")
}

#[test]
fn a_proxy_is_named_in_what_fails_and_its_answers_are_told_from_the_servers() {
    let plain = "compatible:m@http://models.example.org/v1,free";
    let secure = "compatible:m@https://models.example.org/v1,free";
    let want = "HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: Basic\r\n\
        content-length: 0\r\nconnection: close\r\n\r\n";
    let squid = "HTTP/1.1 403 Forbidden\r\nx-squid-error: ERR_ACCESS_DENIED 0\r\n\
        content-length: 0\r\nconnection: close\r\n\r\n";
    let page = "HTTP/1.1 403 Forbidden\r\ncontent-type: text/html\r\ncontent-length: 13\r\n\
        connection: close\r\n\r\n<html></html>";
    let own = "HTTP/1.1 403 Forbidden\r\ncontent-length: 28\r\nconnection: close\r\n\r\n\
        {\"error\": {\"message\": \"no\"}}";
    for (model, variable, answer, words) in [
        (
            plain,
            "HTTP_PROXY",
            want,
            "not the server, wants a user and a password (HTTP 407)",
        ),
        (
            plain,
            "http_proxy",
            squid,
            "not the server, forbids this address (HTTP 403",
        ),
        (
            plain,
            "ALL_PROXY",
            page,
            "not the server, forbids this address (HTTP 403",
        ),
        (
            plain,
            "all_proxy",
            own,
            "the server forbids the request (HTTP 403: no), through the",
        ),
        (
            secure,
            "HTTPS_PROXY",
            want,
            "the proxy wants a user and a password",
        ),
        (
            secure,
            "https_proxy",
            squid,
            "the proxy, not the server, refuses to connect to",
        ),
    ] {
        let proxy = proxy(answer);
        let value = format!("http://user:word0123456789@{proxy}");
        let said = found(model, &[(variable, &value)]);
        assert!(said.contains(words), "{variable}: {said}");
        let named = format!("the proxy http://{proxy} ({variable})");
        assert!(said.contains(&named), "{variable}: {said}");
        assert!(!said.contains("word0123456789"), "{variable}: {said}");
    }
    for gone in [
        "http://127.0.0.1:1",
        "socks5h://127.0.0.1:1",
        "socks5://127.0.0.1:1",
    ] {
        let said = found(plain, &[("ALL_PROXY", gone)]);
        assert!(said.contains(&format!("the proxy {gone}")), "{said}");
    }
}

#[test]
fn what_is_no_proxy_is_refused_at_once_and_what_no_proxy_lists_or_is_this_machine_needs_none() {
    let plain = "compatible:m@http://models.invalid:1/v1,free";
    for value in [
        "ftp://user:word0123@h:1",
        "http://",
        "http://h:port",
        "not a proxy",
    ] {
        let said = found(plain, &[("HTTP_PROXY", value)]);
        assert!(
            said.contains("HTTP_PROXY holds no address of a proxy"),
            "{value}: {said}"
        );
        assert!(!said.contains("word0123"), "{said}");
    }
    for (model, none) in [
        (plain, "models.invalid"),
        (plain, ".invalid, other"),
        (plain, "*"),
        ("compatible:m@http://127.0.0.1:1/v1,free", ""),
        ("compatible:m@http://0.0.0.0:1/v1,free", ""),
        ("compatible:m@http://models.localhost:1/v1,free", ""),
    ] {
        let said = found(
            model,
            &[("HTTP_PROXY", "http://127.0.0.1:2"), ("NO_PROXY", none)],
        );
        assert!(
            !said.contains("through the proxy"),
            "{model} {none}: {said}"
        );
        let reason = match model == plain {
            true => "cannot be resolved",
            false => "nothing listens at",
        };
        assert!(said.contains(reason), "{model} {none}: {said}");
    }
}

#[test]
fn https_to_a_port_of_http_is_told_in_words() {
    let answer = "HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    let said = found(
        &format!("compatible:m@https://{}/v1,free", proxy(answer)),
        &[],
    );
    assert!(said.contains("does not speak TLS: write http://"), "{said}");
    let tls = "\x15\x03\x01\x00\x02\x02\x46";
    let said = found(&format!("compatible:m@http://{}/v1,free", proxy(tls)), &[]);
    assert!(
        said.contains("where it speaks TLS, write https://"),
        "{said}"
    );
    let nginx = "HTTP/1.1 400 Bad Request\r\ncontent-length: 60\r\nconnection: close\r\n\r\n\
        The plain HTTP request was sent to HTTPS port, says the page";
    let said = found(
        &format!("compatible:m@http://{}/v1,free", proxy(nginx)),
        &[],
    );
    assert!(said.contains("speaks TLS at this port"), "{said}");
}
