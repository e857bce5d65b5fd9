//! Trainable parameters: their place, their rate, and what is reported of them.

use motherlode::formula::Formula;
use motherlode::nets::small::{train, NetworkDefinition, TrainedParameter, Training, Workspace};
use motherlode::nets::Initialisation;
use motherlode::numerics::stop::Stop;
use motherlode::numerics::stream::Key;

use crate::nets::small::{bumpy, finished, formula, mlp, residual, task};

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
