//! Guidance: prompts that models improve, and what an earlier run paid for.

use motherlode::numerics::stop::Stop;
use motherlode::proposer::llm::address::Provider;
use motherlode::proposer::reply::{guidance, LONGEST_REPLY};
use motherlode::proposer::{Brief, Llm, Proposer, Unanswered};
use motherlode::record::attempt::{Guidance, GuidanceResult, Reply};
use motherlode::record::ledger::{Call, CallOutcome, Purpose};
use serde_json::Value;

use super::brief;
use super::purse::Notebook;
use super::servers::{begins, fails, formula, free, llm, paid, raw_server, says, Server, ANSWER};

const WRITTEN: &str = "Keep the left tail near -0.1.";
const REPLY: &str = r#"Let me think. {"guidance": "Keep the left tail near -0.1."}"#;

/// A brief before whose attempt better guidance is to be written.
fn due() -> Brief {
    let so_far = GuidanceResult {
        guidance: Some(Guidance::of("Try waves.")),
        attempts: 9,
        gain: 0.0,
    };
    Brief {
        guidance: Some(Guidance::of("Try waves.")),
        guidance_record: Some(vec![so_far]),
        ..brief(25)
    }
}

fn asked(llm: &Llm, brief: &Brief) -> (Result<Reply, Unanswered>, Notebook) {
    let purse = Notebook::generous();
    let response = llm.ask(brief, &purse, &Stop::new());
    (response.map(|response| response.reply), purse)
}

/// Our last words in a request.
fn question(body: &Value) -> &str {
    body["messages"].as_array().unwrap().last().unwrap()["content"]
        .as_str()
        .unwrap()
}

fn purposes(purse: &Notebook) -> Vec<Purpose> {
    purse.calls().iter().map(|call| call.purpose).collect()
}

#[test]
fn guidance_is_asked_for_first_and_stands_in_the_prompt_that_follows() {
    let server = Server::answering(vec![
        says(Provider::OpenAi, REPLY),
        formula(Provider::OpenAi),
    ]);
    let (reply, purse) = asked(&llm(vec![paid(&server.model(Provider::OpenAi))]), &due());
    let reply = reply.unwrap();
    assert_eq!(
        (reply.text.as_str(), reply.written_guidance.as_deref()),
        (ANSWER, Some(WRITTEN))
    );
    let bodies = server.bodies();
    assert!(
        question(&bodies[0]).contains("# Guidance that the prompts of this search held so far")
            && question(&bodies[0]).contains("Try waves.")
    );
    let schema = &bodies[0]["response_format"]["json_schema"]["schema"];
    assert_eq!(
        schema["properties"],
        serde_json::json!({"guidance": {"type": "string"}})
    );
    assert!(
        question(&bodies[1]).starts_with(&format!(
            "# What this search has learnt to do\n\n{WRITTEN}\n"
        )),
        "{}",
        question(&bodies[1])
    );
    assert!(reply.prompt.contains(WRITTEN) && !reply.prompt.contains("Try waves."));
    assert_eq!(purposes(&purse), [Purpose::Guidance, Purpose::Propose]);
    let words = purse.calls()[0].exchange.clone().unwrap();
    assert_eq!(
        (
            words.text.as_str(),
            words.prompt.ends_with(question(&bodies[0]))
        ),
        (REPLY, true)
    );
    assert_eq!(
        bodies[0]["messages"][0], bodies[1]["messages"][0],
        "both begin with the part that providers cache"
    );
}

#[test]
fn a_brief_without_a_record_is_asked_no_guidance() {
    let server = Server::answering(vec![formula(Provider::OpenAi)]);
    let (reply, purse) = asked(
        &llm(vec![free(&server.model(Provider::OpenAi))]),
        &Brief {
            guidance_record: None,
            ..due()
        },
    );
    let reply = reply.unwrap();
    assert_eq!((reply.written_guidance, purse.calls().len()), (None, 1));
    assert!(
        reply.prompt.contains("Try waves."),
        "the guidance that was drawn for it stands in its prompt"
    );
}

