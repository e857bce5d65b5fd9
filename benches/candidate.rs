//! A whole candidate on the standard lab: seconds on one core under one profile, how much two
//! workers save, and what the cascade leaves of the cost.

use std::hint::black_box;
use std::time::Instant;

use motherlode::formula::{library, Class, Formula};
use motherlode::lab::{climb, CascadeEnd, Draw, Lab, Laboratory, Thresholds};
use motherlode::nets::small::Workspace;
use motherlode::numerics::stop::Stop;

const PROFILE: &str = "mlp";
const FORMULAS: [&str; 3] = [
    "relu",
    "x * sigmoid(x)",
    "x * sigmoid(x) + 0.1 * sin(3 * x)",
];

fn main() {
    // Under `cargo test --benches` once, on the small lab.
    let testing = std::env::args().any(|argument| argument == "--test");
    let (name, turns) = if testing {
        ("smoke", 1)
    } else {
        ("standard", 5)
    };
    let lab =
        Lab::parse(Lab::shipped(name).expect("a shipped lab")).expect("a shipped lab is sound");
    let laboratory = Laboratory::prepare(lab, Draw::Own { seed: 1 }, 2, &Stop::new())
        .expect("a shipped lab can be made ready");
    print_workers(&laboratory, turns);
    if !testing {
        print_cascade(&laboratory);
    }
}

/// All trials of one profile on one worker and on two, in turns: medians, and the fastest turn.
fn print_workers(laboratory: &Laboratory, turns: usize) {
    let addresses = laboratory.addresses(None, &laboratory.profiles_of(PROFILE));
    println!(
        "seconds for the {} trials of {} under {PROFILE}, {turns} turns: median, fastest",
        addresses.len(),
        laboratory.lab().name
    );
    println!(
        "{:<36} {:>10} {:>8} {:>11} {:>8} {:>6}",
        "formula", "one worker", "", "two workers", "", "ratio"
    );
    for text in FORMULAS {
        let formula = Formula::parse(text).expect("a formula of the benchmark");
        let seconds = |workers: usize| {
            let start = Instant::now();
            black_box(
                laboratory
                    .run_all(&[&formula], &addresses, workers, &Stop::new(), &|| ())
                    .expect("nothing halts it"),
            );
            start.elapsed().as_secs_f64()
        };
        let mut times = [Vec::new(), Vec::new()];
        for _ in 0..turns {
            times[0].push(seconds(1));
            times[1].push(seconds(2));
        }
        let [(one, one_best), (two, two_best)] = times.map(median_and_least);
        println!(
            "{text:<36} {one:>10.3} {one_best:>8.3} {two:>11.3} {two_best:>8.3} {:>6.2}",
            one / two
        );
    }
}

/// Known pointwise activations through the cascade, with the thresholds that they themselves set as
/// a field.
fn print_cascade(laboratory: &Laboratory) {
    let field: Vec<&Formula> = library::all()
        .iter()
        .map(|known| known.formula())
        .filter(|formula| formula.class() == Class::Pointwise)
        .step_by(2)
        .collect();
    let mut workspace = Workspace::new();
    let mut through = |formula: &Formula, thresholds: &Thresholds| {
        climb(
            laboratory,
            formula,
            PROFILE,
            thresholds,
            &mut workspace,
            &Stop::new(),
        )
    };
    let rungs = &laboratory.lab().rungs;
    let mut thresholds: Thresholds = vec![None; rungs.len()];
    for (index, rung) in rungs.iter().enumerate() {
        // A threshold that none reaches tells every fitness on the rung.
        thresholds[index] = Some(f64::INFINITY);
        let ends = field.iter().map(|formula| through(formula, &thresholds));
        let mut reached: Vec<f64> = ends
            .filter_map(|end| match end {
                CascadeEnd::Dropped { rungs, .. } => rungs.get(index).map(|result| result.fitness),
                CascadeEnd::Passed { .. } | CascadeEnd::Halted(_) => None,
            })
            .collect();
        reached.sort_by(f64::total_cmp);
        thresholds[index] = Some(reached[((1.0 - rung.keep) * reached.len() as f64) as usize]);
    }
    let (mut dropped, mut passed) = (Vec::new(), Vec::new());
    for formula in &field {
        let start = Instant::now();
        let end = through(formula, &thresholds);
        let seconds = start.elapsed().as_secs_f64();
        match end {
            CascadeEnd::Passed { .. } => passed.push(seconds),
            CascadeEnd::Dropped { .. } | CascadeEnd::Halted(_) => dropped.push(seconds),
        }
    }
    let mean = |seconds: &[f64]| seconds.iter().sum::<f64>() / seconds.len() as f64;
    let (of_dropped, of_passed) = (mean(&dropped), mean(&passed));
    let all = (dropped.iter().sum::<f64>() + passed.iter().sum::<f64>()) / field.len() as f64;
    println!(
        "\nseconds a candidate through the cascade on one core, {} known activations, target \
        {PROFILE}",
        field.len()
    );
    println!(
        "dropped ({}) {of_dropped:.3}, passed ({}) {of_passed:.3}, all {all:.3}; all over passed \
         {:.2}",
        dropped.len(),
        passed.len(),
        all / of_passed
    );
}

fn median_and_least(mut values: Vec<f64>) -> (f64, f64) {
    values.sort_by(f64::total_cmp);
    (values[values.len() / 2], values[0])
}
