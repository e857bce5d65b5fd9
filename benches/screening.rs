//! What screening a parsed formula costs, before anything is trained: an ordinary one, one that
//! reads its row or the batch, one with parameters, a long one. After criterion's measurements, the
//! ratios to the ordinary one.

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{criterion_group, Criterion};
use motherlode::formula::Formula;
use motherlode::lab::screen;

fn formulas() -> Vec<(&'static str, Formula)> {
    let long = (1..=12)
        .map(|i| format!("0.{i:02} * sin({i} * x) * sigmoid(x - {i})"))
        .collect::<Vec<_>>()
        .join(" + ");
    let texts = [
        ("ordinary", "x * sigmoid(x) + 0.1 * sin(3 * x)"),
        (
            "parameters",
            "x * sigmoid(channel_param(1) * x) + param(0.1) * sin(3 * x)",
        ),
        ("reads its row", "x * softmax(x)"),
        (
            "reads the batch",
            "tanh((x - batch_mean(x)) / (batch_std(x) + 0.1)) + 0.3 * x",
        ),
        ("long", &long),
    ];
    texts
        .map(|(name, text)| {
            (
                name,
                Formula::parse(text).expect("a formula of the benchmark"),
            )
        })
        .into()
}

fn screening(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("screening");
    for (name, formula) in formulas() {
        group.bench_function(name, |bencher| {
            bencher.iter(|| screen(black_box(&formula)).expect("it passes"))
        });
    }
    group.finish();
}

/// Medians of single screenings, taken in turns.
fn print_ratios() {
    const TURNS: usize = 101;
    let formulas = formulas();
    let mut times = vec![Vec::new(); formulas.len()];
    for _ in 0..TURNS {
        for ((_, formula), times) in formulas.iter().zip(&mut times) {
            let start = Instant::now();
            black_box(screen(formula).expect("it passes"));
            times.push(start.elapsed().as_secs_f64() * 1e3);
        }
    }
    let medians: Vec<f64> = times
        .into_iter()
        .map(|mut times| {
            times.sort_by(f64::total_cmp);
            times[TURNS / 2]
        })
        .collect();
    println!("\nmilliseconds a screening, median of {TURNS} turns, ratio to the first");
    for ((name, _), median) in formulas.iter().zip(&medians) {
        println!("{name:<16} {median:>8.3} {:>7.2}", median / medians[0]);
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20).warm_up_time(Duration::from_millis(200)).measurement_time(Duration::from_secs(1));
    targets = screening
}

fn main() {
    benches();
    Criterion::default().configure_from_args().final_summary();
    if !std::env::args().any(|argument| argument == "--test") {
        print_ratios();
    }
}
