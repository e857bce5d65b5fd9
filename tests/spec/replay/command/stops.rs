//! Replays that are killed, interrupted, damaged or diverge.

use std::path::Path;
use std::process::{Command, Stdio};

use super::{replayed, result, with_squares};
use crate::binary::{document, motherlode, run, stderr};

/// Arguments of a replay that takes a few seconds.
const LONG: [&str; 16] = [
    "replay",
    "--benchmark",
    "squares/mlp-64-64",
    "--data",
    "data",
    "--batch",
    "16",
    "--epochs",
    "150",
    "--seeds",
    "2",
    "--workers",
    "1",
    "--baselines",
    "relu,elu",
    "--json",
];

/// Whether a checkpoint is in its place, rather than being written beside it.
fn is_whole(path: &Path) -> bool {
    path.extension()
        .is_some_and(|ending| ending == "safetensors")
}

/// Runs the long replay until a checkpoint is there and this many benchmark runs are done, and
/// sends it a signal in the middle of an epoch.
fn stopped(folder: &Path, signal: &str, runs: usize) -> std::process::ExitStatus {
    let mut command = motherlode();
    command
        .args(LONG)
        .args(["--archive", "archive"])
        .current_dir(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let export = folder.join("archive/export/replay.cells.jsonl");
    let recorded = || {
        std::fs::read_to_string(&export)
            .unwrap_or_default()
            .lines()
            .count()
    };
    let begun = || {
        std::fs::read_dir(folder.join("archive/checkpoints"))
            .is_ok_and(|mut entries| entries.any(|entry| is_whole(&entry.unwrap().path())))
    };
    while child.try_wait().unwrap().is_none() && !(recorded() >= runs && begun()) {
        std::thread::yield_now();
    }
    Command::new("kill")
        .args([signal, &child.id().to_string()])
        .status()
        .unwrap();
    child.wait().unwrap()
}

#[test]
fn killed_and_interrupted_replays_go_on_from_their_checkpoints_to_the_same_numbers() {
    let (whole, cut) = (with_squares(), with_squares());
    let expected = document(&run(whole.path(), &LONG));
    for (signal, runs) in [("-KILL", 0), ("-KILL", 1), ("-INT", 2)] {
        let status = stopped(cut.path(), signal, runs);
        assert_eq!(
            status.code(),
            if signal == "-INT" { Some(130) } else { None },
            "{status}"
        );
    }
    let resumed = run(cut.path(), &LONG);
    // The signal may have come as a benchmark run ended, so that more were done.
    let known = ["2 of 4", "3 of 4", "4 of 4"]
        .map(|known| format!("{known} benchmark runs were in the archive already"));
    assert!(
        known.iter().any(|known| stderr(&resumed).contains(known)),
        "{}",
        stderr(&resumed)
    );
    assert_eq!(document(&resumed), expected);
    assert_eq!(
        std::fs::read_dir(cut.path().join("archive/checkpoints"))
            .unwrap()
            .count(),
        0,
        "what is recorded needs no checkpoint"
    );
}

#[test]
fn a_damaged_checkpoint_begins_its_benchmark_run_anew() {
    let (whole, cut) = (with_squares(), with_squares());
    let expected = document(&run(whole.path(), &LONG));
    stopped(cut.path(), "-KILL", 0);
    for entry in std::fs::read_dir(cut.path().join("archive/checkpoints")).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    }
    let resumed = run(cut.path(), &LONG);
    assert_eq!(document(&resumed), expected);
    let notice = "carries no checksum";
    let damage = "is damaged: its checksum is not that of what it holds";
    let said = stderr(&resumed);
    assert!(
        said.contains("the checkpoint ")
            && (said.contains(damage) || said.contains(notice))
            && said.contains("; the benchmark run begins anew"),
        "{said}"
    );
}

#[test]
fn an_activation_that_diverges_is_recorded_as_such_and_what_does_not_fit_is_tried_again() {
    let folder = with_squares();
    let found = replayed(
        folder.path(),
        &[
            "--seeds",
            "1",
            "--baselines",
            "relu",
            "--formula",
            "exp(x)*exp(x)*x^4",
            "--rate",
            "5",
        ],
    );
    let own = result(&found, "exp(x)*exp(x)*x^4");
    assert_eq!(
        (
            own["status"][0].as_str(),
            own["mean"].is_null(),
            own["values"][0].is_null()
        ),
        (Some("diverged"), true, true),
        "{own}"
    );
    // More than a terabyte of weights.
    let large = [
        "replay",
        "--benchmark",
        "squares/wrn-16-1000",
        "--batch",
        "16",
        "--data",
        "data",
        "--seeds",
        "1",
        "--baselines",
        "relu",
        "--json",
    ];
    for _ in 0..2 {
        let output = run(folder.path(), &large);
        assert_eq!(
            output.status.code(),
            Some(1),
            "not one benchmark run finished: {}",
            stderr(&output)
        );
        assert_eq!(
            result(&document(&output), "relu")["status"][0],
            "out_of_memory"
        );
        assert!(
            stderr(&output).contains("out of memory: it needs about"),
            "{}",
            stderr(&output)
        );
        assert!(
            !stderr(&output).contains("in the archive already"),
            "{}",
            stderr(&output)
        );
    }
}
