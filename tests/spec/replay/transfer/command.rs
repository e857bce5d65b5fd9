//! `motherlode transfer`, as a user runs it.

use crate::binary::{document as json_of, run, stderr, stdout, tiny_lab};
use crate::replay::import_small_images;

#[test]
fn a_transfer_is_run_once_and_shares_its_benchmark_runs_with_replays() {
    let folder = tempfile::tempdir().unwrap();
    import_small_images(folder.path());
    let lab = tiny_lab();
    let lab = lab.to_str().unwrap();
    let recipe = ["--epochs", "1", "--batch", "8", "--data", "data"];
    let transfer = [
        &[
            "transfer",
            "--benchmark",
            "mine/mlp-4",
            "--functions",
            "50",
            "--lab",
            lab,
            "--vault",
            lab,
            "--seeds",
            "2",
        ],
        &recipe[..],
    ]
    .concat();
    let first = run(
        folder.path(),
        &[
            &transfer[..],
            &["--json", "--workers", "2", "--svg", "scatter.svg"],
        ]
        .concat(),
    );
    assert!(first.status.success(), "{}", stderr(&first));
    let answer = json_of(&first);
    assert_eq!(answer["functions"].as_array().unwrap().len(), 50);
    let measures: Vec<String> = answer["correlations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            format!(
                "{}/{}",
                row["measure"].as_str().unwrap(),
                row["target"].as_str().unwrap()
            )
        })
        .collect();
    assert_eq!(
        (
            measures.len(),
            measures[2].as_str(),
            measures.last().map(String::as_str)
        ),
        (13, "fitness/general", Some("vault_fitness/general"))
    );
    let relu = &answer["functions"][0];
    assert_eq!(
        (
            relu["name"].as_str(),
            relu["measures"]["fitness"]["mlp"].as_f64(),
            relu["measures"]["vault_fitness"]["general"].as_f64()
        ),
        (Some("relu"), Some(0.0), Some(0.0))
    );
    assert!(std::fs::read_to_string(folder.path().join("scatter.svg"))
        .unwrap()
        .contains("fitness, mlp"));
    let again = run(
        folder.path(),
        &[&transfer[..], &["--json", "--workers", "1"]].concat(),
    );
    assert_eq!(
        json_of(&again),
        answer,
        "the same from the archive, on one worker"
    );
    for words in [
        "100 of 100 benchmark runs were in the archive already",
        "50 of 50 benchmark runs were in the archive already",
    ] {
        assert!(stderr(&again).contains(words), "{}", stderr(&again));
    }
    // A line of what the lab said that was cut off, or is of another lab, is measured again.
    let kept = std::fs::read_dir(folder.path().join("archive/fields"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let text = std::fs::read_to_string(&kept).unwrap();
    assert_eq!(text.lines().count(), 50);
    let other = text.replacen("\"measures\":[", "\"measures\":[],\"others\":[", 1);
    std::fs::write(&kept, &other[..other.len() - 40]).unwrap();
    assert_eq!(
        json_of(&run(folder.path(), &[&transfer[..], &["--json"]].concat())),
        answer
    );
    let last = std::fs::read_to_string(&kept).unwrap();
    assert!(
        [text.lines().next(), text.lines().last()]
            .iter()
            .all(|line| last.lines().any(|other| Some(other) == *line)),
        "{last}"
    );
    let replay = run(
        folder.path(),
        &[
            &[
                "replay",
                "--benchmark",
                "mine/mlp-4",
                "--baselines",
                "relu",
                "--formula",
                "gelu",
                "--seeds",
                "2",
            ],
            &recipe[..],
        ]
        .concat(),
    );
    assert!(
        stderr(&replay).contains("4 of 4 benchmark runs were in the archive already"),
        "{}",
        stderr(&replay)
    );
    let replay = run(
        folder.path(),
        &[
            "replay",
            "--benchmark",
            "vault",
            "--vault",
            lab,
            "--baselines",
            "relu",
            "--formula",
            "gelu",
            "--seeds",
            "1",
        ],
    );
    assert!(
        stderr(&replay).contains("2 of 2 benchmark runs were in the archive already"),
        "{}",
        stderr(&replay)
    );
}

#[test]
fn what_does_not_fit_in_memory_ends_a_transfer_and_ranks_nothing() {
    let folder = tempfile::tempdir().unwrap();
    import_small_images(folder.path());
    let lab = tiny_lab();
    let large = [
        "transfer",
        "--benchmark",
        "mine/mlp-16384-16384-16384-16384-16384-16384-16384-16384\
         -16384-16384-16384-16384-16384-16384-16384-16384",
    ];
    let others = [
        "--functions",
        "6",
        "--lab",
        lab.to_str().unwrap(),
        "--vault",
        "none",
        "--batch",
        "8",
        "--data",
        "data",
    ];
    let output = run(folder.path(), &[&large[..], &others].concat());
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let words =
        "6 of 6 benchmark runs of the benchmark did not fit in memory, which says nothing of \
        their functions";
    assert!(
        stderr(&output).contains(words) && stdout(&output).is_empty(),
        "{}",
        stderr(&output)
    );
}

#[test]
fn benchmark_runs_of_the_vault_are_kept_apart_by_device() {
    let folder = tempfile::tempdir().unwrap();
    import_small_images(folder.path());
    let lab = tiny_lab();
    let lab = lab.to_str().unwrap();
    let transfer = [
        "transfer",
        "--benchmark",
        "mine/mlp-4",
        "--functions",
        "6",
        "--lab",
        lab,
        "--vault",
        lab,
        "--device",
        "candle-cpu",
    ];
    let output = run(
        folder.path(),
        &[
            &transfer[..],
            &["--epochs", "1", "--batch", "8", "--data", "data"],
        ]
        .concat(),
    );
    assert!(output.status.success(), "{}", stderr(&output));
    let replay = run(
        folder.path(),
        &[
            "replay",
            "--benchmark",
            "vault",
            "--vault",
            lab,
            "--baselines",
            "relu,gelu",
            "--seeds",
            "1",
        ],
    );
    assert!(
        replay.status.success() && !stderr(&replay).contains("in the archive already"),
        "{}",
        stderr(&replay)
    );
}

#[test]
fn a_lab_is_held_against_a_sealed_one() {
    let folder = tempfile::tempdir().unwrap();
    let lab = tiny_lab();
    let lab = lab.to_str().unwrap();
    let output = run(
        folder.path(),
        &[
            "transfer",
            "--benchmark",
            "vault",
            "--vault",
            lab,
            "--lab",
            lab,
            "--functions",
            "12",
            "--format",
            "markdown",
        ],
    );
    assert!(output.status.success(), "{}", stderr(&output));
    let text = stdout(&output);
    let head = "## vault by lab tiny\n\nfitness of mlp and transformer on tiny, higher is better, \
        against lab tiny; 12 functions";
    assert!(text.starts_with(head), "{text}");
    assert!(
        !text.contains("fitness in the vault"),
        "the outcome does not predict itself: {text}"
    );
    assert!(
        stderr(&output).contains("next: the same with --seeds 2"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn what_cannot_be_asked_is_refused_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let rows: [(&[&str], &str); 6] = [
        (
            &["--benchmark", "vault", "--functions", "3"],
            "--functions takes a number from 6 to 1000, found 3",
        ),
        (
            &["--benchmark", "vault", "--seeds", "0"],
            "--seeds takes a number from 1 to 1000, found 0",
        ),
        (
            &["--benchmark", "vault", "--lab", "no-such-lab"],
            "no-such-lab",
        ),
        (
            &["--benchmark", "vault", "--epochs", "2"],
            "leave --epochs and the other options of a recipe out",
        ),
        (&["--benchmark", "nothing"], "`nothing` is no benchmark"),
        (
            &[
                "--benchmark",
                "no-such-set/mlp",
                "--data",
                "data",
                "--functions",
                "6",
            ],
            "no-such-set",
        ),
    ];
    for (arguments, words) in rows {
        let output = run(folder.path(), &[&["transfer"], arguments].concat());
        assert_eq!(
            output.status.code(),
            Some(2),
            "{arguments:?}: {}",
            stderr(&output)
        );
        assert!(
            stderr(&output).contains(words),
            "{arguments:?}: {}",
            stderr(&output)
        );
    }
}
