//! `motherlode lab check`: whether a lab is sound, task by task.

use clap::Args;
use serde_json::{json, Value};

use super::lab_argument;
use crate::cli::common::{counted, workers, Common, Ending, Failure};
use crate::cli::interrupt::Interrupt;
use crate::cli::output;
use crate::cli::progress::Progress;
use crate::cli::table::{loss, table};
use crate::config::ConfigError;
use crate::drawing::visible::on_a_line;
use crate::lab::difficulty::{ReferenceLoss, TaskDifficulty};
use crate::lab::panel::{panel_trials, PanelFindings, TaskWarning, PANEL};
use crate::lab::{Draw, Lab, LabError, Laboratory, MOST_SEEDS};

/// What `motherlode lab check` is given.
#[derive(Args)]
#[command(after_help = "Examples:
  motherlode lab check smoke
  motherlode lab check examples/own_lab/lab.toml --seeds 3")]
pub struct CheckLabArguments {
    /// A shipped lab (motherlode lab list) or a lab file
    #[arg(default_value = lab_argument::DEFAULT)]
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

/// Measures how hard each task is, and warns where one measures nothing.
pub fn run(arguments: &CheckLabArguments, common: &Common) -> Result<Ending, Failure> {
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
        Err(error) if is_absent(&error) => return Err(Failure::usage(error)),
        Err(error) => return unusable(arguments, &error.to_string(), common),
    };
    let interrupt = Interrupt::listen()?;
    let seed = arguments.seed;
    let laboratory = match Laboratory::prepare(lab, Draw::Own { seed }, workers, interrupt.stop()) {
        Err(_) if interrupt.raised() => return Ok(Ending::Interrupted),
        Err(error) => return unusable(arguments, &error.to_string(), common),
        Ok(laboratory) => laboratory,
    };
    let progress = Progress::start("trials", panel_trials(&laboratory) as u64, common.quiet);
    let done = || progress.step();
    let findings = PanelFindings::measure(&laboratory, workers, interrupt.stop(), &done);
    progress.finish();
    let Ok(findings) = findings else {
        return Ok(Ending::Interrupted);
    };
    show(arguments, laboratory.lab(), &findings, common)?;
    Ok(Ending::Done)
}

/// Whether there is no lab at all, rather than one that cannot be used.
fn is_absent(error: &ConfigError) -> bool {
    matches!(
        error,
        ConfigError::Unreadable { .. } | ConfigError::Lab(LabError::Unknown { .. })
    )
}

/// A lab that cannot be used: why, in one line.
fn unusable(
    arguments: &CheckLabArguments,
    problem: &str,
    common: &Common,
) -> Result<Ending, Failure> {
    if common.json {
        output::document(
            &json!({ "lab": arguments.lab, "usable": false, "problem": problem,
            "tasks": [], "warnings": [] }),
        )?;
    }
    output::tell(format!("error: {problem}"));
    Ok(Ending::Failed)
}

fn document(arguments: &CheckLabArguments, lab: &Lab, findings: &PanelFindings) -> Value {
    let warning = |warning: &TaskWarning| {
        json!({
            "task": warning.task,
            "kind": warning.fault.kind(),
            "detail": warning.fault.to_string(),
        })
    };
    json!({
        "lab": lab.name,
        "usable": true,
        "seed": arguments.seed,
        "seeds": arguments.seeds,
        "activations": PANEL,
        "tasks": findings.difficulties,
        "warnings": findings.warnings.iter().map(warning).collect::<Vec<_>>(),
    })
}

fn show(
    arguments: &CheckLabArguments,
    lab: &Lab,
    findings: &PanelFindings,
    common: &Common,
) -> Result<(), Failure> {
    if common.json {
        return Ok(output::document(&document(arguments, lab, findings))?);
    }
    let PanelFindings {
        difficulties,
        warnings,
    } = findings;
    output::line(format!(
        "Losses in / out of distribution, mean squared errors in training variances; the mean \
        square is the targets', shell by shell. Spread: the standard deviation between {} of \
        the log loss; noise: that of a log ratio over {}.\n",
        PANEL.join(", "),
        counted(u64::from(arguments.seeds), "trial seed")
    ))?;
    output::line(difficulty_table(lab, difficulties))?;
    for warning in warnings {
        let warning = format!("warning: {}: {}", warning.task, warning.fault);
        output::line(on_a_line(&warning))?;
    }
    common.say(match warnings.len() {
        0 => format!("no fault was found in lab {}", lab.name),
        1 => "1 warning".to_owned(),
        count => format!("{count} warnings"),
    });
    common.say(format!("next: motherlode lab validate {}", arguments.lab));
    Ok(())
}

fn difficulty_table(lab: &Lab, difficulties: &[TaskDifficulty]) -> String {
    let of_profiles = |name: &dyn Fn(&str) -> Vec<String>| -> Vec<String> {
        let profiles = lab.profiles.iter();
        profiles.flat_map(|profile| name(&profile.name)).collect()
    };
    let losses =
        of_profiles(&|profile| vec![format!("ReLU, {profile}"), format!("GELU, {profile}")]);
    let spreads = of_profiles(&|profile| vec![format!("spread / noise, {profile}")]);
    let mut heads = vec!["task", "family", "mean square", "constant", "linear"];
    heads.extend(losses.iter().chain(&spreads).map(String::as_str));
    let mut table = table(&heads);
    for difficulty in difficulties {
        table.add_row(difficulty_row(difficulty));
    }
    table.to_string()
}

fn difficulty_row(difficulty: &TaskDifficulty) -> Vec<String> {
    let both = |reference: &ReferenceLoss| {
        format!(
            "{} / {}",
            loss(Some(reference.in_distribution)),
            loss(Some(reference.out_of_distribution))
        )
    };
    let squares = difficulty.mean_squares.iter();
    let squares: Vec<String> = squares.map(|square| loss(Some(*square))).collect();
    let mut row = vec![
        difficulty.task.clone(),
        difficulty.family.clone(),
        squares.join(" "),
        both(&difficulty.constant),
        both(&difficulty.linear),
    ];
    for profile in &difficulty.profiles {
        let first_two = profile.activations.iter().take(2);
        row.extend(first_two.map(|(_, reference)| both(reference)));
    }
    for profile in &difficulty.profiles {
        let noise = profile.paired_seed_deviation.map_or_else(
            || "unknown".to_owned(),
            |deviation| format!("{deviation:.2}"),
        );
        row.push(format!("{:.2} / {noise}", profile.spread));
    }
    row
}
