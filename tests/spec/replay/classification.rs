//! Benchmark runs of image benchmarks: where they go on from, what their memory is, and the two
//! phases of mixed activations.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Mutex;

use motherlode::formula::kernel::{Compiled, Kernel};
use motherlode::formula::Formula;
use motherlode::journal::Journal;
use motherlode::nets::Backend;
use motherlode::numerics::stop::Stop;
use motherlode::record::benchmark_run::{
    ActivationRecord, BenchmarkRun, BenchmarkRunEnd, MixedRecord,
};
use motherlode::replay::classification::Classification;
use motherlode::replay::ready_benchmark::{
    Assignment, BenchmarkRunError, ReadyBenchmark, RunWatch,
};
use motherlode::replay::run::{run as run_benchmark_runs, Contestant, Event, ReplayPlan};
use motherlode::replay::sets::DataFolder;
use motherlode::replay::trainer::Trained;
use motherlode::replay::Benchmark;

use super::{activation, entrant, formula, import_small_images};

/// `mine/mlp-4` in batches of 8 for six epochs.
fn small(folder: &Path) -> Classification {
    import_small_images(folder);
    let Ok(Benchmark::Images(mut benchmark)) = Benchmark::named("mine/mlp-4") else {
        panic!("it is an image benchmark")
    };
    (benchmark.recipe.batch, benchmark.recipe.epochs) = (8, 6);
    let set = DataFolder::new(folder.join("data")).open("mine").unwrap();
    Classification::new(*benchmark, set)
        .unwrap()
        .on(&Backend::Fused)
}

fn contestant(record: ActivationRecord) -> Contestant {
    let parsed = |text: &str| Formula::parse(text).unwrap();
    let trained = match &record {
        ActivationRecord::Formula(record) => {
            let formula = parsed(&record.formula);
            Trained::Formula {
                activation: formula.activation(),
                formula: Box::new(formula),
            }
        }
        ActivationRecord::Mixed(mixed) => {
            let kernel = |text: &str| match parsed(text).activation() {
                Compiled::Pointwise(kernel) => kernel,
                Compiled::Tensor(_) => panic!("{text} is pointwise"),
            };
            let pool: Vec<Kernel> = mixed
                .pool
                .iter()
                .map(|record| kernel(&record.formula))
                .collect();
            Trained::Mixed {
                pool,
                as_published: mixed.as_published,
            }
        }
    };
    Contestant {
        entrant: entrant(&record, "own", false),
        trained,
    }
}

/// ReLU, tanh and ELU, the choice final after epoch 3.
fn mixed(as_published: bool) -> ActivationRecord {
    let pool = ["relu(x)", "tanh(x)", "elu(x)"].map(formula).to_vec();
    ActivationRecord::Mixed(MixedRecord {
        pool,
        as_published,
        switch_epoch: 3,
    })
}

/// Runs the benchmark run of seed 1 until so many epochs are done in this run; the epochs that
/// were.
fn run_until(
    benchmark: &Classification,
    contestant: &Contestant,
    checkpoint: &Path,
    most: usize,
) -> (Result<BenchmarkRun, BenchmarkRunError>, Vec<u32>) {
    let (epochs, stop) = (Mutex::new(Vec::new()), Stop::new());
    let advanced = |epoch| {
        let mut epochs = epochs.lock().unwrap();
        epochs.push(epoch);
        if epochs.len() >= most {
            stop.raise();
        }
    };
    let assignment = Assignment {
        activation: &contestant.entrant.activation,
        trained: &contestant.trained,
        seed: 1,
        backend: &Backend::Fused,
        checkpoint: Some(checkpoint),
        memory: None,
    };
    let watch = RunWatch {
        stepped: &|_| (),
        advanced: &advanced,
        stop: &stop,
    };
    let ran = benchmark.run(&assignment, &watch);
    (ran, epochs.into_inner().unwrap())
}

