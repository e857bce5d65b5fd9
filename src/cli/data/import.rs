//! `motherlode data import`: takes a copy of a user's set.

use std::path::PathBuf;

use clap::Args;

use crate::cli::common::{Common, Ending, Failure};
use crate::cli::data::manifest::show;
use crate::cli::data::watch::watched;
use crate::replay::sets::DataFolder;

/// What `motherlode data import` is asked for.
#[derive(Args)]
#[command(after_help = "Examples:
  motherlode data import cifar10 cifar-10-binary.tar.gz
  motherlode data import flowers pictures/flowers --size 64")]
pub struct ImportArguments {
    /// What the set is to be called: a known name, such as cifar10, or one of your own
    name: String,
    /// A folder, or a .tar.gz of one, with IDX files, CIFAR's binary batches, or pictures in
    /// train/CLASS/ and test/CLASS/ or val/CLASS/. Links to pictures and to folders are not
    /// followed; what is passed over is counted and named
    path: PathBuf,
    /// Rows and columns that pictures are given: the middle square, resized [default: 128]
    #[arg(long, value_name = "N")]
    size: Option<usize>,
}

/// Imports the set, replacing what is here under its name.
pub fn run(
    arguments: &ImportArguments,
    folder: &DataFolder,
    common: &Common,
) -> Result<Ending, Failure> {
    let imported = watched("importing", 1, common, |_, watch| {
        folder.import(&arguments.name, &arguments.path, arguments.size, watch)
    })?;
    imported.map_or(Ok(Ending::Interrupted), |manifest| show(&manifest, common))
}
