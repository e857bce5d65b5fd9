//! How requests are paid for: held before they leave, settled after they have ended, and never
//! without room.

use std::sync::Arc;
use std::time::Duration;

use motherlode::numerics::stop::{Halt, Stop};
use motherlode::proposer::llm::address::Provider;
use motherlode::proposer::llm::Patience;
use motherlode::proposer::{Pause, Proposer, Unanswered, Unheld};
use motherlode::record::charter::ModelSetting;
use motherlode::record::ledger::{Budget, CallOutcome, CostSource, Money, Price};
use serde_json::json;
use wiremock::{Request, Respond, ResponseTemplate};

use super::brief;
use super::purse::{Note, Notebook};
use super::servers::{
    ask, fails, formula, free, llm, paid, patient, quick, raw_server, send_half, Server, INPUT,
    OUTPUT,
};

/// Answers 503 twice, then a formula; looks into the purse at each request.
struct Onlooker(Arc<Notebook>);

impl Respond for Onlooker {
    fn respond(&self, _: &Request) -> ResponseTemplate {
        let (held, settled) = (self.0.holds().len(), self.0.calls().len());
        if held != settled + 1 {
            return fails(
                400,
                "",
                &format!("{held} were held and {settled} settled when this request came"),
            );
        }
        if held < 3 {
            return fails(503, "", "busy");
        }
        formula(Provider::OpenAi)
    }
}

#[test]
fn each_request_is_held_before_it_leaves_and_settled_before_the_next() {
    let purse = Arc::new(Notebook::generous());
    let server = Server::with(Onlooker(Arc::clone(&purse)));
    let llm = llm(vec![paid(&server.model(Provider::OpenAi))]);
    llm.ask(&brief(3), &*purse, &Stop::new()).unwrap();
    let order: Vec<(u32, bool)> = purse
        .notes()
        .iter()
        .map(|note| match note {
            Note::Held(hold) => (hold.number, true),
            Note::Settled(number, _) => (*number, false),
        })
        .collect();
    assert_eq!(
        order,
        [
            (1, true),
            (1, false),
            (2, true),
            (2, false),
            (3, true),
            (3, false)
        ]
    );
    assert!(purse.balance().held.is_zero());
}

#[test]
fn what_is_held_is_the_most_that_the_request_can_cost() {
    for provider in Provider::all() {
        let server = Server::answering(vec![formula(provider)]);
        let (_, purse) = ask(&llm(vec![paid(&server.model(provider))]));
        let hold = &purse.holds()[0];
        // No tokenizer makes more tokens of a text than it has bytes. Whether a Gemini model's
        // reasoning keeps to the limit is not certain.
        let output = if provider == Provider::Gemini {
            2 * 8192
        } else {
            8192
        };
        let input = hold.tokens - output;
        assert!(
            input > server.requests()[0].body.len() as u64,
            "{provider:?}: {input}"
        );
        assert_eq!(
            hold.money,
            Money::of_tokens(input, 1.0) + Money::of_tokens(output, 10.0),
            "{provider:?}"
        );
        assert!(purse.spent() < hold.money, "{provider:?}");
    }
}

