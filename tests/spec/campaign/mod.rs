//! Campaigns end to end: the same result on any number of workers, after any stop, and never more
//! than was asked.

mod beginning;
mod blocks;
mod confirmation;
mod formulas;
mod founding;
mod kills;
mod on_benchmark;
mod on_program;
mod once;
mod panics;
mod servers;
mod stops;

use std::path::Path;

use serde_json::Value;

use crate::binary::{folder, lines, mine, run, stderr, stdout, tiny_lab};

/// The attempts of a campaign as the archive shows them.
fn attempts(folder: &Path, campaign: &str) -> Vec<Value> {
    lines(&run(folder, &["archive", "attempts", campaign, "--json"]))
}

/// Mines 40 attempts with these further options; the table and the attempts.
fn mined(options: &[&str]) -> (String, Vec<Value>) {
    let folder = folder();
    let lab = tiny_lab();
    let output = run(
        folder.path(),
        &mine(
            &lab,
            &[&["--attempts", "40", "--name", "same"], options].concat(),
        ),
    );
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    (stdout(&output), attempts(folder.path(), "same"))
}
