//! Keys: where they come from, where they go, and where they never appear.

use motherlode::proposer::llm::address::Provider;
use motherlode::proposer::llm::{Llm, Patience};
use motherlode::proposer::Proposer;
use motherlode::record::attempt::Rejection;
use motherlode::record::charter::ModelSetting;
use wiremock::ResponseTemplate;

use super::servers::{ask, asking, fails, formula, free, llm, quick, Server, ANSWER, KEY};

/// Everything of a request but the header that is to carry the key.
fn all_but(request: &wiremock::Request, header: &str) -> String {
    let headers: Vec<String> = request
        .headers
        .iter()
        .filter(|(name, _)| name.as_str() != header)
        .map(|pair| format!("{pair:?}"))
        .collect();
    format!(
        "{} {} {}",
        request.url,
        headers.join("\n"),
        String::from_utf8_lossy(&request.body)
    )
}

#[test]
fn each_provider_is_asked_on_its_own_path_with_the_key_in_its_own_header_and_nowhere_else() {
    let bearer = format!("Bearer {KEY}");
    for (provider, path, header, value) in [
        (
            Provider::OpenAi,
            "/v1/chat/completions",
            "authorization",
            bearer.as_str(),
        ),
        (
            Provider::OpenAiResponses,
            "/v1/responses",
            "authorization",
            &bearer,
        ),
        (
            Provider::OpenRouter,
            "/api/v1/chat/completions",
            "authorization",
            &bearer,
        ),
        (
            Provider::Compatible,
            "/v1/chat/completions",
            "authorization",
            &bearer,
        ),
        (Provider::Anthropic, "/v1/messages", "x-api-key", KEY),
        (
            Provider::Gemini,
            "/v1beta/models/test-model:generateContent",
            "x-goog-api-key",
            KEY,
        ),
    ] {
        let server = Server::answering(vec![formula(provider)]);
        let (reply, _) = ask(&llm(vec![free(&server.model(provider))]));
        assert_eq!(reply.unwrap().text, ANSWER, "{provider:?}");
        let requests = server.requests();
        let request = &requests[0];
        assert_eq!(
            (request.url.path(), request.url.query()),
            (path, None),
            "{provider:?}"
        );
        assert_eq!(request.headers[header], value, "{provider:?}");
        assert!(!all_but(request, header).contains(KEY), "{provider:?}");
        let version = request
            .headers
            .get("anthropic-version")
            .map(|version| version.to_str().unwrap());
        assert_eq!(
            version,
            (provider == Provider::Anthropic).then_some("2023-06-01"),
            "{provider:?}"
        );
        assert_eq!(request.headers["content-type"], "application/json");
        assert!(request.headers["user-agent"]
            .to_str()
            .unwrap()
            .starts_with("motherlode/"));
    }
}

#[test]
fn a_key_comes_from_its_providers_variable_or_from_the_one_that_is_named() {
    for (provider, named, expected) in [
        (Provider::OpenAi, None, "OPENAI_API_KEY"),
        (Provider::OpenAiResponses, None, "OPENAI_API_KEY"),
        (Provider::Anthropic, None, "ANTHROPIC_API_KEY"),
        (Provider::Gemini, None, "GEMINI_API_KEY"),
        (Provider::OpenRouter, None, "OPENROUTER_API_KEY"),
        (Provider::Compatible, None, "MOTHERLODE_COMPATIBLE_API_KEY"),
        (Provider::OpenAi, Some("WORK_KEY"), "WORK_KEY"),
        (Provider::Compatible, Some("WORK_KEY"), "WORK_KEY"),
    ] {
        let server = Server::answering(vec![formula(provider)]);
        let setting = ModelSetting {
            key_variable: named.map(str::to_owned),
            ..free(&server.model(provider))
        };
        let variable = |name: &str| (name == expected).then(|| format!(" {KEY}\n"));
        let llm = Llm::new(&asking(vec![setting]), &variable, quick(), 8).unwrap();
        assert!(
            llm.models()[0].has_key() && llm.models()[0].key_variable() == expected,
            "{provider:?} {named:?}"
        );
        ask(&llm).0.unwrap();
        assert!(
            format!("{:?}", server.requests()[0].headers).contains(KEY),
            "without the blanks around it"
        );
    }
    let named = ModelSetting {
        key_variable: Some("WORK_KEY".to_owned()),
        ..free("compatible:m@http://localhost:1/v1")
    };
    let error = Llm::new(&asking(vec![named]), &|_| None, quick(), 8)
        .err()
        .expect("a key that is named has to be there");
    assert!(
        error
            .to_string()
            .contains("set the environment variable WORK_KEY"),
        "{error}"
    );
}

