//! `motherlode init`: an example campaign file.

use std::path::PathBuf;

use clap::Args;

use crate::cli::common::{Common, Ending, Failure};
use crate::cli::output;
use crate::config::EXAMPLE_CAMPAIGN;

/// What `motherlode init` is asked for.
#[derive(Args)]
#[command(after_help = "Examples:
  motherlode init
  motherlode init night-run.toml")]
pub struct InitArguments {
    /// The file to write
    #[arg(default_value = "campaign.toml")]
    file: PathBuf,
}

/// Writes the example file; one that is there is never replaced.
pub fn run(arguments: &InitArguments, common: &Common) -> Result<Ending, Failure> {
    let path = arguments.file.display();
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&arguments.file)
        .map_err(|error| match error.kind() {
            std::io::ErrorKind::AlreadyExists => Failure::usage(format!(
                "{path} is there already; name another file, or delete it first"
            )),
            _ => Failure::usage(format!("cannot write {path}: {error}")),
        })?;
    std::io::Write::write_all(&mut file, EXAMPLE_CAMPAIGN.as_bytes())?;
    if common.json {
        output::document(&serde_json::json!({ "file": arguments.file }))?;
    }
    common.say_all([
        format!("wrote {path}; change what you like and start it:"),
        format!("  motherlode mine {path}"),
    ]);
    Ok(Ending::Done)
}