#[test]
fn a_cost_is_the_providers_or_computed_or_estimated_or_none() {
    let answer = |usage: serde_json::Value| {
        let message = json!({"role": "assistant", "content": super::servers::ANSWER});
        ResponseTemplate::new(200).set_body_json(
            json!({"choices": [{"finish_reason": "stop", "message": message}], "usage": usage}),
        )
    };
    let told = || answer(json!({"prompt_tokens": INPUT, "completion_tokens": OUTPUT}));
    let costs =
        || answer(json!({"prompt_tokens": INPUT, "completion_tokens": OUTPUT, "cost": 0.00042}));
    let nothing = || answer(json!(null));
    let cents = |dollars: f64| Some(Money::dollars(dollars).unwrap());
    let all = INPUT + OUTPUT;
    for (answer, setting, source, cost, tokens) in [
        (
            told(),
            paid as fn(&str) -> ModelSetting,
            CostSource::Computed,
            cents(0.0012),
            Some(all),
        ),
        (
            costs(),
            paid,
            CostSource::Provider,
            cents(0.00042),
            Some(all),
        ),
        (nothing(), paid, CostSource::Estimated, None, None),
        (told(), free, CostSource::Free, cents(0.0), Some(all)),
        (costs(), free, CostSource::Free, cents(0.0), Some(all)),
        (nothing(), free, CostSource::Free, cents(0.0), None),
    ] {
        let server = Server::answering(vec![answer]);
        let (reply, purse) = ask(&llm(vec![setting(&server.model(Provider::OpenRouter))]));
        reply.unwrap();
        let (call, hold) = (&purse.calls()[0], &purse.holds()[0]);
        assert_eq!(
            (call.source, call.cost, call.tokens),
            (
                source,
                cost.unwrap_or(hold.money),
                tokens.unwrap_or(hold.tokens)
            )
        );
        assert_eq!(call.outcome, CallOutcome::Answered);
    }
}

#[test]
fn what_may_have_been_billed_is_settled_at_what_was_held_and_not_asked_for_again() {
    let garbage = || ResponseTemplate::new(200).set_body_string("<html>it works</html>");
    let late = || formula(Provider::Compatible).set_delay(Duration::from_secs(60));
    let (closed, _) = raw_server(|_| {});
    let (cut, _) = raw_server(send_half);
    let (garbled, slow) = (
        Server::answering(vec![garbage()]),
        Server::answering(vec![late()]),
    );
    for (case, address, outcome) in [
        ("a connection that was closed", closed, CallOutcome::Lost),
        ("a body that was cut off", cut, CallOutcome::Lost),
        (
            "an answer that is none",
            garbled.model(Provider::Compatible),
            CallOutcome::Malformed,
        ),
        (
            "an answer after the deadline",
            slow.model(Provider::Compatible),
            CallOutcome::Lost,
        ),
    ] {
        let patience = Patience {
            total: Duration::from_millis(if case.contains("deadline") {
                200
            } else {
                20_000
            }),
            ..quick()
        };
        let (answer, purse) = ask(&patient(vec![paid(&address)], patience));
        let Err(Unanswered::Failed(reason)) = answer else {
            panic!("{case}: {answer:?}")
        };
        assert!(
            reason.contains("it may have been billed, so it is not asked again"),
            "{case}: {reason}"
        );
        let (calls, hold) = (purse.calls(), &purse.holds()[0]);
        assert_eq!((calls.len(), calls[0].outcome), (1, outcome), "{case}");
        assert_eq!(
            (calls[0].source, calls[0].cost, calls[0].tokens),
            (CostSource::Estimated, hold.money, hold.tokens),
            "{case}"
        );
    }
}

#[test]
fn what_a_free_server_lost_costs_nothing_and_is_asked_for_again() {
    let garbage = ResponseTemplate::new(200).set_body_string("<html>it works</html>");
    let server = Server::answering(vec![
        garbage.clone(),
        garbage,
        formula(Provider::Compatible),
    ]);
    let (reply, purse) = ask(&llm(vec![free(&server.model(Provider::Compatible))]));
    assert!(reply.is_ok());
    assert_eq!(
        purse.outcomes(),
        [
            CallOutcome::Malformed,
            CallOutcome::Malformed,
            CallOutcome::Answered
        ]
    );
    assert!(purse
        .calls()
        .iter()
        .all(|call| call.cost.is_zero() && call.source == CostSource::Free));
}

