//! Campaigns whose target is a benchmark: fractions of its recipe select on images held out, fresh
//! seeds confirm, and the test part is measured there alone.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Output;

use motherlode::journal::Journal;
use motherlode::record::benchmark_run::BenchmarkRun;
use serde_json::{json, Value};
use tempfile::TempDir;

use super::attempts;
use crate::binary::{folder, lines, run, start, stderr, stdout};
use crate::replay::import_small_images;

/// A folder with the set `mine`.
fn place() -> TempDir {
    let folder = folder();
    import_small_images(folder.path());
    folder
}

fn mine_on(folder: &Path, target: &str, others: &[&str]) -> Output {
    let own = [
        "mine", "--target", target, "--data", "data", "--epochs", "4", "--batch", "8", "--name",
        "own",
    ];
    run(folder, &[&own[..], others].concat())
}

/// All benchmark runs of the archive.
fn runs(folder: &Path) -> Vec<BenchmarkRun> {
    let journal = Journal::open(&folder.join("archive")).unwrap();
    let runs = journal.benchmark_runs().unwrap();
    journal.close().unwrap();
    runs
}

fn without_time(mut end: Value) -> Value {
    end["wall_s"] = json!(null);
    end
}

#[test]
fn the_same_comes_of_it_on_one_worker_and_two_and_after_a_kill_in_the_midst() {
    let options = ["--attempts", "14", "--champions", "1", "--json"];
    let mut outcomes = Vec::new();
    for workers in ["1", "2"] {
        let folder = place();
        let output = mine_on(
            folder.path(),
            "mine/mlp-8",
            &[&options[..], &["--workers", workers]].concat(),
        );
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        let end = without_time(lines(&output).pop().unwrap());
        outcomes.push((end, attempts(folder.path(), "own")));
    }
    let folder = place();
    for kill_after in [0, 1, 4] {
        let arguments = match kill_after {
            0 => [
                &[
                    "mine",
                    "--target",
                    "mine/mlp-8",
                    "--data",
                    "data",
                    "--epochs",
                    "4",
                ][..],
                &["--batch", "8", "--name", "own"],
                &options,
            ]
            .concat(),
            _ => vec!["mine", "--resume", "own", "--data", "data", "--json"],
        };
        let mut child = start(folder.path(), &arguments);
        let out = std::io::BufReader::new(child.stdout.take().unwrap());
        // The first line tells of the beginning, each further one of an attempt.
        let _ = std::io::BufRead::lines(out).nth(kill_after);
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let output = run(
        folder.path(),
        &["mine", "--resume", "own", "--data", "data", "--json"],
    );
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let end = without_time(lines(&output).pop().unwrap());
    outcomes.push((end, attempts(folder.path(), "own")));
    assert_eq!(outcomes[0], outcomes[1], "workers");
    assert_eq!(outcomes[0], outcomes[2], "kills");
}

#[test]
fn fractions_select_on_what_is_held_out_and_the_test_part_is_for_the_champions() {
    let folder = place();
    let output = mine_on(
        folder.path(),
        "mine/mlp-8",
        &["--attempts", "12", "--champions", "2", "--json"],
    );
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let events = lines(&output);
    let end = events.last().unwrap();
    let champions = end["champions"].as_array().unwrap();
    assert_eq!(champions.len(), 2, "{end}");
    assert_eq!(end["confirmation"]["draws"], 10);

    let runs = runs(folder.path());
    let on_test: Vec<&BenchmarkRun> = runs
        .iter()
        .filter(|run| run.benchmark.settings.get("measured").is_none())
        .collect();
    // Two champions and four baselines under ten fresh seeds.
    assert_eq!(on_test.len(), 60);
    let seeds =
        |runs: &[&BenchmarkRun]| -> BTreeSet<u64> { runs.iter().map(|run| run.seed).collect() };
    let selecting: Vec<&BenchmarkRun> = runs
        .iter()
        .filter(|run| run.benchmark.settings.get("measured") == Some(&json!("validation")))
        .collect();
    assert_eq!(seeds(&on_test).len(), 10);
    assert!(
        seeds(&on_test).is_disjoint(&seeds(&selecting)),
        "fresh seeds"
    );
    let epochs: BTreeSet<u64> = selecting
        .iter()
        .map(|run| run.benchmark.settings["recipe"]["epochs"].as_u64().unwrap())
        .collect();
    assert_eq!(epochs, BTreeSet::from([1, 4]));
    let images: BTreeSet<u64> = selecting
        .iter()
        .map(|run| run.benchmark.settings["images"]["train"].as_u64().unwrap())
        .collect();
    // 54 are not held out: a quarter of an epoch, one epoch, and all four.
    assert_eq!(images, BTreeSet::from([14, 54]));

    let first = attempts(folder.path(), "own");
    let placed = first
        .iter()
        .find(|attempt| attempt["rejection"].is_null())
        .expect("some formula passes");
    let shown = run(
        folder.path(),
        &["archive", "show", placed["id"].as_str().unwrap(), "--json"],
    );
    let shown = stdout(&shown);
    assert!(
        shown.contains("\"accuracy\"") && shown.contains("\"loss\""),
        "{shown}"
    );
}

#[test]
fn the_metric_selects_where_it_is_asked_for_and_both_measures_are_kept() {
    let folder = place();
    let output = mine_on(
        folder.path(),
        "mine/mlp-8",
        &[
            "--fitness",
            "metric",
            "--attempts",
            "6",
            "--champions",
            "0",
            "--json",
        ],
    );
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let best = lines(&output).pop().unwrap()["best"].clone();
    assert_eq!(
        best["fitness"], best["profiles"]["accuracy"]["fitness"],
        "{best}"
    );
    assert!(best["profiles"]["loss"]["fitness"].is_f64(), "{best}");
}

#[test]
fn what_cannot_be_is_refused_before_there_is_an_archive() {
    let folder = place();
    for (arguments, words) in [
        (&["--target", "vault"][..], "vault"),
        (&["--target", "mine/nonet"], "nonet"),
        (&["--target", "other/mlp", "--data", "data"], "other"),
        (
            &["--target", "mlp", "--epochs", "3"],
            "is for benchmarks as targets",
        ),
        (
            &["--fitness", "metric"],
            "--fitness is for benchmarks as targets",
        ),
        (
            &["--target", "mine/mlp-8", "--data", "data", "--lab", "smoke"],
            "has no place beside",
        ),
        (
            &[
                "--target",
                "mine/mlp-8",
                "--data",
                "data",
                "--batch",
                "8",
                "--validation",
                "0",
            ],
            "holds no images",
        ),
        (
            &["--target", "mine/mlp-8", "--data", "data"],
            "a batch takes 128",
        ),
    ] {
        let output = run(
            folder.path(),
            &[&["mine", "--attempts", "1"], arguments].concat(),
        );
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(
            stderr(&output).contains(words),
            "{arguments:?}: {}",
            stderr(&output)
        );
        assert!(!folder.path().join("archive").exists(), "{arguments:?}");
    }
}

#[test]
fn a_reference_that_diverges_stops_it_before_a_formula_is_trained() {
    let folder = place();
    let output = mine_on(
        folder.path(),
        "mine/mlp-8",
        &["--attempts", "2", "--optimiser", "sgd", "--rate", "10"],
    );
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let said = stderr(&output);
    assert!(
        said.contains("relu, which every formula is held against, diverged in epoch "),
        "{said}"
    );
    assert!(said.contains("--rate"), "{said}");
}

#[test]
fn a_resume_goes_on_with_the_same_images_alone() {
    let folder = place();
    let output = mine_on(
        folder.path(),
        "mine/mlp-8",
        &["--attempts", "2", "--champions", "0"],
    );
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let resume = [
        "mine",
        "--resume",
        "own",
        "--data",
        "data",
        "--attempts",
        "3",
    ];
    let output = run(folder.path(), &[&resume[..], &["--epochs", "2"]].concat());
    assert_eq!(output.status.code(), Some(2));
    let images = folder.path().join("in/train-labels-idx1-ubyte");
    let mut bytes = std::fs::read(&images).unwrap();
    let last = bytes.len() - 1;
    bytes[last] = (bytes[last] + 1) % 3;
    std::fs::write(&images, bytes).unwrap();
    std::fs::remove_dir_all(folder.path().join("data")).unwrap();
    let again = ["data", "import", "mine", "in", "--data", "data"];
    assert!(run(folder.path(), &again).status.success());
    let output = run(folder.path(), &resume);
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    assert!(
        stderr(&output).contains("is not the benchmark that campaign own was started with"),
        "{}",
        stderr(&output)
    );
}
