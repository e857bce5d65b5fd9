//! What the equations of a system are to the rest: named parameters, named coordinates, a way
//! forward in time, and a derivative.

use std::fmt;

use super::history::{self, KNOTS};
use super::integrator::integrate;
use super::{delays, flows, maps, Advance};
use crate::task::law::Undefined;

/// A system's equations.
#[derive(Clone, Copy)]
pub struct Dynamics {
    name: &'static str,
    motion: &'static dyn Motion,
}

/// A name of the catalogue and the equations that bear it.
pub(super) type Entry = (&'static str, &'static dyn Motion);

/// What every kind of equations gives. The slices have as many numbers as there are parameters and
/// coordinates.
pub(super) trait Motion: Sync {
    /// As the catalogue calls it: "flow", "map" or "delay".
    fn kind(&self) -> &'static str;
    fn parameters(&self) -> &[&'static str];
    fn coordinates(&self) -> &[&'static str];
    fn advance(
        &self,
        parameters: &[f64],
        state: &[f64],
        advance: Advance,
    ) -> Result<Vec<f64>, Undefined>;
    /// The time derivative of a coordinate, where the equations give one.
    fn derivative(&self, parameters: &[f64], state: &[f64], coordinate: usize) -> Option<f64>;
}

impl Dynamics {
    pub(super) fn named(name: &str) -> Option<Dynamics> {
        let mut entries = flows::TABLE.iter().chain(maps::TABLE).chain(delays::TABLE);
        entries
            .find(|entry| entry.0 == name)
            .map(|&(name, motion)| Dynamics { name, motion })
    }

    /// "flow", "map" or "delay".
    pub fn kind(self) -> &'static str {
        self.motion.kind()
    }

    /// The number of coordinates of a state.
    pub fn dimension(self) -> usize {
        self.motion.coordinates().len()
    }

    /// The names of the coordinates, in the order the equations take them.
    pub fn coordinates(self) -> &'static [&'static str] {
        self.motion.coordinates()
    }

    /// The names of the parameters, in the order the equations take them.
    pub fn parameters(self) -> &'static [&'static str] {
        self.motion.parameters()
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
        self.motion.advance(parameters, state, advance)
    }

    /// The time derivative of a coordinate at `state`: any of a flow's, the present value of a
    /// delay system's, none of a map's. Panics where the lengths are not those of
    /// [`Dynamics::advance`].
    pub fn derivative(self, parameters: &[f64], state: &[f64], coordinate: usize) -> Option<f64> {
        self.motion.derivative(parameters, state, coordinate)
    }
}

impl fmt::Debug for Dynamics {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        write!(formatter, "Dynamics({})", self.name)
    }
}

/// x' = derivative(parameters, x).
pub(super) struct Flow<F, const P: usize, const N: usize> {
    pub parameters: [&'static str; P],
    pub coordinates: [&'static str; N],
    pub derivative: F,
}

/// x -> image(parameters, x).
pub(super) struct Map<F, const P: usize, const N: usize> {
    pub parameters: [&'static str; P],
    pub coordinates: [&'static str; N],
    pub image: F,
}

/// x'(t) = derivative(parameters, x(t), x(t - tau)), the last parameter being tau. A state is the
/// solution at [`KNOTS`] times tau / 4 apart.
pub(super) struct Delay<F, const P: usize> {
    pub parameters: [&'static str; P],
    pub derivative: F,
}

impl<F, const P: usize, const N: usize> Motion for Flow<F, P, N>
where
    F: Fn([f64; P], [f64; N]) -> [f64; N] + Sync,
{
    fn kind(&self) -> &'static str {
        "flow"
    }

    fn parameters(&self) -> &[&'static str] {
        &self.parameters
    }

    fn coordinates(&self) -> &[&'static str] {
        &self.coordinates
    }

    fn advance(
        &self,
        parameters: &[f64],
        state: &[f64],
        advance: Advance,
    ) -> Result<Vec<f64>, Undefined> {
        let Advance::Time(time) = advance else {
            return Err(Undefined(format!(
                "a flow cannot be carried by {advance:?}"
            )));
        };
        let parameters = array(parameters);
        integrate(
            |state| (self.derivative)(parameters, *state),
            array(state),
            time,
        )
        .map(Vec::from)
    }

    fn derivative(&self, parameters: &[f64], state: &[f64], coordinate: usize) -> Option<f64> {
        Some((self.derivative)(array(parameters), array(state))[coordinate])
    }
}

impl<F, const P: usize, const N: usize> Motion for Map<F, P, N>
where
    F: Fn([f64; P], [f64; N]) -> [f64; N] + Sync,
{
    fn kind(&self) -> &'static str {
        "map"
    }

    fn parameters(&self) -> &[&'static str] {
        &self.parameters
    }

    fn coordinates(&self) -> &[&'static str] {
        &self.coordinates
    }

    fn advance(
        &self,
        parameters: &[f64],
        state: &[f64],
        advance: Advance,
    ) -> Result<Vec<f64>, Undefined> {
        let Advance::Iterations(iterations) = advance else {
            return Err(Undefined(format!("a map cannot be carried by {advance:?}")));
        };
        let parameters = array(parameters);
        Ok((0..iterations)
            .fold(array(state), |state, _| (self.image)(parameters, state))
            .to_vec())
    }

    fn derivative(&self, _parameters: &[f64], _state: &[f64], _coordinate: usize) -> Option<f64> {
        None
    }
}

impl<F, const P: usize> Motion for Delay<F, P>
where
    F: Fn([f64; P], f64, f64) -> f64 + Sync,
{
    fn kind(&self) -> &'static str {
        "delay"
    }

    fn parameters(&self) -> &[&'static str] {
        &self.parameters
    }

    fn coordinates(&self) -> &[&'static str] {
        &["x4", "x3", "x2", "x1", "x0"]
    }

    fn advance(
        &self,
        parameters: &[f64],
        state: &[f64],
        advance: Advance,
    ) -> Result<Vec<f64>, Undefined> {
        let Advance::Time(time) = advance else {
            return Err(Undefined(format!(
                "a delay system cannot be carried by {advance:?}"
            )));
        };
        let parameters: [f64; P] = array(parameters);
        let derivative = |now, delayed| (self.derivative)(parameters, now, delayed);
        history::carry(&derivative, parameters[P - 1], array(state), time).map(Vec::from)
    }

    fn derivative(&self, parameters: &[f64], state: &[f64], coordinate: usize) -> Option<f64> {
        (coordinate == KNOTS - 1)
            .then(|| (self.derivative)(array(parameters), state[KNOTS - 1], state[0]))
    }
}

fn array<const N: usize>(numbers: &[f64]) -> [f64; N] {
    numbers
        .try_into()
        .expect("the catalogue holds as many numbers as the equations take")
}
