//! Optimisers and schedules: by hand from the engine's own gradients, and step by step beside
//! Candle in every combination with kinds and normalisations.

use candle_core::{DType, Device};
use motherlode::formula::kernel::{Compiled, Kernel};
use motherlode::formula::Formula;
use motherlode::nets::candle::Reference;
use motherlode::nets::small::{NetworkDefinition, Training, Workspace};
use motherlode::nets::Initialisation::{Gain, He, LeCun};
use motherlode::nets::{Normalisation, Optimiser, Schedule};
use motherlode::numerics::stream::{Key, Stream};

use super::activations::silu;
use super::gradients::step_together;
use super::{bumpy, mlp, normalised, residual, task};

/// A step's gradient, and the parameters after it.
type Done = (Vec<f32>, Vec<f32>);

/// Parameters before some steps, and what each step did, from the engine.
fn run(network: &NetworkDefinition, steps: usize) -> (Vec<f32>, Vec<Done>) {
    let task = task(2, 200, 1, bumpy);
    let (mut kernel, mut workspace) = (Compiled::from(Kernel::new(&silu())), Workspace::new());
    let mut training = Training::new(&mut kernel, &task, network, &Key::new(2), &mut workspace);
    let before = training.parameters();
    let after = (0..steps).map(|_| {
        training.step();
        (training.gradient(), training.parameters())
    });
    (before, after.collect())
}

/// Which parameters of a network on two inputs are weights: those drawn at the start, since all
/// others start at 0 or 1.
fn is_weight(start: f32) -> bool {
    start != 0.0 && start != 1.0
}

/// Follows `law` (gradient, weight decay, parameter, two numbers of memory) from the engine's
/// gradients, and holds the engine's parameters to it.
fn hold(network: &NetworkDefinition, law: impl Fn(u32, f64, f64, f64, &mut [f64; 2]) -> f64) {
    let (before, steps) = run(network, 6);
    for index in 0..before.len() {
        let decay = if is_weight(before[index]) {
            network.optimiser.weight_decay()
        } else {
            0.0
        };
        let (mut parameter, mut memory) = (f64::from(before[index]), [0.0; 2]);
        for (done, (gradient, after)) in steps.iter().enumerate() {
            parameter = law(
                done as u32,
                f64::from(gradient[index]),
                decay,
                parameter,
                &mut memory,
            );
            let found = f64::from(after[index]);
            assert!(
                (found - parameter).abs() < 1e-6,
                "{:?}: parameter {index} after step {}: {found}, by hand {parameter}",
                network.optimiser,
                done + 1
            );
        }
    }
}

#[test]
fn descent_is_its_definition_with_momentum_nesterov_and_weight_decay() {
    for (momentum, nesterov, weight_decay) in [
        (0.0, false, 0.0),
        (0.0, false, 0.3),
        (0.9, false, 0.0),
        (0.9, true, 0.0),
        (0.8, true, 0.1),
    ] {
        let optimiser = Optimiser::Sgd {
            momentum,
            nesterov,
            weight_decay,
        };
        for normalisation in [Normalisation::None, Normalisation::Batch] {
            let network = normalised(
                NetworkDefinition {
                    optimiser,
                    learning_rate: 0.03,
                    ..mlp(9, 2, LeCun)
                },
                normalisation,
            );
            hold(&network, |_, gradient, decay, parameter, [velocity, _]| {
                let gradient = gradient + decay * parameter;
                *velocity = momentum * *velocity + gradient;
                parameter
                    - 0.03
                        * if nesterov {
                            gradient + momentum * *velocity
                        } else {
                            *velocity
                        }
            });
        }
    }
}

