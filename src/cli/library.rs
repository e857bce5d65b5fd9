//! `motherlode library`: the published activations, and one formula as the library and the language
//! know it.

use clap::Args;
use serde_json::{json, Value};

use crate::cli::common::{quoted, shortened as on_a_line, Common, Ending, Failure};
use crate::cli::portrait::{self, Portrait};
use crate::cli::table::table;
use crate::cli::{formula_argument, output, screen};
use crate::formula::library;
use crate::formula::nearest::nearest;

/// The longest formula of the list, where there is room.
const LONGEST_FORMULA: usize = 60;
/// The shortest that a narrow terminal makes of it, and the columns of all else.
const SHORTEST_FORMULA: usize = 24;
const OTHER_COLUMNS: usize = 72;

/// What `motherlode library` is asked for.
#[derive(Args)]
#[command(after_help = "Examples:
  motherlode library
  motherlode library snake --json")]
pub struct LibraryArguments {
    /// An activation by name, such as snake, or any other FORMULA [default: all that are published]
    #[arg(value_name = "FORMULA", value_parser = formula_argument::text)]
    formula: Option<String>,
}

/// Lists the library, or shows one formula.
pub fn run(arguments: &LibraryArguments, common: &Common) -> Result<Ending, Failure> {
    match &arguments.formula {
        None => list(common)?,
        Some(text) => show(&find(text, common)?, common)?,
    }
    Ok(Ending::Done)
}

/// The activation of this name, in capitals or small, its words joined as they may be; else the
/// formula that the text means.
fn find(text: &str, common: &Common) -> Result<Portrait, Failure> {
    let plain = text.trim().to_lowercase().replace(['-', ' '], "_");
    if let Some(published) = library::named(&plain) {
        return Ok(Portrait::of_published(published));
    }
    let is_word = plain.chars().all(|c| c.is_alphanumeric() || c == '_');
    match formula_argument::formula(text, common)? {
        Ok(formula) => Ok(Portrait::of(&formula)),
        Err(_) if is_word => Err(Failure::usage(format!(
            "the library has no activation '{}'; the nearest name is '{}', and motherlode library \
             lists all",
            on_a_line(text),
            nearest(&plain, library::names())
        ))),
        Err(error) => Err(Failure::usage(formula_argument::refusal(text, &error))),
    }
}

fn list(common: &Common) -> Result<(), Failure> {
    if common.json {
        let activations: Vec<Value> = library::all()
            .iter()
            .map(|activation| Value::Object(portrait::published_document(activation)))
            .collect();
        return Ok(output::document(&json!({ "activations": activations }))?);
    }
    let mut table = table(&["name", "formula", "class", "parameters", "cost", "year"]);
    let room = screen::width().map_or(LONGEST_FORMULA, |columns| {
        columns
            .saturating_sub(OTHER_COLUMNS)
            .clamp(SHORTEST_FORMULA, LONGEST_FORMULA)
    });
    for activation in library::all() {
        let formula = activation.formula();
        table.add_row([
            activation.name.clone(),
            shortened(&formula.to_string(), room),
            formula.class().to_string(),
            formula.parameters().len().to_string(),
            formula.cost().to_string(),
            activation.year.to_string(),
        ]);
    }
    output::line(&table)?;
    common.say(format!(
        "{} published activations; each name is a formula wherever one is asked for; motherlode \
        library NAME shows its source",
        library::all().len()
    ));
    common.say("next: motherlode library snake");
    Ok(())
}

fn show(portrait: &Portrait, common: &Common) -> Result<(), Failure> {
    if common.json {
        return Ok(output::document(&portrait::document(portrait))?);
    }
    output::line(portrait::table_of(portrait))?;
    if let Some(note) = portrait::note(portrait) {
        common.say(note);
    }
    common.say(format!(
        "next: motherlode evaluate {}",
        quoted(portrait.name())
    ));
    Ok(())
}

fn shortened(text: &str, longest: usize) -> String {
    if text.chars().count() <= longest {
        return text.to_owned();
    }
    text.chars()
        .take(longest - 3)
        .chain("...".chars())
        .collect()
}
