//! The replays of one formula, as `archive show` tells them.

use crate::cli::replay::table::{all_shares, interval, number, probability};
use crate::cli::table::table;
use crate::replay::summary::{ResultRow, Summary};

/// A row a benchmark and activation, then the shares of mixed activations; `None` where there are
/// no replays.
pub fn replays_table(replays: &[Summary]) -> Option<String> {
    if replays.is_empty() {
        return None;
    }
    let heads = [
        "benchmark",
        "metric",
        "activation",
        "seeds",
        "median",
        "mean",
        "95 % interval of the mean",
        "the formula beside it",
        "p (Holm)",
    ];
    let mut table = table(&heads);
    for summary in replays {
        let name = benchmark_name(summary, replays);
        for (index, row) in summary.results.iter().enumerate() {
            table.add_row(cells(summary, index, row, &name));
        }
    }
    let mut parts = vec![format!("Replays, paired by seed:\n\n{table}")];
    for (name, shares) in replays.iter().flat_map(all_shares) {
        parts.push(format!(
            "The neurons of {name} that chose each function:\n\n{shares}"
        ));
    }
    Some(parts.join("\n\n"))
}

/// The benchmark's name, with its key where several have the name.
fn benchmark_name(summary: &Summary, replays: &[Summary]) -> String {
    let name = &summary.benchmark.benchmark;
    let same_name = replays
        .iter()
        .filter(|other| other.benchmark.benchmark == *name);
    match same_name.count() {
        1 => name.clone(),
        _ => format!("{name} ({})", summary.benchmark.key()),
    }
}

fn cells(summary: &Summary, index: usize, row: &ResultRow, name: &str) -> [String; 9] {
    let better = summary.benchmark.direction.name();
    let beside = summary.comparison(0, index);
    let p_adjusted = beside.and_then(|beside| beside.p_adjusted);
    [
        name.to_owned(),
        format!("{}, {better} is better", summary.benchmark.metric),
        row.entrant.name.clone(),
        row.finished().to_string(),
        row.median.map_or_else(String::new, number),
        row.mean.map_or_else(String::new, number),
        row.interval.map_or_else(|_| String::new(), interval),
        beside.map_or_else(
            || row.mark().unwrap_or_default(),
            |beside| summary.words(beside),
        ),
        p_adjusted.map_or_else(String::new, probability),
    ]
}