#[test]
fn adamw_is_adam_on_weights_that_decay_and_biases_gains_and_shifts_do_not() {
    let (first_decay, second_decay, epsilon, weight_decay) = (0.8, 0.95, 1e-4, 0.5);
    let adamw = Optimiser::AdamW {
        first_decay,
        second_decay,
        epsilon,
        weight_decay,
    };
    for (optimiser, schedule) in [
        (adamw, Schedule::Cosine),
        (adamw, Schedule::Constant),
        (
            Optimiser::Adam {
                first_decay,
                second_decay,
                epsilon,
            },
            Schedule::Cosine,
        ),
    ] {
        for network in [
            mlp(9, 2, He),
            normalised(mlp(9, 2, He), Normalisation::Layer),
            residual(9, 5, 1),
        ] {
            let network = NetworkDefinition {
                optimiser,
                schedule: schedule.clone(),
                learning_rate: 0.02,
                ..network
            };
            hold(
                &network,
                |done, gradient, decay, parameter, [first, second]| {
                    let (rate, step) = (network.rate(done), done as i32 + 1);
                    *first = first_decay * *first + (1.0 - first_decay) * gradient;
                    *second = second_decay * *second + (1.0 - second_decay) * gradient * gradient;
                    let (first, second) = (
                        *first / (1.0 - first_decay.powi(step)),
                        *second / (1.0 - second_decay.powi(step)),
                    );
                    parameter * (1.0 - rate * decay) - rate * first / (second.sqrt() + epsilon)
                },
            );
        }
    }
}

#[test]
fn a_cosine_falls_from_the_learning_rate_to_nothing_over_the_steps() {
    let network = NetworkDefinition {
        schedule: Schedule::Cosine,
        learning_rate: 0.5,
        steps: 4,
        ..mlp(4, 1, LeCun)
    };
    for (done, wanted) in [
        (0, 0.5),
        (1, 0.25 + 0.125 * 2f64.sqrt()),
        (2, 0.25),
        (3, 0.25 - 0.125 * 2f64.sqrt()),
        (4, 0.0),
        (9, 0.0),
    ] {
        assert!(
            (network.rate(done) - wanted).abs() < 1e-15,
            "after {done} steps: {} against {wanted}",
            network.rate(done)
        );
    }
    assert!((0..9).all(|done| NetworkDefinition {
        schedule: Schedule::Constant,
        ..network.clone()
    }
    .rate(done)
        == 0.5));
    // The step after the last moves nothing, whatever the gradient.
    let optimiser = Optimiser::Sgd {
        momentum: 0.9,
        nesterov: false,
        weight_decay: 0.1,
    };
    let (_, steps) = run(
        &NetworkDefinition {
            optimiser,
            learning_rate: 0.01,
            ..network
        },
        5,
    );
    assert_ne!(steps[2].1, steps[3].1);
    assert_eq!(steps[3].1, steps[4].1);
}

#[test]
fn a_formulas_parameters_do_not_decay_and_follow_the_schedule() {
    let task = task(2, 100, 1, bumpy);
    let formula = Formula::parse("param(0.5) * x + channel_param(2) * tanh(x)").unwrap();
    let optimiser = Optimiser::Sgd {
        momentum: 0.0,
        nesterov: false,
        weight_decay: 1.0,
    };
    let network = NetworkDefinition {
        optimiser,
        schedule: Schedule::Cosine,
        steps: 4,
        learning_rate: 0.01,
        parameter_rate_factor: 3.0,
        ..mlp(6, 1, LeCun)
    };
    let (mut activation, mut workspace) = (formula.activation(), Workspace::new());
    let mut training = Training::new(
        &mut activation,
        &task,
        &network,
        &Key::new(2),
        &mut workspace,
    );
    for done in 0..4 {
        let before = training.parameters();
        training.step();
        let (after, gradient) = (training.parameters(), training.gradient());
        for index in before.len() - 7..before.len() {
            let wanted =
                f64::from(before[index]) - 3.0 * network.rate(done) * f64::from(gradient[index]);
            assert!(
                (f64::from(after[index]) - wanted).abs() < 1e-6,
                "parameter {index} after step {}: {} against {wanted}",
                done + 1,
                after[index]
            );
        }
    }
}

/// Smooth terms of every class, with and without parameters.
const TERMS: &[&str] = &[
    "tanh(x)",
    "x * sigmoid(x)",
    "exp(-x^2)",
    "x * erf(x)",
    "atan(x)",
    "softplus(x)",
    "asinh(x) * sin(x)",
    "x * softmax(x)",
    "tanh(x - feature_mean(x))",
    "(x - batch_mean(x)) / (batch_std(x) + 0.5)",
    "sin(x) / (0.5 + tensor_std(x))",
    "roll(x, 1) * tanh(x)",
    "param(0.7) * sin(x)",
    "x * sigmoid(channel_param(1.3) * x)",
    "tanh(x * param(1.5)) * channel_param(0.6)",
];

