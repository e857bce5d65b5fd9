//! Wherever a file is read that a user names, or that lies in a folder: pipes, devices and files
//! that are too long are refused in words that name the file and the limit, and nothing waits.

use std::fs;
use std::path::Path;

use motherlode::config::{find_lab, find_lab_again};
use motherlode::files::{self, ReadLimit};
use motherlode::proposer::recorded::Recorded;
use motherlode::proposer::Scripted;
use motherlode::record::charter::Charter;
use motherlode::replay::checkpoint;
use motherlode::replay::sets::{DataFolder, Watch};

use super::{long_file, pipe};
use crate::binary::{folder, run, stderr};
use crate::images::{idx_images, idx_labels};
use crate::lab::TINY;

/// A place at which a file is read, by the folder it lies in, and what is then said.
type Place = (&'static str, ReadLimit, fn(&Path) -> String);

fn lab(folder: &Path) -> String {
    let path = folder.join("lab.toml");
    find_lab(path.to_str().unwrap()).unwrap_err().to_string()
}

fn table_lab(folder: &Path) -> String {
    let (head, _) = TINY.split_once("[[task]]").unwrap();
    let (_, tail) = TINY.split_once("[[profile]]").unwrap();
    let task = "[[task]]\nname = 'p_1d3'\nfamily = 'file'\ntrain = 'table.csv'\n";
    let text = format!("{head}{task}[[profile]]{tail}");
    fs::write(folder.join("own.toml"), text).unwrap();
    folder.join("own.toml").to_str().unwrap().to_owned()
}

fn table(folder: &Path) -> String {
    find_lab(&table_lab(folder)).unwrap_err().to_string()
}

fn table_again(folder: &Path) -> String {
    let path = folder.join("table.csv");
    let aside = folder.join("aside");
    fs::rename(&path, &aside).unwrap();
    let rows: String = (0..60)
        .map(|row| format!("{row},{}\n", row * row))
        .collect();
    fs::write(&path, format!("x,y\n{rows}")).unwrap();
    let charter = Charter::new("c", find_lab(&table_lab(folder)).unwrap().source(), 1);
    fs::rename(&aside, &path).unwrap();
    find_lab_again(&charter).unwrap_err().to_string()
}

fn scripted(folder: &Path) -> String {
    let path = folder.join("replies.txt");
    Scripted::open(&path).unwrap_err().to_string()
}

fn recorded(folder: &Path) -> String {
    let path = folder.join("recorded.jsonl");
    Recorded::open(&path).unwrap_err().to_string()
}

fn picture(folder: &Path) -> String {
    for class in ["train/a", "train/b", "test/a"] {
        fs::create_dir_all(folder.join("in").join(class)).unwrap();
        fs::write(folder.join("in").join(class).join("1.png"), "x").unwrap();
    }
    fs::rename(folder.join("1.png"), folder.join("in/train/a/1.png")).unwrap();
    import(folder)
}

fn import(folder: &Path) -> String {
    let data = DataFolder::new(folder.join("data"));
    let imported = data.import("own", &folder.join("in"), None, &Watch::nobody());
    imported.unwrap_err().to_string()
}

fn imported(folder: &Path, name: &str) -> String {
    let source = folder.join("idx");
    fs::create_dir_all(&source).unwrap();
    for (file, bytes) in [
        ("train-images-idx3-ubyte", idx_images(4, 4, 4)),
        ("train-labels-idx1-ubyte", idx_labels(&[0, 1, 0, 1])),
        ("t10k-images-idx3-ubyte", idx_images(2, 4, 4)),
        ("t10k-labels-idx1-ubyte", idx_labels(&[0, 1])),
    ] {
        fs::write(source.join(file), bytes).unwrap();
    }
    let data = DataFolder::new(folder.join("data"));
    let manifest = data.import("own", &source, None, &Watch::nobody()).unwrap();
    let name = name.replace("HASH", &manifest.hash[..16]);
    fs::rename(folder.join("bad"), folder.join("data/own").join(name)).unwrap();
    data.open("own").unwrap_err().to_string()
}

fn manifest(folder: &Path) -> String {
    imported(folder, "manifest.toml")
}

fn images(folder: &Path) -> String {
    imported(folder, "HASH.images")
}

/// Each place, the file at which it reads, and its limit.
const PLACES: [Place; 8] = [
    ("lab.toml", files::DEFINITION, lab),
    ("table.csv", files::TABLE, table),
    ("table.csv", files::TABLE, table_again),
    ("replies.txt", files::REPLIES, scripted),
    ("recorded.jsonl", files::RECORDING, recorded),
    ("1.png", files::PICTURE, picture),
    ("bad", files::MANIFEST, manifest),
    ("bad", files::IMAGES, images),
];

#[test]
fn a_pipe_and_a_device_are_refused_wherever_a_file_is_read() {
    for (name, limit, read) in PLACES {
        for (found, is_pipe) in [("a pipe", true), ("a device", false)] {
            let folder = folder();
            let path = folder.path().join(name);
            if is_pipe {
                pipe(&path);
            } else {
                std::os::unix::fs::symlink("/dev/zero", &path).unwrap();
            }
            let problem = read(folder.path());
            // In a folder of pictures, neither is a picture.
            let wanted = if name == "1.png" {
                "passed over: 1 x ".to_owned()
            } else {
                format!("it is {found}, and only ordinary files are read")
            };
            assert!(problem.contains(&wanted), "{}: {problem}", limit.of);
        }
    }
}

#[test]
fn a_file_of_more_than_its_limit_is_refused_with_the_limit_and_its_name() {
    for (name, limit, read) in PLACES {
        let folder = folder();
        long_file(&folder.path().join(name), limit.bytes + 1);
        let problem = read(folder.path());
        let size = format!("{}, the most that is read of {}", limit.size(), limit.of);
        // The length of the images is known beforehand.
        let is_other = limit == files::IMAGES && problem.contains("its file of images has");
        assert!(is_other || problem.contains(&size), "{problem}");
        let shown = if name == "bad" { "data/own" } else { name };
        assert!(problem.contains(shown), "{problem} names no {shown}");
    }
}

#[test]
fn an_endless_line_of_recorded_attempts_is_refused_by_its_number() {
    let folder = folder();
    let path = folder.path().join("recorded.jsonl");
    long_file(&path, files::RECORDING_LINE.bytes + 2);
    let problem = recorded(folder.path());
    assert!(
        problem.ends_with(
            "cannot be read: it has more than 16 MiB, the most that is read of a \
             line of recorded attempts"
        ) && problem.contains("line 1 of "),
        "{problem}"
    );
}

#[test]
fn the_files_of_an_image_set_are_no_links_to_devices() {
    for name in ["train-images-idx3-ubyte", "t10k-labels-idx1-ubyte"] {
        for is_pipe in [true, false] {
            let folder = folder();
            let source = folder.path().join("in");
            fs::create_dir_all(&source).unwrap();
            if is_pipe {
                pipe(&source.join(name));
            } else {
                std::os::unix::fs::symlink("/dev/zero", source.join(name)).unwrap();
            }
            let problem = import(folder.path());
            let kind = if is_pipe {
                "pipes, sockets and devices"
            } else {
                "links, which are not followed"
            };
            assert!(
                problem.ends_with(&format!("; passed over: 1 x {kind} ({name})")),
                "{problem}"
            );
        }
    }
}

#[test]
fn a_checkpoint_that_is_none_of_the_programs_files_is_no_checkpoint() {
    let folder = folder();
    let path = folder.path().join("checkpoint");
    pipe(&path);
    assert!(checkpoint::read(&path, "run").is_none());
    fs::remove_file(&path).unwrap();
    std::os::unix::fs::symlink("/dev/zero", &path).unwrap();
    assert!(checkpoint::read(&path, "run").is_none());
}

#[test]
fn the_commands_say_so_and_end() {
    let folder = folder();
    pipe(&folder.path().join("pipe.toml"));
    for arguments in [
        ["evaluate", "relu", "--lab", "./pipe.toml"].as_slice(),
        &["mine", "./pipe.toml"],
        &[
            "mine",
            "--lab",
            "smoke",
            "--proposer",
            "scripted",
            "--replies",
            "pipe.toml",
        ],
        &["mine", "--lab", "smoke", "--proposer", "recorded:pipe.toml"],
        &["lab", "show", "/dev/zero"],
    ] {
        let output = run(folder.path(), arguments);
        let problem = stderr(&output);
        assert!(matches!(output.status.code(), Some(1 | 2)), "{problem}");
        assert!(
            problem.contains("and only ordinary files are read"),
            "{arguments:?}: {problem}"
        );
    }
}
