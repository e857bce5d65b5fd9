//! How a gate lets requests in: fewer at a limit, more with every answer.

use std::time::Duration;

use motherlode::numerics::stop::Stop;
use motherlode::proposer::llm::address::Provider;
use motherlode::proposer::llm::gate::Gate;
use motherlode::proposer::llm::Patience;
use motherlode::proposer::{Proposer, Unanswered};
use proptest::prelude::*;
use wiremock::{Request, Respond, ResponseTemplate};

use super::brief;
use super::purse::Notebook;
use super::servers::{ask, formula, free, llm, patient, quick, Server};

/// How many requests a gate lets in at once.
fn let_in(gate: &Gate) -> usize {
    let mut passes = Vec::new();
    while let Ok(pass) = gate.enter() {
        passes.push(pass);
    }
    passes.len()
}

#[test]
fn a_gate_lets_in_its_most_and_one_more_for_each_that_leaves() {
    let gate = Gate::new(3);
    let first = gate.enter().unwrap();
    let (_second, _third) = (gate.enter().unwrap(), gate.enter().unwrap());
    assert_eq!(
        gate.enter().err(),
        Some(Duration::ZERO),
        "it waits for the others"
    );
    drop(first);
    assert_eq!(let_in(&gate), 1);
    assert_eq!(
        (Gate::new(0).limit(), let_in(&Gate::new(0))),
        (1, 1),
        "a gate lets in one at least"
    );
}

#[test]
fn a_gate_halves_at_a_limit_and_grows_by_one_for_about_as_many_answers_as_it_lets_in() {
    let gate = Gate::new(8);
    for expected in [4, 2, 1, 1] {
        gate.narrow(Duration::ZERO);
        assert_eq!((gate.limit() as usize, let_in(&gate)), (expected, expected));
    }
    for limit in 1..8 {
        let mut answers = 0;
        while gate.limit() == limit {
            gate.widen();
            answers += 1;
        }
        assert_eq!(gate.limit(), limit + 1);
        assert!(
            (limit..=limit + 1).contains(&answers),
            "{answers} answers at {limit}"
        );
    }
    (0..1000).for_each(|_| gate.widen());
    assert_eq!(
        (gate.limit(), let_in(&gate)),
        (8, 8),
        "never above its most"
    );
}

#[test]
fn a_gate_that_shrinks_under_requests_under_way_waits_for_them() {
    let gate = Gate::new(4);
    let mut passes: Vec<_> = (0..4).map(|_| gate.enter().unwrap()).collect();
    gate.narrow(Duration::ZERO);
    for _ in 0..2 {
        assert!(gate.enter().is_err());
        passes.pop();
    }
    assert!(gate.enter().is_err(), "two are under way, and two may be");
    passes.pop();
    assert!(gate.enter().is_ok());
}

#[test]
fn a_gate_holds_back_until_the_time_that_was_named_and_never_forgets_a_later_one() {
    let gate = Gate::new(4);
    gate.narrow(Duration::from_secs(3600));
    gate.hold_back(Duration::from_secs(1));
    let wait = gate.enter().err().expect("it holds back");
    assert!(
        wait > Duration::from_secs(3500) && wait <= Duration::from_secs(3600),
        "{wait:?}"
    );
    gate.hold_back(Duration::MAX);
    assert!(
        gate.enter().is_err(),
        "a time beyond all clocks is no reason to panic"
    );
}

/// Takes in so many answers, each with as many under way as may be, after so long.
fn answers(gate: &Gate, number: usize, took: u64) {
    for _ in 0..number {
        let mut passes = Vec::new();
        while let Ok(pass) = gate.enter() {
            passes.push(pass);
        }
        let last = passes.last().unwrap();
        gate.answered(last, Duration::from_secs(took), Duration::from_secs(100));
    }
}

