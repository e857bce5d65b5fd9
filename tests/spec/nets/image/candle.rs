//! The Candle path in 64 bits: against PyTorch's recorded numbers, central differences, and the
//! published rules of its parts.

use candle_core::{DType, Device, Tensor};
use motherlode::formula::Formula;
use motherlode::nets::candle::{cross_entropy, flat, CandleNetwork, RestoreError};
use motherlode::nets::image::{Activations, Architecture, Engine, Loss};
use motherlode::nets::Initialisation;
use motherlode::nets::Optimiser;
use motherlode::nets::{Layer, LayerKind, MapId, MapShape, NetworkDescription, Shift};
use motherlode::numerics::stream::Key;

use super::{description, direction, images, recorded, start};

fn formula(text: &str) -> Formula {
    Formula::parse(text).unwrap()
}

fn network(
    description: &NetworkDescription,
    formula: &Formula,
    parameters: &[f64],
) -> CandleNetwork {
    CandleNetwork::new(description, formula, parameters, DType::F64, &Device::Cpu).unwrap()
}

/// For networks that drop nothing.
fn kept(_: usize, _: usize) -> Vec<f32> {
    unreachable!("nothing is dropped")
}

fn square(side: usize, channels: usize) -> MapShape {
    MapShape {
        height: side,
        width: side,
        channels,
    }
}

fn labels(count: usize) -> Vec<u32> {
    (0..count as u32)
        .map(|index| (7 * index + 3) % 10)
        .collect()
}

/// A batch of images with labels, on which losses are asked for.
struct Batch {
    description: NetworkDescription,
    formula: Formula,
    images: Vec<f64>,
    labels: Vec<u32>,
}

impl Batch {
    fn new(architecture: &str, image: MapShape, count: usize, text: &str) -> Batch {
        Batch {
            description: description(architecture, image),
            formula: formula(text),
            images: images(image, count),
            labels: labels(count),
        }
    }

    fn loss(&self, parameters: &[f64]) -> f64 {
        self.loss_and_network(parameters).0.to_scalar().unwrap()
    }

    fn loss_and_network(&self, parameters: &[f64]) -> (Tensor, CandleNetwork) {
        let network = network(&self.description, &self.formula, parameters);
        let pass = network
            .train(&network.images(&self.images).unwrap(), &mut kept)
            .unwrap();
        (
            cross_entropy(&pass.logits, &network.labels(&self.labels).unwrap()).unwrap(),
            network,
        )
    }

    fn gradient(&self, parameters: &[f64]) -> Vec<f64> {
        let (loss, network) = self.loss_and_network(parameters);
        flat(&network.gradients(&loss).unwrap()).unwrap()
    }

    /// The central difference of the loss along a direction.
    fn difference(&self, parameters: &[f64], direction: &[f64], step: f64) -> f64 {
        let moved = |by: f64| -> Vec<f64> {
            parameters
                .iter()
                .zip(direction)
                .map(|(value, along)| value + by * along)
                .collect()
        };
        (self.loss(&moved(step)) - self.loss(&moved(-step))) / (2.0 * step)
    }
}

fn close(what: &str, found: f64, wanted: f64, allowed: f64) {
    assert!(
        (found - wanted).abs() <= allowed * wanted.abs().max(1e-3),
        "{what}: found {found}, wanted {wanted}"
    );
}

#[test]
fn every_network_gives_what_pytorch_gives() {
    for case in recorded() {
        let (name, expected) = (&case.name, &case.expected);
        assert_eq!(case.layout.len(), expected.parameters, "{name}");
        let mut network = network(&case.description, &case.formula, &case.parameters);
        let images = network.images(&case.images).unwrap();
        let pass = network.train(&images, &mut kept).unwrap();
        let loss = cross_entropy(&pass.logits, &network.labels(&case.labels).unwrap()).unwrap();
        close(
            &format!("{name}: loss"),
            loss.to_scalar().unwrap(),
            expected.loss,
            1e-10,
        );
        for (found, wanted) in flat([&pass.logits])
            .unwrap()
            .iter()
            .zip(&expected.training_logits)
        {
            close(
                &format!("{name}: a logit in training"),
                *found,
                *wanted,
                1e-8,
            );
        }
        let gradients = network.gradients(&loss).unwrap();
        assert_eq!(gradients.len(), expected.gradient_norms.len(), "{name}");
        for ((gradient, wanted), tensor) in gradients
            .iter()
            .zip(&expected.gradient_norms)
            .zip(&case.layout.tensors)
        {
            let found = flat([gradient])
                .unwrap()
                .iter()
                .map(|value| value * value)
                .sum::<f64>()
                .sqrt();
            close(
                &format!("{name}: the gradient of {}", tensor.name),
                found,
                *wanted,
                1e-8,
            );
        }
        let along: f64 = flat(&gradients)
            .unwrap()
            .iter()
            .zip(&case.direction)
            .map(|(gradient, along)| gradient * along)
            .sum();
        close(
            &format!("{name}: the derivative"),
            along,
            expected.derivative,
            1e-8,
        );
        network.follow(&pass).unwrap();
        for (found, wanted) in flat([&network.evaluate(&images).unwrap()])
            .unwrap()
            .iter()
            .zip(&expected.evaluation_logits)
        {
            close(
                &format!("{name}: a logit in evaluation"),
                *found,
                *wanted,
                1e-8,
            );
        }
    }
}

