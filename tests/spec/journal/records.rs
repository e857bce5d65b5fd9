//! What is written is read back.

use motherlode::journal::{Journal, JournalError, OpenAttempt};
use motherlode::record::arithmetic::Arithmetic;
use motherlode::record::attempt::RungResult;
use motherlode::record::candidate::Candidate;
use motherlode::record::charter::{Charter, Conclusion};
use motherlode::record::confirmation::Confirmation;
use motherlode::record::ledger::Account;

use super::{archive_with, attempt, charter, confirmation, exported, numbers, reply, NAME};

#[test]
fn everything_recorded_is_there_after_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::create_or_open(folder.path()).unwrap();
    journal.begin(&charter(NAME)).unwrap();
    journal.begin(&charter("another")).unwrap();
    for number in 1..=8 {
        journal.reserve(NAME, number).unwrap();
        journal.reply(NAME, number, &reply(number)).unwrap();
        journal.settle(NAME, &attempt(number)).unwrap();
    }
    journal.reserve(NAME, 9).unwrap();
    journal.reserve(NAME, 14).unwrap();
    journal.reply(NAME, 14, &reply(14)).unwrap();
    let conclusion = |stop_reason: &str| Conclusion {
        stop_reason: stop_reason.to_owned(),
        attempts: 8,
        wall_seconds: 1.5,
    };
    journal.conclude(NAME, &conclusion("interrupted")).unwrap();
    journal.conclude(NAME, &conclusion("done")).unwrap();
    journal.close().unwrap();

    let journal = Journal::open(folder.path()).unwrap();
    assert_eq!(
        journal.campaigns().unwrap(),
        [charter(NAME), charter("another")]
    );
    assert_eq!(journal.campaign(NAME).unwrap(), Some(charter(NAME)));
    assert_eq!(journal.campaign("third").unwrap(), None);
    assert_eq!(
        journal.attempts(NAME).unwrap(),
        (1..=8).map(attempt).collect::<Vec<_>>()
    );
    assert_eq!(journal.attempts("another").unwrap(), []);
    let open = [
        OpenAttempt {
            attempt: 9,
            reply: None,
            account: Account::default(),
        },
        OpenAttempt {
            attempt: 14,
            reply: Some(reply(14)),
            account: Account::default(),
        },
    ];
    assert_eq!(journal.open_attempts(NAME).unwrap(), open);
    assert_eq!(journal.conclusion(NAME).unwrap(), Some(conclusion("done")));
    assert_eq!(journal.conclusion("another").unwrap(), None);
}

/// A candidate as the journal need not understand it.
pub fn founder(name: &str) -> Candidate {
    serde_json::from_value(serde_json::json!({
        "formula": {
            "id": "ab",
            "nickname": "calm-ibis-1",
            "formula": "relu(x)",
            "canonical": "max(x, 0)",
            "class": "pointwise",
            "cost": 1,
            "parameters": 0
        },
        "attempt": 0,
        "island": 0,
        "parents": [],
        "name": name,
        "rationale": null,
        "measures": {
            "left": "zero",
            "right": "linear",
            "monotone": true,
            "periodic_energy": 0.0,
            "cost": 1
        },
        "evaluation": {
            "lab": "tiny",
            "target": "mlp",
            "fitness": 0.1,
            "fitness_interval": [-0.2, 0.30000000000000004],
            "profiles": {},
            "train_loss": 0.001,
            "in_distribution_loss": null,
            "out_of_distribution_loss": 0.25,
            "tasks": [],
            "trials": []
        }
    }))
    .unwrap()
}

pub fn arithmetic() -> Arithmetic {
    Arithmetic {
        engine: 1,
        class: "x86_64 linux avx2".to_owned(),
    }
}

#[test]
fn founders_and_an_amended_charter_are_kept_and_a_released_attempt_is_as_if_it_had_not_begun() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::create_or_open(folder.path()).unwrap();
    journal.begin(&charter(NAME)).unwrap();
    assert_eq!(journal.founders(NAME).unwrap(), None);
    assert_eq!(journal.founders_arithmetic(NAME).unwrap(), None);
    journal
        .found(NAME, &[founder("relu"), founder("gelu")], &arithmetic())
        .unwrap();
    let raised = Charter {
        attempts: 999,
        ..charter(NAME)
    };
    journal.amend(&raised).unwrap();
    for number in [1, 2] {
        journal.reserve(NAME, number).unwrap();
    }
    journal.release(NAME, 1).unwrap();
    journal.release(NAME, 7).unwrap();
    journal.close().unwrap();

    let journal = Journal::open(folder.path()).unwrap();
    assert_eq!(
        journal.founders(NAME).unwrap(),
        Some(vec![founder("relu"), founder("gelu")])
    );
    assert_eq!(
        journal.founders_arithmetic(NAME).unwrap(),
        Some(arithmetic())
    );
    assert_eq!(journal.campaigns().unwrap(), [raised]);
    assert_eq!(
        journal.open_attempts(NAME).unwrap(),
        [OpenAttempt {
            attempt: 2,
            reply: None,
            account: Account::default()
        }]
    );
    let unknown = journal.amend(&charter("another")).unwrap_err();
    assert!(
        matches!(unknown, JournalError::UnknownCampaign { .. }),
        "{unknown}"
    );
}

