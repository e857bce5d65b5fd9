//! A task's sets as they are drawn or read, and their standardising.

use super::data::{Shell, Split, TaskData};
use super::error::TaskError;
use super::family::Family;

/// Training targets, and an input's values, whose standard deviation is at most this fraction of
/// the largest of them count as constant.
const LEAST_TARGET_VARIATION: f64 = 1e-9;
const LEAST_INPUT_VARIATION: f64 = 1e-12;

/// Rows of raw inputs, row-major, with their raw targets.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct RawSet {
    pub inputs: Vec<f64>,
    pub targets: Vec<f64>,
}

/// A task's sets before standardising; shells as (inner, outer, rows).
pub(super) struct RawTask {
    pub dimension: usize,
    pub train: RawSet,
    pub in_distribution: RawSet,
    pub shells: Vec<(f64, f64, RawSet)>,
}

impl RawTask {
    /// The task's data: every set standardised by the mean and the standard deviation of the
    /// training part, in 64-bit arithmetic, and rounded to 32 bits last.
    ///
    /// # Errors
    /// Training targets, or an input of the training rows, that are constant; anything that is not
    /// finite in 32 bits.
    pub fn standardised(&self, name: &str, family: Family) -> Result<TaskData, TaskError> {
        let scales = Scales {
            name,
            target: self.target_scale(name)?,
            inputs: input_scales(name, &self.train.inputs, self.dimension)?,
        };
        Ok(TaskData {
            name: name.to_string(),
            family,
            dimension: self.dimension,
            train: scales.split(&self.train)?,
            in_distribution: scales.split(&self.in_distribution)?,
            shells: self
                .shells
                .iter()
                .map(|(inner, outer, set)| {
                    Ok(Shell {
                        inner: *inner,
                        outer: *outer,
                        split: scales.split(set)?,
                    })
                })
                .collect::<Result<_, TaskError>>()?,
        })
    }

    /// The training targets' mean and standard deviation.
    ///
    /// # Errors
    /// Targets that are constant, or whose variance is infinite.
    pub fn target_scale(&self, name: &str) -> Result<Scale, TaskError> {
        let scale = Scale::of(self.train.targets.iter().copied());
        if scale.is_constant(self.train.targets.iter().copied(), LEAST_TARGET_VARIATION) {
            return Err(TaskError::Constant {
                task: name.to_string(),
                mean: scale.mean,
                deviation: scale.deviation,
            });
        }
        if !scale.deviation.is_finite() {
            return Err(TaskError::NotFinite {
                task: name.to_string(),
                point: self.train.inputs[..self.dimension].to_vec(),
                value: scale.deviation,
            });
        }
        Ok(scale)
    }
}

/// The mean and standard deviation of each input, of rows of `dimension` numbers.
///
/// # Errors
/// An input that is constant.
pub(super) fn input_scales(
    name: &str,
    inputs: &[f64],
    dimension: usize,
) -> Result<Vec<Scale>, TaskError> {
    let scale = |input: usize| {
        let column = inputs.iter().skip(input).step_by(dimension).copied();
        let scale = Scale::of(column.clone());
        if scale.is_constant(column, LEAST_INPUT_VARIATION) {
            return Err(TaskError::ConstantInput {
                task: name.to_string(),
                input,
                value: scale.mean,
            });
        }
        Ok(scale)
    };
    (0..dimension).map(scale).collect()
}

/// What a task is standardised by.
struct Scales<'a> {
    name: &'a str,
    target: Scale,
    inputs: Vec<Scale>,
}

impl Scales<'_> {
    fn split(&self, set: &RawSet) -> Result<Split, TaskError> {
        let dimension = self.inputs.len();
        let mut inputs = Vec::with_capacity(set.inputs.len());
        for row in set.inputs.chunks_exact(dimension) {
            inputs.extend(
                row.iter()
                    .zip(&self.inputs)
                    .map(|(&x, scale)| scale.apply(x) as f32),
            );
        }
        let targets: Vec<f32> = set
            .targets
            .iter()
            .map(|&target| self.target.apply(target) as f32)
            .collect();
        let row = |index: usize| set.inputs[index * dimension..(index + 1) * dimension].to_vec();
        if let Some(index) = inputs.iter().position(|x| !x.is_finite()) {
            return Err(TaskError::InputNotFinite {
                task: self.name.to_string(),
                point: row(index / dimension),
            });
        }
        match targets.iter().position(|target| !target.is_finite()) {
            Some(index) => Err(TaskError::NotFinite {
                task: self.name.to_string(),
                point: row(index),
                value: f64::from(targets[index]),
            }),
            None => Ok(Split { inputs, targets }),
        }
    }
}

/// A mean and a standard deviation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scale {
    pub mean: f64,
    pub deviation: f64,
}

impl Scale {
    /// Of all the numbers, not of a population they sample.
    pub fn of(numbers: impl Iterator<Item = f64> + Clone) -> Scale {
        let count = numbers.clone().count() as f64;
        let mean = numbers.clone().sum::<f64>() / count;
        let variance = numbers.map(|number| (number - mean).powi(2)).sum::<f64>() / count;
        Scale {
            mean,
            deviation: variance.sqrt(),
        }
    }

    /// Whether the numbers of which this is the scale vary by no more than a fraction of the
    /// largest.
    fn is_constant(&self, numbers: impl Iterator<Item = f64>, least: f64) -> bool {
        self.deviation
            <= least * numbers.fold(0.0, |largest: f64, number| largest.max(number.abs()))
    }

    /// The number in units of the deviation from the mean.
    pub fn apply(&self, number: f64) -> f64 {
        (number - self.mean) / self.deviation
    }

    /// The mean square of the numbers in this scale's variances.
    pub fn mean_square(&self, numbers: &[f64]) -> f64 {
        numbers
            .iter()
            .map(|&number| self.apply(number).powi(2))
            .sum::<f64>()
            / numbers.len() as f64
    }
}
