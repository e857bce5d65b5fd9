//! An archive that came from someone else points nowhere else, and one's own is one's own.

use std::fs;
use std::os::unix::fs::{symlink, PermissionsExt};
use std::path::Path;

use motherlode::journal::Journal;

use super::rich::bytes;
use super::{archive_with, NAME};
use crate::binary::{mine, run, stderr, tiny_lab};

fn remove(path: &Path) {
    if path.is_dir() {
        fs::remove_dir_all(path).unwrap();
    } else if path.exists() {
        fs::remove_file(path).unwrap();
    }
}

#[test]
fn no_link_in_an_archive_is_followed() {
    let export = format!("export/{NAME}.jsonl");
    for name in [
        "LOCK",
        "WITNESS",
        "WITNESS.tmp",
        "CLEAN",
        "CLEAN.tmp",
        "sled/db",
        "sled/conf",
        "export/gold.open.tmp",
        "export/gold.charter.json",
        &export,
    ] {
        let folder = tempfile::tempdir().unwrap();
        let (archive, victim) = (folder.path().join("a"), folder.path().join("victim"));
        archive_with(&archive, 1..=3);
        fs::write(&victim, "precious").unwrap();
        remove(&archive.join(name));
        symlink(&victim, archive.join(name)).unwrap();
        if let Ok(journal) = Journal::open(&archive) {
            journal.settle(NAME, &super::attempt(4)).unwrap();
            journal.close().unwrap();
        }
        assert_eq!(fs::read(&victim).unwrap(), b"precious", "{name}");
    }
}

#[test]
fn no_linked_folder_in_an_archive_is_written_to() {
    for name in ["sled", "export", "copies", "sled.checking", "sled.checked"] {
        let folder = tempfile::tempdir().unwrap();
        let (archive, elsewhere) = (folder.path().join("a"), folder.path().join("elsewhere"));
        archive_with(&archive, 1..=3);
        fs::create_dir(&elsewhere).unwrap();
        for file in ["db", "conf", "1", "gold.jsonl", "gold.charter.json"] {
            fs::write(elsewhere.join(file), "precious").unwrap();
        }
        remove(&archive.join(name));
        symlink(&elsewhere, archive.join(name)).unwrap();
        let _ = fs::remove_file(archive.join("CLEAN"));
        let before = bytes(&elsewhere);
        for _ in 0..3 {
            let _ = Journal::open(&archive).map(|journal| journal.settle(NAME, &super::attempt(4)));
            let _ = motherlode::journal::repair(&archive);
        }
        assert!(bytes(&elsewhere) == before, "{name}");
    }
}

#[test]
fn a_pipe_in_the_place_of_a_file_does_not_hang_the_program() {
    for name in ["LOCK", "WITNESS", "CLEAN", "export/gold.jsonl", "sled/db"] {
        let folder = tempfile::tempdir().unwrap();
        archive_with(folder.path(), 1..=3);
        let path = folder.path().join(name);
        fs::remove_file(&path).unwrap();
        let made = std::process::Command::new("mkfifo").arg(&path).status();
        assert!(made.unwrap().success());
        let error = Journal::open(folder.path())
            .err()
            .map(|error| error.to_string());
        let error = error.unwrap_or_else(|| panic!("{name}: it opened"));
        assert!(error.contains("a pipe"), "{name}: {error}");
    }
}

#[test]
fn an_archive_is_its_owners_alone() {
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("deep/archive");
    archive_with(&archive, 1..=3);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    for name in ["", "sled", "export"] {
        assert_eq!(mode(&archive.join(name)), 0o700, "{name}");
    }
    for name in [
        "LOCK",
        "WITNESS",
        "CLEAN",
        "export/gold.jsonl",
        "export/gold.charter.json",
    ] {
        assert_eq!(mode(&archive.join(name)), 0o600, "{name}");
    }
}

#[test]
fn an_archive_into_which_others_may_write_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let lab = tiny_lab();
    let made = run(
        folder.path(),
        &mine(&lab, &["--attempts", "2", "--champions", "0"]),
    );
    assert!(made.status.success(), "{}", stderr(&made));
    let archive = folder.path().join("archive");
    let listed = run(folder.path(), &["archive", "list"]);
    assert!(!stderr(&listed).contains("others"), "{}", stderr(&listed));
    fs::set_permissions(archive.join("export"), fs::Permissions::from_mode(0o777)).unwrap();
    let listed = run(folder.path(), &["archive", "list"]);
    assert!(listed.status.success());
    let said = stderr(&listed);
    assert!(
        said.contains("archive/export") && said.contains("go-w"),
        "{said}"
    );
}
