//! The fused engine: gradients of whole networks, its state, and its ways.

use motherlode::formula::vector::InstructionSet;
use motherlode::formula::Formula;
use motherlode::nets::image::{Activations, Architecture, Engine, Loss, Mode};
use motherlode::nets::Initialisation;
use motherlode::nets::Optimiser;
use motherlode::nets::{Layer, LayerKind, MapId, MapShape, NetworkDescription, Shift};
use motherlode::numerics::stream::Key;

const SGD: Optimiser = Optimiser::Sgd {
    momentum: 0.9,
    nesterov: true,
    weight_decay: 5e-4,
};

/// An engine with drawn weights and images, and labels.
fn drawn(
    architecture: &str,
    formula: &str,
    side: usize,
    channels: usize,
    images: usize,
    dropout: u32,
) -> (Engine, Vec<u16>) {
    drawn_on(
        InstructionSet::best(),
        architecture,
        formula,
        side,
        channels,
        images,
        dropout,
    )
}

fn drawn_on(
    set: InstructionSet,
    architecture: &str,
    formula: &str,
    side: usize,
    channels: usize,
    images: usize,
    dropout: u32,
) -> (Engine, Vec<u16>) {
    let image = MapShape {
        height: side,
        width: side,
        channels,
    };
    let description = Architecture::named(architecture)
        .unwrap()
        .description(image, 5, dropout, None)
        .unwrap();
    drawn_of(set, &description, formula, images)
}

fn drawn_of(
    set: InstructionSet,
    description: &NetworkDescription,
    formula: &str,
    images: usize,
) -> (Engine, Vec<u16>) {
    let activation = Formula::parse(formula).unwrap().activation_for(set);
    let mut engine = Engine::for_instruction_set(
        set,
        description,
        Activations::One(&activation),
        images,
        Loss::CrossEntropy,
    );
    let key = Key::new(3).word(&description.name);
    let mut initial = engine.layout().initial(&mut key.word("weights").stream());
    let mut noise = key.word("noise").stream();
    // Gains and shifts away from 1 and 0, where mistakes hide.
    initial
        .iter_mut()
        .for_each(|value| *value += 0.05 * noise.normal() as f32);
    engine.parameters_mut().copy_from_slice(&initial);
    let mut stream = key.word("images").stream();
    engine
        .images_mut()
        .iter_mut()
        .for_each(|x| *x = stream.normal() as f32);
    let labels = (0..images).map(|_| stream.below(5) as u16).collect();
    (engine, labels)
}

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

#[test]
fn a_pixel_that_is_nan_shows_in_the_loss() {
    for architecture in ["wrn-10-1", "cnn-6-16", "mlp-12-9"] {
        let (mut engine, labels) = drawn(architecture, "relu", 8, 3, 4, 0);
        engine.images_mut()[100] = f32::NAN;
        let loss = engine.learn(&labels, &Key::new(1));
        assert!(
            loss.loss.is_nan(),
            "{architecture}: a loss of {}",
            loss.loss
        );
    }
}

#[test]
fn instruction_sets_agree_but_for_rounding() {
    for architecture in ["wrn-10-1", "cnn-6-16-20", "mlp-12-9"] {
        let mut gradients = InstructionSet::available().into_iter().map(|set| {
            let (mut engine, labels) = drawn_on(set, architecture, "silu", 12, 3, 3, 0);
            engine.learn(&labels, &Key::new(1));
            engine.gradient().to_vec()
        });
        let first = gradients.next().expect("there is a scalar set");
        let scale = first
            .iter()
            .fold(0.0_f32, |scale, value| scale.max(value.abs()));
        for other in gradients {
            assert!(
                first
                    .iter()
                    .zip(&other)
                    .all(|(a, b)| (a - b).abs() < 1e-4 * scale),
                "{architecture}: sets differ by more than rounding"
            );
        }
    }
}

#[test]
fn a_restored_state_goes_on_to_the_same_bits() {
    let train = |engine: &mut Engine, labels: &[u16], steps: std::ops::Range<u64>| {
        for step in steps {
            engine.learn(labels, &Key::new(5).number(step));
            engine.step(SGD, 0.05);
        }
    };
    let (mut whole, labels) = drawn("wrn-10-1", "param(1) * silu(x)", 8, 3, 4, 300);
    let (mut first, _) = drawn("wrn-10-1", "param(1) * silu(x)", 8, 3, 4, 300);
    train(&mut whole, &labels, 0..6);
    train(&mut first, &labels, 0..3);
    let (mut second, _) = drawn("wrn-10-1", "param(1) * silu(x)", 8, 3, 4, 300);
    second.parameters_mut().fill(0.0);
    second.restore(&first.state(), 3).unwrap();
    train(&mut second, &labels, 3..6);
    assert_eq!(whole.parameters(), second.parameters());
    let evaluation = Mode::Evaluation(None);
    assert_eq!(
        whole.forward(4, &evaluation),
        second.forward(4, &evaluation)
    );
}

