//! The replays of one formula, as `archive show` tells them.

use serde_json::{json, Value};

use super::super::table::table;
use super::super::{output, Failure};
use super::document;
use super::table::{interval, number, probability};
use crate::candidate::FormulaRecord;
use crate::cell::{ActivationRecord, Cell};
use crate::formula::library;
use crate::journal::Journal;
use crate::replay::summary::{ComparisonRow, Entrant, Summary};

/// A benchmark that a formula was run on, beside the published activations that were run on the same.
pub struct Replay(Summary);

/// All replays of the formula with this id, by benchmark. Baselines are the published activations that were recorded under the same benchmark key.
pub fn replays_of(journal: &Journal, id: &str) -> Result<Vec<Replay>, Failure> {
    let own = journal.cells_of(id)?;
    let mut replays: Vec<Replay> = Vec::new();
    for cell in &own {
        let key = cell.benchmark.key();
        if replays.iter().all(|replay| replay.0.benchmark.key() != key) {
            let cells = journal.cells_under(&key)?;
            replays.push(Replay(Summary::of(&cells, &entrants(cell, &cells))?));
        }
    }
    replays.sort_by(|a, b| a.0.benchmark.benchmark.cmp(&b.0.benchmark.benchmark));
    Ok(replays)
}

/// The formulas of replays that have this nickname, or an id that begins so.
pub fn replayed(journal: &Journal, name: &str) -> Result<Vec<FormulaRecord>, Failure> {
    let mut found: Vec<FormulaRecord> = Vec::new();
    for cell in journal.cells()? {
        if let ActivationRecord::Formula(formula) = cell.activation {
            let is_named = !name.is_empty() && (formula.nickname == name || formula.id.starts_with(name));
            if is_named && found.iter().all(|other| other.id != formula.id) {
                found.push(formula);
            }
        }
    }
    Ok(found)
}

/// The formula of `own`, then the published activations among the cells, in the library's order.
fn entrants(own: &Cell, cells: &[Cell]) -> Vec<Entrant> {
    let name = |cell: &Cell| cell.activation.formula().map_or_else(|| "mixed".to_owned(), |formula| formula.nickname.clone());
    let mut entrants = vec![Entrant { activation: own.activation.clone(), name: name(own), baseline: false }];
    for known in library::all() {
        let same = |cell: &&Cell| matches!(&cell.activation, ActivationRecord::Formula(formula) if formula.id == known.formula().id());
        if let Some(cell) = cells.iter().find(same).filter(|cell| cell.activation.id() != own.activation.id()) {
            entrants.push(Entrant { activation: cell.activation.clone(), name: known.name.clone(), baseline: true });
        }
    }
    entrants
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
    let heads = ["benchmark", "metric", "activation", "seeds", "median", "mean", "95 % interval of the mean", "the formula beside it", "p (Holm)"];
    let mut table = table(&heads);
    for Replay(summary) in replays {
        for (index, row) in summary.results.iter().enumerate() {
            let beside: Option<&ComparisonRow> = summary.comparison(0, index);
            table.add_row([
                summary.benchmark.benchmark.clone(),
                format!("{}, {} is better", summary.benchmark.metric, word(&json!(summary.benchmark.direction))),
                row.entrant.name.clone(),
                row.finished().to_string(),
                row.median.map_or_else(String::new, number),
                row.mean.map_or_else(String::new, number),
                row.interval.map_or_else(|_| String::new(), interval),
                beside.map_or_else(|| row.mark().unwrap_or_default(), |beside| summary.words(beside)),
                beside.and_then(|beside| beside.p_adjusted).map_or_else(String::new, probability),
            ]);
        }
    }
    Ok(output::line(format!("\nReplays, paired by seed:\n\n{table}"))?)
}

fn word(value: &Value) -> String {
    value.as_str().map_or_else(String::new, str::to_owned)
}
