//! Which formulas a campaign takes: no duplicates, and of no class beyond its own.

use serde_json::Value;
use tempfile::TempDir;

use super::{attempts, mined};
use crate::binary::{folder, mine, run, stderr, stdout, tiny_lab};

#[test]
fn duplicates_are_recognised_before_training() {
    let folder = folder();
    let replies = folder.path().join("replies.txt");
    std::fs::write(
        &replies,
        "{\"formula\": \"x*sigmoid(2*x)\"}\n---\n{\"formula\": \"sigmoid(x + x)*x\"}\n---\n\
        {\"formula\": \"max(0, x)\"}\n",
    )
    .unwrap();
    let lab = tiny_lab();
    let output = run(
        folder.path(),
        &mine(
            &lab,
            &[
                "--proposer",
                "scripted",
                "--replies",
                "replies.txt",
                "--attempts",
                "3",
                "--name",
                "same",
            ],
        ),
    );
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let attempts = attempts(folder.path(), "same");
    assert_eq!(attempts[0]["rejection"], Value::Null);
    assert_eq!(
        (
            &attempts[1]["rejection"]["kind"],
            &attempts[2]["rejection"]["kind"]
        ),
        (&"Duplicate".into(), &"Duplicate".into())
    );
    assert!(
        attempts[1]["rejection"]["detail"]
            .as_str()
            .unwrap()
            .contains("attempt 1"),
        "both are under way at once: {}",
        attempts[1]
    );
    assert!(attempts[2]["rejection"]["detail"]
        .as_str()
        .unwrap()
        .contains("relu"));
}

/// Replies of the scripted proposer, and the campaign that reads them with these further options.
fn scripted(formulas: &[&str], options: &[&str]) -> (TempDir, Vec<Value>) {
    let folder = folder();
    let replies: Vec<String> = formulas
        .iter()
        .map(|formula| serde_json::json!({ "formula": formula }).to_string())
        .collect();
    std::fs::write(folder.path().join("replies.txt"), replies.join("\n---\n")).unwrap();
    let count = formulas.len().to_string();
    let lab = tiny_lab();
    let fixed = [
        "--proposer",
        "scripted",
        "--replies",
        "replies.txt",
        "--attempts",
        &count,
        "--name",
        "same",
    ];
    let output = run(folder.path(), &mine(&lab, &[&fixed[..], options].concat()));
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let attempts = attempts(folder.path(), "same");
    (folder, attempts)
}

#[test]
fn a_formula_beyond_the_campaigns_class_is_forbidden_by_the_operator_that_crossed_it() {
    let rows: [(&[&str], &str, Option<&str>); 9] = [
        (
            &[],
            "tanh(x) - batch_mean(x)",
            Some(
                "`batch_mean` reads other rows of the batch: this campaign allows pointwise \
                 formulas only (--class batch)",
            ),
        ),
        (
            &[],
            "x*sigmoid(roll(x, 1))",
            Some(
                "`roll` reads other features of its row: this campaign allows pointwise formulas \
                 only (--class feature)",
            ),
        ),
        (
            &["--class", "feature"],
            "tanh(x) + 0.1*tensor_std(x)",
            Some(
                "`tensor_std` reads other rows of the batch: this campaign allows feature \
                 formulas only (--class batch)",
            ),
        ),
        (
            &["--class", "feature"],
            "softmax(x)*tanh(x) + batch_max(x)",
            Some("`batch_max`"),
        ),
        (
            &["--class", "feature"],
            "x*sigmoid(x - feature_mean(x))",
            None,
        ),
        (&["--class", "batch"], "tanh(x - batch_mean(x))", None),
        (
            &[],
            "max(x, param(0.2)*x) + 0.1*tanh(x)",
            Some(
                "`param`: the formula has 1 trainable parameter, this campaign allows none \
                 (--parameters 1)",
            ),
        ),
        (
            &["--parameters", "1"],
            "channel_param(1)*x*sigmoid(param(1)*x)",
            Some(
                "`channel_param`: the formula has 2 trainable parameters, this campaign allows at \
                 most 1 (--parameters 2)",
            ),
        ),
        (
            &["--parameters", "2"],
            "channel_param(1)*x*sigmoid(param(1.3)*x)",
            None,
        ),
    ];
    for (options, formula, detail) in rows {
        let (_, attempts) = scripted(&[formula], options);
        let rejection = &attempts[0]["rejection"];
        match detail {
            Some(detail) => {
                assert_eq!(rejection["kind"], "Forbidden", "{formula}: {rejection}");
                assert!(
                    rejection["detail"].as_str().unwrap().contains(detail),
                    "{formula}: {rejection}"
                );
            }
            None => assert!(
                attempts[0]["fitness"].is_f64(),
                "{formula} {options:?}: {rejection}"
            ),
        }
    }
}

