//! The kinds of equations, each with its way forward in time: flows, maps and delay systems.

use super::advance::Advance;
use super::history::{self, KNOTS};
use super::integrator::integrate;
use crate::task::law::Undefined;

/// What every kind of equations gives. The slices have as many numbers as there are parameters and
/// coordinates.
pub(super) trait Motion: Sync {
    /// The name that the catalogue gives the equations.
    fn name(&self) -> &'static str;
    /// The kind of equations, as the catalogue names it: "flow", "map" or "delay".
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

/// x' = derivative(parameters, x).
pub(super) struct Flow<F, const P: usize, const N: usize> {
    name: &'static str,
    parameters: [&'static str; P],
    coordinates: [&'static str; N],
    derivative: F,
}

/// x -> image(parameters, x).
pub(super) struct Map<F, const P: usize, const N: usize> {
    name: &'static str,
    parameters: [&'static str; P],
    coordinates: [&'static str; N],
    image: F,
}

/// x'(t) = derivative(parameters, x(t), x(t - tau)), the last parameter being tau. A state is the
/// solution at [`KNOTS`] times tau / 4 apart.
pub(super) struct Delay<F, const P: usize> {
    name: &'static str,
    parameters: [&'static str; P],
    derivative: F,
}

impl<F, const P: usize, const N: usize> Flow<F, P, N> {
    /// The equations under their name, with the names of parameters and coordinates in the order
    /// that `derivative` takes them.
    pub const fn new(
        name: &'static str,
        parameters: [&'static str; P],
        coordinates: [&'static str; N],
        derivative: F,
    ) -> Flow<F, P, N> {
        Flow {
            name,
            parameters,
            coordinates,
            derivative,
        }
    }
}

impl<F, const P: usize, const N: usize> Motion for Flow<F, P, N>
where
    F: Fn([f64; P], [f64; N]) -> [f64; N] + Sync,
{
    fn name(&self) -> &'static str {
        self.name
    }

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

impl<F, const P: usize, const N: usize> Map<F, P, N> {
    /// The equations under their name, with the names of parameters and coordinates in the order
    /// that `image` takes them.
    pub const fn new(
        name: &'static str,
        parameters: [&'static str; P],
        coordinates: [&'static str; N],
        image: F,
    ) -> Map<F, P, N> {
        Map {
            name,
            parameters,
            coordinates,
            image,
        }
    }
}

impl<F, const P: usize, const N: usize> Motion for Map<F, P, N>
where
    F: Fn([f64; P], [f64; N]) -> [f64; N] + Sync,
{
    fn name(&self) -> &'static str {
        self.name
    }

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

impl<F, const P: usize> Delay<F, P> {
    /// The equations under their name, with the names of parameters in the order that
    /// `derivative` takes them.
    pub const fn new(
        name: &'static str,
        parameters: [&'static str; P],
        derivative: F,
    ) -> Delay<F, P> {
        Delay {
            name,
            parameters,
            derivative,
        }
    }
}

impl<F, const P: usize> Motion for Delay<F, P>
where
    F: Fn([f64; P], f64, f64) -> f64 + Sync,
{
    fn name(&self) -> &'static str {
        self.name
    }

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
