//! A fitness, and what is known of it.

use serde::{Deserialize, Serialize};

/// A fitness: higher is better, never NaN, never infinite. ReLU's is 0 under the default law.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Fitness(f64);

impl Fitness {
    /// `None` where `value` is not finite.
    pub fn new(value: f64) -> Option<Fitness> {
        value.is_finite().then_some(Fitness(value))
    }

    /// The number: finite, higher is better.
    pub fn value(self) -> f64 {
        self.0
    }
}

impl TryFrom<f64> for Fitness {
    type Error = String;

    fn try_from(value: f64) -> Result<Fitness, String> {
        Fitness::new(value).ok_or_else(|| format!("a fitness must be finite, found {value}"))
    }
}

impl From<Fitness> for f64 {
    fn from(fitness: Fitness) -> f64 {
        fitness.0
    }
}

/// A fitness with the ends of its 95 % interval (bootstrap over tasks within families).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The fitness on all tasks.
    pub fitness: Fitness,
    /// The lower and the upper end of its 95 % interval.
    pub fitness_interval: (f64, f64),
}
