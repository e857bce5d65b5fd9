//! Stops in the middle of paid work: what was paid for is not asked again, what was cut off does
//! not block, and a pause loses nothing.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::Ordering;

use motherlode::journal::Journal;
use motherlode::record::ledger::{Budget, Call, CallOutcome, Hold, Money, Price, Purpose};
use serde_json::Value;

use super::double::{Behaviour, Double, Script, Seen};
use super::{double, priced, spend};
use crate::binary::{lines, mine, run, start, stderr, tiny_lab};

/// The attempts whose formula a request asked for.
fn asked(seen: &[Seen]) -> Vec<u64> {
    let number = |seen: &Seen| {
        let text = seen.body["messages"].as_array()?.last()?["content"].as_str()?;
        text.rsplit("This is attempt ")
            .next()?
            .split(' ')
            .next()?
            .parse()
            .ok()
    };
    seen.iter().filter_map(number).collect()
}

fn attempts(folder: &Path, campaign: &str) -> Vec<Value> {
    lines(&run(folder, &["archive", "attempts", campaign, "--json"]))
}

#[test]
fn a_kill_while_the_whole_budget_is_set_aside_blocks_no_resume() {
    let folder = tempfile::tempdir().unwrap();
    let lab = tiny_lab();
    let script = Script {
        first: [vec![Behaviour::Answer], vec![Behaviour::Slow; 5]].concat(),
        ..Script::by_chance(51, 0.0)
    };
    script.stall.store(true, Ordering::SeqCst);
    let server = Double::start(script.clone());
    // Room for some of the eight that would be under way at once.
    let model = priced(&server);
    let options = [
        "--model",
        &model,
        "--yes",
        "--attempts",
        "12",
        "--budget-usd",
        "0.2",
        "--champions",
        "0",
        "--json",
        "--name",
        "cut",
    ];
    let mut child = start(folder.path(), &mine(&lab, &options));
    while server.seen().len() < 6 {
        assert!(child.try_wait().unwrap().is_none(), "it waits for answers");
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    script.stall.store(false, Ordering::SeqCst);
    let before = server.seen().len();
    // All that was set aside counts as spent: the rest may do for the other attempts or for none,
    // and nothing waits for what will never end.
    let same = run(
        folder.path(),
        &[
            "mine",
            "--resume",
            "cut",
            "--yes",
            "--json",
            "--time-limit",
            "60s",
        ],
    );
    let ended = |reason: &Value| {
        ["budget", "attempts_made"]
            .iter()
            .any(|known| reason == known)
    };
    assert!(
        same.status.code() == Some(2) || ended(&lines(&same).pop().unwrap()["stop_reason"]),
        "{}",
        stderr(&same)
    );
    assert!(spend(folder.path(), "cut")["spent_usd"].as_f64().unwrap() <= 0.2);
    let more = run(
        folder.path(),
        &[
            "mine",
            "--resume",
            "cut",
            "--yes",
            "--json",
            "--budget-usd",
            "1",
        ],
    );
    assert_eq!(more.status.code(), Some(0), "{}", stderr(&more));
    assert_eq!(attempts(folder.path(), "cut").len(), 12);
    let cut_off: BTreeSet<u64> = asked(&server.seen()[..before]).into_iter().collect();
    assert!(
        asked(&server.seen()[before..])
            .iter()
            .all(|attempt| !cut_off.contains(attempt)),
        "what was cut off is not asked again"
    );
    let spent = spend(folder.path(), "cut");
    assert!(
        spent["estimated_requests"].as_u64().unwrap() >= 5,
        "and counts as billed: {spent}"
    );
}

#[test]
fn what_was_paid_for_in_an_earlier_run_is_not_asked_again_whatever_was_left_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let lab = tiny_lab();
    let server = double(52, 0.0);
    let model = priced(&server);
    let first = run(
        folder.path(),
        &mine(
            &lab,
            &[
                "--model",
                &model,
                "--yes",
                "--attempts",
                "2",
                "--champions",
                "0",
                "--name",
                "left",
            ],
        ),
    );
    assert_eq!(first.status.code(), Some(0), "{}", stderr(&first));
    let journal = Journal::open(&folder.path().join("archive")).unwrap();
    let address = journal
        .campaign("left")
        .unwrap()
        .unwrap()
        .asking
        .unwrap()
        .models[0]
        .address
        .clone();
    let hold = |attempt: u64| {
        let hold = Hold {
            number: 1,
            model: address.clone(),
            purpose: Purpose::Propose,
            money: Money::dollars(0.01).unwrap(),
            tokens: 900,
        };
        journal
            .hold("left", attempt, &hold, &Budget::default())
            .unwrap();
        hold
    };
    // 3: its connection broke, which is booked, and the campaign was killed before its turn. 4: cut
    // off. 5: paused after the same. 6: reserved only.
    for attempt in [3, 4, 6] {
        journal.reserve("left", attempt).unwrap();
    }
    for attempt in [3, 5] {
        let lost = Call::of(
            &hold(attempt),
            CallOutcome::Lost,
            None,
            &Price::stated(1.0, 1.0, "test"),
        );
        journal.charge("left", attempt, 1, &lost).unwrap();
    }
    hold(4);
    journal.close().unwrap();
    let before = server.seen().len();
    let resumed = run(
        folder.path(),
        &[
            "mine",
            "--resume",
            "left",
            "--yes",
            "--attempts",
            "7",
            "--json",
        ],
    );
    assert_eq!(resumed.status.code(), Some(0), "{}", stderr(&resumed));
    let later: BTreeSet<u64> = asked(&server.seen()[before..]).into_iter().collect();
    assert_eq!(later, [6, 7].into());
    let kinds: Vec<Value> = attempts(folder.path(), "left")[2..6]
        .iter()
        .map(|attempt| attempt["rejection"]["kind"].clone())
        .collect();
    assert_eq!(
        kinds[..3],
        ["NoReply", "NoReply", "NoReply"].map(Value::from)
    );
    let spent = spend(folder.path(), "left");
    assert!(
        (spent["estimated_usd"].as_f64().unwrap() - 0.03).abs() < 1e-9,
        "{spent}"
    );
}

