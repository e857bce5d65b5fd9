//! The law of a chaotic task: from parameters, state and horizon to an observable later, or to its
//! derivative now.

use super::advance::Advance;
use super::catalogue::System;
use crate::task::law::{Law, Undefined};

/// What is observed of the system.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Observation {
    /// The observable after an advance.
    After(Advance),
    /// The observable after the time that is the last input.
    AfterInput,
    /// The observable's time derivative at the input.
    Derivative,
}

/// The map from (varied parameters, initial state, horizon where it is an input) to what is
/// observed.
#[derive(Clone, Debug)]
pub struct FlowMap {
    pub(super) system: &'static System,
    /// Where in the system's parameters those lie that are inputs.
    pub(super) varied: Vec<usize>,
    pub(super) observable: usize,
    pub(super) observation: Observation,
}

impl Law for FlowMap {
    fn target(&self, point: &[f64]) -> Result<f64, Undefined> {
        let (varied, rest) = point.split_at(self.varied.len());
        let (state, beyond) = rest.split_at(self.system.dynamics.dimension());
        let mut parameters: Vec<f64> = self
            .system
            .parameters
            .iter()
            .map(|parameter| parameter.value)
            .collect();
        for (&index, &value) in self.varied.iter().zip(varied) {
            parameters[index] = value;
        }
        let advance = match self.observation {
            Observation::After(advance) => advance,
            Observation::AfterInput => Advance::Time(beyond[0]),
            Observation::Derivative => {
                let derivative =
                    self.system
                        .dynamics
                        .derivative(&parameters, state, self.observable);
                return derivative.ok_or_else(|| {
                    Undefined(format!(
                        "`{}` gives no derivative of its observable",
                        self.system.name
                    ))
                });
            }
        };
        Ok(self.system.dynamics.advance(&parameters, state, advance)?[self.observable])
    }
}
