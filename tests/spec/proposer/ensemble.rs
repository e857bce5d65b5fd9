//! Ensembles: which model is asked, what is learnt of them, and who steps in.

use std::collections::BTreeMap;

use motherlode::numerics::stop::Stop;
use motherlode::proposer::llm::address::Provider;
use motherlode::proposer::llm::{Llm, Patience};
use motherlode::proposer::{Brief, Pause, Proposer, Unanswered};
use motherlode::record::attempt::{Attempt, Outcome, Rejection, Reply};
use motherlode::record::candidate::Placement;
use motherlode::record::charter::ModelSetting;
use motherlode::record::evaluation::{Estimate, Evaluation, Fitness};
use motherlode::record::ledger::{Call, CallOutcome, CostSource, Money, Purpose};

use super::brief;
use super::purse::Notebook;
use super::servers::{
    ask, fails, formula, free, llm, paid, patient, quick, raw_server, Server, NOWHERE,
};

const GOOD: &str = "compatible:good@http://127.0.0.1:1/v1";
const POOR: &str = "compatible:poor@http://127.0.0.1:1/v1";

/// An answered call to a model.
fn call(model: &str, cost: f64) -> Call {
    Call {
        model: model.to_owned(),
        answered_by: None,
        purpose: Purpose::Propose,
        outcome: CallOutcome::Answered,
        detail: None,
        doubt: None,
        usage: None,
        cost: Money::dollars(cost).unwrap(),
        source: CostSource::Computed,
        tokens: 100,
        refused_fields: Vec::new(),
        learnt_limit: None,
        exchange: None,
    }
}

/// A settled attempt of these calls, so much fitter than its parents; without a gain it was
/// rejected.
pub fn attempt(number: u64, calls: Vec<Call>, gain: Option<f64>) -> Attempt {
    let evaluation = gain.map(|gain| Evaluation {
        lab: "none".to_owned(),
        target: "general".to_owned(),
        estimate: Estimate {
            fitness: Fitness::new(0.5 + gain).unwrap(),
            fitness_interval: (0.0, 1.0),
        },
        profiles: BTreeMap::new(),
        train_loss: None,
        in_distribution_loss: None,
        out_of_distribution_loss: None,
        tasks: Vec::new(),
        trials: Vec::new(),
        runs: Vec::new(),
    });
    Attempt {
        attempt: number,
        island: 0,
        proposer: "llm".to_owned(),
        parents: Vec::new(),
        parents_fitness: Some(0.5),
        inspirations: Vec::new(),
        reply: Some(Reply::default()),
        proposal: None,
        sibling_of: None,
        further: Vec::new(),
        guidance: None,
        calls,
        formula: None,
        fingerprint: None,
        measures: None,
        rungs: Vec::new(),
        evaluation,
        outcome: match gain {
            Some(_) => Outcome::Placed(Placement::NewNiche),
            None => Outcome::Rejected(Rejection::NoReply {
                detail: "lost".to_owned(),
            }),
        },
    }
}

/// Two models of equal weight.
fn pair() -> Llm {
    llm(vec![paid(GOOD), paid(POOR)])
}

/// The share of the first of [`pair`] after these attempts.
fn share_after(attempts: impl IntoIterator<Item = Attempt>) -> f64 {
    let llm = pair();
    attempts.into_iter().for_each(|attempt| llm.learn(&attempt));
    let shares = llm.shares();
    assert!(
        (shares.iter().sum::<f64>() - 1.0).abs() < 1e-12 && shares.iter().all(|share| *share > 0.0),
        "{shares:?}"
    );
    shares[0]
}

/// Forty attempts, turn by turn of the first and the second: what each costs and gains.
fn turns(first: (f64, Option<f64>), second: (f64, Option<f64>)) -> Vec<Attempt> {
    let turn = |number: u64| {
        let (model, (cost, gain)) = if number.is_multiple_of(2) {
            (GOOD, first)
        } else {
            (POOR, second)
        };
        attempt(number, vec![call(model, cost)], gain)
    };
    (1..=40).map(turn).collect()
}

