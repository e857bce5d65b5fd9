//! Check-ups: what the doctor asks is consented to, kept to a budget and booked like everything
//! else, on an account that is no campaign's.

use std::sync::atomic::Ordering;

use motherlode::journal::{Journal, JournalError, CHECKUPS, DOCTOR};
use serde_json::Value;

use super::double::{Behaviour, Double, Script};
use super::{bill, close, double, priced, spend};
use crate::binary::{document, folder, lines, mine, run, start, stderr, stdout, tiny_lab};
use crate::journal::charter;

/// What the doctor found of a round trip.
fn round_trip(checked: &Value) -> &str {
    let findings = checked["findings"].as_array().unwrap();
    let what = |finding: &&Value| finding["what"].as_str().unwrap().starts_with("round trip");
    findings.iter().find(what).unwrap()["found"]
        .as_str()
        .unwrap()
}

#[test]
fn a_paid_model_is_not_asked_without_consent_or_room() {
    let folder = folder();
    let server = double(71, 0.0);
    let model = priced(&server);
    for (options, code, words) in [
        (&[][..], 2, "add --yes"),
        (&["--budget-usd", "0"], 1, "the budget of $0.00 has no room"),
        (
            &["--budget-usd", "0", "--yes"],
            1,
            "the budget of $0.00 has no room",
        ),
        (
            &["--budget-usd", "0.0001", "--yes"],
            1,
            "the budget of $0.00010 has no room",
        ),
        (
            &["--budget-tokens", "10", "--yes"],
            1,
            "the budget of 10 tokens has no room",
        ),
        (&["--offline"], 0, "price of"),
    ] {
        let checked = run(
            folder.path(),
            &[&["doctor", "--model", &model, "--json"], options].concat(),
        );
        let said = super::said(&checked);
        assert_eq!(checked.status.code(), Some(code), "{options:?}: {said}");
        assert!(said.contains(words), "{options:?}: {said}");
    }
    assert!(
        server.seen().is_empty() && !folder.path().join("archive").exists(),
        "nothing was sent, and nothing was made"
    );
}

#[test]
fn what_a_check_up_costs_is_booked_and_shown_beside_the_campaigns() {
    let folder = folder();
    let lab = tiny_lab();
    let server = double(72, 0.0);
    let model = priced(&server);
    let check = || {
        let checked = run(
            folder.path(),
            &["doctor", "--model", &model, "--yes", "--json"],
        );
        assert_eq!(checked.status.code(), Some(0), "{}", stderr(&checked));
        document(&checked)["spent_usd"].as_f64().unwrap()
    };
    let first = check();
    assert!(close(first, bill(server.seen().iter())), "{first}");
    let alone = document(&run(folder.path(), &["spend", "--json"]));
    assert_eq!(
        (&alone["campaign"], &alone["requests"]),
        (&DOCTOR.into(), &1.into()),
        "where there is nothing else"
    );
    let both = first + check();
    let booked = spend(folder.path(), DOCTOR);
    assert_eq!(booked["requests"], 2);
    assert!(close(booked["spent_usd"].as_f64().unwrap(), both));
    assert_eq!(booked["by_purpose"][0]["purpose"], "probe");

    let mined = run(
        folder.path(),
        &mine(&lab, &["--attempts", "3", "--name", "real"]),
    );
    assert_eq!(mined.status.code(), Some(0), "{}", stderr(&mined));
    let listed = lines(&run(folder.path(), &["archive", "list", "--json"]));
    let listed = format!("{listed:?}");
    assert!(
        listed.contains("real") && !listed.contains(DOCTOR),
        "{listed}"
    );
    let latest = document(&run(folder.path(), &["spend", "--json"]));
    assert_eq!(latest["campaign"], "real", "the latest campaign");
    assert!(stdout(&run(folder.path(), &["spend", DOCTOR])).contains("check-ups (doctor): spent"));
    let top = run(folder.path(), &["archive", "top"]);
    assert_eq!(top.status.code(), Some(0), "{}", stderr(&top));
}

#[test]
fn a_check_up_of_a_free_model_needs_no_consent_and_makes_no_archive() {
    let folder = folder();
    let server = double(73, 0.0);
    let model = format!("compatible:{},free", server.model("free"));
    let checked = run(folder.path(), &["doctor", "--model", &model, "--json"]);
    assert_eq!(checked.status.code(), Some(0), "{}", stderr(&checked));
    assert_eq!(server.seen().len(), 1);
    assert!(!folder.path().join("archive").exists());
}

#[test]
fn a_check_up_keeps_to_its_budget_whatever_the_server_does() {
    let folder = folder();
    for (seed, first) in [
        (74, vec![Behaviour::ServerError; 9]),
        (75, vec![Behaviour::Drop; 9]),
        (76, vec![Behaviour::Malformed; 9]),
    ] {
        let server = Double::start(Script {
            first,
            ..Script::by_chance(seed, 0.0)
        });
        let model = priced(&server);
        let checked = run(
            folder.path(),
            &[
                "doctor",
                "--model",
                &model,
                "--yes",
                "--budget-usd",
                "0.02",
                "--json",
            ],
        );
        assert_eq!(checked.status.code(), Some(1), "{}", stderr(&checked));
        let document = document(&checked);
        let spent = document["spent_usd"].as_f64().unwrap();
        let billed = bill(server.seen().iter());
        assert!(
            billed <= spent && spent <= 0.02,
            "{billed} {spent}: {}",
            round_trip(&document)
        );
    }
}

#[test]
fn a_check_up_that_was_killed_counts_as_billed() {
    let folder = folder();
    let script = Script {
        first: vec![Behaviour::Slow],
        ..Script::by_chance(77, 0.0)
    };
    script.stall.store(true, Ordering::SeqCst);
    let server = Double::start(script.clone());
    let model = priced(&server);
    let mut child = start(folder.path(), &["doctor", "--model", &model, "--yes"]);
    while server.seen().is_empty() {
        assert!(
            child.try_wait().unwrap().is_none(),
            "it waits for an answer"
        );
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    script.stall.store(false, Ordering::SeqCst);
    let booked = spend(folder.path(), DOCTOR);
    assert_eq!(
        (&booked["requests"], &booked["estimated_requests"]),
        (&1.into(), &1.into())
    );
    let again = run(folder.path(), &["doctor", "--model", &model, "--yes"]);
    assert_eq!(again.status.code(), Some(0), "{}", stderr(&again));
    let booked = spend(folder.path(), DOCTOR);
    assert_eq!(
        (&booked["requests"], &booked["held_usd"]),
        (&2.into(), &0.0.into())
    );
}

#[test]
fn no_campaign_has_the_name_of_the_check_ups_account() {
    let folder = folder();
    let lab = tiny_lab();
    let mined = run(folder.path(), &mine(&lab, &["--name", DOCTOR]));
    assert_eq!(mined.status.code(), Some(2), "{}", stderr(&mined));
    assert!(
        stderr(&mined).contains("motherlode spend doctor"),
        "{}",
        stderr(&mined)
    );
    assert!(!folder.path().join("archive").exists());
    let journal = Journal::create_or_open(&folder.path().join("archive")).unwrap();
    assert!(matches!(
        journal.begin(&charter(DOCTOR)),
        Err(JournalError::NameKept { .. })
    ));
    assert!(
        matches!(
            journal.begin(&charter(CHECKUPS)),
            Err(JournalError::Name { .. })
        ),
        "nor the one under which it is kept"
    );
    assert_eq!(journal.campaigns().unwrap(), []);
    journal.close().unwrap();
}
