//! A confirmation as `motherlode mine` and `archive` show it, killed or stopped in its midst.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::time::Duration;

use motherlode::numerics::stream::Key;
use serde_json::{json, Value};

use super::NAME;
use crate::binary::{document, lines, mine, run, start, stderr, stdout, tiny_lab};

/// The attempts and the closing event of a campaign, without how long it took.
fn outcome(folder: &Path, output: &std::process::Output) -> (Vec<Value>, Value) {
    assert_eq!(output.status.code(), Some(0), "{}", stderr(output));
    let mut finished = lines(output).pop().expect("a closing event");
    assert_eq!(finished["event"], "finished");
    finished["wall_s"] = json!(0);
    (
        lines(&run(folder, &["archive", "attempts", NAME, "--json"])),
        finished,
    )
}

#[test]
fn a_campaign_killed_while_it_confirms_ends_like_one_that_never_was() {
    let lab = tiny_lab();
    let options = [
        "--seed",
        "5",
        "--attempts",
        "24",
        "--champions",
        "8",
        "--name",
        NAME,
        "--json",
    ];
    let whole = tempfile::tempdir().unwrap();
    let expected = outcome(whole.path(), &run(whole.path(), &mine(&lab, &options)));
    assert_eq!(
        expected.1["champions"].as_array().map(Vec::len),
        Some(16),
        "eight for each block: {}",
        expected.1
    );

    let killed = tempfile::tempdir().unwrap();
    let mut stream = Key::new(11).word("kills while confirming").stream();
    for kill in 0..4 {
        let resumed = ["mine", "--resume", NAME, "--json"];
        let arguments = if kill == 0 {
            mine(&lab, &options)
        } else {
            resumed.to_vec()
        };
        let mut child = start(killed.path(), &arguments);
        let output = BufReader::new(child.stdout.take().unwrap());
        // Once the attempts are made there is only the confirmation left, in which the kill falls
        // unless it is over already.
        let seen = output
            .lines()
            .map_while(Result::ok)
            .find(|line| match kill {
                0 => line.contains("\"event\":\"attempt\"") && line.contains("\"attempt\":24,"),
                _ => line.contains("\"event\":\"started\""),
            });
        assert!(seen.is_some());
        std::thread::sleep(Duration::from_micros(stream.below(100_000) as u64));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    assert_eq!(
        outcome(
            killed.path(),
            &run(killed.path(), &["mine", "--resume", NAME, "--json"])
        ),
        expected
    );
}

#[test]
fn what_mine_shows_of_its_champions_the_archive_shows_too() {
    let folder = tempfile::tempdir().unwrap();
    let lab = tiny_lab();
    let first = run(
        folder.path(),
        &mine(
            &lab,
            &[
                "--seed",
                "5",
                "--attempts",
                "24",
                "--target",
                "general",
                "--name",
                NAME,
                "--json",
            ],
        ),
    );
    let (_, finished) = outcome(folder.path(), &first);
    let champions = finished["champions"].as_array().unwrap();
    assert_eq!(champions.len(), 5);
    let fresh: Vec<f64> = champions
        .iter()
        .map(|champion| champion["fresh_fitness"].as_f64().unwrap())
        .collect();
    assert!(
        fresh.windows(2).all(|pair| pair[0] >= pair[1]),
        "fittest on fresh tasks first: {fresh:?}"
    );
    let selected = champions
        .iter()
        .map(|champion| champion["selection_fitness"].as_f64().unwrap())
        .fold(f64::MIN, f64::max);
    assert_eq!(
        finished["best"]["fitness"].as_f64(),
        Some(selected),
        "the best by selection is one of them"
    );
    let top = document(&run(folder.path(), &["archive", "top", NAME, "--json"]));
    for champion in champions {
        assert!(
            ["better", "worse", "undecided", "one_family"]
                .contains(&champion["verdict"].as_str().unwrap()),
            "{champion}"
        );
        let probability = champion["beats_gelu"].as_f64().unwrap();
        assert!(
            (0.0..=1.0).contains(&probability)
                && champion["id"].is_string()
                && champion["formula"].is_string()
        );
        let (low, high) = (
            champion["fresh_interval"][0].as_f64().unwrap(),
            champion["fresh_interval"][1].as_f64().unwrap(),
        );
        assert!(
            low <= champion["fresh_fitness"].as_f64().unwrap()
                && champion["fresh_fitness"].as_f64().unwrap() <= high
        );
        let rivals: Vec<&str> = champion["against"]
            .as_array()
            .unwrap()
            .iter()
            .map(|rival| rival["name"].as_str().unwrap())
            .collect();
        assert_eq!(rivals, ["relu", "gelu"]);
        let shown = document(&run(
            folder.path(),
            &[
                "archive",
                "show",
                champion["id"].as_str().unwrap(),
                "--json",
            ],
        ));
        let row = top["candidates"]
            .as_array()
            .unwrap()
            .iter()
            .find(|row| row["id"] == champion["id"])
            .unwrap();
        for key in [
            "selection_fitness",
            "fresh_fitness",
            "fresh_interval",
            "beats_gelu",
            "verdict",
        ] {
            assert_eq!(
                (&shown[key], &row[key]),
                (&champion[key], &champion[key]),
                "{key}"
            );
        }
    }
    assert_eq!(
        (
            &finished["confirmation"],
            &finished["confirmation"]["tasks"]
        ),
        (&top["confirmation"], &json!(24))
    );

    let table = run(folder.path(), &["mine", "--resume", NAME]);
    let (heads, words) = (stdout(&table), stderr(&table));
    for head in [
        "fresh fitness",
        "selection fitness",
        "P(beats gelu)",
        "verdict",
    ] {
        assert!(heads.contains(head), "{head}: {heads}");
    }
    assert!(
        words.contains("24 fresh tasks") && words.contains("the best known activation"),
        "{words}"
    );
    let shown = stdout(&run(
        folder.path(),
        &["archive", "show", champions[0]["id"].as_str().unwrap()],
    ));
    assert!(
        shown.contains("fresh fitness") && shown.contains("on 24 fresh tasks"),
        "{shown}"
    );
    let listed = run(folder.path(), &["archive", "top", NAME, "--top", "24"]);
    assert!(stdout(&listed).contains("fresh fitness"));
    assert!(
        stderr(&listed).contains(champions[0]["nickname"].as_str().unwrap()),
        "the winner on fresh tasks, not the best by selection"
    );
    for candidate in document(&run(
        folder.path(),
        &["archive", "top", NAME, "--top", "24", "--json"],
    ))["candidates"]
        .as_array()
        .unwrap()
    {
        let row = stdout(&listed)
            .lines()
            .find(|line| line.contains(candidate["nickname"].as_str().unwrap()))
            .unwrap()
            .to_owned();
        let tried = champions
            .iter()
            .any(|champion| champion["id"] == candidate["id"]);
        assert_eq!(
            row.contains("unconfirmed"),
            !tried,
            "no verdict from the tasks that selected: {row}"
        );
    }
}

#[test]
fn rows_of_files_are_never_called_fresh() {
    let folder = tempfile::tempdir().unwrap();
    let rows: String = (0..200)
        .map(|row| f64::from(row) / 100.0 - 1.0)
        .map(|x| format!("{x},{}\n", x * x * x - x))
        .collect();
    std::fs::write(folder.path().join("rows.csv"), format!("x,y\n{rows}")).unwrap();
    let text = std::fs::read_to_string(tiny_lab()).unwrap();
    let file = "name = \"p_1d3\"\nfamily = \"file\"\ntrain = \"rows.csv\"";
    let mixed = text.replace(
        "name = \"p_1d3\"\nfamily = \"polynomial\"\nvariables = 1\ndegree = 3",
        file,
    );
    let alone = mixed.replace(
        "[[task]]\nname = \"f_I.6.2\"\nfamily = \"feynman\"\nequation = \"I.6.2\"\n",
        "",
    );
    for (name, text, words) in [
        ("mixed", &mixed, "24 fresh tasks (12 draws of 2)"),
        ("alone", &alone, "24 redrawn tasks (24 draws of 1)"),
    ] {
        let lab = folder.path().join(format!("{name}.toml"));
        std::fs::write(&lab, text).unwrap();
        let said = stderr(&run(
            folder.path(),
            &mine(
                &lab,
                &[
                    "--attempts",
                    "8",
                    "--target",
                    "general",
                    "--name",
                    name,
                    "--champions",
                    "2",
                ],
            ),
        ));
        assert!(
            said.contains(words)
                && said.contains("keep rows of your own back")
                && said.contains("--lab LAB_FILE"),
            "{name}: {said}"
        );
        assert!(name == "mixed" || !said.contains("\nconfirmed"), "{said}");
        let said = stderr(&run(
            folder.path(),
            &[
                "evaluate",
                "silu",
                "--lab",
                lab.to_str().unwrap(),
                "--fresh",
            ],
        ));
        assert!(said.contains("no draw has other rows"), "{name}: {said}");
    }
}

#[test]
fn a_campaign_that_is_stopped_is_unconfirmed_and_says_how_to_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let lab = tiny_lab();
    let options = ["--attempts", "12", "--name", NAME, "--champions", "2"];
    assert_eq!(
        run(folder.path(), &mine(&lab, &options)).status.code(),
        Some(0)
    );
    let changed = run(
        folder.path(),
        &["mine", "--resume", NAME, "--champions", "3"],
    );
    assert_eq!(changed.status.code(), Some(2), "{}", stderr(&changed));
    let stopped = run(
        folder.path(),
        &[
            "mine",
            "--resume",
            NAME,
            "--attempts",
            "1000000",
            "--time-limit",
            "1500ms",
            "--json",
        ],
    );
    assert_eq!(stopped.status.code(), Some(3), "{}", stderr(&stopped));
    let finished = lines(&stopped).pop().unwrap();
    assert_eq!(
        (&finished["champions"], &finished["confirmation"]),
        (&json!([]), &Value::Null),
        "there are candidates that are not confirmed"
    );
    assert!(
        stderr(&stopped).contains("unconfirmed") && stderr(&stopped).contains("--resume same"),
        "{}",
        stderr(&stopped)
    );
}
