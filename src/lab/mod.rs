//! The lab: screens a formula, trains it in a lab, and turns losses into one fitness with its
//! interval.

mod behaviour;
pub mod cascade;
pub mod comparison;
pub mod definition;
pub mod difficulty;
pub mod fitness;
pub mod function_field;
pub mod laboratory;
pub mod resampling;
pub mod screening;
mod tensor_screening;
pub mod validation;

pub use cascade::{climb, CascadeEnd, Thresholds};
pub use comparison::{compare, Comparison, Verdict};
pub use definition::{toml_problem, Lab, LabError, MOST_SEEDS};
pub use laboratory::{Draw, Laboratory, PreparationError};
pub use screening::screen;

use crate::formula::Formula;
use crate::numerics::stop::{Halt, Stop};
use crate::record::evaluation::Evaluation;

/// Evaluates every formula on the whole lab, without the cascade, on `workers` threads; `done` is
/// called after each trial, from any thread.
///
/// The evaluations come in the order of `formulas`, the same bits whatever `workers` is.
pub fn evaluate_all(
    laboratory: &Laboratory,
    formulas: &[&Formula],
    target: &str,
    workers: usize,
    stop: &Stop,
    done: &(dyn Fn() + Sync),
) -> Result<Vec<Evaluation>, Halt> {
    let addresses = laboratory.addresses(None, &laboratory.all_profiles());
    let trials = laboratory.run_all(formulas, &addresses, workers, stop, done)?;
    Ok(trials
        .into_iter()
        .map(|trials| fitness::evaluate(laboratory, &addresses, trials, target))
        .collect())
}
