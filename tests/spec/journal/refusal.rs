//! What cannot be opened is refused with one clear error, and nothing is left behind.

use std::fs;
use std::path::Path;

use motherlode::journal::{check_name, Journal, JournalError};

use super::{archive_with, attempt, charter, NAME};

fn refusal(result: Result<Journal, JournalError>) -> JournalError {
    match result {
        Ok(_) => panic!("it should have been refused"),
        Err(error) => error,
    }
}

fn listing(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_campaign_name_cannot_leave_its_folder() {
    for name in ["gold", "a", "2026-run-7", &"x".repeat(64)] {
        check_name(name).unwrap();
    }
    let hostile = [
        "",
        ".",
        "..",
        "../gold",
        "/etc/passwd",
        "a/b",
        "a\\b",
        "Gold",
        "gold.jsonl",
        "a b",
        "a\0",
        "é",
        "-rf",
        &"x".repeat(65),
    ];
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::create_or_open(folder.path()).unwrap();
    for name in hostile {
        assert!(
            matches!(check_name(name), Err(JournalError::Name { .. })),
            "{name:?}"
        );
        assert!(
            matches!(
                journal.begin(&charter(name)),
                Err(JournalError::Name { .. })
            ),
            "{name:?}"
        );
        assert!(
            matches!(journal.reserve(name, 1), Err(JournalError::Name { .. })),
            "{name:?}"
        );
    }
    assert_eq!(journal.campaigns().unwrap(), []);
    assert_eq!(listing(&folder.path().join("export")), [""; 0]);
}

#[test]
fn a_name_belongs_to_one_campaign() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::create_or_open(folder.path()).unwrap();
    journal.begin(&charter(NAME)).unwrap();
    assert!(matches!(
        journal.begin(&charter(NAME)),
        Err(JournalError::NameTaken { .. })
    ));
    assert_eq!(journal.campaigns().unwrap().len(), 1);
}

#[test]
fn an_unknown_campaign_is_refused_with_the_known_ones() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::create_or_open(folder.path()).unwrap();
    journal.begin(&charter(NAME)).unwrap();
    let error = journal.settle("silver", &attempt(1)).unwrap_err();
    assert!(matches!(error, JournalError::UnknownCampaign { .. }));
    assert!(
        error.to_string().contains("silver") && error.to_string().contains(NAME),
        "{error}"
    );
}

#[test]
fn opening_where_there_is_no_archive_creates_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let absent = folder.path().join("a/b");
    assert!(matches!(
        refusal(Journal::open(&absent)),
        JournalError::Absent { .. }
    ));
    assert!(matches!(
        refusal(Journal::open(folder.path())),
        JournalError::Absent { .. }
    ));
    assert_eq!(listing(folder.path()), [""; 0]);
}

#[test]
fn an_archive_is_created_with_its_folder() {
    let folder = tempfile::tempdir().unwrap();
    let absent = folder.path().join("a/b");
    Journal::create_or_open(&absent).unwrap().close().unwrap();
    Journal::open(&absent).unwrap();
}

#[test]
fn a_folder_with_foreign_files_is_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("thesis.tex"), "text").unwrap();
    for result in [
        Journal::create_or_open(folder.path()),
        Journal::open(folder.path()),
    ] {
        let error = refusal(result);
        assert!(
            matches!(&error, JournalError::NotAnArchive { found, .. } if found == "thesis.tex"),
            "{error}"
        );
    }
    assert_eq!(listing(folder.path()), ["thesis.tex"]);
}

#[test]
fn a_file_in_place_of_the_folder_is_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("archive");
    fs::write(&file, "text").unwrap();
    assert!(matches!(
        refusal(Journal::create_or_open(&file)),
        JournalError::NotAFolder { .. }
    ));
    assert!(matches!(
        refusal(Journal::open(&file)),
        JournalError::NotAFolder { .. }
    ));
    let below = refusal(Journal::create_or_open(&file.join("below")));
    assert!(matches!(below, JournalError::NotAFolder { .. }), "{below}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "text");
}

#[test]
#[cfg(target_os = "linux")]
fn a_place_that_cannot_be_written_is_an_error_that_names_it() {
    // Nobody can create anything in /proc, root included.
    let error = refusal(Journal::create_or_open(Path::new("/proc/archive")));
    assert!(matches!(error, JournalError::Io { .. }));
    assert!(error.to_string().contains("/proc/archive"), "{error}");
}

#[test]
fn a_folder_that_the_creation_made_is_removed_when_the_creation_fails() {
    let folder = tempfile::tempdir().unwrap();
    // A file name of more than 255 bytes cannot be created, but the folders above it can.
    let error = refusal(Journal::create_or_open(
        &folder.path().join("a").join("b".repeat(300)),
    ));
    assert!(matches!(error, JournalError::Io { .. }), "{error}");
    assert_eq!(listing(folder.path()), [""; 0]);
}

#[test]
fn a_creation_that_was_killed_is_begun_again() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("LOCK"), "").unwrap();
    fs::create_dir(folder.path().join("sled.unfinished")).unwrap();
    fs::write(folder.path().join("sled.unfinished/db"), "half").unwrap();
    assert!(matches!(
        refusal(Journal::open(folder.path())),
        JournalError::Absent { .. }
    ));
    archive_with(folder.path(), 1..=2);
    assert_eq!(
        Journal::open(folder.path())
            .unwrap()
            .attempts(NAME)
            .unwrap()
            .len(),
        2
    );
    assert!(!folder.path().join("sled.unfinished").exists());
}

#[test]
fn a_second_opening_in_the_same_process_is_told_who_holds_the_archive() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::create_or_open(folder.path()).unwrap();
    for result in [
        Journal::open(folder.path()),
        Journal::create_or_open(folder.path()),
    ] {
        let error = refusal(result);
        assert!(matches!(error, JournalError::Busy { .. }));
        assert!(
            error
                .to_string()
                .contains(&format!("process {}", std::process::id())),
            "{error}"
        );
    }
    journal.begin(&charter(NAME)).unwrap();
    drop(journal);
    assert_eq!(
        Journal::open(folder.path())
            .unwrap()
            .campaigns()
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn a_lock_file_of_a_dead_process_is_free_at_once() {
    let folder = tempfile::tempdir().unwrap();
    archive_with(folder.path(), 1..=1);
    fs::write(folder.path().join("LOCK"), "1 1700000000\n").unwrap();
    Journal::open(folder.path()).unwrap();
}
