//! From the losses of trials to one fitness with its interval.

use std::collections::BTreeMap;

use super::lab::FitnessLaw;
use super::laboratory::{Laboratory, TrialAddress};
use crate::dataset::Family;
use crate::evaluation::{Estimate, Evaluation, Fitness, TaskEvaluation, Trial};
use crate::stream::Stream;

/// Resamples of the tasks behind an interval.
const RESAMPLES: usize = 1_000;

/// A task's value under one profile, lower is better: its mean clipped log ratio, or its mean loss.
struct TaskValue {
    family: Family,
    value: f64,
}

/// The evaluation of a formula from its trials on the full rung, as listed by `laboratory.addresses(None, ..)` for every profile.
pub fn evaluate(laboratory: &Laboratory, addresses: &[TrialAddress], trials: Vec<Trial>, target: &str) -> Evaluation {
    let lab = laboratory.lab();
    let values: Vec<Vec<TaskValue>> = (0..lab.profiles.len()).map(|profile| task_values(laboratory, addresses, &trials, profile)).collect();
    let resampled = resample(laboratory, &values);
    let estimate = |profiles: &[usize]| {
        let mean = |row: &[f64]| profiles.iter().map(|profile| row[*profile]).sum::<f64>() / profiles.len() as f64;
        let point: Vec<f64> = values.iter().map(|tasks| aggregate(&lab.fitness, tasks.iter().map(|task| (task.family, task.value)))).collect();
        let mut draws: Vec<f64> = resampled.iter().map(|row| mean(row)).collect();
        draws.sort_by(f64::total_cmp);
        let at = |quantile: f64| draws[((draws.len() - 1) as f64 * quantile).round() as usize];
        Estimate { fitness: finite(mean(&point)), fitness_interval: (at(0.025), at(0.975)) }
    };
    let tasks = task_evaluations(laboratory, addresses, &trials);
    let over_tasks = |loss: fn(&TaskEvaluation) -> Option<f64>| mean_of_all(tasks.iter().map(loss));
    Evaluation {
        lab: lab.name.clone(),
        target: target.to_owned(),
        estimate: estimate(&laboratory.profiles_of(target)),
        profiles: lab.profiles.iter().enumerate().map(|(index, profile)| (profile.name.clone(), estimate(&[index]))).collect(),
        train_loss: over_tasks(|task| task.train_loss),
        in_distribution_loss: over_tasks(|task| task.in_distribution_loss),
        out_of_distribution_loss: over_tasks(|task| task.out_of_distribution_loss),
        tasks,
        trials,
    }
}

/// The fitness of a formula on a cheap rung: the mean over the profiles that were run there.
pub fn rung_fitness(laboratory: &Laboratory, addresses: &[TrialAddress], trials: &[Trial], profiles: &[usize]) -> Fitness {
    let law = &laboratory.lab().fitness;
    let fitness = |profile: &usize| {
        let values = task_values(laboratory, addresses, trials, *profile);
        aggregate(law, values.iter().map(|task| (task.family, task.value)))
    };
    finite(profiles.iter().map(fitness).sum::<f64>() / profiles.len() as f64)
}

/// The fitness law over (family, task value) pairs of one profile.
fn aggregate(law: &FitnessLaw, values: impl Iterator<Item = (Family, f64)>) -> f64 {
    let mut families: BTreeMap<Family, (f64, usize)> = BTreeMap::new();
    for (family, value) in values {
        let entry = families.entry(family).or_insert((0.0, 0));
        *entry = (entry.0 + value, entry.1 + 1);
    }
    match law {
        FitnessLaw::LogRatio { .. } => {
            let means: Vec<f64> = families.values().map(|(sum, count)| sum / *count as f64).collect();
            let worst = means.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            // Not a negation, so that the reference has 0 and not -0.
            0.0 - (means.iter().sum::<f64>() / means.len() as f64 + worst)
        }
        FitnessLaw::MinusMeanLoss { .. } => {
            let (sum, count) = families.values().fold((0.0, 0), |(sum, count), family| (sum + family.0, count + family.1));
            -sum / count as f64
        }
    }
}

/// One value a task under `profile`: the mean over its networks and seeds.
fn task_values(laboratory: &Laboratory, addresses: &[TrialAddress], trials: &[Trial], profile: usize) -> Vec<TaskValue> {
    let mut sums: BTreeMap<usize, (f64, usize)> = BTreeMap::new();
    for (address, trial) in addresses.iter().zip(trials).filter(|(address, _)| address.profile == profile) {
        let value = trial_value(&laboratory.lab().fitness, &trial.shell_losses, laboratory.reference(address));
        let entry = sums.entry(address.task).or_insert((0.0, 0));
        *entry = (entry.0 + value, entry.1 + 1);
    }
    let value = |(task, (sum, count)): (usize, (f64, usize))| TaskValue { family: laboratory.tasks()[task].family, value: sum / count as f64 };
    sums.into_iter().map(value).collect()
}

