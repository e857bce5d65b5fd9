//! `motherlode lab`: what the labs are, whether one is sound, and how far its ranking can be
//! trusted.

mod check;
mod cost;
mod drawing;
mod list;
mod show;
mod tables;
mod validate;

use clap::Subcommand;

use crate::cli::common::{shortened, Common, Ending, Failure};
use crate::config::find_lab;
use crate::formula::nearest::nearest;
use crate::lab::{Draw, Lab, Laboratory};
use crate::numerics::stop::Stop;

/// The lab where none is named.
const DEFAULT: &str = "standard";

/// What `motherlode lab` does.
#[derive(Subcommand)]
#[command(after_help = "Examples:
  motherlode lab list
  motherlode lab show standard")]
pub enum LabCommand {
    /// The labs that come with the program
    #[command(after_help = "Examples:
  motherlode lab list
  motherlode lab list --json")]
    List,
    /// The tasks, networks and cascade of a lab and what a candidate costs there, or the data of
    /// one task
    Show(show::ShowLabArguments),
    /// Whether a lab is sound: how hard each task is, and warnings where one measures nothing
    Check(check::CheckLabArguments),
    /// How well a lab ranks: its tasks, families, rungs, seeds and draws held against one another
    /// over a field of functions
    Validate(validate::ValidateArguments),
}

/// Does what a `motherlode lab` command says.
pub fn run(command: &LabCommand, common: &Common) -> Result<Ending, Failure> {
    match command {
        LabCommand::List => list::run(common),
        LabCommand::Show(arguments) => show::run(arguments, common),
        LabCommand::Check(arguments) => check::run(arguments, common),
        LabCommand::Validate(arguments) => validate::run(arguments, common),
    }
}

/// The lab of this name or file, or what is wrong with what was asked.
fn named(name_or_path: &str) -> Result<Lab, Failure> {
    find_lab(name_or_path)
        .map(|found| found.lab)
        .map_err(Failure::usage)
}

/// The place of a task in its lab.
fn task_index(lab: &Lab, name: &str) -> Result<usize, Failure> {
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
fn prepared(
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
