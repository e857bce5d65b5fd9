//! The bootstrap over tasks within families: tasks vary far more than seeds, so they are the sampling unit of every interval.

use super::fitness::aggregate;
use super::lab::FitnessLaw;
use crate::evaluation::TaskEvaluation;
use crate::statistics::quantiles;
use crate::stream::{Key, Stream};

/// Resamples of the tasks behind an interval.
pub const RESAMPLES: usize = 1_000;

/// Tasks drawn with replacement within each family, [`RESAMPLES`] times: the same draws for every profile and formula, so that differences are paired.
pub struct Resampling {
    /// The indices of each family's tasks.
    families: Vec<Vec<usize>>,
    /// As many draws, each with as many tasks of each family as it has.
    draws: Vec<Vec<Vec<usize>>>,
}

/// The indices of the tasks of each family, families in the order in which they first appear.
pub fn families_of<'a>(families: impl Iterator<Item = &'a str>) -> Vec<Vec<usize>> {
    let mut known: Vec<(&str, Vec<usize>)> = Vec::new();
    for (index, family) in families.enumerate() {
        match known.iter_mut().find(|(name, _)| *name == family) {
            Some((_, members)) => members.push(index),
            None => known.push((family, vec![index])),
        }
    }
    known.into_iter().map(|(_, members)| members).collect()
}

impl Resampling {
    /// The draws that `key` gives for these families of tasks, as [`families_of`] finds them.
    pub fn draw(families: Vec<Vec<usize>>, key: &Key) -> Resampling {
        let mut stream = key.stream();
        let draw = |stream: &mut Stream| {
            let family = |members: &Vec<usize>| members.iter().map(|_| *stream.choose(members)).collect();
            families.iter().map(family).collect()
        };
        let draws = (0..RESAMPLES).map(|_| draw(&mut stream)).collect();
        Resampling { families, draws }
    }

    /// The fitness under these profiles, their mean. Every task must have a value under each.
    pub fn fitness(&self, law: &FitnessLaw, tasks: &[TaskEvaluation], profiles: &[String]) -> f64 {
        let fitness = |profile: &String| aggregate(law, self.families.iter().map(|family| family.iter().map(|index| tasks[*index].values[profile])));
        profiles.iter().map(fitness).sum::<f64>() / profiles.len() as f64
    }

    /// The fitness under these profiles in every resample.
    ///
    /// Each value is moved away from its family's mean by sqrt(n/(n-1)): resampling n tasks alone would understate their spread (Efron 1982, chapter 5).
    pub fn fitnesses(&self, law: &FitnessLaw, tasks: &[TaskEvaluation], profiles: &[String]) -> Vec<f64> {
        let spread: Vec<Vec<f64>> = profiles.iter().map(|profile| self.spread_out(tasks, profile)).collect();
        let fitness = |draw: &Vec<Vec<usize>>| {
            let fitness = |spread: &Vec<f64>| aggregate(law, draw.iter().map(|family| family.iter().map(|index| spread[*index])));
            spread.iter().map(fitness).sum::<f64>() / spread.len() as f64
        };
        self.draws.iter().map(fitness).collect()
    }

    /// The ends of the 95 % interval of the fitness under these profiles.
    pub fn interval(&self, law: &FitnessLaw, tasks: &[TaskEvaluation], profiles: &[String]) -> [f64; 2] {
        percentiles(self.fitnesses(law, tasks, profiles))
    }

    /// The values with their distance from their family's mean stretched by sqrt(n/(n-1)); a family of one task stays as it is.
    fn spread_out(&self, tasks: &[TaskEvaluation], profile: &str) -> Vec<f64> {
        let mut spread: Vec<f64> = tasks.iter().map(|task| task.values[profile]).collect();
        for members in self.families.iter().filter(|members| members.len() > 1) {
            let count = members.len() as f64;
            let mean = members.iter().map(|index| tasks[*index].values[profile]).sum::<f64>() / count;
            let stretch = (count / (count - 1.0)).sqrt();
            members.iter().for_each(|index| spread[*index] = mean + stretch * (tasks[*index].values[profile] - mean));
        }
        spread
    }
}

/// The 2.5 % and 97.5 % quantiles.
pub fn percentiles(values: Vec<f64>) -> [f64; 2] {
    quantiles(values, [0.025, 0.975])
}
