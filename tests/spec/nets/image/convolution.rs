//! Direct convolutions against sums written out in 64 bits, on every instruction set of this
//! machine.

use motherlode::formula::vector::InstructionSet;
use motherlode::nets::image::convolution::{Convolution, Scratch};
use motherlode::nets::MapShape;
use motherlode::numerics::stream::Key;

/// Height, width, input channels, output channels, kernel, stride, padding, images.
const GEOMETRIES: [[usize; 8]; 22] = [
    [9, 9, 1, 16, 3, 1, 1, 3],
    [6, 5, 1, 40, 5, 1, 2, 2],
    [5, 6, 2, 9, 3, 1, 1, 2],
    [8, 8, 16, 16, 3, 1, 1, 3],
    [9, 7, 3, 16, 3, 1, 1, 2],
    [8, 8, 16, 32, 3, 2, 1, 3],
    [7, 9, 16, 48, 3, 2, 1, 2],
    [8, 8, 16, 32, 1, 2, 0, 3],
    [7, 7, 8, 40, 1, 2, 0, 2],
    [8, 8, 32, 64, 1, 1, 0, 2],
    [12, 12, 3, 64, 7, 2, 3, 2],
    [2, 2, 96, 80, 3, 1, 1, 5],
    [1, 1, 3, 17, 3, 1, 1, 2],
    [1, 1, 100, 10, 1, 1, 0, 37],
    [1, 1, 33, 1, 1, 1, 0, 5],
    [6, 6, 5, 7, 5, 1, 2, 2],
    [6, 6, 5, 7, 5, 3, 1, 2],
    [4, 5, 2, 3, 2, 2, 0, 3],
    [5, 5, 4, 33, 3, 2, 0, 3],
    // Images too large to pass together: one at a time each way, two at a time with one left over,
    // and one at a time in steps of two.
    [60, 70, 8, 8, 3, 1, 1, 3],
    [50, 58, 8, 9, 3, 1, 1, 5],
    [64, 62, 9, 34, 3, 2, 1, 3],
];

struct Case {
    input: MapShape,
    output: MapShape,
    window: [usize; 3],
    images: usize,
    x: Vec<f32>,
    weights: Vec<f32>,
    gradient: Vec<f32>,
}

impl Case {
    fn new([height, width, inputs, outputs, kernel, stride, padding, images]: [usize; 8]) -> Case {
        let input = MapShape {
            height,
            width,
            channels: inputs,
        };
        let along = |side: usize| (side + 2 * padding - kernel) / stride + 1;
        let output = MapShape {
            height: along(height),
            width: along(width),
            channels: outputs,
        };
        let mut stream = Key::new(7).word("convolution").stream();
        let mut normal = |count: usize| {
            (0..count)
                .map(|_| stream.normal() as f32)
                .collect::<Vec<_>>()
        };
        let x = normal(images * input.elements());
        let weights = normal(kernel * kernel * inputs * outputs);
        let gradient = normal(images * output.elements());
        Case {
            input,
            output,
            window: [kernel, stride, padding],
            images,
            x,
            weights,
            gradient,
        }
    }

