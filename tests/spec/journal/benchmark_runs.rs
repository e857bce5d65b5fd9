//! Benchmark runs of replays: recorded once, found again, and never replaced.

use std::fs;
use std::path::Path;

use motherlode::journal::{Journal, JournalError};
use motherlode::record::benchmark_run::{
    ActivationRecord, BenchmarkRun, BenchmarkRunEnd, Direction, MixedRecord,
};

use super::{archive_with, attempt, benchmark_run, NAME};

/// The benchmark runs in the export, in the order of its lines.
pub fn exported(folder: &Path) -> Vec<BenchmarkRun> {
    let Ok(text) = fs::read_to_string(folder.join("export/replay.cells.jsonl")) else {
        return Vec::new();
    };
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// A benchmark run of a mixed activation that ended badly.
fn mixed(seed: u64, end: BenchmarkRunEnd) -> BenchmarkRun {
    let pool = ["relu(x)", "tanh(x)"].map(|formula| {
        match benchmark_run("images", formula, 1).activation {
            ActivationRecord::Formula(formula) => formula,
            ActivationRecord::Mixed(_) => unreachable!("it was made of a formula"),
        }
    });
    let activation = ActivationRecord::Mixed(MixedRecord {
        pool: pool.to_vec(),
        as_published: false,
        switch_epoch: 50,
    });
    BenchmarkRun {
        activation,
        end,
        shares: vec![vec![0.25, 0.75], vec![0.5, 0.5]],
        ..benchmark_run("images", "relu(x)", seed)
    }
}

fn archive_of(folder: &Path, runs: &[BenchmarkRun]) {
    let journal = Journal::create_or_open(folder).unwrap();
    runs.iter()
        .for_each(|run| journal.record_benchmark_run(run).unwrap());
    journal.close().unwrap();
}

/// Benchmark runs of two benchmarks, three activations, small and large ones, in an order that is
/// not that of the journal.
fn many() -> Vec<BenchmarkRun> {
    let mut runs = vec![
        mixed(3, BenchmarkRunEnd::Diverged { epoch: 2 }),
        mixed(
            1,
            BenchmarkRunEnd::OutOfMemory {
                detail: "24 GiB of 16".to_owned(),
            },
        ),
    ];
    for seed in [300, 7, 2, 256, 1] {
        runs.extend([
            benchmark_run("images", "tanh(x)", seed),
            benchmark_run("images", "relu(x)", seed),
            benchmark_run("letters", "relu(x)", seed),
        ]);
    }
    runs
}

#[test]
fn every_benchmark_run_is_there_after_reopening_under_its_benchmark_activation_and_seed() {
    let folder = tempfile::tempdir().unwrap();
    archive_of(folder.path(), &many());
    let journal = Journal::open(folder.path()).unwrap();
    for run in many() {
        assert_eq!(
            journal
                .benchmark_run(&run.benchmark.key(), &run.activation.id(), run.seed)
                .unwrap(),
            Some(run)
        );
    }
    let absent = benchmark_run("images", "relu(x)", 5);
    assert_eq!(
        journal
            .benchmark_run(&absent.benchmark.key(), &absent.activation.id(), 5)
            .unwrap(),
        None
    );
    assert_eq!(journal.benchmark_run("none", "none", 1).unwrap(), None);
}

#[test]
fn benchmark_runs_come_by_benchmark_then_activation_then_seed_whatever_the_order_of_recording() {
    let folder = tempfile::tempdir().unwrap();
    archive_of(folder.path(), &many());
    let journal = Journal::open(folder.path()).unwrap();
    let mut sorted = many();
    sorted.sort_by_key(|run| (run.benchmark.key(), run.activation.id(), run.seed));
    assert_eq!(journal.benchmark_runs().unwrap(), sorted);
    let relu = benchmark_run("images", "relu(x)", 1);
    let of_images = |run: &&BenchmarkRun| run.benchmark.benchmark == "images";
    assert_eq!(
        journal.benchmark_runs_under(&relu.benchmark.key()).unwrap(),
        sorted.iter().filter(of_images).cloned().collect::<Vec<_>>()
    );
    assert_eq!(journal.benchmark_runs_under("none").unwrap(), Vec::new());
}

#[test]
fn the_same_benchmark_run_again_changes_nothing_and_another_of_its_name_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let first = benchmark_run("images", "relu(x)", 7);
    let journal = Journal::create_or_open(folder.path()).unwrap();
    journal.record_benchmark_run(&first).unwrap();
    journal.record_benchmark_run(&first).unwrap();
    let other = BenchmarkRun {
        end: BenchmarkRunEnd::Diverged { epoch: 4 },
        ..first.clone()
    };
    let error = journal.record_benchmark_run(&other).unwrap_err();
    assert!(
        matches!(&error, JournalError::AnotherEnd { seed: 7, .. }),
        "{error}"
    );
    let text = error.to_string();
    assert!(
        text.contains("images") && text.contains("seed 7") && text.contains("finished with 0.907"),
        "{text}"
    );
    journal
        .record_benchmark_run(&benchmark_run("images", "relu(x)", 8))
        .unwrap();
    assert_eq!(
        journal.benchmark_runs().unwrap(),
        [first.clone(), benchmark_run("images", "relu(x)", 8)],
        "the journal goes on"
    );
    journal.close().unwrap();
    assert_eq!(
        exported(folder.path()),
        [first.clone(), benchmark_run("images", "relu(x)", 8)],
        "one line each"
    );
    let journal = Journal::open(folder.path()).unwrap();
    journal.record_benchmark_run(&first).unwrap();
    journal.close().unwrap();
    assert_eq!(exported(folder.path()).len(), 2);
}

