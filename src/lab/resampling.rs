//! The bootstrap over tasks within families: tasks vary far more than seeds, so they are the
//! sampling unit of every interval.

use super::law::{of_family_means, FitnessLaw};
use crate::numerics::statistics::quantiles;
use crate::numerics::stream::{Key, Stream};
use crate::record::evaluation::TaskEvaluation;

/// Resamples of the tasks behind an interval.
pub const RESAMPLES: usize = 1_000;

/// Tasks drawn with replacement within each family, [`RESAMPLES`] times: the same draws for every
/// profile and formula, so that differences are paired.
///
/// What is drawn is a task with all its trials, networks, seeds and, where several draws of a lab
/// are pooled, all draws of it: more seeds on a task, or more points of the same equation, are no
/// further tasks. Each value is moved away from its family's mean by sqrt(n/(n-1)), for resampling
/// n tasks alone would understate their spread (Efron 1982, chapter 5). A family of one task says
/// nothing of its own spread and borrows the deviations of the families that have several; where
/// none has, those of the families from one another, which are larger if anything.
///
/// An interval is for what other tasks, as many and of the same families, would give on average. It
/// is not corrected towards the limit of ever more tasks, where the worst of several families of
/// about the same mean would weigh less.
pub struct Resampling {
    /// The tasks of each unit that is drawn.
    units: Vec<Vec<usize>>,
    /// The units of each family.
    families: Vec<Vec<usize>>,
    /// As many draws, each with as many units for each family as it has.
    draws: Vec<Vec<Vec<usize>>>,
}

/// The mean of a family's tasks under some profiles, with its sign turned so that higher is better,
/// and its 95 % interval; a family of one task has none.
#[derive(Clone, Debug, PartialEq)]
pub struct FamilyEstimate {
    /// The family's name.
    pub family: String,
    /// The mean over its tasks, higher is better.
    pub value: f64,
    /// The 95 % interval; `None` for a family of one task.
    pub interval: Option<(f64, f64)>,
}

/// The indices of the members of each group, groups in the order in which they first appear.
pub fn groups_of<'a>(names: impl Iterator<Item = &'a str>) -> Vec<Vec<usize>> {
    let mut known: Vec<(&str, Vec<usize>)> = Vec::new();
    for (index, name) in names.enumerate() {
        match known.iter_mut().find(|(other, _)| *other == name) {
            Some((_, members)) => members.push(index),
            None => known.push((name, vec![index])),
        }
    }
    known.into_iter().map(|(_, members)| members).collect()
}

impl Resampling {
    /// The draws that `key` gives for the families of these tasks.
    pub fn by_family(tasks: &[TaskEvaluation], key: &Key) -> Resampling {
        Resampling::of_groups(tasks, |task| &task.family, key)
    }

    /// The draws behind a fitness: by family, unless the law knows no families and its tasks are
    /// drawn from all of them.
    pub fn under(law: &FitnessLaw, tasks: &[TaskEvaluation], key: &Key) -> Resampling {
        match law {
            FitnessLaw::LogRatio { .. } => Resampling::by_family(tasks, key),
            FitnessLaw::MinusMeanLoss { .. } => Resampling::of_groups(tasks, |_| "", key),
        }
    }

    fn of_groups<'a>(
        tasks: &'a [TaskEvaluation],
        group: impl Fn(&'a TaskEvaluation) -> &'a str,
        key: &Key,
    ) -> Resampling {
        let units = groups_of(tasks.iter().map(TaskEvaluation::definition));
        let families = groups_of(units.iter().map(|unit| group(&tasks[unit[0]])));
        let whole: Vec<usize> = (0..units.len()).collect();
        let several: Vec<usize> = families
            .iter()
            .filter(|family| family.len() > 1)
            .flatten()
            .copied()
            .collect();
        let lent = if several.is_empty() { &whole } else { &several };
        let mut stream = key.word("bootstrap").stream();
        let draw = |stream: &mut Stream| {
            let family = |family: &Vec<usize>| {
                let pool = if family.len() > 1 { family } else { lent };
                family.iter().map(|_| *stream.choose(pool)).collect()
            };
            families.iter().map(family).collect()
        };
        let draws = (0..RESAMPLES).map(|_| draw(&mut stream)).collect();
        Resampling {
            units,
            families,
            draws,
        }
    }

    /// Whether there are two tasks at least: one says nothing of others.
    pub fn is_possible(&self) -> bool {
        self.units.len() > 1
    }

    /// The degrees of freedom of the spread: in each family of several tasks one less than those, or
    /// where every family has one task one less than all.
    pub fn degrees_of_freedom(&self) -> usize {
        let within: usize = self.families.iter().map(|family| family.len() - 1).sum();
        match within {
            0 => self.units.len() - 1,
            within => within,
        }
    }

    /// How many families there are.
    pub fn families(&self) -> usize {
        self.families.len()
    }

