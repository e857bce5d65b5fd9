//! How files are read: ordinary ones alone, and of none more than a stated limit.

mod everywhere;

use std::fs::{self, File};
use std::io;
use std::path::Path;

use motherlode::files::{self, ReadLimit, LIMITS};

use crate::binary::folder;

const SMALL: ReadLimit = ReadLimit {
    of: "a small file",
    bytes: 1 << 10,
};
const LINE: ReadLimit = ReadLimit {
    of: "a line of it",
    bytes: 8,
};

/// A file that takes no room and has so many bytes.
pub fn long_file(path: &Path, bytes: u64) {
    File::create(path).unwrap().set_len(bytes).unwrap();
}

/// A pipe to which nobody writes.
pub fn pipe(path: &Path) {
    let made = std::process::Command::new("mkfifo").arg(path).status();
    assert!(made.unwrap().success());
}

#[test]
fn a_file_is_read_up_to_its_limit_and_refused_beyond_it() {
    let folder = folder();
    let path = folder.path().join("file");
    for (length, is_read) in [(0, true), (1, true), (1024, true), (1025, false)] {
        fs::write(&path, vec![b'a'; length]).unwrap();
        let found = files::text(&path, SMALL).map(|text| text.len());
        match found {
            Ok(found) => assert!(is_read && found == length, "{length}"),
            Err(error) => {
                assert!(!is_read, "{length}: {error}");
                assert_eq!(
                    error.to_string(),
                    "it has more than 1 KiB, the most that is read of a small file"
                );
            }
        }
    }
    // What does not say how long it is.
    let endless = SMALL.bytes_of(io::repeat(0)).unwrap_err();
    assert_eq!(endless.kind(), io::ErrorKind::FileTooLarge);
}

#[test]
fn what_is_no_ordinary_file_is_refused_before_it_is_opened() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    pipe(&at("pipe"));
    fs::write(at("plain"), "plain").unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(at("socket")).unwrap();
    for (link, to) in [
        ("to-pipe", "pipe"),
        ("to-plain", "plain"),
        ("to-itself", "to-itself"),
    ] {
        std::os::unix::fs::symlink(to, at(link)).unwrap();
    }
    let problem = |read: io::Result<Vec<u8>>| match read {
        Ok(bytes) => String::from_utf8(bytes).unwrap(),
        Err(error) => error.to_string(),
    };
    let copy = "write what it gives to a file and name that";
    for (path, found) in [
        (
            at("pipe"),
            format!("it is a pipe, and only ordinary files are read: {copy}"),
        ),
        (
            at("to-pipe"),
            format!("it is a pipe, and only ordinary files are read: {copy}"),
        ),
        (
            at("socket"),
            format!("it is a socket, and only ordinary files are read: {copy}"),
        ),
        (
            "/dev/zero".into(),
            format!("it is a device, and only ordinary files are read: {copy}"),
        ),
        (
            at(""),
            "it is a folder, and only ordinary files are read: name a file in it".to_owned(),
        ),
        (
            at("none"),
            "No such file or directory (os error 2)".to_owned(),
        ),
        (at("to-plain"), "plain".to_owned()),
    ] {
        assert_eq!(
            problem(files::bytes(&path, SMALL)),
            found,
            "{}",
            path.display()
        );
    }
    assert!(files::bytes(&at("to-itself"), SMALL).is_err());
    let link = problem(files::own_bytes(&at("to-plain"), SMALL));
    assert_eq!(
        link,
        "it is a link, and only ordinary files are read: remove the link"
    );
    assert_eq!(problem(files::own_bytes(&at("plain"), SMALL)), "plain");
}

#[test]
fn a_text_says_where_it_is_none() {
    let folder = folder();
    let path = folder.path().join("text");
    fs::write(&path, b"abc\xff").unwrap();
    let error = files::text(&path, SMALL).unwrap_err().to_string();
    assert_eq!(error, "it is no UTF-8 text: byte 3 is part of no character");
}

#[test]
fn lines_are_held_to_a_limit_each_and_all_together() {
    let folder = folder();
    let path = folder.path().join("lines");
    let read = |text: &[u8]| {
        fs::write(&path, text).unwrap();
        let lines = files::lines(&path, LINE, SMALL)?;
        lines.collect::<io::Result<Vec<String>>>()
    };
    for (text, wanted) in [
        (b"".as_slice(), vec![]),
        (b"one", vec!["one"]),
        (b"one\ntwo\r\n\nthree\n", vec!["one", "two", "", "three"]),
        (b"12345678\n12345678", vec!["12345678", "12345678"]),
    ] {
        assert_eq!(read(text).unwrap(), wanted);
    }
    for (text, words) in [
        (
            b"12345678\n123456789\n1".to_vec(),
            "the most that is read of a line of it",
        ),
        (
            b"1\n".repeat(600),
            "it has more than 1 KiB, the most that is read of a small file",
        ),
        (
            b"a\n\xff\n".to_vec(),
            "it holds bytes that are no UTF-8 text",
        ),
    ] {
        let error = read(&text).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
    // After an error nothing follows.
    fs::write(&path, "123456789 is too long\nshort\n").unwrap();
    let lines = files::lines(&path, LINE, SMALL).unwrap();
    assert_eq!(lines.map(|line| line.is_ok()).collect::<Vec<_>>(), [false]);
}

#[test]
fn every_limit_is_documented() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/limits.md");
    let text = fs::read_to_string(path).unwrap();
    for limit in LIMITS {
        let row = format!("| {} | {} |", limit.of, limit.size());
        assert!(text.contains(&row), "docs/limits.md lacks: {row}");
    }
    for words in [
        format!("| entries of a folder | {} |", files::MOST_ENTRIES),
        format!(
            "| records of a file in the layout of CIFAR | {} |",
            motherlode::images::cifar::MOST_RECORDS
        ),
        format!(
            "| an IDX file, unpacked | {} GiB |",
            motherlode::images::gzip::MOST_BYTES >> 30
        ),
    ] {
        assert!(text.contains(&words), "docs/limits.md lacks: {words}");
    }
}
