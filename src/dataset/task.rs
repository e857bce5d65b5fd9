//! The definition of a task, as a lab file states it, and the data that follow from it.

use serde::{Deserialize, Serialize};

use super::chaos::ChaosTask;
use super::feynman::FeynmanTask;
use super::harmonic::HarmonicTask;
use super::law::Law;
use super::polynomial::PolynomialTask;
use super::region::Region;
use super::{DatasetError, Family, Shell, Sizes, Split, TaskData};
use crate::stream::Key;

/// The largest mean squared target, in training variances, that a shell of a random law may have if it ends at [`JUDGED_SHELLS`] or nearer.
pub const LARGEST_MEAN_SQUARE: f64 = 50.0;

/// Shells that end farther out than this are for experiments, and their targets may grow as they will.
pub const JUDGED_SHELLS: f64 = 1.5;

/// How many draws of a random law are tried before a task counts as explosive.
const MOST_DRAWS: u64 = 200;

/// Training targets whose standard deviation is below this fraction of the largest of them count as constant.
const LEAST_VARIATION: f64 = 1e-9;

/// One `[[task]]` table of a lab file; `family` says which of the four it is, and the other keys are that family's.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(tag = "family", rename_all = "lowercase")]
pub enum TaskDefinition {
    Polynomial(PolynomialTask),
    Harmonic(HarmonicTask),
    Feynman(FeynmanTask),
    Chaos(ChaosTask),
}

impl TaskDefinition {
    /// The task's name, by which records and seeds refer to it.
    pub fn name(&self) -> &str {
        match self {
            TaskDefinition::Polynomial(task) => &task.name,
            TaskDefinition::Harmonic(task) => &task.name,
            TaskDefinition::Feynman(task) => &task.name,
            TaskDefinition::Chaos(task) => &task.name,
        }
    }

    pub fn family(&self) -> Family {
        match self {
            TaskDefinition::Polynomial(_) => Family::Polynomial,
            TaskDefinition::Harmonic(_) => Family::Harmonic,
            TaskDefinition::Feynman(_) => Family::Feynman,
            TaskDefinition::Chaos(_) => Family::Chaos,
        }
    }

    /// Whether the definition names a task that exists, without drawing it.
    ///
    /// # Errors
    /// The first field that is wrong, with what was wanted and found.
    pub fn check(&self) -> Result<(), DatasetError> {
        if self.name().is_empty() {
            return Err(DatasetError::BadField { task: String::new(), field: "name", wanted: "a word".into(), found: "nothing".into() });
        }
        match self {
            TaskDefinition::Polynomial(task) => task.check(),
            TaskDefinition::Harmonic(task) => task.check(),
            TaskDefinition::Feynman(task) => task.check(),
            TaskDefinition::Chaos(task) => task.check(),
        }
    }

    /// Where the task's inputs lie, before standardising.
    pub fn region(&self) -> Result<Region, DatasetError> {
        match self {
            TaskDefinition::Polynomial(task) => Ok(task.region()),
            TaskDefinition::Harmonic(task) => Ok(task.region()),
            TaskDefinition::Feynman(task) => task.region(),
            TaskDefinition::Chaos(task) => task.region(),
        }
    }

    /// The law that `key` draws. Feynman equations and chaotic systems are given, so for them every key draws the same.
    pub fn law(&self, key: &Key) -> Result<Box<dyn Law>, DatasetError> {
        Ok(match self {
            TaskDefinition::Polynomial(task) => Box::new(task.draw(key)),
            TaskDefinition::Harmonic(task) => Box::new(task.draw(key)),
            TaskDefinition::Feynman(task) => Box::new(task.draw()?),
            TaskDefinition::Chaos(task) => Box::new(task.draw()?),
        })
    }

    /// Whether the law is random, so that another draw can mend it.
    fn is_drawn(&self) -> bool {
        matches!(self.family(), Family::Polynomial | Family::Harmonic)
    }

    /// How many half-widths the shells may reach, and what ends there.
    fn reach(&self) -> Result<(f64, &'static str), DatasetError> {
        match self {
            TaskDefinition::Polynomial(_) => Ok((f64::INFINITY, "")),
            TaskDefinition::Harmonic(task) => Ok(task.reach()),
            TaskDefinition::Feynman(task) => Ok(task.reach()),
            TaskDefinition::Chaos(task) => task.reach(),
        }
    }

    /// The task's data: a pure function of (definition, key, sizes). The key should name the campaign's seed and the task, so that two tasks
    /// differ; another key is another draw of the same law and other points.
    ///
    /// Points are uniform in the training region and in each shell. Inputs and targets are standardised by the mean and standard deviation of
    /// the training part, in 64-bit arithmetic, and rounded to 32 bits last. A random law whose shells up to [`JUDGED_SHELLS`] would exceed
    /// [`LARGEST_MEAN_SQUARE`], or that is constant, is drawn again from the key's next stream. A given law (Feynman, chaos) is not judged by
    /// the few points of one key, which would make a lab fail at some seeds only: its size is a matter of choosing the task.
    ///
    /// # Errors
    /// What [`TaskDefinition::check`] and [`Sizes::check`] refuse; shells beyond the law's range; targets that do not exist, are not finite,
    /// are constant, or explode in every draw of a random law.
    pub fn generate(&self, key: &Key, sizes: &Sizes) -> Result<TaskData, DatasetError> {
        self.check()?;
        sizes.check()?;
        let (reach, reason) = self.reach()?;
        // The slack lets a shell end exactly at a reach that is a quotient of decimals.
        if sizes.reach() > reach * (1.0 + 1e-9) {
            return Err(DatasetError::BeyondReach { task: self.name().to_string(), outer: sizes.reach(), reach, reason });
        }
        let region = self.region()?;
        let points = Points::draw(&region, key, sizes);
        let draws = if self.is_drawn() { MOST_DRAWS } else { 1 };
        for draw in 0..draws {
            let law = self.law(&key.word("law").number(draw))?;
            match self.tabulate(&points, law.as_ref(), sizes, draw + 1) {
                Err(DatasetError::Explosive { .. } | DatasetError::Constant { .. }) if draw + 1 < draws => continue,
                ended => return ended,
            }
        }
        unreachable!("the last draw returns")
    }

