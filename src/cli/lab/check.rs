//! `motherlode lab check`: whether a lab is sound, task by task.

use clap::Args;
use serde_json::{json, Value};

use crate::cli::common::{counted, workers, Common, Ending, Failure};
use crate::cli::interrupt::Interrupt;
use crate::cli::output;
use crate::cli::progress::Progress;
use crate::cli::table::{loss, table};
use crate::config::ConfigError;
use crate::formula::Formula;
use crate::lab::difficulty::{difficulty, Fault, TaskDifficulty, TaskTrials};
use crate::lab::laboratory::TrialAddress;
use crate::lab::{Draw, Lab, LabError, Laboratory, MOST_SEEDS};
use crate::numerics::stream::Key;
use crate::record::evaluation::Trial;
use crate::task::TaskDefinition;

/// The activations that a task must be able to tell apart, each of a kind of its own; the first is
/// the reference.
const PANEL: [&str; 6] = ["relu", "gelu", "silu", "tanh", "elu", "sin(x)"];
/// Points by which two laws are told apart.
const LAW_POINTS: usize = 16;

#[derive(Args)]
#[command(after_help = "Examples:
  motherlode lab check smoke
  motherlode lab check examples/own_lab/lab.toml --seeds 3")]
pub struct CheckArguments {
    /// A shipped lab (motherlode lab list) or a lab file
    #[arg(default_value = super::DEFAULT)]
    lab: String,
    /// The seed from which the lab's data and trials are drawn
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Trial seeds a (task, network); with one, seed noise is not known
    #[arg(long, value_name = "N", default_value_t = 2)]
    seeds: u32,
    /// Threads [default: one a core]
    #[arg(long, value_name = "N")]
    workers: Option<usize>,
}

/// A warning: a task and what is suspicious about it.
struct Warning {
    task: String,
    fault: Fault,
}

pub fn run(arguments: &CheckArguments, common: &Common) -> Result<Ending, Failure> {
    let workers = workers(arguments.workers)?;
    if !(1..=MOST_SEEDS).contains(&arguments.seeds) {
        return Err(Failure::usage(format!(
            "--seeds must be from 1 to {MOST_SEEDS}, found {}",
            arguments.seeds
        )));
    }
    let lab = match crate::config::find_lab(&arguments.lab) {
        Ok(found) => Lab {
            seeds: arguments.seeds,
            ..found.lab
        },
        Err(
            error @ (ConfigError::Unreadable { .. } | ConfigError::Lab(LabError::Unknown { .. })),
        ) => return Err(Failure::usage(error)),
        Err(error) => return unusable(arguments, &error.to_string(), common),
    };
    let interrupt = Interrupt::listen()?;
    let laboratory = match Laboratory::prepare(
        lab,
        Draw::Own {
            seed: arguments.seed,
        },
        workers,
        interrupt.stop(),
    ) {
        Err(_) if interrupt.raised() => return Ok(Ending::Interrupted),
        Err(error) => return unusable(arguments, &error.to_string(), common),
        Ok(laboratory) => laboratory,
    };
    let addresses = laboratory.addresses(None, &laboratory.all_profiles());
    let formulas: Vec<Formula> = PANEL
        .iter()
        .map(|name| Formula::parse(name))
        .collect::<Result<_, _>>()?;
    let formulas: Vec<&Formula> = formulas.iter().collect();
    let progress = Progress::start(
        "trials",
        (formulas.len() * addresses.len()) as u64,
        common.quiet,
    );
    let trials = laboratory.run_all(&formulas, &addresses, workers, interrupt.stop(), &|| {
        progress.step()
    });
    progress.finish();
    let Ok(trials) = trials else {
        return Ok(Ending::Interrupted);
    };
    let difficulties = difficulties(&laboratory, &addresses, &trials);
    let mut warnings: Vec<Warning> = Vec::new();
    for difficulty in &difficulties {
        warnings.extend(difficulty.faults().into_iter().map(|fault| Warning {
            task: difficulty.task.clone(),
            fault,
        }));
    }
    warnings.extend(duplicates(&laboratory.lab().tasks));
    show(arguments, &laboratory, &difficulties, &warnings, common)?;
    Ok(Ending::Done)
}

/// A lab that cannot be used: why, in one line.
fn unusable(arguments: &CheckArguments, problem: &str, common: &Common) -> Result<Ending, Failure> {
    if common.json {
        output::document(
            &json!({ "lab": arguments.lab, "usable": false, "problem": problem, "tasks": [], "warnings": [] }),
        )?;
    }
    output::tell(format!("error: {problem}"));
    Ok(Ending::Failed)
}

fn difficulties(
    laboratory: &Laboratory,
    addresses: &[TrialAddress],
    trials: &[Vec<Trial>],
) -> Vec<TaskDifficulty> {
    let profiles: Vec<String> = laboratory
        .lab()
        .profiles
        .iter()
        .map(|profile| profile.name.clone())
        .collect();
    let of_task = |index: usize| {
        let places: Vec<usize> = (0..addresses.len())
            .filter(|place| addresses[*place].task == index)
            .collect();
        let panel: Vec<(String, TaskTrials)> = PANEL
            .iter()
            .zip(trials)
            .map(|(name, trials)| {
                (
                    (*name).to_owned(),
                    places
                        .iter()
                        .map(|place| (&addresses[*place], &trials[*place]))
                        .collect(),
                )
            })
            .collect();
        difficulty(&laboratory.tasks()[index], &profiles, &panel)
    };
    (0..laboratory.tasks().len()).map(of_task).collect()
}

