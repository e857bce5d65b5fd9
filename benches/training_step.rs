//! One training step (batch, forward, backward, Adam) of small networks on one core: this engine
//! beside a plain candle-nn loop of the same network.
//!
//! The activation is x sigmoid(x) + 0.1 sin(3x). After criterion's own measurements, both are timed
//! in turns and a table of medians and ratios is printed; then one of what formulas with
//! parameters, and those that read their row or the batch, cost beside a pointwise one; then one of
//! what normalisations, optimisers and blocks cost beside a plain network. With
//! `--no-default-features` candle-nn's products are as a user of Candle gets them.

#[path = "peers/candle_loop.rs"]
mod candle_loop;
#[path = "peers/job.rs"]
#[allow(dead_code)] // the comparison with peers reads its jobs
mod job;

use std::hint::black_box;
use std::time::{Duration, Instant};

use candle_loop::CandleLoop;
use criterion::{criterion_group, Criterion};
use job::Job;
use motherlode::formula::graph::{Binary, Graph, Node, NodeId, Unary};
use motherlode::formula::kernel::{Compiled, Kernel};
use motherlode::formula::vector::InstructionSet;
use motherlode::formula::Formula;
use motherlode::nets::small::{NetworkDefinition, NetworkKind, Training, Workspace};
use motherlode::nets::{Initialisation, Normalisation, Optimiser};
use motherlode::numerics::stream::Key;

const SHAPES: [Job; 7] = [
    job(3, 2, 32, 64, Normalisation::None),
    job(3, 4, 32, 64, Normalisation::None),
    job(4, 2, 64, 256, Normalisation::None),
    job(4, 2, 128, 256, Normalisation::None),
    job(4, 2, 256, 256, Normalisation::None),
    job(3, 3, 32, 64, Normalisation::Batch),
    job(4, 2, 128, 256, Normalisation::Batch),
];

/// One network; of its batches candle-nn gets eight, in turn.
const fn job(
    dimension: usize,
    depth: usize,
    width: usize,
    batch: usize,
    normalisation: Normalisation,
) -> Job {
    Job {
        dimension,
        depth,
        width,
        batch,
        steps: 8,
        networks: 1,
        normalisation,
    }
}

/// Formulas of every class; the costs of the others are given as multiples of the first one's.
const FORMULAS: [(&str, &str); 6] = [
    ("x sigmoid(x)", "x * sigmoid(x)"),
    ("layer's parameter", "x * sigmoid(param(1) * x)"),
    ("channel's parameter", "x * sigmoid(channel_param(1) * x)"),
    (
        "turbulent",
        "sign(x) * log1p(0.5 * abs(x)) + 0.2 * exp(-0.5 * ((x - tensor_mean(x)) / (tensor_std(x) \
         + 1e-6))^2) * sin(2 * x)",
    ),
    (
        "turbulent, pointwise",
        "sign(x) * log1p(0.5 * abs(x)) + 0.2 * exp(-0.5 * x^2) * sin(2 * x)",
    ),
    ("softmax gate", "x * softmax(x)"),
];

fn name(
    Job {
        dimension,
        depth,
        width,
        batch,
        normalisation,
        ..
    }: &Job,
) -> String {
    let normalised = if *normalisation == Normalisation::Batch {
        ", normalised"
    } else {
        ""
    };
    format!(
        "{dimension}-{}1, batch {batch}{normalised}",
        format!("{width}-").repeat(*depth)
    )
}

/// f = x s + 0.1 sin(3x) and f' = s + x s (1 - s) + 0.3 cos(3x), with s = sigmoid(x).
fn activation() -> Graph {
    let mut graph = Graph::default();
    let x = graph.intern(Node::Input(0));
    let (one, three, tenth, factor) = (
        graph.constant(1.0),
        graph.constant(3.0),
        graph.constant(0.1),
        graph.constant(0.3),
    );
    let mut binary =
        |operation: Binary, a: NodeId, b: NodeId| graph.intern(Node::Binary(operation, a, b));
    let angle = binary(Binary::Multiply, three, x);
    let s = graph.intern(Node::Unary(Unary::Sigmoid, x));
    let (sine, cosine) = (
        graph.intern(Node::Unary(Unary::Sin, angle)),
        graph.intern(Node::Unary(Unary::Cos, angle)),
    );
    let mut binary =
        |operation: Binary, a: NodeId, b: NodeId| graph.intern(Node::Binary(operation, a, b));
    let gated = binary(Binary::Multiply, x, s);
    let wave = binary(Binary::Multiply, tenth, sine);
    let value = binary(Binary::Add, gated, wave);
    let rest = binary(Binary::Subtract, one, s);
    let bend = binary(Binary::Multiply, gated, rest);
    let rise = binary(Binary::Add, s, bend);
    let wave = binary(Binary::Multiply, factor, cosine);
    let slope = binary(Binary::Add, rise, wave);
    graph.push_output(value);
    graph.push_output(slope);
    graph
}

