//! Requests that a server refuses for what is in them, mended: a smaller limit of tokens, or without
//! what a request can do without; what helps is kept.

use std::sync::Mutex;

use motherlode::numerics::stop::Stop;
use motherlode::proposer::llm::address::Provider;
use motherlode::proposer::llm::Llm;
use motherlode::proposer::{Proposer, Unanswered};
use motherlode::record::charter::{Asking, ModelSetting};
use motherlode::record::ledger::{Budget, Call, CallOutcome, LearntLimit, Price};
use serde_json::Value;
use wiremock::{Request, Respond, ResponseTemplate};

use super::brief;
use super::ensemble::attempt;
use super::purse::Notebook;
use super::servers::{ask, asking, begins, fails, formula, free, llm, paid, quick, Server, KEY};
use CallOutcome::{Answered, FieldRefused, Rejected, Truncated};

/// A server that answers each body as it is told.
struct Told<F>(F);

impl<F: Fn(&Value) -> ResponseTemplate + Send + Sync> Respond for Told<F> {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        (self.0)(&request.body_json().unwrap())
    }
}

fn server(answer: impl Fn(&Value) -> ResponseTemplate + Send + Sync + 'static) -> Server {
    Server::with(Told(answer))
}

/// The limit of tokens in a body of any wire.
fn limit(body: &Value) -> Option<u64> {
    [
        "/max_tokens",
        "/max_completion_tokens",
        "/max_output_tokens",
        "/generationConfig/maxOutputTokens",
    ]
    .iter()
    .find_map(|place| body.pointer(place)?.as_u64())
}

/// A server with a window of 4,096 tokens, of which its prompts take 1,300.
fn window(provider: Provider, words: impl Fn(u64) -> String + Send + Sync + 'static) -> Server {
    server(move |body| match limit(body) {
        Some(asked) if asked > 2_796 => fails(400, "", &words(asked)),
        _ => formula(provider),
    })
}

fn limits(server: &Server) -> Vec<Option<u64>> {
    server.bodies().iter().map(limit).collect()
}

#[test]
fn a_limit_that_the_server_names_is_asked_for_on_every_wire_and_held() {
    for provider in Provider::all() {
        let server = window(provider, |asked| {
            format!("max_tokens {asked} and a prompt of 1300 tokens exceed the window of 4096")
        });
        let llm = llm(vec![paid(&server.model(provider))]);
        let (reply, purse) = ask(&llm);
        assert!(reply.is_ok(), "{provider:?}: {reply:?}");
        assert_eq!(limits(&server), [Some(8_192), Some(2_796)], "{provider:?}");
        assert_eq!(purse.outcomes(), [FieldRefused, Answered], "{provider:?}");
        let holds = purse.holds();
        assert!(holds[1].money < holds[0].money, "what is held is less too");
        let learnt = purse.calls()[1].learnt_limit;
        let expected = LearntLimit {
            refused: 8_192,
            instead: 2_796,
        };
        assert_eq!(learnt, Some(expected), "{provider:?}");
        ask(&llm).0.unwrap();
        assert_eq!(
            limits(&server)[2..],
            [Some(2_796)],
            "it is known from then on"
        );
    }
}

#[test]
fn without_numbers_halves_are_asked_for() {
    for provider in Provider::all() {
        for words in ["max_tokens is too large", "Das Kontextfenster reicht nicht"] {
            let server = window(provider, |_| words.to_owned());
            assert!(ask(&llm(vec![paid(&server.model(provider))])).0.is_ok());
            let asked = [Some(8_192), Some(4_096), Some(2_048)];
            assert_eq!(limits(&server), asked, "{provider:?} {words}");
        }
    }
}

#[test]
fn words_that_nothing_is_understood_of_lead_to_a_limit_too_and_the_form_is_put_back() {
    for provider in [Provider::Compatible, Provider::Anthropic, Provider::Gemini] {
        let server = window(provider, |_| "nein".to_owned());
        let llm = llm(vec![paid(&server.model(provider))]);
        let (reply, purse) = ask(&llm);
        assert!(reply.is_ok(), "{provider:?}: {reply:?}");
        let last = server.bodies().pop().unwrap();
        assert_eq!(limit(&last), Some(2_048), "{provider:?}");
        assert!(last.to_string().contains("rationale"), "the schema is sent");
        assert!(server.bodies().len() <= 8, "{}", server.bodies().len());
        assert!(purse.calls().pop().unwrap().refused_fields.is_empty());
    }
}