    fn tabulate(&self, points: &Points, law: &dyn Law, sizes: &Sizes, draws: u64) -> Result<TaskData, DatasetError> {
        let train = self.targets(law, &points.train)?;
        let scale = Scale::of(train.iter().copied());
        let largest = train.iter().fold(0.0, |largest: f64, target| largest.max(target.abs()));
        if scale.deviation <= LEAST_VARIATION * largest {
            return Err(DatasetError::Constant { task: self.name().to_string(), mean: scale.mean, deviation: scale.deviation });
        }
        let dimension = points.train[0].len();
        let input_scales: Vec<Scale> = (0..dimension).map(|i| Scale::of(points.train.iter().map(|point| point[i]))).collect();
        let standardise = |rows: &[Vec<f64>], targets: &[f64]| -> Result<Split, DatasetError> {
            let inputs = rows.iter().flat_map(|row| row.iter().zip(&input_scales).map(|(&x, scale)| scale.apply(x) as f32)).collect();
            let targets: Vec<f32> = targets.iter().map(|&target| scale.apply(target) as f32).collect();
            match targets.iter().position(|target| !target.is_finite()) {
                Some(i) => Err(self.not_finite(&rows[i], f64::from(targets[i]))),
                None => Ok(Split { inputs, targets }),
            }
        };
        let mut shells = Vec::new();
        for (&(inner, outer), rows) in sizes.shells.iter().zip(&points.shells) {
            let targets = self.targets(law, rows)?;
            let found = targets.iter().map(|&target| scale.apply(target).powi(2)).sum::<f64>() / targets.len() as f64;
            if self.is_drawn() && outer <= JUDGED_SHELLS && found > LARGEST_MEAN_SQUARE {
                return Err(DatasetError::Explosive { task: self.name().to_string(), found, allowed: LARGEST_MEAN_SQUARE, draws });
            }
            shells.push(Shell { inner, outer, split: standardise(rows, &targets)? });
        }
        Ok(TaskData {
            name: self.name().to_string(),
            family: self.family(),
            dimension,
            train: standardise(&points.train, &train)?,
            in_distribution: standardise(&points.in_distribution, &self.targets(law, &points.in_distribution)?)?,
            shells,
        })
    }

    fn targets(&self, law: &dyn Law, points: &[Vec<f64>]) -> Result<Vec<f64>, DatasetError> {
        let target = |point: &Vec<f64>| match law.target(point) {
            Ok(value) if value.is_finite() => Ok(value),
            Ok(value) => Err(self.not_finite(point, value)),
            Err(undefined) => Err(DatasetError::Undefined { task: self.name().to_string(), point: point.clone(), reason: undefined.0 }),
        };
        points.iter().map(target).collect()
    }

    fn not_finite(&self, point: &[f64], value: f64) -> DatasetError {
        DatasetError::NotFinite { task: self.name().to_string(), point: point.to_vec(), value }
    }
}

/// The raw inputs of every set of a task.
struct Points {
    train: Vec<Vec<f64>>,
    in_distribution: Vec<Vec<f64>>,
    shells: Vec<Vec<Vec<f64>>>,
}

impl Points {
    fn draw(region: &Region, key: &Key, sizes: &Sizes) -> Points {
        let key = key.word("points");
        let draw = |key: Key, count: usize, inner: f64, outer: f64| {
            let mut stream = key.stream();
            (0..count).map(|_| region.sample(&mut stream, inner, outer)).collect()
        };
        Points {
            train: draw(key.word("train"), sizes.train, 0.0, 1.0),
            in_distribution: draw(key.word("in_distribution"), sizes.in_distribution, 0.0, 1.0),
            shells: (0u64..).zip(&sizes.shells).map(|(i, &(inner, outer))| draw(key.word("shell").number(i), sizes.shell, inner, outer)).collect(),
        }
    }
}

/// A mean and a standard deviation.
struct Scale {
    mean: f64,
    deviation: f64,
}

impl Scale {
    /// Of all the numbers, not of a population they sample.
    fn of(numbers: impl Iterator<Item = f64> + Clone) -> Scale {
        let count = numbers.clone().count() as f64;
        let mean = numbers.clone().sum::<f64>() / count;
        let variance = numbers.map(|number| (number - mean).powi(2)).sum::<f64>() / count;
        Scale { mean, deviation: variance.sqrt() }
    }

    fn apply(&self, number: f64) -> f64 {
        (number - self.mean) / self.deviation
    }
}
