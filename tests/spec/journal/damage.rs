//! A damaged archive is refused with a clear error; it never opens as an empty one, and never
//! brings the process down.

use std::fs;
use std::path::Path;

use motherlode::journal::{Journal, JournalError};
use motherlode::numerics::stream::Key;

use super::{archive_with, attempt, NAME};

const ATTEMPTS: u64 = 120;

/// An archive as a killed process leaves it: whole, but without the mark of a clean stop.
fn uncleanly_stopped(folder: &Path) {
    archive_with(folder, 1..=ATTEMPTS);
    fs::remove_file(folder.join("CLEAN")).unwrap();
}

pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to.join(entry.file_name()));
        } else {
            fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}

/// Opens the archive and reads all of it; the number of attempts, all of which are as they were
/// written.
fn read(folder: &Path) -> Result<u64, JournalError> {
    let journal = Journal::open(folder)?;
    let attempts = journal.attempts(NAME)?;
    journal.open_attempts(NAME)?;
    journal.campaigns()?;
    journal.conclusion(NAME)?;
    journal.benchmark_runs()?;
    let count = attempts.len() as u64;
    assert_eq!(
        attempts,
        (1..=count).map(attempt).collect::<Vec<_>>(),
        "a damaged attempt was taken for a whole one"
    );
    Ok(count)
}

/// What a damage did: everything still there, or a clear error; anything else fails the test.
fn whole_or_refused(folder: &Path, damage: &str) -> bool {
    match read(folder) {
        Ok(count) => {
            assert_eq!(
                count, ATTEMPTS,
                "{damage}: acknowledged attempts are gone, and nothing was said"
            );
            true
        }
        Err(error @ (JournalError::Lost { .. } | JournalError::Damaged { .. })) => {
            let text = error.to_string();
            assert!(
                text.contains("motherlode archive repair"),
                "{damage}: does not say what to do: {text}"
            );
            false
        }
        Err(other) => panic!("{damage}: {other}"),
    }
}

#[test]
fn a_database_cut_at_its_tail_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let whole = folder.path().join("whole");
    uncleanly_stopped(&whole);
    let length = fs::metadata(whole.join("sled/db")).unwrap().len();
    let mut cuts = Key::new(3).word("cuts").stream();
    let mut refused = 0;
    for trial in 0..24 {
        let damaged = folder.path().join(format!("cut-{trial}"));
        copy(&whole, &damaged);
        if trial % 2 == 0 {
            // As after the very first run, when no snapshot of sled covers the records.
            for name in fs::read_dir(damaged.join("sled"))
                .unwrap()
                .map(|entry| entry.unwrap().path())
            {
                if name
                    .file_name()
                    .unwrap()
                    .to_string_lossy()
                    .starts_with("snap.")
                {
                    fs::remove_file(name).unwrap();
                }
            }
        }
        let kept = (cuts.unit() * length as f64) as u64;
        let database = damaged.join("sled/db");
        fs::OpenOptions::new()
            .write(true)
            .open(&database)
            .unwrap()
            .set_len(kept)
            .unwrap();
        let before = fs::read(&database).unwrap();
        if !whole_or_refused(&damaged, &format!("cut at {kept} of {length}")) {
            refused += 1;
            // Unless the damage showed only in reading, opening changed nothing, and changes
            // nothing when it is tried again.
            if Journal::open(&damaged).is_err() {
                assert_eq!(
                    fs::read(&database).unwrap(),
                    before,
                    "cut at {kept} of {length}: the refused opening changed the database"
                );
            }
        }
        fs::remove_dir_all(&damaged).unwrap();
    }
    assert!(refused >= 12, "only {refused} of 24 cuts were noticed");
}

#[test]
fn a_flipped_bit_gives_an_error_or_nothing_but_never_a_panic_or_a_changed_record() {
    let folder = tempfile::tempdir().unwrap();
    let whole = folder.path().join("whole");
    uncleanly_stopped(&whole);
    let pristine = fs::read(whole.join("sled/db")).unwrap();
    let used = pristine.iter().rposition(|byte| *byte != 0).unwrap();
    let mut flips = Key::new(4).word("flips").stream();
    let mut refused = 0;
    for trial in 0..24 {
        let damaged = folder.path().join(format!("flip-{trial}"));
        copy(&whole, &damaged);
        let at = flips.below(used);
        let mut bytes = pristine.clone();
        bytes[at] ^= 1 << flips.below(8);
        fs::write(damaged.join("sled/db"), bytes).unwrap();
        if !whole_or_refused(&damaged, &format!("bit flipped at {at}")) {
            refused += 1;
        }
        fs::remove_dir_all(&damaged).unwrap();
    }
    assert!(refused > 0, "no flipped bit was noticed");
}

