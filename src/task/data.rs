//! A task's data, ready to train on.

use super::family::Family;

/// Rows of inputs with their targets, both standardised by the training part.
#[derive(Clone, Debug, PartialEq)]
pub struct Split {
    /// Row-major, `rows x dimension`.
    pub inputs: Vec<f32>,
    /// One target a row.
    pub targets: Vec<f32>,
}

impl Split {
    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.targets.len()
    }
}

/// An out-of-distribution test set: points whose distance from the centre of the training region,
/// in half-widths, lies in `(inner, outer]`. [`FileTask`](super::file::FileTask) defines the
/// distance of a task made of files.
#[derive(Clone, Debug, PartialEq)]
pub struct Shell {
    /// Where the shell begins: every point lies farther out than this.
    pub inner: f64,
    /// Where the shell ends: no point lies farther out than this.
    pub outer: f64,
    /// The rows of the shell.
    pub split: Split,
}

/// A task's data, ready to train on.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskData {
    /// The task's name, by which records and seeds refer to it.
    pub name: String,
    /// The family that the task belongs to.
    pub family: Family,
    /// The number of inputs.
    pub dimension: usize,
    /// The rows that networks are trained on.
    pub train: Split,
    /// Test rows drawn from the training region, none of which is in `train`.
    pub in_distribution: Split,
    /// The out-of-distribution test sets, innermost first.
    pub shells: Vec<Shell>,
}
