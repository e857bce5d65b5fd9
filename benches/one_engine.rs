//! Whether one fused engine would do for the lab's networks and for images: a training step of the
//! seven networks of `training_step` by both, in turns, on one core.
//!
//! The engine of maps runs the same layers over maps of one place, whose channels are the inputs.
//! It has no squared error: it takes the cross entropy of one class instead, which is 0 and costs
//! less, so its times are a lower bound. A step is a batch copied in, the forward pass, the backward
//! pass and Adam, for both.

#[path = "peers/job.rs"]
#[allow(dead_code)] // the comparison with peers reads its jobs
mod job;

use std::hint::black_box;
use std::time::{Duration, Instant};

use job::{formula_activation, Job, FORMULA, LEARNING_RATE};
use motherlode::formula::vector::InstructionSet;
use motherlode::nets::image::{Activations, Engine, Loss};
use motherlode::nets::small::{Training, Workspace};
use motherlode::nets::Normalisation;
use motherlode::numerics::stream::Key;

/// Dimension, hidden layers, width, batch, and what stands before each activation.
const SHAPES: [(usize, usize, usize, usize, Normalisation); 7] = [
    (3, 2, 32, 64, Normalisation::None),
    (3, 4, 32, 64, Normalisation::None),
    (4, 2, 64, 256, Normalisation::None),
    (4, 2, 128, 256, Normalisation::None),
    (4, 2, 256, 256, Normalisation::None),
    (3, 3, 32, 64, Normalisation::Batch),
    (4, 2, 128, 256, Normalisation::Batch),
];

/// The most that one engine may take of the other's time to take its place.
const ALLOWED: f64 = 1.15;

const TURN: Duration = Duration::from_millis(2);

fn main() {
    let test = std::env::args().any(|argument| argument == "--test");
    let turns = if test { 1 } else { 301 };
    println!(
        "microseconds a step over {turns} turns on {} and one core: median and fastest tenth of \
         each engine, the ratios of both",
        InstructionSet::best().name()
    );
    println!(
        "{:<36} {:>8} {:>8} {:>8} {:>8} {:>6} {:>6}",
        "network", "small", "", "maps", "", "ratio", ""
    );
    let mut worst = 0.0_f64;
    for (dimension, depth, width, batch, normalisation) in SHAPES {
        let job = Job {
            dimension,
            depth,
            width,
            batch,
            steps: 1,
            networks: 1,
            normalisation,
        };
        let [(small, small_best), (maps, maps_best)] = in_turns(&job, turns);
        let normalised = match normalisation {
            Normalisation::Batch => ", normalised",
            _ => "",
        };
        let name = format!(
            "{dimension}-{}1, batch {batch}{normalised}",
            format!("{width}-").repeat(depth)
        );
        println!(
            "{name:<36} {small:>8.1} {small_best:>8.1} {maps:>8.1} {maps_best:>8.1} {:>6.2} \
             {:>6.2}",
            maps / small,
            maps_best / small_best
        );
        worst = worst.max(maps_best / small_best);
    }
    println!("worst ratio of fastest tenths: {worst:.2}, allowed {ALLOWED}");
}

/// Median and fastest tenth of both engines' steps of one network.
fn in_turns(job: &Job, turns: usize) -> [(f64, f64); 2] {
    let (task, network) = (job.task(), job.network());
    let activation = || formula_activation(FORMULA).expect("the formula of the job");
    let (mut small_activation, mut workspace) = (activation(), Workspace::new());
    let mut training = Training::new(
        &mut small_activation,
        &task,
        &network,
        &Job::key(0),
        &mut workspace,
    );
    let description = network.description(job.dimension);
    let maps_activation = activation();
    let mut engine = Engine::new(
        &description,
        Activations::One(&maps_activation),
        job.batch,
        Loss::CrossEntropy,
    );
    engine
        .parameters_mut()
        .copy_from_slice(&training.parameters());
    let elements = job.batch * job.dimension;
    let (labels, key) = (vec![0_u16; job.batch], Key::new(1));
    let mut next = 0;
    let (mut small, mut maps) = (Vec::new(), Vec::new());
    for _ in 0..turns {
        small.push(turn(&mut || {
            black_box(training.step());
        }));
        maps.push(turn(&mut || {
            let batch = &task.train.inputs[next..next + elements];
            next = (next + elements) % task.train.inputs.len();
            engine.images_mut()[..elements].copy_from_slice(batch);
            black_box(engine.learn(&labels, &key));
            engine.step(network.optimiser, LEARNING_RATE);
        }));
    }
    [small, maps].map(median_and_tenth)
}

/// Microseconds a step.
fn turn(step: &mut dyn FnMut()) -> f64 {
    let (start, mut steps) = (Instant::now(), 0);
    while start.elapsed() < TURN {
        step();
        steps += 1;
    }
    start.elapsed().as_secs_f64() * 1e6 / f64::from(steps)
}

fn median_and_tenth(mut values: Vec<f64>) -> (f64, f64) {
    values.sort_by(f64::total_cmp);
    (values[values.len() / 2], values[values.len() / 10])
}