#[test]
fn a_limit_that_was_learnt_is_known_before_the_first_request_and_above_what_was_refused_alone() {
    let words =
        |asked| format!("max_tokens {asked} and a prompt of 1300 tokens exceed the window of 4096");
    let server = window(Provider::Compatible, words);
    let setting = free(&server.model(Provider::Compatible));
    let calls = ask(&llm(vec![setting.clone()])).1.calls();
    let json = serde_json::to_value(&calls[1]).unwrap();
    let read: Call = serde_json::from_value(json.clone()).unwrap();
    assert_eq!(read, calls[1], "it is kept in the record");
    assert!(serde_json::to_value(&calls[0])
        .unwrap()
        .get("learnt_limit")
        .is_none());
    let other = Call {
        model: "openai:other".to_owned(),
        ..calls[1].clone()
    };
    let first = |teach: &dyn Fn(&Llm), most_tokens| {
        let llm = llm(vec![ModelSetting {
            most_tokens,
            ..setting.clone()
        }]);
        teach(&llm);
        let before = server.bodies().len();
        ask(&llm).0.unwrap();
        limits(&server)[before]
    };
    assert_eq!(first(&|llm| llm.recall(&calls), 8_192), Some(2_796));
    assert_eq!(first(&|llm| llm.recall([&other]), 8_192), Some(8_192));
    assert_eq!(
        first(&|llm| llm.learn(&attempt(1, calls.clone(), None)), 9_000),
        Some(2_796)
    );
    assert_eq!(
        first(&|llm| llm.recall(&calls), 1_000),
        Some(1_000),
        "less is wished"
    );
    assert_eq!(
        first(&|llm| llm.recall(&calls), 8_000),
        Some(8_000),
        "of this nothing is known"
    );
}

#[test]
fn a_limit_that_is_doubled_after_a_cut_does_not_pass_what_was_learnt() {
    for knows in [false, true] {
        let server = server(|body| match limit(body) {
            Some(asked) if asked > 8_192 => {
                fails(400, "", "max_tokens must be less than or equal to 8192")
            }
            _ => begins(Provider::Compatible, "{"),
        });
        let llm = llm(vec![paid(&server.model(Provider::Compatible))]);
        if knows {
            ask(&llm).0.unwrap();
        }
        let before = server.bodies().len();
        let (_, purse) = ask(&llm);
        let expected: (&[CallOutcome], &[Option<u64>]) = match knows {
            false => (&[Truncated, FieldRefused], &[Some(8_192), Some(16_384)]),
            true => (&[Truncated], &[Some(8_192)]),
        };
        assert_eq!(purse.outcomes(), expected.0);
        assert_eq!(
            limits(&server)[before..],
            *expected.1,
            "none is paid for twice"
        );
    }
}

#[test]
fn a_server_that_takes_no_limit_is_sent_none_where_nothing_is_paid_for_or_counted() {
    let refuses = || {
        server(|body| match limit(body) {
            Some(_) => fails(400, "", "max_tokens is too large"),
            None => formula(Provider::Compatible),
        })
    };
    let free_one = refuses();
    let one = llm(vec![free(&free_one.model(Provider::Compatible))]);
    assert!(ask(&one).0.is_ok());
    let asked = limits(&free_one);
    assert_eq!(asked.last(), Some(&None));
    assert!(asked.len() <= 9, "{asked:?}");
    assert!(ask(&one).0.is_ok());
    assert_eq!(limits(&free_one).len(), asked.len() + 1, "it is remembered");

    let paid_one = refuses();
    let Err(Unanswered::Failed(reason)) =
        ask(&llm(vec![paid(&paid_one.model(Provider::Compatible))])).0
    else {
        panic!("nothing that is paid for is sent without a limit")
    };
    assert!(
        reason.contains("name one that it takes by max_tokens="),
        "{reason}"
    );
    assert!(limits(&paid_one).iter().all(Option::is_some));

    let counted = refuses();
    let terms = Asking {
        budget: Budget {
            money: None,
            tokens: Some(1_000_000),
        },
        ..asking(vec![free(&counted.model(Provider::Compatible))])
    };
    let llm = Llm::new(&terms, &|_| Some(KEY.to_owned()), quick(), 8).unwrap();
    assert!(ask(&llm).0.is_err(), "nor what is counted");
}

