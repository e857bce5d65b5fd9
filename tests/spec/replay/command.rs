//! `motherlode replay` on sets of a few hundred small images, as a user runs it.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use motherlode::numerics::stream::Key;
use serde_json::Value;

use crate::binary::{document, lines, mine, motherlode, run, stderr, stdout, tiny_lab};
use crate::images::idx_labels;

const SIDE: usize = 12;
const CLASSES: usize = 4;

/// An IDX file of images that are noise, with a bright square whose corner tells the class; the
/// first classes come again and again.
fn images(count: usize, seed: u64) -> Vec<u8> {
    let mut stream = Key::new(seed).word("images").stream();
    let mut file: Vec<u8> = [0x803, count as u32, SIDE as u32, SIDE as u32]
        .into_iter()
        .flat_map(u32::to_be_bytes)
        .collect();
    for index in 0..count {
        let (top, left) = (SIDE / 2 * (index % CLASSES / 2), SIDE / 2 * (index % 2));
        for place in 0..SIDE * SIDE {
            let is_bright = (top..top + SIDE / 2).contains(&(place / SIDE))
                && (left..left + SIDE / 2).contains(&(place % SIDE));
            file.push((stream.below(160) + if is_bright { 40 } else { 0 }) as u8);
        }
    }
    file
}

fn labels(count: usize) -> Vec<u8> {
    idx_labels(
        &(0..count)
            .map(|index| (index % CLASSES) as u8)
            .collect::<Vec<_>>(),
    )
}

/// A folder with the set `squares` in `data`: 240 training and 80 test images of four classes.
fn with_squares() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("source");
    std::fs::create_dir_all(&source).unwrap();
    for (name, count, seed) in [("train", 240, 1), ("t10k", 80, 2)] {
        std::fs::write(
            source.join(format!("{name}-images-idx3-ubyte")),
            images(count, seed),
        )
        .unwrap();
        std::fs::write(
            source.join(format!("{name}-labels-idx1-ubyte")),
            labels(count),
        )
        .unwrap();
    }
    let imported = run(
        folder.path(),
        &["data", "import", "squares", "source", "--data", "data"],
    );
    assert!(imported.status.success(), "{}", stderr(&imported));
    folder
}

const SMALL: [&str; 8] = [
    "--data",
    "data",
    "--batch",
    "16",
    "--epochs",
    "3",
    "--validation",
    "40",
];

/// Replays `squares/mlp-12` in small, with these arguments after.
fn replay(folder: &Path, others: &[&str]) -> Output {
    run(
        folder,
        &[
            &["replay", "--benchmark", "squares/mlp-12"],
            &SMALL[..],
            others,
        ]
        .concat(),
    )
}

fn replayed(folder: &Path, others: &[&str]) -> Value {
    let output = replay(folder, &[&["--json"], others].concat());
    assert!(output.status.success(), "{}", stderr(&output));
    document(&output)
}

fn result<'a>(document: &'a Value, name: &str) -> &'a Value {
    let results = document["results"].as_array().unwrap();
    results
        .iter()
        .find(|result| result["name"] == name)
        .unwrap_or_else(|| panic!("{name} is no result of {document:#}"))
}

fn assert_refused(output: &Output, code: i32, words: &[&str]) {
    let told = stderr(output);
    assert_eq!(output.status.code(), Some(code), "{told}");
    assert!(
        words.iter().all(|word| told.contains(word)),
        "{words:?} in {told}"
    );
    assert!(stdout(output).is_empty(), "{}", stdout(output));
}

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
            .is_ok_and(|entries| entries.count() > 0)
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
    assert_eq!(document(&run(cut.path(), &LONG)), expected);
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
fn bad_input_is_refused_before_anything_is_trained() {
    let folder = with_squares();
    let cases: [(&[&str], &[&str]); 22] = [
        (
            &["--benchmark", "mlp"],
            &["`mlp` is no benchmark", "SET/MODEL"],
        ),
        (
            &["--benchmark", "square/mlp"],
            &["no image set 'square'", "'squares'"],
        ),
        (
            &["--benchmark", "squares/nosuch"],
            &["`nosuch` is no architecture"],
        ),
        (&["--benchmark", "squares/vgg-16"], &["larger images"]),
        (
            &["--benchmark", "cifar10/mlp"],
            &["is not in", "motherlode data get cifar10"],
        ),
        (
            &["--subset", "1000"],
            &["1000 images in a subset", "ask for at most"],
        ),
        (
            &["--subset", "8"],
            &["has 8 images to train on", "smaller --batch"],
        ),
        (&["--subset", "0"], &["--subset takes 1 image or more"]),
        (&["--rate", "nan"], &["--rate takes a number above 0"]),
        (&["--formula", "x*"], &["x*", "at byte 1"]),
        (&["--top", "3"], &["no archive at"]),
        (
            &["--mixed", "relu,tanh", "--device", "candle-cpu"],
            &["on the CPU only"],
        ),
        (&["--mixed", "relu,softmax"], &["softmax is none"]),
        (&["--mixed", "relu,tanh,max(x,0)"], &["has max(x,0) twice"]),
        (
            &["--mixed", "relu,tanh", "--switch-epoch", "3"],
            &["--switch-epoch takes an epoch from 1 to 2, found 3"],
        ),
        (
            &["--vault", "smoke"],
            &["--vault is for --benchmark vault", "leave it out"],
        ),
        (
            &["--benchmark", "squares/resnet-8", "--dropout", "0.1"],
            &["resnet-8 has no dropout in it: leave --dropout out"],
        ),
        (
            &["--json", "--plot"],
            &["--json prints one document: leave --format and --plot out"],
        ),
        (
            &["--json", "--format", "csv"],
            &["--json prints one document"],
        ),
        (&["--formula", "calm-ibis-123"], &["no archive at"]),
        (
            &["--png", "nowhere/out.png"],
            &["cannot write the PNG file", "make it first"],
        ),
        (
            &["--svg", "."],
            &["cannot write the SVG file", "names a folder"],
        ),
    ];
    for (arguments, words) in cases {
        let benchmark: &[&str] = if arguments[0] == "--benchmark" {
            &[]
        } else {
            &["--benchmark", "squares/mlp-12"]
        };
        assert_refused(
            &run(
                folder.path(),
                &[&["replay"], benchmark, &SMALL[..], arguments].concat(),
            ),
            2,
            words,
        );
    }
    assert!(!folder.path().join("archive").exists(), "nothing was begun");
    let one_epoch = [
        "replay",
        "--benchmark",
        "squares/mlp-12",
        "--data",
        "data",
        "--epochs",
        "1",
        "--batch",
        "16",
        "--mixed",
        "relu,tanh",
    ];
    assert_refused(&run(folder.path(), &one_epoch), 2, &["two epochs or more"]);
    let network = [
        "replay",
        "--benchmark",
        "squares/cnn",
        "--data",
        "data",
        "--recipe",
        "smartmixed",
    ];
    assert_refused(
        &run(folder.path(), &network),
        2,
        &["--recipe smartmixed is for MLPs"],
    );
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
