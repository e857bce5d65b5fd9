//! The beginning of a campaign that asks models: its first proposal comes before anything is
//! trained, and where none comes there is no campaign.

use serde_json::Value;
use wiremock::ResponseTemplate;

use super::attempts;
use super::servers::{model, model_after, proposes, says};
use crate::binary::{folder, lines, mine, run, stderr, stdout, tiny_lab};

const PROSE: &str = "Sure! A smooth gate keeps the sign of what goes in.";

#[test]
fn a_server_that_is_of_no_use_ends_it_with_one_line_before_anything_is_trained() {
    let error = |status: u16, words: &str| {
        ResponseTemplate::new(status)
            .set_body_json(serde_json::json!({"error": {"message": words}}))
    };
    let login = ResponseTemplate::new(302)
        .insert_header("location", "https://sso.example.org/login?next=models");
    for (answer, words) in [
        (error(401, "who are you"), "does not accept the key"),
        (
            error(403, "not from here"),
            "forbids the request (HTTP 403: not from here)",
        ),
        (error(404, "model `m` not found"), "knows no model m"),
        (
            error(400, "no such thing"),
            "refuses the request (HTTP 400: no such thing)",
        ),
        (
            login,
            "leads to a page for signing in, https://sso.example.org/login",
        ),
        (says(PROSE), PROSE),
        (says(""), "the reply is empty"),
    ] {
        let (_runtime, server) = model(answer);
        let (folder, lab) = (folder(), tiny_lab());
        let address = format!("compatible:m@{}/v1,free", server.uri());
        let output = run(
            folder.path(),
            &mine(&lab, &["--model", &address, "--quiet"]),
        );
        assert_eq!(output.status.code(), Some(1), "{words}");
        let said = stderr(&output);
        assert!(
            said.starts_with("error: ") && said.trim_end().lines().count() == 1,
            "{words}: {said}"
        );
        assert!(
            said.contains(words) && said.contains("No campaign was begun"),
            "{said}"
        );
        assert!(
            !said.contains("HTTP 403") || !said.contains("the key may not"),
            "{said}"
        );
        assert!(stdout(&output).is_empty() && !folder.path().join("archive").exists());
    }
    let (folder, lab) = (folder(), tiny_lab());
    let gone = "compatible:m@http://127.0.0.1:1/v1,free";
    let output = run(folder.path(), &mine(&lab, &["--model", gone, "--quiet"]));
    assert_eq!(output.status.code(), Some(1));
    let said = stderr(&output);
    assert!(said.contains("nothing listens at 127.0.0.1:1"), "{said}");
    assert!(!folder.path().join("archive").exists());
}

#[test]
fn a_first_proposal_that_does_not_parse_even_when_sent_back_begins_nothing() {
    for (formula, is_begun) in [
        ("x*sigmoid(", false),
        ("a smooth gate", false),
        ("x*frobnicate(x)", false),
        // The language knows it and forbids it here: an attempt like another.
        ("x*mean(x)", true),
    ] {
        let (runtime, server) = model(proposes(formula));
        let (folder, lab) = (folder(), tiny_lab());
        let address = format!("compatible:m@{}/v1,free", server.uri());
        let options = ["--model", &address, "--attempts", "1", "--json"];
        let output = run(folder.path(), &mine(&lab, &options));
        let archive = folder.path().join("archive");
        assert_eq!(archive.exists(), is_begun, "{formula}: {}", stderr(&output));
        if is_begun {
            continue;
        }
        assert_eq!(output.status.code(), Some(1), "{formula}");
        let requests = runtime.block_on(server.received_requests()).unwrap();
        assert_eq!(requests.len(), 2, "{formula}: asked once, and once more");
        let said = stderr(&output);
        assert!(
            said.contains("does not parse") && said.contains(formula),
            "{said}"
        );
        let end = lines(&output).pop().unwrap();
        assert_eq!(end["stop_reason"], "unreadable_replies", "{end}");
    }
}

