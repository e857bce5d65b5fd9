//! The program under careless and hostile use: absurd numbers, streams that nobody reads, stops at
//! awkward moments, files that have moved.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;

use serde_json::Value;

use crate::binary::{
    document, folder, lines, mine, motherlode, run, start, stderr, stdout, tiny_lab, write_replies,
};

/// Writes a campaign file on the tiny lab with these further lines.
fn campaign_file(folder: &Path, name: &str, lines: &str) {
    let lab = tiny_lab();
    std::fs::write(
        folder.join(name),
        format!("lab = \"{}\"\n{lines}\n", lab.display()),
    )
    .unwrap();
}

#[test]
fn an_absurd_number_is_refused_in_one_line() {
    let folder = folder();
    for (index, (line, word)) in [
        ("lag = 100000000000", "lag must be at most"),
        ("islands = 4000000000", "islands must be at most"),
        ("attempt_deadline = 1e300", "attempt_deadline must be"),
        ("attempt_deadline = nan", "attempt_deadline must be"),
        ("workers = 100000", "--workers must be at most"),
        ("attempts = \"many\"", "line 2"),
        ("atempts = 3", "atempts"),
    ]
    .into_iter()
    .enumerate()
    {
        let file = format!("{index}.toml");
        campaign_file(folder.path(), &file, line);
        let output = run(folder.path(), &["mine", &file]);
        assert_eq!(output.status.code(), Some(2), "{line}: {}", stderr(&output));
        assert!(
            stderr(&output).contains(word) && stderr(&output).lines().count() == 1,
            "{line}: {}",
            stderr(&output)
        );
        assert!(
            !folder.path().join("archive").exists(),
            "{line} left an archive behind"
        );
    }
    let seeds = run(
        folder.path(),
        &[
            "evaluate",
            "silu",
            "--lab",
            tiny_lab().to_str().unwrap(),
            "--seeds",
            "4294967295",
        ],
    );
    assert_eq!(
        (
            seeds.status.code(),
            stderr(&seeds).contains("--seeds must be at most")
        ),
        (Some(2), true),
        "{}",
        stderr(&seeds)
    );
}

#[test]
fn a_lab_whose_sizes_or_baselines_cannot_be_is_refused_as_usage() {
    let folder = folder();
    let tiny = std::fs::read_to_string(tiny_lab()).unwrap();
    for (from, to, word) in [
        (
            "train = 128",
            "train = 100000000000",
            "`train` must be between",
        ),
        (
            "\"relu\", \"gelu\"",
            "\"relu\", \"max(x, 0)\"",
            "the same function as 'relu'",
        ),
        ("\"relu\", \"gelu\"", "\"relu\", \"2*x\"", "baseline '2*x'"),
        ("seeds = 1", "seeds = 4000000000", "seeds must be at most"),
        ("seeds = 1", "seeds = 1\nnosuch = 2", "nosuch"),
    ] {
        std::fs::write(folder.path().join("lab.toml"), tiny.replace(from, to)).unwrap();
        let output = run(folder.path(), &["mine", "--lab", "lab.toml"]);
        assert_eq!(output.status.code(), Some(2), "{to}: {}", stderr(&output));
        assert!(
            stderr(&output).contains(word) && stderr(&output).lines().count() == 1,
            "{to}: {}",
            stderr(&output)
        );
    }
}

#[test]
fn a_closed_standard_error_does_not_end_a_campaign() {
    let folder = folder();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let lab = tiny_lab();
    let mut command = motherlode();
    command
        .args(mine(&lab, &["--attempts", "20", "--json"]))
        .arg("--archive")
        .arg(folder.path().join("archive"));
    let output = command.stderr(Stdio::from(writer)).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "101 would be a panic");
    assert_eq!(lines(&output).pop().unwrap()["attempts"], 20);
}

#[test]
fn a_reader_that_has_read_enough_is_no_error_worth_a_word() {
    let folder = folder();
    let lab = tiny_lab();
    assert_eq!(
        run(folder.path(), &mine(&lab, &["--attempts", "5"]))
            .status
            .code(),
        Some(0)
    );
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = motherlode();
    command
        .args(["archive", "attempts", "--archive"])
        .arg(folder.path().join("archive"));
    let output = command.stdout(Stdio::from(writer)).output().unwrap();
    assert_eq!(
        (output.status.code(), stderr(&output).as_str()),
        (Some(1), "")
    );
}

