//! The training engine, held to a 64-bit product, to central differences, to Candle, and to itself.

mod activations;
mod batched;
mod coupled;
mod definitions;
mod gradients;
mod normalised;
mod optimisers;
mod products;
mod trials;

use motherlode::formula::Formula;
use motherlode::nets::small::{Losses, NetworkDefinition, NetworkKind, TrialEnd};
use motherlode::nets::{Initialisation, Normalisation, Optimiser, Schedule};
use motherlode::numerics::stream::Key;
use motherlode::task::{Family, Shell, Split, TaskData};

fn formula(text: &str) -> Formula {
    Formula::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// The losses of a trial of `what`, which must have finished.
fn finished(what: &str, end: TrialEnd) -> Losses {
    match end {
        TrialEnd::Finished(losses) => losses,
        other => panic!("{what}: the trial should have finished, found {other:?}"),
    }
}

/// A task with `dimension` inputs and the target `law`, drawn at `seed`: `rows` training rows in
/// the box, as many test rows, one shell.
fn task(dimension: usize, rows: usize, seed: u64, law: impl Fn(&[f64]) -> f64) -> TaskData {
    let key = Key::new(seed);
    let split = |word: &str, inner: f64, outer: f64| {
        let mut stream = key.word(word).stream();
        let mut split = Split {
            inputs: Vec::new(),
            targets: Vec::new(),
        };
        for _ in 0..rows {
            let mut point: Vec<f64> = (0..dimension)
                .map(|_| stream.uniform(-inner, inner))
                .collect();
            if outer > inner {
                point[0] = stream.uniform(inner, outer);
            }
            split.inputs.extend(point.iter().map(|x| *x as f32));
            split.targets.push(law(&point) as f32);
        }
        split
    };
    TaskData {
        name: "synthetic".into(),
        family: Family::Polynomial,
        dimension,
        train: split("train", 1.5, 1.5),
        in_distribution: split("in", 1.5, 1.5),
        shells: vec![Shell {
            inner: 1.0,
            outer: 1.25,
            split: split("shell", 1.5, 1.9),
        }],
    }
}

/// A bumpy function of all inputs.
fn bumpy(point: &[f64]) -> f64 {
    point
        .iter()
        .enumerate()
        .map(|(i, x)| ((i + 1) as f64 * x).sin())
        .sum()
}

fn mlp(width: usize, depth: usize, initialisation: Initialisation) -> NetworkDefinition {
    NetworkDefinition {
        name: format!("{depth}x{width}"),
        kind: NetworkKind::Mlp,
        width,
        depth,
        inner_width: None,
        normalisation: None,
        initialisation,
        optimiser: Optimiser::default(),
        learning_rate: 2e-3,
        schedule: Schedule::Constant,
        parameter_rate_factor: 1.0,
        batch: 32,
        steps: 40,
    }
}

fn residual(width: usize, inner: usize, depth: usize) -> NetworkDefinition {
    NetworkDefinition {
        kind: NetworkKind::Residual,
        inner_width: Some(inner),
        initialisation: Initialisation::PreActivationDeviation(0.25),
        ..mlp(width, depth, Initialisation::LeCun)
    }
}

fn normalised(network: NetworkDefinition, normalisation: Normalisation) -> NetworkDefinition {
    NetworkDefinition {
        normalisation: Some(normalisation),
        ..network
    }
}