#[test]
fn without_room_no_request_leaves() {
    let server = Server::answering(vec![formula(Provider::OpenAi)]);
    for budget in [
        Budget {
            money: Money::dollars(0.01),
            tokens: None,
        },
        Budget {
            money: None,
            tokens: Some(5000),
        },
        Budget {
            money: Money::dollars(100.0),
            tokens: Some(10),
        },
    ] {
        let purse = Notebook::of(budget);
        let answer =
            llm(vec![paid(&server.model(Provider::OpenAi))]).ask(&brief(3), &purse, &Stop::new());
        let Err(Unanswered::Paused {
            pause: Pause::Budget,
            detail,
        }) = answer
        else {
            panic!("{answer:?}")
        };
        assert!(detail.contains("no room"), "{detail}");
        assert_eq!((server.requests().len(), purse.notes()), (0, Vec::new()));
    }
}

#[test]
fn a_try_for_which_there_is_no_room_any_more_is_not_made() {
    let (address, connections) = raw_server(|_| {});
    let held = {
        let purse = Notebook::generous();
        llm(vec![paid(&address)])
            .ask(&brief(3), &purse, &Stop::new())
            .unwrap_err();
        purse.holds()[0].money
    };
    let purse = Notebook::of(Budget {
        money: Some(held),
        tokens: None,
    });
    let llm = llm(vec![paid(&address)]);
    assert!(
        matches!(
            llm.ask(&brief(3), &purse, &Stop::new()),
            Err(Unanswered::Failed(_))
        ),
        "the first is paid for, and lost"
    );
    assert!(matches!(
        llm.ask(&brief(3), &purse, &Stop::new()),
        Err(Unanswered::Paused {
            pause: Pause::Budget,
            ..
        })
    ));
    assert_eq!(
        (
            connections.load(std::sync::atomic::Ordering::SeqCst),
            purse.calls().len(),
            purse.spent()
        ),
        (2, 1, held)
    );
}

#[test]
fn a_model_for_which_there_is_no_room_leaves_the_attempt_to_a_cheaper_one() {
    let (dear, cheap) = (
        Server::answering(vec![formula(Provider::OpenAi)]),
        Server::answering(vec![formula(Provider::OpenAi)]),
    );
    let models = vec![
        ModelSetting {
            weight: 100.0,
            price: Price::stated(100.0, 1000.0, "a test"),
            ..paid(&dear.model(Provider::OpenAi))
        },
        paid(&cheap.model(Provider::OpenAi)),
    ];
    let purse = Notebook::of(Budget {
        money: Money::dollars(0.5),
        tokens: None,
    });
    let llm = llm(models);
    assert!(llm.ask(&brief(3), &purse, &Stop::new()).is_ok());
    assert_eq!(
        (
            dear.requests().len(),
            cheap.requests().len(),
            purse.calls().len()
        ),
        (0, 1, 1)
    );
}

#[test]
fn room_that_does_not_come_in_time_is_a_failed_call() {
    let server = Server::answering(vec![formula(Provider::OpenAi)]);
    let patience = Patience {
        total: Duration::from_millis(100),
        ..quick()
    };
    let llm = patient(vec![paid(&server.model(Provider::OpenAi))], patience);
    let answer = llm.ask(&brief(3), &Notebook::closed(Unheld::Stopped), &Stop::new());
    let Err(Unanswered::Failed(reason)) = answer else {
        panic!("{answer:?}")
    };
    assert!(
        reason.contains("the budget had no room while other requests were under way"),
        "{reason}"
    );
    let (unhurried, purse) = (
        super::servers::llm(vec![paid(&server.model(Provider::OpenAi))]),
        Notebook::closed(Unheld::Stopped),
    );
    assert_eq!(
        unhurried.ask(&brief(3), &purse, &Stop::after(20, Halt::Stopped)),
        Err(Unanswered::Stopped),
        "and one that was stopped meanwhile is not over"
    );
    assert!(server.requests().is_empty());
}

