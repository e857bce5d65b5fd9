//! Mixed layers, whose places choose among several activations.

use motherlode::formula::Formula;
use motherlode::nets::image::{Activations, Architecture, Engine, Loss, Mode};
use motherlode::nets::MapShape;
use motherlode::nets::Optimiser;
use motherlode::numerics::stream::Key;

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