    /// Calls `product(x, weight, output)` with the indices of every product of the convolution.
    fn each_product(&self, mut product: impl FnMut(usize, usize, usize)) {
        let [kernel, stride, padding] = self.window;
        let (input, output) = (self.input, self.output);
        for image in 0..self.images {
            for oy in 0..output.height {
                for ox in 0..output.width {
                    for ky in 0..kernel {
                        for kx in 0..kernel {
                            let (y, x) = (oy * stride + ky, ox * stride + kx);
                            if y < padding
                                || x < padding
                                || y - padding >= input.height
                                || x - padding >= input.width
                            {
                                continue;
                            }
                            for ci in 0..input.channels {
                                for co in 0..output.channels {
                                    let from = ((image * input.height + y - padding) * input.width
                                        + x
                                        - padding)
                                        * input.channels
                                        + ci;
                                    let weight = ((ky * kernel + kx) * input.channels + ci)
                                        * output.channels
                                        + co;
                                    let to = ((image * output.height + oy) * output.width + ox)
                                        * output.channels
                                        + co;
                                    product(from, weight, to);
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn assert_close(found: &[f32], wanted: &[f64], what: &str) {
    let scale = wanted
        .iter()
        .fold(1.0_f64, |scale, value| scale.max(value.abs()));
    for (index, (found, wanted)) in found.iter().zip(wanted).enumerate() {
        assert!(
            (f64::from(*found) - wanted).abs() < 2e-6 * scale,
            "{what}: element {index} is {found}, wanted {wanted}"
        );
    }
}

fn on_every_set(test: impl Fn(InstructionSet, &Case, &Convolution, &mut Scratch, &str)) {
    for geometry in GEOMETRIES {
        let case = Case::new(geometry);
        for set in InstructionSet::available() {
            let convolution = Convolution::new(
                set,
                [case.input, case.output],
                case.window,
                case.images,
                true,
            );
            let mut scratch = Scratch::default();
            convolution.prepare(&mut scratch);
            test(
                set,
                &case,
                &convolution,
                &mut scratch,
                &format!("{geometry:?} on {}", set.name()),
            );
        }
    }
}

#[test]
fn the_forward_pass_is_the_sum_over_windows_and_starts_from_a_residual() {
    on_every_set(|_, case, convolution, scratch, what| {
        let mut wanted = vec![0.0; case.gradient.len()];
        case.each_product(|x, weight, to| {
            wanted[to] += f64::from(case.x[x]) * f64::from(case.weights[weight])
        });
        let mut found = vec![f32::NAN; wanted.len()];
        convolution.forward(&case.x, &case.weights, None, &mut found, scratch);
        assert_close(&found, &wanted, what);
        let residual: Vec<f64> = wanted
            .iter()
            .zip(&case.gradient)
            .map(|(sum, residual)| sum + f64::from(*residual))
            .collect();
        convolution.forward(
            &case.x,
            &case.weights,
            Some(&case.gradient),
            &mut found,
            scratch,
        );
        assert_close(&found, &residual, what);
    });
}

#[test]
fn the_gradient_of_the_input_is_the_transposed_product_and_may_be_added() {
    on_every_set(|_, case, convolution, scratch, what| {
        let mut wanted = vec![0.0; case.x.len()];
        case.each_product(|x, weight, to| {
            wanted[x] += f64::from(case.gradient[to]) * f64::from(case.weights[weight])
        });
        let mut found = vec![f32::NAN; wanted.len()];
        convolution.input_gradient(&case.gradient, &case.weights, false, &mut found, scratch);
        assert_close(&found, &wanted, what);
        let mut found = case.x.clone();
        convolution.input_gradient(&case.gradient, &case.weights, true, &mut found, scratch);
        let added: Vec<f64> = wanted
            .iter()
            .zip(&case.x)
            .map(|(sum, x)| sum + f64::from(*x))
            .collect();
        assert_close(&found, &added, what);
    });
}

#[test]
fn the_gradient_of_the_weights_sums_over_all_places_of_all_images() {
    on_every_set(|_, case, convolution, scratch, what| {
        let mut wanted = vec![0.0; case.weights.len()];
        case.each_product(|x, weight, to| {
            wanted[weight] += f64::from(case.gradient[to]) * f64::from(case.x[x])
        });
        let mut found = vec![f32::NAN; wanted.len()];
        convolution.weights_gradient(&case.x, &case.gradient, &mut found, scratch);
        assert_close(&found, &wanted, what);
    });
}

#[test]
fn tables_are_as_large_as_a_batch_asks_for_and_no_larger_than_a_group() {
    let map = |side: usize, channels: usize| MapShape {
        height: side,
        width: side,
        channels,
    };
    let tables = |maps, window, batch| Convolution::needs(maps, window, batch, true).tables;
    for batch in [1, 4, 32] {
        // A place of an image has 8 bytes each way; four padded gradients of the output make a
        // group.
        assert_eq!(
            tables([map(28, 1), map(26, 16)], [3, 1, 0], batch),
            batch.min(4) * 8 * 784 + batch * 8 * 676
        );
        assert_eq!(
            tables([map(1, 4), map(1, 4)], [1, 1, 0], batch),
            batch * 8 * 2
        );
    }
    let [large, larger] =
        [1_000, 10_000].map(|batch| tables([map(28, 1), map(28, 4)], [3, 1, 1], batch));
    assert_eq!(large, larger, "a group has a bound of its own");
}