fn assigned(llm: &Llm, attempt: u64) -> (Option<String>, Purpose) {
    let mut brief = brief(attempt);
    llm.assign(&mut brief);
    (brief.model, brief.purpose)
}

#[test]
fn before_anything_is_learnt_models_are_drawn_by_their_weights() {
    let llm = llm(vec![
        ModelSetting {
            weight: 3.0,
            ..free(GOOD)
        },
        free(POOR),
    ]);
    assert_eq!(llm.shares(), [0.75, 0.25]);
    let good = (1..=2000)
        .filter(|attempt| assigned(&llm, *attempt).0.as_deref() == Some(GOOD))
        .count();
    assert!((1400..1600).contains(&good), "{good} of 2000");
}

#[test]
fn an_assignment_follows_from_the_briefs_key_and_the_settled_attempts_alone() {
    let history = turns((0.001, Some(0.2)), (0.01, None));
    let learnt = || {
        let llm = pair();
        history.iter().for_each(|attempt| llm.learn(attempt));
        llm
    };
    let (one, other) = (learnt(), learnt());
    // What this run's requests came to does not count before it is settled.
    assert!(ask(&one).0.is_err());
    for number in 1..=100 {
        assert_eq!(assigned(&one, number), assigned(&one, number));
        assert_eq!(assigned(&one, number), assigned(&other, number));
    }
    assert!(
        (1..=100).any(|number| assigned(&one, number).0 != assigned(&pair(), number).0),
        "what was learnt shows"
    );
}

#[test]
fn shares_shift_to_what_improves_more_for_a_dollar_failures_counted() {
    let cent = 0.01;
    for (case, first, second) in [
        (
            "a larger gain at the same price",
            (cent, Some(0.3)),
            (cent, Some(0.1)),
        ),
        (
            "the same gain at a tenth of the price",
            (cent / 10.0, Some(0.1)),
            (cent, Some(0.1)),
        ),
        (
            "a small gain against none",
            (cent, Some(0.01)),
            (cent, Some(-0.5)),
        ),
        ("a gain against failures", (cent, Some(0.1)), (cent, None)),
        ("a gain for nothing", (0.0, Some(0.1)), (cent, Some(0.1))),
    ] {
        let share = share_after(turns(first, second));
        assert!(share > 0.6 && share < 0.93, "{case}: {share}");
        assert!(
            (share_after(turns(second, first)) - (1.0 - share)).abs() < 1e-9,
            "{case}: which of the two is first makes no difference"
        );
    }
    assert_eq!(
        share_after(turns((cent, None), (cent * 5.0, Some(-1.0)))),
        0.5,
        "where nothing gains, the weights decide"
    );
}

#[test]
fn a_model_that_gave_no_reply_pays_for_it_and_the_one_that_did_gains() {
    let both = |number| attempt(number, vec![call(GOOD, 0.01), call(POOR, 0.01)], Some(0.2));
    let share = share_after((1..=40).map(both));
    assert!(share < 0.4, "the last call brought the reply: {share}");
}

#[test]
fn the_gain_of_a_further_formula_is_its_replys_and_no_draw_of_its_own() {
    let first = |number| {
        attempt(
            number,
            vec![call(if number % 4 == 0 { GOOD } else { POOR }, 0.01)],
            Some(0.05),
        )
    };
    let further = |number| Attempt {
        sibling_of: Some(number - 1),
        reply: None,
        calls: Vec::new(),
        ..attempt(number, Vec::new(), Some(0.4))
    };
    let without = share_after((2..=40).step_by(2).map(first));
    let with = share_after((2..=40).step_by(2).flat_map(|number| {
        let more = (number % 4 == 0).then(|| further(number + 1));
        std::iter::once(first(number))
            .chain(more)
            .collect::<Vec<_>>()
    }));
    assert!(with > without + 0.1, "{with} against {without}");
}