#[test]
fn a_gate_before_a_server_of_ones_own_begins_with_one_and_widens_while_answers_come_early() {
    let gate = Gate::of_own_server(8);
    assert_eq!(let_in(&gate), 1);
    for (number, took, expected) in [
        (9, 40, 1),
        (1, 25, 2),
        (9, 26, 2),
        (1, 10, 2),
        (1, 26, 2),
        (2, 10, 3),
        (1, 51, 2),
        (99, 1, 8),
    ] {
        answers(&gate, number, took);
        assert_eq!(let_in(&gate), expected, "{number} answers in {took} s");
    }
    gate.narrow(Duration::ZERO);
    assert_eq!(
        let_in(&gate),
        4,
        "an answer that came too late narrows as a limit does"
    );
    for _ in 0..99 {
        let alone = gate.enter().unwrap();
        gate.answered(&alone, Duration::from_secs(1), Duration::from_secs(100));
    }
    assert_eq!(
        let_in(&gate),
        4,
        "an answer alone says nothing of more at once"
    );
    let hosted = Gate::new(8);
    hosted.narrow(Duration::ZERO);
    answers(&hosted, 5, 100);
    assert_eq!(
        let_in(&hosted),
        5,
        "a provider's answers may take their time"
    );
}

/// A server that answers one request at a time, each in its turn.
struct OneByOne(Duration);

impl Respond for OneByOne {
    fn respond(&self, _: &Request) -> ResponseTemplate {
        std::thread::sleep(self.0);
        formula(Provider::Compatible)
    }
}

#[test]
fn a_server_that_answers_one_request_at_a_time_loses_none_however_many_wait() {
    let server = Server::with(OneByOne(Duration::from_millis(60)));
    let patience = Patience {
        total: Duration::from_secs(1),
        ..quick()
    };
    // All together they take longer than one proposal may.
    let llm = patient(vec![free(&server.model(Provider::Compatible))], patience);
    std::thread::scope(|scope| {
        for number in 1..=24 {
            let llm = &llm;
            scope.spawn(move || {
                let purse = Notebook::generous();
                llm.ask(&brief(number), &purse, &Stop::new()).unwrap();
                assert_eq!(purse.calls().len(), 1);
            });
        }
    });
    assert_eq!(server.requests().len(), 24);
}

#[test]
fn who_waits_for_its_turn_ends_where_it_is_to_stop() {
    let server = Server::answering(vec![
        formula(Provider::Compatible).set_delay(Duration::from_secs(60))
    ]);
    let llm = llm(vec![free(&server.model(Provider::Compatible))]);
    let stop = Stop::new();
    std::thread::scope(|scope| {
        let ask = |number| llm.ask(&brief(number), &Notebook::generous(), &stop);
        let asked: Vec<_> = (1..=3)
            .map(|number| scope.spawn(move || ask(number)))
            .collect();
        while server.requests().is_empty() {
            std::thread::yield_now();
        }
        stop.raise();
        for asked in asked {
            assert_eq!(asked.join().unwrap(), Err(Unanswered::Stopped));
        }
    });
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn an_answer_that_is_too_late_names_what_would_help() {
    let server = Server::answering(vec![
        formula(Provider::Compatible).set_delay(Duration::from_secs(60))
    ]);
    let patience = Patience {
        total: Duration::from_millis(200),
        ..quick()
    };
    let llm = patient(vec![free(&server.model(Provider::Compatible))], patience);
    let Err(Unanswered::Failed(reason)) = ask(&llm).0 else {
        panic!("it is too late")
    };
    assert!(
        reason.contains(
            "in the time of a proposal, 200ms; a longer --deadline may help, or fewer \
                         --requests at once"
        ),
        "{reason}"
    );
}

proptest! {
    #[test]
    fn a_gates_limit_stays_between_one_and_its_most(
        most in 0_u32..40,
        steps in proptest::collection::vec(any::<bool>(), 0..200),
    ) {
        let gate = Gate::new(most);
        for grow in steps {
            if grow {
                gate.widen()
            } else {
                gate.narrow(Duration::ZERO)
            }
            prop_assert!((1..=most.max(1)).contains(&gate.limit()));
        }
    }
}
