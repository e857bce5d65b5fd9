//! The fused engine's max-pooling against windows written out, on every instruction set of this
//! machine.

use motherlode::formula::vector::InstructionSet;
use motherlode::nets::image::pooling::MaxPool;
use motherlode::nets::MapShape;
use motherlode::numerics::stream::Key;

/// What each window gives, and the gradient of the input: the first NaN of a window is its
/// greatest, else the first of the greatest.
fn written_out(pool: MaxPool, input: &[f32], gradient: &[f32]) -> (Vec<f32>, Vec<f32>) {
    let MapShape {
        height,
        width,
        channels,
    } = pool.input;
    let (mut output, mut input_gradient) = (
        vec![f32::NEG_INFINITY; gradient.len()],
        vec![0.0; input.len()],
    );
    for (unit, (output, gradient)) in output.iter_mut().zip(gradient).enumerate() {
        let (place, channel) = (unit / channels, unit % channels);
        let (image, place) = (place / pool.output.places(), place % pool.output.places());
        let along = |place: usize, side: usize| {
            (place * pool.stride..place * pool.stride + pool.kernel)
                .filter_map(move |at| at.checked_sub(pool.padding).filter(|at| *at < side))
        };
        let mut winner = None;
        for y in along(place / pool.output.width, height) {
            for x in along(place % pool.output.width, width) {
                let at = ((image * height + y) * width + x) * channels + channel;
                if winner.is_none()
                    || input[at] > *output
                    || (input[at].is_nan() && !output.is_nan())
                {
                    (*output, winner) = (input[at], Some(at));
                }
            }
        }
        if let Some(winner) = winner {
            input_gradient[winner] += gradient;
        }
    }
    (output, input_gradient)
}

fn hold(
    side: [usize; 2],
    channels: usize,
    [kernel, stride, padding]: [usize; 3],
    value: impl Fn(f64) -> f32,
) {
    let [height, width] = side;
    let along = |side: usize| (side + 2 * padding - kernel) / stride + 1;
    let (input, output) = (
        MapShape {
            height,
            width,
            channels,
        },
        MapShape {
            height: along(height),
            width: along(width),
            channels,
        },
    );
    let pool = MaxPool {
        input,
        output,
        kernel,
        stride,
        padding,
    };
    let mut stream = Key::new(3).word("pool").stream();
    let x: Vec<f32> = (0..3 * input.elements())
        .map(|_| value(stream.normal()))
        .collect();
    // Whole numbers: no sum depends on its order.
    let gradient: Vec<f32> = (0..3 * output.elements())
        .map(|_| stream.below(100) as f32)
        .collect();
    let wanted = written_out(pool, &x, &gradient);
    for set in InstructionSet::available() {
        let (mut found, mut found_gradient) = (vec![7.0; gradient.len()], vec![7.0; x.len()]);
        pool.forward(set, &x, &mut found);
        pool.backward(set, [&x, &found], &gradient, &mut found_gradient);
        let what = format!("{pool:?} on {}", set.name());
        assert!(
            found
                .iter()
                .zip(&wanted.0)
                .all(|(found, wanted)| found == wanted || (found.is_nan() && wanted.is_nan())),
            "{what}: {found:?}"
        );
        assert_eq!(found_gradient, wanted.1, "{what}");
    }
}

const WINDOWS: [[usize; 3]; 7] = [
    [2, 2, 0],
    [3, 2, 1],
    [3, 3, 0],
    [3, 1, 1],
    [2, 1, 0],
    [2, 2, 1],
    [2, 3, 0],
];

#[test]
fn a_window_gives_its_greatest_element_and_the_first_of_equals_gets_the_gradient() {
    for window in WINDOWS {
        for side in [[6, 6], [7, 7], [5, 8], [3, 4]] {
            for channels in [1, 5, 16, 19, 70] {
                hold(side, channels, window, |normal| normal as f32);
                hold(side, channels, window, |normal| normal.round() as f32);
            }
        }
    }
}

#[test]
fn a_window_with_nan_gives_nan_and_minus_infinity_is_a_number() {
    for window in WINDOWS {
        hold([6, 7], 19, window, |normal| {
            if normal > 1.0 {
                f32::NAN
            } else {
                normal as f32
            }
        });
        hold([6, 7], 19, window, |normal| {
            if normal > -1.0 {
                f32::NEG_INFINITY
            } else {
                normal as f32
            }
        });
    }
}
