//! A summary as tables for people, which can be pasted as they are.

use std::fmt::Display;

use crate::cli::common::{counted, shortened};
use crate::cli::table::table;
use crate::numerics::statistics::Undefined;
use crate::record::benchmark_run::{ActivationRecord, BenchmarkRunEnd};
use crate::replay::summary::{
    ComparisonRow, ResultRow, Summary, TunedComparison, FEWEST_SEEDS, LEVEL,
};

/// The most seeds whose values stand in the table, a column each.
const SEED_COLUMNS: usize = 10;

/// The whole summary for a terminal: a line that says what was measured, the results, the
/// comparisons, and the shares of mixed activations.
pub fn text(summary: &Summary) -> String {
    let mut text = format!(
        "{}: {}\n\n{}",
        summary.benchmark.benchmark,
        subject(summary),
        results(summary)
    );
    if !summary.comparisons.is_empty() {
        text += &format!("\n\n{}\n\n{}", method(), comparisons(summary));
    }
    let tuned = tuned(summary);
    if !tuned.is_empty() {
        text += &format!("\n\n{}", tuned.join("\n"));
    }
    for (name, shares) in all_shares(summary) {
        text += &format!("\n\nThe neurons of {name} that chose each function:\n\n{shares}");
    }
    text
}

/// The whole summary as a section of a Markdown document, with the benchmark's settings.
pub fn markdown(summary: &Summary) -> String {
    let mut text = format!(
        "## {}\n\n{}.\n\n{}\n",
        summary.benchmark.benchmark,
        capital(&subject(summary)),
        results(summary)
    );
    if !summary.comparisons.is_empty() {
        text += &format!(
            "\n### Candidates beside baselines\n\n{}\n\n{}\n",
            method(),
            comparisons(summary)
        );
    }
    let tuned = tuned(summary);
    if !tuned.is_empty() {
        let items: Vec<String> = tuned.iter().map(|line| format!("- {line}\n")).collect();
        text += &format!("\n{}", items.concat());
    }
    for (name, shares) in all_shares(summary) {
        text += &format!("\n### The neurons of {name} that chose each function\n\n{shares}\n");
    }
    text += &format!(
        "\nSettings ({}):\n\n```json\n{:#}\n```\n",
        summary.benchmark.key(),
        summary.benchmark.settings
    );
    text
}

/// A row an activation: median, mean, deviation, the interval of the mean, and the value of each
/// seed.
pub fn results(summary: &Summary) -> impl Display {
    let seeds: &[u64] = if summary.seeds.len() <= SEED_COLUMNS {
        &summary.seeds
    } else {
        &[]
    };
    let mut heads = [
        "activation",
        "median",
        "mean",
        "+-",
        "95 % interval of the mean",
        "seeds",
    ]
    .map(str::to_owned)
    .to_vec();
    heads.extend(seeds.iter().map(|seed| format!("seed {seed}")));
    let marks: Vec<Option<String>> = summary.results.iter().map(ResultRow::mark).collect();
    if marks.iter().any(Option::is_some) {
        heads.push("not finished".to_owned());
    }
    heads.push("formula".to_owned());
    let mut table = table(&heads.iter().map(String::as_str).collect::<Vec<_>>());
    for (row, mark) in summary.results.iter().zip(&marks) {
        let mut cells = vec![
            row.entrant.name.clone(),
            row.median.map_or_else(none, number),
            row.mean.map_or_else(none, number),
            row.deviation.map_or_else(|_| none(), number),
            row.interval.map_or_else(|_| none(), interval),
            row.finished().to_string(),
        ];
        cells.extend(
            row.ends
                .iter()
                .take(seeds.len())
                .map(|end| end.as_ref().map_or_else(none, ended)),
        );
        if marks.iter().any(Option::is_some) {
            cells.push(mark.clone().unwrap_or_default());
        }
        cells.push(written(&row.entrant.activation));
        table.add_row(cells);
    }
    table
}

/// A row a candidate and baseline: the difference, its interval, the p-values, the effect size and
/// the verdict.
pub fn comparisons(summary: &Summary) -> impl Display {
    let heads = [
        "candidate",
        "baseline",
        "difference",
        "95 % interval",
        "p (paired t)",
        "p (Holm)",
        "p (Wilcoxon)",
        "p (independent t)",
        "effect size",
        "seeds",
        "verdict",
    ];
    let mut table = table(&heads);
    for row in &summary.comparisons {
        table.add_row(comparison(summary, row));
    }
    table
}

fn comparison(summary: &Summary, row: &ComparisonRow) -> Vec<String> {
    let name = |index: usize| summary.results[index].entrant.name.clone();
    let scale = scale(summary, row);
    let signed = |value: f64| signed(value, scale);
    let tested = |p_value: Result<f64, Undefined>| p_value.map_or_else(|_| none(), probability);
    vec![
        name(row.candidate),
        name(row.baseline),
        row.difference.map_or_else(none, signed),
        row.paired.map_or_else(
            |_| none(),
            |test| format!("{} to {}", signed(test.interval.0), signed(test.interval.1)),
        ),
        tested(row.paired.map(|test| test.p_value)),
        row.p_adjusted.map_or_else(none, probability),
        tested(row.signed_rank.map(|test| test.p_value)),
        tested(row.independent.map(|test| test.p_value)),
        row.effect_size
            .map_or_else(|_| none(), |effect| format!("{effect:+.2}")),
        row.seeds.len().to_string(),
        summary.words(row),
    ]
}