#[test]
fn a_pause_lets_the_requests_under_way_end_and_the_resume_uses_their_replies() {
    let folder = tempfile::tempdir().unwrap();
    let lab = tiny_lab();
    let (good, refused) = (Behaviour::Answer, Behaviour::Unauthorised);
    let first = [vec![good, refused], vec![Behaviour::Slow; 7]].concat();
    let server = Double::start(Script {
        first,
        ..Script::by_chance(53, 0.0)
    });
    let model = priced(&server);
    let paused = run(
        folder.path(),
        &mine(
            &lab,
            &[
                "--model",
                &model,
                "--yes",
                "--attempts",
                "12",
                "--champions",
                "0",
                "--json",
                "--name",
                "paused",
            ],
        ),
    );
    assert_eq!(paused.status.code(), Some(1), "{}", stderr(&paused));
    let finished = lines(&paused).pop().unwrap();
    assert_eq!(finished["stop_reason"], "credentials");
    assert!(
        finished["stop_detail"]
            .as_str()
            .unwrap()
            .contains("MOTHERLODE_COMPATIBLE_API_KEY"),
        "{finished}"
    );
    let listed = crate::binary::stdout(&run(folder.path(), &["archive", "list"]));
    assert!(listed.contains("paused: credentials"), "{listed}");
    let resumed = run(
        folder.path(),
        &["mine", "--resume", "paused", "--yes", "--json"],
    );
    assert_eq!(resumed.status.code(), Some(0), "{}", stderr(&resumed));
    assert_eq!(attempts(folder.path(), "paused").len(), 12);
    let answered: Vec<u64> = asked(
        &server
            .seen()
            .into_iter()
            .filter(Seen::told)
            .collect::<Vec<_>>(),
    );
    let different: BTreeSet<&u64> = answered.iter().collect();
    assert_eq!(
        answered.len(),
        different.len(),
        "no reply is paid for twice: {answered:?}"
    );
    let spent = spend(folder.path(), "paused");
    assert_eq!(
        (&spent["estimated_requests"], &spent["requests"]),
        (&0.into(), &server.seen().len().into()),
        "and none is lost"
    );
}

#[test]
fn a_server_that_is_not_there_ends_it_before_there_is_a_campaign() {
    let folder = tempfile::tempdir().unwrap();
    let lab = tiny_lab();
    let model = "compatible:gone@http://127.0.0.1:9/v1,free";
    let output = run(
        folder.path(),
        &mine(
            &lab,
            &[
                "--model",
                model,
                "--attempts",
                "20",
                "--json",
                "--name",
                "gone",
            ],
        ),
    );
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let finished = lines(&output).pop().unwrap();
    assert_eq!(
        (&finished["stop_reason"], &finished["attempts"]),
        (&"unreachable".into(), &0.into())
    );
    assert!(
        stderr(&output).contains("cannot be reached")
            && stderr(&output).contains("No campaign was begun"),
        "{}",
        stderr(&output)
    );
    assert!(!folder.path().join("archive").exists());
}

