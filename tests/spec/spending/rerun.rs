//! Reruns: the same archive from the recorded replies, without a network, on any number of workers.

use std::path::Path;

use serde_json::Value;

use super::{double, priced, spend};
use crate::binary::{lines, mine, motherlode, run, stderr, tiny_lab};

/// The attempts of a campaign, without who proposed them.
fn attempts(folder: &Path, campaign: &str) -> Vec<Value> {
    let mut attempts = lines(&run(folder, &["archive", "attempts", campaign, "--json"]));
    for attempt in &mut attempts {
        for of_the_calls in ["proposer", "cost_usd", "purpose"] {
            attempt.as_object_mut().unwrap().remove(of_the_calls);
        }
    }
    attempts
}

#[test]
fn a_campaign_of_an_ensemble_under_faults_ends_with_the_same_archive_when_run_again_without_a_network(
) {
    let folder = tempfile::tempdir().unwrap();
    let lab = tiny_lab();
    let (paid, free) = (double(31, 0.2), double(32, 0.2));
    let free_model = format!("compatible:{},free", free.model("free"));
    let options = [
        "--model",
        &priced(&paid),
        "--model",
        &free_model,
        "--yes",
        "--attempts",
        "60",
        "--champions",
        "2",
        "--json",
        "--name",
        "first",
    ];
    let first = run(folder.path(), &mine(&lab, &options));
    assert_eq!(first.status.code(), Some(0), "{}", stderr(&first));
    let asked = paid.seen().len() + free.seen().len();
    for workers in ["1", "3"] {
        let again = run(
            folder.path(),
            &[
                "rerun",
                "first",
                "--workers",
                workers,
                "--name",
                &format!("again-{workers}"),
                "--json",
            ],
        );
        assert_eq!(again.status.code(), Some(0), "{}", stderr(&again));
        let compared = lines(&again).pop().unwrap();
        assert_eq!(
            (&compared["event"], &compared["same"], &compared["attempts"]),
            (&"compared".into(), &true.into(), &60.into())
        );
        assert!(
            attempts(folder.path(), &format!("again-{workers}"))
                == attempts(folder.path(), "first"),
            "on {workers} workers"
        );
        assert_eq!(
            spend(folder.path(), &format!("again-{workers}"))["spent_usd"],
            0.0
        );
    }
    assert_eq!(
        paid.seen().len() + free.seen().len(),
        asked,
        "nothing was sent"
    );
    let recording = folder.path().join("archive/export/first.jsonl");
    let proposer = format!("recorded:{}", recording.display());
    let elsewhere = tempfile::tempdir().unwrap();
    let third = run(
        elsewhere.path(),
        &mine(
            &lab,
            &[
                "--proposer",
                &proposer,
                "--attempts",
                "60",
                "--champions",
                "2",
                "--name",
                "third",
            ],
        ),
    );
    assert_eq!(third.status.code(), Some(0), "{}", stderr(&third));
    assert!(
        attempts(elsewhere.path(), "third") == attempts(folder.path(), "first"),
        "a recording is enough"
    );
}

#[test]
fn a_rerun_that_comes_out_otherwise_says_where_and_fails() {
    let folder = tempfile::tempdir().unwrap();
    let lab = tiny_lab();
    let server = double(33, 0.0);
    let first = run(
        folder.path(),
        &mine(
            &lab,
            &[
                "--model",
                &priced(&server),
                "--yes",
                "--attempts",
                "12",
                "--champions",
                "0",
                "--name",
                "first",
            ],
        ),
    );
    assert_eq!(first.status.code(), Some(0), "{}", stderr(&first));
    let archive = folder.path().join("archive");
    // The same replies under another seed are another campaign; what differs is told by attempt.
    let journal = motherlode::journal::Journal::open(&archive).unwrap();
    let mut charter = journal.campaign("first").unwrap().unwrap();
    charter.seed += 1;
    journal.amend(&charter).unwrap();
    journal.close().unwrap();
    let mut command = motherlode();
    let again = command
        .args(["rerun", "first", "--archive"])
        .arg(&archive)
        .output()
        .unwrap();
    assert_eq!(again.status.code(), Some(1), "{}", stderr(&again));
    assert!(
        stderr(&again).contains("attempt 1 differs")
            && stderr(&again).contains("ends otherwise than first"),
        "{}",
        stderr(&again)
    );
}

#[test]
fn a_genetic_campaign_runs_again_too_and_one_without_attempts_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let lab = tiny_lab();
    assert_eq!(
        run(
            folder.path(),
            &mine(
                &lab,
                &["--attempts", "20", "--champions", "0", "--name", "first"]
            )
        )
        .status
        .code(),
        Some(0)
    );
    let again = run(folder.path(), &["rerun", "first"]);
    assert_eq!(again.status.code(), Some(0), "{}", stderr(&again));
    assert!(
        stderr(&again).contains("first-rerun ends with the same archive as first: 20 attempts"),
        "{}",
        stderr(&again)
    );
    let unknown = run(folder.path(), &["rerun", "nosuch"]);
    assert_eq!(
        (
            unknown.status.code(),
            stderr(&unknown).contains("no campaign 'nosuch'")
        ),
        (Some(2), true),
        "{}",
        stderr(&unknown)
    );
}