#[test]
fn a_usage_that_cannot_be_is_not_believed() {
    let answer = |text: &str, usage: serde_json::Value| {
        let message = json!({"role": "assistant", "content": text});
        ResponseTemplate::new(200).set_body_json(
            json!({"choices": [{"finish_reason": "stop", "message": message}], "usage": usage}),
        )
    };
    let text = super::servers::ANSWER;
    for (case, provider, answer, source) in [
        (
            "nothing for something",
            Provider::Compatible,
            answer(text, json!({"prompt_tokens": 0, "completion_tokens": 0})),
            CostSource::Estimated,
        ),
        (
            "no output for words",
            Provider::Compatible,
            answer(text, json!({"prompt_tokens": 800, "completion_tokens": 0})),
            CostSource::Estimated,
        ),
        (
            "no output for none",
            Provider::Compatible,
            answer("", json!({"prompt_tokens": 800, "completion_tokens": 0})),
            CostSource::Computed,
        ),
        (
            "a cost from whom it is not to tell",
            Provider::Compatible,
            answer(
                text,
                json!({"prompt_tokens": 800, "completion_tokens": 40, "cost": 0.0}),
            ),
            CostSource::Computed,
        ),
        (
            "a cost from whom it is",
            Provider::OpenRouter,
            answer(
                text,
                json!({"prompt_tokens": 800, "completion_tokens": 40, "cost": 0.0}),
            ),
            CostSource::Provider,
        ),
    ] {
        let server = Server::answering(vec![answer]);
        let (reply, purse) = ask(&llm(vec![paid(&server.model(provider))]));
        assert!(reply.is_ok());
        assert_eq!(purse.calls()[0].source, source, "{case}");
    }
}

#[test]
fn an_answer_that_breaks_off_with_an_error_costs_what_is_told_or_may_have_been_billed() {
    let broken = |usage: serde_json::Value| {
        let choice = json!({
            "finish_reason": "error",
            "message": {"content": "x*sig"},
            "error": {"code": 502, "message": "cut off"}
        });
        ResponseTemplate::new(200).set_body_json(json!({"choices": [choice], "usage": usage}))
    };
    let told = json!({"prompt_tokens": INPUT, "completion_tokens": OUTPUT});
    let server = Server::answering(vec![broken(told), formula(Provider::OpenRouter)]);
    let (reply, purse) = ask(&llm(vec![paid(&server.model(Provider::OpenRouter))]));
    assert!(reply.is_ok());
    let costs: Vec<(CallOutcome, Money)> = purse
        .calls()
        .iter()
        .map(|call| (call.outcome, call.cost))
        .collect();
    assert_eq!(
        costs,
        [CallOutcome::Trouble, CallOutcome::Answered]
            .map(|outcome| (outcome, Money::dollars(0.0012).unwrap()))
    );

    let server = Server::answering(vec![broken(json!(null)), formula(Provider::OpenRouter)]);
    let (answer, purse) = ask(&llm(vec![paid(&server.model(Provider::OpenRouter))]));
    let Err(Unanswered::Failed(reason)) = answer else {
        panic!("{answer:?}")
    };
    assert!(
        reason.contains("the answer broke off: cut off; it may have been billed"),
        "{reason}"
    );
    assert_eq!(
        (purse.outcomes(), purse.spent()),
        (vec![CallOutcome::Malformed], purse.holds()[0].money)
    );
}

#[test]
fn a_ledger_that_cannot_be_written_stops_the_asking() {
    let server = Server::answering(vec![formula(Provider::OpenAi)]);
    let llm = llm(vec![
        paid(&server.model(Provider::OpenAi)),
        paid(&server.model(Provider::Compatible)),
    ]);
    assert_eq!(
        llm.ask(&brief(3), &Notebook::closed(Unheld::Broken), &Stop::new()),
        Err(Unanswered::Stopped)
    );
    assert_eq!(server.requests().len(), 0, "nothing leaves");
    assert_eq!(
        llm.ask(&brief(3), &Notebook::torn(), &Stop::new()),
        Err(Unanswered::Stopped)
    );
    assert_eq!(
        server.requests().len(),
        1,
        "and nothing more after the first that could not be booked"
    );
}