#[test]
fn attempts_come_in_order_of_their_number_whatever_the_order_of_settling() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::create_or_open(folder.path()).unwrap();
    journal.begin(&charter(NAME)).unwrap();
    for number in [300, 2, 1, 256, 3] {
        journal.settle(NAME, &attempt(number)).unwrap();
    }
    assert_eq!(
        numbers(&journal.attempts(NAME).unwrap()),
        [1, 2, 3, 256, 300]
    );
}

#[test]
fn several_threads_settle_at_once_and_all_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::create_or_open(folder.path()).unwrap();
    journal.begin(&charter(NAME)).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let journal = &journal;
            scope.spawn(move || {
                for number in (1..=60).filter(|number| number % 4 == thread) {
                    journal.reserve(NAME, number).unwrap();
                    journal.reply(NAME, number, &reply(number)).unwrap();
                    journal.settle(NAME, &attempt(number)).unwrap();
                    assert!(numbers(&journal.attempts(NAME).unwrap()).contains(&number));
                }
            });
        }
    });
    assert_eq!(journal.open_attempts(NAME).unwrap(), []);
    journal.close().unwrap();
    let journal = Journal::open(folder.path()).unwrap();
    assert_eq!(
        journal.attempts(NAME).unwrap(),
        (1..=60).map(attempt).collect::<Vec<_>>()
    );
    let mut lines = exported(folder.path());
    lines.sort_by_key(|attempt| attempt.attempt);
    assert_eq!(lines, journal.attempts(NAME).unwrap());
}

#[test]
fn an_attempt_is_settled_once_and_answered_once() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::create_or_open(folder.path()).unwrap();
    journal.begin(&charter(NAME)).unwrap();
    assert!(matches!(
        journal.reply(NAME, 1, &reply(1)),
        Err(JournalError::NotReserved { attempt: 1, .. })
    ));
    journal.reserve(NAME, 1).unwrap();
    journal.reply(NAME, 1, &reply(1)).unwrap();
    journal.reply(NAME, 1, &reply(1)).unwrap();
    journal.reserve(NAME, 1).unwrap();
    assert!(matches!(
        journal.reply(NAME, 1, &reply(2)),
        Err(JournalError::AlreadyReplied { attempt: 1, .. })
    ));
    assert_eq!(
        journal.open_attempts(NAME).unwrap(),
        [OpenAttempt {
            attempt: 1,
            reply: Some(reply(1)),
            account: Account::default()
        }]
    );
    journal.settle(NAME, &attempt(1)).unwrap();
    assert!(matches!(
        journal.settle(NAME, &attempt(1)),
        Err(JournalError::AlreadySettled { attempt: 1, .. })
    ));
    assert!(matches!(
        journal.reserve(NAME, 1),
        Err(JournalError::AlreadySettled { attempt: 1, .. })
    ));
    journal.settle(NAME, &attempt(2)).unwrap();
    assert_eq!(numbers(&journal.attempts(NAME).unwrap()), [1, 2]);
}

#[test]
fn a_number_that_is_not_finite_is_refused_rather_than_written_as_null() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::create_or_open(folder.path()).unwrap();
    journal.begin(&charter(NAME)).unwrap();
    let mut poisoned = attempt(1);
    poisoned.rungs.push(RungResult {
        rung: "first".to_owned(),
        fitness: f64::NAN,
        threshold: None,
    });
    assert!(matches!(
        journal.settle(NAME, &poisoned),
        Err(JournalError::Unrecordable { .. })
    ));
    journal.settle(NAME, &attempt(1)).unwrap();
    assert_eq!(journal.attempts(NAME).unwrap(), [attempt(1)]);
}

#[test]
fn each_settled_attempt_is_one_line_of_the_export() {
    let folder = tempfile::tempdir().unwrap();
    archive_with(folder.path(), 1..=20);
    assert_eq!(
        exported(folder.path()),
        (1..=20).map(attempt).collect::<Vec<_>>()
    );
}

#[test]
fn opening_mends_the_export_from_the_database() {
    let folder = tempfile::tempdir().unwrap();
    archive_with(folder.path(), 1..=9);
    let path = folder.path().join("export/gold.jsonl");
    let whole = std::fs::read(&path).unwrap();
    let garbled = [b"{\"attempt\":\n".as_slice(), &whole].concat();
    let cases = [
        ("cut", whole[..whole.len() / 2].to_vec()),
        ("emptied", Vec::new()),
        ("garbled", garbled),
    ];
    for (case, bytes) in cases {
        std::fs::write(&path, bytes).unwrap();
        Journal::open(folder.path()).unwrap().close().unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), whole, "{case}");
    }
    std::fs::remove_file(&path).unwrap();
    Journal::open(folder.path()).unwrap().close().unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), whole, "removed");
}

