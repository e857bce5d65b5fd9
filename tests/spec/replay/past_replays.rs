//! `archive show` tells the replays of a formula.

use std::path::Path;

use motherlode::journal::Journal;
use motherlode::record::benchmark_run::Direction;

use super::{activation, finished, formula, mixed};
use crate::binary::{document, run, stderr, stdout};

/// An archive whose benchmark runs are those of a mined formula and of two published ones, five
/// seeds each.
fn replayed(folder: &Path) {
    let journal = Journal::create_or_open(&folder.join("archive")).unwrap();
    for (text, values) in [
        ("x*tanh(x)", [0.941, 0.938, 0.944, 0.940, 0.939]),
        ("relu(x)", [0.910, 0.905, 0.912, 0.907, 0.909]),
        ("gelu(x)", [0.915, 0.921, 0.909, 0.918, 0.912]),
        ("x*tanh(2*x)+x/7", [0.1, 0.2, 0.3, 0.2, 0.1]),
    ] {
        finished(Direction::Higher, &activation(text), &values)
            .iter()
            .for_each(|run| journal.record_benchmark_run(run).unwrap());
    }
    journal.close().unwrap();
}

#[test]
fn the_replays_of_a_formula_stand_beside_the_published_activations_of_the_same_benchmark() {
    let folder = tempfile::tempdir().unwrap();
    replayed(folder.path());
    let nickname = formula("x*tanh(x)").nickname;
    let output = run(folder.path(), &["archive", "show", &nickname]);
    let text = stdout(&output);
    assert!(output.status.success(), "{}", stderr(&output));
    for word in [
        "digits/mlp-2",
        "0.9404",
        "0.9400",
        "better than relu",
        "better than gelu",
        "| relu ",
        "| gelu ",
    ] {
        assert!(text.contains(word), "{word} is missing:\n{text}");
    }
    assert!(
        !text.contains(&formula("x*tanh(2*x)+x/7").nickname),
        "no published activation:\n{text}"
    );
}

#[test]
fn as_json_they_are_what_a_replay_prints() {
    let folder = tempfile::tempdir().unwrap();
    replayed(folder.path());
    let found = document(&run(
        folder.path(),
        &["archive", "show", &formula("x*tanh(x)").id[..10], "--json"],
    ));
    assert_eq!(found["formula"], "x * tanh(x)");
    let replays = found["replays"].as_array().unwrap();
    assert_eq!(replays.len(), 1);
    assert_eq!(replays[0]["benchmark"], "digits/mlp-2");
    assert_eq!(replays[0]["results"].as_array().unwrap().len(), 3);
    let verdicts: Vec<&str> = replays[0]["comparisons"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["words"].as_str().unwrap())
        .collect();
    assert_eq!(verdicts.len(), 2);
    assert!(
        verdicts.contains(&"better than relu") && verdicts.contains(&"better than gelu"),
        "{verdicts:?}"
    );
}

#[test]
fn a_name_that_nothing_has_is_still_refused() {
    let folder = tempfile::tempdir().unwrap();
    replayed(folder.path());
    let output = run(folder.path(), &["archive", "show", "no-such-name-1"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("no formula of the archive is named"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn a_formula_of_a_pool_has_the_mixed_activation_beside_it_and_what_share_of_the_neurons_chose_it() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::create_or_open(&folder.path().join("archive")).unwrap();
    let pool = mixed();
    for (activation, values) in [
        (&activation("tanh(x)"), [0.91, 0.90, 0.92]),
        (&pool, [0.93, 0.94, 0.92]),
    ] {
        finished(Direction::Higher, activation, &values)
            .iter()
            .for_each(|run| journal.record_benchmark_run(run).unwrap());
    }
    journal.close().unwrap();
    // ReLU is in the pool and was never run alone; tanh was run both ways.
    for (name, finished) in [("relu(x)", vec![0, 3, 3]), ("tanh(x)", vec![3, 3])] {
        let id = &formula(name).id[..12];
        let text = stdout(&run(folder.path(), &["archive", "show", id]));
        for expected in [
            "mixed of relu(x), tanh(x), until epoch",
            "The neurons of mixed of",
            "75.0 %",
            "0.9300",
        ] {
            assert!(
                text.contains(expected),
                "{expected} is missing for {name}:\n{text}"
            );
        }
        let found = document(&run(folder.path(), &["archive", "show", id, "--json"]));
        let seeds: Vec<u64> = found["replays"][0]["results"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["count"].as_u64().unwrap())
            .collect();
        assert_eq!(seeds, finished, "{name}");
    }
}
