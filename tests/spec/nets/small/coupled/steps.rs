//! Gradients and steps beside Candle and central differences, and the bits of whole trials.

use candle_core::{DType, Device};
use motherlode::formula::kernel::{Compiled, TensorKernel};
use motherlode::formula::vector::InstructionSet;
use motherlode::formula::Formula;
use motherlode::nets::candle::Reference;
use motherlode::nets::small::{train, Losses, NetworkDefinition, Training, TrialEnd, Workspace};
use motherlode::nets::Initialisation;
use motherlode::numerics::stop::Stop;
use motherlode::numerics::stream::Key;

use super::FORMULAS;
use crate::nets::small::gradients::{step_together, Differences};
use crate::nets::small::{bumpy, finished, formula, mlp, residual, task};

/// Of one panel of columns and of several, whole and not.
fn networks() -> Vec<NetworkDefinition> {
    vec![
        mlp(20, 2, Initialisation::LeCun),
        mlp(32, 2, Initialisation::He),
        mlp(48, 3, Initialisation::LeCun),
        residual(20, 48, 2),
        residual(48, 32, 1),
    ]
}

fn run(
    text: &str,
    network: &NetworkDefinition,
    activation: &mut Compiled,
    workspace: &mut Workspace,
) -> Losses {
    let task = task(3, 300, 1, bumpy);
    finished(
        text,
        train(
            activation,
            &task,
            network,
            &Key::new(9),
            workspace,
            &Stop::new(),
        ),
    )
}

#[test]
fn the_engine_follows_candle_step_by_step() {
    for text in FORMULAS {
        for network in networks() {
            let network = NetworkDefinition {
                parameter_rate_factor: 2.0,
                ..network
            };
            let (formula, task) = (formula(text), task(3, 200, 11, bumpy));
            let (mut activation, mut workspace) = (formula.activation(), Workspace::new());
            let mut training = Training::new(
                &mut activation,
                &task,
                &network,
                &Key::new(2),
                &mut workspace,
            );
            let mut reference = Reference::new(
                &network,
                3,
                formula.graph(),
                &training.parameters(),
                DType::F64,
                &Device::Cpu,
            )
            .unwrap();
            for step in 1..=12 {
                let name = format!(
                    "{text} in {} ({:?}) at step {step}",
                    network.name, network.kind
                );
                step_together(
                    &name,
                    &task,
                    &mut training,
                    &mut reference,
                    0.1 * network.learning_rate * f64::from(step),
                );
            }
        }
    }
}

#[test]
fn the_gradient_is_the_central_difference_of_the_loss() {
    // At a kink a difference takes a part of the bend with it.
    for text in FORMULAS.iter().filter(|text| !text.contains("max(x, 0)")) {
        for network in [mlp(5, 2, Initialisation::LeCun), residual(4, 33, 1)] {
            let (formula, task) = (formula(text), task(2, 32, 3, bumpy));
            for set in InstructionSet::available() {
                // Instruction sets differ in how a layer is run, not in what it is made of: a part
                // of the parameters will do for all but one.
                let every = if set.name() == InstructionSet::best().name() {
                    1
                } else {
                    7
                };
                let differences = Differences {
                    step: 1e-4,
                    every,
                    allowed: 3e-4,
                };
                let name = format!("{text} in {} on {}", network.name, set.name());
                differences.hold(
                    &name,
                    &task,
                    &network,
                    formula.graph(),
                    &mut formula.activation_for(set),
                    set,
                );
            }
        }
    }
}

#[test]
fn a_used_workspace_and_a_used_activation_give_the_same_bits_as_fresh_ones() {
    for text in FORMULAS {
        let formula = formula(text);
        let (first, second) = (
            NetworkDefinition {
                steps: 10,
                ..mlp(48, 2, Initialisation::He)
            },
            NetworkDefinition {
                steps: 10,
                ..residual(20, 40, 2)
            },
        );
        let fresh = [&first, &second].map(|network| {
            run(
                text,
                network,
                &mut formula.activation(),
                &mut Workspace::new(),
            )
        });
        let (mut activation, mut workspace) = (formula.activation(), Workspace::new());
        let larger = NetworkDefinition {
            steps: 2,
            ..mlp(64, 5, Initialisation::He)
        };
        // Some explode in so deep a network, which leaves the worst in the buffers.
        let other = task(2, 300, 2, bumpy);
        train(
            &mut activation,
            &other,
            &larger,
            &Key::new(9),
            &mut workspace,
            &Stop::new(),
        );
        for _ in 0..2 {
            assert_eq!(
                run(text, &first, &mut activation, &mut workspace),
                fresh[0],
                "{text}"
            );
            run(
                "relu",
                &larger,
                &mut Formula::parse("relu").unwrap().activation(),
                &mut workspace,
            );
            assert_eq!(
                run(text, &second, &mut activation, &mut workspace),
                fresh[1],
                "{text}"
            );
        }
        std::thread::scope(|scope| {
            let run = || {
                run(
                    text,
                    &first,
                    &mut formula.activation(),
                    &mut Workspace::new(),
                )
            };
            for other in [scope.spawn(run), scope.spawn(run)] {
                assert_eq!(other.join().unwrap(), fresh[0], "{text}");
            }
        });
    }
}