    /// The fitness under these profiles, their mean, over all families but one that may be left
    /// out. Every task must have a value under each profile.
    pub fn fitness(
        &self,
        law: &FitnessLaw,
        tasks: &[TaskEvaluation],
        profiles: &[String],
        left_out: Option<usize>,
    ) -> f64 {
        let fitness = |profile: &String| {
            let means = self.means(&self.values(tasks, profile));
            self.combined(law, left_out, |family| means[family])
        };
        profiles.iter().map(fitness).sum::<f64>() / profiles.len() as f64
    }

    /// [`Resampling::fitness`] in every resample.
    pub fn fitnesses(
        &self,
        law: &FitnessLaw,
        tasks: &[TaskEvaluation],
        profiles: &[String],
        left_out: Option<usize>,
    ) -> Vec<f64> {
        let drawn: Vec<Vec<Vec<f64>>> = profiles
            .iter()
            .map(|profile| self.drawn_means(tasks, profile))
            .collect();
        let fitness = |draw: usize| {
            drawn
                .iter()
                .map(|means| self.combined(law, left_out, |family| means[family][draw]))
                .sum::<f64>()
        };
        (0..RESAMPLES)
            .map(|draw| fitness(draw) / drawn.len() as f64)
            .collect()
    }

    /// The ends of the 95 % interval of the fitness under these profiles.
    pub fn interval(
        &self,
        law: &FitnessLaw,
        tasks: &[TaskEvaluation],
        profiles: &[String],
    ) -> (f64, f64) {
        percentiles(self.fitnesses(law, tasks, profiles, None))
    }

    /// Each family's mean over these profiles, in the order of the tasks.
    pub fn family_estimates(
        &self,
        tasks: &[TaskEvaluation],
        profiles: &[String],
    ) -> Vec<FamilyEstimate> {
        let count = profiles.len() as f64;
        let means: Vec<Vec<f64>> = profiles
            .iter()
            .map(|profile| self.means(&self.values(tasks, profile)))
            .collect();
        let drawn: Vec<Vec<Vec<f64>>> = profiles
            .iter()
            .map(|profile| self.drawn_means(tasks, profile))
            .collect();
        let estimate = |(family, units): (usize, &Vec<usize>)| {
            let draws = (0..RESAMPLES).map(|draw| {
                0.0 - drawn.iter().map(|means| means[family][draw]).sum::<f64>() / count
            });
            FamilyEstimate {
                family: tasks[self.units[units[0]][0]].family.clone(),
                value: 0.0 - means.iter().map(|means| means[family]).sum::<f64>() / count,
                interval: (units.len() > 1).then(|| percentiles(draws.collect())),
            }
        };
        self.families.iter().enumerate().map(estimate).collect()
    }

    fn combined(
        &self,
        law: &FitnessLaw,
        left_out: Option<usize>,
        mean: impl Fn(usize) -> f64,
    ) -> f64 {
        let kept = (0..self.families.len()).filter(|family| Some(*family) != left_out);
        of_family_means(
            law,
            kept.map(|family| (mean(family), self.families[family].len())),
        )
    }

    /// The value of each unit: the mean over its tasks.
    fn values(&self, tasks: &[TaskEvaluation], profile: &str) -> Vec<f64> {
        let value = |unit: &Vec<usize>| {
            unit.iter()
                .map(|task| tasks[*task].values[profile])
                .sum::<f64>()
                / unit.len() as f64
        };
        self.units.iter().map(value).collect()
    }

    /// The mean of each family.
    fn means(&self, values: &[f64]) -> Vec<f64> {
        self.families
            .iter()
            .map(|family| mean_of(values, family))
            .collect()
    }

    /// The mean of each family in every resample.
    fn drawn_means(&self, tasks: &[TaskEvaluation], profile: &str) -> Vec<Vec<f64>> {
        let values = self.values(tasks, profile);
        let deviations = self.deviations(&values);
        let drawn = |(family, mean): (usize, f64)| {
            self.draws
                .iter()
                .map(|draw| mean + mean_of(&deviations, &draw[family]))
                .collect()
        };
        self.means(&values)
            .into_iter()
            .enumerate()
            .map(drawn)
            .collect()
    }

    /// How far each unit is from its family's mean, stretched by sqrt(n/(n-1)); where every family
    /// has one unit, how far it is from the mean of all.
    fn deviations(&self, values: &[f64]) -> Vec<f64> {
        let mut deviations = vec![0.0; values.len()];
        let whole: Vec<usize> = (0..values.len()).collect();
        let all_alone = self.families.iter().all(|family| family.len() == 1);
        let groups = if all_alone {
            std::slice::from_ref(&whole)
        } else {
            &self.families
        };
        for members in groups.iter().filter(|members| members.len() > 1) {
            let count = members.len() as f64;
            let (mean, stretch) = (mean_of(values, members), (count / (count - 1.0)).sqrt());
            members
                .iter()
                .for_each(|index| deviations[*index] = stretch * (values[*index] - mean));
        }
        deviations
    }
}

fn mean_of(values: &[f64], members: &[usize]) -> f64 {
    members.iter().map(|index| values[*index]).sum::<f64>() / members.len() as f64
}

/// The 2.5 % and 97.5 % quantiles.
pub fn percentiles(values: Vec<f64>) -> (f64, f64) {
    let [low, high] = quantiles(values, [0.025, 0.975]);
    (low, high)
}
