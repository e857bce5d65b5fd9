//! `lab validate`: a lab held against itself over a field of functions.

use serde_json::Value;

use crate::binary::{document, folder, run, stderr, stdout, tiny_lab};

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
