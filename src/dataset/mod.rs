//! Tasks: data sets whose out-of-distribution test sets lie in shells just outside the training box, each a pure function of a key.

use serde::{Deserialize, Serialize};

/// The four families of tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Family {
    Polynomial,
    Harmonic,
    Feynman,
    Chaos,
}

/// Rows of inputs with their targets; both standardised by the training part.
#[derive(Clone, Debug, PartialEq)]
pub struct Split {
    /// Row-major, `rows x dimension`.
    pub inputs: Vec<f32>,
    /// One a row.
    pub targets: Vec<f32>,
}

impl Split {
    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.targets.len()
    }
}

/// An out-of-distribution test set: points whose sup-norm distance from the training box's centre, in half-widths, lies in `(inner, outer]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Shell {
    pub inner: f64,
    pub outer: f64,
    pub split: Split,
}

/// A task's data, ready to train on.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskData {
    pub name: String,
    pub family: Family,
    /// The number of inputs.
    pub dimension: usize,
    pub train: Split,
    pub in_distribution: Split,
    /// Innermost first.
    pub shells: Vec<Shell>,
}
