//! What a call to a chat endpoint does, against servers in this process.

use std::io::Write;
use std::sync::atomic::Ordering;
use std::time::Duration;

use motherlode::numerics::stop::{Halt, Stop};
use motherlode::proposer::llm::address::Provider;
use motherlode::proposer::llm::http::LARGEST_BODY;
use motherlode::proposer::llm::Patience;
use motherlode::proposer::{Pause, Proposer, Unanswered};
use motherlode::record::ledger::{CallOutcome, CostSource, Money};
use serde_json::{json, Value};
use wiremock::ResponseTemplate;

use super::brief;
use super::purse::Notebook;
use super::servers::{
    ask, begins, fails, formula, free, llm, paid, patient, quick, raw_server, says, Server, ANSWER,
    FORMULA, INPUT, NOWHERE, OUTPUT,
};
use crate::images::gzip;

#[test]
fn a_reply_carries_the_model_the_prompt_and_the_text_and_its_call_the_usage() {
    let server = Server::answering(vec![formula(Provider::OpenAi)]);
    let llm = llm(vec![paid(&server.model(Provider::OpenAi))]);
    let (reply, purse) = ask(&llm);
    let reply = reply.unwrap();
    assert_eq!(
        (
            reply.model.as_str(),
            reply.text.as_str(),
            reply.finish.as_deref()
        ),
        ("test-model-2026-08-01", ANSWER, Some("stop"))
    );
    let sent = &server.bodies()[0];
    let (system, user) = reply.prompt.split_once("\n---\n").unwrap();
    assert_eq!(
        sent["messages"],
        json!([{"role": "system", "content": system}, {"role": "user", "content": user}])
    );
    assert_eq!(llm.read(&reply, 1).unwrap()[0].proposal.formula, FORMULA);
    let call = &purse.calls()[0];
    let usage = call.usage.clone().unwrap();
    assert_eq!(
        (usage.input(), usage.output(), call.tokens),
        (INPUT, OUTPUT, INPUT + OUTPUT)
    );
    assert_eq!(
        (call.model.as_str(), call.answered_by.as_deref()),
        (
            server.model(Provider::OpenAi).as_str(),
            Some("test-model-2026-08-01")
        )
    );
    assert_eq!(
        (call.outcome, call.source, call.cost),
        (
            CallOutcome::Answered,
            CostSource::Computed,
            Money::dollars(0.0012).unwrap()
        )
    );
    let words = call.exchange.clone().unwrap();
    assert_eq!(
        (words.prompt, words.text, words.finish),
        (reply.prompt, reply.text, reply.finish),
        "they outlive a kill before the reply is kept"
    );
}

#[test]
fn a_call_is_given_up_after_four_requests() {
    let server = Server::answering(vec![fails(503, "", "loading")]);
    let (answer, purse) = ask(&llm(vec![paid(&server.model(Provider::OpenAi))]));
    let Err(Unanswered::Failed(reason)) = answer else {
        panic!("a failed call")
    };
    assert!(
        reason.contains("after 4 requests") && reason.contains("loading"),
        "{reason}"
    );
    assert_eq!(server.requests().len(), 4);
    assert_eq!(
        (purse.outcomes(), purse.spent().usd()),
        (vec![CallOutcome::Trouble; 4], 0.0)
    );
}

#[test]
fn a_wait_past_the_deadline_is_not_begun() {
    let server = Server::answering(vec![
        fails(429, "rate_limit_exceeded", "slow").insert_header("retry-after", "100"),
        formula(Provider::OpenAi),
    ]);
    let patience = Patience {
        total: Duration::from_secs(50),
        ..quick()
    };
    let (answer, _) = ask(&patient(
        vec![free(&server.model(Provider::Compatible))],
        patience,
    ));
    let Err(Unanswered::Failed(reason)) = answer else {
        panic!("a failed call")
    };
    assert!(reason.contains("no time is left"), "{reason}");
}

#[test]
fn a_redirect_is_not_followed_and_the_key_goes_nowhere_else() {
    let elsewhere = Server::answering(vec![formula(Provider::OpenAi)]);
    let target = format!("{}/v1/chat/completions", elsewhere.uri());
    for status in [301, 302, 307, 308] {
        let server = Server::answering(vec![
            ResponseTemplate::new(status).insert_header("location", target.as_str())
        ]);
        let (answer, _) = ask(&llm(vec![free(&server.model(Provider::OpenAi))]));
        let Err(Unanswered::Paused {
            pause: Pause::Unreachable,
            detail,
        }) = answer
        else {
            panic!("HTTP {status} pauses")
        };
        assert!(detail.contains(&target), "{detail}");
    }
    assert!(elsewhere.requests().is_empty());
}

