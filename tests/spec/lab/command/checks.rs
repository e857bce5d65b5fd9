//! `lab check`: the faults of a lab by name, and what is refused.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::binary::{document, folder, run, stderr, stdout, tiny_lab};
use crate::lab::TINY;

/// The tiny lab without its rung, with these tasks.
fn lab_with(folder: &Path, tasks: &str, shells: &str) -> PathBuf {
    let (before, after) = TINY.split_once("[[task]]").unwrap();
    let (_, profiles) = after.split_once("[[profile]]").unwrap();
    let (profiles, _) = profiles.split_once("[[rung]]").unwrap();
    let text = format!("{before}[[profile]]{profiles}{tasks}")
        .replace("shells = [[1.0, 1.25], [1.25, 1.5]]", shells);
    let path = folder.join("own.toml");
    std::fs::write(&path, text).unwrap();
    path
}

fn faults(folder: &Path, lab: &Path, more: &[&str]) -> Vec<(String, String)> {
    let output = run(
        folder,
        &[&["lab", "check", lab.to_str().unwrap(), "--json"], more].concat(),
    );
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let answer = document(&output);
    let word = |value: &Value| value.as_str().unwrap().to_owned();
    answer["warnings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|warning| (word(&warning["task"]), word(&warning["kind"])))
        .collect()
}

#[test]
fn each_fault_of_a_bad_lab_is_named() {
    let folder = folder();
    let tasks = r#"
[[task]]
name = "noise"
family = "chaos"
system = "lorenz"
observable = "x"
horizon = 20.0

[[task]]
name = "line"
family = "polynomial"
variables = 2
degree = 1

[[task]]
name = "first"
family = "feynman"
equation = "I.6.2"

[[task]]
name = "second"
family = "feynman"
equation = "I.6.2"
"#;
    let lab = lab_with(folder.path(), tasks, "shells = [[1.0, 1.25], [1.25, 1.5]]");
    let found = faults(folder.path(), &lab, &["--workers", "1"]);
    let has = |task: &str, kind: &str| found.contains(&(task.to_owned(), kind.to_owned()));
    for (task, kind) in [
        ("noise", "unlearnt"),
        ("noise", "constant_as_good"),
        ("noise", "indistinct"),
        ("line", "linear_as_good"),
        ("second", "duplicate"),
    ] {
        assert!(has(task, kind), "{task} should be {kind}: {found:?}");
    }
    assert!(
        !has("first", "duplicate") && !has("noise", "duplicate") && !has("noise", "explosive"),
        "{found:?}"
    );
    assert_eq!(
        found,
        faults(folder.path(), &lab, &["--workers", "3"]),
        "the same on any number of workers"
    );
    let text = run(folder.path(), &["lab", "check", lab.to_str().unwrap()]);
    assert!(
        stdout(&text).contains("warning: second: it is the same task as first"),
        "{}",
        stdout(&text)
    );
    assert!(
        stderr(&text).contains(" warnings\n") && stderr(&text).contains("next: motherlode"),
        "{}",
        stderr(&text)
    );
    let one = stdout(&run(
        folder.path(),
        &["lab", "check", lab.to_str().unwrap(), "--seeds", "1"],
    ));
    assert!(
        one.contains("/ unknown"),
        "one seed says nothing of noise: {one}"
    );
}

#[test]
fn targets_that_explode_are_named_with_their_shell() {
    let folder = folder();
    let tasks =
        "\n[[task]]\nname = \"steep\"\nfamily = \"polynomial\"\nvariables = 1\ndegree = 5\n";
    let lab = lab_with(folder.path(), tasks, "shells = [[1.0, 1.25], [4.0, 5.0]]");
    assert!(
        faults(folder.path(), &lab, &[]).contains(&("steep".to_owned(), "explosive".to_owned()))
    );
    let text = stdout(&run(
        folder.path(),
        &["lab", "check", lab.to_str().unwrap()],
    ));
    assert!(text.contains("the targets of shell 2 explode"), "{text}");
}

#[test]
fn a_lab_that_cannot_be_used_fails_the_check_in_one_line() {
    let folder = folder();
    let line = |start: &str| {
        TINY.lines()
            .position(|line| line.starts_with(start))
            .unwrap()
            + 1
    };
    let rows = [
        (
            "keep = 0.5",
            "keep = \"half\"",
            format!("line {}", line("keep")),
        ),
        // A task's family decides what its keys mean, so that the task as a whole is at fault.
        (
            "degree = 3",
            "degree = \"three\"",
            format!("line {}", line("[[task]]")),
        ),
        ("clip = 1.5", "clip = nan", "fitness.clip".to_owned()),
        (
            "steps = 40",
            "stepps = 40",
            format!("line {}: unknown field `stepps`", line("steps = 40")),
        ),
        (
            "variables = 1\ndegree = 3",
            "variables = 1\ndegree = 0",
            "degree".to_owned(),
        ),
        ("[sizes]", "[sizes", "line".to_owned()),
        (
            "learning_rate = 5e-3\nbatch = 32\nsteps = 40",
            "learning_rate = nan\nbatch = 32\nsteps = 40",
            "learning_rate".to_owned(),
        ),
    ];
    for (from, to, word) in rows {
        assert!(TINY.contains(from), "{from}");
        let path = folder.path().join("bad.toml");
        std::fs::write(&path, TINY.replace(from, to)).unwrap();
        let output = run(folder.path(), &["lab", "check", "bad.toml", "--json"]);
        assert_eq!(output.status.code(), Some(1), "{to}: {}", stderr(&output));
        assert!(
            stderr(&output).lines().count() == 1 && stderr(&output).contains(&word),
            "{to} should say {word}: {}",
            stderr(&output)
        );
        assert_eq!(document(&output)["usable"], false);
        let shown = run(folder.path(), &["lab", "show", "bad.toml"]);
        assert!(
            shown.status.code() == Some(2) && stderr(&shown).contains(&word),
            "{to}: {}",
            stderr(&shown)
        );
    }
}

#[test]
fn bad_requests_get_one_line_and_exit_code_2() {
    let lab = tiny_lab();
    let tiny = lab.to_str().unwrap();
    let rows: [(&[&str], &str); 14] = [
        (&["lab", "show", "standrad"], "no lab named 'standrad'"),
        (&["lab", "check", "nosuch.toml"], "nosuch.toml"),
        (&["lab", "validate", "nosuch"], "nosuch"),
        (&["lab", "show", tiny, "p_1d4"], "nearest name is 'p_1d3'"),
        (
            &["lab", "show", tiny, "p_1d3", "--png", "nosuch/a.png"],
            "no folder nosuch",
        ),
        (
            &[
                "lab", "show", tiny, "p_1d3", "--png", "a.png", "--width", "2",
            ],
            "from 300 to 4000",
        ),
        (&["lab", "check", tiny, "--seeds", "0"], "--seeds"),
        (&["lab", "check", tiny, "--workers", "0"], "--workers"),
        (
            &["lab", "validate", tiny, "--functions", "2"],
            "from 4 to 1000",
        ),
        (
            &["lab", "validate", tiny, "--functions", "2000000"],
            "from 4 to 1000",
        ),
        (&["lab", "validate", tiny, "--splits", "0"], "--splits"),
        (&["lab", "validate", tiny, "--seeds", "0"], "--seeds"),
        (&["lab", "validate", tiny, "--vault=nosuch"], "nosuch"),
        (&["lab", "validate", tiny, "--functions", "nan"], "nan"),
    ];
    for (arguments, word) in rows {
        let folder = folder();
        let output = run(folder.path(), arguments);
        assert_eq!(
            output.status.code(),
            Some(2),
            "{arguments:?}: {}",
            stderr(&output)
        );
        assert!(
            stderr(&output).contains(word) && stdout(&output).is_empty(),
            "{arguments:?} should say '{word}': {}",
            stderr(&output)
        );
        assert_eq!(
            std::fs::read_dir(folder.path()).unwrap().count(),
            0,
            "{arguments:?}"
        );
    }
}
