//! The command line: a file a sub-command. Humans' text goes to standard error, results to standard
//! output.

mod archive;
mod champions;
mod data;
mod device;
mod doctor;
mod evaluate;
mod export;
mod file;
mod formula_argument;
mod init;
mod interrupt;
mod lab;
mod library;
mod mine;
mod nearest_known;
mod output;
mod plot;
mod progress;
mod prompt;
pub mod replay;
mod rerun;
mod screen;
mod showing;
mod spend;
mod table;
pub mod transfer;

use std::ffi::OsString;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use etcetera::BaseStrategy;

use crate::config::MOST_WORKERS;
use crate::journal::JournalError;
use crate::replay::sets::{DataFolder, SetError};

/// Mines activation functions: proposes formulas, trains small networks with each outside their
/// training ranges, and keeps what generalises.
#[derive(Parser)]
#[command(name = "motherlode", version, propagate_version = true, after_help = AFTER_HELP)]
struct CommandLine {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

const AFTER_HELP: &str = "\
A FORMULA is an expression in x such as 'x*sigmoid(x)' or 'max(x, param(0.25)*x)', spelled as in Python, NumPy, JAX or PyTorch; \
a name of motherlode library; or an id or nickname of the archive.
Exit codes: 0 done; 1 failed; 2 wrong usage; 3 stopped by a limit before its goal; 130 interrupted.";

#[derive(Args)]
#[command(next_help_heading = "Common options")]
struct Common {
    /// The folder of the archive [default: $MOTHERLODE_ARCHIVE, else the user's data folder]
    #[arg(long, global = true, value_name = "DIR")]
    archive: Option<PathBuf>,
    /// Print JSON on standard output: one document, or JSON lines for streams
    #[arg(long, global = true)]
    json: bool,
    /// Say nothing but results and errors
    #[arg(long, short, global = true)]
    quiet: bool,
    /// Log more on standard error; twice for still more
    #[arg(long, short, global = true, action = clap::ArgAction::Count)]
    verbose: u8,
}

#[derive(Subcommand)]
enum Command {
    /// Run a mining campaign, or go on with one
    Mine(mine::MineArguments),
    /// Measure formulas against the baselines of a lab, without a campaign
    Evaluate(evaluate::EvaluateArguments),
    /// List the published activations that a formula may name, or show one
    Library(library::LibraryArguments),
    /// Look at labs, check whether one is sound, and reproduce how well one ranks
    #[command(subcommand)]
    Lab(lab::LabCommand),
    /// Get, import and check the image sets that replays train on
    Data(data::DataArguments),
    /// Train activations on real benchmarks, beside those that people use, and compare them seed by
    /// seed
    Replay(Box<replay::ReplayArguments>),
    /// Say how well a lab predicts a benchmark, over a field of published and random functions
    Transfer(Box<transfer::TransferArguments>),
    /// Review the campaigns, candidates and attempts of an archive
    #[command(subcommand)]
    Archive(archive::ArchiveCommand),
    /// Draw formulas and their slopes, in the terminal or as a picture
    Plot(plot::PlotArguments),
    /// Write a formula out for LaTeX, PyTorch, JAX, Rust, ONNX or as JSON, with a table by which it
    /// checks itself
    Export(export::ExportArguments),
    /// Run a campaign again from its recorded replies, with no network, and compare
    Rerun(rerun::RerunArguments),
    /// What a campaign's models cost: by model, by purpose, and by what became of it
    Spend(spend::SpendArguments),
    /// See what is sent to models, to the letter
    #[command(subcommand)]
    Prompt(prompt::PromptCommand),
    /// Check key, model, price, device and archive, with a real round trip
    Doctor(doctor::DoctorArguments),
    /// Write an example campaign file to start from
    Init(init::InitArguments),
}

/// How a command ended.
enum Ending {
    Done,
    /// Stopped by a limit before its goal.
    Limited,
    /// Failed after saying why.
    Failed,
    Interrupted,
}

/// What went wrong.
enum Failure {
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
    fn usage(problem: impl std::fmt::Display) -> Failure {
        Failure::Usage(problem.to_string())
    }

    /// An archive that cannot be opened is a matter of usage where nothing is broken or in use.
    fn of_archive(error: JournalError) -> Failure {
        if error.is_usage() {
            Failure::usage(error)
        } else {
            error.into()
        }
    }