#[test]
fn an_error_stops_the_writing_and_is_told_to_every_later_call() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::create_or_open(folder.path()).unwrap();
    journal.begin(&charter(NAME)).unwrap();
    let in_the_way = folder.path().join("export/gold.jsonl");
    std::fs::create_dir(&in_the_way).unwrap();
    journal.settle(NAME, &attempt(1)).unwrap();
    for _ in 0..2 {
        let error = journal.settle(NAME, &attempt(2)).unwrap_err();
        assert!(
            matches!(error, JournalError::Stopped { .. })
                && error.to_string().contains("gold.jsonl"),
            "{error}"
        );
    }
    assert!(matches!(
        journal.reserve(NAME, 3),
        Err(JournalError::Stopped { .. })
    ));
    assert_eq!(
        numbers(&journal.attempts(NAME).unwrap()),
        [1],
        "reading goes on"
    );
    assert!(matches!(journal.close(), Err(JournalError::Foreign { .. })));

    std::fs::remove_dir(&in_the_way).unwrap();
    let journal = Journal::open(folder.path()).unwrap();
    assert_eq!(numbers(&journal.attempts(NAME).unwrap()), [1]);
    assert_eq!(exported(folder.path()), [attempt(1)]);
}

#[test]
fn the_export_alone_restores_the_archive() {
    let folder = tempfile::tempdir().unwrap();
    let (lost, restored) = (folder.path().join("lost"), folder.path().join("restored"));
    archive_with(&lost, 1..=20);
    let journal = Journal::create_or_open(&restored).unwrap();
    let text = std::fs::read(lost.join("export/gold.charter.json")).unwrap();
    journal
        .begin(&serde_json::from_slice(&text).unwrap())
        .unwrap();
    for attempt in exported(&lost) {
        journal.settle(NAME, &attempt).unwrap();
    }
    let lost = Journal::open(&lost).unwrap();
    assert_eq!(journal.campaigns().unwrap(), lost.campaigns().unwrap());
    assert_eq!(
        journal.attempts(NAME).unwrap(),
        lost.attempts(NAME).unwrap()
    );
}

#[test]
fn the_export_alone_restores_confirmations() {
    let folder = tempfile::tempdir().unwrap();
    let (lost, restored) = (folder.path().join("lost"), folder.path().join("restored"));
    let confirmations = [confirmation(7), confirmation(9)];
    archive_with(&lost, 1..=3);
    let journal = Journal::open(&lost).unwrap();
    assert_eq!(journal.confirmations(NAME).unwrap(), []);
    confirmations
        .iter()
        .for_each(|confirmation| journal.confirm(NAME, confirmation).unwrap());
    assert_eq!(journal.confirmations(NAME).unwrap(), confirmations);
    journal.close().unwrap();
    let exported =
        || std::fs::read_to_string(lost.join("export/gold.confirmations.jsonl")).unwrap();
    let whole = exported();
    let journal = Journal::create_or_open(&restored).unwrap();
    journal.begin(&charter(NAME)).unwrap();
    whole.lines().for_each(|line| {
        journal
            .confirm(NAME, &serde_json::from_str(line).unwrap())
            .unwrap()
    });
    assert_eq!(journal.confirmations(NAME).unwrap(), confirmations);

    for damage in ["", "{\"half\""] {
        std::fs::write(lost.join("export/gold.confirmations.jsonl"), damage).unwrap();
        Journal::open(&lost).unwrap().close().unwrap();
        assert_eq!(exported(), whole, "mended from the database");
    }
    std::fs::write(
        lost.join("export/gold.confirmations.jsonl"),
        format!("{whole}{{}}\n"),
    )
    .unwrap();
    let error = Journal::open(&lost)
        .err()
        .expect("a confirmation was acknowledged that is not there");
    assert!(
        matches!(
            error,
            JournalError::Lost {
                witnessed: 3,
                found: 2,
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn a_confirmation_of_as_many_candidates_takes_the_place_of_the_earlier() {
    let folder = tempfile::tempdir().unwrap();
    archive_with(folder.path(), 1..=3);
    let journal = Journal::open(folder.path()).unwrap();
    let again = Confirmation {
        draws: 5,
        ..confirmation(7)
    };
    for confirmation in [&confirmation(7), &confirmation(8), &again] {
        journal.confirm(NAME, confirmation).unwrap();
    }
    assert_eq!(
        journal.confirmations(NAME).unwrap(),
        [again, confirmation(8)]
    );
}
