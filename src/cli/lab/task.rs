//! A task of a lab: its data, its ranges and a drawing, as `motherlode lab show` tells them.

use std::path::PathBuf;

use clap::Args;
use serde_json::{json, Value};

use super::drawing;
use crate::cli::common::{Common, Ending, Failure};
use crate::cli::table::table;
use crate::cli::{file, output, screen};
use crate::drawing::panel;
use crate::drawing::picture::SIDES;
use crate::drawing::visible::on_a_line;
use crate::lab::target_statistics::TargetStatistics;
use crate::lab::{Draw, Lab, Laboratory};
use crate::task::{Split, TaskData, TaskDefinition};

/// Pixels of a picture.
const PICTURE: (u32, u32) = (1200, 900);
/// The most columns of a panel in the terminal.
const COLUMNS: usize = 100;
/// Rows of a panel in the terminal: of a task with one input, and of others.
const ROWS: (usize, usize) = (16, 8);

/// How a task is drawn.
#[derive(Args)]
pub struct TaskDrawingOptions {
    /// Write the task's drawing to this file as a PNG picture
    #[arg(long, value_name = "FILE", requires = "task")]
    png: Option<PathBuf>,
    /// Write the task's drawing to this file as an SVG picture
    #[arg(long, value_name = "FILE", requires = "task")]
    svg: Option<PathBuf>,
    /// Pixels of a picture [default: 1200]
    #[arg(long, value_name = "N", requires = "task")]
    width: Option<u32>,
    /// Pixels of a picture [default: 900]
    #[arg(long, value_name = "N", requires = "task")]
    height: Option<u32>,
    /// Draw with ASCII characters alone
    #[arg(long, requires = "task")]
    ascii: bool,
}

/// Shows one task of a lab, the one at `index`; with the lab comes how the user named it.
pub fn show(
    (lab, argument): (Lab, &str),
    index: usize,
    seed: u64,
    options: &TaskDrawingOptions,
    common: &Common,
) -> Result<Ending, Failure> {
    let sides = sides(options)?;
    let definition = lab.tasks[index].clone();
    let name = lab.name.clone();
    let alone = Lab {
        tasks: vec![definition.clone()],
        ..lab.without_rungs()
    };
    let laboratory = Laboratory::drawn(alone, Draw::Own { seed }, 1)?;
    let data = &laboratory.tasks()[0];
    let panels = drawing::panels(data);
    let title = format!("{} of lab {name}, seed {seed}", data.name);
    let files = file::write_pictures(
        (options.png.as_deref(), options.svg.as_deref()),
        |aside| panel::png(aside, &title, &panels, sides),
        || panel::svg(&title, &panels, sides),
    )?;
    if common.json {
        let mut document = fields(&definition, data);
        document["lab"] = json!(name);
        document["seed"] = json!(seed);
        document["files"] = json!(files);
        output::document(&document)?;
    } else {
        let heading = format!(
            "{title}: {}, {}",
            data.family.name(),
            definition_in_words(&definition)
        );
        output::line(format!("{}\n", on_a_line(&heading)))?;
        output::line(set_table(data))?;
        if let Some(inputs) = input_table(&definition, &laboratory) {
            output::line(format!("\n{inputs}"))?;
        }
        if files.is_empty() {
            let rows = if data.dimension == 1 { ROWS.0 } else { ROWS.1 };
            let columns = screen::columns().min(COLUMNS);
            let drawing = panel::draw_all(&panels, columns, rows, screen::hand(options.ascii));
            output::drawing(format!("\n{drawing}"))?;
        }
    }
    files
        .iter()
        .for_each(|file| common.say(format!("written: {file}")));
    if files.is_empty() {
        common.say(format!(
            "next: motherlode lab show {argument} {0} --png {0}.png",
            data.name
        ));
    }
    Ok(Ending::Done)
}

/// The pixels of a picture, across and down.
fn sides(options: &TaskDrawingOptions) -> Result<(u32, u32), Failure> {
    let sides = (
        options.width.unwrap_or(PICTURE.0),
        options.height.unwrap_or(PICTURE.1),
    );
    for (option, side) in [("--width", sides.0), ("--height", sides.1)] {
        if !(SIDES.0..=SIDES.1).contains(&side) {
            return Err(Failure::usage(format!(
                "{option} must be from {} to {} pixels, found {side}",
                SIDES.0, SIDES.1
            )));
        }
    }
    Ok(sides)
}

