//! The cascade beyond its first rung: a rung may run the full networks on some of the tasks, and
//! what goes on has those trials already.

use std::collections::{BTreeSet, HashSet};

use motherlode::formula::Formula;
use motherlode::lab::{climb, evaluate_all, CascadeEnd, Lab, Laboratory};
use motherlode::nets::small::Workspace;
use motherlode::numerics::stop::{Halt, Stop};

use super::{laboratory, TINY};

const SECOND: &str = "[[rung]]\nname = \"2\"\nkeep = 0.5\nfield = 300\nleast_field = 6\ntasks = \
    [\"f_I.6.2\"]\nnetworks = \"full\"\n";

/// Climbs as far as the thresholds let it; how it ended, and how often the training looked whether
/// it should halt.
fn climbed(laboratory: &Laboratory, thresholds: &[Option<f64>]) -> (CascadeEnd, u64) {
    let formula = Formula::parse("tanh(x)").unwrap();
    let stop = Stop::after(u64::MAX, Halt::Stopped);
    let end = climb(
        laboratory,
        &formula,
        "mlp",
        &thresholds.to_vec(),
        &mut Workspace::default(),
        &stop,
    );
    (end, stop.asks())
}

#[test]
fn a_rung_of_the_full_networks_drops_what_is_outclassed_there() {
    let laboratory = laboratory(&format!("{TINY}\n{SECOND}"));
    let (CascadeEnd::Passed { rungs, .. }, _) = climbed(&laboratory, &[None, None]) else {
        panic!("empty fields ask for nothing")
    };
    assert_eq!(
        rungs
            .iter()
            .map(|rung| rung.rung.as_str())
            .collect::<Vec<_>>(),
        ["1", "2"]
    );
    let reached = rungs[1].fitness;
    assert!(
        matches!(
            climbed(&laboratory, &[None, Some(reached)]).0,
            CascadeEnd::Passed { .. }
        ),
        "what just reaches the field goes on"
    );
    let (CascadeEnd::Dropped { rungs, rejection }, _) =
        climbed(&laboratory, &[None, Some(reached + 0.001)])
    else {
        panic!("it falls short")
    };
    assert_eq!((rungs.len(), rejection.kind()), (2, "Outclassed"));
    assert!(
        rejection.detail().contains("rung 2") || rejection.detail().contains('2'),
        "{}",
        rejection.detail()
    );
}

#[test]
fn what_goes_on_costs_nothing_more_for_a_rung_of_the_full_networks() {
    let (with, without) = (laboratory(&format!("{TINY}\n{SECOND}")), laboratory(TINY));
    let (CascadeEnd::Passed { evaluation, .. }, looks) = climbed(&with, &[None, None]) else {
        panic!("empty fields ask for nothing")
    };
    let (
        CascadeEnd::Passed {
            evaluation: plain, ..
        },
        plain_looks,
    ) = climbed(&without, &[None])
    else {
        panic!("empty fields ask for nothing")
    };
    assert_eq!(
        (&evaluation, looks),
        (&plain, plain_looks),
        "not one trial is run twice"
    );
    let formula = Formula::parse("tanh(x)").unwrap();
    let all = evaluate_all(&with, &[&formula], "mlp", 1, &Stop::new(), &|| ()).unwrap();
    assert_eq!(*evaluation, all[0], "the same bits as without a cascade");
}

#[test]
fn a_rung_without_networks_has_to_say_so() {
    let error = Lab::parse(&format!(
        "{TINY}\n{}",
        SECOND.replace("networks = \"full\"\n", "")
    ))
    .unwrap_err()
    .to_string();
    assert!(
        error.contains("rung '2'") && error.contains("networks = \"full\""),
        "{error}"
    );
    let error = Lab::parse(&format!(
        "{TINY}\n{}",
        SECOND.replace("\"full\"", "\"small\"")
    ))
    .unwrap_err()
    .to_string();
    assert!(error.contains("small") && error.contains("full"), "{error}");
}

#[test]
fn the_shipped_labs_climb_by_way_of_tasks_that_differ_from_rung_to_rung() {
    for (name, a_family) in [("standard", 2), ("smoke", 1)] {
        let lab = Lab::parse(Lab::shipped(name).unwrap()).unwrap();
        let tasks: Vec<&String> = lab.rungs.iter().flat_map(|rung| &rung.tasks).collect();
        assert_eq!(
            tasks.iter().collect::<HashSet<_>>().len(),
            tasks.len(),
            "{name}: a task stands in two rungs"
        );
        let second = &lab.rungs[1].tasks;
        let families: BTreeSet<&str> = second.iter().map(|task| &task[..1]).collect();
        assert_eq!(
            (families.len(), second.len()),
            (4, 4 * a_family),
            "{name}: {second:?}"
        );
    }
}