#[test]
fn a_state_of_another_network_is_refused_by_name() {
    let (mut engine, _) = drawn("mlp-12-9", "relu", 4, 1, 2, 0);
    let (other, _) = drawn("mlp-12-8", "relu", 4, 1, 2, 0);
    let error = engine.restore(&other.state(), 1).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the checkpoint's tensor `hidden2.weights` is not the network's: wanted 108 numbers, \
         found 96"
    );
}

#[test]
fn evaluation_does_not_depend_on_what_else_is_in_the_batch() {
    let (mut engine, labels) = drawn("wrn-10-1", "gelu", 8, 3, 4, 0);
    for step in 0..3 {
        engine.learn(&labels, &Key::new(step));
        engine.step(SGD, 0.01);
    }
    let all = engine.forward(4, &Mode::Evaluation(None)).to_vec();
    let one = engine.forward(1, &Mode::Evaluation(None)).to_vec();
    assert_eq!(all[..5], one[..]);
}

/// A network whose neurons choose among four functions, with 16 images of 5 classes, all drawn.
fn drawn_mixed() -> (Engine, Vec<u16>) {
    let image = MapShape {
        height: 4,
        width: 4,
        channels: 1,
    };
    let description = Architecture::named("mlp-40-24")
        .unwrap()
        .description(image, 5, 0, None)
        .unwrap();
    let pool: Vec<_> = ["relu", "tanh", "sin(x)", "elu"]
        .into_iter()
        .map(|text| Formula::parse(text).unwrap().kernel())
        .collect();
    let mut engine = Engine::new(
        &description,
        Activations::Mixed(&pool, &Key::new(4)),
        16,
        Loss::CrossEntropy,
    );
    let initial = engine.layout().initial(&mut Key::new(9).stream());
    engine.parameters_mut().copy_from_slice(&initial);
    let mut stream = Key::new(8).stream();
    engine
        .images_mut()
        .iter_mut()
        .for_each(|x| *x = stream.normal() as f32);
    let labels = (0..16).map(|_| stream.below(5) as u16).collect();
    (engine, labels)
}

#[test]
fn a_mixed_network_learns_its_choices_and_grouping_leaves_its_function_as_it_was() {
    let (mut engine, labels) = drawn_mixed();
    let adam = Optimiser::Adam {
        first_decay: 0.9,
        second_decay: 0.999,
        epsilon: 1e-8,
    };
    let before = engine.shares();
    assert!(
        before
            .iter()
            .all(|layer| (layer.iter().sum::<f64>() - 1.0).abs() < 1e-12),
        "shares of a layer add up to 1"
    );
    let first = engine.learn(&labels, &Key::new(0)).mean();
    for step in 1..200 {
        engine.learn(&labels, &Key::new(step));
        engine.step(adam, 1e-2);
    }
    assert_ne!(
        engine.shares(),
        before,
        "two hundred steps move some choice"
    );
    let wanted = engine.forward(16, &Mode::Evaluation(None)).to_vec();
    engine.group_channels();
    let found = engine.forward(16, &Mode::Evaluation(None)).to_vec();
    for (found, wanted) in found.iter().zip(&wanted) {
        assert!(
            (found - wanted).abs() < 1e-4 * wanted.abs().max(1.0),
            "grouping changed a logit from {wanted} to {found}"
        );
    }
    let shares = engine.shares();
    for step in 200..400 {
        engine.learn(&labels, &Key::new(step));
        engine.step(adam, 1e-2);
    }
    assert_eq!(engine.shares(), shares, "final choices stay");
    assert!(
        engine.learn(&labels, &Key::new(400)).mean() < 0.1 * first,
        "it learns sixteen images by heart"
    );
    let (mut again, _) = drawn_mixed();
    again.restore(&engine.state(), 401).unwrap();
    assert_eq!(again.shares(), shares);
}

