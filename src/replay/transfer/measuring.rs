//! A field of functions in a lab, and everything of it that may predict a benchmark.

use super::{Measure, Predictor};
use crate::evaluator::field::{self, Field};
use crate::evaluator::Laboratory;
use crate::formula::Formula;
use crate::network::Halt;

/// The trials that [`lab_predictors`] runs for so many functions.
pub fn trials(laboratory: &Laboratory, functions: usize) -> u64 {
    ((functions + 1) * laboratory.addresses(None, &laboratory.all_profiles()).len()) as u64
}

/// Every measure of the lab under each of its profiles, and under `general` where that is the mean of several, for every function. `done` is called after
/// each trial, from any thread; the numbers do not depend on `workers`.
///
/// # Errors
/// Where it was halted.
pub fn lab_predictors(
    laboratory: &Laboratory,
    functions: &[&Formula],
    workers: usize,
    halt: &(dyn Fn() -> Option<Halt> + Sync),
    done: &(dyn Fn() + Sync),
) -> Result<Vec<Predictor>, Halt> {
    let lab = laboratory.lab();
    let reference = Formula::parse(&lab.baselines[0]).expect("a checked lab's baselines parse");
    let formulas: Vec<&Formula> = std::iter::once(&reference).chain(functions.iter().copied()).collect();
    let addresses = laboratory.addresses(None, &laboratory.all_profiles());
    let trials = laboratory.run_all(&formulas, &addresses, workers, halt, done)?;
    let field = |measure| Field::of(laboratory, &addresses, &trials, measure);
    let outside = field(field::Measure::OutOfDistribution);
    let inside = field(field::Measure::InDistribution);
    let train = field(field::Measure::Train);
    let tasks = outside.all_tasks();
    let mut targets: Vec<(String, Vec<usize>)> =
        lab.profiles.iter().enumerate().map(|(index, profile)| (profile.name.clone(), vec![index])).collect();
    let general = laboratory.profiles_of("general");
    if general.len() > 1 {
        targets.push(("general".to_owned(), general));
    }
    let mut predictors = Vec::new();
    let measures = [(Measure::Fitness, &outside), (Measure::FamilyMean, &outside), (Measure::InDistribution, &inside), (Measure::Train, &train)];
    for (measure, field) in measures {
        for (target, profiles) in &targets {
            let values = match measure {
                Measure::FamilyMean => field.family_mean(profiles, &tasks),
                _ => field.fitness(&lab.fitness, profiles, &tasks),
            };
            // The first is the reference, whose place in the lab is known.
            predictors.push(Predictor { measure, target: target.clone(), values: values[1..].to_vec() });
        }
    }
    Ok(predictors)
}
