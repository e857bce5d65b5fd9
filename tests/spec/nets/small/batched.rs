//! The batched back end on the CPU, held to the fused one: step by step, over whole trials, and to
//! itself alone and among others.

use candle_core::Device;
use motherlode::formula::kernel::Compiled;
use motherlode::formula::Formula;
use motherlode::nets::small::{
    batched, train, Assignment, Losses, NetworkDefinition, NetworkKind, Training, TrialEnd,
    Workspace,
};
use motherlode::nets::{Backend, Initialisation, Normalisation, Optimiser, Schedule};
use motherlode::numerics::stop::{Halt, Stop};
use motherlode::numerics::stream::{Key, Stream};
use motherlode::task::{Split, TaskData};

use super::coupled::FORMULAS;
use super::{bumpy, mlp, residual, task};

fn formula(text: &str) -> Formula {
    Formula::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// Tasks of one to three inputs, of equally many rows.
fn tasks(rows: usize) -> Vec<TaskData> {
    (1..4)
        .map(|dimension| task(dimension, rows, 20 + dimension as u64, bumpy))
        .collect()
}

fn assignments(tasks: &[TaskData]) -> Vec<Assignment<'_>> {
    tasks
        .iter()
        .zip(0..)
        .map(|(task, seed)| Assignment {
            task,
            key: Key::new(seed),
        })
        .collect()
}

/// How far the two back ends may be apart after each step.
struct Allowed {
    /// In parts of the loss, or of 0.01.
    loss: f64,
    /// In parts of the learning rate a step, in descent times the largest component of the gradient
    /// where that is above 1.
    parameters: f64,
}

/// Both back ends take `steps` steps of every trial.
fn go_together(
    name: &str,
    activation: &mut Compiled,
    network: &NetworkDefinition,
    tasks: &[TaskData],
    steps: usize,
    allowed: &Allowed,
) {
    let descends = matches!(network.optimiser, Optimiser::Sgd { .. });
    let trials = assignments(tasks);
    let mut side_by_side =
        batched::BatchedTraining::new(&Device::Cpu, activation, network, &trials).unwrap();
    let mut alone: Vec<(Vec<f32>, Vec<Vec<f32>>, f64)> = Vec::new();
    for trial in &trials {
        let mut workspace = Workspace::new();
        let mut training =
            Training::new(activation, trial.task, network, &trial.key, &mut workspace);
        let mut parameters = vec![training.parameters()];
        let (mut losses, mut largest) = (Vec::new(), 1.0f32);
        for _ in 0..steps {
            losses.push(training.step());
            parameters.push(training.parameters());
            largest = training
                .gradient()
                .iter()
                .fold(largest, |largest, component| largest.max(component.abs()));
        }
        alone.push((losses, parameters, f64::from(largest)));
    }
    for (found, (_, wanted, _)) in side_by_side.parameters().unwrap().iter().zip(&alone) {
        assert_eq!(found, &wanted[0], "{name}: what is drawn");
    }
    for step in 0..steps {
        let losses = side_by_side.step().unwrap().to_vec1::<f32>().unwrap();
        let parameters = side_by_side.parameters().unwrap();
        for (trial, (wanted_losses, wanted, largest)) in alone.iter().enumerate() {
            let (found, wanted_loss) = (f64::from(losses[trial]), f64::from(wanted_losses[step]));
            let apart = (found - wanted_loss).abs();
            assert!(
                apart <= allowed.loss * wanted_loss.max(1e-2),
                "{name}, trial {trial}, step {step}: loss {found}, fused {wanted_loss}"
            );
            assert_eq!(
                parameters[trial].len(),
                wanted[step + 1].len(),
                "{name}: parameters"
            );
            for (index, (found, wanted)) in
                parameters[trial].iter().zip(&wanted[step + 1]).enumerate()
            {
                let most = allowed.parameters
                    * network.learning_rate
                    * (step + 1) as f64
                    * if descends { *largest } else { 1.0 };
                let apart = f64::from((found - wanted).abs());
                assert!(
                    apart <= most,
                    "{name}, trial {trial}, step {step}: parameter {index} is {found}, fused \
                     {wanted}, gradient to {largest}"
                );
            }
        }
    }
}

/// Both kinds of network under every normalisation.
fn networks() -> Vec<NetworkDefinition> {
    let shapes = [
        mlp(12, 2, Initialisation::LeCun),
        mlp(40, 3, Initialisation::Gain(1.2)),
        residual(12, 40, 2),
        residual(33, 8, 1),
    ];
    let kinds = [
        Normalisation::None,
        Normalisation::Layer,
        Normalisation::Batch,
    ];
    shapes
        .into_iter()
        .flat_map(|network| {
            kinds.map(|kind| NetworkDefinition {
                normalisation: Some(kind),
                ..network.clone()
            })
        })
        .collect()
}

fn optimisers() -> Vec<Optimiser> {
    let (first_decay, second_decay, epsilon) = (0.8, 0.99, 1e-6);
    vec![
        Optimiser::default(),
        Optimiser::Adam {
            first_decay,
            second_decay,
            epsilon,
        },
        Optimiser::AdamW {
            first_decay,
            second_decay,
            epsilon,
            weight_decay: 0.3,
        },
        Optimiser::Sgd {
            momentum: 0.0,
            nesterov: false,
            weight_decay: 0.0,
        },
        Optimiser::Sgd {
            momentum: 0.9,
            nesterov: false,
            weight_decay: 0.2,
        },
        Optimiser::Sgd {
            momentum: 0.9,
            nesterov: true,
            weight_decay: 0.1,
        },
    ]
}

