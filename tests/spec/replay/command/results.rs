//! What a replay computes and shows.

use serde_json::Value;

use super::{replay, replayed, result, with_squares};
use crate::binary::{document, lines, mine, run, stderr, stdout, tiny_lab};

#[test]
fn a_replay_is_paired_by_seed_and_told_as_a_table_and_as_json() {
    let folder = with_squares();
    let arguments = [
        "--seeds",
        "3",
        "--baselines",
        "relu,tanh",
        "--formula",
        "x*tanh(softplus(x))",
        "--rate",
        "0.01",
    ];
    let first = replayed(folder.path(), &arguments);
    assert_eq!(
        (&first["benchmark"], &first["model"], &first["dataset"]),
        (
            &"squares/mlp-12".into(),
            &"mlp-12".into(),
            &"squares".into()
        )
    );
    assert_eq!(
        (&first["metric"], &first["direction"], &first["seeds"]),
        (
            &"accuracy".into(),
            &"higher".into(),
            &serde_json::json!([1, 2, 3])
        )
    );
    let own = result(&first, "x*tanh(softplus(x))");
    assert!(
        own["baseline"].is_null()
            && own["class"] == "pointwise"
            && own["status"] == serde_json::json!(["ok", "ok", "ok"]),
        "{own}"
    );
    assert!(own["mean"].as_f64().unwrap() > 0.8, "it learns: {own}");
    assert_eq!(result(&first, "relu")["baseline"], "relu");
    let points = own["curve"].as_array().unwrap();
    assert_eq!(points.len(), 3);
    assert!(
        points
            .iter()
            .all(|point| point["validation_value"].is_f64() && point["train_loss"].is_f64()),
        "{points:?}"
    );
    let comparison = &first["comparisons"][0];
    assert_eq!(
        (&comparison["candidate"], &comparison["baseline"]),
        (&"x*tanh(softplus(x))".into(), &"relu".into())
    );
    assert_eq!(
        (&comparison["test"], &comparison["seeds"]),
        (&"paired t".into(), &serde_json::json!([1, 2, 3]))
    );
    let again = replay(folder.path(), &arguments);
    assert!(
        stderr(&again).contains("9 of 9 benchmark runs were in the archive already"),
        "{}",
        stderr(&again)
    );
    assert!(
        stdout(&again).contains("| x*tanh(softplus(x)) | relu "),
        "{}",
        stdout(&again)
    );
    let fewer = replay(
        folder.path(),
        &["--seeds", "2", "--baselines", "relu", "--rate", "0.01"],
    );
    assert!(
        stderr(&fewer).contains("2 of 2 benchmark runs were in the archive already"),
        "a part is known too: {}",
        stderr(&fewer)
    );
}

#[test]
fn one_worker_and_several_come_to_the_same_numbers() {
    let (one, several) = (with_squares(), with_squares());
    let arguments = ["--seeds", "3", "--formula", "x*cos(x)", "--workers"];
    assert_eq!(
        replayed(one.path(), &[&arguments[..], &["1"]].concat()),
        replayed(several.path(), &[&arguments[..], &["3"]].concat())
    );
}

#[test]
fn the_same_function_written_otherwise_is_the_same_contestant_and_a_nearby_one_begins_alike() {
    let folder = with_squares();
    let arguments = [
        "--seeds",
        "1",
        "--baselines",
        "relu,max(x,0)",
        "--formula",
        "relu(x)",
        "--formula",
        "max(x, 1e-7*x)",
    ];
    let document = replayed(folder.path(), &arguments);
    let names: Vec<&str> = document["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|result| result["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        names
            .iter()
            .filter(|name| ["relu", "max(x,0)", "relu(x)"].contains(name))
            .count(),
        1,
        "{names:?}"
    );
    // Weights, order and batches are the same: what is nearly relu ends nearly where relu does.
    let loss = |name: &str| {
        result(&document, name)["curve"][0]["train_loss"]
            .as_f64()
            .unwrap()
    };
    assert!(
        (loss("relu") - loss("max(x, 1e-7*x)")).abs() < 1e-4,
        "{} and {}",
        loss("relu"),
        loss("max(x, 1e-7*x)")
    );
}

#[test]
fn whatever_changes_the_numbers_changes_the_key() {
    let folder = with_squares();
    let key = |others: &[&str]| {
        let document = replayed(
            folder.path(),
            &[&["--seeds", "1", "--baselines", "relu"], others].concat(),
        );
        document["key"].as_str().unwrap().to_owned()
    };
    let changes: [&[&str]; 14] = [
        &[],
        &["--subset", "160"],
        &["--augment", "flip"],
        &["--augment", "crop"],
        &["--standardise", "zca"],
        &["--standardise", "unit"],
        &["--schedule", "cosine"],
        &["--schedule", "steps"],
        &["--optimiser", "sgd"],
        &["--optimiser", "adamw"],
        &["--rate", "0.002"],
        &["--initialisation", "pytorch"],
        &["--recipe", "smartmixed"],
        &["--device", "candle-cpu"],
    ];
    let mut keys: Vec<String> = changes.iter().map(|change| key(change)).collect();
    assert_eq!(keys[0], key(&["--workers", "2"]), "threads change nothing");
    assert_eq!(
        keys[0],
        key(&["--optimiser", "adam"]),
        "the usual by its name is the usual"
    );
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), changes.len());
}

