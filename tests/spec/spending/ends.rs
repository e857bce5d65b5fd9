//! The end of a budget: what was paid for is measured before it, and to resume at it ends as it
//! did.

use motherlode::journal::Journal;
use motherlode::record::attempt::{Attempt, Rejection, Reply};
use motherlode::record::ledger::{CallOutcome, Purpose};

use super::double::{Double, Script};
use super::{double, priced, spend};
use crate::binary::{folder, lines, mine, run, stderr, tiny_lab};

/// Whether an attempt has a reply that was paid for.
fn is_paid(attempt: &Attempt) -> bool {
    let answered = |outcome| matches!(outcome, CallOutcome::Answered | CallOutcome::Truncated);
    attempt
        .calls
        .iter()
        .any(|call| call.purpose != Purpose::Guidance && answered(call.outcome))
}

#[test]
fn what_was_paid_for_is_measured_before_a_budget_ends_the_campaign() {
    let lab = tiny_lab();
    for (seed, faults, formulas, budget) in [
        (92, 0.3, 1, "0.2"),
        (94, 0.0, 3, "0.1"),
        (95, 0.3, 2, "0.2"),
    ] {
        let folder = folder();
        let server = Double::start(Script {
            formulas,
            ..Script::by_chance(seed, faults)
        });
        let model = priced(&server);
        let file = folder.path().join("several.toml");
        std::fs::write(&file, format!("formulas_per_call = {formulas}")).unwrap();
        let output = run(
            folder.path(),
            &mine(
                &lab,
                &[
                    "--model",
                    &model,
                    "--yes",
                    "--attempts",
                    "400",
                    "--budget-usd",
                    budget,
                    file.to_str().unwrap(),
                    "--champions",
                    "1",
                    "--json",
                    "--name",
                    "poor",
                ],
            ),
        );
        assert_eq!(output.status.code(), Some(3), "{seed}: {}", stderr(&output));
        assert_eq!(lines(&output).pop().unwrap()["stop_reason"], "budget");
        let journal = Journal::open(&folder.path().join("archive")).unwrap();
        let open = journal.open_attempts("poor").unwrap();
        assert!(
            open.iter().all(|open| open.reply.is_none()),
            "{seed}: {} replies are paid for and not measured",
            open.len()
        );
        for (number, account) in journal.accounts("poor").unwrap() {
            let mut formulas = account.calls.iter();
            assert!(
                formulas.all(|call| call.purpose == Purpose::Guidance || call.exchange.is_none()),
                "{seed}: attempt {number}"
            );
        }
        let attempts = journal.attempts("poor").unwrap();
        for attempt in &attempts {
            assert_eq!(
                is_paid(attempt),
                attempt.reply.is_some(),
                "{seed}: attempt {}",
                attempt.attempt
            );
        }
        let without_room = |attempt: &Attempt| {
            matches!(attempt.outcome.rejection(), Some(Rejection::NoReply { detail })
                if detail.contains("no room"))
        };
        assert!(
            !without_room(attempts.last().unwrap()),
            "{seed}: none is made up behind the last that was paid for"
        );
        let between = attempts.iter().filter(|attempt| without_room(attempt));
        assert!(between.count() < 8, "{seed}: and few before it");
        journal.close().unwrap();

        let rerun = run(folder.path(), &["rerun", "poor", "--json"]);
        assert_eq!(rerun.status.code(), Some(0), "{seed}: {}", stderr(&rerun));
        let more = run(
            folder.path(),
            &[
                "mine",
                "--resume",
                "poor",
                "--yes",
                "--budget-usd",
                "9",
                "--attempts",
                &(attempts.len() + 4).to_string(),
                "--json",
            ],
        );
        assert_eq!(more.status.code(), Some(0), "{seed}: {}", stderr(&more));
    }
}