#[test]
fn a_half_written_snapshot_of_a_killed_opening_does_not_lock_the_archive() {
    let folder = tempfile::tempdir().unwrap();
    uncleanly_stopped(folder.path());
    fs::write(
        folder.path().join("sled/snap.0000000000FFFFFF.generating"),
        b"half",
    )
    .unwrap();
    assert_eq!(read(folder.path()).unwrap(), ATTEMPTS);
}

#[test]
fn damaged_parameters_are_mended_from_their_copy() {
    let folder = tempfile::tempdir().unwrap();
    archive_with(folder.path(), 1..=ATTEMPTS);
    let path = folder.path().join("sled/conf");
    let whole = fs::read(&path).unwrap();
    for damaged in [
        Vec::new(),
        whole[..20].to_vec(),
        whole.iter().map(|byte| byte ^ 4).collect(),
    ] {
        fs::write(&path, damaged).unwrap();
        assert_eq!(read(folder.path()).unwrap(), ATTEMPTS);
        assert_eq!(fs::read(&path).unwrap(), whole);
    }
    fs::remove_file(&path).unwrap();
    assert_eq!(read(folder.path()).unwrap(), ATTEMPTS);
}

#[test]
fn an_emptied_archive_is_not_taken_for_a_new_one() {
    for lost in ["sled", "sled/db"] {
        let folder = tempfile::tempdir().unwrap();
        uncleanly_stopped(folder.path());
        let path = folder.path().join(lost);
        if path.is_dir() {
            fs::remove_dir_all(&path)
        } else {
            fs::remove_file(&path)
        }
        .unwrap();
        for result in [
            Journal::open(folder.path()),
            Journal::create_or_open(folder.path()),
        ] {
            match result {
                Err(JournalError::Lost { .. } | JournalError::Damaged { .. }) => {}
                Err(other) => panic!("without {lost}: {other}"),
                Ok(_) => panic!("without {lost}: it opened"),
            }
        }
    }
}

#[test]
fn an_older_database_under_a_newer_witness_or_export_is_refused() {
    for keep in ["WITNESS", "export"] {
        let folder = tempfile::tempdir().unwrap();
        let archive = folder.path().join("archive");
        archive_with(&archive, 1..=2);
        let older = folder.path().join("older");
        copy(&archive, &older);
        let journal = Journal::open(&archive).unwrap();
        journal.settle(NAME, &attempt(3)).unwrap();
        journal.close().unwrap();
        for name in ["sled", "WITNESS", "export"]
            .iter()
            .filter(|name| **name != keep)
        {
            let (from, to) = (older.join(name), archive.join(name));
            if to.is_dir() {
                fs::remove_dir_all(&to)
            } else {
                fs::remove_file(&to)
            }
            .unwrap();
            fs::rename(from, to).unwrap();
        }
        match Journal::open(&archive) {
            Err(JournalError::Lost {
                witnessed, found, ..
            }) => assert_eq!((witnessed, found), (3, 2), "newer {keep}"),
            Err(other) => panic!("newer {keep}: {other}"),
            Ok(_) => panic!("newer {keep}: it opened"),
        }
    }
}

#[test]
fn the_last_two_copies_from_before_unclean_openings_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    archive_with(folder.path(), 1..=3);
    assert!(
        !folder.path().join("copies").exists(),
        "a clean archive needs no copy"
    );
    for _ in 0..4 {
        fs::remove_file(folder.path().join("CLEAN")).unwrap();
        Journal::open(folder.path()).unwrap().close().unwrap();
    }
    let mut copies: Vec<_> = fs::read_dir(folder.path().join("copies"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    copies.sort();
    assert_eq!(copies, ["3", "4"]);
    assert!(folder.path().join("copies/4/db").exists());
}