#[test]
fn a_benchmark_run_goes_on_from_its_last_whole_epoch_before_at_and_after_the_choice_to_the_same_numbers(
) {
    let folder = tempfile::tempdir().unwrap();
    let benchmark = small(folder.path());
    for record in [activation("silu(x)"), mixed(false), mixed(true)] {
        let contestant = contestant(record);
        let (whole, epochs) = run_until(
            &benchmark,
            &contestant,
            &folder.path().join("whole"),
            usize::MAX,
        );
        let whole = whole.unwrap();
        assert_eq!(epochs, [1, 2, 3, 4, 5, 6]);
        for stop in 1..6 {
            let checkpoint = folder.path().join(format!("stopped-{stop}"));
            let _ = std::fs::remove_file(&checkpoint);
            let (stopped, _) = run_until(&benchmark, &contestant, &checkpoint, stop);
            assert!(
                matches!(stopped, Err(BenchmarkRunError::Interrupted)),
                "after {stop}: {stopped:?}"
            );
            let (resumed, epochs) = run_until(&benchmark, &contestant, &checkpoint, usize::MAX);
            assert_eq!(
                epochs,
                (stop as u32 + 1..=6).collect::<Vec<_>>(),
                "what was done is not done again"
            );
            assert_eq!(
                resumed.unwrap(),
                whole,
                "after {stop} epochs of {}",
                contestant.entrant.activation.id()
            );
        }
    }
}

#[test]
fn a_benchmark_run_whose_checkpoint_was_changed_begins_anew_and_ends_with_the_same_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let benchmark = small(folder.path());
    for record in [activation("silu(x)"), mixed(false)] {
        let contestant = contestant(record);
        let checkpoint = folder.path().join("stopped");
        let _ = std::fs::remove_file(&checkpoint);
        let (whole, _) = run_until(&benchmark, &contestant, &checkpoint, usize::MAX);
        let whole = whole.unwrap();
        std::fs::remove_file(&checkpoint).unwrap();
        let _ = run_until(&benchmark, &contestant, &checkpoint, 3);
        let bytes = std::fs::read(&checkpoint).unwrap();
        let flipped = |at: usize| {
            let mut flipped = bytes.clone();
            flipped[at] ^= 0x40;
            flipped
        };
        let line = bytes.iter().position(|byte| *byte == b'\n').unwrap();
        for (what, changed, is_fit) in [
            ("as it is", bytes.clone(), true),
            ("a checksum", flipped(line - 1), false),
            ("a header", flipped(line + 20), false),
            ("a weight", flipped(bytes.len() / 2 + 3), false),
            ("the last byte", flipped(bytes.len() - 1), false),
            ("half", bytes[..bytes.len() / 2].to_vec(), false),
            ("nothing", Vec::new(), false),
            ("of the version before", bytes[line + 1..].to_vec(), false),
        ] {
            std::fs::write(&checkpoint, changed).unwrap();
            let (resumed, epochs) = run_until(&benchmark, &contestant, &checkpoint, usize::MAX);
            let first = if is_fit { 4 } else { 1 };
            assert_eq!(epochs, (first..=6).collect::<Vec<_>>(), "{what}");
            assert_eq!(resumed.unwrap(), whole, "{what}");
        }
    }
}

#[test]
fn the_quirks_of_the_published_code_are_those_of_a_benchmark_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let benchmark = small(folder.path());
    let [correct, published] = [false, true].map(|as_published| {
        let contestant = contestant(mixed(as_published));
        run_until(
            &benchmark,
            &contestant,
            &folder.path().join(contestant.entrant.activation.id()),
            usize::MAX,
        )
        .0
        .unwrap()
    });
    assert_ne!(correct.activation.id(), published.activation.id());
    assert!(correct
        .curve
        .iter()
        .zip(&published.curve)
        .all(|(a, b)| a.train_loss != b.train_loss));
    // Shares of three classes in place of logits: the loss is between ln(1 + 2 / e) and ln(e + 2).
    let e = std::f64::consts::E;
    assert!(
        published
            .curve
            .iter()
            .all(|point| ((1.0 + 2.0 / e).ln()..(e + 2.0).ln()).contains(&point.train_loss)),
        "{:?}",
        published.curve
    );
    for run in [correct, published] {
        assert!(
            run.shares
                .iter()
                .all(|layer| (layer.iter().sum::<f64>() - 1.0).abs() < 1e-9)
                && run.shares.len() == 1
        );
    }
}