#[test]
fn a_pointwise_formula_trains_alike_over_tensors_and_element_by_element() {
    let silu = formula("silu");
    for network in networks() {
        let by_tensors = TensorKernel::new(silu.graph(), silu.adjoint());
        let one = run(
            "silu",
            &network,
            &mut silu.activation(),
            &mut Workspace::new(),
        );
        let other = run(
            "silu",
            &network,
            &mut by_tensors.into(),
            &mut Workspace::new(),
        );
        assert!(
            (one.train - other.train).abs() < 1e-3 * one.train,
            "{}: {} against {}",
            network.name,
            one.train,
            other.train
        );
    }
}

#[test]
fn widths_on_both_sides_of_a_panel_train_to_the_same_bits_on_any_number_of_workers() {
    let texts = [
        "x * sigmoid(channel_param(1.5) * x) + 0.1 * sin(param(2) * x) / param(3)",
        "(x - batch_mean(x)) / (batch_std(x) + 0.1) * channel_param(0.7) + x",
    ];
    let shapes = [32, 33, 64, 65].into_iter().flat_map(|width| {
        [
            mlp(width, 2, Initialisation::LeCun),
            residual(20, width, 1),
            residual(width, 33, 1),
        ]
    });
    let networks: Vec<NetworkDefinition> = shapes
        .map(|network| NetworkDefinition {
            steps: 6,
            parameter_rate_factor: 3.0,
            ..network
        })
        .collect();
    let jobs: Vec<(&str, &NetworkDefinition)> = texts
        .iter()
        .flat_map(|text| networks.iter().map(move |network| (*text, network)))
        .collect();
    let alone: Vec<Losses> = jobs
        .iter()
        .map(|(text, network)| {
            run(
                text,
                network,
                &mut formula(text).activation(),
                &mut Workspace::new(),
            )
        })
        .collect();
    for workers in [1, 2, 3, 5] {
        std::thread::scope(|scope| {
            let work = |worker: usize| {
                // One workspace and one activation a formula, used from job to job.
                let (mut workspace, mut activations) = (
                    Workspace::new(),
                    texts.map(|text| formula(text).activation()),
                );
                for (index, (text, network)) in jobs
                    .iter()
                    .enumerate()
                    .filter(|(index, _)| index % workers == worker)
                {
                    let activation =
                        &mut activations[texts.iter().position(|known| known == text).unwrap()];
                    assert_eq!(
                        run(text, network, activation, &mut workspace),
                        alone[index],
                        "{text} in {network:?} on {workers} workers"
                    );
                }
            };
            for worker in 0..workers {
                scope.spawn(move || work(worker));
            }
        });
    }
}

#[test]
fn a_formula_that_would_fill_the_memory_is_refused_before_it_trains() {
    let hostile = (1..30)
        .map(|i| format!("a{i} = roll(x, {i}) * batch_mean(sin({i} * x)); "))
        .collect::<String>();
    let sum = (1..30)
        .map(|i| format!("a{i}"))
        .collect::<Vec<_>>()
        .join(" + ");
    let text = format!("{hostile}{sum}");
    let giant = NetworkDefinition {
        batch: 16_384,
        ..mlp(4096, 1, Initialisation::LeCun)
    };
    assert_eq!(giant.check(), Ok(()));
    let error = giant
        .check_memory(&formula(&text).activation(), 100_000)
        .unwrap_err();
    assert!(
        error.to_string().contains("MiB") && error.to_string().contains("the engine gives"),
        "{error}"
    );
    // What reads only its own row needs no more for a larger batch, and what is pointwise nothing
    // at all.
    for text in [
        "relu",
        "x * sigmoid(channel_param(1) * x)",
        "x * softmax(x) + feature_std(x)",
    ] {
        assert_eq!(
            giant.check_memory(&formula(text).activation(), 100_000),
            Ok(()),
            "{text}"
        );
    }
    // A batch is no larger than the training set, so this lab has room for it.
    assert_eq!(
        giant.check_memory(&formula("x - batch_mean(x)").activation(), 300),
        Ok(())
    );
    let rows = 9000;
    let split = motherlode::task::Split {
        inputs: vec![0.5; rows],
        targets: vec![0.5; rows],
    };
    let task = motherlode::task::TaskData {
        train: split,
        ..task(1, 1, 1, bumpy)
    };
    let end = train(
        &mut formula(&text).activation(),
        &task,
        &giant,
        &Key::new(1),
        &mut Workspace::new(),
        &Stop::new(),
    );
    assert!(matches!(end, TrialEnd::Refused(_)), "{end:?}");
}