#[test]
fn a_time_limit_holds_while_the_known_activations_are_measured() {
    let folder = folder();
    let output = run(
        folder.path(),
        &[
            "mine",
            "--lab",
            "standard",
            "--time-limit",
            "100ms",
            "--json",
        ],
    );
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    let finished = lines(&output).pop().unwrap();
    assert_eq!(
        (
            &finished["event"],
            &finished["stop_reason"],
            &finished["attempts"]
        ),
        (&"finished".into(), &"time_limit".into(), &0.into())
    );
    assert!(
        stderr(&output).contains("no campaign was begun"),
        "{}",
        stderr(&output)
    );
    let list = document(&run(folder.path(), &["archive", "list", "--json"]));
    assert_eq!(list["campaigns"], Value::Array(Vec::new()));
}

#[test]
fn a_name_of_several_formulas_is_refused_with_their_ids() {
    let folder = folder();
    let lab = tiny_lab();
    assert_eq!(
        run(folder.path(), &mine(&lab, &["--attempts", "40"]))
            .status
            .code(),
        Some(0)
    );
    let attempts = lines(&run(folder.path(), &["archive", "attempts", "--json"]));
    let ids: std::collections::BTreeSet<&str> = attempts
        .iter()
        .filter_map(|attempt| attempt["id"].as_str())
        .collect();
    let first = |digit: char| ids.iter().filter(|id| id.starts_with(digit)).count();
    let shared = "0123456789abcdef"
        .chars()
        .find(|digit| first(*digit) > 1)
        .expect("40 ids share a first digit");
    let ambiguous = run(folder.path(), &["archive", "show", &shared.to_string()]);
    assert_eq!(ambiguous.status.code(), Some(2));
    assert!(
        stderr(&ambiguous).contains("give more of the id"),
        "{}",
        stderr(&ambiguous)
    );
    assert_eq!(
        run(folder.path(), &["archive", "show", ""]).status.code(),
        Some(2),
        "an empty name names nothing"
    );
    assert_eq!(
        run(folder.path(), &["archive", "show", ids.first().unwrap()])
            .status
            .code(),
        Some(0)
    );
}

#[test]
fn a_baseline_beside_an_unreadable_formula_is_evaluated() {
    let folder = folder();
    let lab = tiny_lab();
    let output = run(
        folder.path(),
        &[
            "evaluate",
            "gelu",
            "nosuch(x)",
            "gelu(x)",
            "--lab",
            lab.to_str().unwrap(),
            "--json",
        ],
    );
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let answer = document(&output);
    let seen: Vec<(&str, bool)> = answer["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            (
                row["status"].as_str().unwrap(),
                row["baseline"].as_bool().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        seen,
        [
            ("ok", true),
            ("rejected", false),
            ("ok", true),
            ("ok", true)
        ],
        "the last is relu"
    );
    let none = document(&run(
        folder.path(),
        &[
            "evaluate",
            "nosuch(x)",
            "--lab",
            lab.to_str().unwrap(),
            "--json",
        ],
    ));
    assert_eq!(
        none["seeds"], 1,
        "a number also where nothing can be evaluated"
    );
}

#[test]
fn a_goal_below_what_is_made_is_refused() {
    let folder = folder();
    let lab = tiny_lab();
    assert_eq!(
        run(
            folder.path(),
            &mine(&lab, &["--attempts", "10", "--name", "done"])
        )
        .status
        .code(),
        Some(0)
    );
    let lower = run(
        folder.path(),
        &["mine", "--resume", "done", "--attempts", "4"],
    );
    assert_eq!(lower.status.code(), Some(2));
    assert!(
        stderr(&lower).contains("has made 10 attempts"),
        "{}",
        stderr(&lower)
    );
    let same = run(folder.path(), &["mine", "--resume", "done"]);
    assert_eq!(
        (same.status.code(), stderr(&same).contains("--attempts")),
        (Some(0), true),
        "{}",
        stderr(&same)
    );
}

