//! From the losses of trials to one fitness with its interval.

use std::collections::BTreeMap;

use super::laboratory::{Laboratory, TrialAddress};
use super::law::{of_family_means, trial_value};
use super::resampling::{groups_of, Resampling};
use crate::record::evaluation::{Estimate, Evaluation, Fitness, TaskEvaluation, Trial};
use crate::task::TaskData;

/// The evaluation of a formula from its trials on the full rung, as listed by
/// `laboratory.addresses(None, ..)` for every profile.
pub fn evaluate(
    laboratory: &Laboratory,
    addresses: &[TrialAddress],
    trials: Vec<Trial>,
    target: &str,
) -> Evaluation {
    let lab = laboratory.lab();
    let tasks = task_evaluations(laboratory, addresses, &trials);
    let resampling = Resampling::under(&lab.fitness, &tasks, laboratory.key());
    let names = |profiles: &[usize]| {
        profiles
            .iter()
            .map(|index| lab.profiles[*index].name.clone())
            .collect::<Vec<_>>()
    };
    let estimate = |profiles: &[usize]| {
        let fitness = resampling.fitness(&lab.fitness, &tasks, &names(profiles), None);
        Estimate {
            fitness: finite(fitness),
            fitness_interval: resampling.interval(&lab.fitness, &tasks, &names(profiles)),
        }
    };
    let over_tasks = |loss: fn(&TaskEvaluation) -> Option<f64>| mean_of_all(tasks.iter().map(loss));
    Evaluation {
        lab: lab.name.clone(),
        target: target.to_owned(),
        estimate: estimate(&laboratory.profiles_of(target)),
        profiles: lab
            .profiles
            .iter()
            .enumerate()
            .map(|(index, profile)| (profile.name.clone(), estimate(&[index])))
            .collect(),
        train_loss: over_tasks(|task| task.train_loss),
        in_distribution_loss: over_tasks(|task| task.in_distribution_loss),
        out_of_distribution_loss: over_tasks(|task| task.out_of_distribution_loss),
        tasks,
        trials,
        runs: Vec::new(),
    }
}

/// The fitness of a formula on a cheap rung: the mean over the profiles that were run there.
pub fn rung_fitness(
    laboratory: &Laboratory,
    addresses: &[TrialAddress],
    trials: &[Trial],
    profiles: &[usize],
) -> Fitness {
    let law = &laboratory.lab().fitness;
    let fitness = |profile: &usize| {
        let values = task_values(laboratory, addresses, trials, *profile);
        let families = groups_of(
            values
                .keys()
                .map(|task| laboratory.tasks()[*task].family.name()),
        );
        let values: Vec<f64> = values.into_values().collect();
        let mean = |family: &Vec<usize>| {
            (
                family.iter().map(|index| values[*index]).sum::<f64>() / family.len() as f64,
                family.len(),
            )
        };
        of_family_means(law, families.iter().map(mean))
    };
    finite(profiles.iter().map(fitness).sum::<f64>() / profiles.len() as f64)
}

/// One value a task under `profile`, by the task's index: the mean over its networks and seeds.
fn task_values(
    laboratory: &Laboratory,
    addresses: &[TrialAddress],
    trials: &[Trial],
    profile: usize,
) -> BTreeMap<usize, f64> {
    let mut sums: BTreeMap<usize, (f64, usize)> = BTreeMap::new();
    for (address, trial) in addresses
        .iter()
        .zip(trials)
        .filter(|(address, _)| address.profile == profile)
    {
        let value = trial_value(
            &laboratory.lab().fitness,
            &trial.shell_losses,
            laboratory.reference(address),
        );
        let entry = sums.entry(address.task).or_insert((0.0, 0));
        *entry = (entry.0 + value, entry.1 + 1);
    }
    sums.into_iter()
        .map(|(task, (sum, count))| (task, sum / count as f64))
        .collect()
}

fn task_evaluations(
    laboratory: &Laboratory,
    addresses: &[TrialAddress],
    trials: &[Trial],
) -> Vec<TaskEvaluation> {
    let profiles = laboratory.lab().profiles.iter().enumerate();
    let values: Vec<(&str, BTreeMap<usize, f64>)> = profiles
        .map(|(index, profile)| {
            (
                profile.name.as_str(),
                task_values(laboratory, addresses, trials, index),
            )
        })
        .collect();
    let evaluation = |(index, task): (usize, &TaskData)| {
        let own: Vec<&Trial> = addresses
            .iter()
            .zip(trials)
            .filter(|(address, _)| address.task == index)
            .map(|(_, trial)| trial)
            .collect();
        TaskEvaluation {
            task: task.name.clone(),
            family: task.family.name().to_owned(),
            train_loss: mean_of_all(own.iter().map(|trial| trial.train_loss)),
            in_distribution_loss: mean_of_all(own.iter().map(|trial| trial.in_distribution_loss)),
            out_of_distribution_loss: mean_of_all(
                own.iter()
                    .flat_map(|trial| trial.shell_losses.iter().copied()),
            ),
            values: values
                .iter()
                .filter_map(|(profile, values)| Some(((*profile).to_owned(), *values.get(&index)?)))
                .collect(),
            trials: own.len() as u32,
        }
    };
    laboratory
        .tasks()
        .iter()
        .enumerate()
        .map(evaluation)
        .collect()
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