#[test]
fn an_attempt_of_a_model_that_is_not_asked_any_more_teaches_nothing() {
    let stranger = attempt(1, vec![call("openai:old-model", 0.01)], Some(1.0));
    let copied = Attempt {
        sibling_of: Some(1),
        calls: Vec::new(),
        ..stranger.clone()
    };
    assert_eq!(share_after([stranger, copied]), 0.5);
}

/// A brief that is to be asked of this model first.
fn first(model: &str) -> Brief {
    Brief {
        model: Some(model.to_owned()),
        ..brief(3)
    }
}

#[test]
fn the_assigned_model_is_asked_first() {
    let (one, other) = (
        Server::answering(vec![formula(Provider::OpenAi)]),
        Server::answering(vec![formula(Provider::OpenAi)]),
    );
    let models = vec![
        free(&one.model(Provider::OpenAi)),
        ModelSetting {
            weight: 9.0,
            ..free(&other.model(Provider::OpenAi))
        },
    ];
    let llm = llm(models);
    for model in [one.model(Provider::OpenAi), other.model(Provider::OpenAi)] {
        llm.ask(&first(&model), &Notebook::generous(), &Stop::new())
            .unwrap();
    }
    assert_eq!((one.requests().len(), other.requests().len()), (1, 1));
}

#[test]
fn where_one_model_cannot_answer_the_next_is_asked() {
    for (case, answer, tries) in [
        ("a server in trouble", fails(503, "", "busy"), 4),
        ("a key that is refused", fails(401, "", "no"), 1),
        ("an account that cannot pay", fails(402, "", "no"), 1),
        ("a model that is not there", fails(404, "", "no"), 1),
        (
            "a request that is refused",
            fails(400, "", "our content policy"),
            1,
        ),
        (
            "a limit beyond all waits",
            fails(429, "", "no").insert_header("retry-after", "9999"),
            1,
        ),
    ] {
        let (broken, sound) = (
            Server::answering(vec![answer]),
            Server::answering(vec![formula(Provider::OpenAi)]),
        );
        let models = vec![
            paid(&broken.model(Provider::OpenAi)),
            paid(&sound.model(Provider::OpenAi)),
        ];
        let llm = llm(models);
        let purse = Notebook::generous();
        assert!(
            llm.ask(
                &first(&broken.model(Provider::OpenAi)),
                &purse,
                &Stop::new()
            )
            .is_ok(),
            "{case}"
        );
        assert_eq!(
            (
                broken.requests().len(),
                sound.requests().len(),
                purse.calls().len()
            ),
            (tries, 1, tries + 1),
            "{case}"
        );
    }
    let sound = Server::answering(vec![formula(Provider::OpenAi)]);
    let llm = llm(vec![paid(NOWHERE), paid(&sound.model(Provider::OpenAi))]);
    assert!(
        llm.ask(&first(NOWHERE), &Notebook::generous(), &Stop::new())
            .is_ok(),
        "a server that is not reached"
    );
}

#[test]
fn where_a_request_may_have_been_billed_no_other_model_is_asked() {
    let (address, _) = raw_server(|_| {});
    let sound = Server::answering(vec![formula(Provider::OpenAi)]);
    let answer = llm(vec![paid(&address), paid(&sound.model(Provider::OpenAi))]).ask(
        &first(&address),
        &Notebook::generous(),
        &Stop::new(),
    );
    assert!(matches!(answer, Err(Unanswered::Failed(_))), "{answer:?}");
    assert!(sound.requests().is_empty());
    let answer = llm(vec![free(&address), paid(&sound.model(Provider::OpenAi))]).ask(
        &first(&address),
        &Notebook::generous(),
        &Stop::new(),
    );
    assert!(answer.is_ok(), "a free server's loss costs nothing");
}

