//! Tasks: data sets whose out-of-distribution test sets lie in shells just outside the training
//! box, each a pure function of a key.

pub mod chaos;
mod comma;
pub mod definition;
pub mod error;
pub mod feynman;
pub mod file;
pub mod harmonic;
pub mod law;
pub mod polynomial;
pub mod process;
mod raw;
pub mod region;
pub mod sizes;

use serde::{Deserialize, Serialize};

pub use definition::TaskDefinition;
pub use error::DatasetError;
pub use sizes::Sizes;

/// The families of tasks: five that are computed, and tables that a user gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Family {
    Polynomial,
    Harmonic,
    Feynman,
    Chaos,
    Process,
    File,
}

impl Family {
    /// The family's name, as lab files and records carry it.
    pub fn name(self) -> &'static str {
        match self {
            Family::Polynomial => "polynomial",
            Family::Harmonic => "harmonic",
            Family::Feynman => "feynman",
            Family::Chaos => "chaos",
            Family::Process => "process",
            Family::File => "file",
        }
    }
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

/// An out-of-distribution test set: points whose distance from the training region's centre, in
/// half-widths, lies in `(inner, outer]`. What distance means for a task made of files is said at
/// [`file::FileTask`].
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
