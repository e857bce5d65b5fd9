//! `motherlode replay --benchmark FILE.toml`: consent, refusals, what is recorded, and the example.

use super::{replayed, with_program, WELL};
use crate::binary::{document, folder, run, stderr, stdout};

#[test]
fn without_consent_nothing_is_run() {
    let folder = with_program("", &format!("touch ran\n{WELL}"));
    let output = run(folder.path(), &["replay", "--benchmark", "own.toml"]);
    let told = stderr(&output);
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(
        told.contains("own.toml runs the command sh train.sh in "),
        "{told}"
    );
    assert!(told.contains("add --yes"), "{told}");
    assert!(!folder.path().join("ran").exists());
}

#[test]
fn what_is_for_networks_of_this_program_is_refused() {
    let folder = with_program("", &format!("touch ran\n{WELL}"));
    for (options, words) in [
        (
            &["--epochs", "3"][..],
            "leave them out, and change them in the program",
        ),
        (&["--data", "x"], "--data is the folder of image sets"),
        (
            &["--device", "candle-cpu"],
            "name its `devices` in its file",
        ),
        (
            &["--mixed", "relu,tanh"],
            "--mixed is for MLPs, not for the program own",
        ),
    ] {
        let output = replayed(folder.path(), &[], options);
        let told = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{told}");
        assert!(told.contains(words), "{options:?}: {told}");
    }
    let missing = run(
        folder.path(),
        &["replay", "--benchmark", "none.toml", "--yes"],
    );
    assert_eq!(missing.status.code(), Some(2));
    assert!(stderr(&missing).contains("none.toml cannot be read"));
    assert!(!folder.path().join("ran").exists());
}

#[test]
fn runs_are_recorded_and_taken_again_without_a_further_run_or_consent() {
    let script = format!("echo run >> count\n{WELL}");
    let folder = with_program(
        "name = 'mine'\nmodel = 'a net'\ndataset = 'some data'",
        &script,
    );
    let first = replayed(folder.path(), &["tanh"], &["--json"]);
    assert_eq!(first.status.code(), Some(0), "{}", stderr(&first));
    let told = document(&first);
    assert_eq!(told["benchmark"], "mine");
    assert_eq!(
        (&told["model"], &told["dataset"]),
        (&"a net".into(), &"some data".into())
    );
    assert_eq!(
        told["settings"]["command"],
        serde_json::json!(["sh", "train.sh"])
    );
    assert_eq!(told["results"][0]["values"], serde_json::json!([0.5]));
    assert_eq!(told["results"][0]["curve"][0]["validation_loss"], 0.25);
    let count = || std::fs::read_to_string(folder.path().join("count")).unwrap();
    assert_eq!(count().lines().count(), 2);
    let without = [
        "replay",
        "--benchmark",
        "own.toml",
        "--baselines",
        "relu",
        "--seeds",
        "1",
        "--formula",
        "tanh",
        "--json",
    ];
    assert_eq!(document(&run(folder.path(), &without)), told);
    assert_eq!(count().lines().count(), 2);
    let shown = run(folder.path(), &["archive", "show", "tanh"]);
    assert!(stdout(&shown).contains("mine"), "{}", stdout(&shown));
}

#[test]
fn devices_are_handed_out_one_a_run_and_keys_are_withheld() {
    let script = format!(
        "mkdir \"busy-$CUDA_VISIBLE_DEVICES\" || exit 1\nsleep 0.05\n\
         rmdir \"busy-$CUDA_VISIBLE_DEVICES\"\n\
         echo \"$CUDA_VISIBLE_DEVICES ${{SOME_API_KEY-none}}\" >> given\n{WELL}"
    );
    let folder = with_program("devices = [\"a\", \"b\"]", &script);
    let mut command = crate::binary::motherlode();
    let output = command
        .args(super::OWN)
        .args([
            "--seeds",
            "2",
            "--workers",
            "4",
            "--archive",
            "archive",
            "--json",
        ])
        .env("SOME_API_KEY", "secret")
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let given = std::fs::read_to_string(folder.path().join("given")).unwrap();
    assert_eq!(given.lines().count(), 6);
    assert!(
        given
            .lines()
            .all(|line| line == "a none" || line == "b none"),
        "{given}"
    );
}

#[test]
fn the_plain_example_runs_from_the_top_of_the_repository() {
    let folder = folder();
    let archive = folder.path().join("archive");
    let output = crate::binary::motherlode()
        .args([
            "replay",
            "--benchmark",
            "examples/own_network/plain.toml",
            "--yes",
            "--json",
        ])
        .args([
            "--baselines",
            "relu",
            "--formula",
            "tanh",
            "--seeds",
            "1",
            "--archive",
        ])
        .arg(&archive)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let told = document(&output);
    for row in 0..2 {
        assert_eq!(told["results"][row]["status"][0], "ok", "{told}");
        assert!(
            told["results"][row]["values"][0].as_f64().unwrap() < 0.4,
            "{told}"
        );
    }
}
