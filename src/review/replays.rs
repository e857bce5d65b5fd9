//! The replays of one formula that the archive has.

use crate::formula::library;
use crate::journal::Journal;
use crate::record::benchmark_run::{ActivationRecord, BenchmarkRun, MixedRecord};
use crate::record::candidate::FormulaRecord;
use crate::replay::summary::{Entrant, Summary};
use crate::review::error::ReviewError;

/// Returns a summary for every benchmark that the formula of this id was run on, alone or in the
/// pool of a mixed activation, ordered by the benchmark's name.
///
/// The formula is the first entrant of each summary. After it stand the published activations that
/// were run under the same benchmark key, in the library's order, and the mixed activations whose
/// pool has the formula; all of these count as baselines.
///
/// # Errors
/// [`ReviewError::Journal`] where the archive cannot be read, [`ReviewError::Summary`] where runs
/// contradict one another.
pub fn replays_of(journal: &Journal, id: &str) -> Result<Vec<Summary>, ReviewError> {
    let mut replays: Vec<Summary> = Vec::new();
    for run in journal.benchmark_runs()? {
        let formulas = run.activation.formulas();
        let Some(formula) = formulas.iter().find(|formula| formula.id == id) else {
            continue;
        };
        let key = run.benchmark.key();
        if replays.iter().all(|replay| replay.benchmark.key() != key) {
            let runs = journal.benchmark_runs_under(&key)?;
            replays.push(Summary::of(&runs, &entrants(formula, &runs))?);
        }
    }
    replays.sort_by(|a, b| a.benchmark.benchmark.cmp(&b.benchmark.benchmark));
    Ok(replays)
}

/// Returns every formula that was replayed, alone or in a pool, each once, in the order of the
/// runs.
///
/// # Errors
/// [`ReviewError::Journal`] where the archive cannot be read.
pub fn replayed_formulas(journal: &Journal) -> Result<Vec<FormulaRecord>, ReviewError> {
    let mut found: Vec<FormulaRecord> = Vec::new();
    for run in journal.benchmark_runs()? {
        for formula in run.activation.formulas() {
            if found.iter().all(|other| other.id != formula.id) {
                found.push(formula.clone());
            }
        }
    }
    Ok(found)
}

fn entrants(own: &FormulaRecord, runs: &[BenchmarkRun]) -> Vec<Entrant> {
    let mut entrants = vec![Entrant {
        activation: ActivationRecord::Formula(own.clone()),
        name: own.nickname.clone(),
        baseline: false,
        tuned: None,
    }];
    for published in library::all() {
        let id = published.formula().id();
        let is_same = |run: &&BenchmarkRun| {
            let formula = run.activation.formula();
            formula.is_some_and(|formula| formula.id == id && formula.id != own.id)
        };
        if let Some(run) = runs.iter().find(is_same) {
            entrants.push(Entrant {
                activation: run.activation.clone(),
                name: published.name.clone(),
                baseline: true,
                tuned: None,
            });
        }
    }
    for run in runs {
        let ActivationRecord::Mixed(mixed) = &run.activation else {
            continue;
        };
        let id = run.activation.id();
        let is_new = entrants.iter().all(|entrant| entrant.activation.id() != id);
        if is_new && mixed.pool.iter().any(|formula| formula.id == own.id) {
            entrants.push(Entrant {
                activation: run.activation.clone(),
                name: mixed_name(mixed),
                baseline: true,
                tuned: None,
            });
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
