//! A forward pass of an MLP whose neurons have chosen their activations, each layer's grouped by
//! function, beside the same MLP with one activation everywhere.
//!
//! All networks are timed in turns in the same run, and the fastest turn of each counts: what else
//! the machine does is no part of it. The mixed one is held against the mean of the fixed ones,
//! weighted by the shares of the neurons.

use std::hint::black_box;
use std::time::Instant;

use motherlode::formula::kernel::Compiled;
use motherlode::formula::Formula;
use motherlode::nets::image::{Activations, Architecture, Engine, Loss, Mode};
use motherlode::nets::MapShape;
use motherlode::numerics::stream::Key;

const POOL: [&str; 6] = ["relu", "sigmoid", "tanh", "leaky_relu", "elu", "selu"];
const MODELS: [&str; 3] = [
    "mlp-512-256-128",
    "mlp-256-128",
    "mlp-768-512-512-256-256-128-64-32-16",
];
const BATCH: usize = 128;
const TURNS: usize = 400;

fn main() {
    println!("a forward pass of a batch of {BATCH}, the fastest of {TURNS}; microseconds");
    println!(
        "{:<40} {} {:>11} {:>9} {:>7}",
        "model",
        POOL.map(|name| format!("{name:>11}")).join(" "),
        "fixed, mean",
        "mixed",
        "ratio"
    );
    for model in MODELS {
        compare(model);
    }
}

fn compare(model: &str) {
    let image = MapShape {
        height: 28,
        width: 28,
        channels: 1,
    };
    let description = Architecture::named(model)
        .expect("a model")
        .description(image, 10, 0, None)
        .expect("images are large enough");
    let formulas = POOL.map(|name| Formula::parse(name).expect("a known activation"));
    let activations: Vec<Compiled> = formulas.iter().map(Formula::activation).collect();
    let kernels: Vec<_> = formulas.iter().map(Formula::kernel).collect();
    let mut engines: Vec<Engine> = activations
        .iter()
        .map(Activations::One)
        .map(|one| engine(&description, one))
        .collect();
    let mut mixed = engine(&description, Activations::Mixed(&kernels, &Key::new(3)));
    mixed.group_channels();
    let shares = weighed(&mut mixed, &description);
    engines.push(mixed);
    let mut times = vec![Vec::with_capacity(TURNS); engines.len()];
    for _ in 0..TURNS {
        for (engine, times) in engines.iter_mut().zip(&mut times) {
            let start = Instant::now();
            black_box(engine.forward(BATCH, &Mode::Evaluation(None)));
            times.push(start.elapsed().as_secs_f64() * 1e6);
        }
    }
    let times: Vec<f64> = times
        .into_iter()
        .map(|turns| turns.into_iter().fold(f64::INFINITY, f64::min))
        .collect();
    let fixed: f64 = times
        .iter()
        .zip(&shares)
        .map(|(time, share)| time * share)
        .sum();
    let each = times[..POOL.len()]
        .iter()
        .map(|time| format!("{time:>11.1}"))
        .collect::<Vec<_>>()
        .join(" ");
    let mixed = times[POOL.len()];
    println!(
        "{model:<40} {each} {fixed:>11.1} {mixed:>9.1} {:>7.3}",
        mixed / fixed
    );
}

fn engine(description: &motherlode::nets::NetworkDescription, activations: Activations) -> Engine {
    let mut engine = Engine::new(description, activations, BATCH, Loss::CrossEntropy);
    let initial = engine.layout().initial(&mut Key::new(1).stream());
    engine.parameters_mut().copy_from_slice(&initial);
    let mut stream = Key::new(2).stream();
    engine
        .images_mut()
        .iter_mut()
        .for_each(|x| *x = stream.normal() as f32);
    engine
}

/// The share of all hidden neurons that each function of the pool has.
fn weighed(mixed: &mut Engine, description: &motherlode::nets::NetworkDescription) -> Vec<f64> {
    let widths: Vec<f64> = description
        .activated()
        .map(|(_, channels)| channels as f64)
        .collect();
    let layers = mixed.shares();
    let share = |function: usize| {
        layers
            .iter()
            .zip(&widths)
            .map(|(layer, width)| layer[function] * width)
            .sum::<f64>()
            / widths.iter().sum::<f64>()
    };
    (0..POOL.len()).map(share).collect()
}