#[test]
fn guidance_that_cannot_be_read_or_did_not_come_is_none_and_the_attempt_goes_on() {
    for (answer, outcome) in [
        (
            says(Provider::OpenAi, "I would write simple functions."),
            CallOutcome::Answered,
        ),
        (
            says(Provider::OpenAi, r#"{"guidance": ""}"#),
            CallOutcome::Answered,
        ),
        (says(Provider::OpenAi, ANSWER), CallOutcome::Answered),
        (
            begins(Provider::OpenAi, r#"{"guidance": "Keep the"#),
            CallOutcome::Truncated,
        ),
        (fails(400, "", "our content policy"), CallOutcome::Rejected),
    ] {
        let server = Server::answering(vec![answer, formula(Provider::OpenAi)]);
        let (reply, purse) = asked(&llm(vec![free(&server.model(Provider::OpenAi))]), &due());
        let reply = reply.unwrap();
        assert_eq!(
            (reply.text.as_str(), reply.written_guidance.as_deref()),
            (ANSWER, None),
            "{outcome:?}"
        );
        assert_eq!(purse.outcomes(), [outcome, CallOutcome::Answered]);
        assert!(
            reply.prompt.contains("Try waves."),
            "the guidance that was there stays"
        );
    }
}

#[test]
fn guidance_is_what_is_written_under_its_key_and_no_longer_than_a_prompt_may_hold() {
    for (reply, expected) in [
        (REPLY, Some(WRITTEN)),
        (
            r#"{"guidance": " Keep it.\n\nSmall.\u0007 "}"#,
            Some("Keep it.  Small. "),
        ),
        (
            "```json\n{\"guidance\": \"Keep it.\"}\n```",
            Some("Keep it."),
        ),
        (
            r#"I use {braces}. {"guidance": "Keep it."} Good luck."#,
            Some("Keep it."),
        ),
        (
            r#"<think>{"guidance": "no"}</think>{"guidance": "yes"}"#,
            Some("yes"),
        ),
        (r#"{"guidance": "the guidance"}"#, None),
        (r#"{"guidance": ["a"]}"#, None),
        (r#"{"guidance": "cut"#, None),
        ("", None),
        ("{", None),
    ] {
        let expected = expected.map(|words| words.trim().to_owned());
        assert_eq!(
            guidance(reply, 1500).map(|words| words.trim().to_owned()),
            expected,
            "{reply}"
        );
    }
    let long = format!(r#"{{"guidance": "{}"}}"#, "ä".repeat(5000));
    assert_eq!(guidance(&long, 1500).unwrap().chars().count(), 1500);
    for hostile in [
        "{".repeat(10 << 20),
        format!("{{\"guidance\": \"{}", "ä".repeat(LONGEST_REPLY)),
        "<think>".repeat(1 << 20),
    ] {
        assert_eq!(guidance(&hostile, 1500), None);
    }
}

#[test]
fn guidance_is_asked_for_once_though_the_formula_comes_from_another_model() {
    let first = Server::answering(vec![
        says(Provider::OpenAi, REPLY),
        fails(400, "", "our content policy"),
    ]);
    let second = Server::answering(vec![formula(Provider::OpenAi)]);
    let llm = llm(vec![
        paid(&first.model(Provider::OpenAi)),
        paid(&second.model(Provider::Compatible)),
    ]);
    let (reply, purse) = asked(
        &llm,
        &Brief {
            model: Some(first.model(Provider::OpenAi)),
            ..due()
        },
    );
    assert_eq!(reply.unwrap().written_guidance.as_deref(), Some(WRITTEN));
    assert_eq!(
        purposes(&purse),
        [Purpose::Guidance, Purpose::Propose, Purpose::Propose]
    );
    assert!(question(&second.bodies()[0]).contains(WRITTEN));
}

#[test]
fn guidance_that_was_paid_for_and_lost_is_not_asked_for_again_in_this_attempt() {
    let (address, connections) = raw_server(|_| {});
    let (answer, purse) = asked(&llm(vec![paid(&address)]), &due());
    assert!(matches!(answer, Err(Unanswered::Failed(_))), "{answer:?}");
    assert_eq!(purposes(&purse), [Purpose::Guidance, Purpose::Propose]);
    assert_eq!(connections.load(std::sync::atomic::Ordering::SeqCst), 2);
}

/// The calls of an attempt, as an earlier run left them.
fn earlier(brief: &Brief) -> Vec<Call> {
    let server = Server::answering(vec![
        says(Provider::OpenAi, REPLY),
        formula(Provider::OpenAi),
    ]);
    let (reply, purse) = asked(&llm(vec![paid(&server.model(Provider::OpenAi))]), brief);
    assert!(reply.is_ok());
    purse.calls()
}

#[test]
fn guidance_of_an_earlier_run_is_used_without_a_request() {
    let server = Server::answering(vec![formula(Provider::OpenAi)]);
    let earlier = earlier(&due())[..1].to_vec();
    let (reply, purse) = asked(
        &llm(vec![free(&server.model(Provider::OpenAi))]),
        &Brief { earlier, ..due() },
    );
    assert_eq!(
        (reply.unwrap().written_guidance.as_deref(), purposes(&purse)),
        (Some(WRITTEN), vec![Purpose::Propose])
    );
    assert!(question(&server.bodies()[0]).contains(WRITTEN));
}

#[test]
fn a_reply_that_an_earlier_run_paid_for_is_given_without_a_request() {
    let server = Server::answering(vec![fails(400, "", "nobody should ask")]);
    let brief = Brief {
        earlier: earlier(&due()),
        ..due()
    };
    let (reply, purse) = asked(&llm(vec![free(&server.model(Provider::OpenAi))]), &brief);
    let reply = reply.unwrap();
    assert_eq!(
        (
            reply.text.as_str(),
            reply.written_guidance.as_deref(),
            reply.finish.as_deref()
        ),
        (ANSWER, Some(WRITTEN), Some("stop"))
    );
    assert_eq!(
        (
            reply.model.as_str(),
            purse.notes().len(),
            server.requests().len()
        ),
        ("test-model-2026-08-01", 0, 0)
    );
    assert!(reply.prompt.contains(WRITTEN));
}

#[test]
fn of_several_answers_that_an_earlier_run_paid_for_the_last_that_can_be_read_is_the_reply() {
    let broken = r#"{"formula": "x*sigmod(x)"}"#;
    for (second, expected) in [
        (says(Provider::OpenAi, ANSWER), ANSWER),
        (says(Provider::OpenAi, "I cannot."), broken),
    ] {
        let server = Server::answering(vec![says(Provider::OpenAi, broken), second]);
        let (first_run, purse) =
            asked(&llm(vec![paid(&server.model(Provider::OpenAi))]), &brief(3));
        let (second_run, _) = asked(
            &llm(vec![paid(&server.model(Provider::OpenAi))]),
            &Brief {
                earlier: purse.calls(),
                ..brief(3)
            },
        );
        assert_eq!(first_run.unwrap().text, expected);
        assert_eq!(
            (second_run.unwrap().text.as_str(), server.requests().len()),
            (expected, 2),
            "as the run that got them chose"
        );
    }
}

#[test]
fn guidance_that_an_earlier_run_may_have_paid_for_and_never_got_is_not_asked_for_again() {
    let (address, _) = raw_server(|_| {});
    let (_, purse) = asked(&llm(vec![paid(&address)]), &due());
    let server = Server::answering(vec![formula(Provider::OpenAi)]);
    let (reply, purse) = asked(
        &llm(vec![paid(&server.model(Provider::OpenAi))]),
        &Brief {
            earlier: purse.calls()[..1].to_vec(),
            ..due()
        },
    );
    assert_eq!(
        (reply.unwrap().written_guidance, purposes(&purse)),
        (None, vec![Purpose::Propose])
    );
}
