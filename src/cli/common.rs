//! What all commands share: the common options, how a command ends and fails, and how texts and
//! counts are written for people. It uses no other command.

use std::path::{Path, PathBuf};

use clap::Args;
use etcetera::BaseStrategy;

use crate::campaign::HiringError;
use crate::cli::output;
use crate::config::{self, ConfigError};
use crate::drawing::visible::on_a_line;
use crate::journal::{Journal, JournalError};
use crate::replay::sets::{DataFolder, SetError};
use crate::review::ReviewError;

/// Characters of a text that a message shows.
const SHOWN: usize = 60;

/// The options of every command.
#[derive(Args)]
#[command(next_help_heading = "Common options")]
pub struct Common {
    /// The folder of the archive [default: $MOTHERLODE_ARCHIVE, else the user's data folder]
    #[arg(long, global = true, value_name = "DIR")]
    pub archive: Option<PathBuf>,
    /// Print JSON on standard output: one document, or JSON lines for streams
    #[arg(long, global = true)]
    pub json: bool,
    /// Say nothing but results and errors
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Log more on standard error; twice for still more
    #[arg(long, short, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

/// How a command ended.
pub enum Ending {
    /// All was done.
    Done,
    /// Stopped by a limit before its goal.
    Limited,
    /// Failed after saying why.
    Failed,
    /// The user stopped it; what was done is kept.
    Interrupted,
}

/// What went wrong.
pub enum Failure {
    /// The user asked for something that cannot be: what to do instead.
    Usage(String),
    /// Something else failed.
    Failed(anyhow::Error),
}

impl<E: std::error::Error + Send + Sync + 'static> From<E> for Failure {
    fn from(error: E) -> Failure {
        Failure::Failed(error.into())
    }
}

impl Failure {
    /// A failure of usage with these words, which say what to do instead.
    pub fn usage(problem: impl std::fmt::Display) -> Failure {
        Failure::Usage(problem.to_string())
    }

    /// An archive that cannot be opened is a matter of usage where nothing is broken or in use.
    pub fn of_archive(error: JournalError) -> Failure {
        Failure::told_apart(error.is_usage(), error)
    }

    /// A setting that cannot be is a matter of usage; a folder that cannot be found is not.
    pub fn of_config(error: ConfigError) -> Failure {
        Failure::told_apart(error.is_usage(), error)
    }

    /// A proposer that lacks something is a matter of usage; an archive that cannot be read is not.
    pub fn of_hiring(error: HiringError) -> Failure {
        Failure::told_apart(error.is_usage(), error)
    }

    /// What a review was asked for and does not exist is a matter of usage; damaged records are
    /// not.
    pub fn of_review(error: ReviewError) -> Failure {
        Failure::told_apart(error.is_usage(), error)
    }

    /// A set that is not here, or files that hold none, are a matter of usage; damaged ones and
    /// lost connections are not.
    pub fn of_set(error: SetError) -> Failure {
        Failure::told_apart(error.is_usage(), error)
    }

    fn told_apart(
        is_usage: bool,
        error: impl std::error::Error + Send + Sync + 'static,
    ) -> Failure {
        if is_usage {
            Failure::usage(error)
        } else {
            error.into()
        }
    }
}

impl Common {
    /// The folder of the archive: as asked, else as the environment says unless it says nothing,
    /// else `motherlode` in the user's data folder.
    pub fn archive_folder(&self) -> Result<PathBuf, Failure> {
        folder(
            self.archive.as_deref(),
            "MOTHERLODE_ARCHIVE",
            "motherlode",
            "there is no home folder to keep the archive in; name one with --archive DIR",
        )
    }

    /// Opens the archive, which must be there.
    pub fn open_archive(&self) -> Result<Journal, Failure> {
        Journal::open(&self.archive_folder()?).map_err(Failure::of_archive)
    }

    /// The folder of the image sets: as asked, else as the environment says unless it says nothing,
    /// else `motherlode-data` beside the archive's.
    pub fn data_folder(&self, asked: Option<&Path>) -> Result<DataFolder, Failure> {
        let missing = "there is no home folder to keep image sets in; name one with --data DIR";
        folder(asked, "MOTHERLODE_DATA", "motherlode-data", missing).map(DataFolder::new)
    }

    /// Says something to a human on one line, unless asked to be quiet.
    pub fn say(&self, text: impl std::fmt::Display) {
        if !self.quiet {
            output::tell(on_a_line(&text.to_string()));
        }
    }

    /// Says several things, a line each.
    pub fn say_all<T: std::fmt::Display>(&self, lines: impl IntoIterator<Item = T>) {
        lines.into_iter().for_each(|line| self.say(line));
    }
}

/// A folder as asked, else as the variable of the environment says unless it says nothing, else of
/// this name in the user's data folder.
fn folder(
    asked: Option<&Path>,
    variable: &str,
    name: &str,
    missing: &str,
) -> Result<PathBuf, Failure> {
    if let Some(folder) = asked {
        return Ok(folder.to_owned());
    }
    if let Some(folder) = std::env::var_os(variable).filter(|folder| !folder.is_empty()) {
        return Ok(folder.into());
    }
    let base = etcetera::choose_base_strategy()
        .map_err(|_| Failure::usage(format!("{missing} or {variable}")))?;
    Ok(base.data_dir().join(name))
}

/// An error with its causes, each said once: many an error quotes its cause already.
pub fn causes(error: &anyhow::Error) -> String {
    let mut said = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !said.contains(&cause) {
            said = format!("{said}: {cause}");
        }
    }
    said
}

/// The number of workers: as asked, else one a core.
pub fn workers(asked: Option<usize>) -> Result<usize, Failure> {
    config::workers(asked).map_err(Failure::usage)
}

/// A text as one word of a shell's command line, in quotes only where it needs them.
pub fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-+./,:@%".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// A text that may be hostile, fit for one line of a message.
pub fn shortened(text: &str) -> String {
    let line: String = text
        .chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .take(SHOWN)
        .collect();
    let line = on_a_line(&line);
    if text.chars().count() > SHOWN {
        format!("{line}...")
    } else {
        line.into_owned()
    }
}

/// A number of things: `1 attempt`, `2 attempts`.
pub fn counted(number: u64, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}