#[test]
fn what_ran_otherwise_is_another_benchmark() {
    let folder = tempfile::tempdir().unwrap();
    let first = benchmark_run("images", "relu(x)", 1);
    let mut lower = BenchmarkRun {
        end: BenchmarkRunEnd::Finished { value: 0.5 },
        ..first.clone()
    };
    lower.benchmark.direction = Direction::Lower;
    let mut longer = lower.clone();
    longer.benchmark.settings["epochs"] = serde_json::json!(200);
    archive_of(folder.path(), &[first, lower, longer]);
    assert_eq!(
        Journal::open(folder.path())
            .unwrap()
            .benchmark_runs()
            .unwrap()
            .len(),
        3
    );
}

#[test]
fn a_number_that_is_not_finite_is_refused_rather_than_written_as_null() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::create_or_open(folder.path()).unwrap();
    let mut poisoned = benchmark_run("images", "relu(x)", 1);
    poisoned.curve[1].train_loss = f64::INFINITY;
    for run in [
        poisoned,
        BenchmarkRun {
            end: BenchmarkRunEnd::Finished { value: f64::NAN },
            ..benchmark_run("images", "relu(x)", 1)
        },
    ] {
        let error = journal.record_benchmark_run(&run).unwrap_err();
        assert!(
            matches!(error, JournalError::Unrecordable { .. }),
            "{error}"
        );
    }
    journal
        .record_benchmark_run(&benchmark_run("images", "relu(x)", 1))
        .unwrap();
}

#[test]
fn several_threads_record_at_once_and_all_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::create_or_open(folder.path()).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let journal = &journal;
            scope.spawn(move || {
                for seed in (1..=40).filter(|seed| seed % 4 == thread) {
                    journal
                        .record_benchmark_run(&benchmark_run("images", "relu(x)", seed))
                        .unwrap();
                    assert!(journal
                        .benchmark_runs()
                        .unwrap()
                        .iter()
                        .any(|run| run.seed == seed));
                }
            });
        }
    });
    let all: Vec<BenchmarkRun> = (1..=40)
        .map(|seed| benchmark_run("images", "relu(x)", seed))
        .collect();
    assert_eq!(journal.benchmark_runs().unwrap(), all);
    journal.close().unwrap();
    let mut lines = exported(folder.path());
    lines.sort_by_key(|run| run.seed);
    assert_eq!(lines, all);
}

