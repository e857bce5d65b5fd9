//! `motherlode data check`: whether sets are what their names promise.

use clap::Args;
use serde_json::{json, Value};

use crate::cli::common::{Common, Ending, Failure};
use crate::cli::data::counts::{grouped, missing, size};
use crate::cli::data::manifest::{nothing_here, passed_over};
use crate::cli::output;
use crate::cli::table::table;
use crate::drawing::visible::on_a_line;
use crate::images::ChannelStatistics;
use crate::replay::sets::check::{check, Findings};
use crate::replay::sets::{DataFolder, OpenSet, SetError, SetState};

/// Classes whose counts are shown one by one.
const MOST_CLASSES: usize = 20;

/// What `motherlode data check` is asked for.
#[derive(Args)]
#[command(after_help = "Examples:
  motherlode data check
  motherlode data check fashion-mnist --json")]
pub struct DataCheckArguments {
    /// A set [default: all that are here]
    name: Option<String>,
}

/// Checks the set that is named, else all that are here; the command fails where a problem is
/// found.
pub fn run(
    arguments: &DataCheckArguments,
    folder: &DataFolder,
    common: &Common,
) -> Result<Ending, Failure> {
    let names = names(arguments, folder)?;
    let mut problems = 0;
    let mut documents = Vec::new();
    for name in &names {
        let (found, document, text) = match folder.open(name) {
            Ok(opened) => {
                let findings = check(&opened);
                (
                    findings.problems.len(),
                    document(&opened, &findings),
                    table_of(&opened, &findings),
                )
            }
            // One damaged set keeps no other from being checked.
            Err(error @ (SetError::Damaged { .. } | SetError::BadFile { .. })) => (
                1,
                json!({ "name": name, "sound": false, "problems": [error.to_string()] }),
                format!(
                    "{}\nproblem: {}\n",
                    on_a_line(name),
                    on_a_line(&error.to_string())
                ),
            ),
            Err(error) => return Err(Failure::of_set(error)),
        };
        problems += found;
        if common.json {
            documents.push(document);
        } else {
            output::line(text)?;
        }
    }
    if common.json {
        output::document(
            &json!({ "folder": folder.path(), "sets": documents, "sound": problems == 0 }),
        )?;
    }
    common.say(match (problems, names.as_slice()) {
        (0, [name]) => format!("{name} is sound"),
        (0, names) => format!("all {} sets are sound", names.len()),
        (1, _) => "1 problem was found".to_owned(),
        (problems, _) => format!("{problems} problems were found"),
    });
    Ok(if problems == 0 {
        Ending::Done
    } else {
        Ending::Failed
    })
}

/// The sets that are to be checked, one at least.
fn names(arguments: &DataCheckArguments, folder: &DataFolder) -> Result<Vec<String>, Failure> {
    if let Some(name) = &arguments.name {
        return Ok(vec![name.clone()]);
    }
    let entries = folder.list().map_err(Failure::of_set)?.into_iter();
    let here = entries.filter(|entry| !matches!(entry.state, SetState::Absent));
    let names: Vec<String> = here.map(|entry| entry.name).collect();
    if names.is_empty() {
        return Err(Failure::usage(nothing_here(folder)));
    }
    Ok(names)
}

fn table_of(opened: &OpenSet, findings: &Findings) -> String {
    let set = &opened.set;
    let mut lines = vec![format!(
        "{}: {} training and {} test images of {} in {} classes, {}, hash {}",
        on_a_line(&set.name),
        grouped(set.train.len()),
        grouped(set.test.len()),
        size(set.height, set.width, set.channels),
        grouped(set.classes),
        on_a_line(&opened.place.display().to_string()),
        &opened.hash[..16]
    )];
    if let Some(shortfall) = &opened.shortfall {
        lines.push(format!(
            "partial: {}; compared within {:.4}",
            missing(shortfall),
            findings.tolerance
        ));
    }
    lines.push(channels(set.channels, findings));
    lines.push(format!(
        "training images by class: {}\ntest images by class: {}",
        counts_in_words(&findings.train_counts),
        counts_in_words(&findings.test_counts)
    ));
    if !opened.class_names.is_empty() && opened.class_names.len() <= MOST_CLASSES {
        lines.push(format!(
            "classes: {}",
            on_a_line(&opened.class_names.join(", "))
        ));
    }
    lines.extend(passed_over(&opened.passed_over));
    let problems = findings.problems.iter();
    lines.extend(problems.map(|problem| format!("problem: {}", on_a_line(problem))));
    lines.join("\n") + "\n"
}

fn channels(count: usize, findings: &Findings) -> String {
    let mut rows = table(&["channel", "mean", "published", "deviation", "published"]);
    for channel in 0..count {
        let mean = |of: &ChannelStatistics| format!("{:.4}", of.means[channel]);
        let deviation = |of: &ChannelStatistics| format!("{:.4}", of.deviations[channel]);
        let published = findings.published.as_ref();
        rows.add_row([
            channel.to_string(),
            mean(&findings.statistics),
            published.map_or_else(String::new, mean),
            deviation(&findings.statistics),
            published.map_or_else(String::new, deviation),
        ]);
    }
    rows.to_string()
}

fn counts_in_words(counts: &[usize]) -> String {
    match (counts.iter().min(), counts.iter().max()) {
        (Some(least), Some(most)) if least == most => format!("{} of every class", grouped(*least)),
        (Some(_), Some(_)) if counts.len() <= MOST_CLASSES => counts
            .iter()
            .map(|count| grouped(*count))
            .collect::<Vec<_>>()
            .join(" "),
        (Some(least), Some(most)) => {
            format!("{} to {} of a class", grouped(*least), grouped(*most))
        }
        _ => "none".to_owned(),
    }
}

fn document(opened: &OpenSet, findings: &Findings) -> Value {
    let set = &opened.set;
    let published = findings.published.as_ref();
    json!({
        "name": set.name,
        "place": opened.place,
        "hash": opened.hash,
        "height": set.height,
        "width": set.width,
        "channels": set.channels,
        "classes": set.classes,
        "class_names": opened.class_names,
        "train": set.train.len(),
        "test": set.test.len(),
        "partial": opened.shortfall,
        "train_counts": findings.train_counts,
        "test_counts": findings.test_counts,
        "means": findings.statistics.means,
        "deviations": findings.statistics.deviations,
        "published_means": published.map(|published| &published.means),
        "published_deviations": published.map(|published| &published.deviations),
        "tolerance": findings.tolerance,
        "passed_over": opened.passed_over,
        "sound": findings.problems.is_empty(),
        "problems": findings.problems,
    })
}
