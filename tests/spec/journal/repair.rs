//! Whatever becomes of the files of an archive, everything that was acknowledged comes back from
//! what is left, and what cannot is listed.

use std::fs;
use std::path::Path;

use motherlode::journal::{self, Journal, JournalError};
use motherlode::numerics::stream::Key;
use motherlode::record::ledger::Purpose;

use super::damage::copy;
use super::rich::{self, bytes, Everything, SETTLED};

/// What happens to the files of an archive.
type Damage = fn(&Path);
/// What is written to one.
type Act = fn(&Journal);

fn change(path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let mut content = fs::read(path).unwrap();
    change(&mut content);
    fs::write(path, content).unwrap();
}

fn flip(path: &Path, share: f64) {
    change(path, |content| {
        let at = (content.len() as f64 * share) as usize;
        content[at] ^= 4;
    });
}

fn cut(path: &Path, share: f64) {
    change(path, |content| {
        content.truncate((content.len() as f64 * share) as usize)
    });
}

fn replace(folder: &Path, file: &str, by: &str) {
    let export = folder.join("export");
    fs::copy(export.join(by), export.join(file)).unwrap();
}

fn snapshot(folder: &Path) -> std::path::PathBuf {
    let is_snapshot = |path: &std::path::PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        name.starts_with("snap.")
    };
    fs::read_dir(folder.join("sled"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(is_snapshot)
        .unwrap()
}

/// Damages of single files beside which the rest is whole. Those that no opening minds have
/// `true`.
const DAMAGES: [(&str, bool, Damage); 25] = [
    (
        "attempts in the export are another campaign's",
        true,
        |folder| {
            replace(folder, "gold.jsonl", "silver.jsonl");
        },
    ),
    (
        "attempts in the export are of benchmark runs",
        true,
        |folder| {
            replace(folder, "silver.jsonl", "replay.cells.jsonl");
        },
    ),
    ("confirmations in the export are attempts", true, |folder| {
        replace(folder, "gold.confirmations.jsonl", "gold.jsonl");
    }),
    ("the database is cut in the middle", false, |folder| {
        cut(&folder.join("sled/db"), 0.5);
    }),
    ("the database has lost its tail", false, |folder| {
        cut(&folder.join("sled/db"), 0.2);
    }),
    ("the database is empty", false, |folder| {
        cut(&folder.join("sled/db"), 0.0)
    }),
    ("the database file is gone", false, |folder| {
        fs::remove_file(folder.join("sled/db")).unwrap();
    }),
    ("the database's folder is gone", false, |folder| {
        fs::remove_dir_all(folder.join("sled")).unwrap();
    }),
    ("only the export is left", false, |folder| {
        for name in ["sled", "copies"] {
            let _ = fs::remove_dir_all(folder.join(name));
        }
        for name in ["WITNESS", "CLEAN", "LOCK"] {
            fs::remove_file(folder.join(name)).unwrap();
        }
    }),
    ("the database is full of zeros", false, |folder| {
        change(&folder.join("sled/db"), |content| content.fill(0));
    }),
    (
        "the export is gone and the database is whole",
        true,
        |folder| {
            fs::remove_dir_all(folder.join("export")).unwrap();
        },
    ),
    (
        "an attempt in the export has a flipped bit",
        true,
        |folder| {
            flip(&folder.join("export/gold.jsonl"), 0.3);
        },
    ),
    ("an attempt in the export is gone", true, |folder| {
        change(&folder.join("export/gold.jsonl"), |content| {
            let end = content.iter().position(|byte| *byte == b'\n').unwrap();
            content.drain(..=end);
        });
    }),
    (
        "the last line of the export is half written",
        true,
        |folder| {
            cut(&folder.join("export/gold.jsonl"), 0.999);
        },
    ),
    (
        "the confirmations in the export have a flipped bit",
        true,
        |folder| {
            flip(&folder.join("export/gold.confirmations.jsonl"), 0.3);
        },
    ),
    (
        "the benchmark runs in the export have a flipped bit",
        true,
        |folder| {
            flip(&folder.join("export/replay.cells.jsonl"), 0.3);
        },
    ),
    (
        "what is open in the export has a flipped bit",
        true,
        |folder| {
            flip(&folder.join("export/gold.open.jsonl"), 0.3);
        },
    ),
    (
        "the charter in the export has a flipped bit",
        true,
        |folder| {
            flip(&folder.join("export/gold.charter.json"), 0.3);
        },
    ),
    ("WITNESS is gone", true, |folder| {
        fs::remove_file(folder.join("WITNESS")).unwrap();
    }),
    ("WITNESS has a flipped bit", true, |folder| {
        flip(&folder.join("WITNESS"), 0.4)
    }),
    ("CLEAN is gone", true, |folder| {
        fs::remove_file(folder.join("CLEAN")).unwrap()
    }),
    ("CLEAN has a flipped bit", true, |folder| {
        flip(&folder.join("CLEAN"), 0.5)
    }),
    ("sled's parameters are gone", true, |folder| {
        fs::remove_file(folder.join("sled/conf")).unwrap();
    }),
    ("sled's snapshot has a flipped bit", true, |folder| {
        flip(&snapshot(folder), 0.5)
    }),
    ("sled's snapshot is half written", true, |folder| {
        cut(&snapshot(folder), 0.5)
    }),
];

#[test]
fn everything_comes_back_after_any_damage_of_which_a_second_record_is_left() {
    let kept = tempfile::tempdir().unwrap();
    let whole = kept.path().join("whole");
    rich::write(&whole);
    let wanted = Everything::of(&whole);
    assert_eq!(wanted.attempts() as u64, SETTLED + 1);
    for (damage, opens, inflict) in DAMAGES {
        let folder = kept.path().join("damaged");
        copy(&whole, &folder);
        inflict(&folder);
        let before = bytes(&folder);
        if !opens {
            match Journal::open(&folder) {
                Err(JournalError::Lost { .. } | JournalError::Damaged { .. }) => {}
                Err(other) => panic!("{damage}: {other}"),
                Ok(_) => panic!("{damage}: it opened"),
            }
            assert!(
                bytes(&folder) == before,
                "{damage}: the refused opening wrote"
            );
        }
        let inspection = journal::verify(&folder).unwrap();
        assert!(bytes(&folder) == before, "{damage}: verifying wrote");
        assert_eq!(
            inspection.opens, opens,
            "{damage}: {:?}",
            inspection.findings
        );
        if damage != "CLEAN is gone" {
            assert!(!inspection.is_sound(), "{damage}: was not noticed");
        }
        let repair = journal::repair(&folder).unwrap();
        assert_eq!(repair.lost, Vec::<String>::new(), "{damage}");
        assert_eq!(
            Everything::of(&folder).differences(&wanted),
            [""; 0],
            "{damage}"
        );
        let inspection = journal::verify(&folder).unwrap();
        assert!(inspection.is_sound(), "{damage}: {:?}", inspection.findings);
        assert_eq!(inspection.holdings, repair.holdings, "{damage}");
        fs::remove_dir_all(&folder).unwrap();
    }
}

#[test]
fn a_bit_flipped_anywhere_in_a_closed_archive_is_noticed_and_nothing_is_lost() {
    let kept = tempfile::tempdir().unwrap();
    let whole = kept.path().join("whole");
    rich::write(&whole);
    let wanted = Everything::of(&whole);
    let mut draws = Key::new(5).word("flips").stream();
    for name in bytes(&whole).keys() {
        let trials = if name == "sled/db" { 16 } else { 2 };
        for _ in 0..trials {
            let folder = kept.path().join("damaged");
            copy(&whole, &folder);
            let share = draws.unit();
            flip(&folder.join(name), share);
            let place = format!("{name} at {share}");
            let before = bytes(&folder);
            assert!(!journal::verify(&folder).unwrap().is_sound(), "{place}");
            if Journal::open(&folder).is_err() {
                assert!(
                    bytes(&folder) == before,
                    "{place}: the refused opening wrote"
                );
                assert_eq!(
                    journal::repair(&folder).unwrap().lost,
                    Vec::<String>::new(),
                    "{place}"
                );
            }
            assert_eq!(
                Everything::of(&folder).differences(&wanted),
                [""; 0],
                "{place}"
            );
            assert!(journal::verify(&folder).unwrap().is_sound(), "{place}");
            fs::remove_dir_all(&folder).unwrap();
        }
    }
}

#[test]
fn what_is_nowhere_left_is_listed_and_the_rest_comes_back() {
    let kept = tempfile::tempdir().unwrap();
    let folder = kept.path().join("archive");
    rich::write(&folder);
    fs::remove_dir_all(folder.join("sled")).unwrap();
    // Two lines are lost in the export as well, and one of the runs.
    for (file, lines) in [("gold.jsonl", vec![4, 5]), ("replay.cells.jsonl", vec![2])] {
        change(&folder.join("export").join(file), |content| {
            let text = String::from_utf8(content.clone()).unwrap();
            let kept = text
                .split_inclusive('\n')
                .enumerate()
                .filter(|(index, _)| !lines.contains(index));
            *content = kept.map(|(_, line)| line).collect::<String>().into_bytes();
        });
    }
    let repair = journal::repair(&folder).unwrap();
    let lost = repair.lost.join("\n");
    assert!(
        lost.contains("of campaign `gold` the attempts 5 to 6"),
        "{lost}"
    );
    assert_eq!(repair.holdings.attempts, SETTLED - 2 + 1);
    assert_eq!(repair.holdings.benchmark_runs, 7);
    assert_eq!(Everything::of(&folder).attempts() as u64, SETTLED - 2 + 1);
    // What the lost ones cost stays on the books.
    let balance = |folder: &Path| Journal::open(folder).unwrap().balance("gold").unwrap();
    let undamaged = kept.path().join("undamaged");
    rich::write(&undamaged);
    assert_eq!(balance(&folder), balance(&undamaged));
}

#[test]
fn what_is_acknowledged_is_in_the_export_when_the_program_is_killed() {
    let kept = tempfile::tempdir().unwrap();
    let folder = kept.path().join("archive");
    rich::write(&folder);
    let journal = Journal::open(&folder).unwrap();
    for number in SETTLED + 5..SETTLED + 25 {
        journal.settle("gold", &super::attempt(number)).unwrap();
        let killed = kept.path().join("killed");
        copy(&folder, &killed);
        fs::remove_dir_all(killed.join("sled")).unwrap();
        fs::remove_file(killed.join("LOCK")).unwrap();
        let repair = journal::repair(&killed).unwrap();
        let settled = number - 4;
        assert_eq!(repair.holdings.attempts, settled + 1);
        fs::remove_dir_all(&killed).unwrap();
    }
}

#[test]
fn a_database_that_fell_back_behind_its_export_is_refused_and_brought_up_to_it() {
    let later: [(&str, Act); 4] = [
        ("an attempt", |journal| {
            journal
                .settle("gold", &super::attempt(SETTLED + 1))
                .unwrap();
        }),
        ("a reservation", |journal| {
            journal.reserve("gold", SETTLED + 9).unwrap()
        }),
        ("a reply", |journal| {
            journal.reserve("silver", 2).unwrap();
            journal.reply("silver", 2, &super::reply(2)).unwrap();
        }),
        ("a booking", |journal| {
            rich::paid(journal, "silver", 3, Purpose::Simplify);
        }),
    ];
    let kept = tempfile::tempdir().unwrap();
    let whole = kept.path().join("whole");
    rich::write(&whole);
    for (what, act) in later {
        let folder = kept.path().join("damaged");
        copy(&whole, &folder);
        let journal = Journal::open(&folder).unwrap();
        act(&journal);
        journal.close().unwrap();
        let wanted = Everything::of(&folder);
        fs::remove_dir_all(folder.join("sled")).unwrap();
        copy(&whole.join("sled"), &folder.join("sled"));
        fs::copy(whole.join("WITNESS"), folder.join("WITNESS")).unwrap();
        fs::remove_file(folder.join("CLEAN")).unwrap();
        let before = bytes(&folder);
        assert!(
            matches!(Journal::open(&folder), Err(JournalError::Lost { .. })),
            "{what}: was not missed"
        );
        assert!(
            bytes(&folder) == before,
            "{what}: the refused opening wrote"
        );
        assert!(!journal::verify(&folder).unwrap().opens, "{what}");
        assert_eq!(journal::repair(&folder).unwrap().lost, [""; 0], "{what}");
        assert_eq!(
            Everything::of(&folder).differences(&wanted),
            [""; 0],
            "{what}"
        );
        fs::remove_dir_all(&folder).unwrap();
    }
}

#[test]
fn a_sound_archive_stays_as_it_is() {
    let kept = tempfile::tempdir().unwrap();
    rich::write(kept.path());
    let before = bytes(kept.path());
    let inspection = journal::verify(kept.path()).unwrap();
    assert!(inspection.is_sound(), "{:?}", inspection.findings);
    let repair = journal::repair(kept.path()).unwrap();
    assert!(!repair.mended);
    assert_eq!(repair.holdings, inspection.holdings);
    assert!(bytes(kept.path()) == before, "a byte changed");
}

#[test]
fn where_there_is_no_archive_there_is_nothing_to_repair() {
    let kept = tempfile::tempdir().unwrap();
    for folder in [kept.path().to_owned(), kept.path().join("absent")] {
        for error in [
            journal::verify(&folder).map(drop),
            journal::repair(&folder).map(drop),
        ] {
            assert!(matches!(error, Err(JournalError::Absent { .. })));
        }
    }
    fs::write(kept.path().join("notes.txt"), "mine").unwrap();
    assert!(matches!(
        journal::repair(kept.path()),
        Err(JournalError::NotAnArchive { .. })
    ));
}

#[test]
fn an_exchange_of_databases_that_was_cut_off_is_ended_or_undone() {
    let kept = tempfile::tempdir().unwrap();
    let whole = kept.path().join("whole");
    rich::write(&whole);
    let wanted = Everything::of(&whole);
    let stages: [(&str, Damage); 4] = [
        ("a copy is being made", |folder| {
            fs::create_dir(folder.join("sled.checking")).unwrap();
            fs::write(folder.join("sled.checking/db"), "half").unwrap();
        }),
        ("a copy is proven", |folder| {
            fs::remove_file(folder.join("CLEAN")).unwrap();
            copy(&folder.join("sled"), &folder.join("sled.checked"));
        }),
        ("the original is moved away", |folder| {
            fs::remove_file(folder.join("CLEAN")).unwrap();
            fs::rename(folder.join("sled"), folder.join("sled.checked")).unwrap();
        }),
        ("the copy is in its place", |folder| {
            fs::remove_file(folder.join("CLEAN")).unwrap();
        }),
    ];
    for (stage, reach) in stages {
        let folder = kept.path().join("cut-off");
        copy(&whole, &folder);
        reach(&folder);
        assert_eq!(
            Everything::of(&folder).differences(&wanted),
            [""; 0],
            "{stage}"
        );
        for name in ["sled.checking", "sled.checked"] {
            assert!(!folder.join(name).exists(), "{stage}: {name} is left");
        }
        fs::remove_dir_all(&folder).unwrap();
    }
}
