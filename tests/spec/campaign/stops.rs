//! The same table on any number of workers, and after every way of stopping.

use std::io::{BufRead, BufReader};

use serde_json::Value;

use super::{attempts, mined};
use crate::binary::{folder, lines, mine, run, start, stderr, stdout, tiny_lab, write_replies};

#[test]
fn the_same_seed_gives_the_same_table_on_one_worker_and_on_three() {
    let one = mined(&["--seed", "5", "--workers", "1"]);
    assert_eq!(one, mined(&["--seed", "5", "--workers", "3"]));
    assert_ne!(
        one,
        mined(&["--seed", "6", "--workers", "1"]),
        "another seed is another campaign"
    );
}

#[test]
fn a_campaign_that_goes_on_ends_like_one_that_never_stopped() {
    let folder = folder();
    let lab = tiny_lab();
    // What was best after 13 attempts would be confirmed once more.
    let options = ["--seed", "5", "--champions", "0"];
    let whole = mined(&options);
    let first = ["--attempts", "13", "--name", "same"];
    let first = run(folder.path(), &mine(&lab, &[&options[..], &first].concat()));
    assert_eq!(first.status.code(), Some(0), "{}", stderr(&first));
    let rest = run(
        folder.path(),
        &["mine", "--resume", "same", "--attempts", "40"],
    );
    assert_eq!(rest.status.code(), Some(0), "{}", stderr(&rest));
    let journal = motherlode::journal::Journal::open(&folder.path().join("archive")).unwrap();
    let founders = journal
        .founders("same")
        .unwrap()
        .expect("known activations are measured once and kept");
    assert!(founders.len() > 5 && founders[0].evaluation.estimate.fitness.value() == 0.0);
    journal.close().unwrap();
    assert_eq!(whole, (stdout(&rest), attempts(folder.path(), "same")));
}

#[test]
fn an_interrupt_keeps_what_is_done_and_a_resume_goes_on() {
    let folder = folder();
    let lab = tiny_lab();
    let mut child = start(
        folder.path(),
        &mine(
            &lab,
            &[
                "--seed",
                "5",
                "--attempts",
                "4000",
                "--name",
                "same",
                "--json",
            ],
        ),
    );
    let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
    let seen = output
        .by_ref()
        .map(|line| line.unwrap())
        .filter(|line| line.contains("\"event\":\"attempt\""))
        .take(10)
        .count();
    assert_eq!(seen, 10);
    let interrupted = std::process::Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(interrupted.success());
    let last: Value =
        serde_json::from_str(&output.map(|line| line.unwrap()).last().unwrap()).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(
        (&last["event"], &last["stop_reason"]),
        (&"finished".into(), &"interrupted".into())
    );
    let kept = attempts(folder.path(), "same");
    assert_eq!(kept.len() as u64, last["attempts"].as_u64().unwrap());
    let more = (kept.len() + 5).to_string();
    let resumed = run(
        folder.path(),
        &["mine", "--resume", "same", "--attempts", &more, "--json"],
    );
    assert_eq!(resumed.status.code(), Some(0), "{}", stderr(&resumed));
    assert_eq!(&attempts(folder.path(), "same")[..kept.len()], &kept[..]);
}

#[test]
fn a_second_process_is_told_who_holds_the_archive() {
    let folder = folder();
    let lab = tiny_lab();
    let mut child = start(
        folder.path(),
        &mine(&lab, &["--attempts", "100000", "--json"]),
    );
    let mut output = BufReader::new(child.stdout.take().unwrap());
    output.read_line(&mut String::new()).unwrap();
    let reader = std::thread::spawn(move || output.lines().count());
    let second = run(folder.path(), &mine(&lab, &["--attempts", "1"]));
    child.kill().unwrap();
    child.wait().unwrap();
    reader.join().unwrap();
    assert_eq!(
        second.status.code(),
        Some(1),
        "the archive is there and in use: nothing is wrong with the words"
    );
    assert!(
        stderr(&second).contains("in use by") && stderr(&second).contains(&child.id().to_string()),
        "{}",
        stderr(&second)
    );
}

#[test]
fn replies_that_run_out_are_a_stop_reason() {
    let folder = folder();
    let replies = write_replies(folder.path(), 9);
    let lab = tiny_lab();
    let output = run(
        folder.path(),
        &mine(
            &lab,
            &[
                "--proposer",
                "scripted",
                "--replies",
                replies.to_str().unwrap(),
                "--attempts",
                "20",
                "--json",
            ],
        ),
    );
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    let finished = lines(&output).pop().unwrap();
    assert_eq!(
        (&finished["stop_reason"], &finished["attempts"]),
        (&"replies_exhausted".into(), &9.into())
    );
}

#[test]
fn a_time_limit_stops_with_its_own_exit_code() {
    let folder = folder();
    let lab = tiny_lab();
    let output = run(
        folder.path(),
        &mine(
            &lab,
            &["--attempts", "10000000", "--time-limit", "1s", "--json"],
        ),
    );
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    assert_eq!(lines(&output).pop().unwrap()["stop_reason"], "time_limit");
}

#[test]
fn a_reader_that_goes_away_ends_the_campaign_without_a_panic() {
    let folder = folder();
    let lab = tiny_lab();
    let mut child = start(
        folder.path(),
        &mine(&lab, &["--attempts", "100000", "--json", "--name", "same"]),
    );
    let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
    assert_eq!(output.by_ref().take(5).count(), 5);
    drop(output);
    assert_eq!(
        child.wait().unwrap().code(),
        Some(1),
        "101 would be a panic"
    );
    assert!(attempts(folder.path(), "same").len() >= 4);
}
