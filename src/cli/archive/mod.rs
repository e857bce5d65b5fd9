//! `motherlode archive`: reviews campaigns, candidates and attempts.

pub mod attempts;
mod candidates;
mod formula;
mod list;
mod replays;
mod show;
mod top;

use clap::Subcommand;

use self::attempts::AttemptsArguments;
use self::show::ArchiveShowArguments;
use self::top::TopArguments;
use crate::cli::common::{Common, Ending, Failure};

/// The commands that review an archive.
#[derive(Subcommand)]
#[command(after_help = "Examples:
  motherlode archive top
  motherlode archive show merry-willow-496")]
pub enum ArchiveCommand {
    /// The campaigns of the archive
    #[command(after_help = "Examples:
  motherlode archive list
  motherlode archive list --archive /data/night-runs --json")]
    List,
    /// The fittest candidates of a campaign
    Top(TopArguments),
    /// One formula: where it came from and how it did on every task
    Show(ArchiveShowArguments),
    /// Every attempt of a campaign with its outcome
    Attempts(AttemptsArguments),
}

/// Opens the archive and shows what the command asks for.
pub fn run(command: &ArchiveCommand, common: &Common) -> Result<Ending, Failure> {
    let journal = common.open_archive()?;
    match command {
        ArchiveCommand::List => list::run(&journal, common),
        ArchiveCommand::Top(arguments) => top::run(&journal, arguments, common),
        ArchiveCommand::Show(arguments) => show::run(&journal, arguments, common),
        ArchiveCommand::Attempts(arguments) => attempts::run(&journal, arguments, common),
    }?;
    journal.close()?;
    Ok(Ending::Done)
}
