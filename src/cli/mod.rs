//! The command line: a file a sub-command. Humans' text goes to standard error, results to standard
//! output.

mod archive;
mod blocks;
mod campaign_argument;
mod champions;
mod common;
mod consent;
mod crash;
mod data;
mod device;
mod display;
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
mod portrait;
mod progress;
mod prompt;
pub mod replay;
mod rerun;
mod round_trip;
mod screen;
mod spend;
mod supervise;
mod table;
pub mod transfer;
mod warnings;

use std::ffi::OsString;
use std::io::IsTerminal;
use std::process::ExitCode;

use clap::error::ContextValue;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use self::common::{causes, Common, Ending, Failure};
use crate::drawing::visible::on_a_line;

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
Examples:
  motherlode mine
  motherlode evaluate gelu 'x*tanh(softplus(x))' --lab smoke

A FORMULA is an expression in x such as 'x*sigmoid(x)' or 'max(x, param(0.25)*x)', spelled as in \
Python, NumPy, JAX or PyTorch; a name of motherlode library; or an id, the beginning of one or a \
nickname of the archive.
A CAMPAIGN is a name, given as an argument or by --campaign; the latest where none is given.
Exit codes: 0 done; 1 failed; 2 wrong usage; 3 stopped by a limit before its goal; 130 \
interrupted.";

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
    /// Start a training program of the user's and end all that it starts
    #[command(hide = true)]
    Supervise,
}

/// The command line as clap reads it. Help is wrapped at the terminal's width, or at what `COLUMNS`
/// says, or at 80 columns where there is neither.
pub fn command() -> clap::Command {
    let command = CommandLine::command();
    let has_width = std::env::var_os("COLUMNS").is_some()
        || output::is_read_at_terminal()
        || output::is_heard_at_terminal()
        || std::io::stdin().is_terminal();
    if has_width {
        command
    } else {
        command.term_width(80)
    }
}

/// Reads the command line, does what it asks, and says in one line what went wrong if something
/// did.
///
/// Exit codes: 0 done; 1 failed; 2 wrong usage; 3 stopped by a limit before its goal; 130
/// interrupted.
pub fn run() -> ExitCode {
    crash::guarded(|| match asked() {
        Ok(CommandLine { common, command }) => {
            start_logging(&common);
            let done = done(command, &common);
            warnings::tell_counts();
            ended(done)
        }
        Err(error) => shown(error),
    })
}

/// The command line, read.
fn asked() -> Result<CommandLine, clap::Error> {
    let mut matches = command().try_get_matches_from(with_blanks(std::env::args_os()))?;
    CommandLine::from_arg_matches_mut(&mut matches)
        .map_err(|error| error.format(&mut self::command()))
}

/// Shows the help that was asked for, or what is wrong with the command line, which may hold names
/// of files.
fn shown(mut error: clap::Error) -> ExitCode {
    if !error.use_stderr() {
        let printed = match output::is_read_at_terminal() {
            // It holds nothing from outside, and keeps its colours.
            true => error.print(),
            false => output::line(error.render().to_string().trim_end()),
        };
        return ended(printed.map(|()| Ending::Done).map_err(Failure::from));
    }
    let kinds: Vec<_> = error.context().map(|(kind, _)| kind).collect();
    for kind in kinds {
        if let Some(ContextValue::String(text)) = error.get(kind) {
            let text = ContextValue::String(on_a_line(text).into_owned());
            error.insert(kind, text);
        }
    }
    output::tell_all(error.render());
    ExitCode::from(2)
}

/// Does what is asked.
fn done(command: Command, common: &Common) -> Result<Ending, Failure> {
    match command {
        Command::Mine(arguments) => mine::run(&arguments, common),
        Command::Evaluate(arguments) => evaluate::run(&arguments, common),
        Command::Library(arguments) => library::run(&arguments, common),
        Command::Lab(command) => lab::run(&command, common),
        Command::Data(arguments) => data::run(&arguments, common),
        Command::Replay(arguments) => replay::run(&arguments, common),
        Command::Transfer(arguments) => transfer::run(&arguments, common),
        Command::Archive(command) => archive::run(&command, common),
        Command::Plot(arguments) => plot::run(&arguments, common),
        Command::Export(arguments) => export::run(&arguments, common),
        Command::Rerun(arguments) => rerun::run(&arguments, common),
        Command::Spend(arguments) => spend::run(&arguments, common),
        Command::Prompt(command) => prompt::run(&command, common),
        Command::Doctor(arguments) => doctor::run(&arguments, common),
        Command::Init(arguments) => init::run(&arguments, common),
        Command::Supervise => supervise::run(),
    }
}

/// The exit code of an ending; a failure is told.
fn ended(ending: Result<Ending, Failure>) -> ExitCode {
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

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<std::io::Error>()
        .is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
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
        .with_ansi(false)
        .event_format(warnings::Sentences)
        .with_writer(|| output::Log)
        .init();
}
