//! A system that fails under the program: disks, file systems and clocks. Whatever it answers, the
//! program ends with a sentence, and what was acknowledged stays.
//!
//! system.c is loaded before the C library, so this is of Linux alone.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, UNIX_EPOCH};

use motherlode::proposer::llm::moment::moment;
use serde_json::Value;

use crate::binary::{folder, lines, motherlode, run, stderr, stdout, tiny_lab};

/// Compiles system.c; the compiler is the one that links Rust.
fn failing_system(folder: &Path) -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/spec/journal/system.c");
    let library = folder.join("system.so");
    let compiled = Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", "-o"])
        .args([&library, &source])
        .arg("-ldl")
        .status();
    assert!(compiled.expect("cc is there").success());
    library
}

/// Runs the program in `folder` on a failing system, with the archive `folder/archive`.
fn run_on(system: &Path, folder: &Path, faults: &[(&str, &str)], arguments: &[&str]) -> Output {
    let mut command = motherlode();
    command
        .args(arguments)
        .args(["--archive", "archive"])
        .current_dir(folder)
        .env("LD_PRELOAD", system)
        .env("FAIL_PATH", "/archive")
        .envs(faults.iter().copied());
    command.output().expect("the program starts")
}

/// Mines with JSON on a failing system.
fn mined(system: &Path, folder: &Path, faults: &[(&str, &str)]) -> Output {
    let lab = tiny_lab();
    let lab = lab.to_str().unwrap();
    let mine = ["mine", "--lab", lab, "--attempts", "20", "--seed", "6"];
    let mine = [
        &mine[..],
        &["--workers", "1", "--champions", "0", "--name", "c"],
    ]
    .concat();
    run_on(system, folder, faults, &[&mine[..], &["--json"]].concat())
}

/// The attempts that were acknowledged on standard output.
fn acknowledged(output: &Output) -> usize {
    let is_attempt = |event: &&Value| event["event"] == "attempt";
    lines(output).iter().filter(is_attempt).count()
}

#[test]
fn a_disk_that_fails_ends_the_program_with_a_sentence_and_loses_nothing() {
    let home = folder();
    let system = failing_system(home.path());
    let mut failed = 0;
    for (call, after) in [
        ("fsync", ["0", "4", "8"]),
        ("fdatasync", ["0", "3", "9"]),
        ("pwrite", ["0", "2", "9"]),
        ("sync_file_range", ["0", "2", "9"]),
        ("rename", ["0", "2", "4"]),
    ] {
        for (after, error) in after.into_iter().zip(["5", "28", "5"]) {
            let folder = folder();
            let faults = [
                ("FAIL_CALL", call),
                ("FAIL_AFTER", after),
                ("FAIL_ERRNO", error),
            ];
            let output = mined(&system, folder.path(), &faults);
            let what = format!("{call} after {after}: {}", stderr(&output));
            let code = output.status.code();
            assert!(matches!(code, Some(0 | 1)), "{code:?} {what}");
            failed += usize::from(code == Some(1));
            assert!(!stderr(&output).contains("panicked"), "{what}");
            let told = stderr(&output);
            let errors = told.lines().filter(|line| line.starts_with("error: "));
            assert_eq!(errors.count(), usize::from(code == Some(1)), "{what}");
            if acknowledged(&output) == 0 {
                continue;
            }
            let kept = run(folder.path(), &["archive", "attempts", "c", "--json"]);
            assert_eq!(kept.status.code(), Some(0), "{what}{}", stderr(&kept));
            assert!(lines(&kept).len() >= acknowledged(&output), "{what}");
        }
    }
    assert!(failed >= 10, "the faults were met: {failed}");
}

#[test]
fn a_file_system_without_locks_or_that_syncs_no_folder_is_refused_with_what_to_do() {
    let home = folder();
    let system = failing_system(home.path());
    for (call, error, words) in [
        ("flock", "37", "has no locks"),
        ("flock", "95", "has no locks"),
        ("flock", "22", "has no locks"),
        ("flock", "38", "has no locks"),
        ("folder", "22", "cannot synchronise a folder"),
        ("folder", "95", "cannot synchronise a folder"),
    ] {
        let folder = folder();
        let faults = [("FAIL_CALL", call), ("FAIL_ERRNO", error)];
        let output = mined(&system, folder.path(), &faults);
        let told = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{call} {error}: {told}");
        let sentence = told.lines().last().unwrap_or_default();
        let says = |words: &str| sentence.contains(words);
        assert!(
            sentence.starts_with("error: ") && says(words) && says("put the archive on a local"),
            "{call} {error}: {told}"
        );
        let left = std::fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(left, 0, "a refused creation leaves nothing");
    }
    for (call, error) in [("flock", "5"), ("folder", "5")] {
        let folder = folder();
        let faults = [("FAIL_CALL", call), ("FAIL_ERRNO", error)];
        let told = stderr(&mined(&system, folder.path(), &faults));
        let says = told.contains("Input/output error") && !told.contains("local disk");
        assert!(says, "another error stays what it is: {told}");
    }
}

#[test]
fn a_clock_that_is_wrong_by_centuries_is_said_and_harms_nothing() {
    let home = folder();
    let system = failing_system(home.path());
    for clock in ["-1", "-9999999999"] {
        let folder = folder();
        let output = mined(&system, folder.path(), &[("CLOCK", clock)]);
        let told = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{clock}: {told}");
        assert!(
            told.contains("error: the system's clock shows a time before 1970")
                && told.contains("set the clock"),
            "{clock}: {told}"
        );
    }
    for (clock, created) in [
        ("0", "1970-01-01T00:00:00Z"),
        ("253402300799", "9999-12-31T23:59:59Z"),
        ("253402300800", "after 9999"),
        ("9000000000000000", "after 9999"),
    ] {
        let folder = folder();
        let faults = [("CLOCK", clock)];
        let output = mined(&system, folder.path(), &faults);
        assert_eq!(
            output.status.code(),
            Some(0),
            "{clock}: {}",
            stderr(&output)
        );
        let list = run_on(&system, folder.path(), &faults, &["archive", "list"]);
        assert_eq!(list.status.code(), Some(0), "{clock}: {}", stderr(&list));
        assert!(
            stdout(&list).contains(created),
            "{clock}: {}",
            stdout(&list)
        );
    }
}

#[test]
fn a_moment_outside_of_the_calendar_is_said_to_be_so() {
    for (seconds, wanted) in [
        (i64::MIN / 2, "before 1970, by a wrong clock"),
        (-1, "before 1970, by a wrong clock"),
        (0, "1970-01-01T00:00:00Z"),
        (1_775_000_000, "2026-03-31T23:33:20Z"),
        (253_402_300_799, "9999-12-31T23:59:59Z"),
        (253_402_300_800, "after 9999, by a wrong clock"),
        (i64::MAX / 2, "after 9999, by a wrong clock"),
    ] {
        let distance = Duration::from_secs(seconds.unsigned_abs());
        let time = match seconds < 0 {
            true => UNIX_EPOCH.checked_sub(distance),
            false => UNIX_EPOCH.checked_add(distance),
        };
        assert_eq!(moment(time.expect("it can be said")), wanted, "{seconds}");
    }
}
