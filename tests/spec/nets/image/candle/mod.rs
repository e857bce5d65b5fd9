//! The Candle path in 64 bits: against PyTorch's recorded numbers, central differences, and the
//! published rules of its parts.

mod gradients;
mod training;

use candle_core::{DType, Device, Tensor};
use motherlode::formula::Formula;
use motherlode::nets::candle::{cross_entropy, flat, CandleNetwork};
use motherlode::nets::{MapShape, NetworkDescription};

use super::{description, images};

/// Of each class: reads its own element, has parameters, reads its row, reads the batch.
const FORMULAS: [&str; 4] = [
    "silu",
    "x * sigmoid(channel_param(1.5) * x) + 0.1 * sin(param(2) * x)",
    "x * softmax(x) + 0.3 * tanh(x - feature_mean(x))",
    "(x - batch_mean(x)) / (batch_std(x) + 0.1) * channel_param(0.7) + 0.3 * sin(x)",
];

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
