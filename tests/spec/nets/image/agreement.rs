//! The fused engine against what PyTorch recorded in 64 bits, and against Candle step by step.

use candle_core::{DType, Device};
use motherlode::formula::Formula;
use motherlode::nets::candle::CandleNetwork;
use motherlode::nets::image::{Activations, Architecture, Dropout, Engine, Loss, Mode};
use motherlode::nets::MapShape;
use motherlode::nets::Optimiser;
use motherlode::numerics::stream::Key;

use super::{images, recorded, start, Recorded};

fn single(values: &[f64]) -> Vec<f32> {
    values.iter().map(|value| *value as f32).collect()
}

fn engine(case: &Recorded) -> (Engine, Vec<u16>) {
    let activation = case.formula.activation();
    let labels: Vec<u16> = case.labels.iter().map(|label| *label as u16).collect();
    let mut engine = Engine::new(
        &case.description,
        Activations::One(&activation),
        labels.len(),
        Loss::CrossEntropy,
    );
    engine
        .parameters_mut()
        .copy_from_slice(&single(&case.parameters));
    engine.images_mut().copy_from_slice(&single(&case.images));
    (engine, labels)
}

/// The largest difference of two vectors in parts of the second's largest element.
fn apart(found: &[f32], wanted: &[f64]) -> f64 {
    assert_eq!(found.len(), wanted.len());
    let largest = wanted
        .iter()
        .fold(1e-6f64, |largest, value| largest.max(value.abs()));
    found
        .iter()
        .zip(wanted)
        .map(|(found, wanted)| (f64::from(*found) - wanted).abs() / largest)
        .fold(0.0, f64::max)
}

#[test]
fn the_engine_gives_what_pytorch_gives() {
    for case in recorded() {
        let (mut engine, labels) = engine(&case);
        let (name, expected) = (&case.name, &case.expected);
        let loss = engine.learn(&labels, &Key::new(1)).mean();
        assert!(
            (loss / expected.loss - 1.0).abs() < 1e-4,
            "{name}: loss {loss}, wanted {}",
            expected.loss
        );
        for (tensor, wanted) in case.layout.tensors.iter().zip(&expected.gradient_norms) {
            let found = engine.gradient()[tensor.range.clone()]
                .iter()
                .map(|value| f64::from(*value).powi(2))
                .sum::<f64>()
                .sqrt();
            assert!(
                (found - wanted).abs() < 2e-3 * wanted.max(1e-4),
                "{name}: the gradient of {} has length {found}, wanted {wanted}",
                tensor.name
            );
        }
        let along: f64 = engine
            .gradient()
            .iter()
            .zip(&case.direction)
            .map(|(gradient, along)| f64::from(*gradient) * along)
            .sum();
        let scale = expected
            .gradient_norms
            .iter()
            .map(|norm| norm * norm)
            .sum::<f64>()
            .sqrt();
        assert!(
            (along - expected.derivative).abs() < 1e-3 * scale,
            "{name}: derivative {along}, wanted {}",
            expected.derivative
        );
        let evaluated = apart(
            engine.forward(labels.len(), &Mode::Evaluation(None)),
            &expected.evaluation_logits,
        );
        assert!(
            evaluated < 1e-3,
            "{name}: logits in evaluation are {evaluated} of their size apart"
        );
        engine
            .parameters_mut()
            .copy_from_slice(&single(&case.parameters));
        let trained = apart(
            engine.forward(labels.len(), &Mode::Training(Key::new(1))),
            &expected.training_logits,
        );
        assert!(
            trained < 1e-3,
            "{name}: logits in training are {trained} of their size apart"
        );
    }
}

/// A step with dropout is the same by both where Candle is given the engine's draws.
#[test]
fn the_engine_follows_candle_step_by_step() {
    let image = MapShape {
        height: 8,
        width: 8,
        channels: 3,
    };
    for (architecture, text, dropout, optimiser) in [
        (
            "wrn-10-1",
            "silu",
            300,
            Optimiser::Sgd {
                momentum: 0.9,
                nesterov: true,
                weight_decay: 5e-3,
            },
        ),
        (
            "cnn-8-12",
            "x * sigmoid(channel_param(1.5) * x)",
            200,
            Optimiser::Sgd {
                momentum: 0.9,
                nesterov: false,
                weight_decay: 0.0,
            },
        ),
        (
            "mlp-24-16",
            "tanh(x) + param(0.1) * x",
            100,
            Optimiser::AdamW {
                first_decay: 0.9,
                second_decay: 0.99,
                epsilon: 1e-8,
                weight_decay: 0.05,
            },
        ),
    ] {
        let formula = Formula::parse(text).unwrap();
        let description = Architecture::named(architecture)
            .unwrap()
            .description(image, 10, dropout, None)
            .unwrap();
        let activation = formula.activation();
        let mut engine = Engine::new(
            &description,
            Activations::One(&activation),
            4,
            Loss::CrossEntropy,
        );
        let parameters = single(&start(engine.layout()));
        let pixels = single(&images(image, 4));
        engine.parameters_mut().copy_from_slice(&parameters);
        engine.images_mut().copy_from_slice(&pixels);
        let mut candle = CandleNetwork::new(
            &description,
            &formula,
            &parameters,
            DType::F64,
            &Device::Cpu,
        )
        .unwrap();
        let (batch, labels) = (
            candle.images(&pixels).unwrap(),
            candle.labels(&[3, 0, 7, 4]).unwrap(),
        );
        for step in 0..5 {
            let key = Key::new(5).number(step);
            let mut draws = Dropout::new(dropout);
            let mut keep = |layer: usize, elements: usize| {
                draws.draw(elements, &key.word("dropout").number(layer as u64));
                draws.factors().take(elements).collect()
            };
            let wanted: f64 = candle
                .step(&batch, &labels, &mut keep, &optimiser, 0.01)
                .unwrap()
                .to_scalar()
                .unwrap();
            let found = engine.learn(&[3, 0, 7, 4], &key).mean();
            engine.step(optimiser, 0.01);
            assert!(
                (found / wanted - 1.0).abs() < 1e-3,
                "{architecture}: the loss of step {step} is {found}, by Candle {wanted}"
            );
        }
        let far = apart(engine.parameters(), &candle.parameters().unwrap());
        assert!(
            far < 1e-3,
            "{architecture}: parameters are {far} of their size apart"
        );
    }
}