#[test]
fn as_many_workers_run_as_fit_in_memory_and_only_what_does_not_fit_alone_is_out_of_memory() {
    let folder = tempfile::tempdir().unwrap();
    let benchmark = small(folder.path());
    let contestants = ["relu(x)", "tanh(x)", "silu(x)"].map(|text| contestant(activation(text)));
    let needed = contestants
        .iter()
        .map(|contestant| benchmark.bytes(&contestant.trained))
        .max()
        .unwrap();
    for (memory, finished) in [(needed * 3 / 2, 6), (needed / 2, 0)] {
        let archive = tempfile::tempdir().unwrap();
        let journal = Journal::create_or_open(archive.path()).unwrap();
        let plan = ReplayPlan {
            benchmark: &benchmark,
            contestants: &contestants,
            seeds: &[1, 2],
            workers: 16,
            backend: Backend::Fused,
            folder: archive.path(),
            memory: Some(memory),
        };
        let ended = AtomicUsize::new(0);
        let event = |event: Event| {
            if let Event::Ended(run) = event {
                ended.fetch_add(
                    usize::from(matches!(run.end, BenchmarkRunEnd::Finished { .. })),
                    Ordering::Relaxed,
                );
            }
        };
        run_benchmark_runs(&plan, &journal, &event, &Stop::new()).unwrap();
        assert_eq!(
            ended.into_inner(),
            finished,
            "{memory} bytes where one needs {needed}"
        );
    }
}

#[test]
fn a_checkpoint_that_a_kill_left_beside_its_record_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    let benchmark = small(folder.path());
    let contestants = [contestant(activation("relu(x)"))];
    let archive = tempfile::tempdir().unwrap();
    let journal = Journal::create_or_open(archive.path()).unwrap();
    let plan = ReplayPlan {
        benchmark: &benchmark,
        contestants: &contestants,
        seeds: &[1],
        workers: 1,
        backend: Backend::Fused,
        folder: archive.path(),
        memory: None,
    };
    run_benchmark_runs(&plan, &journal, &|_| (), &Stop::new()).unwrap();
    let name = format!(
        "{}-{}-1.safetensors",
        benchmark.record().key(),
        contestants[0].entrant.activation.id()
    );
    let left = archive.path().join("checkpoints").join(name);
    std::fs::write(&left, "left").unwrap();
    run_benchmark_runs(&plan, &journal, &|_| (), &Stop::new()).unwrap();
    assert!(!left.exists());
}

#[test]
fn names_for_one_network_are_one_benchmark_and_what_computes_belongs_to_the_key() {
    let folder = tempfile::tempdir().unwrap();
    let set = || {
        DataFolder::new(folder.path().join("data"))
            .open("mine")
            .unwrap()
    };
    let made = |name: &str, validation: Option<usize>| {
        let Ok(Benchmark::Images(mut benchmark)) = Benchmark::named(name) else {
            panic!("{name} is an image benchmark")
        };
        (benchmark.recipe.batch, benchmark.recipe.validation) = (8, validation);
        Classification::new(*benchmark, set()).unwrap()
    };
    let fused = small(folder.path()).on(&Backend::Fused);
    let key = |benchmark: Classification| benchmark.on(&Backend::Fused).record().key();
    assert_eq!(
        key(made("mine/mlp", None)),
        key(made("mine/mlp-128-128", None))
    );
    assert_eq!(
        key(made("mine/mlp-4", None)),
        key(made("mine/mlp-4", Some(6))),
        "a tenth of 60"
    );
    assert_ne!(
        key(made("mine/mlp-4", None)),
        key(made("mine/mlp-4", Some(9)))
    );
    assert_ne!(
        key(made("mine/mlp-64-64-64-64", None)),
        key(made("mine/mlp-deep", None)),
        "its weights begin otherwise"
    );
    assert!(fused.record().settings["instruction_set"].is_string());
    let device = made("mine/mlp-4", None).on(&Backend::Candle(candle_core::Device::Cpu));
    assert_eq!(
        (
            device.record().settings["device"].as_str(),
            device.record().settings["instruction_set"].as_str()
        ),
        (Some("candle-cpu"), None)
    );
}
