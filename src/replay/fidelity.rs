//! How much of a benchmark a run is, and on which part of its data it is measured.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The part of a benchmark's data that gives a run its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MeasuredPart {
    /// Held out of the training part: what a search may look at.
    Validation,
    /// What is measured once, after all is chosen.
    Test,
}

impl MeasuredPart {
    /// `validation` or `test`.
    pub fn name(self) -> &'static str {
        match self {
            MeasuredPart::Validation => "validation",
            MeasuredPart::Test => "test",
        }
    }
}

/// How much of its whole recipe a benchmark run trains, and what it is measured on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fidelity {
    /// The fraction of the whole recipe's training, above 0 and up to 1.
    pub fraction: f64,
    /// The part that gives the value.
    pub part: MeasuredPart,
}

impl Fidelity {
    /// The whole recipe, measured on the test part: what a replay runs.
    pub const WHOLE: Fidelity = Fidelity {
        fraction: 1.0,
        part: MeasuredPart::Test,
    };
}

impl fmt::Display for Fidelity {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(
            f,
            "{} of the recipe, {} part",
            self.fraction,
            self.part.name()
        )
    }
}