#[test]
fn a_formula_with_a_parameter_is_another_than_the_one_with_its_number() {
    let formulas = [
        "x*sigmoid(1.7*x)",
        "x*sigmoid(param(1.7)*x)",
        "x*sigmoid(channel_param(1.7)*x)",
        "sigmoid(param(1.7)*x)*x",
    ];
    let (_, attempts) = scripted(&formulas, &["--parameters", "1"]);
    let kinds: Vec<&Value> = attempts
        .iter()
        .map(|attempt| &attempt["rejection"]["kind"])
        .collect();
    assert_eq!(
        kinds,
        [
            &Value::Null,
            &Value::Null,
            &Value::Null,
            &"Duplicate".into()
        ]
    );
}

#[test]
fn a_campaign_keeps_what_it_allows_and_says_so() {
    let (folder, _) = scripted(
        &["x*sigmoid(x - batch_mean(x))", "x*tanh(param(0.7)*x)"],
        &["--class", "batch", "--parameters", "2"],
    );
    let list = crate::binary::document(&run(folder.path(), &["archive", "list", "--json"]));
    assert_eq!(
        (
            &list["campaigns"][0]["class"],
            &list["campaigns"][0]["parameters"]
        ),
        (&"batch".into(), &2.into())
    );
    let table = run(folder.path(), &["archive", "list"]);
    assert!(
        stdout(&table).contains("class batch, up to 2 trainable parameters"),
        "{}",
        stdout(&table)
    );
    let top = stdout(&run(folder.path(), &["archive", "top"]));
    assert!(
        top.contains("| class ") && top.contains("| batch ") && top.contains("| pointwise "),
        "{top}"
    );
    let best =
        &crate::binary::document(&run(folder.path(), &["archive", "top", "--json"]))["candidates"];
    let classes: std::collections::BTreeSet<(&str, u64)> = best
        .as_array()
        .unwrap()
        .iter()
        .map(|candidate| {
            (
                candidate["class"].as_str().unwrap(),
                candidate["parameters"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(classes, [("batch", 0), ("pointwise", 1)].into());
    let changed = run(
        folder.path(),
        &["mine", "--resume", "same", "--class", "pointwise"],
    );
    assert_eq!(changed.status.code(), Some(2), "{}", stderr(&changed));
    std::fs::write(
        folder.path().join("replies.txt"),
        "{\"formula\": \"x\"}\n---\n{\"formula\": \"x\"}\n---\n\
         {\"formula\": \"tanh(x)*batch_std(x) + x\"}\n",
    )
    .unwrap();
    let resumed = run(
        folder.path(),
        &["mine", "--resume", "same", "--attempts", "3"],
    );
    assert!(
        stderr(&resumed).contains("class batch, up to 2 trainable parameters"),
        "{}",
        stderr(&resumed)
    );
    let third = &attempts(folder.path(), "same")[2];
    assert!(
        third["formula"].as_str().unwrap().contains("batch_std")
            && third["rejection"]["kind"] != "Forbidden",
        "{third}"
    );
}

#[test]
fn the_genetic_proposer_mines_coupled_formulas_the_same_on_any_number_of_workers() {
    let options = [
        "--class",
        "batch",
        "--parameters",
        "2",
        "--seed",
        "5",
        "--workers",
    ];
    let one = mined(&[&options[..], &["1"]].concat());
    assert_eq!(one, mined(&[&options[..], &["3"]].concat()));
    let formulas: String = one
        .1
        .iter()
        .filter_map(|attempt| attempt["formula"].as_str())
        .collect();
    assert!(
        formulas.contains("param(")
            && (formulas.contains("batch_") || formulas.contains("tensor_")),
        "{formulas}"
    );
    assert!(one
        .1
        .iter()
        .all(|attempt| attempt["rejection"]["kind"] != "Crashed"
            && attempt["rejection"]["kind"] != "Forbidden"));
    assert!(one.1.iter().any(|attempt| attempt["fitness"].is_f64()));
}
