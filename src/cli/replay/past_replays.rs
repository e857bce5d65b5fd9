//! The replays of one formula, as `archive show` tells them.

use serde_json::{json, Value};

use super::document;
use super::table::{all_shares, interval, number, probability};
use crate::cli::common::Failure;
use crate::cli::output;
use crate::cli::table::table;
use crate::formula::library;
use crate::journal::Journal;
use crate::record::benchmark_run::{ActivationRecord, BenchmarkRun, MixedRecord};
use crate::record::candidate::FormulaRecord;
use crate::replay::summary::{ComparisonRow, Entrant, Summary};

/// A benchmark that a formula was run on, alone or in the pool of a mixed activation, beside what
/// else was run on the same.
pub struct Replay(Summary);

/// All replays of the formula with this id, by benchmark. Baselines are the published activations
/// that were recorded under the same benchmark key, and the mixed ones whose pool has the formula.
pub fn replays_of(journal: &Journal, id: &str) -> Result<Vec<Replay>, Failure> {
    let mut replays: Vec<Replay> = Vec::new();
    for run in journal.benchmark_runs()? {
        let Some(formula) = run
            .activation
            .formulas()
            .iter()
            .find(|formula| formula.id == id)
        else {
            continue;
        };
        let key = run.benchmark.key();
        if replays.iter().all(|replay| replay.0.benchmark.key() != key) {
            let runs = journal.benchmark_runs_under(&key)?;
            replays.push(Replay(Summary::of(&runs, &entrants(formula, &runs))?));
        }
    }
    replays.sort_by(|a, b| a.0.benchmark.benchmark.cmp(&b.0.benchmark.benchmark));
    Ok(replays)
}

/// The formulas of replays that have this nickname, or an id that begins so.
pub fn replayed(journal: &Journal, name: &str) -> Result<Vec<FormulaRecord>, Failure> {
    let mut found: Vec<FormulaRecord> = Vec::new();
    for run in journal.benchmark_runs()? {
        for formula in run.activation.formulas() {
            let is_named =
                !name.is_empty() && (formula.nickname == name || formula.id.starts_with(name));
            if is_named && found.iter().all(|other| other.id != formula.id) {
                found.push(formula.clone());
            }
        }
    }
    Ok(found)
}

/// The formula, then the published activations among the benchmark runs, in the library's order, then the
/// mixed ones that have it in their pool.
fn entrants(own: &FormulaRecord, runs: &[BenchmarkRun]) -> Vec<Entrant> {
    let mut entrants = vec![Entrant {
        activation: ActivationRecord::Formula(own.clone()),
        name: own.nickname.clone(),
        baseline: false,
    }];
    for known in library::all() {
        let id = known.formula().id();
        let same = |run: &&BenchmarkRun| {
            run.activation
                .formula()
                .is_some_and(|formula| formula.id == id && formula.id != own.id)
        };
        if let Some(run) = runs.iter().find(same) {
            entrants.push(Entrant {
                activation: run.activation.clone(),
                name: known.name.clone(),
                baseline: true,
            });
        }
    }
    for run in runs {
        if let ActivationRecord::Mixed(mixed) = &run.activation {
            let is_new = entrants
                .iter()
                .all(|entrant| entrant.activation.id() != run.activation.id());
            if is_new && mixed.pool.iter().any(|formula| formula.id == own.id) {
                entrants.push(Entrant {
                    activation: run.activation.clone(),
                    name: mixed_name(mixed),
                    baseline: true,
                });
            }
        }
    }
    entrants
}

/// `mixed of relu(x), tanh(x), until epoch 50`.
fn mixed_name(mixed: &MixedRecord) -> String {
    let pool: Vec<&str> = mixed
        .pool
        .iter()
        .map(|formula| formula.formula.as_str())
        .collect();
    let as_published = if mixed.as_published {
        ", as published"
    } else {
        ""
    };
    format!(
        "mixed of {}, until epoch {}{as_published}",
        pool.join(", "),
        mixed.switch_epoch
    )
}

impl Replay {
    /// As `replay --json` prints it.
    pub fn document(&self) -> Value {
        document::document(&self.0)
    }
}

/// Prints a row a benchmark and baseline; nothing where there are no replays.
pub fn print_replays(replays: &[Replay]) -> Result<(), Failure> {
    if replays.is_empty() {
        return Ok(());
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
    for Replay(summary) in replays {
        for (index, row) in summary.results.iter().enumerate() {
            let beside: Option<&ComparisonRow> = summary.comparison(0, index);
            let name = &summary.benchmark.benchmark;
            let is_one = replays
                .iter()
                .filter(|Replay(other)| other.benchmark.benchmark == *name)
                .count()
                == 1;
            table.add_row([
                if is_one {
                    name.clone()
                } else {
                    format!("{name} ({})", summary.benchmark.key())
                },
                format!(
                    "{}, {} is better",
                    summary.benchmark.metric,
                    word(&json!(summary.benchmark.direction))
                ),
                row.entrant.name.clone(),
                row.finished().to_string(),
                row.median.map_or_else(String::new, number),
                row.mean.map_or_else(String::new, number),
                row.interval.map_or_else(|_| String::new(), interval),
                beside.map_or_else(
                    || row.mark().unwrap_or_default(),
                    |beside| summary.words(beside),
                ),
                beside
                    .and_then(|beside| beside.p_adjusted)
                    .map_or_else(String::new, probability),
            ]);
        }
    }
    output::line(format!("\nReplays, paired by seed:\n\n{table}"))?;
    for (name, shares) in replays
        .iter()
        .flat_map(|Replay(summary)| all_shares(summary))
    {
        output::line(format!(
            "\nThe neurons of {name} that chose each function:\n\n{shares}"
        ))?;
    }
    Ok(())
}

fn word(value: &Value) -> String {
    value.as_str().map_or_else(String::new, str::to_owned)
}
