//! `motherlode data get`: downloads a set.

use clap::Args;

use crate::cli::common::{Common, Ending, Failure};
use crate::cli::data::manifest::show;
use crate::cli::data::watch::watched;
use crate::replay::sets::{DataFolder, SetState};

const MEGABYTE: u64 = 1_000_000;

/// What `motherlode data get` is asked for.
#[derive(Args)]
#[command(after_help = "Examples:
  motherlode data get fashion-mnist
  motherlode data get cifar10 --from https://mirror.example/cifar")]
pub struct GetArguments {
    /// A set that motherlode data list shows a home of, such as cifar10
    name: String,
    /// Another address of the folder with its files, such as a mirror
    #[arg(long, value_name = "URL")]
    from: Option<String>,
}

/// Downloads and imports the set, unless it is here whole.
pub fn run(
    arguments: &GetArguments,
    folder: &DataFolder,
    common: &Common,
) -> Result<Ending, Failure> {
    match folder.find(&arguments.name).map_err(Failure::of_set)?.state {
        SetState::Imported(manifest) if manifest.shortfall().is_none() => {
            common.say(format!(
                "{} is here already; to get it anew, remove {} first",
                arguments.name,
                folder.path().join(&arguments.name).display()
            ));
            return show(&manifest, common);
        }
        _ => {}
    }
    let got = watched("megabytes", MEGABYTE, common, |progress, watch| {
        let began = |file: &str| {
            if !common.quiet {
                progress.say(&format!("getting {file}"));
            }
        };
        folder.get(&arguments.name, arguments.from.as_deref(), &began, watch)
    })?;
    got.map_or(Ok(Ending::Interrupted), |manifest| show(&manifest, common))
}
