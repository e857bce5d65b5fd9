//! How a gate lets requests in: fewer at a limit, more with every answer.

use std::time::Duration;

use motherlode::proposer::llm::gate::Gate;
use proptest::prelude::*;

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