#[test]
fn a_refusal_that_is_not_understood_is_tried_without_the_form_first() {
    for (case, refuses, expected) in [
        ("a schema", &["json_schema"][..], &["json_schema"][..]),
        (
            "any form",
            &["response_format"],
            &["json_schema", "json_object"],
        ),
        ("a temperature", &["\"temperature\""], &["temperature"]),
        (
            "both",
            &["response_format", "\"temperature\""],
            &[
                "temperature",
                "effort",
                "json_schema",
                "json_object",
                "stream",
            ],
        ),
    ] {
        let server = server(move |body| {
            let text = body.to_string();
            if refuses.iter().any(|refused| text.contains(refused)) {
                fails(400, "", "the grammar made of it could not be parsed")
            } else {
                formula(Provider::Compatible)
            }
        });
        let setting = ModelSetting {
            temperature: Some(0.7),
            effort: Some("low".to_owned()),
            ..paid(&server.model(Provider::Compatible))
        };
        let llm = llm(vec![setting]);
        let (reply, purse) = ask(&llm);
        assert!(reply.is_ok(), "{case}: {reply:?}");
        let calls = purse.calls();
        assert!(calls.len() <= 7, "{case}: {}", calls.len());
        let (last, refused) = calls.split_last().unwrap();
        assert_eq!(last.refused_fields, expected, "{case}");
        assert!(
            refused.iter().all(|call| call.outcome == Rejected),
            "{case}"
        );
        let before = server.bodies().len();
        ask(&llm).0.unwrap();
        assert_eq!(
            server.bodies().len(),
            before + 1,
            "{case}: it is remembered"
        );
    }
}

#[test]
fn what_does_not_help_is_put_back_and_not_tried_again_and_the_first_error_is_reported() {
    let numbered = Mutex::new(0);
    let server = server(move |_| {
        let mut number = numbered.lock().unwrap();
        *number += 1;
        fails(400, "", &format!("no, for the reason {number}"))
    });
    let llm = llm(vec![paid(&server.model(Provider::Compatible))]);
    let Err(Unanswered::Failed(reason)) = ask(&llm).0 else {
        panic!("it fails")
    };
    assert!(reason.contains("no, for the reason 1)"), "{reason}");
    let tried = server.bodies().len();
    assert!((2..=10).contains(&tried), "{tried}");
    let (_, purse) = ask(&llm);
    assert_eq!(
        purse.outcomes(),
        [Rejected],
        "of the same kind no second trial"
    );
    assert_eq!(
        server.bodies()[tried],
        server.bodies()[0],
        "all is sent as it was"
    );
}

#[test]
fn what_no_other_form_would_mend_is_asked_once() {
    for (status, words) in [
        (400, "Your request was rejected by our content policy"),
        (400, "Incorrect API key provided"),
        (400, "insufficient credit"),
        (400, "The model `x` does not exist"),
        (400, "prompt is too long: 250000 tokens > 200000 maximum"),
        (413, "Request Entity Too Large"),
    ] {
        let server = Server::answering(vec![fails(status, "", words)]);
        let (reply, _) = ask(&llm(vec![paid(&server.model(Provider::Compatible))]));
        assert!(reply.is_err());
        assert_eq!(server.bodies().len(), 1, "{words}");
    }
}

#[test]
fn a_fault_inside_a_success_teaches_a_limit_too() {
    let server = server(|body| match limit(body) {
        Some(asked) if asked > 4_096 => ResponseTemplate::new(200).set_body_json(
            serde_json::json!({"error": {"message": "max_tokens must be <= 4096", "code": 400}}),
        ),
        _ => formula(Provider::OpenRouter),
    });
    let (reply, purse) = ask(&llm(vec![paid(&server.model(Provider::OpenRouter))]));
    assert!(reply.is_ok());
    assert_eq!(purse.outcomes(), [FieldRefused, Answered]);
}

#[test]
fn those_who_ask_at_the_same_time_wait_for_what_one_finds_out() {
    let server = server(|body| {
        if body.get("response_format").is_some() {
            fails(400, "", "no")
        } else {
            formula(Provider::Compatible)
        }
    });
    let setting = ModelSetting {
        price: Price::stated(1.0, 10.0, "a test"),
        ..free(&server.model(Provider::Compatible))
    };
    let llm = llm(vec![setting]);
    std::thread::scope(|scope| {
        for number in 0..8 {
            let llm = &llm;
            scope.spawn(move || {
                llm.ask(&brief(number), &Notebook::generous(), &Stop::new())
                    .unwrap();
            });
        }
    });
    // Each asks once as it began, one finds out in two steps more, and each of the others once.
    assert!(
        server.bodies().len() <= 8 + 2 + 7,
        "{}",
        server.bodies().len()
    );
}
