//! The rungs of the cascade: what is trained on each, and what is dropped there.

use motherlode::lab::{climb, CascadeEnd, Draw, Lab, Laboratory};
use motherlode::nets::small::Workspace;
use motherlode::nets::Backend;
use motherlode::numerics::stop::{Halt, Stop};
use motherlode::record::attempt::Rejection;
use motherlode::record::evaluation::Evaluation;

use super::{formula, laboratory, TINY};

#[test]
fn the_cascade_drops_what_the_running_field_outclasses() {
    let laboratory = laboratory(TINY);
    let climb = |thresholds: Vec<Option<f64>>| {
        climb(
            &laboratory,
            &formula("tanh(x)"),
            "mlp",
            &thresholds,
            &mut Workspace::default(),
            &Stop::new(),
        )
    };
    let CascadeEnd::Passed { rungs, evaluation } = climb(vec![None]) else {
        panic!("an empty field asks for nothing")
    };
    assert_eq!((rungs[0].rung.as_str(), rungs[0].threshold), ("1", None));
    assert_eq!(
        evaluation.profiles.len(),
        2,
        "every profile's fitness is recorded"
    );
    let reached = rungs[0].fitness;
    assert!(
        matches!(climb(vec![Some(reached)]), CascadeEnd::Passed { .. }),
        "what just reaches the field goes on"
    );
    let CascadeEnd::Dropped { rungs, rejection } = climb(vec![Some(reached + 0.001)]) else {
        panic!("it falls short")
    };
    assert_eq!((rungs.len(), rejection.kind()), (1, "Outclassed"));
}

#[test]
fn a_cheap_rung_runs_the_networks_of_the_target_alone() {
    let laboratory = laboratory(TINY);
    let rung = |target: &str| {
        let addresses = laboratory.addresses(Some(0), &laboratory.profiles_of(target));
        addresses
            .iter()
            .map(|address| address.profile)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        (rung("mlp"), rung("transformer"), rung("general")),
        (vec![0], vec![1], vec![0, 1])
    );
}

#[test]
fn a_halt_from_outside_ends_the_climb_at_once() {
    let laboratory = laboratory(TINY);
    for halt in [Halt::Stopped, Halt::TimedOut] {
        let end = climb(
            &laboratory,
            &formula("tanh(x)"),
            "mlp",
            &vec![None],
            &mut Workspace::default(),
            &Stop::after(0, halt),
        );
        assert_eq!(end, CascadeEnd::Halted(halt));
    }
}

#[test]
fn a_formula_that_diverges_on_a_cheap_rung_is_dropped_there() {
    let wild = TINY.replace(
        "learning_rate = 5e-3\nbatch = 32\nsteps = 20",
        "learning_rate = 0.9\nbatch = 32\nsteps = 20",
    );
    let laboratory = laboratory(&wild);
    let end = climb(
        &laboratory,
        &formula("x*x*x"),
        "mlp",
        &vec![None],
        &mut Workspace::default(),
        &Stop::new(),
    );
    assert!(
        matches!(
            &end,
            CascadeEnd::Dropped {
                rejection: Rejection::Diverged { .. },
                ..
            }
        ),
        "{end:?}"
    );
}

#[test]
fn the_cascade_ends_alike_on_both_back_ends() {
    let on = |backend: Backend| {
        Laboratory::prepare_on(
            backend,
            Lab::parse(TINY).unwrap(),
            Draw::Own { seed: 3 },
            2,
            &Stop::new(),
        )
        .unwrap()
    };
    let [fused, batched] = [Backend::Fused, Backend::Candle(candle_core::Device::Cpu)].map(on);
    let climb = |laboratory, text| {
        climb(
            laboratory,
            &formula(text),
            "mlp",
            &vec![None],
            &mut Workspace::default(),
            &Stop::new(),
        )
    };
    let (
        CascadeEnd::Passed {
            evaluation: found, ..
        },
        CascadeEnd::Passed {
            evaluation: wanted, ..
        },
    ) = (climb(&batched, "silu"), climb(&fused, "silu"))
    else {
        panic!("SiLU trains on both")
    };
    let identity = |evaluation: &Evaluation| {
        let of = |trial: &motherlode::record::evaluation::Trial| {
            (
                trial.task.clone(),
                trial.profile.clone(),
                trial.network.clone(),
                trial.seed,
            )
        };
        evaluation.trials.iter().map(of).collect::<Vec<_>>()
    };
    assert_eq!(identity(&found), identity(&wanted));
    assert_eq!(
        climb(&batched, "x*x*x"),
        climb(&fused, "x*x*x"),
        "the first trial that diverges is named"
    );
    let halted = |halt| {
        motherlode::lab::climb(
            &batched,
            &formula("silu"),
            "mlp",
            &vec![None],
            &mut Workspace::default(),
            &Stop::after(0, halt),
        )
    };
    assert_eq!(halted(Halt::TimedOut), CascadeEnd::Halted(Halt::TimedOut));
}
