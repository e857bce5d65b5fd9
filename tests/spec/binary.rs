//! The program under test, run as a user runs it.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// The built program.
pub fn motherlode() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_motherlode"));
    command
        .env_remove("MOTHERLODE_ARCHIVE")
        .env_remove("MOTHERLODE_DATA")
        .env_remove("OPENAI_API_KEY")
        .stdin(Stdio::null());
    command
}

/// A folder of its own for one test, which is removed at its end.
pub fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder can be made")
}

/// A lab whose trials take about a millisecond.
pub fn tiny_lab() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/spec/labs/tiny.toml")
}

/// Runs the program to its end in `folder`, with the archive in `folder/archive`.
pub fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = motherlode();
    command
        .args(arguments)
        .arg("--archive")
        .arg(folder.join("archive"))
        .current_dir(folder);
    command.output().expect("the program starts")
}

/// Starts the program in `folder` with its standard output piped and its standard error dropped.
pub fn start(folder: &Path, arguments: &[&str]) -> Child {
    let mut command = motherlode();
    command
        .args(arguments)
        .arg("--archive")
        .arg(folder.join("archive"))
        .current_dir(folder);
    command
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts")
}

/// Arguments that mine on the tiny lab, with others after them.
pub fn mine<'a>(lab: &'a Path, others: &[&'a str]) -> Vec<&'a str> {
    let lab = lab.to_str().expect("the path is text");
    [&["mine", "--lab", lab], others].concat()
}

pub fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("output is text")
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("errors are text")
}

/// The one JSON document on standard output.
pub fn document(output: &Output) -> Value {
    serde_json::from_str(&stdout(output))
        .unwrap_or_else(|error| panic!("{error}: {}\n{}", stdout(output), stderr(output)))
}

/// The JSON lines on standard output.
pub fn lines(output: &Output) -> Vec<Value> {
    stdout(output)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}

/// Writes `count` scripted replies, each a formula of its own, and a few that are none.
pub fn write_replies(folder: &Path, count: usize) -> PathBuf {
    let replies = folder.join("replies");
    std::fs::create_dir_all(&replies).expect("a folder can be made");
    for number in 0..count {
        let a = 0.5 + 0.01 * number as f64;
        let text = match number % 7 {
            0 => format!(
                "{{\"formula\": \"x*sigmoid({a:.2}*x)\", \"name\": \"swish\", \
                 \"rationale\": \"a sharper gate\"}}"
            ),
            1 => format!("I suggest this one.\n```\ntanh({a:.2}*x) + 0.1*x\n```\n"),
            2 => format!("{{\"formula\": \"max(x, 0) + {a:.2}*min(x, 0)\"}}"),
            3 => format!("{{\"formula\": \"x*nosuchfunction({a:.2})\"}}"),
            4 => "I would rather not say.".to_owned(),
            5 => format!("{{\"formula\": \"atan({a:.2}*x)*x\"}}"),
            _ => "{\"formula\": \"x*sigmoid(x)\"}".to_owned(),
        };
        std::fs::write(replies.join(format!("{number:04}.md")), text)
            .expect("a file can be written");
    }
    replies
}
