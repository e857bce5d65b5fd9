//! Guidance for prompts, written by models on the way: asked for at intervals, used, judged by what
//! comes of it, and kept.

use std::collections::BTreeMap;

use super::{double, priced};
use crate::binary::{document, lines, mine, run, stderr, tiny_lab};

#[test]
fn guidance_is_written_at_intervals_held_by_later_prompts_and_judged_by_their_attempts() {
    let folder = tempfile::tempdir().unwrap();
    let lab = tiny_lab();
    let server = double(61, 0.0);
    std::fs::write(
        folder.path().join("often.toml"),
        "guidance_interval = 10\nguidance = \"Nothing dear, please.\"\n",
    )
    .unwrap();
    let model = priced(&server);
    let arguments = [
        "often.toml",
        "--model",
        &model,
        "--yes",
        "--attempts",
        "60",
        "--champions",
        "0",
        "--name",
        "guided",
    ];
    let output = run(folder.path(), &mine(&lab, &arguments));
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let wants = |words: &str| {
        let last = |seen: &super::double::Seen| {
            seen.body["messages"].as_array().unwrap().last().unwrap()["content"]
                .as_str()
                .unwrap()
                .contains(words)
        };
        server.seen().iter().filter(|seen| last(seen)).count()
    };
    assert_eq!(
        wants("Write guidance for those who are asked"),
        6,
        "before attempts 10, 20 ... 60"
    );
    assert!(
        wants("# What this search has learnt to do") >= 6,
        "at least by the attempts in which it was written"
    );
    let users = server
        .seen()
        .iter()
        .filter(|seen| {
            seen.body["messages"][0]["content"]
                .as_str()
                .unwrap()
                .contains("Nothing dear, please.")
        })
        .count();
    assert_eq!(
        users,
        server.seen().len(),
        "the user's own words stand in the part that is always the same"
    );
    let systems: std::collections::BTreeSet<String> = server
        .seen()
        .iter()
        .map(|seen| seen.body["messages"][0].to_string())
        .collect();
    assert_eq!(
        systems.len(),
        3,
        "the first proposal was asked for before anything was measured; all others of a block have \
         the same, so that providers can cache it"
    );
    let told = document(&run(
        folder.path(),
        &["prompt", "guidance", "guided", "--json"],
    ));
    let told = told["guidances"].as_array().unwrap();
    assert_eq!(told.len(), 1 + 6, "none, and each that was written");
    let journal = motherlode::journal::Journal::open(&folder.path().join("archive")).unwrap();
    let attempts = journal.attempts("guided").unwrap();
    journal.close().unwrap();
    let mut by_guidance: BTreeMap<Option<String>, (u64, f64)> = BTreeMap::new();
    for attempt in &attempts {
        let of = by_guidance.entry(attempt.guidance.clone()).or_default();
        *of = (
            of.0 + 1,
            of.1 + attempt.gain().unwrap_or(0.0).clamp(0.0, 1.0),
        );
    }
    for row in told {
        let (draws, gain) = by_guidance
            .get(&row["id"].as_str().map(str::to_owned))
            .copied()
            .unwrap_or_default();
        assert_eq!(row["attempts"], draws);
        assert!(
            draws == 0 || (row["gain"].as_f64().unwrap() - gain / draws as f64).abs() < 1e-12,
            "{row}"
        );
    }
    let writers: Vec<u64> = attempts
        .iter()
        .filter(|attempt| {
            attempt
                .reply
                .as_ref()
                .is_some_and(|reply| reply.written_guidance.is_some())
        })
        .map(|attempt| attempt.attempt)
        .collect();
    assert_eq!(writers, [10, 20, 30, 40, 50, 60]);
}

#[test]
fn guidance_is_renewed_also_where_most_attempts_take_their_formulas_from_the_replies_of_others() {
    let folder = tempfile::tempdir().unwrap();
    let lab = tiny_lab();
    let server = super::double::Double::start(super::double::Script {
        formulas: 5,
        ..super::double::Script::by_chance(62, 0.0)
    });
    std::fs::write(
        folder.path().join("many.toml"),
        "guidance_interval = 10\nformulas_per_call = 5\n",
    )
    .unwrap();
    let model = priced(&server);
    let output = run(
        folder.path(),
        &mine(
            &lab,
            &[
                "many.toml",
                "--model",
                &model,
                "--yes",
                "--attempts",
                "90",
                "--champions",
                "0",
                "--name",
                "many",
            ],
        ),
    );
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let attempts = lines(&run(
        folder.path(),
        &["archive", "attempts", "many", "--json"],
    ));
    let siblings = attempts
        .iter()
        .filter(|attempt| attempt["sibling_of"].is_u64())
        .count();
    assert!(siblings > 50, "{siblings} of 90");
    assert!(
        server.seen().len() < 35,
        "nothing more is paid for them: {}",
        server.seen().len()
    );
    let told = document(&run(
        folder.path(),
        &["prompt", "guidance", "many", "--json"],
    ));
    assert!(told["guidances"].as_array().unwrap().len() >= 3, "{told}");
    let again = run(folder.path(), &["rerun", "many", "--workers", "1"]);
    assert_eq!(again.status.code(), Some(0), "{}", stderr(&again));
}
