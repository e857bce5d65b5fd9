//! `motherlode archive`: reviews campaigns, candidates and attempts.

pub mod attempts;
mod candidates;
mod formula;
mod list;
mod repair;
mod replays;
mod show;
mod top;
mod verify;

use clap::Subcommand;

use self::attempts::AttemptsArguments;
use self::show::ArchiveShowArguments;
use self::top::TopArguments;
use crate::cli::common::{Common, Ending, Failure};
use crate::journal::Journal;

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
    /// Whether every byte and every record is as it should be; changes nothing
    #[command(after_help = "Examples:
  motherlode archive verify
  motherlode archive verify --archive /data/night-runs --json")]
    Verify,
    /// Makes a damaged archive whole from its export, its copies and its database
    #[command(after_help = "Examples:
  motherlode archive repair
  motherlode archive repair --archive /data/night-runs")]
    Repair,
}

/// Opens the archive and shows what the command asks for, or sees to the archive itself.
pub fn run(command: &ArchiveCommand, common: &Common) -> Result<Ending, Failure> {
    match command {
        ArchiveCommand::List => review(common, |journal| list::run(journal, common)),
        ArchiveCommand::Top(asked) => review(common, |journal| top::run(journal, asked, common)),
        ArchiveCommand::Show(asked) => review(common, |journal| show::run(journal, asked, common)),
        ArchiveCommand::Attempts(asked) => {
            review(common, |journal| attempts::run(journal, asked, common))
        }
        ArchiveCommand::Verify => verify::run(common),
        ArchiveCommand::Repair => repair::run(common),
    }
}

/// Opens the archive, has it shown, and closes it.
fn review(
    common: &Common,
    show: impl FnOnce(&Journal) -> Result<(), Failure>,
) -> Result<Ending, Failure> {
    let journal = common.open_archive()?;
    show(&journal)?;
    journal.close()?;
    Ok(Ending::Done)
}
