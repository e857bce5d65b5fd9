//! `archive show` tells the replays of a formula.

use std::path::Path;

use motherlode::cell::Direction;
use motherlode::journal::Journal;

use super::{activation, finished, formula};
use crate::binary::{document, run, stderr, stdout};

/// An archive whose cells are those of a mined formula and of two published ones, five seeds each.
fn replayed(folder: &Path) {
    let journal = Journal::create_or_open(&folder.join("archive")).unwrap();
    for (text, values) in [
        ("x*tanh(x)", [0.941, 0.938, 0.944, 0.940, 0.939]),
        ("relu(x)", [0.910, 0.905, 0.912, 0.907, 0.909]),
        ("gelu(x)", [0.915, 0.921, 0.909, 0.918, 0.912]),
        ("x*tanh(2*x)+x/7", [0.1, 0.2, 0.3, 0.2, 0.1]),
    ] {
        finished(Direction::Higher, &activation(text), &values).iter().for_each(|cell| journal.record_cell(cell).unwrap());
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
    for word in ["digits/mlp-2", "0.9404", "0.9400", "better than relu", "better than gelu", "| relu ", "| gelu "] {
        assert!(text.contains(word), "{word} is missing:\n{text}");
    }
    assert!(!text.contains(&formula("x*tanh(2*x)+x/7").nickname), "no published activation:\n{text}");
}

#[test]
fn as_json_they_are_what_a_replay_prints() {
    let folder = tempfile::tempdir().unwrap();
    replayed(folder.path());
    let found = document(&run(folder.path(), &["archive", "show", &formula("x*tanh(x)").id[..10], "--json"]));
    assert_eq!(found["formula"], "x * tanh(x)");
    let replays = found["replays"].as_array().unwrap();
    assert_eq!(replays.len(), 1);
    assert_eq!(replays[0]["benchmark"], "digits/mlp-2");
    assert_eq!(replays[0]["results"].as_array().unwrap().len(), 3);
    let verdicts: Vec<&str> = replays[0]["comparisons"].as_array().unwrap().iter().map(|row| row["words"].as_str().unwrap()).collect();
    assert_eq!(verdicts.len(), 2);
    assert!(verdicts.contains(&"better than relu") && verdicts.contains(&"better than gelu"), "{verdicts:?}");
}

#[test]
fn a_name_that_nothing_has_is_still_refused() {
    let folder = tempfile::tempdir().unwrap();
    replayed(folder.path());
    let output = run(folder.path(), &["archive", "show", "no-such-name-1"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("no formula of the archive is named"), "{}", stderr(&output));
}
