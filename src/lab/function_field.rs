//! A field: what many formulas are worth on every task of a lab under every profile, by whichever
//! of their losses is asked for.

use super::laboratory::{Laboratory, TrialAddress};
use super::law::{of_family_means, trial_value, FitnessLaw};
use super::resampling::groups_of;
use crate::record::evaluation::Trial;

/// The losses of a trial that a formula may be judged by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// The training loss.
    Train,
    /// The in-distribution loss.
    InDistribution,
    /// One shell, from 0 for the innermost.
    Shell(usize),
    /// All shells: what the fitness is made of.
    OutOfDistribution,
}

impl Measure {
    /// Every measure of a lab with this many shells, the single shells only where there are
    /// several.
    pub fn all(shells: usize) -> Vec<Measure> {
        let single = (0..shells).filter(|_| shells > 1).map(Measure::Shell);
        [Measure::Train, Measure::InDistribution]
            .into_iter()
            .chain(single)
            .chain([Measure::OutOfDistribution])
            .collect()
    }

    fn losses(self, trial: &Trial) -> Vec<Option<f64>> {
        match self {
            Measure::Train => vec![trial.train_loss],
            Measure::InDistribution => vec![trial.in_distribution_loss],
            Measure::Shell(index) => vec![trial.shell_losses.get(index).copied().flatten()],
            Measure::OutOfDistribution => trial.shell_losses.clone(),
        }
    }
}

/// What every formula of a field is worth on every task under every profile; lower is better.
#[derive(Clone, Debug, PartialEq)]
pub struct FunctionField {
    /// The family of each task.
    pub families: Vec<String>,
    /// `[formula][profile][task]`, finite.
    pub values: Vec<Vec<Vec<f64>>>,
}

impl FunctionField {
    /// The field that trials make: `trials[formula][address]`, run at `addresses`, each held
    /// against the trial of formula 0, the reference, at the same address, and averaged over
    /// networks and seeds as the fitness law does. Tasks without an address are left out; every
    /// profile that has one address on a task must have one on all that are left. Losses that are
    /// not finite count as the worst.
    pub fn of(
        laboratory: &Laboratory,
        addresses: &[TrialAddress],
        trials: &[Vec<Trial>],
        measure: Measure,
    ) -> FunctionField {
        let law = &laboratory.lab().fitness;
        let mut tasks: Vec<usize> = addresses.iter().map(|address| address.task).collect();
        let mut profiles: Vec<usize> = addresses.iter().map(|address| address.profile).collect();
        for indices in [&mut tasks, &mut profiles] {
            indices.sort_unstable();
            indices.dedup();
        }
        let reference = |place: usize| -> Vec<f64> {
            measure
                .losses(&trials[0][place])
                .into_iter()
                .map(|loss| loss.expect("a laboratory's reference has finite losses"))
                .collect()
        };
        let references: Vec<Vec<f64>> = (0..addresses.len()).map(reference).collect();
        let value = |own: &[Trial], profile: usize, task: usize| {
            let places = (0..addresses.len()).filter(|place| {
                (addresses[*place].profile, addresses[*place].task) == (profile, task)
            });
            let values: Vec<f64> = places
                .map(|place| trial_value(law, &measure.losses(&own[place]), &references[place]))
                .collect();
            values.iter().sum::<f64>() / values.len() as f64
        };
        let row = |own: &Vec<Trial>, profile: usize| {
            tasks
                .iter()
                .map(|task| value(own, profile, *task))
                .collect::<Vec<f64>>()
        };
        FunctionField {
            families: tasks
                .iter()
                .map(|task| laboratory.tasks()[*task].family.name().to_owned())
                .collect(),
            values: trials
                .iter()
                .map(|own| profiles.iter().map(|profile| row(own, *profile)).collect())
                .collect(),
        }
    }

    /// The number of formulas.
    pub fn formulas(&self) -> usize {
        self.values.len()
    }

    /// The indices of all tasks.
    pub fn all_tasks(&self) -> Vec<usize> {
        (0..self.families.len()).collect()
    }

    /// Every formula's fitness on these tasks, the mean over these profiles; higher is better.
    /// Neither may be empty.
    pub fn fitness(&self, law: &FitnessLaw, profiles: &[usize], tasks: &[usize]) -> Vec<f64> {
        self.by_family_means(profiles, tasks, |families| {
            of_family_means(law, families.iter().copied())
        })
    }

    /// The mean over the families alone, without the worst of them, which a fitness counts once
    /// more; higher is better.
    pub fn family_mean(&self, profiles: &[usize], tasks: &[usize]) -> Vec<f64> {
        self.by_family_means(profiles, tasks, |families| {
            0.0 - families.iter().map(|(mean, _)| mean).sum::<f64>() / families.len() as f64
        })
    }

    /// What `combined` makes of each family's mean and the number of its tasks, the mean over the
    /// profiles.
    fn by_family_means(
        &self,
        profiles: &[usize],
        tasks: &[usize],
        combined: impl Fn(&[(f64, usize)]) -> f64,
    ) -> Vec<f64> {
        let families = groups_of(tasks.iter().map(|task| self.families[*task].as_str()));
        let mean = |values: &Vec<f64>, family: &Vec<usize>| {
            family
                .iter()
                .map(|index| values[tasks[*index]])
                .sum::<f64>()
                / family.len() as f64
        };
        let of_profile = |values: &Vec<f64>| {
            combined(
                &families
                    .iter()
                    .map(|family| (mean(values, family), family.len()))
                    .collect::<Vec<(f64, usize)>>(),
            )
        };
        let sum = |values: &Vec<Vec<f64>>| {
            profiles
                .iter()
                .map(|profile| of_profile(&values[*profile]))
                .sum::<f64>()
        };
        self.values
            .iter()
            .map(|values| sum(values) / profiles.len() as f64)
            .collect()
    }
}
