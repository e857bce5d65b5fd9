//! The parts of training, each by its published rule: averages, dropout, updates, restored states.

use candle_core::{DType, Device, Tensor};
use motherlode::nets::candle::{cross_entropy, flat, CandleNetwork, RestoreError};
use motherlode::nets::image::{Activations, Architecture, Engine, Loss};
use motherlode::nets::{Initialisation, Optimiser};
use motherlode::nets::{Layer, LayerKind, MapId, MapShape, NetworkDescription, Shift};

use super::{close, formula, kept, labels, network, square, Batch, FORMULAS};
use crate::nets::image::{description, images, start};

/// Batch normalisation of the image itself, its mean and a linear layer.
fn normalised_image(image: MapShape) -> NetworkDescription {
    let affine = LayerKind::Affine {
        shift: Shift::BatchNormalisation,
        residual: None,
        activated: false,
    };
    let kinds = [
        affine,
        LayerKind::AveragePool,
        LayerKind::Linear { outputs: 10 },
    ];
    let layers = kinds.into_iter().enumerate().map(|(index, kind)| Layer {
        name: format!("layer{index}"),
        input: MapId(index),
        kind,
    });
    NetworkDescription::new("own", image, layers.collect(), Initialisation::He).unwrap()
}

#[test]
fn running_averages_take_a_tenth_of_each_mean_and_unbiased_variance() {
    let image = square(3, 2);
    let description = normalised_image(image);
    let mut network = network(
        &description,
        &formula("relu"),
        &start(&description.layout(&[])),
    );
    let mut wanted = [0.0, 0.0, 1.0, 1.0];
    for count in [2, 3, 5] {
        let pixels = images(image, count);
        network
            .follow(
                &network
                    .train(&network.images(&pixels).unwrap(), &mut kept)
                    .unwrap(),
            )
            .unwrap();
        for channel in 0..2 {
            let own: Vec<f64> = pixels.iter().skip(channel).step_by(2).copied().collect();
            let mean = own.iter().sum::<f64>() / own.len() as f64;
            let variance = own.iter().map(|value| (value - mean).powi(2)).sum::<f64>()
                / (own.len() - 1) as f64;
            wanted[channel] = 0.9 * wanted[channel] + 0.1 * mean;
            wanted[2 + channel] = 0.9 * wanted[2 + channel] + 0.1 * variance;
        }
    }
    for (found, wanted) in network.running_statistics().unwrap().iter().zip(wanted) {
        close("a running average", *found, wanted, 1e-12);
    }
}

#[test]
fn a_pass_in_training_leaves_the_averages_alone_until_they_follow() {
    let description = normalised_image(square(3, 2));
    let network = network(
        &description,
        &formula("relu"),
        &start(&description.layout(&[])),
    );
    network
        .train(
            &network.images(&images(square(3, 2), 2)).unwrap(),
            &mut kept,
        )
        .unwrap();
    assert_eq!(network.running_statistics().unwrap(), [0.0, 0.0, 1.0, 1.0]);
}

#[test]
fn dropout_multiplies_by_the_factors_that_it_is_given_and_only_in_training() {
    let image = square(2, 1);
    let dropping = Architecture::named("mlp-4")
        .unwrap()
        .description(image, 10, 500, None)
        .unwrap();
    let plain = description("mlp-4", image);
    let tanh = formula("tanh");
    let parameters = start(&plain.layout(&[]));
    let (with, without) = (
        network(&dropping, &tanh, &parameters),
        network(&plain, &tanh, &parameters),
    );
    let batch = with.images(&images(image, 3)).unwrap();
    let mut asked = Vec::new();
    let mut ones = |layer: usize, elements: usize| {
        asked.push((layer, elements));
        vec![1.0; elements]
    };
    let logits = |pass: motherlode::nets::candle::TrainingPass| flat([&pass.logits]).unwrap();
    let whole = logits(without.train(&batch, &mut kept).unwrap());
    assert_eq!(logits(with.train(&batch, &mut ones).unwrap()), whole);
    assert_eq!(asked, [(2, 12)]);
    // Without its hidden units a network gives its last bias.
    let none = logits(
        with.train(&batch, &mut |_, elements| vec![0.0; elements])
            .unwrap(),
    );
    let bias = &parameters[parameters.len() - 10..];
    assert_eq!(none, [bias, bias, bias].concat());
    assert_eq!(flat([&with.evaluate(&batch).unwrap()]).unwrap(), whole);
    let error = with
        .train(&batch, &mut |_, _| vec![1.0; 5])
        .err()
        .unwrap()
        .to_string();
    assert!(
        error.contains("12 elements") && error.contains("5 factors"),
        "{error}"
    );
}

