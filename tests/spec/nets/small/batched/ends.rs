//! Whole trials: how they end, alone and among others.

use candle_core::Device;
use motherlode::formula::kernel::Compiled;
use motherlode::nets::small::{
    train, Assignment, Losses, NetworkDefinition, NetworkKind, TrialEnd, Workspace,
};
use motherlode::nets::{Backend, Initialisation, Normalisation};
use motherlode::numerics::stop::{Halt, Stop};
use motherlode::numerics::stream::Key;
use motherlode::task::{Split, TaskData};

use super::{assignments, networks, tasks};
use crate::nets::small::coupled::FORMULAS;
use crate::nets::small::{bumpy, finished, formula, mlp, residual, task};

fn batched_ends(
    activation: &mut Compiled,
    network: &NetworkDefinition,
    trials: &[Assignment],
) -> Vec<TrialEnd> {
    Backend::Candle(Device::Cpu)
        .train(
            activation,
            network,
            trials,
            &mut Workspace::new(),
            &Stop::new(),
        )
        .unwrap()
}

fn close(found: f64, wanted: f64, relative: f64) -> bool {
    (found - wanted).abs() <= relative * wanted.abs()
}

/// Whether two sets of losses, with their curves and parameters, are within a relative error.
fn alike(found: &Losses, wanted: &Losses, relative: f64) -> bool {
    let losses = |losses: &Losses| {
        [
            vec![losses.train, losses.in_distribution],
            losses.shells.clone(),
        ]
        .concat()
    };
    found
        .curve
        .iter()
        .map(|point| point.0)
        .eq(wanted.curve.iter().map(|point| point.0))
        && found
            .curve
            .iter()
            .zip(&wanted.curve)
            .all(|(found, wanted)| close(f64::from(found.1), f64::from(wanted.1), relative))
        && losses(found)
            .iter()
            .zip(losses(wanted))
            .all(|(found, wanted)| close(*found, wanted, relative))
        && found.parameters.len() == wanted.parameters.len()
        && found
            .parameters
            .iter()
            .zip(&wanted.parameters)
            .all(|(found, wanted)| {
                let same_place = (found.layer, found.parameter, found.initial)
                    == (wanted.layer, wanted.parameter, wanted.initial);
                let near = |found: f64, wanted: f64| {
                    (found - wanted).abs() <= relative * wanted.abs().max(0.1)
                };
                same_place
                    && near(found.mean, wanted.mean)
                    && near(found.low, wanted.low)
                    && near(found.high, wanted.high)
            })
}

#[test]
fn whole_trials_of_tame_formulas_end_within_two_hundredths() {
    // 600 rows: the last block of an evaluation is shorter than the others.
    let tasks = tasks(600);
    for text in [
        "silu",
        "x * sigmoid(channel_param(1.5) * x) + 0.1 * sin(param(2) * x)",
        FORMULAS[1],
        FORMULAS[2],
    ] {
        for network in [mlp(16, 2, Initialisation::LeCun), residual(12, 16, 1)] {
            for kind in [
                Normalisation::None,
                Normalisation::Layer,
                Normalisation::Batch,
            ] {
                let network = NetworkDefinition {
                    normalisation: Some(kind),
                    steps: 60,
                    ..network.clone()
                };
                let mut activation = formula(text).activation();
                let trials = assignments(&tasks);
                for (trial, end) in
                    trials
                        .iter()
                        .zip(batched_ends(&mut activation, &network, &trials))
                {
                    let name = format!("{text} in {:?}, {kind:?}", network.kind);
                    let found = finished(&name, end);
                    let fused = train(
                        &mut activation,
                        trial.task,
                        &network,
                        &trial.key,
                        &mut Workspace::new(),
                        &Stop::new(),
                    );
                    let wanted = finished(&name, fused);
                    assert!(
                        alike(&found, &wanted, 0.02),
                        "{name}: {found:?}, fused {wanted:?}"
                    );
                }
            }
        }
    }
}

#[test]
fn many_trials_end_as_each_of_them_alone() {
    // Two sizes of data sets, of which one is smaller than a batch: groups of their own.
    let tasks: Vec<TaskData> = tasks(300).into_iter().chain(tasks(20)).collect();
    let trials = assignments(&tasks);
    for text in ["silu", FORMULAS[2], FORMULAS[6]] {
        for network in networks().into_iter().step_by(2) {
            let mut activation = formula(text).activation();
            let together = batched_ends(&mut activation, &network, &trials);
            for (trial, end) in trials.iter().zip(together) {
                let name = format!(
                    "{text} in {:?} on {} inputs",
                    network.kind, trial.task.dimension
                );
                let alone = batched_ends(&mut activation, &network, std::slice::from_ref(trial))
                    .swap_remove(0);
                let (found, wanted) = (finished(&name, end), finished(&name, alone));
                assert!(
                    alike(&found, &wanted, 1e-3),
                    "{name}: {found:?}, alone {wanted:?}"
                );
            }
        }
    }
}

