//! Beginnings, restored states, and what an evaluation depends on.

use motherlode::formula::vector::InstructionSet;
use motherlode::nets::image::{Architecture, Engine, Mode};
use motherlode::nets::MapShape;
use motherlode::numerics::stream::Key;

use super::{drawn, drawn_on, SGD};

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
