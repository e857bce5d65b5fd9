//! `motherlode lab`: what the labs are, whether one is sound, and how far its ranking can be
//! trusted.

mod check;
mod drawing;
mod lab_argument;
mod list;
mod show;
mod task;
mod validate;
mod validation_tables;

use clap::Subcommand;

use crate::cli::common::{Common, Ending, Failure};

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