    /// A set that is not here, or files that hold none, are a matter of usage; damaged ones and
    /// lost connections are not.
    fn of_set(error: SetError) -> Failure {
        if error.is_usage() {
            Failure::usage(error)
        } else {
            error.into()
        }
    }
}

/// Reads the command line, does what it asks, and says in one line what went wrong if something
/// did.
///
/// Exit codes: 0 done; 1 failed; 2 wrong usage; 3 stopped by a limit before its goal; 130
/// interrupted.
pub fn run() -> ExitCode {
    let CommandLine { common, command } = CommandLine::parse_from(with_blanks(std::env::args_os()));
    start_logging(&common);
    let ending = match command {
        Command::Mine(arguments) => mine::run(&arguments, &common),
        Command::Evaluate(arguments) => evaluate::run(&arguments, &common),
        Command::Library(arguments) => library::run(&arguments, &common),
        Command::Lab(command) => lab::run(&command, &common),
        Command::Data(arguments) => data::run(&arguments, &common),
        Command::Replay(arguments) => replay::run(&arguments, &common),
        Command::Transfer(arguments) => transfer::run(&arguments, &common),
        Command::Archive(command) => archive::run(&command, &common),
        Command::Plot(arguments) => plot::run(&arguments, &common),
        Command::Export(arguments) => export::run(&arguments, &common),
        Command::Rerun(arguments) => rerun::run(&arguments, &common),
        Command::Spend(arguments) => spend::run(&arguments, &common),
        Command::Prompt(command) => prompt::run(&command, &common),
        Command::Doctor(arguments) => doctor::run(&arguments, &common),
        Command::Init(arguments) => init::run(&arguments, &common),
    };
    match ending {
        Ok(Ending::Done) => ExitCode::SUCCESS,
        Ok(Ending::Failed) => ExitCode::from(1),
        Ok(Ending::Limited) => ExitCode::from(3),
        Ok(Ending::Interrupted) => ExitCode::from(130),
        Err(Failure::Usage(problem)) => {
            output::tell(format!("error: {problem}"));
            ExitCode::from(2)
        }
        // Whoever reads has had enough, such as head: nothing is wrong.
        Err(Failure::Failed(error)) if is_closed_pipe(&error) => ExitCode::from(1),
        Err(Failure::Failed(error)) => {
            output::tell(format!("error: {}", causes(&error)));
            ExitCode::from(1)
        }
    }
}

/// The arguments, a blank put before formulas that begin with a minus sign, which would else be
/// taken for options: no short option holds an x or a parenthesis. All that takes formulas leaves
/// out the blank.
fn with_blanks(arguments: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut options = true;
    let with_blank = |argument: OsString| {
        options &= argument != "--";
        match argument.to_str() {
            Some(text)
                if options
                    && text.starts_with('-')
                    && !text.starts_with("--")
                    && text.contains(['x', '(']) =>
            {
                format!(" {text}").into()
            }
            _ => argument,
        }
    };
    arguments.map(with_blank).collect()
}

impl Common {
    /// The folder of the archive: as asked, else as the environment says unless it says nothing,
    /// else `motherlode` in the user's data folder.
    fn archive_folder(&self) -> Result<PathBuf, Failure> {
        folder(
            self.archive.as_deref(),
            "MOTHERLODE_ARCHIVE",
            "motherlode",
            "there is no home folder to keep the archive in; name one with --archive DIR",
        )
    }

    /// The folder of the image sets: as asked, else as the environment says unless it says nothing,
    /// else `motherlode-data` beside the archive's.
    fn data_folder(&self, asked: Option<&Path>) -> Result<DataFolder, Failure> {
        let missing = "there is no home folder to keep image sets in; name one with --data DIR";
        folder(asked, "MOTHERLODE_DATA", "motherlode-data", missing).map(DataFolder::new)
    }

    /// Says something to a human, unless asked to be quiet.
    fn say(&self, text: impl std::fmt::Display) {
        if !self.quiet {
            output::tell(text);
        }
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

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<std::io::Error>()
        .is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}

/// An error with its causes, each said once: many an error quotes its cause already.
fn causes(error: &anyhow::Error) -> String {
    let mut said = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !said.contains(&cause) {
            said = format!("{said}: {cause}");
        }
    }
    said
}

/// The number of workers: as asked, else one a core.
fn workers(asked: Option<usize>) -> Result<usize, Failure> {
    match asked {
        Some(0) => Err(Failure::usage("--workers must be at least 1")),
        Some(workers) if workers > MOST_WORKERS => Err(Failure::usage(format!(
            "--workers must be at most {MOST_WORKERS}, found {workers}"
        ))),
        Some(workers) => Ok(workers),
        None => Ok(std::thread::available_parallelism().map_or(1, usize::from)),
    }
}

fn start_logging(common: &Common) {
    let level = match common.verbose {
        0 if common.quiet => "motherlode=error",
        0 => "motherlode=warn",
        1 => "motherlode=info",
        _ => "motherlode=debug",
    };
    let filter = tracing_subscriber::EnvFilter::new(level);
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .init();
}
