//! `motherlode lab show`: what a lab is and what a candidate costs in it, or one of its tasks with
//! a drawing of its data.

use std::path::PathBuf;

use clap::Args;
use serde_json::{json, Value};

use super::cost::{self, NetworkCost, RungCost};
use super::{drawing, lab_argument};
use crate::cli::common::{workers, Common, Ending, Failure};
use crate::cli::table::table;
use crate::cli::{file, output};
use crate::drawing::panel;
use crate::drawing::picture::SIDES;
use crate::lab::target_statistics::TargetStatistics;
use crate::lab::{describe, Draw, Lab, Laboratory};
use crate::nets::small::Workspace;
use crate::numerics::stream::Key;
use crate::record::lab_words::LabWords;
use crate::task::region::Region;
use crate::task::{Split, TaskData, TaskDefinition};

/// Pixels of a picture.
const PICTURE: (u32, u32) = (1200, 900);
/// Rows of a panel in the terminal: of a task with one input, and of others.
const ROWS: (usize, usize) = (16, 8);
/// Points by which the range of an input is found where the region is no box.
const RANGE_POINTS: usize = 4_096;

/// What `motherlode lab show` is given.
#[derive(Args)]
#[command(after_help = "Examples:
  motherlode lab show standard
  motherlode lab show standard c_lorenz_x --png lorenz.png")]