/// What the published update makes of parameters, velocities or first moments, and second moments.
fn published(
    optimiser: &Optimiser,
    rate: f64,
    step: i32,
    decaying: bool,
    gradient: f64,
    state: &mut [f64; 3],
) {
    let decay = if decaying {
        optimiser.weight_decay()
    } else {
        0.0
    };
    let [parameter, first, second] = state;
    match *optimiser {
        Optimiser::Sgd {
            momentum, nesterov, ..
        } => {
            let gradient = gradient + decay * *parameter;
            *first = momentum * *first + gradient;
            *parameter -= rate
                * if nesterov {
                    gradient + momentum * *first
                } else {
                    *first
                };
        }
        Optimiser::Adam {
            first_decay,
            second_decay,
            epsilon,
        }
        | Optimiser::AdamW {
            first_decay,
            second_decay,
            epsilon,
            ..
        } => {
            *parameter *= 1.0 - rate * decay;
            *first = first_decay * *first + (1.0 - first_decay) * gradient;
            *second = second_decay * *second + (1.0 - second_decay) * gradient * gradient;
            let (first, second) = (
                *first / (1.0 - first_decay.powi(step)),
                *second / (1.0 - second_decay.powi(step)),
            );
            *parameter -= rate * first / (second.sqrt() + epsilon);
        }
    }
}

#[test]
fn each_optimiser_follows_its_published_update_and_activations_do_not_decay() {
    let batch = Batch::new("resnet-8", square(4, 1), 3, FORMULAS[1]);
    let layout = batch.description.layout(batch.formula.parameters());
    for optimiser in [
        Optimiser::Sgd {
            momentum: 0.9,
            nesterov: true,
            weight_decay: 0.01,
        },
        Optimiser::Sgd {
            momentum: 0.8,
            nesterov: false,
            weight_decay: 0.0,
        },
        Optimiser::AdamW {
            first_decay: 0.9,
            second_decay: 0.99,
            epsilon: 1e-8,
            weight_decay: 0.05,
        },
        Optimiser::default(),
    ] {
        let mut network = network(&batch.description, &batch.formula, &start(&layout));
        let (images, labels) = (
            network.images(&batch.images).unwrap(),
            network.labels(&batch.labels).unwrap(),
        );
        let mut states: Vec<[f64; 3]> = start(&layout)
            .into_iter()
            .map(|value| [value, 0.0, 0.0])
            .collect();
        for (step, rate) in [(1, 0.01), (2, 0.02), (3, 0.005)] {
            let parameters: Vec<f64> = states.iter().map(|state| state[0]).collect();
            let gradient = batch.gradient(&parameters);
            let loss: f64 = network
                .step(&images, &labels, &mut kept, &optimiser, rate)
                .unwrap()
                .to_scalar()
                .unwrap();
            close(
                "the loss before the step",
                loss,
                batch.loss(&parameters),
                1e-9,
            );
            for (place, state) in states.iter_mut().enumerate() {
                published(
                    &optimiser,
                    rate,
                    step,
                    place < layout.decaying(),
                    gradient[place],
                    state,
                );
            }
            for (place, (found, state)) in network
                .parameters()
                .unwrap()
                .iter()
                .zip(&states)
                .enumerate()
            {
                assert!(
                    (found - state[0]).abs() < 1e-8,
                    "{optimiser:?}, step {step}: parameter {place} is {found}, wanted {}",
                    state[0]
                );
            }
        }
    }
}

