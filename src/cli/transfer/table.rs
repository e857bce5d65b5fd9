//! Findings as tables for people, which can be pasted as they are.

use std::fmt::Display;

use crate::cli::common::counted;
use crate::cli::table::{short_interval, table};
use crate::numerics::statistics::{Correlation, Undefined};
use crate::replay::function_field::Origin;
use crate::replay::transfer::findings::TransferFindings;
use crate::replay::transfer::{Choice, Correlations, Lead};

/// The functions that are named as the best.
const TOP: usize = 10;

/// Everything for a terminal: what was measured, the correlations, and what follows from them.
pub fn text(findings: &TransferFindings) -> String {
    format!(
        "{}: {}\n\n{METHOD}\n\n{}\n\n{}",
        findings.benchmark.benchmark,
        subject(findings),
        correlations(findings),
        sentences(findings).join("\n")
    )
}

/// The same as a section of a Markdown document, with the benchmark's settings.
pub fn markdown(findings: &TransferFindings) -> String {
    format!(
        "## {} by lab {}\n\n{}.\n\n{METHOD}\n\n{}\n\n{}\n\nSettings ({}):\n\n```json\n{:#}\n```\n",
        findings.benchmark.benchmark,
        findings.lab,
        subject(findings),
        correlations(findings),
        sentences(findings)
            .into_iter()
            .map(|sentence| format!("- {sentence}"))
            .collect::<Vec<_>>()
            .join("\n"),
        findings.benchmark.key(),
        findings.benchmark.settings
    )
}

const METHOD: &str = "Rank correlation (Spearman) of what the lab measures with the outcome, over \
    all functions, over the half that the measure ranks higher, and over those that finished; \
    95 % intervals by 1,000 resamples of the functions, 400 between seeds of the benchmark. The \
    functions are halved by lot, so that what is tuned on one half can be judged on the other.";

/// What was measured on what, such as `accuracy of mlp-128-128 on fashion-mnist, higher is better,
/// against lab standard; 100 functions ..., 1 seed; 2 did not finish and rank last`.
fn subject(findings: &TransferFindings) -> String {
    let benchmark = &findings.benchmark;
    let better = benchmark.direction.name();
    let of = |origin: Origin| {
        findings
            .functions
            .iter()
            .filter(|function| function.origin == origin)
            .count()
    };
    let seeds = counted(findings.seeds.len() as u64, "seed");
    format!(
        "{} of {} on {}, {better} is better, against lab {}; {} functions ({} of the library, {} \
         random of S1; seed {}), {seeds}; {} did not finish and rank last",
        benchmark.metric,
        benchmark.architecture,
        benchmark.dataset,
        findings.lab,
        findings.functions.len(),
        of(Origin::Library),
        of(Origin::Random),
        findings.seed,
        findings.transfer.unfinished
    )
}

/// A row a measure and target.
pub fn correlations(findings: &TransferFindings) -> impl Display {
    let heads = [
        "measure",
        "target",
        "all",
        "95 % interval",
        "better half",
        "95 % interval",
        "finished",
        "first half by lot",
        "second half by lot",
    ];
    let mut table = table(&heads);
    for (predictor, row) in findings.predictors.iter().zip(&findings.transfer.rows) {
        let Correlations { all, better_half } = row.over;
        table.add_row([
            predictor.measure.name().to_owned(),
            predictor.target.clone(),
            value(all),
            interval(all),
            value(better_half),
            interval(better_half),
            value(row.finished),
            value(row.halves[0].all),
            value(row.halves[1].all),
        ]);
    }
    table
}

/// What follows from the correlations, a sentence each.
fn sentences(findings: &TransferFindings) -> Vec<String> {
    let transfer = &findings.transfer;
    let mut sentences = Vec::new();
    if let Some(lead) = transfer.lead {
        let own = transfer.rows[lead.best].over.all;
        sentences.push(lead_in_words(findings, "over all functions", lead, own));
    }
    if let Some(lead) = transfer.lead_in_better_half {
        let own = transfer.rows[lead.best].over.better_half;
        sentences.push(lead_in_words(findings, "within the better half", lead, own));
    }
    let halves = [["first", "second"], ["second", "first"]];
    for (choice, halves) in transfer.choices.iter().zip(halves) {
        sentences.extend(choice.map(|choice| choice_in_words(findings, choice, halves)));
    }
    sentences.push(match &transfer.seeds {
        None => {
            "One seed does not tell how well one run of the benchmark predicts another; two do."
                .to_owned()
        }
        Some(seeds) => format!(
            "One seed of the benchmark predicts another with {} over all functions and {} within \
             the better half.",
            seed_correlation(seeds.all, seeds.all_interval),
            seed_correlation(seeds.better_half, seeds.better_half_interval)
        ),
    });
    sentences.push(format!(
        "Best on the benchmark: {}.",
        best(findings).join(", ")
    ));
    sentences
}

fn lead_in_words(
    findings: &TransferFindings,
    part: &str,
    lead: Lead,
    own: Result<Correlation, Undefined>,
) -> String {
    let target = |index: usize| findings.predictors[index].target.as_str();
    let ahead = lead.difference.map_or_else(
        |_| String::new(),
        |difference| {
            let ends = difference.interval;
            let ends = ends.map_or_else(String::new, |ends| format!(" ({})", short_interval(ends)));
            format!(" by {:.2}{ends}", difference.value)
        },
    );
    format!(
        "Fitness predicts best {part} under {} ({}), ahead of {}{ahead}.",
        target(lead.best),
        value(own),
        target(lead.runner_up)
    )
}

fn choice_in_words(findings: &TransferFindings, choice: Choice, [own, other]: [&str; 2]) -> String {
    let target = |index: usize| findings.predictors[index].target.as_str();
    let Choice {
        chosen,
        judged,
        best,
        best_judged,
    } = choice;
    let beside = if chosen == best {
        "the best there too".to_owned()
    } else {
        format!("the best there is {}: {best_judged:+.2}", target(best))
    };
    format!(
        "Chosen on the {own} half by lot, {} has {judged:+.2} on the {other}; {beside}.",
        target(chosen)
    )
}

fn seed_correlation(value: Option<f64>, ends: Option<(f64, f64)>) -> String {
    let ends = ends.map_or_else(String::new, |ends| format!(" ({})", short_interval(ends)));
    value.map_or_else(
        || "undefined".to_owned(),
        |value| format!("{value:+.2}{ends}"),
    )
}

/// The names of the best functions with their outcomes.
fn best(findings: &TransferFindings) -> Vec<String> {
    let means = findings.outcome.means();
    let ranked = findings.outcome.ranked(&means);
    let mut order: Vec<usize> = (0..ranked.len()).collect();
    order.sort_by(|a, b| ranked[*b].total_cmp(&ranked[*a]));
    let named = |index: usize| {
        Some(format!(
            "{} {:.4}",
            findings.functions[index].name, means[index]?
        ))
    };
    order.into_iter().filter_map(named).take(TOP).collect()
}

fn value(correlation: Result<Correlation, Undefined>) -> String {
    correlation.map_or_else(
        |_| String::new(),
        |correlation| format!("{:+.2}", correlation.value),
    )
}

fn interval(correlation: Result<Correlation, Undefined>) -> String {
    correlation
        .ok()
        .and_then(|correlation| correlation.interval)
        .map_or_else(String::new, short_interval)
}
