//! `motherlode export`: a formula written out for another program.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::Args;

use crate::cli::common::{Common, Ending, Failure};
use crate::cli::{file, formula_argument, output};
use crate::formula::export::{export, Name, Target};

/// What `motherlode export` is asked for.
#[derive(Args)]
#[command(after_help = "Examples:
  motherlode export gelu --to latex
  motherlode export 'x*sigmoid(1.5*x)' --to pytorch --output found.py")]
pub struct ExportArguments {
    /// A formula such as 'x*sigmoid(x)', a name such as gelu, or an id or nickname of the archive
    #[arg(value_name = "FORMULA", value_parser = formula_argument::text)]
    formula: String,
    /// What to write
    #[arg(
        long,
        value_name = "TARGET",
        value_parser = PossibleValuesParser::new(Target::ALL.map(Target::name))
    )]
    to: String,
    /// The file to write, replacing what is there [default: standard output]
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// A name for the class, the function or the model
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
}

/// Writes the formula out, to a file or to standard output.
pub fn run(arguments: &ExportArguments, common: &Common) -> Result<Ending, Failure> {
    let target =
        Target::named(&arguments.to).expect("the command line takes the names of targets only");
    let name = arguments
        .name
        .as_deref()
        .map(Name::parse)
        .transpose()
        .map_err(Failure::usage)?;
    if target.is_binary() && arguments.output.is_none() && output::is_read_at_terminal() {
        return Err(Failure::usage(format!(
            "an export to {} is no text for a terminal; give --output FILE or redirect it",
            target.name()
        )));
    }
    let formula = formula_argument::formula(&arguments.formula, common)?
        .map_err(|error| Failure::usage(formula_argument::refusal(&arguments.formula, &error)))?;
    let bytes = export(&formula, target, name.as_ref());
    let Some(path) = &arguments.output else {
        output::bytes(&bytes)?;
        return Ok(Ending::Done);
    };
    file::write(path, target.name(), |aside| {
        std::fs::write(aside, &bytes).map_err(|error| error.to_string())
    })?;
    if common.json {
        output::document(
            &serde_json::json!({ "file": path, "to": target.name(), "id": formula.id(),
            "bytes": bytes.len() }),
        )?;
    }
    common.say(format!("wrote {}", path.display()));
    Ok(Ending::Done)
}
