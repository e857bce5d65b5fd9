//! Files that results are derived from: what was changed in them, or is of something else, is not
//! taken, and begins anew.

use std::fs;
use std::path::Path;

use motherlode::config::FoundLab;
use motherlode::lab::Lab;
use motherlode::nets::StateTensor;
use motherlode::record::benchmark_run::EpochPoint;
use motherlode::replay::checked_file::{CheckedFile, Unfit};
use motherlode::replay::checkpoint::{self, Progress};
use motherlode::replay::transfer::measure_cache::MeasureCache;

use crate::binary::folder;
use crate::lab::TINY;

const RUN: &str = "benchmark-activation-1";

fn progress(run: &str) -> Progress {
    Progress {
        run: run.to_owned(),
        epochs: 2,
        steps: 14,
        curve: vec![EpochPoint {
            epoch: 1,
            train_loss: 0.5,
            validation_loss: Some(0.25),
            validation_value: None,
        }],
    }
}

fn state() -> Vec<StateTensor> {
    let tensor = |name: &str, shape: &[usize]| StateTensor {
        name: name.to_owned(),
        shape: shape.to_vec(),
        values: (0..shape.iter().product::<usize>())
            .map(|at| at as f32 * 0.37 - 1.0)
            .collect(),
    };
    vec![tensor("bias", &[3]), tensor("weights", &[2, 3])]
}

/// The bytes of a checkpoint of this run.
fn written(path: &Path, run: &str) -> Vec<u8> {
    checkpoint::write(path, &progress(run), &state()).unwrap();
    fs::read(path).unwrap()
}

/// The document of a checkpoint, as the version before wrote it.
fn unchecked(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap();
    &bytes[end + 1..]
}

#[test]
fn a_checkpoint_is_read_as_it_was_written() {
    let folder = folder();
    let path = folder.path().join("checkpoints/run.safetensors");
    assert!(checkpoint::read(&path, RUN).is_none(), "there is none");
    written(&path, RUN);
    let (found, mut tensors) = checkpoint::read(&path, RUN).unwrap();
    tensors.sort_by(|a, b| a.name.cmp(&b.name));
    assert_eq!((found, tensors), (progress(RUN), state()));
}

#[test]
fn no_flipped_bit_of_a_checkpoint_goes_unnoticed() {
    let folder = folder();
    let path = folder.path().join("run.safetensors");
    let bytes = written(&path, RUN);
    for at in 0..bytes.len() {
        let mut flipped = bytes.clone();
        flipped[at] ^= 1 << (at % 8);
        fs::write(&path, &flipped).unwrap();
        assert!(
            checkpoint::read(&path, RUN).is_none(),
            "byte {at} of {}",
            bytes.len()
        );
    }
    fs::write(&path, &bytes).unwrap();
    assert!(checkpoint::read(&path, RUN).is_some());
}

#[test]
fn what_is_no_whole_checkpoint_of_this_run_begins_anew() {
    let folder = folder();
    let path = folder.path().join("run.safetensors");
    let (bytes, other) = (
        written(&path, RUN),
        written(&path, "benchmark-activation-2"),
    );
    for length in 0..bytes.len() {
        fs::write(&path, &bytes[..length]).unwrap();
        assert!(
            checkpoint::read(&path, RUN).is_none(),
            "{length} of {} bytes",
            bytes.len()
        );
    }
    let with = |from: &str, to: &str| {
        let end = bytes.len() - unchecked(&bytes).len();
        let line = String::from_utf8(bytes[..end].to_vec()).unwrap();
        [line.replacen(from, to, 1).as_bytes(), unchecked(&bytes)].concat()
    };
    for (what, changed) in [
        ("of the version before", unchecked(&bytes).to_vec()),
        ("of another run, renamed", other.clone()),
        (
            "another's first line",
            [
                &other[..other.len() - unchecked(&other).len()],
                unchecked(&bytes),
            ]
            .concat(),
        ),
        ("of a later version", with("checkpoint 2", "checkpoint 3")),
        ("of another kind", with("checkpoint", "field")),
        ("longer by a byte", [bytes.as_slice(), b"\0"].concat()),
        (
            "longer by itself",
            [bytes.as_slice(), bytes.as_slice()].concat(),
        ),
        ("zeros", vec![0; bytes.len()]),
    ] {
        fs::write(&path, changed).unwrap();
        assert!(checkpoint::read(&path, RUN).is_none(), "{what}");
    }
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    assert!(checkpoint::read(&path, RUN).is_none(), "a folder");
}

#[test]
fn a_file_says_why_it_is_not_taken() {
    let form = CheckedFile {
        holds: "thing",
        version: 2,
        key: "k",
    };
    let bytes = form.with_checksum(b"contents");
    assert_eq!(form.contents(&bytes), Ok(b"contents".as_slice()));
    let mut flipped = bytes.clone();
    *flipped.last_mut().unwrap() ^= 1;
    let other = |form: CheckedFile| form.with_checksum(b"contents");
    for (bytes, wanted) in [
        (b"".to_vec(), Unfit::Unchecked),
        (b"{}\n".to_vec(), Unfit::Unchecked),
        (
            other(CheckedFile {
                holds: "other",
                ..form
            }),
            Unfit::Unchecked,
        ),
        (
            other(CheckedFile { version: 1, ..form }),
            Unfit::OtherVersion,
        ),
        (
            other(CheckedFile {
                version: 20,
                ..form
            }),
            Unfit::OtherVersion,
        ),
        (other(CheckedFile { key: "l", ..form }), Unfit::OtherKey),
        (flipped, Unfit::Damaged),
    ] {
        assert_eq!(
            form.contents(&bytes),
            Err(wanted),
            "{}",
            bytes.escape_ascii()
        );
    }
}