/// Of each class: reads its own element, has parameters, reads its row, reads the batch.
const FORMULAS: [&str; 4] = [
    "silu",
    "x * sigmoid(channel_param(1.5) * x) + 0.1 * sin(param(2) * x)",
    "x * softmax(x) + 0.3 * tanh(x - feature_mean(x))",
    "(x - batch_mean(x)) / (batch_std(x) + 0.1) * channel_param(0.7) + 0.3 * sin(x)",
];

#[test]
fn the_gradient_of_every_parameter_of_small_networks_is_a_central_difference() {
    for (architecture, image, count) in [
        ("mlp-7-5", square(3, 2), 3),
        ("cnn-3-4", square(6, 2), 2),
        ("resnet-8", square(5, 3), 2),
        ("wrn-10-1", square(6, 1), 2),
    ] {
        for text in FORMULAS {
            let batch = Batch::new(architecture, image, count, text);
            let layout = batch.description.layout(batch.formula.parameters());
            let (parameters, all) = (start(&layout), direction(&layout));
            let gradient = batch.gradient(&parameters);
            for tensor in &layout.tensors {
                let own = |place: usize| {
                    if tensor.range.contains(&place) {
                        all[place]
                    } else {
                        0.0
                    }
                };
                let along: Vec<f64> = (0..layout.len()).map(own).collect();
                let found: f64 = gradient
                    .iter()
                    .zip(&along)
                    .map(|(gradient, along)| gradient * along)
                    .sum();
                let wanted = batch.difference(&parameters, &along, 1e-5);
                assert!(
                    (found - wanted).abs() <= 1e-6 * wanted.abs().max(0.01),
                    "{architecture}, {text}: {}: {found}, difference {wanted}",
                    tensor.name
                );
            }
        }
    }
}

#[test]
fn the_gradient_of_large_networks_is_a_central_difference() {
    for (architecture, image, count, text) in [
        ("vgg-11", square(32, 3), 2, FORMULAS[1]),
        ("vgg-11", square(32, 1), 2, FORMULAS[3]),
        ("resnet-50", square(33, 3), 2, FORMULAS[0]),
        ("resnet-20", square(16, 3), 2, FORMULAS[2]),
        ("wrn-16-2", square(16, 3), 2, FORMULAS[3]),
    ] {
        let batch = Batch::new(architecture, image, count, text);
        let layout = batch.description.layout(batch.formula.parameters());
        let (parameters, along) = (start(&layout), direction(&layout));
        let found: f64 = batch
            .gradient(&parameters)
            .iter()
            .zip(&along)
            .map(|(gradient, along)| gradient * along)
            .sum();
        let wanted = batch.difference(&parameters, &along, 1e-7);
        close(&format!("{architecture}, {text}"), found, wanted, 1e-4);
    }
}

#[test]
fn every_parameter_gets_a_gradient_and_one_that_cannot_move_the_loss_gets_zero() {
    let batch = Batch::new(
        "mlp-4",
        square(2, 1),
        2,
        "x * stop_gradient(param(2)) + param(0.1) * sin(x)",
    );
    let layout = batch.description.layout(batch.formula.parameters());
    let gradient = batch.gradient(&start(&layout));
    let [stopped, moving] = [layout.tensors.len() - 2, layout.tensors.len() - 1]
        .map(|index| gradient[layout.tensors[index].range.start]);
    assert_eq!(stopped, 0.0);
    assert_ne!(moving, 0.0);
}