/// A trial's value, lower is better and always finite.
fn trial_value(law: &FitnessLaw, losses: &[Option<f64>], reference: &[f64]) -> f64 {
    match *law {
        FitnessLaw::LogRatio { clip } => {
            let ratio =
                |(loss, reference): (&Option<f64>, &f64)| loss.map(|loss| (loss.max(f64::MIN_POSITIVE) / reference.max(f64::MIN_POSITIVE)).ln());
            let logs: Option<Vec<f64>> = losses.iter().zip(reference).map(ratio).collect();
            logs.map_or(clip, |logs| (logs.iter().sum::<f64>() / logs.len() as f64).clamp(-clip, clip))
        }
        FitnessLaw::MinusMeanLoss { ceiling } => {
            let sum: f64 = losses.iter().map(|loss| loss.map_or(ceiling, |loss| loss.min(ceiling))).sum();
            sum / losses.len() as f64
        }
    }
}

/// `RESAMPLES` rows of one fitness a profile, tasks drawn with replacement within each family; the same draws for every profile and formula.
fn resample(laboratory: &Laboratory, values: &[Vec<TaskValue>]) -> Vec<Vec<f64>> {
    let mut stream = laboratory.key().word("bootstrap").stream();
    let mut families: BTreeMap<Family, Vec<usize>> = BTreeMap::new();
    for (index, task) in values[0].iter().enumerate() {
        families.entry(task.family).or_default().push(index);
    }
    // Each value is moved away from its family's mean by sqrt(n/(n-1)): resampling n tasks alone would understate their spread (Efron 1982, chapter 5).
    let spread: Vec<Vec<f64>> = values.iter().map(|tasks| spread_out(tasks, &families)).collect();
    let row = |stream: &mut Stream| {
        let draw = |members: &Vec<usize>| members.iter().map(|_| *stream.choose(members)).collect::<Vec<_>>();
        let drawn: Vec<usize> = families.values().flat_map(draw).collect();
        let fitness = |(tasks, spread): (&Vec<TaskValue>, &Vec<f64>)| {
            aggregate(&laboratory.lab().fitness, drawn.iter().map(|index| (tasks[*index].family, spread[*index])))
        };
        values.iter().zip(&spread).map(fitness).collect()
    };
    (0..RESAMPLES).map(|_| row(&mut stream)).collect()
}

/// The values with their distance from their family's mean stretched by sqrt(n/(n-1)); a family of one task stays as it is.
fn spread_out(tasks: &[TaskValue], families: &BTreeMap<Family, Vec<usize>>) -> Vec<f64> {
    let mut spread: Vec<f64> = tasks.iter().map(|task| task.value).collect();
    for members in families.values().filter(|members| members.len() > 1) {
        let count = members.len() as f64;
        let mean = members.iter().map(|index| tasks[*index].value).sum::<f64>() / count;
        let stretch = (count / (count - 1.0)).sqrt();
        members.iter().for_each(|index| spread[*index] = mean + stretch * (tasks[*index].value - mean));
    }
    spread
}

fn task_evaluations(laboratory: &Laboratory, addresses: &[TrialAddress], trials: &[Trial]) -> Vec<TaskEvaluation> {
    let evaluation = |(index, task): (usize, &crate::dataset::TaskData)| {
        let own: Vec<&Trial> = addresses.iter().zip(trials).filter(|(address, _)| address.task == index).map(|(_, trial)| trial).collect();
        TaskEvaluation {
            task: task.name.clone(),
            family: task.family.name().to_owned(),
            train_loss: mean_of_all(own.iter().map(|trial| trial.train_loss)),
            in_distribution_loss: mean_of_all(own.iter().map(|trial| trial.in_distribution_loss)),
            out_of_distribution_loss: mean_of_all(own.iter().flat_map(|trial| trial.shell_losses.iter().copied())),
            trials: own.len() as u32,
        }
    };
    laboratory.tasks().iter().enumerate().map(evaluation).collect()
}

/// The mean, or `None` where any value is missing: a diverged trial is not averaged away.
fn mean_of_all(values: impl Iterator<Item = Option<f64>>) -> Option<f64> {
    let values: Vec<f64> = values.collect::<Option<Vec<f64>>>()?;
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    (!values.is_empty() && mean.is_finite()).then_some(mean)
}

fn finite(value: f64) -> Fitness {
    Fitness::new(value).expect("task values are finite and every profile has a task")
}