/// The sets of a task by the names that JSON and tables carry.
pub fn sets(data: &TaskData) -> Vec<(String, &Split)> {
    let shells = data
        .shells
        .iter()
        .map(|shell| (format!("{} to {}", shell.inner, shell.outer), &shell.split));
    [
        ("train".to_owned(), &data.train),
        ("in distribution".to_owned(), &data.in_distribution),
    ]
    .into_iter()
    .chain(shells)
    .collect()
}

fn set_table(data: &TaskData) -> impl std::fmt::Display {
    let mut table = table(&[
        "set",
        "points",
        "mean",
        "deviation",
        "least",
        "greatest",
        "mean square",
    ]);
    for (name, split) in sets(data) {
        let statistics = TargetStatistics::of(split);
        let numbers = [
            statistics.mean,
            statistics.deviation,
            statistics.least,
            statistics.greatest,
            statistics.mean_square,
        ];
        let mut row = vec![name, statistics.rows.to_string()];
        row.extend(numbers.map(|number| format!("{number:.3}")));
        table.add_row(row);
    }
    table
}

/// The range of each input before standardising, in the training region and with each shell; `None`
/// where the task has no region.
fn input_table(
    definition: &TaskDefinition,
    laboratory: &Laboratory,
) -> Option<impl std::fmt::Display> {
    let region = definition.region().ok()?;
    let shells = &laboratory.lab().sizes.shells;
    let names: Vec<String> = shells
        .iter()
        .map(|(_, outer)| format!("up to {outer}"))
        .collect();
    let mut heads = vec!["input", "training range"];
    heads.extend(names.iter().map(String::as_str));
    let mut table = table(&heads);
    let ends: Vec<Vec<(f64, f64)>> = std::iter::once(1.0)
        .chain(shells.iter().map(|shell| shell.1))
        .map(|outer| region.ranges(outer))
        .collect();
    for input in 0..region.dimension() {
        let mut row = vec![(input + 1).to_string()];
        row.extend(
            ends.iter()
                .map(|ranges| format!("{:.4} to {:.4}", ranges[input].0, ranges[input].1)),
        );
        table.add_row(row);
    }
    Some(table)
}

/// The JSON of a task.
pub fn fields(definition: &TaskDefinition, data: &TaskData) -> Value {
    let set = |split: &Split, shell: Option<(f64, f64)>| {
        let mut fields = json!(TargetStatistics::of(split));
        fields["range"] = json!(shell);
        let column = |input: usize| {
            let values = split
                .inputs
                .chunks_exact(data.dimension)
                .map(|row| f64::from(row[input]));
            values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| {
                (low.min(x), high.max(x))
            })
        };
        fields["inputs"] = json!((0..data.dimension).map(column).collect::<Vec<_>>());
        fields
    };
    let shells = data
        .shells
        .iter()
        .map(|shell| set(&shell.split, Some((shell.inner, shell.outer))));
    json!({
        "task": data.name,
        "family": data.family.name(),
        "dimension": data.dimension,
        "definition": definition,
        "training_range": definition.region().ok().map(|region| region.ranges(1.0)),
        "sets": {
            "train": set(&data.train, Some((0.0, 1.0))),
            "in_distribution": set(&data.in_distribution, Some((0.0, 1.0))),
            "shells": shells.collect::<Vec<_>>(),
        },
    })
}

/// The keys of a definition that its family adds, such as `variables 2, degree 3`.
pub fn definition_in_words(definition: &TaskDefinition) -> String {
    let fields = output::object(json!(definition));
    let own = fields
        .iter()
        .filter(|(key, value)| !matches!(key.as_str(), "name" | "family") && !value.is_null());
    own.map(|(key, value)| format!("{} {}", key.replace('_', " "), word(value)))
        .collect::<Vec<_>>()
        .join(", ")
}

/// A JSON value as tables write it.
pub fn word(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