#[test]
fn the_export_alone_restores_the_benchmark_runs() {
    let folder = tempfile::tempdir().unwrap();
    let (lost, restored) = (folder.path().join("lost"), folder.path().join("restored"));
    archive_of(&lost, &many());
    assert_eq!(
        exported(&lost),
        many(),
        "in the order in which they were recorded"
    );
    archive_of(&restored, &exported(&lost));
    assert_eq!(
        Journal::open(&restored).unwrap().benchmark_runs().unwrap(),
        Journal::open(&lost).unwrap().benchmark_runs().unwrap()
    );
}

#[test]
fn opening_mends_the_export_of_the_benchmark_runs_from_the_database() {
    let folder = tempfile::tempdir().unwrap();
    let runs = [
        benchmark_run("images", "relu(x)", 1),
        benchmark_run("images", "relu(x)", 2),
        benchmark_run("images", "relu(x)", 7),
    ];
    archive_of(folder.path(), &runs);
    let path = folder.path().join("export/replay.cells.jsonl");
    let whole = fs::read(&path).unwrap();
    let garbled = [b"{\"benchmark\":\n".as_slice(), &whole].concat();
    let twice = [&whole[..], &whole].concat();
    for (case, bytes) in [
        ("cut", whole[..whole.len() / 2].to_vec()),
        ("emptied", Vec::new()),
        ("garbled", garbled),
        ("doubled", twice),
    ] {
        fs::write(&path, bytes).unwrap();
        Journal::open(folder.path()).unwrap().close().unwrap();
        assert_eq!(fs::read(&path).unwrap(), whole, "{case}");
    }
    fs::remove_file(&path).unwrap();
    Journal::open(folder.path()).unwrap().close().unwrap();
    assert_eq!(fs::read(&path).unwrap(), whole, "removed");
}

#[test]
fn an_archive_that_lacks_a_benchmark_run_which_was_acknowledged_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    archive_of(folder.path(), &[benchmark_run("images", "relu(x)", 1)]);
    let path = folder.path().join("export/replay.cells.jsonl");
    let more = serde_json::to_string(&benchmark_run("images", "relu(x)", 2)).unwrap();
    fs::write(
        &path,
        format!("{}{more}\n", fs::read_to_string(&path).unwrap()),
    )
    .unwrap();
    let error = Journal::open(folder.path())
        .err()
        .expect("a benchmark run was acknowledged that is not there");
    assert!(
        matches!(&error, JournalError::Lost { of, witnessed: 2, found: 1, .. } if of == "cells"),
        "{error}"
    );
}

#[test]
fn a_benchmark_run_that_vanished_from_its_tree_is_noticed() {
    for tree in ["cells", "cell_names"] {
        let folder = tempfile::tempdir().unwrap();
        archive_of(
            folder.path(),
            &[
                benchmark_run("images", "relu(x)", 1),
                benchmark_run("images", "relu(x)", 2),
            ],
        );
        let db = sled::Config::new()
            .path(folder.path().join("sled"))
            .segment_size(2 << 20)
            .open()
            .unwrap();
        assert!(db.open_tree(tree).unwrap().pop_max().unwrap().is_some());
        db.flush().unwrap();
        drop(db);
        let error = Journal::open(folder.path())
            .err()
            .expect("a benchmark run is missing");
        assert!(error.to_string().contains("it counts 2"), "{tree}: {error}");
    }
}

#[test]
fn benchmark_runs_and_campaigns_lie_side_by_side() {
    let folder = tempfile::tempdir().unwrap();
    archive_with(folder.path(), 1..=3);
    archive_of(folder.path(), &[benchmark_run("images", "relu(x)", 1)]);
    let journal = Journal::open(folder.path()).unwrap();
    assert_eq!(
        journal.attempts(NAME).unwrap(),
        [attempt(1), attempt(2), attempt(3)]
    );
    assert_eq!(
        journal.benchmark_runs().unwrap(),
        [benchmark_run("images", "relu(x)", 1)]
    );
}
