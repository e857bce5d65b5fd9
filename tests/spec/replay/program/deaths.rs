//! What becomes of a program when the program that runs it is stopped or dies.

use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};

use super::{marked, running_in, write_program, OWN};
use crate::binary::{folder, motherlode};

/// A program that starts others, some of which leave its group, and never ends.
const ENDLESS: &str = "trap '' TERM\nsleep 600 & setsid sleep 600 &\n\
    dirname \"$MOTHERLODE_SCRATCH\" > folder.aside\nmv folder.aside folder\n\
    while :; do sleep 0.05; done";

/// Sends a signal to the process that runs a replay, once its program runs.
fn stopped(folder: &Path, signal: &str) -> ExitStatus {
    write_program(folder, &marked(folder), ENDLESS);
    let mut child = motherlode()
        .args(OWN)
        .args(["--archive", "archive"])
        .current_dir(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while child.try_wait().unwrap().is_none() && !folder.join("folder").exists() {
        std::thread::yield_now();
    }
    let process = child.id().to_string();
    let sent = Command::new("kill").args([signal, &process]).status();
    assert!(sent.unwrap().success());
    child.wait().unwrap()
}

/// Waits until nothing of the program runs, and its folder is gone.
fn is_gone(folder: &Path) {
    let workplace = std::fs::read_to_string(folder.join("folder")).unwrap();
    while !running_in(folder).is_empty() || Path::new(workplace.trim()).exists() {
        std::thread::yield_now();
    }
}

#[test]
fn nothing_is_left_of_a_program_whose_master_was_killed() {
    let folder = folder();
    let status = stopped(folder.path(), "-KILL");
    assert_eq!(status.code(), None);
    is_gone(folder.path());
}

#[test]
fn nothing_is_left_of_a_program_whose_user_has_stopped_it() {
    let folder = folder();
    let status = stopped(folder.path(), "-INT");
    assert_eq!(status.code(), Some(130));
    assert_eq!(running_in(folder.path()), Vec::<String>::new());
    is_gone(folder.path());
}