pub struct ShowLabArguments {
    /// A shipped lab (motherlode lab list) or a lab file
    #[arg(default_value = lab_argument::DEFAULT)]
    lab: String,
    /// One of its tasks: its data and ranges, drawn
    task: Option<String>,
    /// The seed from which the data are drawn
    #[arg(long, default_value_t = 1)]
    seed: u64,
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

/// Shows a lab and what a candidate costs there, or the data of one task.
pub fn run(arguments: &ShowLabArguments, common: &Common) -> Result<Ending, Failure> {
    let lab = lab_argument::named(&arguments.lab)?;
    match &arguments.task {
        None => show_lab(lab, arguments, common),
        Some(task) => {
            let index = lab_argument::task_index(&lab, task)?;
            show_task(lab, index, arguments, common)
        }
    }
}

fn show_lab(lab: Lab, arguments: &ShowLabArguments, common: &Common) -> Result<Ending, Failure> {
    let workers = workers(None)?;
    let laboratory = Laboratory::drawn(
        lab,
        Draw::Own {
            seed: arguments.seed,
        },
        workers,
    )?;
    let lab = laboratory.lab();
    let networks = cost::networks(&laboratory, &mut Workspace::default());
    let (rungs, cost) = cost::cascade(&laboratory, &networks);
    let tasks: Vec<(&TaskDefinition, &TaskData)> =
        lab.tasks.iter().zip(laboratory.tasks()).collect();
    if common.json {
        let tasks: Vec<Value> = tasks
            .iter()
            .map(|(definition, data)| task_fields(definition, data))
            .collect();
        output::document(&json!({
            "lab": lab.name, "description": lab.description, "seed": arguments.seed, "seeds": lab.seeds, "baselines": lab.baselines, "sizes": lab.sizes,
            "fitness": lab.fitness, "words": describe(lab), "profiles": lab.profiles.iter().map(|profile| &profile.name).collect::<Vec<_>>(),
            "general": lab.target_profiles("general")?, "networks": networks, "cascade": rungs, "cost": cost, "tasks": tasks,
        }))?;
        return Ok(Ending::Done);
    }
    output::line(format!("lab {}: {}\n", lab.name, lab.description))?;
    output::line(words_in_lines(&describe(lab)))?;
    output::line(task_table(lab, &tasks))?;
    output::line(format!("\n{}", network_table(&networks)))?;
    output::line(format!("\n{}", cascade_table(&rungs)))?;
    let in_words = |seconds: Option<f64>| {
        seconds.map_or_else(String::new, |seconds| {
            format!(" ({seconds:.2} s on one core)")
        })
    };
    output::line(format!(
        "\nA candidate on the full lab: {} trials{}; with the cascade, as it keeps: {:.1}{}.",
        cost.trials,
        in_words(cost.seconds),
        cost.trials_with_cascade,
        in_words(cost.seconds_with_cascade)
    ))?;
    common.say(format!(
        "next: motherlode lab show {} {}",
        arguments.lab,
        lab.tasks[0].name()
    ));
    Ok(Ending::Done)
}

/// What the lab says of itself, as prompts have it: a line a text, and an empty one at the end.
fn words_in_lines(words: &LabWords) -> String {
    let texts = [
        ("families", &words.families),
        ("shells", &words.shells),
        ("fitness", &words.fitness),
        ("general", &words.general),
    ];
    let networks = words.profiles.iter();
    let networks = networks.map(|own| (own.profile.as_str(), &own.networks));
    let line = |(key, text): (&str, &String)| {
        let words: Vec<&str> = text.split_whitespace().collect();
        format!("{key}: {}\n", words.join(" "))
    };
    texts.into_iter().chain(networks).map(line).collect()
}

fn task_table(lab: &Lab, tasks: &[(&TaskDefinition, &TaskData)]) -> impl std::fmt::Display {
    let shells: Vec<String> = lab
        .sizes
        .shells
        .iter()
        .map(|(inner, outer)| format!("mean square {inner} to {outer}"))
        .collect();
    let mut heads = vec![
        "task",
        "family",
        "inputs",
        "definition",
        "points",
        "training targets",
    ];
    heads.extend(shells.iter().map(String::as_str));
    let mut table = table(&heads);
    for (definition, data) in tasks {
        let train = TargetStatistics::of(&data.train);
        let mut row = vec![
            data.name.clone(),
            data.family.name().to_owned(),
            data.dimension.to_string(),
            definition_in_words(definition),
            sets(data)
                .iter()
                .map(|(_, split)| split.rows().to_string())
                .collect::<Vec<_>>()
                .join(" + "),
            format!("{:.2} to {:.2}", train.least, train.greatest),
        ];
        row.extend(
            data.shells
                .iter()
                .map(|shell| format!("{:.2}", TargetStatistics::of(&shell.split).mean_square)),
        );
        table.add_row(row);
    }
    table
}

fn network_table(networks: &[NetworkCost]) -> impl std::fmt::Display {
    let mut table = table(&[
        "rung",
        "profile",
        "network",
        "kind",
        "width x depth",
        "weights",
        "rate",
        "batch",
        "steps",
        "a trial",
    ]);
    for network in networks {
        let definition = &network.definition;
        let (least, most) = network.parameters;
        table.add_row([
            network.rung.clone().unwrap_or_else(|| "full".to_owned()),
            network.profile.clone(),
            definition.name.clone(),
            word(&json!(definition.kind)),
            format!("{} x {}", definition.width, definition.depth),
            if least == most {
                least.to_string()
            } else {
                format!("{least} to {most}")
            },
            definition.learning_rate.to_string(),
            definition.batch.to_string(),
            definition.steps.to_string(),
            network.trial_s.map_or_else(
                || "not timed".to_owned(),
                |seconds| format!("{:.0} ms", 1e3 * seconds),
            ),
        ]);
    }
    table
}

fn cascade_table(rungs: &[RungCost]) -> impl std::fmt::Display {
    let mut table = table(&["rung", "tasks", "trials", "of them new", "keeps", "seconds"]);
    for rung in rungs {
        table.add_row([
            rung.rung.clone().unwrap_or_else(|| "full".to_owned()),
            rung.tasks.to_string(),
            rung.trials.to_string(),
            rung.new_trials.to_string(),
            rung.rung
                .as_ref()
                .map_or_else(String::new, |_| format!("{:.0} %", 100.0 * rung.keep)),
            rung.seconds
                .map_or_else(|| "not timed".to_owned(), |seconds| format!("{seconds:.2}")),
        ]);
    }
    table
}

fn show_task(
    lab: Lab,
    index: usize,
    arguments: &ShowLabArguments,
    common: &Common,
) -> Result<Ending, Failure> {
    let sides = sides(arguments)?;
    let definition = lab.tasks[index].clone();
    let name = lab.name.clone();
    let alone = Lab {
        tasks: vec![definition.clone()],
        ..lab.without_rungs()
    };
    let seed = arguments.seed;
    let laboratory = Laboratory::drawn(alone, Draw::Own { seed }, 1)?;
    let data = &laboratory.tasks()[0];
    let panels = drawing::panels(data);
    let title = format!("{} of lab {name}, seed {}", data.name, arguments.seed);
    let files = write_pictures(arguments, &title, &panels, sides)?;
    if common.json {
        let mut fields = task_fields(&definition, data);
        fields["lab"] = json!(name);
        fields["seed"] = json!(arguments.seed);
        fields["files"] = json!(files);
        output::document(&fields)?;
    } else {
        output::line(format!(
            "{title}: {}, {}\n",
            data.family.name(),
            definition_in_words(&definition)
        ))?;
        output::line(set_table(data))?;
        if let Some(inputs) = input_table(&definition, &laboratory) {
            output::line(format!("\n{inputs}"))?;
        }
        if files.is_empty() {
            let rows = if data.dimension == 1 { ROWS.0 } else { ROWS.1 };
            drawing::print(&panels, rows, arguments.ascii)?;
        }
    }
    files
        .iter()
        .for_each(|file| common.say(format!("written: {file}")));
    if files.is_empty() {
        common.say(format!(
            "next: motherlode lab show {} {} --png {}.png",
            arguments.lab, data.name, data.name
        ));
    }
    Ok(Ending::Done)
}

/// The pixels of a picture, across and down.
fn sides(arguments: &ShowLabArguments) -> Result<(u32, u32), Failure> {
    let sides = (
        arguments.width.unwrap_or(PICTURE.0),
        arguments.height.unwrap_or(PICTURE.1),
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

/// Writes the pictures that are wanted; answers with their files.
fn write_pictures(
    arguments: &ShowLabArguments,
    title: &str,
    panels: &[panel::Panel],
    sides: (u32, u32),
) -> Result<Vec<String>, Failure> {
    let mut files = Vec::new();
    if let Some(path) = &arguments.png {
        file::write(path, "PNG", |aside| {
            panel::png(aside, title, panels, sides).map_err(|error| error.to_string())
        })?;
        files.push(path.display().to_string());
    }
    if let Some(path) = &arguments.svg {
        let text = panel::svg(title, panels, sides)
            .map_err(|error| anyhow::anyhow!("the SVG picture could not be drawn: {error}"));
        let text = text.map_err(Failure::Failed)?;
        file::write(path, "SVG", |aside| {
            std::fs::write(aside, &text).map_err(|error| error.to_string())
        })?;
        files.push(path.display().to_string());
    }
    Ok(files)
}

/// The sets of a task by the names that JSON and tables carry.
fn sets(data: &TaskData) -> Vec<(String, &Split)> {
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
        .map(|outer| ranges(&region, outer))
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

/// The range of each input within `outer` half-widths of the region's centre: exact for a box, else
/// that of many points of it.
fn ranges(region: &Region, outer: f64) -> Vec<(f64, f64)> {
    if let Region::Box {
        center,
        half_widths,
        leaving,
    } = region
    {
        let reach = |leaves: bool| if leaves { outer } else { 1.0 };
        let end = |((center, half), leaves): ((&f64, &f64), &bool)| {
            (
                center - reach(*leaves) * half,
                center + reach(*leaves) * half,
            )
        };
        return center
            .iter()
            .zip(half_widths)
            .zip(leaving)
            .map(end)
            .collect();
    }
    let mut stream = Key::new(0).word("ranges").stream();
    let mut ends = vec![(f64::INFINITY, f64::NEG_INFINITY); region.dimension()];
    for _ in 0..RANGE_POINTS {
        let point = region.sample(&mut stream, 0.0, outer);
        ends.iter_mut()
            .zip(point)
            .for_each(|(end, x)| *end = (end.0.min(x), end.1.max(x)));
    }
    ends
}

/// The JSON of a task.
fn task_fields(definition: &TaskDefinition, data: &TaskData) -> Value {
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
    json!({
        "task": data.name,
        "family": data.family.name(),
        "dimension": data.dimension,
        "definition": definition,
        "training_range": definition.region().ok().map(|region| ranges(&region, 1.0)),
        "sets": {
            "train": set(&data.train, Some((0.0, 1.0))),
            "in_distribution": set(&data.in_distribution, Some((0.0, 1.0))),
            "shells": data.shells.iter().map(|shell| set(&shell.split, Some((shell.inner, shell.outer)))).collect::<Vec<_>>(),
        },
    })
}

/// The keys of a definition that its family adds, such as `variables 2, degree 3`.
fn definition_in_words(definition: &TaskDefinition) -> String {
    let fields = output::object(json!(definition));
    let own = fields
        .iter()
        .filter(|(key, value)| !matches!(key.as_str(), "name" | "family") && !value.is_null());
    own.map(|(key, value)| format!("{} {}", key.replace('_', " "), word(value)))
        .collect::<Vec<_>>()
        .join(", ")
}

/// A JSON value as tables write it.
fn word(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