/// The largest mean of both: differences have as many digits as the values, so that a small one
/// looks small.
fn scale(summary: &Summary, row: &ComparisonRow) -> f64 {
    [row.candidate, row.baseline]
        .into_iter()
        .filter_map(|index| summary.results[index].mean)
        .fold(0.0, |most: f64, mean| most.max(mean.abs()))
}

fn signed(value: f64, scale: f64) -> String {
    if is_plain(scale) {
        format!("{value:+.4}")
    } else {
        format!("{value:+.3e}")
    }
}

/// A line for each candidate and each baseline that was tuned: which of both it is better than, and
/// how much of its lead is scale and how much shape.
pub fn tuned(summary: &Summary) -> Vec<String> {
    let line = |comparison: &TunedComparison| {
        let words = summary.tuned_words(comparison);
        let (whole, by_scale) = (comparison.plain.difference, comparison.by_scale());
        let Some((whole, by_scale)) = whole.zip(by_scale) else {
            return words;
        };
        let signed = |value: f64| signed(value, scale(summary, comparison.plain));
        format!(
            "{words}; of {} in all, {} is scale and shift and {} is shape",
            signed(whole),
            signed(by_scale),
            signed(whole - by_scale)
        )
    };
    summary.tuned_comparisons().iter().map(line).collect()
}

/// A row a layer, a column a function of the pool: the share of the layer's neurons that chose it.
/// `None` where the activation is not mixed or ended before it had chosen.
pub fn shares(row: &ResultRow) -> Option<impl Display> {
    let ActivationRecord::Mixed(mixed) = &row.entrant.activation else {
        return None;
    };
    if row.shares.is_empty() {
        return None;
    }
    let mut heads = vec!["layer"];
    heads.extend(mixed.pool.iter().map(|formula| formula.formula.as_str()));
    let mut table = table(&heads);
    for (layer, shares) in row.shares.iter().enumerate() {
        table.add_row(
            std::iter::once((layer + 1).to_string())
                .chain(shares.iter().map(|share| format!("{:.1} %", 100.0 * share))),
        );
    }
    Some(table)
}

/// The shares of every mixed activation, with its name.
pub fn all_shares(summary: &Summary) -> impl Iterator<Item = (&str, impl Display)> {
    summary
        .results
        .iter()
        .filter_map(|row| Some((row.entrant.name.as_str(), shares(row)?)))
}

/// `accuracy of wrn-16-2 on cifar10, higher is better; 5 seeds`.
pub fn subject(summary: &Summary) -> String {
    let benchmark = &summary.benchmark;
    let better = benchmark.direction.name();
    let seeds = counted(summary.seeds.len() as u64, "seed");
    format!(
        "{} of {} on {}, {better} is better; {seeds}",
        benchmark.metric, benchmark.architecture, benchmark.dataset
    )
}

fn method() -> String {
    format!(
        "Candidate less baseline on the seeds that both finished. The verdict takes the paired \
         t-test, adjusted for all candidates and baselines (Holm), below {LEVEL} on \
         {FEWEST_SEEDS} seeds at least; the effect size is d_z."
    )
}

/// The formula of an activation, or the pool that a mixed one chooses from.
pub fn written(activation: &ActivationRecord) -> String {
    match activation {
        ActivationRecord::Formula(formula) => shortened(&formula.formula),
        ActivationRecord::Mixed(mixed) => {
            let pool: Vec<&str> = mixed
                .pool
                .iter()
                .map(|formula| formula.formula.as_str())
                .collect();
            shortened(&format!("one a neuron of {}", pool.join(", ")))
        }
    }
}

fn ended(end: &BenchmarkRunEnd) -> String {
    match end {
        BenchmarkRunEnd::Finished { value } => number(*value),
        BenchmarkRunEnd::Diverged { epoch } => format!("diverged ({epoch})"),
        BenchmarkRunEnd::OutOfMemory { .. } => "out of memory".to_owned(),
        BenchmarkRunEnd::Failed { .. } => "failed".to_owned(),
        BenchmarkRunEnd::CutShort { .. } => "cut short".to_owned(),
    }
}

/// What cannot be computed, or was not run.
fn none() -> String {
    String::new()
}

fn capital(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(characters).collect()
    })
}

/// A value of a metric in a few digits.
pub fn number(value: f64) -> String {
    if is_plain(value) {
        format!("{value:.4}")
    } else {
        format!("{value:.3e}")
    }
}

fn is_plain(value: f64) -> bool {
    value == 0.0 || (1e-3..1e4).contains(&value.abs())
}

/// The two ends.
pub fn interval((low, high): (f64, f64)) -> String {
    format!("{} to {}", number(low), number(high))
}

/// A p-value in a few digits.
pub fn probability(p_value: f64) -> String {
    if p_value < 0.001 {
        format!("{p_value:.1e}")
    } else {
        format!("{p_value:.3}")
    }
}
