//! `motherlode data`: the image sets that replays train on.

mod check;
mod get;
mod import;
mod list;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::{json, Map, Value};

use crate::cli::common::{Common, Ending, Failure};
use crate::cli::interrupt::Interrupt;
use crate::cli::output;
use crate::cli::progress::Progress;
use crate::replay::sets::{DataFolder, Manifest, SetError, Shortfall, Watch};

#[derive(Args)]
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
    List,
    /// Download a set from its home, going on where an earlier download stopped
    Get(get::GetArguments),
    /// Take a copy of a set of your own: IDX files, the binary version of CIFAR, or pictures in a
    /// folder a class
    Import(import::ImportArguments),
    /// Hold sets to their counts and to the means and deviations that are published
    Check(check::CheckArguments),
}

pub fn run(arguments: &DataArguments, common: &Common) -> Result<Ending, Failure> {
    let folder = common.data_folder(arguments.data.as_deref())?;
    match &arguments.command {
        DataCommand::List => list::run(&folder, common),
        DataCommand::Get(arguments) => get::run(arguments, &folder, common),
        DataCommand::Import(arguments) => import::run(arguments, &folder, common),
        DataCommand::Check(arguments) => check::run(arguments, &folder, common),
    }
}

/// Does something long to a folder, its progress counted in `unit` bytes or in images; nothing
/// where the user stopped it.
fn watched(
    title: &str,
    unit: u64,
    common: &Common,
    act: impl FnOnce(&Progress, &Watch) -> Result<Manifest, SetError>,
) -> Result<Option<Manifest>, Failure> {
    let interrupt = Interrupt::listen()?;
    let progress = Progress::start(title, 0, common.quiet);
    let advanced = |done: u64, of: u64| {
        progress.set_steps(of.div_ceil(unit));
        progress.advance(done / unit, None);
    };
    let acted = act(
        &progress,
        &Watch {
            advanced: &advanced,
            stop: interrupt.stop(),
        },
    );
    progress.finish();
    match acted {
        Err(error) if error.is_interruption() => {
            common.say(error);
            Ok(None)
        }
        acted => Ok(Some(acted.map_err(Failure::of_set)?)),
    }
}

/// Says what was imported.
fn show(manifest: &Manifest, common: &Common) -> Result<Ending, Failure> {
    if common.json {
        output::document(&fields(manifest))?;
        return Ok(Ending::Done);
    }
    output::line(format!(
        "{}: {} training and {} test images of {}, {} classes",
        manifest.name,
        grouped(manifest.train),
        grouped(manifest.test),
        size(manifest.height, manifest.width, manifest.channels),
        grouped(manifest.classes)
    ))?;
    if let Some(shortfall) = manifest.shortfall() {
        common.say(format!("it is partial: {}", missing(&shortfall)));
    }
    common.say(format!("next: motherlode data check {}", manifest.name));
    Ok(Ending::Done)
}

/// The JSON of an imported set.
fn fields(manifest: &Manifest) -> Map<String, Value> {
    let mut fields = output::object(json!(manifest));
    fields.insert("partial".to_owned(), json!(manifest.shortfall()));
    fields
}

/// `20,000 of 50,000 training and 1,000 of 10,000 test images`.
pub(super) fn missing(shortfall: &Shortfall) -> String {
    let Shortfall {
        train,
        whole_train,
        test,
        whole_test,
    } = *shortfall;
    format!(
        "{} of {} training and {} of {} test images",
        grouped(train),
        grouped(whole_train),
        grouped(test),
        grouped(whole_test)
    )
}

/// `32x32x3`.
fn size(height: usize, width: usize, channels: usize) -> String {
    format!("{height}x{width}x{channels}")
}

/// A count with a comma after every three digits.
fn grouped(count: usize) -> String {
    let digits = count.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// The folder in words, where a set is not.
fn nothing_here(folder: &DataFolder) -> String {
    format!(
        "there is no image set in {} yet; get one, such as motherlode data get fashion-mnist",
        folder.path().display()
    )
}
