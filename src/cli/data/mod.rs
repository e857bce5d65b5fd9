//! `motherlode data`: the image sets that replays train on.

mod check;
pub mod counts;
mod get;
mod import;
mod list;
mod manifest;
mod watch;

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::cli::common::{Common, Ending, Failure};

/// What `motherlode data` is asked for.
#[derive(Args)]
#[command(after_help = "Examples:
  motherlode data list
  motherlode data get fashion-mnist")]
pub struct DataArguments {
    /// The folder of the image sets [default: $MOTHERLODE_DATA, else motherlode-data in the user's
    /// data folder]
    #[arg(long, global = true, value_name = "DIR")]
    data: Option<PathBuf>,
    #[command(subcommand)]
    command: DataCommand,
}

#[derive(Subcommand)]
enum DataCommand {
    /// The image sets that are here, and those that can be got
    #[command(after_help = "Examples:
  motherlode data list
  motherlode data list --data /data/images --json")]
    List,
    /// Download a set from its home, going on where an earlier download stopped
    Get(get::GetArguments),
    /// Take a copy of a set of your own: IDX files, the binary version of CIFAR, or pictures in a
    /// folder a class
    Import(import::ImportArguments),
    /// Hold sets to their counts and to the means and deviations that are published
    Check(check::DataCheckArguments),
}

/// Does to the folder of the image sets what the command asks for.
pub fn run(arguments: &DataArguments, common: &Common) -> Result<Ending, Failure> {
    let folder = common.data_folder(arguments.data.as_deref())?;
    match &arguments.command {
        DataCommand::List => list::run(&folder, common),
        DataCommand::Get(arguments) => get::run(arguments, &folder, common),
        DataCommand::Import(arguments) => import::run(arguments, &folder, common),
        DataCommand::Check(arguments) => check::run(arguments, &folder, common),
    }
}