fn candle(job: &Job) -> CandleLoop {
    CandleLoop::new(job, &job.numbers()[0]).expect("the same network in Candle")
}

fn training_step(criterion: &mut Criterion) {
    let graph = activation();
    for shape in SHAPES {
        let mut group = criterion.benchmark_group(name(&shape));
        group
            .warm_up_time(Duration::from_millis(500))
            .measurement_time(Duration::from_secs(3))
            .sample_size(30);
        let (task, network) = (shape.task(), shape.network());
        let (mut kernel, mut workspace) = (Compiled::from(Kernel::new(&graph)), Workspace::new());
        let mut training =
            Training::new(&mut kernel, &task, &network, &Key::new(1), &mut workspace);
        group.bench_function("motherlode", |bencher| {
            bencher.iter(|| black_box(training.step()))
        });
        let mut candle = candle(&shape);
        group.bench_function("candle-nn", |bencher| {
            bencher.iter(|| candle.step().expect("a Candle step"))
        });
        group.finish();
    }
}

/// Turns taken by both: their medians, the ratio of these, and the fastest tenth, which other work
/// on the machine disturbs least.
fn print_ratios() {
    const TURNS: usize = 301;
    // Short, so that most turns pass undisturbed on a busy machine.
    const TURN: Duration = Duration::from_millis(2);
    let graph = activation();
    let products = if cfg!(feature = "candle-avx512") {
        "with AVX-512 products"
    } else {
        "as it comes"
    };
    let set = InstructionSet::best().name();
    println!(
        "\nmicroseconds a step over {TURNS} turns on {set} and one core, candle-nn \
        {products}: median, fastest tenth, the ratios of both"
    );
    println!(
        "{:<38} {:>10} {:>8} {:>10} {:>8} {:>6} {:>6} {:>9}",
        "network", "motherlode", "", "candle-nn", "", "ratio", "", "GFLOP/s"
    );
    for shape in SHAPES {
        let (task, network) = (shape.task(), shape.network());
        let (mut kernel, mut workspace) = (Compiled::from(Kernel::new(&graph)), Workspace::new());
        let mut training =
            Training::new(&mut kernel, &task, &network, &Key::new(1), &mut workspace);
        let mut candle = candle(&shape);
        let turn = |step: &mut dyn FnMut()| {
            let (start, mut steps) = (Instant::now(), 0);
            while start.elapsed() < TURN {
                step();
                steps += 1;
            }
            start.elapsed().as_secs_f64() * 1e6 / f64::from(steps)
        };
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..TURNS {
            ours.push(turn(&mut || {
                black_box(training.step());
            }));
            theirs.push(turn(&mut || {
                black_box(candle.step().expect("a Candle step"));
            }));
        }
        let ((ours, our_best), (theirs, their_best)) =
            (median_and_tenth(ours), median_and_tenth(theirs));
        let Job {
            dimension,
            depth,
            width,
            batch,
            ..
        } = shape;
        let multiplications =
            batch * (2 * dimension * width + 3 * (depth - 1) * width * width + 3 * width);
        let (ratio, of_best, rate) = (
            theirs / ours,
            their_best / our_best,
            2.0 * multiplications as f64 / our_best / 1e3,
        );
        println!(
            "{:<38} {ours:>10.1} {our_best:>8.1} {theirs:>10.1} {their_best:>8.1} {ratio:>6.1} \
             {of_best:>6.1} {rate:>9.0}",
            name(&shape)
        );
    }
}

/// One step of each formula, taken in turns, on 3-32-32-1 and on a residual network of width 32
/// whose blocks have 128 units.
fn print_costs_of_classes() {
    const TURNS: usize = 301;
    println!(
        "\nmicroseconds a step over {TURNS} turns: median, fastest tenth, ratio of medians \
        to the first formula's"
    );
    for (name, network) in [
        (
            "3-32-32-1, batch 64",
            job(3, 2, 32, 64, Normalisation::None).network(),
        ),
        ("residual 32/128, 2 blocks, batch 64", residual(2, 32, 128)),
    ] {
        println!("{name}");
        let mut activations = FORMULAS.map(|(_, text)| {
            Formula::parse(text)
                .expect("a formula of the benchmark")
                .activation()
        });
        let jobs = FORMULAS
            .iter()
            .zip(&mut activations)
            .map(|((name, _), activation)| (*name, activation, &network))
            .collect();
        print_in_turns(jobs, TURNS);
    }
}