#[test]
fn a_trial_that_diverges_disturbs_no_other() {
    let tame: Vec<TaskData> = (0..6)
        .map(|i| task(2 + i % 2, 100, i as u64, bumpy))
        .collect();
    let mut mixed = tame.clone();
    for (index, factor) in [(1, f32::NAN), (3, 1e30), (4, 2e3)] {
        mixed[index]
            .train
            .targets
            .iter_mut()
            .for_each(|target| *target *= factor);
    }
    for text in ["silu", FORMULAS[2], "x + 0.1 * x * tensor_max(x)"] {
        for kind in [Normalisation::None, Normalisation::Batch] {
            let network = NetworkDefinition {
                normalisation: Some(kind),
                ..mlp(12, 2, Initialisation::LeCun)
            };
            let mut activation = formula(text).activation();
            let undisturbed = batched_ends(&mut activation, &network, &assignments(&tame));
            let trials = assignments(&mixed);
            for (index, end) in batched_ends(&mut activation, &network, &trials)
                .into_iter()
                .enumerate()
            {
                if [1, 3, 4].contains(&index) {
                    let (task, key) = (trials[index].task, &trials[index].key);
                    assert_eq!(end, TrialEnd::Diverged { step: 1 }, "{text}");
                    assert_eq!(
                        end,
                        train(
                            &mut activation,
                            task,
                            &network,
                            key,
                            &mut Workspace::new(),
                            &Stop::new()
                        ),
                        "{text}"
                    );
                } else {
                    // To the bit.
                    assert_eq!(end, undisturbed[index], "{text}: trial {index}");
                }
            }
        }
    }
}

#[test]
fn divergence_comes_at_the_same_step_in_both() {
    let network = NetworkDefinition {
        learning_rate: 0.3,
        steps: 100,
        ..mlp(16, 2, Initialisation::He)
    };
    let tasks = tasks(100);
    let trials = assignments(&tasks);
    let mut activation = formula("x^3").activation();
    for (trial, end) in trials
        .iter()
        .zip(batched_ends(&mut activation, &network, &trials))
    {
        let fused = train(
            &mut activation,
            trial.task,
            &network,
            &trial.key,
            &mut Workspace::new(),
            &Stop::new(),
        );
        assert!(matches!(end, TrialEnd::Diverged { .. }), "{end:?}");
        assert_eq!(end, fused);
    }
}

#[test]
fn a_halt_is_asked_for_before_every_step_and_ends_every_trial() {
    let network = NetworkDefinition {
        steps: 200,
        ..mlp(8, 1, Initialisation::LeCun)
    };
    let tasks = tasks(100);
    let trials = assignments(&tasks);
    for at in [0, 1, 40] {
        let stop = Stop::after(u64::from(at), Halt::TimedOut);
        let mut activation = formula("silu").activation();
        let ends = Backend::Candle(Device::Cpu)
            .train(
                &mut activation,
                &network,
                &trials,
                &mut Workspace::new(),
                &stop,
            )
            .unwrap();
        assert_eq!(
            ends,
            vec![
                TrialEnd::Halted {
                    halt: Halt::TimedOut,
                    step: at
                };
                3
            ]
        );
        assert_eq!(stop.asks(), u64::from(at) + 1);
    }
}

#[test]
fn an_empty_split_has_no_loss_and_what_is_too_large_is_refused() {
    let mut empty = task(2, 50, 1, bumpy);
    empty.in_distribution = Split {
        inputs: Vec::new(),
        targets: Vec::new(),
    };
    let trial = [Assignment {
        task: &empty,
        key: Key::new(1),
    }];
    let network = NetworkDefinition {
        steps: 3,
        ..mlp(8, 1, Initialisation::LeCun)
    };
    let end = batched_ends(&mut formula("silu").activation(), &network, &trial).swap_remove(0);
    assert!(finished("silu", end).in_distribution.is_nan());

    let sum = (1..30)
        .map(|i| format!("roll(x, {i}) * batch_mean(sin({i} * x))"))
        .collect::<Vec<_>>()
        .join(" + ");
    let giant = NetworkDefinition {
        batch: 16_384,
        kind: NetworkKind::Mlp,
        ..mlp(4096, 1, Initialisation::LeCun)
    };
    let many = Split {
        inputs: vec![0.5; 9000],
        targets: vec![0.5; 9000],
    };
    let large = TaskData {
        train: many,
        ..task(1, 1, 1, bumpy)
    };
    let trial = [Assignment {
        task: &large,
        key: Key::new(1),
    }];
    let end = batched_ends(&mut formula(&sum).activation(), &giant, &trial).swap_remove(0);
    assert!(matches!(end, TrialEnd::Refused(_)), "{end:?}");
}