#[test]
fn noise_in_evaluation_moves_choices_until_they_are_final() {
    let (mut engine, _) = drawn_mixed();
    let logits = |engine: &mut Engine, key: Option<u64>| {
        engine
            .forward(16, &Mode::Evaluation(key.map(Key::new)))
            .to_vec()
    };
    let still = logits(&mut engine, None);
    let noisy = logits(&mut engine, Some(1));
    assert_ne!(noisy, still);
    assert_ne!(
        logits(&mut engine, Some(2)),
        noisy,
        "another key, other choices"
    );
    assert_eq!(
        logits(&mut engine, Some(1)),
        noisy,
        "the same key, the same choices"
    );
    assert_eq!(logits(&mut engine, None), still);
    engine.group_channels();
    let grouped = logits(&mut engine, None);
    assert_eq!(logits(&mut engine, Some(1)), grouped);
}

/// A network of one mixed layer with a head of its own, computed in 64 bits as the publication has
/// it: the loss for soft weights over the pool.
fn loss_of_choices(
    weights: &[Vec<f64>],
    hidden: &[Vec<f64>],
    head: &[f32],
    bias: &[f32],
    pool: &[fn(f64) -> f64],
    labels: &[u16],
) -> f64 {
    let classes = bias.len();
    let mut sum = 0.0;
    for (row, label) in hidden.iter().zip(labels) {
        let mixed = |channel: usize| {
            pool.iter()
                .zip(&weights[channel])
                .map(|(f, weight)| weight * f(row[channel]).clamp(-10.0, 10.0))
                .sum::<f64>()
        };
        let outputs: Vec<f64> = (0..row.len()).map(mixed).collect();
        let logit = |class: usize| {
            f64::from(bias[class])
                + outputs
                    .iter()
                    .enumerate()
                    .map(|(i, y)| y * f64::from(head[i * classes + class]))
                    .sum::<f64>()
        };
        let logits: Vec<f64> = (0..classes).map(logit).collect();
        sum +=
            logits.iter().map(|logit| logit.exp()).sum::<f64>().ln() - logits[usize::from(*label)];
    }
    sum / labels.len() as f64
}

