//! What a lab says of one function by each of its losses.

use serde::{Deserialize, Serialize};

use crate::lab::function_field::Measure;
use crate::lab::Lab;

/// What is measured, in the order of [`FunctionMeasures`].
pub(super) const MEASURES: [Measure; 3] = [
    Measure::OutOfDistribution,
    Measure::InDistribution,
    Measure::Train,
];

/// What a lab says of a function by each of its losses: `[measure][profile][task]`, lower is
/// better, the reference being 0 where the lab's law is a ratio.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FunctionMeasures(pub(super) Vec<Vec<Vec<f64>>>);

impl FunctionMeasures {
    /// Whether these are finite numbers of as many measures, profiles and tasks as the lab has.
    pub(super) fn fits(&self, lab: &Lab) -> bool {
        let tasks = |tasks: &Vec<f64>| {
            tasks.len() == lab.tasks.len() && tasks.iter().all(|value| value.is_finite())
        };
        let profiles = |profiles: &Vec<Vec<f64>>| {
            profiles.len() == lab.profiles.len() && profiles.iter().all(tasks)
        };
        self.0.len() == MEASURES.len() && self.0.iter().all(profiles)
    }
}
