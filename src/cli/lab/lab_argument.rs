//! A lab as the user names it, and its tasks.

use crate::cli::common::{shortened, Failure};
use crate::config::find_lab;
use crate::formula::nearest::nearest;
use crate::lab::{Draw, Lab, Laboratory};
use crate::numerics::stop::Stop;

/// The lab where none is named.
pub const DEFAULT: &str = "standard";

/// The lab of this name or file.
///
/// # Errors
/// A matter of usage: a lab that is not there or that is unsound.
pub fn named(name_or_path: &str) -> Result<Lab, Failure> {
    find_lab(name_or_path)
        .map(|found| found.lab)
        .map_err(Failure::usage)
}

/// The place of a task in its lab.
///
/// # Errors
/// A matter of usage: a name that no task has, with the nearest one.
pub fn task_index(lab: &Lab, name: &str) -> Result<usize, Failure> {
    let unknown = || {
        let nearest = nearest(name, lab.tasks.iter().map(|task| task.name()));
        let shown = shortened(name);
        Failure::usage(format!(
            "lab '{}' has no task '{shown}'; the nearest name is '{nearest}', and motherlode lab \
             show lists all",
            lab.name
        ))
    };
    lab.tasks
        .iter()
        .position(|task| task.name() == name)
        .ok_or_else(unknown)
}

/// The lab made ready; `None` where the user stopped it.
///
/// # Errors
/// What is wrong with the lab's data or its reference.
pub fn prepared(
    lab: Lab,
    draw: Draw,
    workers: usize,
    stop: &Stop,
) -> Result<Option<Laboratory>, Failure> {
    match Laboratory::prepare(lab, draw, workers, stop) {
        Err(_) if stop.is_due() => Ok(None),
        prepared => Ok(Some(prepared?)),
    }
}
