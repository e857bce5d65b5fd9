//! Losses and gradients: beside PyTorch's numbers, central differences and the fused engine.

use candle_core::{DType, Device};
use motherlode::nets::candle::{cross_entropy, flat, CandleNetwork};
use motherlode::nets::image::{Activations, Engine, Loss};
use motherlode::nets::Optimiser;
use motherlode::numerics::stream::Key;

use super::{close, kept, network, square, Batch, FORMULAS};
use crate::nets::image::{direction, recorded, start};

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
