//! What is asked further within one attempt: a longer reply, a formula that parses.

use motherlode::numerics::stop::Stop;
use motherlode::proposer::llm::address::Provider;
use motherlode::proposer::llm::{Llm, Patience};
use motherlode::proposer::{Brief, Proposer};
use motherlode::record::charter::Asking;
use motherlode::record::ledger::{Budget, CallOutcome, Money, Purpose};
use serde_json::{json, Value};

use super::brief;
use super::purse::Notebook;
use super::servers::{
    ask, asking, begins, fails, formula, free, llm, paid, quick, says, Server, ANSWER, KEY,
};

const BROKEN: &str = r#"{"formula": "x*sigmod(x)"}"#;

fn purposes(purse: &Notebook) -> Vec<Purpose> {
    purse.calls().iter().map(|call| call.purpose).collect()
}

#[test]
fn a_reply_that_was_cut_off_is_asked_for_once_more_with_twice_the_tokens() {
    for (provider, limit) in [
        (Provider::OpenAi, "/max_completion_tokens"),
        (Provider::OpenAiResponses, "/max_output_tokens"),
        (Provider::Anthropic, "/max_tokens"),
        (Provider::Gemini, "/generationConfig/maxOutputTokens"),
        (Provider::OpenRouter, "/max_tokens"),
        (Provider::Compatible, "/max_tokens"),
    ] {
        let server = Server::answering(vec![
            begins(provider, "{\"formula\": \"x*sig"),
            formula(provider),
        ]);
        let (reply, purse) = ask(&llm(vec![paid(&server.model(provider))]));
        let reply = reply.unwrap();
        assert_eq!(
            (reply.text.as_str(), reply.finish.as_deref()),
            (ANSWER, Some("stop")),
            "{provider:?}"
        );
        let mut bodies = server.bodies();
        assert_eq!(
            (bodies[0].pointer(limit), bodies[1].pointer(limit)),
            (Some(&json!(8192)), Some(&json!(16384))),
            "{provider:?}"
        );
        *bodies[0].pointer_mut(limit).unwrap() = json!(16384);
        assert_eq!(bodies[0], bodies[1], "all else stays");
        assert_eq!(
            (bodies.len(), purse.outcomes()),
            (2, vec![CallOutcome::Truncated, CallOutcome::Answered]),
            "{provider:?}"
        );
        assert_eq!(
            purse.calls()[0].exchange.as_ref().unwrap().text,
            "{\"formula\": \"x*sig",
            "what was cut off is kept"
        );
        assert!(
            purse
                .calls()
                .iter()
                .all(|call| call.cost == Money::dollars(0.0012).unwrap()),
            "and paid for"
        );
    }
}

#[test]
fn a_reply_that_is_cut_off_again_is_truncated() {
    let server = Server::answering(vec![
        begins(Provider::OpenAi, "first"),
        begins(Provider::OpenAi, "second"),
    ]);
    let llm = llm(vec![free(&server.model(Provider::OpenAi))]);
    let (reply, purse) = ask(&llm);
    let reply = reply.unwrap();
    assert_eq!(
        (reply.text.as_str(), purse.outcomes()),
        ("second", vec![CallOutcome::Truncated; 2])
    );
    assert_eq!(llm.read(&reply, 1).unwrap_err().kind(), "Truncated");
}

#[test]
fn a_longer_try_that_fails_or_is_not_paid_for_leaves_the_first_reply() {
    let server = Server::answering(vec![
        begins(Provider::OpenAi, "first"),
        fails(400, "", "max_completion_tokens is too large: 16384"),
    ]);
    let (reply, purse) = ask(&llm(vec![paid(&server.model(Provider::OpenAi))]));
    assert_eq!(
        (reply.unwrap().text.as_str(), purse.outcomes()),
        (
            "first",
            vec![CallOutcome::Truncated, CallOutcome::FieldRefused]
        )
    );

    let server = Server::answering(vec![
        begins(Provider::OpenAi, "first"),
        formula(Provider::OpenAi),
    ]);
    let once = purse.holds()[0].money;
    let purse = Notebook::of(Budget {
        money: Some(once.times(1.3)),
        tokens: None,
    });
    let reply =
        llm(vec![paid(&server.model(Provider::OpenAi))]).ask(&brief(3), &purse, &Stop::new());
    assert_eq!(
        (reply.unwrap().reply.text.as_str(), server.requests().len()),
        ("first", 1)
    );
}

