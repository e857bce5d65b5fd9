//! The lab: screens a formula, trains it in a lab, and turns losses into one fitness with its
//! interval.

mod behaviour;
pub mod cascade;
pub mod comparison;
pub mod cost;
mod curve_shape;
pub mod definition;
pub mod description;
pub mod difficulty;
pub mod error;
pub mod fault;
pub mod file;
pub mod fitness;
pub mod function_field;
pub mod identity;
mod jobs;
pub mod laboratory;
pub mod law;
pub mod linear_model;
pub mod measured_lab;
pub mod panel;
pub mod resampling;
mod run_comparison;
pub mod screening;
pub mod separation;
pub mod shape;
mod soundness;
pub mod target_statistics;
mod tensor_screening;
pub mod validation;
pub mod validation_report;
pub mod words;

pub use cascade::{climb, CascadeEnd, Thresholds};
pub use comparison::{compare, Comparison, Verdict};
pub use definition::{Lab, MOST_SEEDS};
pub use description::{describe, judging};
pub use error::LabError;
pub use file::toml_problem;
pub use identity::identity;
pub use laboratory::{Draw, Laboratory, PreparationError, TrialAddress};
pub use law::FitnessLaw;
pub use run_comparison::{compare_runs, p_value_of_runs};
pub use screening::screen;

use crate::formula::Formula;
use crate::nets::Backend;
use crate::numerics::stop::{Halt, Stop};
use crate::record::arithmetic::Arithmetic;
use crate::record::evaluation::{Evaluation, Trial};

/// The version of the engine and the draws of all labs: whatever changes a number of a trial counts
/// it up.
pub const ENGINE_VERSION: u32 = 1;

/// What decides, beside lab and seed, to which bits a back end measures on this machine.
pub fn arithmetic(backend: &Backend) -> Arithmetic {
    let (processor, system) = (std::env::consts::ARCH, std::env::consts::OS);
    Arithmetic {
        engine: ENGINE_VERSION,
        class: format!("{processor} {system} {}", backend.arithmetic()),
    }
}

/// The evaluation under `target` that follows from trials of the whole lab which were run before,
/// on the same arithmetic: to the byte that of [`evaluate_all`]. `None` where these are not the
/// trials of this lab.
pub fn evaluate_recorded(
    laboratory: &Laboratory,
    trials: &[Trial],
    target: &str,
) -> Option<Evaluation> {
    let addresses = laboratory.addresses(None, &laboratory.all_profiles());
    let is_at = |(address, trial): (&TrialAddress, &Trial)| {
        let task = &laboratory.tasks()[address.task];
        let profile = &laboratory.lab().profiles[address.profile];
        trial.task == task.name
            && trial.family == task.family.name()
            && trial.profile == profile.name
            && trial.network == laboratory.network(address).name
            && trial.seed == u64::from(address.seed)
            && trial.shell_losses.len() == task.shells.len()
    };
    let fits = addresses.len() == trials.len() && addresses.iter().zip(trials).all(is_at);
    fits.then(|| fitness::evaluate(laboratory, &addresses, trials.to_vec(), target))
}

/// Evaluates every formula on the whole lab, without the cascade, on `workers` threads; `done` is
/// called after each trial, from any thread.
///
/// The evaluations come in the order of `formulas`, the same bits whatever `workers` is.
///
/// # Errors
/// The halt, where one came before all trials were run.
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