/// Tasks that are an earlier one under another name: the same definition, and the same law under
/// another key.
fn duplicates(tasks: &[TaskDefinition]) -> Vec<Warning> {
    let definition = |task: &TaskDefinition| {
        let mut fields = output::object(json!(task));
        fields.remove("name");
        fields
    };
    let same = |one: &TaskDefinition, other: &TaskDefinition| {
        definition(one) == definition(other) && have_one_law(one, other)
    };
    let first = |index: usize| {
        tasks[..index]
            .iter()
            .find(|earlier| same(earlier, &tasks[index]))
    };
    (0..tasks.len())
        .filter_map(|index| first(index).map(|earlier| (index, earlier)))
        .map(|(index, earlier)| Warning {
            task: tasks[index].name().to_owned(),
            fault: Fault::Duplicate {
                of: earlier.name().to_owned(),
            },
        })
        .collect()
}

/// Whether two tasks of one definition have the same law; those that have none are what their files
/// say.
fn have_one_law(one: &TaskDefinition, other: &TaskDefinition) -> bool {
    let key = |task: &TaskDefinition| Key::new(0).word(task.name());
    let (Ok(region), Ok(first), Ok(second)) =
        (one.region(), one.law(&key(one)), other.law(&key(other)))
    else {
        return true;
    };
    let mut stream = Key::new(0).word("laws").stream();
    (0..LAW_POINTS).all(|_| {
        let point = region.sample(&mut stream, 0.0, 1.0);
        first.target(&point) == second.target(&point)
    })
}

fn show(
    arguments: &CheckArguments,
    laboratory: &Laboratory,
    difficulties: &[TaskDifficulty],
    warnings: &[Warning],
    common: &Common,
) -> Result<(), Failure> {
    let lab = laboratory.lab();
    if common.json {
        let warnings: Vec<Value> = warnings
            .iter()
            .map(|warning| json!({ "task": warning.task, "kind": warning.fault.kind(), "detail": warning.fault.to_string() }))
            .collect();
        let answer = json!({
            "lab": lab.name, "usable": true, "seed": arguments.seed, "seeds": arguments.seeds, "activations": PANEL, "tasks": difficulties, "warnings": warnings,
        });
        return Ok(output::document(&answer)?);
    }
    let mut heads = vec!["task", "family", "mean square", "constant", "linear"];
    let names: Vec<String> = lab
        .profiles
        .iter()
        .flat_map(|profile| ["ReLU", "GELU"].map(|name| format!("{name}, {}", profile.name)))
        .collect();
    heads.extend(names.iter().map(String::as_str));
    let separations: Vec<String> = lab
        .profiles
        .iter()
        .map(|profile| format!("spread / noise, {}", profile.name))
        .collect();
    heads.extend(separations.iter().map(String::as_str));
    let mut table = table(&heads);
    for difficulty in difficulties {
        let mut row = vec![
            difficulty.task.clone(),
            difficulty.family.clone(),
            difficulty
                .mean_squares
                .iter()
                .map(|mean_square| loss(Some(*mean_square)))
                .collect::<Vec<_>>()
                .join(" "),
        ];
        for reference in [difficulty.constant, difficulty.linear] {
            row.push(format!(
                "{} / {}",
                loss(Some(reference.in_distribution)),
                loss(Some(reference.out_of_distribution))
            ));
        }
        for profile in &difficulty.profiles {
            let losses = profile
                .activations
                .iter()
                .take(2)
                .map(|(_, reference)| reference);
            row.extend(losses.map(|loss_of| {
                format!(
                    "{} / {}",
                    loss(Some(loss_of.in_distribution)),
                    loss(Some(loss_of.out_of_distribution))
                )
            }));
        }
        for profile in &difficulty.profiles {
            let noise = profile.paired_seed_deviation.map_or_else(
                || "unknown".to_owned(),
                |deviation| format!("{deviation:.2}"),
            );
            row.push(format!("{:.2} / {noise}", profile.spread));
        }
        table.add_row(row);
    }
    output::line(format!(
        "Losses in / out of distribution, mean squared errors in training variances; the mean \
        square is the targets', shell by shell. Spread: the standard deviation between {} of \
        the log loss; noise: that of a log ratio over {}.\n",
        PANEL.join(", "),
        counted(u64::from(arguments.seeds), "trial seed")
    ))?;
    output::line(&table)?;
    for warning in warnings {
        output::line(format!("warning: {}: {}", warning.task, warning.fault))?;
    }
    common.say(match warnings.len() {
        0 => format!("no fault was found in lab {}", lab.name),
        1 => "1 warning".to_owned(),
        count => format!("{count} warnings"),
    });
    common.say(format!("next: motherlode lab validate {}", arguments.lab));
    Ok(())
}