#[test]
fn a_body_past_the_limit_is_not_read() {
    let server = Server::answering(vec![says(Provider::OpenAi, &"x".repeat(LARGEST_BODY))]);
    let (answer, purse) = ask(&llm(vec![paid(&server.model(Provider::OpenAi))]));
    let Err(Unanswered::Failed(reason)) = answer else {
        panic!("a failed call")
    };
    assert!(reason.contains("larger than 16777216 bytes"), "{reason}");
    assert_eq!(purse.outcomes(), [CallOutcome::Malformed]);
}

#[test]
fn a_body_that_is_packed_unasked_is_unpacked_up_to_the_limit() {
    let answering = |body: &[u8]| {
        let packed = ResponseTemplate::new(200)
            .insert_header("content-encoding", "gzip")
            .set_body_raw(body, "application/json");
        let server = Server::answering(vec![packed]);
        ask(&llm(vec![paid(&server.model(Provider::Compatible))])).0
    };
    let body = json!({
        "choices": [{"finish_reason": "stop", "message": {"content": ANSWER}}],
        "usage": {"prompt_tokens": 800, "completion_tokens": 40}
    });
    let packed = gzip(body.to_string().as_bytes());
    assert_eq!(answering(&packed).unwrap().text, ANSWER);
    for (body, words) in [
        (&gzip(&vec![b' '; LARGEST_BODY + 1])[..], "larger than"),
        (&packed[..packed.len() / 2], "the answer is damaged"),
    ] {
        let Err(Unanswered::Failed(reason)) = answering(body) else {
            panic!("{words}: a failed call")
        };
        assert!(reason.contains(words), "{reason}");
    }
}

#[test]
fn a_body_without_end_is_cut_off() {
    let (address, _) = raw_server(|connection| {
        let _ = connection.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        let chunk = [b"10000\r\n".as_slice(), &[b' '; 0x10000], b"\r\n"].concat();
        while connection.write_all(&chunk).is_ok() {}
    });
    let Err(Unanswered::Failed(reason)) = ask(&llm(vec![paid(&address)])).0 else {
        panic!("a failed call")
    };
    assert!(reason.contains("larger than 16777216 bytes"), "{reason}");
}

#[test]
fn a_free_server_that_loses_every_request_is_given_up_after_four() {
    let (address, connections) = raw_server(|_| {});
    let (answer, purse) = ask(&llm(vec![free(&address)]));
    let Err(Unanswered::Failed(reason)) = answer else {
        panic!("a failed call")
    };
    assert!(reason.contains("after 4 requests"), "{reason}");
    assert_eq!(
        (
            connections.load(Ordering::SeqCst),
            purse.outcomes(),
            purse.spent().usd()
        ),
        (4, vec![CallOutcome::Lost; 4], 0.0)
    );
}

#[test]
fn a_server_that_never_was_there_is_tried_four_times_and_named() {
    let (answer, purse) = ask(&llm(vec![paid(NOWHERE)]));
    let Err(Unanswered::Paused {
        pause: Pause::Unreachable,
        detail,
    }) = answer
    else {
        panic!("{answer:?}")
    };
    assert!(
        detail.contains("4 times; start the server") && detail.contains(NOWHERE),
        "{detail}"
    );
    assert_eq!(
        (purse.outcomes(), purse.spent().usd()),
        (vec![CallOutcome::Unreached; 4], 0.0)
    );
}

#[test]
fn stopping_ends_the_wait_for_a_slow_server() {
    let server = Server::answering(vec![
        formula(Provider::OpenAi).set_delay(Duration::from_secs(60))
    ]);
    let llm = llm(vec![free(&server.model(Provider::OpenAi))]);
    assert_eq!(
        llm.ask(
            &brief(1),
            &Notebook::generous(),
            &Stop::after(3, Halt::Stopped)
        ),
        Err(Unanswered::Stopped)
    );
}

#[test]
fn stopping_waits_for_what_is_paid_for_and_asks_nothing_further() {
    // Cut off at the limit of tokens, it would be asked for again.
    let whole = formula(Provider::OpenAi);
    let cut = begins(Provider::OpenAi, "{");
    for (answer, wanted) in [(whole, true), (cut, false)] {
        let server = Server::answering(vec![answer.set_delay(Duration::from_millis(200))]);
        let llm = llm(vec![paid(&server.model(Provider::OpenAi))]);
        let purse = Notebook::generous();
        let reply = llm.ask(&brief(1), &purse, &Stop::after(1, Halt::Stopped));
        assert_eq!(reply.is_ok(), wanted, "{reply:?}");
        let calls = purse.calls();
        assert_eq!((server.requests().len(), calls.len()), (1, 1));
        assert!(calls[0].exchange.is_some(), "what it said is kept");
        assert!(purse.balance().held.is_zero());
    }
}