#[test]
fn a_formula_that_does_not_parse_is_sent_back_once_with_the_parsers_words_and_caret() {
    let server = Server::answering(vec![
        says(Provider::OpenAi, BROKEN),
        formula(Provider::OpenAi),
    ]);
    let llm = llm(vec![paid(&server.model(Provider::OpenAi))]);
    let (reply, purse) = ask(&llm);
    let reply = reply.unwrap();
    let bodies = server.bodies();
    let messages = bodies[1]["messages"].as_array().unwrap();
    let roles: Vec<&str> = messages
        .iter()
        .map(|message| message["role"].as_str().unwrap())
        .collect();
    assert_eq!(roles, ["system", "user", "assistant", "user"]);
    assert_eq!(
        messages[..2],
        bodies[0]["messages"].as_array().unwrap()[..],
        "the conversation goes on"
    );
    assert_eq!(messages[2]["content"], BROKEN);
    let asked = messages[3]["content"].as_str().unwrap();
    assert!(
        asked.contains("unknown function `sigmod`: the nearest known one is `sigmoid`"),
        "{asked}"
    );
    assert!(asked.contains("    x*sigmod(x)\n      ^\n"), "{asked}");
    assert_eq!(
        (
            purposes(&purse),
            llm.read(&reply, 1).unwrap()[0].proposal.formula.as_str()
        ),
        (vec![Purpose::Propose, Purpose::Repair], "x*sigmoid(x)")
    );
    assert!(
        reply.prompt.ends_with(asked)
            && reply
                .prompt
                .contains(&format!("\n---\n[the model]\n{BROKEN}\n---\n")),
        "{}",
        reply.prompt
    );
    let first = purse.calls()[0].exchange.clone().unwrap();
    assert_eq!(
        (first.text.as_str(), reply.prompt.starts_with(&first.prompt)),
        (BROKEN, true)
    );
}

#[test]
fn each_wire_can_send_a_formula_back() {
    for (provider, turns, role) in [
        (Provider::OpenAiResponses, "/input", "/role"),
        (Provider::Anthropic, "/messages", "/role"),
        (Provider::Gemini, "/contents", "/role"),
        (Provider::OpenRouter, "/messages", "/role"),
    ] {
        let server = Server::answering(vec![says(provider, BROKEN), formula(provider)]);
        let (reply, _) = ask(&llm(vec![free(&server.model(provider))]));
        assert_eq!(reply.unwrap().text, ANSWER, "{provider:?}");
        let body = &server.bodies()[1];
        let roles: Vec<&Value> = body
            .pointer(turns)
            .unwrap()
            .as_array()
            .unwrap()
            .iter()
            .map(|turn| turn.pointer(role).unwrap())
            .collect();
        let model = if provider == Provider::Gemini {
            "model"
        } else {
            "assistant"
        };
        assert_eq!(
            roles[roles.len() - 3..],
            ["user", model, "user"],
            "{provider:?}"
        );
    }
}

#[test]
fn a_mended_reply_stands_whether_it_parses_or_not_and_is_the_last() {
    let again = r#"{"formula": "x*sigmodd(x)"}"#;
    let server = Server::answering(vec![
        says(Provider::OpenAi, BROKEN),
        says(Provider::OpenAi, again),
    ]);
    let (reply, _) = ask(&llm(vec![free(&server.model(Provider::OpenAi))]));
    assert_eq!(
        (reply.unwrap().text.as_str(), server.requests().len()),
        (again, 2)
    );
}

