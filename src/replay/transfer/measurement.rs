//! A field of functions in a lab, and everything of it that may predict a benchmark.

use super::function_measures::{FunctionMeasures, MEASURES};
use super::measure_cache::{MeasureCache, MeasureCacheError};
use super::{Measure, Predictor};
use crate::formula::Formula;
use crate::lab::function_field::FunctionField;
use crate::lab::{Draw, Lab, Laboratory, PreparationError};
use crate::numerics::stop::{Halt, NoThread, Stop};

/// Functions that are measured before they are kept.
const TOGETHER: usize = 4;

/// A lab, the draw of it, and how it is run.
pub struct MeasurementPlan<'a> {
    /// The lab, without rungs.
    pub lab: &'a Lab,
    /// The seed of the draw.
    pub seed: u64,
    /// Trials at the same time, at most.
    pub workers: usize,
}

/// Callbacks of a measurement.
pub struct MeasurementWatch<'a> {
    /// Called with the number of trials to run, before the first of them.
    pub wanted: &'a dyn Fn(u64),
    /// Called after each trial, from any thread.
    pub done: &'a (dyn Fn() + Sync),
    /// When to stop.
    pub stop: &'a Stop,
}

/// Why a field could not be measured.
#[derive(Debug, thiserror::Error)]
pub enum MeasurementError {
    /// The lab cannot be made ready.
    #[error("{0}")]
    Laboratory(#[from] PreparationError),
    /// The disk does not take what was measured.
    #[error("{0}")]
    Kept(#[from] MeasureCacheError),
    /// The user wanted to stop.
    #[error("stopped; the functions that were measured are kept")]
    Halted,
}

impl From<Halt> for MeasurementError {
    fn from(halt: Halt) -> MeasurementError {
        match halt {
            Halt::NoThread => MeasurementError::Laboratory(NoThread.into()),
            Halt::Stopped | Halt::TimedOut | Halt::DeviceFailed => MeasurementError::Halted,
        }
    }
}

/// Measures every function in the lab, but those that the cache has. The numbers do not depend on
/// the workers.
///
/// # Errors
/// A stop, a lab that cannot be made ready, or a disk that does not take what was measured.
pub fn measured(
    plan: &MeasurementPlan,
    functions: &[&Formula],
    kept: &mut MeasureCache,
    watch: &MeasurementWatch,
) -> Result<Vec<FunctionMeasures>, MeasurementError> {
    let missing: Vec<&Formula> = functions
        .iter()
        .copied()
        .filter(|formula| kept.get(formula.id()).is_none())
        .collect();
    if !missing.is_empty() {
        let laboratory = Laboratory::prepare(
            plan.lab.clone(),
            Draw::Own { seed: plan.seed },
            plan.workers,
            watch.stop,
        )
        .map_err(|error| match error {
            PreparationError::Halted(_) => MeasurementError::Halted,
            other => MeasurementError::Laboratory(other),
        })?;
        let addresses = laboratory.addresses(None, &laboratory.all_profiles());
        (watch.wanted)(((missing.len() + 1) * addresses.len()) as u64);
        let reference =
            Formula::parse(&plan.lab.baselines[0]).expect("a checked lab's baselines parse");
        let mut trials = laboratory.run_all(
            &[&reference],
            &addresses,
            plan.workers,
            watch.stop,
            watch.done,
        )?;
        for some in missing.chunks(TOGETHER) {
            trials.truncate(1);
            trials.append(&mut laboratory.run_all(
                some,
                &addresses,
                plan.workers,
                watch.stop,
                watch.done,
            )?);
            let fields = MEASURES
                .map(|measure| FunctionField::of(&laboratory, &addresses, &trials, measure));
            for (index, formula) in some.iter().enumerate() {
                // The first of a field is the reference.
                let own = fields
                    .iter()
                    .map(|field| field.values[index + 1].clone())
                    .collect();
                kept.keep(formula.id(), FunctionMeasures(own))?;
            }
        }
    }
    Ok(functions
        .iter()
        .filter_map(|formula| kept.get(formula.id()).cloned())
        .collect())
}

/// The predictors of a lab: each of its measures under each profile, and under `general` where that
/// is the mean of several profiles.
pub fn predictors(lab: &Lab, functions: &[FunctionMeasures]) -> Vec<Predictor> {
    let families: Vec<String> = lab
        .tasks
        .iter()
        .map(|task| task.family().name().to_owned())
        .collect();
    let field = |measure: usize| {
        let values = functions.iter().map(|own| own.0[measure].clone()).collect();
        FunctionField {
            families: families.clone(),
            values,
        }
    };
    let [outside, inside, train] = [field(0), field(1), field(2)];
    let place = |name: &str| lab.profiles.iter().position(|profile| profile.name == name);
    let mut targets: Vec<(&str, Vec<usize>)> = lab
        .profiles
        .iter()
        .enumerate()
        .map(|(index, profile)| (profile.name.as_str(), vec![index]))
        .collect();
    let general: Vec<usize> = lab
        .target_profiles("general")
        .unwrap_or_default()
        .into_iter()
        .filter_map(place)
        .collect();
    if general.len() > 1 {
        targets.push(("general", general));
    }
    let measures = [
        (Measure::Fitness, &outside),
        (Measure::FamilyMean, &outside),
        (Measure::InDistribution, &inside),
        (Measure::Train, &train),
    ];
    let of_target =
        |measure: Measure, field: &FunctionField, (target, profiles): &(&str, Vec<usize>)| {
            let values = match measure {
                Measure::FamilyMean => field.family_mean(profiles, &field.all_tasks()),
                _ => field.fitness(&lab.fitness, profiles, &field.all_tasks()),
            };
            Predictor {
                measure,
                target: (*target).to_owned(),
                values,
            }
        };
    measures
        .iter()
        .flat_map(|(measure, field)| {
            targets
                .iter()
                .map(|target| of_target(*measure, field, target))
        })
        .collect()
}