#[test]
fn a_stop_that_is_cut_ends_the_wait_for_what_is_paid_for_too() {
    let server = Server::answering(vec![
        formula(Provider::OpenAi).set_delay(Duration::from_secs(60))
    ]);
    let llm = llm(vec![paid(&server.model(Provider::OpenAi))]);
    let (stop, purse) = (Stop::new(), Notebook::generous());
    let answer = std::thread::scope(|scope| {
        let asked = scope.spawn(|| llm.ask(&brief(1), &purse, &stop.child()));
        while server.requests().is_empty() {
            std::thread::yield_now();
        }
        stop.cut();
        asked.join().unwrap()
    });
    assert_eq!(answer, Err(Unanswered::Stopped));
    assert_eq!(
        (purse.holds().len(), purse.calls().len()),
        (1, 0),
        "it stays held, as what a kill cuts off"
    );
}

#[test]
fn stopping_ends_the_wait_before_the_next_try() {
    let server = Server::answering(vec![
        fails(429, "", "slow").insert_header("retry-after", "60"),
        formula(Provider::OpenAi),
    ]);
    let llm = llm(vec![free(&server.model(Provider::OpenAi))]);
    assert_eq!(
        llm.ask(
            &brief(1),
            &Notebook::generous(),
            &Stop::after(20, Halt::Stopped)
        ),
        Err(Unanswered::Stopped)
    );
    assert!(server.requests().len() <= 1);
}

#[test]
fn nothing_is_sent_once_the_campaign_is_stopping() {
    let server = Server::answering(vec![formula(Provider::OpenAi)]);
    let llm = llm(vec![free(&server.model(Provider::OpenAi))]);
    assert_eq!(
        llm.ask(
            &brief(1),
            &Notebook::generous(),
            &Stop::after(0, Halt::Stopped)
        ),
        Err(Unanswered::Stopped)
    );
    assert!(server.requests().is_empty());
}

#[test]
fn an_answer_that_is_no_completion_is_a_failed_call() {
    for body in [
        "",
        "<html>captive portal</html>",
        "{}",
        r#"{"choices": []}"#,
        r#"{"error": {"message": "upstream gone", "code": 400}}"#,
    ] {
        let server = Server::answering(vec![ResponseTemplate::new(200).set_body_string(body)]);
        let (answer, _) = ask(&llm(vec![paid(&server.model(Provider::OpenAi))]));
        assert!(
            matches!(answer, Err(Unanswered::Failed(_))),
            "{body}: {answer:?}"
        );
        assert_eq!(server.requests().len(), 1, "{body}");
    }
}

#[test]
fn a_refusal_a_filter_and_a_cut_are_told_apart_when_read() {
    let with = |finish: &str, message: Value| {
        ResponseTemplate::new(200)
            .set_body_json(json!({"choices": [{"finish_reason": finish, "message": message}]}))
    };
    let formula = r#"{"formula": "tanh(x)"}"#;
    for (answer, kind) in [
        (
            with(
                "stop",
                json!({"content": null, "refusal": "I cannot help with that."}),
            ),
            "Refused",
        ),
        (with("content_filter", json!({"content": ""})), "Refused"),
        (with("length", json!({"content": formula})), "Truncated"),
        (with("stop", json!({"content": null})), "Unreadable"),
    ] {
        let server = Server::answering(vec![answer]);
        let llm = llm(vec![free(&server.model(Provider::OpenAi))]);
        let rejection = llm.read(&ask(&llm).0.unwrap(), 1).unwrap_err();
        assert_eq!(rejection.kind(), kind, "{rejection:?}");
    }
}

#[test]
fn several_threads_may_ask_at_once() {
    let server = Server::answering(vec![formula(Provider::OpenAi)]);
    let llm = llm(vec![free(&server.model(Provider::OpenAi))]);
    let purse = Notebook::generous();
    std::thread::scope(|scope| {
        for thread in 1..=6 {
            let (llm, purse) = (&llm, &purse);
            scope.spawn(move || assert!(llm.ask(&brief(thread), purse, &Stop::new()).is_ok()));
        }
    });
    assert_eq!((server.requests().len(), purse.calls().len()), (6, 6));
}
