//! Replays: what their benchmark runs come to, and how that is told.

mod checked_files;
mod classification;
mod command;
mod faces;
mod past_replays;
mod program;
mod summary;
mod transfer;
mod tuning;
mod vault;

use std::path::Path;

use motherlode::formula::Formula;
use motherlode::record::benchmark_run::{
    ActivationRecord, BenchmarkRecord, BenchmarkRun, BenchmarkRunEnd, Direction, EpochPoint,
    MixedRecord,
};
use motherlode::record::candidate::FormulaRecord;
use motherlode::replay::summary::{Entrant, Summary};

use crate::binary::run;
use crate::images::{idx_images, idx_labels};

fn formula(text: &str) -> FormulaRecord {
    FormulaRecord::from(&Formula::parse(text).expect("it is a formula"))
}

fn activation(text: &str) -> ActivationRecord {
    ActivationRecord::Formula(formula(text))
}

fn mixed() -> ActivationRecord {
    ActivationRecord::Mixed(MixedRecord {
        pool: vec![formula("relu(x)"), formula("tanh(x)")],
        as_published: false,
        switch_epoch: 1,
    })
}

fn benchmark(direction: Direction) -> BenchmarkRecord {
    BenchmarkRecord {
        benchmark: "digits/mlp-2".to_owned(),
        dataset: "digits".to_owned(),
        architecture: "mlp-2".to_owned(),
        metric: if direction == Direction::Higher {
            "accuracy"
        } else {
            "loss"
        }
        .to_owned(),
        direction,
        settings: serde_json::json!({ "epochs": 3, "rate": 0.1 }),
    }
}

/// A benchmark run of three epochs, of which it came as far as its end says.
fn benchmark_run(
    direction: Direction,
    activation: &ActivationRecord,
    seed: u64,
    end: BenchmarkRunEnd,
) -> BenchmarkRun {
    let reached = if let BenchmarkRunEnd::Diverged { epoch } = end {
        epoch - 1
    } else {
        3
    };
    let point = |epoch: u32| EpochPoint {
        epoch,
        train_loss: 1.0 / f64::from(epoch),
        validation_loss: Some(1.5 / f64::from(epoch)),
        validation_value: Some(0.875 - 0.25 / f64::from(epoch) + seed as f64 / 64.0),
    };
    let moved = 0.25 * (seed % 2) as f64;
    let shares = if activation.formula().is_none() {
        vec![vec![0.75, 0.25], vec![moved, 1.0 - moved]]
    } else {
        Vec::new()
    };
    BenchmarkRun {
        benchmark: benchmark(direction),
        activation: activation.clone(),
        seed,
        end,
        curve: (1..=reached).map(point).collect(),
        shares,
    }
}

/// The benchmark runs of an activation whose seeds 1, 2 ... finish with these values.
fn finished(
    direction: Direction,
    activation: &ActivationRecord,
    values: &[f64],
) -> Vec<BenchmarkRun> {
    let of = |(index, value): (usize, &f64)| {
        benchmark_run(
            direction,
            activation,
            index as u64 + 1,
            BenchmarkRunEnd::Finished { value: *value },
        )
    };
    values.iter().enumerate().map(of).collect()
}

fn entrant(activation: &ActivationRecord, name: &str, baseline: bool) -> Entrant {
    Entrant {
        activation: activation.clone(),
        name: name.to_owned(),
        baseline,
        tuned: None,
    }
}

/// Five seeds of two baselines and three candidates: one better than both, a mixed one that is not
/// told apart from gelu, one that mostly fails.
fn example() -> Summary {
    let (relu, gelu, mined, bad) = (
        activation("relu(x)"),
        activation("gelu(x)"),
        activation("x*tanh(x)"),
        activation("max(x, x*x*x)"),
    );
    let higher = Direction::Higher;
    let mut runs = finished(higher, &relu, &[0.910, 0.905, 0.912, 0.907, 0.909]);
    runs.extend(finished(
        higher,
        &gelu,
        &[0.915, 0.921, 0.909, 0.918, 0.912],
    ));
    runs.extend(finished(
        higher,
        &mined,
        &[0.941, 0.938, 0.944, 0.940, 0.939],
    ));
    runs.extend(finished(
        higher,
        &mixed(),
        &[0.922, 0.904, 0.917, 0.911, 0.915],
    ));
    runs.extend(finished(higher, &bad, &[0.810, 0.0, 0.812, 0.0, 0.0]));
    for run in runs.iter_mut().filter(|run| run.activation == bad) {
        run.end = match run.seed {
            2 | 4 => BenchmarkRunEnd::Diverged { epoch: 2 },
            5 => BenchmarkRunEnd::OutOfMemory {
                detail: "24 GiB of 16".to_owned(),
            },
            _ => continue,
        };
    }
    let entrants = [
        entrant(&relu, "relu", true),
        entrant(&gelu, "gelu", true),
        entrant(&mined, "calm-ibis-1", false),
        entrant(&mixed(), "mixed", false),
        entrant(&bad, "bad", false),
    ];
    Summary::of(&runs, &entrants).expect("they are of one benchmark")
}

/// Imports a set `mine` of 60 training and 30 test images of 4x4 in 3 classes into `folder/data`.
pub fn import_small_images(folder: &Path) {
    let labels = |count: u32| {
        (0..count)
            .map(|index| (index * index % 3) as u8)
            .chain([0, 1, 2])
            .collect::<Vec<u8>>()
    };
    std::fs::create_dir_all(folder.join("in")).unwrap();
    for (part, count) in [("train", 60), ("t10k", 30)] {
        std::fs::write(
            folder.join(format!("in/{part}-images-idx3-ubyte")),
            idx_images(count, 4, 4),
        )
        .unwrap();
        std::fs::write(
            folder.join(format!("in/{part}-labels-idx1-ubyte")),
            idx_labels(&labels(count - 3)),
        )
        .unwrap();
    }
    let output = run(folder, &["data", "import", "mine", "in", "--data", "data"]);
    assert!(output.status.success(), "{output:?}");
}