#[test]
fn to_resume_a_campaign_at_the_end_of_its_budget_ends_as_it_did() {
    let folder = folder();
    let lab = tiny_lab();
    let server = double(96, 0.0);
    let model = priced(&server);
    let options = [
        "--model",
        &model,
        "--yes",
        "--attempts",
        "400",
        "--budget-usd",
        "0.1",
        "--champions",
        "0",
        "--json",
        "--name",
        "poor",
    ];
    let first = run(folder.path(), &mine(&lab, &options));
    assert_eq!(first.status.code(), Some(3), "{}", stderr(&first));
    let (sent, made) = (
        server.seen().len(),
        lines(&first).pop().unwrap()["attempts"].as_u64().unwrap(),
    );
    for options in [&["--yes"][..], &[]] {
        let arguments = [&["mine", "--resume", "poor", "--json"], options].concat();
        let again = run(folder.path(), &arguments);
        assert_eq!(again.status.code(), Some(3), "{}", stderr(&again));
        let finished = lines(&again).pop().unwrap();
        assert_eq!(finished["stop_reason"], "budget");
        let detail = finished["stop_detail"].as_str().unwrap();
        assert!(detail.contains("no room for one call"), "{detail}");
    }
    // A reply that an earlier run was stopped at is paid for: it is measured all the same.
    let journal = Journal::open(&folder.path().join("archive")).unwrap();
    let reply = Reply {
        model: "double".to_owned(),
        prompt: "asked".to_owned(),
        text: "{\"formula\": \"x*erf(0.37*x)\"}".to_owned(),
        ..Reply::default()
    };
    journal.reserve("poor", made + 1).unwrap();
    journal.reply("poor", made + 1, &reply).unwrap();
    journal.close().unwrap();
    let again = run(folder.path(), &["mine", "--resume", "poor", "--json"]);
    assert_eq!(again.status.code(), Some(3), "{}", stderr(&again));
    assert_eq!(lines(&again).pop().unwrap()["attempts"], made + 1);
    assert_eq!(server.seen().len(), sent, "and nothing is asked for");
    let spent = spend(folder.path(), "poor");
    assert_eq!(spent["requests"], sent);
}

#[test]
fn a_campaign_whose_server_tells_usages_that_cannot_be_pauses_within_its_budget() {
    let lab = tiny_lab();
    for (seed, input, output) in [(97, 1_000_000_000, 5), (98, 1, 1)] {
        let folder = folder();
        let server = Double::start(Script {
            told: Some((input, output)),
            ..Script::by_chance(seed, 0.0)
        });
        let model = priced(&server);
        let options = [
            "--model",
            &model,
            "--yes",
            "--attempts",
            "60",
            "--budget-usd",
            "5",
            "--champions",
            "0",
            "--json",
            "--name",
            "odd",
        ];
        let mined = run(folder.path(), &mine(&lab, &options));
        assert_eq!(mined.status.code(), Some(1), "{}", stderr(&mined));
        let finished = lines(&mined).pop().unwrap();
        assert_eq!(finished["stop_reason"], "doubtful_usage");
        let detail = finished["stop_detail"].as_str().unwrap();
        assert!(detail.contains("check the model's price"), "{detail}");
        assert!(server.seen().len() < 20, "{}", server.seen().len());
        let spent = spend(folder.path(), "odd");
        assert_eq!(spent["doubtful_requests"], server.seen().len());
        assert_eq!(spent["doubtful_usd"], spent["spent_usd"]);
        let booked = spent["spent_usd"].as_f64().unwrap();
        assert!(
            (super::bill(server.seen().iter())..5.0).contains(&booked),
            "{spent}"
        );
        let listed = crate::binary::stdout(&run(folder.path(), &["archive", "list"]));
        assert!(listed.contains("paused: doubtful_usage"), "{listed}");
        let shown = crate::binary::stdout(&run(folder.path(), &["spend", "odd"]));
        assert!(shown.contains("DOUBTFUL"), "{shown}");
        let top = lines(&run(
            folder.path(),
            &["archive", "attempts", "odd", "--json"],
        ));
        let nickname = top
            .iter()
            .find_map(|attempt| attempt["nickname"].as_str())
            .unwrap();
        let shown = crate::binary::stdout(&run(folder.path(), &["archive", "show", nickname]));
        assert!(shown.contains("doubtful"), "{shown}");
    }
}
