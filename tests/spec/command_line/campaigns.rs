//! `motherlode mine`, `archive` and `init`: events, the archive in review, campaign files.

use serde_json::Value;

use crate::binary::{
    document, folder, lines, mine, motherlode, run, stderr, stdout, tiny_lab, write_replies,
};

#[test]
fn the_events_of_a_campaign_are_json_lines() {
    let folder = folder();
    let lab = tiny_lab();
    let output = run(folder.path(), &mine(&lab, &["--attempts", "12", "--json"]));
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let events = lines(&output);
    assert_eq!(events[0]["event"], "started");
    let attempts: Vec<&Value> = events
        .iter()
        .filter(|event| event["event"] == "attempt")
        .collect();
    assert_eq!(
        attempts
            .iter()
            .map(|event| event["attempt"].as_u64().unwrap())
            .collect::<Vec<_>>(),
        (1..=12).collect::<Vec<_>>()
    );
    let finished = events.last().unwrap();
    assert_eq!(
        (&finished["event"], &finished["stop_reason"]),
        (&"finished".into(), &"attempts_made".into())
    );
    assert_eq!(
        (&finished["attempts"], &finished["spent_usd"]),
        (&12.into(), &0.0.into())
    );
    let rejected: u64 = finished["rejections"]
        .as_object()
        .unwrap()
        .values()
        .map(|count| count.as_u64().unwrap())
        .sum();
    assert_eq!(rejected + finished["candidates"].as_u64().unwrap(), 12);
    assert_eq!(
        finished["baselines"][0],
        serde_json::json!({ "name": "relu", "fitness": 0.0 })
    );
    for key in [
        "id",
        "nickname",
        "formula",
        "canonical",
        "class",
        "cost",
        "parameters",
        "fitness",
        "fitness_interval",
    ] {
        assert!(
            !finished["best"][key].is_null(),
            "{key} of {}",
            finished["best"]
        );
    }
}

#[test]
fn the_archive_can_be_reviewed() {
    let folder = folder();
    let replies = write_replies(folder.path(), 14);
    let lab = tiny_lab();
    let mined = run(
        folder.path(),
        &mine(
            &lab,
            &[
                "--proposer",
                "scripted",
                "--replies",
                replies.to_str().unwrap(),
                "--attempts",
                "14",
                "--name",
                "first",
            ],
        ),
    );
    assert_eq!(mined.status.code(), Some(0), "{}", stderr(&mined));
    let list = document(&run(folder.path(), &["archive", "list", "--json"]));
    assert_eq!(
        (
            &list["campaigns"][0]["campaign"],
            &list["campaigns"][0]["attempts"]
        ),
        (&"first".into(), &14.into())
    );
    let attempts = lines(&run(
        folder.path(),
        &["archive", "attempts", "first", "--json"],
    ));
    let kinds: Vec<&str> = attempts
        .iter()
        .map(|attempt| attempt["rejection"]["kind"].as_str().unwrap_or("none"))
        .collect();
    assert_eq!(
        (kinds[3], kinds[4], kinds[13]),
        ("Unparsable", "Unreadable", "Duplicate"),
        "{kinds:?}"
    );
    assert!(
        attempts[6]["rejection"]["detail"]
            .as_str()
            .unwrap()
            .contains("silu"),
        "a known activation is not trained again: {}",
        attempts[6]
    );
    let top = document(&run(folder.path(), &["archive", "top", "first", "--json"]));
    assert_eq!(
        top["baselines"][0],
        serde_json::json!({ "name": "relu", "fitness": 0.0 })
    );
    let best = &top["candidates"][0];
    for key in [
        "id",
        "nickname",
        "fitness",
        "fitness_interval",
        "attempt",
        "parents",
        "niche",
    ] {
        assert!(!best[key].is_null(), "{key} of {best}");
    }
    let nickname = best["nickname"].as_str().unwrap();
    for name in [nickname, &best["id"].as_str().unwrap()[..8]] {
        let shown = document(&run(folder.path(), &["archive", "show", name, "--json"]));
        assert_eq!(shown["formula"], best["formula"]);
        assert!(
            !shown["record"]["reply"]["prompt"]
                .as_str()
                .unwrap()
                .is_empty(),
            "what was asked is kept"
        );
    }
    let evaluated = run(
        folder.path(),
        &[
            "evaluate",
            nickname,
            "--lab",
            lab.to_str().unwrap(),
            "--json",
        ],
    );
    assert_eq!(
        document(&evaluated)["results"][0]["formula"],
        best["formula"],
        "{}",
        stderr(&evaluated)
    );
    for command in [
        &["archive", "list"][..],
        &["archive", "top"],
        &["archive", "show", nickname],
        &["archive", "attempts"],
    ] {
        let output = run(folder.path(), command);
        assert_eq!(output.status.code(), Some(0));
        assert!(
            stdout(&output).contains("| ") && stderr(&output).contains("next: motherlode"),
            "{command:?}: {}",
            stderr(&output)
        );
    }
}

#[test]
fn the_archive_stands_where_the_option_or_else_the_environment_says() {
    let folder = folder();
    let list = |variable: &str, option: &[&str]| {
        let mut command = motherlode();
        command
            .args(["archive", "list"])
            .args(option)
            .env("MOTHERLODE_ARCHIVE", variable)
            .env("XDG_DATA_HOME", folder.path().join("data"));
        stderr(&command.output().unwrap())
    };
    assert!(
        list("/nosuch/a", &[]).contains("no archive at /nosuch/a;"),
        "{}",
        list("/nosuch/a", &[])
    );
    assert!(list("/nosuch/a", &["--archive", "/nosuch/b"]).contains("no archive at /nosuch/b;"));
    let unsaid = list("", &[]);
    assert!(
        unsaid.contains("no archive at ")
            && unsaid.contains("motherlode;")
            && !unsaid.contains("nosuch"),
        "{unsaid}"
    );
}

#[test]
fn init_writes_a_campaign_file_that_mine_takes_and_never_overwrites() {
    let folder = folder();
    let made = run(folder.path(), &["init"]);
    assert_eq!(made.status.code(), Some(0));
    let again = run(folder.path(), &["init"]);
    assert_eq!(again.status.code(), Some(2));
    assert!(stderr(&again).contains("campaign.toml"));
    let mined = run(
        folder.path(),
        &[
            "mine",
            "campaign.toml",
            "--lab",
            tiny_lab().to_str().unwrap(),
            "--attempts",
            "2",
            "--json",
        ],
    );
    assert_eq!(mined.status.code(), Some(0), "{}", stderr(&mined));
}