#[test]
fn a_campaign_started_by_relative_paths_goes_on_from_anywhere_without_its_lab_file() {
    let folder = folder();
    let work = folder.path().join("work");
    std::fs::create_dir(&work).unwrap();
    write_replies(&work, 12);
    std::fs::copy(tiny_lab(), work.join("mine.toml")).unwrap();
    std::fs::write(
        work.join("campaign.toml"),
        "lab = \"mine.toml\"\nproposer = \"scripted\"\nreplies = \"replies\"\nattempts = 5\nname \
        = \"moved\"\n",
    )
    .unwrap();
    let first = run(folder.path(), &["mine", "work/campaign.toml"]);
    assert_eq!(first.status.code(), Some(0), "{}", stderr(&first));
    std::fs::write(work.join("mine.toml"), "nothing of the kind").unwrap();
    let elsewhere = folder.path().join("elsewhere");
    std::fs::create_dir(&elsewhere).unwrap();
    let archive = folder.path().join("archive");
    let resume = |goal: &str| {
        let mut command = motherlode();
        command
            .args(["mine", "--resume", "moved", "--attempts", goal, "--archive"])
            .arg(&archive)
            .current_dir(&elsewhere);
        command.output().unwrap()
    };
    let second = resume("9");
    assert_eq!(second.status.code(), Some(0), "{}", stderr(&second));
    assert_eq!(
        lines(&run(
            folder.path(),
            &["archive", "attempts", "moved", "--json"]
        ))
        .len(),
        9
    );
    std::fs::remove_dir_all(work.join("replies")).unwrap();
    let third = resume("12");
    assert_eq!(third.status.code(), Some(2), "{}", stderr(&third));
    assert!(stderr(&third).contains("replies"), "{}", stderr(&third));
}

#[test]
fn every_kind_of_rejection_is_recorded_with_its_reason() {
    let folder = folder();
    let replies = folder.path().join("replies.txt");
    let formulas = [
        "cumsum(x)",
        "2*x + 1",
        "3",
        "log(x)",
        "max(x - 4.9, 0)",
        "silu(silu(silu(silu(silu(silu(silu(silu(silu(silu(silu(silu(x))))))))))))",
        "relu(x)",
        "nosuch(x)",
    ];
    let text: Vec<String> = formulas
        .iter()
        .map(|formula| format!("{{\"formula\": \"{formula}\"}}"))
        .chain(["no formula at all".to_owned()])
        .collect();
    std::fs::write(&replies, text.join("\n---\n")).unwrap();
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
                "9",
            ],
        ),
    );
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let attempts = lines(&run(folder.path(), &["archive", "attempts", "--json"]));
    let kinds: Vec<&str> = attempts
        .iter()
        .map(|attempt| attempt["rejection"]["kind"].as_str().unwrap_or("none"))
        .collect();
    assert_eq!(
        kinds,
        [
            "Forbidden",
            "Affine",
            "Constant",
            "NotFinite",
            "NoGradient",
            "TooCostly",
            "Duplicate",
            "Unparsable",
            "Unreadable"
        ]
    );
    for attempt in &attempts {
        assert!(
            attempt["rejection"]["detail"]
                .as_str()
                .is_some_and(|detail| detail.len() > 10),
            "{attempt}"
        );
    }
    assert!(stdout(&output).contains("NoGradient"));
    campaign_file(
        folder.path(),
        "hurried.toml",
        "attempts = 4\nattempt_deadline = 1e-9\nname = \"hurried\"",
    );
    assert_eq!(
        run(folder.path(), &["mine", "hurried.toml"]).status.code(),
        Some(0)
    );
    let hurried = lines(&run(
        folder.path(),
        &["archive", "attempts", "hurried", "--json"],
    ));
    assert!(
        hurried
            .iter()
            .any(|attempt| attempt["rejection"]["kind"] == "TimedOut"),
        "{hurried:?}"
    );
}

#[test]
fn a_campaign_that_was_cut_off_after_a_resume_is_not_listed_as_done() {
    let folder = folder();
    let lab = tiny_lab();
    assert_eq!(
        run(
            folder.path(),
            &mine(&lab, &["--attempts", "5", "--name", "again"])
        )
        .status
        .code(),
        Some(0)
    );
    let state = || {
        document(&run(folder.path(), &["archive", "list", "--json"]))["campaigns"][0]["state"]
            .clone()
    };
    assert_eq!(state(), "attempts_made");
    let mut child = start(
        folder.path(),
        &[
            "mine",
            "--resume",
            "again",
            "--attempts",
            "100000",
            "--json",
        ],
    );
    let seen = BufReader::new(child.stdout.take().unwrap())
        .lines()
        .map(|line| line.unwrap())
        .take(4)
        .count();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!((seen, state()), (4, "cut off".into()));
}