#[test]
fn both_back_ends_go_the_same_steps_in_every_network() {
    for text in ["silu", FORMULAS[1], FORMULAS[2], FORMULAS[8]] {
        for network in networks() {
            // What a batch's statistics take away has a gradient of rounding alone, which Adam
            // makes into whole steps, and descent does not.
            let descent = Optimiser::Sgd {
                momentum: 0.5,
                nesterov: false,
                weight_decay: 0.0,
            };
            let optimiser = if network.normalisation == Some(Normalisation::Batch) {
                descent
            } else {
                Optimiser::default()
            };
            let network = NetworkDefinition {
                parameter_rate_factor: 2.0,
                optimiser,
                ..network
            };
            let name = format!(
                "{text} in {} ({:?}, {:?})",
                network.name, network.kind, network.normalisation
            );
            // Adam's first steps have the size of the rate whatever the gradient, so a gradient
            // near 0 shows as a part of a step.
            let parameters = if optimiser == descent { 1e-3 } else { 0.1 };
            go_together(
                &name,
                &mut formula(text).activation(),
                &network,
                &tasks(90),
                5,
                &Allowed {
                    loss: 1e-4,
                    parameters,
                },
            );
        }
    }
}

#[test]
fn both_back_ends_go_the_same_steps_with_every_optimiser_and_schedule() {
    for optimiser in optimisers() {
        for schedule in [Schedule::Constant, Schedule::Cosine] {
            for network in [mlp(20, 2, Initialisation::LeCun), residual(12, 20, 1)] {
                let network = NetworkDefinition {
                    optimiser,
                    schedule: schedule.clone(),
                    parameter_rate_factor: 3.0,
                    steps: 10,
                    ..network
                };
                let name = format!("{optimiser:?}, {schedule:?}, {:?}", network.kind);
                let mut activation =
                    formula("x * sigmoid(channel_param(1.5) * x) + 0.1 * sin(param(2) * x)")
                        .activation();
                go_together(
                    &name,
                    &mut activation,
                    &network,
                    &tasks(90),
                    8,
                    &Allowed {
                        loss: 1e-4,
                        parameters: 0.05,
                    },
                );
            }
        }
    }
}

/// A random formula of smooth functions, of the couplings of any class, and of parameters; with a
/// straight part, so that no unit is dead.
fn random_formula(stream: &mut Stream) -> String {
    fn tree(stream: &mut Stream, height: usize) -> String {
        if height == 0 || stream.chance(0.15) {
            return (*stream.choose(&["x", "x", "x", "0.7", "param(0.6)", "channel_param(1.2)"]))
                .to_owned();
        }
        let a = tree(stream, height - 1);
        match stream.below(4) {
            0 => {
                let unary = [
                    "tanh", "sin", "sigmoid", "atan", "erf", "cos", "asinh", "softplus",
                ];
                format!("{}({a})", stream.choose(&unary))
            }
            1 => {
                let coupling = [
                    "feature_mean",
                    "feature_max",
                    "batch_mean",
                    "batch_min",
                    "tensor_mean",
                    "tensor_max",
                    "softmax",
                ];
                format!("{}(tanh({a}))", stream.choose(&coupling))
            }
            2 if stream.chance(0.3) => format!("roll({a}, {})", stream.below(5)),
            _ => format!(
                "({a} {} {})",
                stream.choose(&["+", "-", "*"]),
                tree(stream, height - 1)
            ),
        }
    }
    format!("0.5 * tanh({}) + 0.3 * x", tree(stream, 4))
}

#[test]
fn both_back_ends_go_the_same_steps_with_random_formulas_of_every_class() {
    let mut stream = Key::new(7).word("formulas").stream();
    let networks = networks();
    let mut classes = std::collections::BTreeMap::new();
    for _ in 0..60 {
        let text = random_formula(&mut stream);
        let formula = formula(&text);
        *classes
            .entry((formula.class(), !formula.parameters().is_empty()))
            .or_insert(0) += 1;
        let optimiser = Optimiser::Sgd {
            momentum: 0.9,
            nesterov: false,
            weight_decay: 0.0,
        };
        let network = NetworkDefinition {
            optimiser,
            batch: 16,
            learning_rate: 1e-2,
            ..stream.choose(&networks).clone()
        };
        let name = format!(
            "{text} in {} ({:?}, {:?})",
            network.name, network.kind, network.normalisation
        );
        // Of one input a batch normalisation makes equal units, and rounding alone would say which
        // of them is the largest.
        let tasks = &tasks(40)[1..];
        go_together(
            &name,
            &mut formula.activation(),
            &network,
            tasks,
            3,
            &Allowed {
                loss: 1e-4,
                parameters: 1e-3,
            },
        );
    }
    assert_eq!(
        classes.len(),
        6,
        "each class came with parameters and without: {classes:?}"
    );
}

fn finished(name: &str, end: TrialEnd) -> Losses {
    match end {
        TrialEnd::Finished(losses) => losses,
        other => panic!("{name}: the trial should have finished, found {other:?}"),
    }
}

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
