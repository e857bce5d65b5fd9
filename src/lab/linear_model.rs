//! The least-squares linear model of a data set.

use crate::task::Split;

/// The least-squares linear model with an intercept.
#[derive(Clone, Debug, PartialEq)]
pub struct LinearModel {
    /// One an input, and the intercept last.
    pub weights: Vec<f64>,
}

impl LinearModel {
    /// Fits `split`, whose rows have `dimension` inputs. An input that is a linear combination of
    /// the ones before it gets the weight 0.
    pub fn fit(split: &Split, dimension: usize) -> LinearModel {
        let size = dimension + 1;
        // The normal equations with the right side as a last column.
        let mut system = vec![vec![0.0; size + 1]; size];
        for (row, target) in split.inputs.chunks_exact(dimension).zip(&split.targets) {
            let at = |index: usize| row.get(index).map_or(1.0, |x| f64::from(*x));
            for (i, equation) in system.iter_mut().enumerate() {
                (0..size).for_each(|j| equation[j] += at(i) * at(j));
                equation[size] += at(i) * f64::from(*target);
            }
        }
        let scales: Vec<f64> = (0..size).map(|i| system[i][i]).collect();
        let mut solved = vec![false; size];
        // Gauss-Jordan on the diagonal: what is left of a pivot is what the inputs before it do not
        // explain. The intercept goes first.
        for pivot in std::iter::once(dimension).chain(0..dimension) {
            if system[pivot][pivot] <= 1e-10 * scales[pivot] {
                continue;
            }
            solved[pivot] = true;
            let divisor = system[pivot][pivot];
            system[pivot].iter_mut().for_each(|value| *value /= divisor);
            let row = system[pivot].clone();
            for (_, other) in system
                .iter_mut()
                .enumerate()
                .filter(|(index, _)| *index != pivot)
            {
                let factor = other[pivot];
                other
                    .iter_mut()
                    .zip(&row)
                    .for_each(|(value, own)| *value -= factor * own);
            }
        }
        LinearModel {
            weights: (0..size)
                .map(|index| {
                    if solved[index] {
                        system[index][size]
                    } else {
                        0.0
                    }
                })
                .collect(),
        }
    }

    /// The mean squared error on a set of the same dimension.
    pub fn loss(&self, split: &Split) -> f64 {
        let (intercept, weights) = self
            .weights
            .split_last()
            .expect("a linear model has an intercept");
        let value = |row: &[f32]| {
            row.iter()
                .zip(weights)
                .map(|(x, weight)| f64::from(*x) * weight)
                .sum::<f64>()
                + intercept
        };
        let rows = split.inputs.chunks_exact(weights.len()).zip(&split.targets);
        rows.map(|(row, target)| (value(row) - f64::from(*target)).powi(2))
            .sum::<f64>()
            / split.rows() as f64
    }
}