#[test]
fn logits_of_a_mixed_layer_learn_straight_through_the_one_hot_choice() {
    let image = MapShape {
        height: 2,
        width: 2,
        channels: 1,
    };
    let description = Architecture::named("mlp-6")
        .unwrap()
        .description(image, 3, 0, None)
        .unwrap();
    let texts = ["relu", "tanh", "x^3"];
    let pool: [fn(f64) -> f64; 3] = [|x| x.max(0.0), f64::tanh, |x| x * x * x];
    let kernels = texts.map(|text| Formula::parse(text).unwrap().kernel());
    let mut engine = Engine::new(
        &description,
        Activations::Mixed(&kernels, &Key::new(5)),
        8,
        Loss::CrossEntropy,
    );
    let mut stream = Key::new(6).stream();
    engine
        .parameters_mut()
        .iter_mut()
        .for_each(|parameter| *parameter = 0.8 * stream.normal() as f32);
    engine
        .images_mut()
        .iter_mut()
        .for_each(|x| *x = 1.5 * stream.normal() as f32);
    let labels = [0_u16, 1, 2, 0, 1, 2, 2, 1];
    let key = Key::new(7);
    let affine = description.activated().next().unwrap().0;
    let tensor = |engine: &Engine, name: &str| {
        engine
            .state()
            .into_iter()
            .find(|tensor| tensor.name == name)
            .unwrap()
            .values
    };
    let [weights, bias, head, head_bias] = [
        "hidden1.weights",
        "hidden1.bias.shift",
        "classifier.weights",
        "classifier.bias.shift",
    ]
    .map(|name| tensor(&engine, name));
    let logits = tensor(&engine, "hidden1.bias.choices")[..18].to_vec();
    assert!(logits.chunks(3).all(
        |own| own.iter().filter(|logit| **logit == 0.001).count() == 1
            && own.iter().filter(|logit| **logit == 0.0).count() == 2
    ));
    let images = engine.images_mut()[..32].to_vec();
    let hidden = |bias: &[f64]| -> Vec<Vec<f64>> {
        let unit = |image: &[f32], unit: usize| {
            bias[unit]
                + image
                    .iter()
                    .enumerate()
                    .map(|(i, x)| f64::from(*x) * f64::from(weights[i * 6 + unit]))
                    .sum::<f64>()
        };
        images
            .chunks(4)
            .map(|image| (0..6).map(|index| unit(image, index)).collect())
            .collect()
    };
    // One draw a channel and function, for the whole batch.
    let mut noise = key.word("noise").number(affine as u64).stream();
    let gumbel: Vec<f64> = (0..18).map(|_| -(-noise.unit().ln()).ln()).collect();
    let soft = |logits: &[f64]| -> Vec<f64> {
        let own = |channel: usize| {
            let powers = (0..3)
                .map(|function| {
                    ((logits[channel * 3 + function] + gumbel[channel * 3 + function]) / 0.5).exp()
                })
                .collect::<Vec<f64>>();
            powers
                .iter()
                .map(|power| power / powers.iter().sum::<f64>())
                .collect::<Vec<f64>>()
        };
        (0..6).flat_map(own).collect()
    };
    let at: Vec<f64> = logits.iter().map(|logit| f64::from(*logit)).collect();
    let (still, bias): (Vec<f64>, Vec<f64>) = (
        soft(&at),
        bias.iter().map(|bias| f64::from(*bias)).collect(),
    );
    let loss = |logits: &[f64], bias: &[f64]| {
        // The value of the one-hot choice, with the slope of the soft one.
        let weighed = |channel: usize| {
            let greatest = (0..3).fold(0, |best, next| {
                if still[channel * 3 + next] > still[channel * 3 + best] {
                    next
                } else {
                    best
                }
            });
            let moved = soft(logits);
            (0..3)
                .map(|function| {
                    f64::from(u8::from(function == greatest)) + moved[channel * 3 + function]
                        - still[channel * 3 + function]
                })
                .collect()
        };
        let choices: Vec<Vec<f64>> = (0..6).map(weighed).collect();
        loss_of_choices(&choices, &hidden(bias), &head, &head_bias, &pool, &labels)
    };
    let slope = |numbers: &[f64], index: usize, of: &dyn Fn(&[f64]) -> f64| {
        let moved = |by: f64| {
            numbers
                .iter()
                .enumerate()
                .map(|(place, number)| if place == index { number + by } else { *number })
                .collect::<Vec<_>>()
        };
        (of(&moved(1e-5)) - of(&moved(-1e-5))) / 2e-5
    };
    assert!(
        hidden(&bias).iter().flatten().any(|x| x.abs() > 2.2),
        "the clamp has something to do"
    );
    let first = engine.learn(&labels, &key).mean();
    assert!(
        (first - loss(&at, &bias)).abs() < 1e-5,
        "the pass takes one function a channel: {first} and {}",
        loss(&at, &bias)
    );
    let begin = engine
        .layout()
        .tensors
        .iter()
        .find(|tensor| tensor.name == "hidden1.bias.shift")
        .unwrap()
        .range
        .start;
    for channel in 0..6 {
        let (wanted, found) = (
            slope(&bias, channel, &|bias| loss(&at, bias)),
            f64::from(engine.gradient()[begin + channel]),
        );
        assert!(
            (wanted - found).abs() < 1e-4 * wanted.abs().max(1.0),
            "bias {channel}: {wanted} and {found}"
        );
    }
    engine.step(
        Optimiser::Sgd {
            momentum: 0.0,
            nesterov: false,
            weight_decay: 0.0,
        },
        1.0,
    );
    let after = tensor(&engine, "hidden1.bias.choices");
    let mut greatest: f64 = 0.0;
    for index in 0..18 {
        let (wanted, found) = (
            slope(&at, index, &|logits| loss(logits, &bias)),
            f64::from(logits[index]) - f64::from(after[index]),
        );
        assert!(
            (wanted - found).abs() < 1e-4 * wanted.abs().max(1.0),
            "logit {index}: {wanted} and {found}"
        );
        greatest = greatest.max(wanted.abs());
    }
    assert!(greatest > 0.01, "the choices matter: {greatest}");
}

#[test]
fn initial_weights_and_biases_can_be_those_of_pytorch() {
    let image = MapShape {
        height: 8,
        width: 8,
        channels: 1,
    };
    let description = Architecture::named("mlp-100-25")
        .unwrap()
        .description(
            image,
            10,
            0,
            Some(motherlode::nets::Initialisation::PyTorch),
        )
        .unwrap();
    let layout = description.layout(&[]);
    let initial = layout.initial(&mut Key::new(3).stream());
    for (name, inputs) in [
        ("hidden1", 64.0),
        ("hidden2", 100.0),
        ("classifier", 25.0_f32),
    ] {
        for kind in ["weights", "bias.shift"] {
            let tensor = layout
                .tensors
                .iter()
                .find(|tensor| tensor.name == format!("{name}.{kind}"))
                .unwrap();
            let values = &initial[tensor.range.clone()];
            let (bound, greatest) = (
                1.0 / inputs.sqrt(),
                values
                    .iter()
                    .fold(0.0_f32, |most, value| most.max(value.abs())),
            );
            assert!(
                greatest <= bound && greatest > 0.7 * bound,
                "{name}.{kind}: within {bound}, up to {greatest}"
            );
        }
    }
}
