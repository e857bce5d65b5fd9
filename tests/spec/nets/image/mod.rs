//! Networks for real data: their published sizes, and their passes by Candle held to central
//! differences and to what PyTorch recorded.
//!
//! reference.py beside this file says what reference.json holds and how the numbers that both sides
//! start from are made.

mod agreement;
mod architecture;
mod candle;
mod convolution;
mod engine;
mod loss;
mod max_pool;
mod memory;
mod pooling;

use motherlode::formula::Formula;
use motherlode::nets::image::Architecture;
use motherlode::nets::Start;
use motherlode::nets::{MapShape, NetworkDescription, ParameterLayout, Role};
use serde::Deserialize;

/// Which of the streams of [`number`] images come from; a parameter tensor's is its place in the
/// layout.
const IMAGES: u64 = 1_000_000;
/// The first of those that directions come from.
const DIRECTIONS: u64 = 2_000_000;

/// What PyTorch made of a network in 64 bits, one image set and one pass in training.
#[derive(Deserialize)]
pub struct Expected {
    /// Parameters of the network.
    pub parameters: usize,
    /// The mean cross entropy in training.
    pub loss: f64,
    /// Images x classes.
    pub training_logits: Vec<f64>,
    /// After the running averages have followed the pass in training.
    pub evaluation_logits: Vec<f64>,
    /// Of the loss along [`Recorded::direction`].
    pub derivative: f64,
    /// A parameter tensor of the layout each.
    pub gradient_norms: Vec<f64>,
}

/// A network with the numbers that it starts from, and what PyTorch made of them.
pub struct Recorded {
    /// The architecture and the activation.
    pub name: String,
    pub description: NetworkDescription,
    pub layout: ParameterLayout,
    pub formula: Formula,
    /// In the order of the layout.
    pub parameters: Vec<f64>,
    /// Images x height x width x channels.
    pub images: Vec<f64>,
    pub labels: Vec<u32>,
    /// In the order of the layout.
    pub direction: Vec<f64>,
    pub expected: Expected,
}

/// Everything that reference.json holds.
pub fn recorded() -> Vec<Recorded> {
    #[derive(Deserialize)]
    struct Case {
        #[serde(rename = "model")]
        architecture: String,
        activation: String,
        formula: String,
        image: [usize; 3],
        labels: Vec<u32>,
        #[serde(flatten)]
        expected: Expected,
    }
    #[derive(Deserialize)]
    struct File {
        cases: Vec<Case>,
    }
    let file: File = serde_json::from_str(include_str!("reference.json"))
        .expect("reference.json is what reference.py writes");
    let made = |case: Case| {
        let [height, width, channels] = case.image;
        let description = description(
            &case.architecture,
            MapShape {
                height,
                width,
                channels,
            },
        );
        let formula = Formula::parse(&case.formula).unwrap();
        let layout = description.layout(formula.parameters());
        Recorded {
            name: format!("{} with {}", case.architecture, case.activation),
            parameters: start(&layout),
            images: images(description.image(), case.labels.len()),
            labels: case.labels,
            direction: direction(&layout),
            description,
            layout,
            formula,
            expected: case.expected,
        }
    };
    file.cases.into_iter().map(made).collect()
}

/// A network of 10 classes without dropout.
fn description(architecture: &str, image: MapShape) -> NetworkDescription {
    Architecture::named(architecture)
        .unwrap()
        .description(image, 10, 0, None)
        .unwrap()
}

/// A number in [-1, 1): SplitMix64 of (tensor, place).
fn number(tensor: u64, place: usize) -> f64 {
    let mut z = ((tensor << 32) + place as u64)
        .wrapping_add(1)
        .wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^= z >> 31;
    (z >> 11) as f64 * 2f64.powi(-52) - 1.0
}

/// Parameters away from 0 and 1: weights of He's scale, gains about 1, shifts about 0; those of an
/// activation about their initial values.
fn start(layout: &ParameterLayout) -> Vec<f64> {
    let value = |index: usize, place: usize| {
        let (tensor, number) = (&layout.tensors[index], number(index as u64, place));
        match (tensor.role, tensor.start) {
            (Role::Weights, _) => {
                let fan_in = tensor.range.len() / tensor.shape[tensor.shape.len() - 1];
                number * (6.0 / fan_in as f64).sqrt()
            }
            (_, Start::Constant(initial)) => initial + 0.2 * number,
            (_, Start::Normal(_) | Start::Uniform(_)) => 0.2 * number,
        }
    };
    layout
        .tensors
        .iter()
        .enumerate()
        .flat_map(|(index, tensor)| (0..tensor.range.len()).map(move |place| value(index, place)))
        .collect()
}

fn direction(layout: &ParameterLayout) -> Vec<f64> {
    let tensors = layout.tensors.iter().enumerate();
    tensors
        .flat_map(|(index, tensor)| {
            (0..tensor.range.len()).map(move |place| number(DIRECTIONS + index as u64, place))
        })
        .collect()
}

fn images(image: MapShape, count: usize) -> Vec<f64> {
    (0..count * image.elements())
        .map(|place| 1.7 * number(IMAGES, place))
        .collect()
}

#[test]
fn the_numbers_that_both_sides_start_from_are_the_same() {
    // As reference.py's number(2, 3) gives them.
    assert_eq!(
        [0, 1, 2].map(|place| number(2, place)),
        [0.4905662228883567, -0.1169285714400432, 0.0979559645441308]
    );
}