#[test]
fn a_checkpoint_is_not_written_through_a_link_that_another_put_there() {
    let folder = folder();
    let (path, outside) = (
        folder.path().join("run.safetensors"),
        folder.path().join("outside"),
    );
    fs::write(&outside, "theirs").unwrap();
    std::os::unix::fs::symlink(&outside, folder.path().join("run.new")).unwrap();
    std::os::unix::fs::symlink(&outside, &path).unwrap();
    written(&path, RUN);
    assert_eq!(fs::read_to_string(&outside).unwrap(), "theirs");
    assert!(checkpoint::read(&path, RUN).is_some());
}

fn tiny(steps: &str) -> FoundLab {
    let definition = TINY.replace("steps = 40", steps);
    FoundLab {
        lab: Lab::parse(&definition).unwrap(),
        definition,
        files: Vec::new(),
    }
}

/// The measures of two functions, kept in `folder`; the path of their file and its bytes.
fn kept(folder: &Path) -> (std::path::PathBuf, Vec<u8>) {
    let measures = |value: f64| {
        let tasks = vec![vec![vec![value; 2]; 2]; 3];
        serde_json::from_value(serde_json::json!(tasks)).unwrap()
    };
    let mut cache = MeasureCache::open(folder, &tiny("steps = 40"), 3).unwrap();
    cache.keep("first", measures(0.1)).unwrap();
    cache.keep("second", measures(0.7)).unwrap();
    let entry = fs::read_dir(folder.join("fields")).unwrap().next();
    let path = entry.unwrap().unwrap().path();
    let bytes = fs::read(&path).unwrap();
    (path, bytes)
}

/// Which of the two functions are found.
fn found(folder: &Path) -> [bool; 2] {
    let cache = MeasureCache::open(folder, &tiny("steps = 40"), 3).unwrap();
    ["first", "second"].map(|id| cache.get(id).is_some())
}

#[test]
fn a_flipped_bit_of_a_labs_measures_loses_the_line_that_it_is_in() {
    let folder = folder();
    let (path, bytes) = kept(folder.path());
    assert_eq!(found(folder.path()), [true; 2]);
    let first = bytes.iter().position(|byte| *byte == b'\n').unwrap();
    for at in (0..bytes.len()).step_by(5).chain([first, bytes.len() - 1]) {
        let mut flipped = bytes.clone();
        flipped[at] ^= 1 << (at % 7);
        fs::write(&path, &flipped).unwrap();
        let wanted = match at {
            // Without the line break between them, the two are one line that is neither.
            _ if at == first => [false, false],
            _ => [at > first, at < first],
        };
        assert_eq!(found(folder.path()), wanted, "byte {at} of {}", bytes.len());
        // What was left out is gone, and what is there is whole.
        let healed = fs::read(&path).unwrap();
        assert_eq!(found(folder.path()), wanted);
        assert_eq!(fs::read(&path).unwrap(), healed);
    }
}

#[test]
fn what_is_no_measure_of_this_lab_begins_anew() {
    let folder = folder();
    let (path, bytes) = kept(folder.path());
    for length in (0..bytes.len()).rev().step_by(7) {
        fs::write(&path, &bytes[..length]).unwrap();
        let second = length + 1 >= bytes.len();
        let first = bytes[..length + 1].contains(&b'\n');
        assert_eq!(
            found(folder.path()),
            [first, second],
            "{length} of {}",
            bytes.len()
        );
    }
    let text = String::from_utf8(bytes.clone()).unwrap();
    let unchecked: String = text
        .lines()
        .map(|line| format!("{{{}\n", line.split_once("\",").unwrap().1))
        .collect();
    for (what, changed) in [
        ("of the version before", unchecked.clone()),
        ("nothing", String::new()),
        ("other text", "no measures\n\n".to_owned()),
    ] {
        fs::write(&path, changed).unwrap();
        assert_eq!(found(folder.path()), [false; 2], "{what}");
    }
    // The file of another lab under this one's name.
    fs::write(&path, &bytes).unwrap();
    drop(MeasureCache::open(folder.path(), &tiny("steps = 41"), 3).unwrap());
    let entries = fs::read_dir(folder.path().join("fields")).unwrap();
    let other = entries
        .map(|entry| entry.unwrap().path())
        .find(|other| *other != path);
    let other = other.unwrap();
    fs::rename(&path, &other).unwrap();
    let cache = MeasureCache::open(folder.path(), &tiny("steps = 41"), 3).unwrap();
    assert!(cache.get("first").is_none() && cache.get("second").is_none());
    assert_eq!(fs::read(&other).unwrap(), b"", "no line is left");
}