#[test]
fn candle_on_the_cpu_comes_to_nearly_the_same() {
    let folder = with_squares();
    let loss = |others: &[&str]| {
        let document = replayed(
            folder.path(),
            &[&["--seeds", "1", "--baselines", "relu"], others].concat(),
        );
        result(&document, "relu")["curve"][2]["validation_loss"]
            .as_f64()
            .unwrap()
    };
    let (fused, candle) = (loss(&[]), loss(&["--device", "candle-cpu"]));
    assert!(
        (fused - candle).abs() < 1e-3 * fused,
        "{fused} and {candle}"
    );
}

#[test]
fn a_mixed_activation_has_shares_in_the_table_the_document_and_the_picture() {
    let folder = with_squares();
    let arguments = [
        "--seeds",
        "2",
        "--baselines",
        "relu",
        "--mixed",
        "relu,tanh,elu",
        "--recipe",
        "smartmixed",
        "--svg",
        "out.svg",
    ];
    let document = replayed(folder.path(), &arguments);
    let own = result(&document, "mixed");
    assert_eq!(
        (
            own["mixed"]["switch_epoch"].as_u64(),
            own["mixed"]["pool"].as_array().unwrap().len()
        ),
        (Some(1), 3)
    );
    let shares: Vec<f64> = own["shares"][0]
        .as_array()
        .unwrap()
        .iter()
        .map(|share| share.as_f64().unwrap())
        .collect();
    assert!(
        (shares.iter().sum::<f64>() - 1.0).abs() < 1e-9 && shares.len() == 3,
        "{shares:?}"
    );
    let recipe = &document["settings"]["recipe"];
    assert_eq!(
        (
            recipe["rate"].as_f64(),
            recipe["standardise"].as_str(),
            recipe["initialisation"].as_str()
        ),
        (Some(1e-4), Some("unit"), Some("pytorch"))
    );
    let output = replay(folder.path(), &arguments);
    assert!(
        stdout(&output).contains("The neurons of mixed that chose each function"),
        "{}",
        stdout(&output)
    );
    assert!(std::fs::read_to_string(folder.path().join("out.svg"))
        .unwrap()
        .contains("% of the neurons of mixed"));
}

#[test]
fn the_best_of_a_campaign_come_as_they_did_on_fresh_tasks_and_then_as_they_were_selected() {
    let folder = with_squares();
    let mined = run(
        folder.path(),
        &mine(
            &tiny_lab(),
            &[
                "--seed",
                "5",
                "--attempts",
                "24",
                "--champions",
                "3",
                "--target",
                "general",
                "--name",
                "same",
                "--json",
            ],
        ),
    );
    let champions = lines(&mined).pop().expect("a closing event")["champions"].clone();
    let ids = |values: &Value| {
        values
            .as_array()
            .unwrap()
            .iter()
            .map(|value| value["id"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let mut wanted = ids(&champions);
    let selected = document(&run(
        folder.path(),
        &["archive", "top", "same", "-n", "10", "--json"],
    ));
    let others: Vec<String> = ids(&selected["candidates"])
        .into_iter()
        .filter(|id| !wanted.contains(id))
        .take(2)
        .collect();
    wanted.extend(others);
    assert_eq!(
        wanted.len(),
        5,
        "three on fresh tasks, two more by selection"
    );
    let found = replayed(
        folder.path(),
        &["--seeds", "1", "--baselines", "relu", "--top", "5"],
    );
    assert_eq!(ids(&found["results"])[1..], wanted);
}

#[test]
fn the_archive_shows_what_was_replayed() {
    let folder = with_squares();
    let found = replayed(
        folder.path(),
        &[
            "--seeds",
            "3",
            "--baselines",
            "relu",
            "--formula",
            "x*tanh(2*x)+x/7",
        ],
    );
    let nickname = found["results"][1]["nickname"].as_str().unwrap();
    let shown = run(folder.path(), &["archive", "show", nickname]);
    for word in ["squares/mlp-12", "relu", nickname] {
        assert!(
            stdout(&shown).contains(word),
            "{word} is missing:\n{}{}",
            stdout(&shown),
            stderr(&shown)
        );
    }
    let replays = &document(&run(
        folder.path(),
        &["archive", "show", nickname, "--json"],
    ))["replays"];
    assert_eq!(replays[0]["key"], found["key"]);
    // A replay's formula goes by its name wherever a formula is asked for.
    let drawn = run(folder.path(), &["export", nickname, "--to", "latex"]);
    assert!(drawn.status.success(), "{}", stderr(&drawn));
    let again = replayed(
        folder.path(),
        &["--seeds", "3", "--baselines", "relu", "--formula", nickname],
    );
    assert_eq!(again["results"][1]["values"], found["results"][1]["values"]);
    assert_eq!(
        replays[0]["results"][0]["values"],
        found["results"][1]["values"]
    );
}
