//! Networks of formulas that read their row or the batch, or have trainable parameters: gradients,
//! steps, bits, and what is reported.

use candle_core::{DType, Device};
use motherlode::formula::kernel::{Compiled, TensorKernel};
use motherlode::formula::vector::InstructionSet;
use motherlode::formula::Formula;
use motherlode::nets::candle::Reference;
use motherlode::nets::small::{
    train, Losses, NetworkDefinition, TrainedParameter, Training, TrialEnd, Workspace,
};
use motherlode::nets::Initialisation;
use motherlode::numerics::stop::Stop;
use motherlode::numerics::stream::Key;

use super::gradients::{step_together, Differences};
use super::{bumpy, mlp, residual, task};

/// Each with a straight part, so that no bias is without influence: its gradient would be rounding
/// alone, which Adam makes into whole steps.
pub const FORMULAS: &[&str] = &[
    "x * softmax(x) + 0.3 * x",
    "tanh(x - feature_mean(x)) / (feature_std(x) + 0.5) + 0.3 * x",
    "(x - batch_mean(x)) / (batch_std(x) + 0.1) * channel_param(0.7) + 0.3 * x",
    "sign(x) * log1p(0.5 * abs(x)) + 0.2 * exp(-0.5 * ((x - tensor_mean(x)) / (tensor_std(x) + \
     1e-6))^2) * sin(2 * x)",
    "b = batch_mean(x); s = batch_std(x); a = where(x >= b, 0.08, 0.02); x * (0.02 + 1 / (1 + a * \
     abs(x - b)^(1 + exp(-s))))",
    "tanh(x) + 0.2 * roll(x, 1) * roll(x, -1)",
    "0.3 * x * feature_max(x) + 0.2 * tanh(batch_min(x)) + x",
    "max(x, 0) + param(0.25) * min(x, 0)",
    "x * sigmoid(channel_param(1.5) * x) + 0.1 * sin(param(2) * x) / param(3)",
];

fn formula(text: &str) -> Formula {
    Formula::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

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

fn finished(text: &str, end: TrialEnd) -> Losses {
    match end {
        TrialEnd::Finished(losses) => losses,
        other => panic!("{text}: the trial should have finished, found {other:?}"),
    }
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
fn parameters_are_part_of_the_parameter_vector_after_the_head() {
    let task = task(3, 100, 1, bumpy);
    let formula = formula("param(2) * x + channel_param(0.5) * sin(x) + param(3)");
    for (network, weights, values) in [
        (
            mlp(5, 2, Initialisation::LeCun),
            3 * 5 + 5 + 5 * 5 + 5 + 5 + 1,
            5,
        ),
        (residual(4, 33, 1), 0, 33),
    ] {
        let (mut activation, mut workspace) = (formula.activation(), Workspace::new());
        let parameters = Training::new(
            &mut activation,
            &task,
            &network,
            &Key::new(4),
            &mut workspace,
        )
        .parameters();
        let layer: Vec<f32> = [2.0]
            .into_iter()
            .chain(std::iter::repeat_n(0.5, values))
            .chain([3.0])
            .collect();
        let tail = &parameters[parameters.len() - network.depth * layer.len()..];
        assert!(
            tail.chunks(layer.len()).all(|own| own == layer),
            "{}: {tail:?}",
            network.name
        );
        assert!(
            weights == 0 || parameters.len() == weights + 2 * layer.len(),
            "{}: {}",
            network.name,
            parameters.len()
        );
    }
    // The weights are those of every other formula.
    let network = mlp(5, 2, Initialisation::LeCun);
    let (mut one, mut other) = (
        formula.activation(),
        Formula::parse("relu").unwrap().activation(),
    );
    let (mut first, mut second) = (Workspace::new(), Workspace::new());
    let with = Training::new(&mut one, &task, &network, &Key::new(4), &mut first).parameters();
    let without =
        Training::new(&mut other, &task, &network, &Key::new(4), &mut second).parameters();
    assert_eq!(with[..without.len()], without);
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
fn a_trained_parameter_moves_where_it_lowers_the_loss_and_is_reported() {
    // |x| = max(x, 0) - min(x, 0): the slope below 0 that fits best is -1.
    let task = task(1, 256, 1, |point| 2.0 * point[0].abs() - 1.0);
    let network = NetworkDefinition {
        steps: 600,
        learning_rate: 1e-2,
        ..mlp(4, 1, Initialisation::LeCun)
    };
    for (text, values) in [
        ("max(x, 0) + param(0.25) * min(x, 0)", 1),
        ("max(x, 0) + channel_param(0.25) * min(x, 0)", 4),
    ] {
        let train_with = |factor: f64| {
            let network = NetworkDefinition {
                parameter_rate_factor: factor,
                ..network.clone()
            };
            let mut activation = formula(text).activation();
            finished(
                text,
                train(
                    &mut activation,
                    &task,
                    &network,
                    &Key::new(1),
                    &mut Workspace::new(),
                    &Stop::new(),
                ),
            )
        };
        let (trained, kept) = (train_with(1.0), train_with(0.0));
        let [TrainedParameter {
            layer: 0,
            parameter: 0,
            initial,
            mean,
            low,
            high,
        }] = trained.parameters[..]
        else {
            panic!("{:?}", trained.parameters)
        };
        assert!(
            initial == 0.25 && mean < 0.0 && low <= mean && mean <= high,
            "{text}: {:?}",
            trained.parameters
        );
        assert_eq!(low == high, values == 1, "{text}: {:?}", trained.parameters);
        assert!(
            trained.train < kept.train,
            "{text}: {} against {}",
            trained.train,
            kept.train
        );
        assert_eq!(
            kept.parameters,
            [TrainedParameter {
                layer: 0,
                parameter: 0,
                initial,
                mean: 0.25,
                low: 0.25,
                high: 0.25
            }]
        );
    }
}

#[test]
fn the_parameters_rate_is_the_learning_rate_times_its_factor() {
    let task = task(2, 100, 1, bumpy);
    for factor in [0.5, 1.0, 10.0] {
        let network = NetworkDefinition {
            parameter_rate_factor: factor,
            ..mlp(8, 1, Initialisation::LeCun)
        };
        let (mut activation, mut workspace) = (
            formula("max(x, 0) + param(0.25) * min(x, 0)").activation(),
            Workspace::new(),
        );
        let mut training = Training::new(
            &mut activation,
            &task,
            &network,
            &Key::new(1),
            &mut workspace,
        );
        training.step();
        // Adam's first step is the rate, whatever the gradient.
        let moved = (training.trained_parameters()[0].mean - 0.25).abs();
        assert!(
            (moved / (factor * network.learning_rate) - 1.0).abs() < 1e-2,
            "{factor}: {moved}"
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