#[test]
fn a_network_that_takes_up_a_state_goes_on_to_the_bit_and_the_engine_takes_it_up_too() {
    let description = description("wrn-10-1", square(4, 3));
    let formula = formula(FORMULAS[1]);
    let parameters: Vec<f32> = start(&description.layout(formula.parameters()))
        .iter()
        .map(|value| *value as f32)
        .collect();
    let fresh = || {
        CandleNetwork::new(
            &description,
            &formula,
            &parameters,
            DType::F32,
            &Device::Cpu,
        )
        .unwrap()
    };
    let optimiser = Optimiser::AdamW {
        first_decay: 0.9,
        second_decay: 0.99,
        epsilon: 1e-8,
        weight_decay: 0.05,
    };
    let go = |network: &mut CandleNetwork, steps: usize| {
        let (images, labels) = (
            network.images(&images(square(4, 3), 3)).unwrap(),
            network.labels(&labels(3)).unwrap(),
        );
        (0..steps).for_each(|_| {
            drop(
                network
                    .step(&images, &labels, &mut kept, &optimiser, 0.01)
                    .unwrap(),
            )
        });
        network.state().unwrap()
    };
    let (mut through, mut first, mut second) = (fresh(), fresh(), fresh());
    second.restore(&first.state().unwrap(), 0).unwrap();
    assert_eq!(second.state().unwrap(), first.state().unwrap());
    let two = go(&mut first, 2);
    second.restore(&two, 2).unwrap();
    assert_eq!(go(&mut second, 2), go(&mut through, 4));

    let activation = formula.activation();
    let mut engine = Engine::new(
        &description,
        Activations::One(&activation),
        3,
        Loss::CrossEntropy,
    );
    engine.restore(&two, 2).unwrap();
    assert_eq!(engine.state(), two);

    let error = second.restore(&two[1..], 2).unwrap_err();
    let RestoreError::State(state) = &error else {
        panic!("the state does not fit: {error}")
    };
    assert_eq!(
        (state.name.as_str(), state.found),
        ("convolution.weights", 0)
    );
    assert_eq!(error.to_string(), state.to_string());
}

#[test]
fn what_does_not_fit_a_network_is_refused_with_what_would() {
    let description = description("resnet-8", square(8, 3));
    let relu = formula("relu");
    let parameters = start(&description.layout(&[]));
    let error = |parameters: &[f64], description: &NetworkDescription| {
        CandleNetwork::new(description, &relu, parameters, DType::F64, &Device::Cpu)
            .err()
            .unwrap()
            .to_string()
    };
    assert!(error(&parameters[1..], &description).contains(&format!(
        "{} parameters and found {}",
        parameters.len(),
        parameters.len() - 1
    )));
    let oblong = crate::nets::image::description(
        "resnet-8",
        MapShape {
            height: 6,
            width: 9,
            channels: 3,
        },
    );
    assert!(error(&start(&oblong.layout(&[])), &oblong).contains("square images"));

    let network = network(&description, &relu, &parameters);
    assert!(network
        .images(&[0.0f32; 100])
        .unwrap_err()
        .to_string()
        .contains("images of 192 numbers"));
    assert!(network
        .labels(&[3, 10])
        .unwrap_err()
        .to_string()
        .contains("labels from 0 to 9"));
    let turned = Tensor::zeros((2, 3, 8, 8), DType::F64, &Device::Cpu).unwrap();
    assert!(network
        .evaluate(&turned)
        .unwrap_err()
        .to_string()
        .contains("[2, 8, 8, 3]"));
}

#[test]
fn the_cross_entropy_of_far_logits_is_finite() {
    let logits = Tensor::new(&[[1e4f64, -1e4, 0.0], [-1e30, 0.0, 1.0]], &Device::Cpu).unwrap();
    let labels = Tensor::new(&[1u32, 2], &Device::Cpu).unwrap();
    let found: f64 = cross_entropy(&logits, &labels)
        .unwrap()
        .to_scalar()
        .unwrap();
    close(
        "the loss",
        found,
        (2e4 + (1.0 + (-1f64).exp()).ln()) / 2.0,
        1e-12,
    );
}