#[test]
fn the_first_proposal_is_attempt_1_and_is_asked_for_once() {
    let (_runtime, server) = model_after(
        vec![proposes("x*sigmoid(1.7*x)"), proposes("x*sigmoid(1.8*x)")],
        proposes("x*sigmoid(1.9*x)"),
    );
    let (folder, lab) = (folder(), tiny_lab());
    let address = format!("compatible:m@{}/v1,free", server.uri());
    let options = [
        "--model",
        &address,
        "--attempts",
        "3",
        "--name",
        "asked",
        "--json",
    ];
    let output = run(folder.path(), &mine(&lab, &options));
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let requests = _runtime.block_on(server.received_requests()).unwrap();
    assert_eq!(requests.len(), 3, "one an attempt");
    let made = attempts(folder.path(), "asked");
    let first: &Value = &made[0];
    assert_eq!(first["formula"], "x * sigmoid(1.7 * x)", "{first}");
    let started = &lines(&output)[0];
    assert_eq!(
        (
            &started["event"],
            &started["round_trips"]["models"][0]["ok"]
        ),
        (&"started".into(), &true.into())
    );
    assert_eq!(started["round_trips"]["outlook"]["proposals"], 2);
    let body = |index: usize| String::from_utf8(requests[index].body.clone()).unwrap();
    assert!(
        body(0).contains("fitness not measured yet"),
        "nothing is measured then"
    );
    assert!(!body(2).contains("not measured yet"));

    let options = ["--model", &address, "--attempts", "1", "--name", "second"];
    let output = run(folder.path(), &mine(&lab, &options));
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let requests = _runtime.block_on(server.received_requests()).unwrap();
    let last = String::from_utf8(requests.last().unwrap().body.clone()).unwrap();
    assert!(
        !last.contains("not measured yet"),
        "the first campaign has measured them"
    );
}

#[test]
fn a_model_of_an_ensemble_that_is_of_no_use_is_told_of_and_the_others_go_on() {
    let (_runtime, server) = model(proposes("x*sigmoid(1.7*x)"));
    let (folder, lab) = (folder(), tiny_lab());
    let address = format!("compatible:m@{}/v1,free", server.uri());
    let gone = "compatible:gone@http://127.0.0.1:1/v1,free";
    let options = [
        "--model",
        gone,
        "--model",
        &address,
        "--attempts",
        "4",
        "--name",
        "asked",
    ];
    let output = run(folder.path(), &mine(&lab, &options));
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(
        said.contains("gone@http://127.0.0.1:1/v1 proposes nothing"),
        "{said}"
    );
    assert_eq!(attempts(folder.path(), "asked").len(), 4);
}

#[test]
fn five_replies_in_a_row_without_a_formula_pause_a_campaign_and_one_is_shown() {
    let (_runtime, server) = model_after(vec![proposes("x*sigmoid(1.7*x)")], says(PROSE));
    let (folder, lab) = (folder(), tiny_lab());
    let address = format!("compatible:m@{}/v1,free", server.uri());
    let options = [
        "--model",
        &address,
        "--attempts",
        "50",
        "--name",
        "asked",
        "--json",
    ];
    let output = run(folder.path(), &mine(&lab, &options));
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let finished = lines(&output).pop().unwrap();
    assert_eq!(finished["stop_reason"], "unreadable_replies");
    let detail = finished["stop_detail"].as_str().unwrap();
    assert!(
        detail.contains("5 replies in a row")
            && detail.contains(PROSE)
            && detail.contains("prompt show --campaign asked --attempt 6"),
        "{detail}"
    );
    let made = attempts(folder.path(), "asked").len();
    assert!((6..20).contains(&made), "{made}");
    let again = run(folder.path(), &["mine", "--resume", "asked", "--json"]);
    assert_eq!(again.status.code(), Some(1));
    assert!(
        attempts(folder.path(), "asked").len() > made,
        "each resume gets on"
    );
}

#[test]
fn warnings_of_one_kind_are_told_once_as_a_sentence_and_counted() {
    let (_runtime, server) = model_after(
        (0..20)
            .map(|number| match number % 3 {
                0 | 2 => proposes(&format!("x*sigmoid(1.{number}*x)")),
                _ => ResponseTemplate::new(400).set_body_string(format!("bad luck {number}")),
            })
            .collect(),
        proposes("x*sigmoid(3.5*x)"),
    );
    let (folder, lab) = (folder(), tiny_lab());
    let address = format!("compatible:m@{}/v1,free", server.uri());
    let options = ["--model", &address, "--attempts", "9", "--name", "asked"];
    let output = run(folder.path(), &mine(&lab, &options));
    let said = stderr(&output);
    let warnings = said
        .lines()
        .filter(|line| line.starts_with("warning: "))
        .count();
    assert_eq!(warnings, 1, "{said}");
    assert!(
        said.contains("this kind of warning came 3 times: attempt "),
        "{said}"
    );
    assert!(!said.contains("WARN"), "{said}");
}
