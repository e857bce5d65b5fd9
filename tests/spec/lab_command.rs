//! `motherlode lab`: what it shows, the faults that it finds, and what it refuses.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::binary::{document, run, stderr, stdout, tiny_lab};

const TINY: &str = include_str!("labs/tiny.toml");

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder can be made")
}

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
fn the_shipped_labs_are_listed() {
    let folder = folder();
    let output = run(folder.path(), &["lab", "list", "--json"]);
    let answer = document(&output);
    let names: Vec<&str> = answer["labs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|lab| lab["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, motherlode::lab::Lab::names().collect::<Vec<_>>());
    for lab in answer["labs"].as_array().unwrap() {
        assert!(
            lab["tasks"].as_u64().unwrap() > 0
                && lab["trials"].as_u64().unwrap() > 0
                && !lab["description"].as_str().unwrap().is_empty(),
            "{lab}"
        );
    }
    let text = stdout(&run(folder.path(), &["lab", "list"]));
    assert!(
        names
            .iter()
            .all(|name| text.contains(&format!("| {name} "))),
        "{text}"
    );
}

#[test]
fn a_lab_is_shown_with_its_tasks_networks_and_cost() {
    let folder = folder();
    let lab = tiny_lab();
    let output = run(
        folder.path(),
        &["lab", "show", lab.to_str().unwrap(), "--json"],
    );
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let answer = document(&output);
    assert_eq!(
        (&answer["lab"], answer["tasks"].as_array().unwrap().len()),
        (&"tiny".into(), 2)
    );
    // 1-8-8-1 and 2-8-8-1 with biases; one block of the residual kind has a gain and a shift too.
    let weights: Vec<(&str, &Value)> = answer["networks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|network| (network["name"].as_str().unwrap(), &network["parameters"]))
        .collect();
    assert_eq!(
        weights[2],
        (
            "A",
            &serde_json::json!([8 + 8 + 64 + 8 + 8 + 1, 16 + 8 + 64 + 8 + 8 + 1])
        )
    );
    assert_eq!(
        weights[3],
        (
            "C",
            &serde_json::json!([8 + 8 + 16 + 144 + 136 + 9, 16 + 8 + 16 + 144 + 136 + 9])
        )
    );
    assert_eq!(answer["cost"]["trials"], 4);
    // Two cheap trials, and the half that goes on runs all four.
    assert_eq!(answer["cost"]["trials_with_cascade"], 2.0 + 0.5 * 4.0);
    let task = &answer["tasks"][0];
    for key in [
        "task",
        "family",
        "dimension",
        "definition",
        "training_range",
        "sets",
    ] {
        assert!(!task[key].is_null(), "{key} of {task}");
    }
    assert_eq!(task["training_range"], serde_json::json!([[-1.0, 1.0]]));
    let train = &task["sets"]["train"];
    for key in [
        "rows",
        "mean",
        "deviation",
        "least",
        "greatest",
        "mean_square",
        "inputs",
    ] {
        assert!(!train[key].is_null(), "{key} of {train}");
    }
    assert_eq!(
        (
            &train["rows"],
            task["sets"]["shells"].as_array().unwrap().len()
        ),
        (&128.into(), 2)
    );
    assert!(
        (train["mean_square"].as_f64().unwrap() - 1.0).abs() < 1e-5,
        "targets are standardised by the train part"
    );
    let text = stdout(&run(folder.path(), &["lab", "show", lab.to_str().unwrap()]));
    for word in [
        "p_1d3",
        "degree 3",
        "equation I.6.2",
        "residual",
        "97 to 105",
        "A candidate on the full lab: 4 trials",
    ] {
        assert!(text.contains(word), "{word}: {text}");
    }
}

#[test]
fn a_task_is_drawn_in_the_terminal_and_as_pictures() {
    let folder = folder();
    let lab = tiny_lab();
    let lab = lab.to_str().unwrap();
    for (task, panels) in [("p_1d3", 2), ("f_I.6.2", 3)] {
        let output = run(folder.path(), &["lab", "show", lab, task, "--ascii"]);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        let text = stdout(&output);
        assert!(text.is_ascii(), "{text}");
        assert_eq!(
            text.matches(" against ").count(),
            panels,
            "an input each, and the histogram: {text}"
        );
        let drawn: String = text
            .lines()
            .filter(|line| line.contains(" |") || line.contains(" +"))
            .collect();
        for (mark, least) in [('.', 60), ('o', 20), ('x', 20)] {
            assert!(
                drawn.matches(mark).count() > least,
                "too few {mark}: {text}"
            );
        }
        assert!(
            text.contains("o shell 1 to 1.25") && text.contains("| 1.25 to 1.5 "),
            "{text}"
        );
    }
    let output = run(
        folder.path(),
        &[
            "lab", "show", lab, "f_I.6.2", "--png", "a.png", "--svg", "a.svg", "--width", "700",
            "--height", "500", "--json",
        ],
    );
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(
        document(&output)["files"],
        serde_json::json!(["a.png", "a.svg"])
    );
    let bytes = std::fs::read(folder.path().join("a.png")).unwrap();
    assert_eq!(bytes[..8], *b"\x89PNG\r\n\x1a\n");
    let side = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
    assert!(
        (side(16), side(20)) == (700, 500)
            && bytes.ends_with(b"IEND\xae\x42\x60\x82")
            && bytes.len() > 5_000
    );
    let svg = std::fs::read_to_string(folder.path().join("a.svg")).unwrap();
    assert!(
        svg.starts_with("<svg width=\"700\"")
            && svg.contains("f_I.6.2 of lab tiny")
            && svg.contains("<circle")
            && !svg.contains("NaN")
    );
}

#[test]
fn another_seed_draws_other_data() {
    let folder = folder();
    let lab = tiny_lab();
    let shown = |seed: &str| {
        document(&run(
            folder.path(),
            &[
                "lab",
                "show",
                lab.to_str().unwrap(),
                "p_1d3",
                "--seed",
                seed,
                "--json",
            ],
        ))["sets"]
            .clone()
    };
    assert!(shown("1") == shown("1") && shown("1") != shown("2"));
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

#[test]
fn a_validation_holds_every_part_of_a_lab_against_the_others() {
    let folder = folder();
    let lab = tiny_lab();
    let tiny = lab.to_str().unwrap();
    let vault = format!("--vault={tiny}");
    let arguments = [
        "lab",
        "validate",
        tiny,
        "--functions",
        "12",
        "--splits",
        "10",
        &vault,
        "--json",
    ];
    let output = run(
        folder.path(),
        &[&arguments[..], &["--workers", "1"]].concat(),
    );
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(
        stdout(&output),
        stdout(&run(
            folder.path(),
            &[&arguments[..], &["--workers", "3"]].concat()
        )),
        "the same on any number of workers"
    );
    let answer = document(&output);
    assert!(answer["command"]
        .as_str()
        .unwrap()
        .starts_with("motherlode lab validate "));
    let functions = answer["functions"].as_array().unwrap();
    assert_eq!(
        (
            functions.len(),
            &functions[0]["name"],
            &functions[0]["fitness"]["general"]
        ),
        (12, &"relu".into(), &0.0.into())
    );
    assert!(functions
        .iter()
        .all(|function| function["class"] == "pointwise" && function["parameters"] == 0));
    let targets = |rows: &Value| {
        rows.as_array()
            .unwrap()
            .iter()
            .map(|row| row["target"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    for part in ["split_half", "seeds", "fresh_draw", "vault"] {
        assert_eq!(
            targets(&answer[part]),
            ["mlp", "transformer", "general"],
            "{part}"
        );
        for row in answer[part].as_array().unwrap() {
            assert!(
                (-1.0..=1.0).contains(&row["all"].as_f64().unwrap())
                    && row["all_interval"][1].as_f64().is_some(),
                "{part}: {row}"
            );
        }
    }
    assert!(
        answer["vault"]
            .as_array()
            .unwrap()
            .iter()
            .all(|row| row["all"] == 1.0),
        "a lab predicts itself"
    );
    let measures: Vec<&str> = answer["measures"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["measure"].as_str().unwrap())
        .collect();
    assert_eq!(measures.len(), 5, "{measures:?}");
    let rungs = answer["rungs"].as_array().unwrap();
    assert_eq!(rungs.len(), 9, "one rung, three targets, three truths");
    assert!(rungs
        .iter()
        .all(|row| (0.0..=1.0).contains(&row["keep_for_10_of_10"].as_f64().unwrap())));
    assert_eq!(
        (
            answer["families"].as_array().unwrap().len(),
            answer["profiles"].as_array().unwrap().len()
        ),
        (1, 6)
    );
}

#[test]
fn a_validation_prints_tables_that_can_be_pasted() {
    let folder = folder();
    let lab = tiny_lab();
    let output = run(
        folder.path(),
        &[
            "lab",
            "validate",
            lab.to_str().unwrap(),
            "--functions",
            "4",
            "--splits",
            "4",
        ],
    );
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let text = stdout(&output);
    for word in [
        "`motherlode lab validate ",
        "| what ",
        "| selecting ",
        "| target ",
        "| what selects ",
        "Fittest, general: ",
    ] {
        assert!(text.contains(word), "{word}: {text}");
    }
    for table in text.split("\n\n").filter(|part| part.starts_with('|')) {
        let bars: Vec<usize> = table
            .lines()
            .map(|line| line.matches('|').count())
            .collect();
        assert!(
            bars.windows(2).all(|pair| pair[0] == pair[1])
                && table.lines().nth(1).unwrap().starts_with("|--"),
            "{table}"
        );
    }
    assert!(!text.contains("NaN") && !text.contains("inf "), "{text}");
}

#[test]
fn a_field_larger_than_the_library_is_filled_up_with_random_functions() {
    let folder = folder();
    let lab = tiny_lab();
    let output = run(
        folder.path(),
        &[
            "lab",
            "validate",
            lab.to_str().unwrap(),
            "--functions",
            "120",
            "--splits",
            "1",
            "--json",
        ],
    );
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let functions = document(&output)["functions"].as_array().unwrap().clone();
    let of = |origin: &str| {
        functions
            .iter()
            .filter(|function| function["origin"] == origin)
            .count()
    };
    assert!(of("baseline") == 2 && of("library") > 40 && of("S1") > 10 && functions.len() == 120);
    let ids: std::collections::HashSet<&str> = functions
        .iter()
        .map(|function| function["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids.len(), functions.len(), "no function stands twice");
}
