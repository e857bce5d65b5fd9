//! `motherlode lab show`: what a lab is and what a candidate costs in it, or one of its tasks.

use clap::Args;
use serde_json::json;

use super::task::{definition_in_words, sets, word, TaskDrawingOptions};
use super::{lab_argument, task};
use crate::cli::common::{workers, Common, Ending, Failure};
use crate::cli::output;
use crate::cli::table::table;
use crate::drawing::visible::on_a_line;
use crate::lab::cost::{cascade_costs, network_costs, NetworkCost, RungCost};
use crate::lab::target_statistics::TargetStatistics;
use crate::lab::{describe, Draw, Lab, Laboratory};
use crate::nets::small::Workspace;
use crate::record::lab_words::LabWords;
use crate::task::{TaskData, TaskDefinition};

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
    #[command(flatten)]
    drawing: TaskDrawingOptions,
}

/// Shows a lab and what a candidate costs there, or the data of one task.
pub fn run(arguments: &ShowLabArguments, common: &Common) -> Result<Ending, Failure> {
    let lab = lab_argument::named(&arguments.lab)?;
    match &arguments.task {
        None => show_lab(lab, arguments, common),
        Some(task) => {
            let index = lab_argument::task_index(&lab, task)?;
            task::show(
                (lab, &arguments.lab),
                index,
                arguments.seed,
                &arguments.drawing,
                common,
            )
        }
    }
}

fn show_lab(lab: Lab, arguments: &ShowLabArguments, common: &Common) -> Result<Ending, Failure> {
    let workers = workers(None)?;
    let seed = arguments.seed;
    let laboratory = Laboratory::drawn(lab, Draw::Own { seed }, workers)?;
    let lab = laboratory.lab();
    let networks = network_costs(&laboratory, &mut Workspace::default());
    let (rungs, cost) = cascade_costs(&laboratory, &networks);
    let tasks: Vec<(&TaskDefinition, &TaskData)> =
        lab.tasks.iter().zip(laboratory.tasks()).collect();
    if common.json {
        let tasks = tasks
            .iter()
            .map(|(definition, data)| task::fields(definition, data));
        let profiles = lab.profiles.iter().map(|profile| &profile.name);
        output::document(&json!({
            "lab": lab.name,
            "description": lab.description,
            "seed": seed,
            "seeds": lab.seeds,
            "baselines": lab.baselines,
            "sizes": lab.sizes,
            "fitness": lab.fitness,
            "words": describe(lab),
            "profiles": profiles.collect::<Vec<_>>(),
            "general": lab.target_profiles("general")?,
            "networks": networks,
            "cascade": rungs,
            "cost": cost,
            "tasks": tasks.collect::<Vec<_>>(),
        }))?;
        return Ok(Ending::Done);
    }
    let heading = format!("lab {}: {}", lab.name, blanks_joined(&lab.description));
    output::line(format!("{}\n", on_a_line(&heading)))?;
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
        let text = format!("{key}: {}", blanks_joined(text));
        format!("{}\n", on_a_line(&text))
    };
    texts.into_iter().chain(networks).map(line).collect()
}

fn blanks_joined(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
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