#[test]
fn each_model_of_an_ensemble_is_sent_its_own_key_alone() {
    let (first, second) = (
        Server::answering(vec![fails(503, "", "busy")]),
        Server::answering(vec![formula(Provider::Anthropic)]),
    );
    let variable = |name: &str| Some(format!("key-of-{name}-0123456789"));
    let models = vec![
        free(&first.model(Provider::OpenAi)),
        free(&second.model(Provider::Anthropic)),
    ];
    ask(&Llm::new(&asking(models), &variable, quick(), 8).unwrap())
        .0
        .unwrap();
    for (server, own, other) in [
        (&first, "OPENAI_API_KEY", "ANTHROPIC_API_KEY"),
        (&second, "ANTHROPIC_API_KEY", "OPENAI_API_KEY"),
    ] {
        let requests = server.requests();
        let sent = format!(
            "{:?}",
            requests
                .iter()
                .map(|request| &request.headers)
                .collect::<Vec<_>>()
        );
        assert!(
            !requests.is_empty() && sent.contains(own) && !sent.contains(other),
            "{sent}"
        );
    }
}

#[test]
fn a_server_without_a_key_is_sent_none() {
    let server = Server::answering(vec![formula(Provider::Compatible)]);
    ask(&Llm::new(
        &asking(vec![free(&server.model(Provider::Compatible))]),
        &|_| None,
        quick(),
        8,
    )
    .unwrap())
    .0
    .unwrap();
    assert!(!server.requests()[0].headers.contains_key("authorization"));
}

#[test]
fn the_key_appears_in_no_error_and_in_no_record() {
    let echo = format!("you sent {KEY}");
    for status in [400, 401, 402, 403, 404, 413, 418, 429, 500] {
        let refusal = fails(status, &echo, &echo)
            .insert_header("location", echo.as_str())
            .insert_header("retry-after", "200");
        let server = Server::answering(vec![refusal]);
        let (answer, purse) = ask(&llm(vec![free(&server.model(Provider::OpenAi))]));
        let text = format!("{answer:?} {:?}", purse.notes());
        assert!(!text.contains(KEY), "HTTP {status}: {text}");
    }
    let server = Server::answering(vec![ResponseTemplate::new(302)
        .insert_header("location", format!("http://other/?key={KEY}").as_str())]);
    let (answer, purse) = ask(&llm(vec![free(&server.model(Provider::OpenAi))]));
    assert!(!format!("{answer:?} {:?}", purse.notes()).contains(KEY));
    let escaped = format!(
        "{{\"choices\":[{{\"message\":{{\"content\":\"{KEY} \\u0073{}\"}}}}]}}",
        &KEY[1..]
    );
    let server = Server::answering(vec![ResponseTemplate::new(200).set_body_string(escaped)]);
    let llm = llm(vec![free(&server.model(Provider::OpenAi))]);
    let (reply, purse) = ask(&llm);
    let reply = reply.unwrap();
    assert_eq!(reply.text, "[key] [key]");
    assert!(!format!("{reply:?} {:?} {:?}", llm.read(&reply, 1), purse.notes()).contains(KEY));
    assert!(matches!(
        llm.read(&reply, 1),
        Err(Rejection::Unreadable { .. })
    ));
}

#[test]
fn a_missing_key_is_named_before_anything_is_asked() {
    for found in [None, Some("  ".to_owned())] {
        let variable = |name: &str| {
            assert_eq!(name, "OPENAI_API_KEY");
            found.clone()
        };
        let error = Llm::new(&asking(vec![free("openai:gpt-5")]), &variable, quick(), 8)
            .err()
            .unwrap();
        assert_eq!(
            error.to_string(),
            "openai:gpt-5 needs an API key: set the environment variable OPENAI_API_KEY"
        );
    }
    let malformed = Llm::new(
        &asking(vec![free("openai:gpt-5")]),
        &|_| Some("sk-secret\nkey-0".to_owned()),
        quick(),
        8,
    )
    .err()
    .unwrap();
    assert!(!malformed.to_string().contains("secret"), "{malformed}");
}

#[test]
fn a_providers_key_is_not_sent_in_the_clear_unless_the_user_names_its_variable() {
    for base in ["http://example.org/v1", "http://10.0.0.1:8000/v1"] {
        let address = format!("compatible:m@{base}");
        let new = |setting: ModelSetting, key: Option<&str>| {
            let key = key.map(str::to_owned);
            Llm::new(&asking(vec![setting]), &|_| key.clone(), quick(), 8)
        };
        let error = new(free(&address), Some(KEY))
            .err()
            .expect("anyone on the way can read it")
            .to_string();
        assert!(
            error.contains("MOTHERLODE_COMPATIBLE_API_KEY") && !error.contains(KEY),
            "{error}"
        );
        assert!(
            new(free(&address), None).is_ok(),
            "without a key there is nothing to read"
        );
        assert!(new(
            ModelSetting {
                key_variable: Some("MINE".to_owned()),
                ..free(&address)
            },
            Some(KEY)
        )
        .is_ok());
        assert!(new(free(&address.replace("http:", "https:")), Some(KEY)).is_ok());
    }
}

#[test]
fn a_client_for_https_can_be_built() {
    assert!(Llm::new(
        &asking(vec![free("openai:gpt-5")]),
        &|_| Some(KEY.to_owned()),
        Patience::default(),
        8
    )
    .is_ok());
}