/// A sum of two terms, a straight part and a wave: no shift of x leaves it as it is, so that no
/// gradient is rounding alone, which Adam would make into whole steps.
fn random_formula(stream: &mut Stream) -> String {
    let mut pick =
        || TERMS[(stream.uniform(0.0, TERMS.len() as f64) as usize).min(TERMS.len() - 1)];
    let terms = [pick(), pick()];
    let [a, b] = [0, 1].map(|_| stream.uniform(0.3, 0.9));
    format!(
        "{a:.2} * {} + {b:.2} * {} + 0.3 * x + 0.3 * sin(1.3 * x)",
        terms[0], terms[1]
    )
}

fn random_network(stream: &mut Stream, index: usize) -> NetworkDefinition {
    let mut whole = |low: usize, high: usize| {
        low + (stream.uniform(0.0, (high - low + 1) as f64) as usize).min(high - low)
    };
    let (width, inner, depth) = (whole(3, 70), whole(3, 70), whole(1, 3));
    match index % 2 {
        0 => mlp(width, depth, [LeCun, He, Gain(0.8)][index / 2 % 3]),
        _ => residual(width, inner, depth.min(2)),
    }
}

#[test]
fn the_engine_follows_candle_in_every_combination() {
    let adam = Optimiser::Adam {
        first_decay: 0.8,
        second_decay: 0.98,
        epsilon: 1e-5,
    };
    let adamw = Optimiser::AdamW {
        first_decay: 0.9,
        second_decay: 0.99,
        epsilon: 1e-5,
        weight_decay: 0.3,
    };
    let plain = Optimiser::Sgd {
        momentum: 0.0,
        nesterov: false,
        weight_decay: 0.1,
    };
    let nesterov = Optimiser::Sgd {
        momentum: 0.8,
        nesterov: true,
        weight_decay: 0.05,
    };
    let mut stream = Key::new(77).word("combinations").stream();
    let mut index = 0;
    for normalisation in [
        Normalisation::None,
        Normalisation::Layer,
        Normalisation::Batch,
    ] {
        for (optimiser, learning_rate, slack) in [
            (adam, 2e-3, 0.1),
            (adamw, 2e-3, 0.1),
            (plain, 2e-2, 2e-3),
            (nesterov, 5e-3, 2e-3),
        ] {
            for schedule in [Schedule::Constant, Schedule::Cosine] {
                for _ in 0..4 {
                    let network = NetworkDefinition {
                        optimiser,
                        learning_rate,
                        schedule: schedule.clone(),
                        ..random_network(&mut stream, index)
                    };
                    let (network, text) = (
                        normalised(network, normalisation),
                        random_formula(&mut stream),
                    );
                    index += 1;
                    follow(&network, &text, slack);
                }
            }
        }
    }
}

fn follow(network: &NetworkDefinition, text: &str, slack: f64) {
    network.check().unwrap();
    let formula = Formula::parse(text).unwrap();
    let task = task(3, 120, 11, bumpy);
    let (mut activation, mut workspace) = (formula.activation(), Workspace::new());
    let mut training = Training::new(
        &mut activation,
        &task,
        network,
        &Key::new(2),
        &mut workspace,
    );
    let mut reference = Reference::new(
        network,
        3,
        formula.graph(),
        &training.parameters(),
        DType::F64,
        &Device::Cpu,
    )
    .unwrap();
    for step in 1..=8 {
        let name = format!("{text} in {network:?} at step {step}");
        step_together(
            &name,
            &task,
            &mut training,
            &mut reference,
            slack * network.learning_rate * f64::from(step),
        );
        for (found, wanted) in training
            .running_statistics()
            .iter()
            .zip(reference.running_statistics().unwrap())
        {
            let pairs = found
                .0
                .iter()
                .zip(&wanted.0)
                .chain(found.1.iter().zip(&wanted.1));
            for (found, wanted) in pairs {
                assert!(
                    (f64::from(*found) - wanted).abs() < 1e-3 * wanted.abs().max(0.1),
                    "{name}: running average {found} against {wanted}"
                );
            }
        }
    }
}
