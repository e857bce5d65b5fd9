//! Max-pooling by Candle, whose own has wrong gradients: held to windows written out, for any
//! kernel, stride and padding.

use candle_core::{DType, Device};
use motherlode::formula::Formula;
use motherlode::nets::candle::{flat, CandleNetwork};
use motherlode::nets::Initialisation;
use motherlode::nets::{Layer, LayerKind, MapId, MapShape, NetworkDescription};

use super::{images, number};

/// A 1 x 1 convolution to `channels`, then max-pooling, then a linear layer of one output.
fn pooled(
    image: MapShape,
    channels: usize,
    (kernel, stride, padding): (usize, usize, usize),
) -> NetworkDescription {
    let kinds = [
        LayerKind::Convolution {
            kernel: 1,
            stride: 1,
            padding: 0,
            outputs: channels,
            residual: None,
        },
        LayerKind::MaxPool {
            kernel,
            stride,
            padding,
        },
        LayerKind::Linear { outputs: 1 },
    ];
    let layers = kinds.into_iter().enumerate().map(|(index, kind)| Layer {
        name: format!("layer{index}"),
        input: MapId(index),
        kind,
    });
    NetworkDescription::new("pooled", image, layers.collect(), Initialisation::He).unwrap()
}

/// Sum of logits and its gradient, by Candle.
fn by_candle(
    description: &NetworkDescription,
    parameters: &[f64],
    pixels: &[f64],
) -> (f64, Vec<f64>) {
    let network = CandleNetwork::new(
        description,
        &Formula::parse("relu").unwrap(),
        parameters,
        DType::F64,
        &Device::Cpu,
    )
    .unwrap();
    let pass = network
        .train(&network.images(pixels).unwrap(), &mut |_, _| {
            unreachable!("nothing is dropped")
        })
        .unwrap();
    let sum = pass.logits.sum_all().unwrap();
    (
        sum.to_scalar().unwrap(),
        flat(&network.gradients(&sum).unwrap()).unwrap(),
    )
}

/// The same, window by window; the first of equal elements is the greatest.
fn written_out(
    description: &NetworkDescription,
    channels: usize,
    (kernel, stride, padding): (usize, usize, usize),
    parameters: &[f64],
    pixels: &[f64],
) -> (f64, Vec<f64>) {
    let (image, made) = (description.image(), description.map(MapId(2)));
    let inputs = image.channels;
    let (weights, linear) = parameters.split_at(inputs * channels);
    let (mut sum, mut gradient) = (0.0, vec![0.0; parameters.len()]);
    for pixels in pixels.chunks(image.elements()) {
        let value = |place: usize, channel: usize| {
            (0..inputs)
                .map(|input| pixels[place * inputs + input] * weights[input * channels + channel])
                .sum::<f64>()
        };
        for (unit, (row, column, channel)) in (0..made.height)
            .flat_map(|row| {
                (0..made.width).flat_map(move |column| {
                    (0..channels).map(move |channel| (row, column, channel))
                })
            })
            .enumerate()
        {
            let along = |start: usize, side: usize| {
                (start * stride..start * stride + kernel)
                    .filter(move |at| (padding..side + padding).contains(at))
            };
            let mut greatest: Option<(usize, f64)> = None;
            for y in along(row, image.height) {
                for x in along(column, image.width) {
                    let place = (y - padding) * image.width + x - padding;
                    let found = value(place, channel);
                    if greatest.is_none_or(|(_, greatest)| found > greatest) {
                        greatest = Some((place, found));
                    }
                }
            }
            let (place, greatest) = greatest.expect("no window lies in the padding alone");
            sum += greatest * linear[unit];
            gradient[inputs * channels + unit] += greatest;
            for input in 0..inputs {
                gradient[input * channels + channel] +=
                    pixels[place * inputs + input] * linear[unit];
            }
        }
    }
    (sum, gradient)
}

fn hold(image: MapShape, window: (usize, usize, usize), weights: &[f64], pixels: &[f64]) {
    let channels = weights.len() / image.channels;
    let description = pooled(image, channels, window);
    let units = description.map(MapId(2)).elements();
    let parameters: Vec<f64> = weights
        .iter()
        .copied()
        .chain((0..units).map(|unit| number(8, unit)))
        .collect();
    let (found, wanted) = (
        by_candle(&description, &parameters, pixels),
        written_out(&description, channels, window, &parameters, pixels),
    );
    assert!(
        (found.0 - wanted.0).abs() < 1e-12,
        "{image:?}, {window:?}: {}, wanted {}",
        found.0,
        wanted.0
    );
    for (place, (found, wanted)) in found.1.iter().zip(&wanted.1).enumerate() {
        assert!(
            (found - wanted).abs() < 1e-12,
            "{image:?}, {window:?}: parameter {place}: {found}, wanted {wanted}"
        );
    }
}

#[test]
fn a_window_gives_its_greatest_element_and_that_one_gets_the_gradient() {
    let weights: Vec<f64> = (0..6).map(|place| number(7, place)).collect();
    for (height, width) in [(6, 6), (7, 7), (5, 8), (3, 4), (1, 3)] {
        for window in [
            (2, 2, 0),
            (3, 2, 1),
            (3, 3, 0),
            (3, 1, 1),
            (2, 1, 0),
            (5, 2, 2),
            (2, 3, 1),
        ] {
            let image = MapShape {
                height,
                width,
                channels: 2,
            };
            if height + 2 * window.2 >= window.0 {
                hold(image, window, &weights, &images(image, 3));
            }
        }
    }
}

#[test]
fn the_first_of_equal_elements_gets_the_gradient() {
    // Channel 0 alone is compared and equal everywhere; channel 1 tells which place was taken.
    for window in [(2, 2, 0), (3, 2, 1), (3, 1, 1)] {
        let image = MapShape {
            height: 5,
            width: 5,
            channels: 2,
        };
        let pixels: Vec<f64> = (0..50)
            .map(|place| {
                if place % 2 == 0 {
                    0.5
                } else {
                    number(9, place)
                }
            })
            .collect();
        hold(image, window, &[1.0, 0.0], &pixels);
    }
}

#[test]
fn padding_is_never_the_greatest() {
    let image = MapShape {
        height: 4,
        width: 4,
        channels: 1,
    };
    let pixels: Vec<f64> = (0..16).map(|place| -2.0 + number(9, place)).collect();
    hold(image, (3, 2, 1), &[1.0], &pixels);
}

#[test]
fn a_window_that_holds_nan_gives_nan() {
    let image = MapShape {
        height: 2,
        width: 2,
        channels: 1,
    };
    let description = pooled(image, 1, (2, 2, 0));
    for place in 0..4 {
        let mut pixels = [1.0, -1.0, 3.0, 2.0];
        pixels[place] = f64::NAN;
        assert!(
            by_candle(&description, &[1.0, 1.0], &pixels).0.is_nan(),
            "NaN at place {place}"
        );
    }
}
