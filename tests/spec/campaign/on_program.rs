//! Campaigns whose target is a training program of the user's: it runs after consent alone, and never
//! out of an archive of another place.

use std::path::Path;
use std::process::Output;

use serde_json::Value;

use super::attempts;
use crate::binary::{folder, lines, run, stderr};

/// A program that takes no time: its accuracy is a pure function of formula and seed, and it fails
/// on some formulas.
const SCRIPT: &str = r#"
n=${#MOTHERLODE_FORMULA}
echo run >> runs.txt
if [ "$n" = 24 ]; then echo "no such function here" >&2; exit 3; fi
echo "{\"progress\": 0.5}"
echo "{\"accuracy\": 0.$((100 + (n * 37 + MOTHERLODE_SEED % 91) % 800))}"
"#;

const DEFINITION: &str = r#"
[program]
command = ["sh", "train.sh"]
activation = "json"
metric = "accuracy"
direction = "higher"
seconds = 20
"#;

fn write(folder: &Path, script: &str) {
    std::fs::write(folder.join("train.sh"), script).unwrap();
    std::fs::write(folder.join("own.toml"), DEFINITION).unwrap();
}

fn mine_on_program(folder: &Path, others: &[&str]) -> Output {
    let own = [
        "mine",
        "--target",
        "own.toml",
        "--name",
        "own",
        "--attempts",
        "8",
        "--champions",
        "1",
        "--json",
    ];
    run(folder, &[&own[..], others].concat())
}

#[test]
fn a_program_selects_and_what_it_fails_on_is_an_outcome() {
    let folder = folder();
    write(folder.path(), SCRIPT);
    let output = mine_on_program(folder.path(), &["--yes"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let end = lines(&output).pop().unwrap();
    assert_eq!(end["attempts"], 8);
    assert_eq!(end["champions"].as_array().map(Vec::len), Some(1), "{end}");
    assert!(end["best"]["profiles"]["accuracy"].is_object(), "{end}");
    let made = attempts(folder.path(), "own");
    let crashed: Vec<&Value> = made
        .iter()
        .filter(|attempt| attempt["rejection"]["kind"] == "Crashed")
        .collect();
    for attempt in crashed {
        assert_eq!(
            attempt["formula"].as_str().map(str::len),
            Some(24),
            "{attempt}"
        );
    }
}

#[test]
fn nothing_runs_before_consent_and_nothing_out_of_a_copied_archive() {
    let folder = folder();
    write(folder.path(), SCRIPT);
    let output = mine_on_program(folder.path(), &[]);
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    let said = stderr(&output);
    assert!(
        said.contains("sh train.sh") && said.contains("--yes"),
        "{said}"
    );
    assert!(!folder.path().join("runs.txt").exists() && !folder.path().join("archive").exists());

    let output = mine_on_program(folder.path(), &["--yes"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let elsewhere = folder.path().join("elsewhere");
    std::fs::create_dir(&elsewhere).unwrap();
    let copied = std::process::Command::new("cp")
        .args(["-r", "archive", "elsewhere/archive"])
        .current_dir(folder.path())
        .status()
        .unwrap();
    assert!(copied.success());
    let resume = ["mine", "--resume", "own", "--attempts", "9", "--yes"];
    let output = run(&elsewhere, &resume);
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    assert!(
        stderr(&output).contains("--allow-commands"),
        "{}",
        stderr(&output)
    );
    let output = run(&elsewhere, &[&resume[..], &["--allow-commands"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let output = run(folder.path(), &resume);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
}

#[test]
fn a_program_that_fails_on_relu_stops_it_with_its_own_words() {
    let folder = folder();
    write(folder.path(), "echo 'no module named torch' >&2\nexit 1\n");
    let output = mine_on_program(folder.path(), &["--yes"]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let said = stderr(&output);
    assert!(
        said.contains("relu") && said.contains("no module named torch"),
        "{said}"
    );
}
