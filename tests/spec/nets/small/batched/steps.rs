//! Both back ends step by step, in every network and with random formulas.

use candle_core::Device;
use motherlode::formula::kernel::Compiled;
use motherlode::nets::small::{batched, NetworkDefinition, Training, Workspace};
use motherlode::nets::{Initialisation, Normalisation, Optimiser, Schedule};
use motherlode::numerics::stream::{Key, Stream};
use motherlode::task::TaskData;

use super::{assignments, networks, tasks};
use crate::nets::small::coupled::FORMULAS;
use crate::nets::small::{formula, mlp, residual};

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