#[test]
fn a_model_that_does_not_answer_leaves_the_next_a_part_of_the_time() {
    let slow = Server::answering(vec![
        formula(Provider::OpenAi).set_delay(std::time::Duration::from_secs(60))
    ]);
    let sound = Server::answering(vec![formula(Provider::OpenAi)]);
    let patience = Patience {
        total: std::time::Duration::from_millis(1000),
        ..quick()
    };
    let llm = patient(
        vec![
            free(&slow.model(Provider::OpenAi)),
            free(&sound.model(Provider::OpenAi)),
        ],
        patience,
    );
    let answer = llm.ask(
        &first(&slow.model(Provider::OpenAi)),
        &Notebook::generous(),
        &Stop::new(),
    );
    assert!(answer.is_ok(), "{answer:?}");
    assert_eq!((slow.requests().len(), sound.requests().len()), (1, 1));
}

#[test]
fn a_model_whose_key_is_refused_is_not_asked_again() {
    let (broken, sound) = (
        Server::answering(vec![fails(401, "", "no")]),
        Server::answering(vec![formula(Provider::OpenAi)]),
    );
    let llm = llm(vec![
        free(&broken.model(Provider::OpenAi)),
        free(&sound.model(Provider::OpenAi)),
    ]);
    for _ in 0..3 {
        assert!(llm
            .ask(
                &first(&broken.model(Provider::OpenAi)),
                &Notebook::generous(),
                &Stop::new()
            )
            .is_ok());
    }
    assert_eq!((broken.requests().len(), sound.requests().len()), (1, 3));
}

#[test]
fn a_model_that_failed_three_times_in_a_row_waits_behind_the_others_until_it_answers() {
    let refusals = vec![
        fails(400, "", "our content policy"),
        fails(400, "", "our content policy"),
        fails(400, "", "our content policy"),
        formula(Provider::OpenAi),
    ];
    let sound = [
        vec![formula(Provider::OpenAi); 4],
        vec![fails(400, "", "our content policy")],
    ]
    .concat();
    let (unwell, sound) = (Server::answering(refusals), Server::answering(sound));
    let llm = llm(vec![
        free(&unwell.model(Provider::OpenAi)),
        free(&sound.model(Provider::OpenAi)),
    ]);
    let asked = || {
        assert!(llm
            .ask(
                &first(&unwell.model(Provider::OpenAi)),
                &Notebook::generous(),
                &Stop::new()
            )
            .is_ok());
        (unwell.requests().len(), sound.requests().len())
    };
    assert_eq!([asked(), asked(), asked()], [(1, 1), (2, 2), (3, 3)]);
    assert_eq!(asked(), (3, 4), "the other goes first");
    assert_eq!(asked(), (4, 5), "where that fails it is asked all the same");
    assert_eq!(asked(), (5, 5), "and is well again");
}

#[test]
fn where_no_model_can_be_asked_any_more_the_first_reason_pauses() {
    let refused = Server::answering(vec![fails(401, "", "no")]);
    let unpaid = Server::answering(vec![fails(402, "", "no")]);
    let llm = llm(vec![
        free(&refused.model(Provider::OpenAi)),
        free(&unpaid.model(Provider::Anthropic)),
    ]);
    for _ in 0..2 {
        let Err(Unanswered::Paused { pause, detail }) = ask(&llm).0 else {
            panic!("nobody is left")
        };
        assert_eq!(pause, Pause::Credentials);
        assert!(
            detail.starts_with(&format!("{}: ", refused.model(Provider::OpenAi))),
            "{detail}"
        );
    }
    assert_eq!((refused.requests().len(), unpaid.requests().len()), (1, 1));
}

#[test]
fn a_failed_call_is_told_before_a_pause_of_another_model() {
    let refused = Server::answering(vec![fails(401, "", "no")]);
    let busy = Server::answering(vec![fails(400, "", "too long")]);
    let (answer, _) = ask(&llm(vec![
        free(&refused.model(Provider::OpenAi)),
        free(&busy.model(Provider::OpenAi)),
    ]));
    let Err(Unanswered::Failed(reason)) = answer else {
        panic!("{answer:?}")
    };
    assert!(reason.contains("too long"), "{reason}");
}
