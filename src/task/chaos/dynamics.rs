//! The equations of a system as the rest of the task sees them: named parameters, named
//! coordinates, a way forward in time, and a derivative.

use std::fmt;

use super::advance::Advance;
use super::motion::Motion;
use super::{delays, flows, maps};
use crate::task::law::Undefined;

/// A system's equations.
#[derive(Clone, Copy)]
pub struct Dynamics(&'static dyn Motion);

impl Dynamics {
    pub(super) fn named(name: &str) -> Option<Dynamics> {
        let mut motions = flows::TABLE.iter().chain(maps::TABLE).chain(delays::TABLE);
        motions
            .find(|motion| motion.name() == name)
            .map(|motion| Dynamics(*motion))
    }

    /// "flow", "map" or "delay".
    pub fn kind(self) -> &'static str {
        self.0.kind()
    }

    /// The number of coordinates of a state.
    pub fn dimension(self) -> usize {
        self.0.coordinates().len()
    }

    /// The names of the coordinates, in the order the equations take them.
    pub fn coordinates(self) -> &'static [&'static str] {
        self.0.coordinates()
    }

    /// The names of the parameters, in the order the equations take them.
    pub fn parameters(self) -> &'static [&'static str] {
        self.0.parameters()
    }

    /// The state after `advance`, from `state`, which has [`Dynamics::dimension`] coordinates;
    /// `parameters` are in the order of [`Dynamics::parameters`]. Panics where either has another
    /// length.
    ///
    /// # Errors
    /// Where the integration stops before its end, or a flow is asked for iterations or a map for
    /// time.
    pub fn advance(
        self,
        parameters: &[f64],
        state: &[f64],
        advance: Advance,
    ) -> Result<Vec<f64>, Undefined> {
        self.0.advance(parameters, state, advance)
    }

    /// The time derivative of a coordinate at `state`: any of a flow's, the present value of a
    /// delay system's, none of a map's. Panics where the lengths are not those of
    /// [`Dynamics::advance`].
    pub fn derivative(self, parameters: &[f64], state: &[f64], coordinate: usize) -> Option<f64> {
        self.0.derivative(parameters, state, coordinate)
    }
}

impl fmt::Debug for Dynamics {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        write!(formatter, "Dynamics({})", self.0.name())
    }
}