#[test]
fn a_bad_model_of_an_ensemble_does_not_end_the_campaign_that_the_other_can_go_on_with() {
    let folder = tempfile::tempdir().unwrap();
    let lab = tiny_lab();
    let (bad, good) = (
        Double::start(Script {
            first: vec![Behaviour::Malformed; 500],
            ..Script::by_chance(54, 0.0)
        }),
        double(55, 0.0),
    );
    let bad_model = format!("{},weight=3", priced(&bad));
    let good_model = format!(
        "compatible:{},price.input=3,price.output=15,max_tokens=400",
        good.model("good")
    );
    let output = run(
        folder.path(),
        &mine(
            &lab,
            &[
                "--model",
                &bad_model,
                "--model",
                &good_model,
                "--yes",
                "--attempts",
                "30",
                "--champions",
                "0",
                "--json",
                "--name",
                "mixed",
            ],
        ),
    );
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(
        bad.seen().len() < 15,
        "what fails is asked last: {}",
        bad.seen().len()
    );
    assert_eq!(lines(&output).pop().unwrap()["attempts"], 30);
}

#[test]
fn a_campaign_goes_on_while_one_model_answers_however_many_attempts_were_asked_of_another_at_once()
{
    let folder = tempfile::tempdir().unwrap();
    let lab = tiny_lab();
    let script = Script {
        // Its first proposal comes through, so that it is asked at all.
        first: [vec![Behaviour::Answer], vec![Behaviour::LateMalformed; 500]].concat(),
        ..Script::by_chance(56, 0.0)
    };
    script.stall.store(true, Ordering::SeqCst);
    let (bad, good) = (Double::start(script.clone()), double(57, 0.0));
    let settings = folder.path().join("settings.toml");
    std::fs::write(&settings, "lag = 16\n").unwrap();
    let bad_model = format!("{},weight=60", priced(&bad));
    let good_model = format!(
        "compatible:{},price.input=3,price.output=15,max_tokens=400",
        good.model("good")
    );
    let options = [
        settings.to_str().unwrap(),
        "--model",
        &bad_model,
        "--model",
        &good_model,
        "--yes",
        "--attempts",
        "30",
        "--champions",
        "0",
        "--json",
        "--name",
        "mixed",
    ];
    let mut child = start(folder.path(), &mine(&lab, &options));
    // More than the ten failures in a row at which a campaign of two models gives up.
    while bad.seen().len() < 1 + 12 {
        assert!(child.try_wait().unwrap().is_none(), "it waits for answers");
        std::thread::yield_now();
    }
    script.stall.store(false, Ordering::SeqCst);
    assert!(child.wait_with_output().unwrap().status.success());
    let made = attempts(folder.path(), "mixed");
    let failed = |attempt: &&Value| attempt["rejection"]["kind"] == "NoReply";
    let failed = made.iter().filter(failed).count();
    assert_eq!(made.len(), 30);
    assert!((11..25).contains(&failed), "{failed} of them failed");
}

#[test]
fn an_option_that_would_do_nothing_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let lab = tiny_lab();
    for options in [
        &["--budget-usd", "1"][..],
        &["--budget-tokens", "9"],
        &["--guidance", "be bold"],
        &["--hide-names"],
    ] {
        let output = run(folder.path(), &mine(&lab, options));
        assert_eq!(
            output.status.code(),
            Some(2),
            "{options:?}: {}",
            stderr(&output)
        );
        assert!(
            stderr(&output).contains(options[0])
                && stderr(&output).contains("does nothing with the genetic proposer"),
            "{}",
            stderr(&output)
        );
    }
    let both = run(
        folder.path(),
        &mine(
            &lab,
            &[
                "--proposer",
                "recorded:x.jsonl",
                "--model",
                "compatible:m@http://127.0.0.1:9/v1,free",
            ],
        ),
    );
    assert!(
        both.status.code() == Some(2)
            && stderr(&both).contains("the recorded proposer asks no model"),
        "{}",
        stderr(&both)
    );
    let clear = crate::binary::motherlode()
        .args([
            "mine",
            "--model",
            "openai:m@http://models.example/v1,price.input=1,price.output=1",
            "--yes",
        ])
        .env("OPENAI_API_KEY", "sk-0123456789")
        .output()
        .unwrap();
    assert!(
        clear.status.code() == Some(2) && stderr(&clear).contains("in the clear"),
        "{}",
        stderr(&clear)
    );
}
