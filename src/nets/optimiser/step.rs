//! One step of a run, as every form of an optimiser's rule takes it.

use super::rule::Optimiser;

/// A step of a run, as an optimiser sees it.
#[derive(Clone, Copy)]
pub(crate) struct OptimiserStep {
    /// The rule.
    pub optimiser: Optimiser,
    /// The learning rate of this step.
    pub rate: f64,
    /// The step's number in its run, from 1.
    pub number: u32,
    /// 0 for parameters that do not decay.
    pub weight_decay: f64,
}

/// Adam's bias corrections (Kingma and Ba 2015, section 3) folded into its numbers, as the end of
/// section 2 has it.
pub(crate) struct AdamRates {
    /// What the first moment is multiplied by.
    pub rate: f64,
    /// What is added to the root of the second moment.
    pub epsilon: f64,
}

impl OptimiserStep {
    /// Returns Adam's rate and epsilon of this step for these decays.
    #[inline]
    pub fn adam_rates(&self, first_decay: f64, second_decay: f64, epsilon: f64) -> AdamRates {
        let first = 1.0 - first_decay.powf(f64::from(self.number));
        let second = (1.0 - second_decay.powf(f64::from(self.number))).sqrt();
        AdamRates {
            rate: self.rate * second / first,
            epsilon: epsilon * second,
        }
    }
}
