//! `lab list` and `lab show`: what is in a lab, in words and in pictures.

use serde_json::Value;

use crate::binary::{document, folder, run, stderr, stdout, tiny_lab};

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
