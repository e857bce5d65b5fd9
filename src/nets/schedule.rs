//! How a learning rate changes over a run.

use serde::{Deserialize, Serialize};

/// How the learning rate changes over a run.
#[derive(Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum Schedule {
    /// The rate stays as it is.
    #[default]
    Constant,
    /// Half a cosine from the rate down to 0 (Loshchilov and Hutter 2017, equation 5, one period,
    /// no restarts).
    Cosine,
    /// The rate is multiplied by a factor at milestones. Recipes have it; lab files do not.
    #[serde(skip_deserializing)]
    Steps {
        /// What the rate is multiplied by at each milestone.
        factor: f64,
        /// The milestones as parts of the run, from 0 to 1.
        at: Vec<f64>,
    },
}

impl Schedule {
    /// Returns what the rate is multiplied by in the step after `done` of `steps` steps: 1 for the
    /// first; past the last, 0 under [`Schedule::Cosine`]. A run has `periods` equal parts, such as
    /// epochs, on whose borders milestones fall.
    pub fn factor(&self, done: u64, steps: u64, periods: u32) -> f64 {
        match self {
            Schedule::Constant => 1.0,
            Schedule::Cosine => {
                let angle = std::f64::consts::PI * done.min(steps) as f64 / steps as f64;
                0.5 * (1.0 + angle.cos())
            }
            Schedule::Steps { factor, at } => {
                let period = (done * u64::from(periods) / steps.max(1)) as f64;
                let passed = at
                    .iter()
                    .filter(|part| period >= (*part * f64::from(periods)).round().max(1.0))
                    .count();
                factor.powi(passed as i32)
            }
        }
    }

    /// Whether the rate stays as it is.
    pub fn is_constant(&self) -> bool {
        *self == Schedule::Constant
    }
}
