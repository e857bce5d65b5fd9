//! Gradients of whole networks beside central differences.

use motherlode::formula::vector::InstructionSet;
use motherlode::nets::image::{Engine, Mode};
use motherlode::nets::Initialisation;
use motherlode::nets::{Layer, LayerKind, MapId, MapShape, NetworkDescription, Shift};
use motherlode::numerics::stream::Key;

use super::{drawn, drawn_of, SGD};

/// The slope of the loss along the gradient of each parameter tensor, by differences, against the
/// gradient's own length.
fn assert_slopes_agree(mut engine: Engine, labels: &[u16], what: &str) {
    let key = Key::new(11);
    engine.learn(labels, &key);
    let gradient = engine.gradient().to_vec();
    let parameters = engine.parameters().to_vec();
    for tensor in engine.layout().tensors.clone() {
        let norm = |values: &[f32]| {
            values
                .iter()
                .map(|value| f64::from(*value).powi(2))
                .sum::<f64>()
                .sqrt()
        };
        let length = norm(&gradient[tensor.range.clone()]);
        assert!(length > 0.0, "{what}: {} receives no gradient", tensor.name);
        let slope = |reach: f64, engine: &mut Engine| {
            let mut loss = |sign: f64| {
                engine.parameters_mut().copy_from_slice(&parameters);
                for index in tensor.range.clone() {
                    engine.parameters_mut()[index] +=
                        (sign * reach * f64::from(gradient[index]) / length) as f32;
                }
                engine.forward(labels.len(), &Mode::Training(key.clone()));
                engine.loss(labels).mean()
            };
            (loss(1.0) - loss(-1.0)) / (2.0 * reach)
        };
        let scale = norm(&parameters[tensor.range.clone()]).max(0.1);
        let errors = [1e-2, 3e-3, 1e-3, 3e-4, 1e-4]
            .map(|reach| (slope(reach * scale, &mut engine) / length - 1.0).abs());
        let least = errors.into_iter().fold(f64::INFINITY, f64::min);
        // Where a slope is lost in the rounding of the loss, only its size can be seen.
        let visible = length * 1e-2 * scale > 1e-4;
        assert!(
            least < if visible { 0.02 } else { 0.5 },
            "{what}: the slope along {} differs by {errors:?} (length {length:e})",
            tensor.name
        );
    }
}

#[test]
fn the_gradient_of_every_parameter_of_every_architecture_agrees_with_differences() {
    for (architecture, side, channels, images, dropout) in [
        ("mlp-12-9", 4, 1, 6, 0),
        ("mlp-12-9", 4, 1, 6, 300),
        ("cnn-6-16-20", 9, 1, 4, 0),
        ("resnet-8", 12, 3, 4, 0),
        ("wrn-10-1", 12, 3, 4, 0),
        ("wrn-10-2", 8, 3, 4, 300),
        ("vgg-11", 32, 3, 5, 0),
    ] {
        let (engine, labels) = drawn(architecture, "silu", side, channels, images, dropout);
        assert_slopes_agree(
            engine,
            &labels,
            &format!("{architecture} with dropout {dropout}"),
        );
    }
}

#[test]
fn gradients_run_through_formulas_of_every_class_and_reach_their_parameters() {
    for formula in [
        "gelu",
        "channel_param(0.8) * silu(param(1.2) * x)",
        "x * sigmoid(0.5 * (roll(x, 1) + x))",
        "tanh(x - batch_mean(x)) + 0.2 * x",
    ] {
        for (architecture, side) in [("mlp-12-9", 4), ("cnn-6-16", 8), ("resnet-8", 8)] {
            let (engine, labels) = drawn(architecture, formula, side, 2, 5, 0);
            assert_slopes_agree(engine, &labels, &format!("{formula} in {architecture}"));
        }
    }
}

/// Every kind of layer reads a map that another one reads too, residuals meet gradients that are
/// begun and not, and an activation reads the image.
#[test]
fn gradients_of_maps_with_many_readers_add_up_whatever_reads_them() {
    let normalised = |residual: Option<usize>| LayerKind::Affine {
        shift: Shift::BatchNormalisation,
        residual: residual.map(MapId),
        activated: true,
    };
    let convolution = |residual: Option<usize>| LayerKind::Convolution {
        kernel: 3,
        stride: 1,
        padding: 1,
        outputs: 3,
        residual: residual.map(MapId),
    };
    let layers = [
        (0, convolution(Some(0))),
        (0, normalised(Some(1))),
        (
            2,
            LayerKind::MaxPool {
                kernel: 3,
                stride: 1,
                padding: 1,
            },
        ),
        (2, LayerKind::Dropout { per_mille: 250 }),
        (
            2,
            LayerKind::Subsample {
                stride: 1,
                outputs: 3,
            },
        ),
        (2, normalised(Some(3))),
        (6, normalised(Some(4))),
        (7, convolution(Some(5))),
        (8, normalised(Some(8))),
        (9, normalised(Some(2))),
        (
            10,
            LayerKind::Affine {
                shift: Shift::None,
                residual: None,
                activated: true,
            },
        ),
        (11, LayerKind::Linear { outputs: 5 }),
    ];
    let layers = layers
        .into_iter()
        .enumerate()
        .map(|(index, (input, kind))| Layer {
            name: format!("layer{index}"),
            input: MapId(input),
            kind,
        });
    let image = MapShape {
        height: 4,
        width: 5,
        channels: 3,
    };
    let description =
        NetworkDescription::new("tangle", image, layers.collect(), Initialisation::He).unwrap();
    let (engine, labels) = drawn_of(InstructionSet::best(), &description, "silu", 6);
    assert_slopes_agree(engine, &labels, "a tangle");
}

#[test]
fn a_batch_that_is_not_full_learns_as_in_a_network_of_its_size() {
    for architecture in ["wrn-10-1", "cnn-6-16", "mlp-12-9"] {
        let (mut large, labels) = drawn(architecture, "silu", 8, 3, 5, 300);
        let (mut small, _) = drawn(architecture, "silu", 8, 3, 3, 300);
        large.learn(&labels, &Key::new(1));
        let losses =
            [&mut large, &mut small].map(|engine| engine.learn(&labels[..3], &Key::new(2)));
        assert_eq!(losses[0], losses[1], "{architecture}");
        assert_eq!(large.gradient(), small.gradient(), "{architecture}");
    }
}

#[test]
fn one_image_of_one_place_is_normalised_to_the_shift() {
    // The last map is 1 x 1: its variance is 0.
    let (mut engine, labels) = drawn("cnn-6-16", "silu", 2, 3, 1, 0);
    let loss = engine.learn(&labels, &Key::new(1));
    assert!(
        loss.loss.is_finite()
            && engine
                .gradient()
                .iter()
                .all(|gradient| gradient.is_finite())
    );
    engine.step(SGD, 0.1);
    assert!(engine
        .forward(1, &Mode::Evaluation(None))
        .iter()
        .all(|logit| logit.is_finite()));
}