fn residual(depth: usize, width: usize, inner_width: usize) -> NetworkDefinition {
    NetworkDefinition {
        kind: NetworkKind::Residual,
        inner_width: Some(inner_width),
        initialisation: Initialisation::PreActivationDeviation(0.25),
        normalisation: None,
        ..job(3, depth, width, 64, Normalisation::None).network()
    }
}

/// One step of networks of the same or like shapes, taken in turns.
fn print_costs_of_networks() {
    const TURNS: usize = 301;
    println!(
        "\nmicroseconds a step over {TURNS} turns, batch 64: median, fastest tenth, ratio of \
        medians to the first network's"
    );
    let plain = |depth| job(3, depth, 32, 64, Normalisation::None).network();
    let normalised = |network, normalisation| NetworkDefinition {
        normalisation: Some(normalisation),
        ..network
    };
    let descent = Optimiser::Sgd {
        momentum: 0.9,
        nesterov: true,
        weight_decay: 1e-4,
    };
    let adamw = Optimiser::AdamW {
        first_decay: 0.9,
        second_decay: 0.999,
        epsilon: 1e-8,
        weight_decay: 0.01,
    };
    let networks = [
        ("3-32-32-1", plain(2)),
        ("by layer", normalised(plain(2), Normalisation::Layer)),
        ("by batch", normalised(plain(2), Normalisation::Batch)),
        (
            "adamw",
            NetworkDefinition {
                optimiser: adamw,
                ..plain(2)
            },
        ),
        (
            "descent",
            NetworkDefinition {
                optimiser: descent,
                ..plain(2)
            },
        ),
        ("3-32-32-32-1", plain(3)),
        ("by batch", normalised(plain(3), Normalisation::Batch)),
        ("3-32-32-32-32-1", plain(4)),
        ("by batch", normalised(plain(4), Normalisation::Batch)),
        ("residual 32/64, 2 blocks", residual(2, 32, 64)),
        (
            "not normalised",
            normalised(residual(2, 32, 64), Normalisation::None),
        ),
        (
            "by batch",
            normalised(residual(2, 32, 64), Normalisation::Batch),
        ),
    ];
    let mut activations = networks
        .each_ref()
        .map(|_| Compiled::from(Kernel::new(&activation())));
    let jobs = networks
        .iter()
        .zip(&mut activations)
        .map(|((name, network), activation)| (*name, activation, network))
        .collect();
    print_in_turns(jobs, TURNS);
}

/// Trains each of the named networks a few steps at a time, and prints their times a step.
fn print_in_turns(jobs: Vec<(&str, &mut Compiled, &NetworkDefinition)>, turns: usize) {
    const TURN: Duration = Duration::from_millis(1);
    let task = job(3, 1, 1, 1, Normalisation::None).task();
    let mut workspaces: Vec<Workspace> = jobs.iter().map(|_| Workspace::new()).collect();
    let names: Vec<&str> = jobs.iter().map(|(name, ..)| *name).collect();
    let mut runs: Vec<Training> = jobs
        .into_iter()
        .zip(&mut workspaces)
        .map(|((_, activation, network), workspace)| {
            Training::new(activation, &task, network, &Key::new(1), workspace)
        })
        .collect();
    let mut times = vec![Vec::new(); runs.len()];
    for _ in 0..turns {
        for (run, times) in runs.iter_mut().zip(&mut times) {
            let (start, mut steps) = (Instant::now(), 0);
            while start.elapsed() < TURN {
                black_box(run.step());
                steps += 1;
            }
            times.push(start.elapsed().as_secs_f64() * 1e6 / f64::from(steps));
        }
    }
    let results: Vec<(f64, f64)> = times.into_iter().map(median_and_tenth).collect();
    for (name, (median, tenth)) in names.iter().zip(&results) {
        println!(
            "  {name:<26} {median:>8.1} {tenth:>8.1} {:>6.2}",
            median / results[0].0
        );
    }
}

fn median_and_tenth(mut values: Vec<f64>) -> (f64, f64) {
    values.sort_by(f64::total_cmp);
    (values[values.len() / 2], values[values.len() / 10])
}

criterion_group!(benches, training_step);

fn main() {
    benches();
    Criterion::default().configure_from_args().final_summary();
    // Under `cargo test --benches` each benchmark runs once, to see that it works.
    if !std::env::args().any(|argument| argument == "--test") {
        print_ratios();
        print_costs_of_classes();
        print_costs_of_networks();
    }
}
