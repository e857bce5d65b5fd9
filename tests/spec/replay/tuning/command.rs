//! `motherlode replay --tune`, as a user runs it.

use serde_json::Value;

use super::super::command::{replay, replayed, result, with_squares};
use crate::binary::{run, stderr, stdout};

const TUNED: [&str; 8] = [
    "--tune",
    "17",
    "--baselines",
    "gelu,relu",
    "--formula",
    "x*sigmoid(3*x)",
    "--seeds",
    "3",
];

#[test]
fn baselines_are_tuned_before_a_replay_and_the_next_one_finds_them() {
    let folder = with_squares();
    let tuned = replayed(folder.path(), &TUNED);
    let results = tuned["results"].as_array().unwrap();
    for baseline in ["gelu", "relu"] {
        let note = |result: &&Value| result["tuned"]["of"] == baseline;
        let row = results.iter().find(note).unwrap();
        assert_eq!(row["tuned"]["evaluations"], 17);
        assert_eq!(row["count"], 3, "it is replayed like the others");
    }
    assert!(result(&tuned, "gelu")["tuned"]["of"] != "relu");
    let told = tuned["tuned"].as_array().unwrap();
    assert_eq!(told.len(), 2, "one candidate beside two baselines");
    assert!(folder.path().join("archive/tunings").is_dir());

    let again = replay(folder.path(), &TUNED);
    let said = stderr(&again);
    assert!(
        said.contains("tuning 2 baselines before: scale and shift of input and output, 17 evaluations each of 1 epoch on"),
        "{said}"
    );
    assert!(
        said.contains("34 of 34 evaluations were in the archive already"),
        "{said}"
    );
    assert!(stdout(&again).contains("gelu"), "{}", stdout(&again));
    assert_eq!(replayed(folder.path(), &TUNED), tuned);

    // Without the option nothing is tuned, and nothing says so.
    let plain = replayed(folder.path(), &["--baselines", "gelu", "--seeds", "3"]);
    assert_eq!(plain["tuned"], Value::Array(Vec::new()));
}

#[test]
fn what_cannot_be_tuned_is_refused_before_anything_is_trained() {
    let folder = with_squares();
    let cases: [(&[&str], &str); 2] = [
        (
            &["--tune", "1"],
            "--tune takes a number from 2 to 10000, found 1",
        ),
        (
            &["--tune", "x"],
            "invalid value 'x' for '--tune [<EVALUATIONS>]'",
        ),
    ];
    for (arguments, words) in cases {
        let output = replay(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(stderr(&output).contains(words), "{}", stderr(&output));
    }
    let arguments = "replay --benchmark squares/mlp-12 --data data --validation 0 --tune";
    let output = run(folder.path(), &arguments.split(' ').collect::<Vec<_>>());
    assert_eq!(output.status.code(), Some(2));
    let words = "give --validation another number than 0";
    assert!(stderr(&output).contains(words), "{}", stderr(&output));
    let output = run(folder.path(), &["replay", "--benchmark", "vault", "--tune"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("the vault is sealed"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn a_replay_that_calls_a_candidate_better_suggests_to_tune_what_it_is_better_than() {
    let folder = with_squares();
    let plain = [
        "--baselines",
        "sin(30*x)",
        "--formula",
        "relu",
        "--seeds",
        "5",
    ];
    let said = stderr(&replay(folder.path(), &plain));
    let words = "next: the same with --tune: sin(30*x) may do as well with constants chosen for it";
    assert!(said.contains(words), "{said}");
}