#[test]
fn a_repair_that_brings_no_formula_leaves_the_first_reply() {
    for (answer, outcome) in [
        (says(Provider::OpenAi, "I cannot."), CallOutcome::Answered),
        (says(Provider::OpenAi, ""), CallOutcome::Answered),
        (begins(Provider::OpenAi, ANSWER), CallOutcome::Truncated),
        (fails(400, "", "no"), CallOutcome::Rejected),
        (fails(401, "", "no"), CallOutcome::Rejected),
    ] {
        let server = Server::answering(vec![says(Provider::OpenAi, BROKEN), answer]);
        let (reply, purse) = ask(&llm(vec![paid(&server.model(Provider::OpenAi))]));
        assert_eq!(reply.unwrap().text, BROKEN, "{outcome:?}");
        assert_eq!(purse.outcomes(), [CallOutcome::Answered, outcome]);
        let answered = matches!(outcome, CallOutcome::Answered | CallOutcome::Truncated);
        assert_eq!(
            purse.calls()[1].exchange.is_some(),
            answered,
            "the words of the repair are kept"
        );
    }
}

#[test]
fn what_no_repair_can_help_is_not_sent_back() {
    for text in [
        ANSWER,
        "I would rather not say.",
        r#"{"functions": [{"formula": "x*sigmod(x)"}, {"formula": "x*sigmoid(x)"}]}"#,
        // It parses and is refused for what it is; that is for the search to learn.
        r#"{"formula": "cumsum(x)"}"#,
        r#"{"formula": "2*x"}"#,
    ] {
        let server = Server::answering(vec![says(Provider::OpenAi, text)]);
        assert_eq!(
            ask(&llm(vec![free(&server.model(Provider::OpenAi))]))
                .0
                .unwrap()
                .text,
            text
        );
        assert_eq!(server.requests().len(), 1, "{text}");
    }
}

#[test]
fn a_campaign_without_repairs_sends_nothing_back() {
    let server = Server::answering(vec![says(Provider::OpenAi, BROKEN)]);
    let asking = Asking {
        repair: false,
        ..asking(vec![free(&server.model(Provider::OpenAi))])
    };
    let (reply, purse) = ask(&Llm::new(&asking, &|_| Some(KEY.to_owned()), quick(), 8).unwrap());
    assert_eq!(
        (reply.unwrap().text.as_str(), purse.calls().len()),
        (BROKEN, 1)
    );
}

#[test]
fn all_that_is_asked_for_one_attempt_shares_one_deadline() {
    let slow = formula(Provider::OpenAi).set_delay(std::time::Duration::from_secs(60));
    let server = Server::answering(vec![says(Provider::OpenAi, BROKEN), slow]);
    let patience = Patience {
        total: std::time::Duration::from_millis(1000),
        ..quick()
    };
    let llm = Llm::new(
        &asking(vec![paid(&server.model(Provider::OpenAi))]),
        &|_| None,
        patience,
        8,
    )
    .unwrap();
    let (reply, purse) = ask(&llm);
    assert_eq!(
        (reply.unwrap().text.as_str(), purse.outcomes()),
        (BROKEN, vec![CallOutcome::Answered, CallOutcome::Lost])
    );
}

#[test]
fn a_repair_is_recorded_as_one_whatever_was_asked_for() {
    let server = Server::answering(vec![
        says(Provider::OpenAi, BROKEN),
        formula(Provider::OpenAi),
    ]);
    let purse = Notebook::generous();
    let brief = Brief {
        purpose: Purpose::Explore,
        ..brief(3)
    };
    llm(vec![free(&server.model(Provider::OpenAi))])
        .ask(&brief, &purse, &Stop::new())
        .unwrap();
    assert_eq!(purposes(&purse), [Purpose::Explore, Purpose::Repair]);
}