#[test]
fn a_parameter_that_no_gradient_reaches_is_told_by_its_name() {
    for (text, name) in [
        ("silu", "hidden1.weights"),
        ("round(x)", "classifier.weights"),
    ] {
        let batch = Batch::new("mlp-4", square(2, 1), 2, text);
        let (loss, network) = batch.loss_and_network(&start(&batch.description.layout(&[])));
        // A loss of logits without their history depends on no parameter.
        let error = network.gradients(&loss.detach()).unwrap_err().to_string();
        assert!(
            error.contains(&format!("no gradient reached {name} of mlp-4")),
            "{text}: {error}"
        );
    }
}

/// Parameters before the last activation stay as they are, those after it move, and an activation's
/// own move where they are in the last.
#[test]
fn a_formula_without_slope_trains_as_in_the_fused_engine() {
    let sgd = Optimiser::Sgd {
        momentum: 0.9,
        nesterov: true,
        weight_decay: 0.01,
    };
    for (architecture, image) in [
        ("mlp-4", square(2, 1)),
        ("mlp-7-5", square(3, 2)),
        ("cnn-3-4", square(6, 2)),
        ("resnet-8", square(5, 3)),
    ] {
        for text in ["round(x)", "sign(x)", "param(0.5) * floor(3 * x)"] {
            let batch = Batch::new(architecture, image, 3, text);
            let layout = batch.description.layout(batch.formula.parameters());
            let single = |values: &[f64]| {
                values
                    .iter()
                    .map(|value| *value as f32)
                    .collect::<Vec<f32>>()
            };
            let activation = batch.formula.activation();
            let mut engine = Engine::new(
                &batch.description,
                Activations::One(&activation),
                3,
                Loss::CrossEntropy,
            );
            engine
                .parameters_mut()
                .copy_from_slice(&single(&start(&layout)));
            engine.images_mut().copy_from_slice(&single(&batch.images));
            engine.learn(
                &batch
                    .labels
                    .iter()
                    .map(|label| *label as u16)
                    .collect::<Vec<u16>>(),
                &Key::new(1),
            );
            let gradient = batch.gradient(&start(&layout));
            let largest = gradient
                .iter()
                .fold(0.0f64, |largest, value| largest.max(value.abs()));
            assert!(
                largest > 0.0,
                "{architecture}, {text}: the classifier learns"
            );
            for tensor in &layout.tensors {
                for place in tensor.range.clone() {
                    let (found, wanted) = (gradient[place], f64::from(engine.gradient()[place]));
                    assert!(
                        (found - wanted).abs() < 1e-4 * largest,
                        "{architecture}, {text}: {} has {found}, fused {wanted}",
                        tensor.name
                    );
                }
            }
            engine.step(sgd, 0.1);
            let mut network = network(&batch.description, &batch.formula, &start(&layout));
            let (images, labels) = (
                network.images(&batch.images).unwrap(),
                network.labels(&batch.labels).unwrap(),
            );
            network
                .step(&images, &labels, &mut kept, &sgd, 0.1)
                .unwrap();
            for (found, wanted) in network
                .parameters()
                .unwrap()
                .iter()
                .zip(engine.parameters())
            {
                assert!(
                    (found - f64::from(*wanted)).abs() < 1e-4 * largest.max(1.0),
                    "{architecture}, {text}: {found}, fused {wanted}"
                );
            }
        }
    }
}

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
fn in_32_bits_it_computes_the_same_to_rounding() {
    let batch = Batch::new("wrn-10-1", square(8, 3), 4, "silu");
    let parameters = start(&batch.description.layout(&[]));
    let wanted = batch.gradient(&parameters);
    let single: Vec<f32> = parameters.iter().map(|value| *value as f32).collect();
    let network = CandleNetwork::new(
        &batch.description,
        &batch.formula,
        &single,
        DType::F32,
        &Device::Cpu,
    )
    .unwrap();
    let pass = network
        .train(&network.images(&batch.images).unwrap(), &mut kept)
        .unwrap();
    let loss = cross_entropy(&pass.logits, &network.labels(&batch.labels).unwrap()).unwrap();
    assert_eq!(loss.dtype(), DType::F32);
    let found = flat(&network.gradients(&loss).unwrap()).unwrap();
    let largest = wanted
        .iter()
        .fold(0.0f64, |largest, value| largest.max(value.abs()));
    for (found, wanted) in found.iter().zip(&wanted) {
        assert!(
            (found - wanted).abs() < 1e-4 * largest,
            "{found}, in 64 bits {wanted}"
        );
    }
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
    let oblong = super::description(
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
