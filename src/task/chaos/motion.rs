//! The kinds of equations, each with its way forward in time: flows, maps and delay systems.

use super::advance::Advance;
use super::history::{self, KNOTS};
use super::integrator::integrate;
use crate::task::law::Undefined;

/// Equations of some kind, with as many parameters and coordinates as they have. The slices have as
/// many numbers as there are parameters and coordinates.
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

/// What a kind of equations does with `P` parameters and `N` coordinates.
pub(super) trait EquationKind<const P: usize, const N: usize>: Sync {
    const NAME: &'static str;
    fn advance(
        &self,
        parameters: [f64; P],
        state: [f64; N],
        advance: Advance,
    ) -> Result<[f64; N], Undefined>;
    fn derivative(&self, parameters: [f64; P], state: [f64; N], coordinate: usize) -> Option<f64>;
}

/// Equations under their name, with the names of parameters and coordinates in the order that they
/// take them.
pub(super) struct Equations<K, const P: usize, const N: usize> {
    name: &'static str,
    parameters: [&'static str; P],
    coordinates: [&'static str; N],
    kind: K,
}

impl<K: EquationKind<P, N>, const P: usize, const N: usize> Motion for Equations<K, P, N> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn kind(&self) -> &'static str {
        K::NAME
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
        self.kind
            .advance(array(parameters), array(state), advance)
            .map(Vec::from)
    }

    fn derivative(&self, parameters: &[f64], state: &[f64], coordinate: usize) -> Option<f64> {
        self.kind
            .derivative(array(parameters), array(state), coordinate)
    }
}

fn array<const N: usize>(numbers: &[f64]) -> [f64; N] {
    numbers
        .try_into()
        .expect("the catalogue holds as many numbers as the equations take")
}

/// x' = f(parameters, x).
pub(super) struct Flow<F>(F);

impl<F> Flow<F> {
    pub const fn equations<const P: usize, const N: usize>(
        name: &'static str,
        parameters: [&'static str; P],
        coordinates: [&'static str; N],
        derivative: F,
    ) -> Equations<Flow<F>, P, N> {
        Equations {
            name,
            parameters,
            coordinates,
            kind: Flow(derivative),
        }
    }
}

impl<F, const P: usize, const N: usize> EquationKind<P, N> for Flow<F>
where
    F: Fn([f64; P], [f64; N]) -> [f64; N] + Sync,
{
    const NAME: &'static str = "flow";

    fn advance(
        &self,
        parameters: [f64; P],
        state: [f64; N],
        advance: Advance,
    ) -> Result<[f64; N], Undefined> {
        let Advance::Time(time) = advance else {
            return Err(Undefined(format!(
                "a flow cannot be carried by {advance:?}"
            )));
        };
        integrate(|state| (self.0)(parameters, *state), state, time)
    }

    fn derivative(&self, parameters: [f64; P], state: [f64; N], coordinate: usize) -> Option<f64> {
        Some((self.0)(parameters, state)[coordinate])
    }
}

/// x -> f(parameters, x).
pub(super) struct Map<F>(F);

impl<F> Map<F> {
    pub const fn equations<const P: usize, const N: usize>(
        name: &'static str,
        parameters: [&'static str; P],
        coordinates: [&'static str; N],
        image: F,
    ) -> Equations<Map<F>, P, N> {
        Equations {
            name,
            parameters,
            coordinates,
            kind: Map(image),
        }
    }
}

impl<F, const P: usize, const N: usize> EquationKind<P, N> for Map<F>
where
    F: Fn([f64; P], [f64; N]) -> [f64; N] + Sync,
{
    const NAME: &'static str = "map";

    fn advance(
        &self,
        parameters: [f64; P],
        state: [f64; N],
        advance: Advance,
    ) -> Result<[f64; N], Undefined> {
        let Advance::Iterations(iterations) = advance else {
            return Err(Undefined(format!("a map cannot be carried by {advance:?}")));
        };
        Ok((0..iterations).fold(state, |state, _| (self.0)(parameters, state)))
    }

    fn derivative(&self, _: [f64; P], _: [f64; N], _: usize) -> Option<f64> {
        None
    }
}

/// x'(t) = f(parameters, x(t), x(t - tau)), the last parameter being tau. A state is the solution
/// at [`KNOTS`] times tau / 4 apart, the earliest first.
pub(super) struct Delay<F>(F);

impl<F> Delay<F> {
    pub const fn equations<const P: usize>(
        name: &'static str,
        parameters: [&'static str; P],
        derivative: F,
    ) -> Equations<Delay<F>, P, KNOTS> {
        Equations {
            name,
            parameters,
            coordinates: ["x4", "x3", "x2", "x1", "x0"],
            kind: Delay(derivative),
        }
    }
}

impl<F, const P: usize> EquationKind<P, KNOTS> for Delay<F>
where
    F: Fn([f64; P], f64, f64) -> f64 + Sync,
{
    const NAME: &'static str = "delay";

    fn advance(
        &self,
        parameters: [f64; P],
        state: [f64; KNOTS],
        advance: Advance,
    ) -> Result<[f64; KNOTS], Undefined> {
        let Advance::Time(time) = advance else {
            return Err(Undefined(format!(
                "a delay system cannot be carried by {advance:?}"
            )));
        };
        let derivative = |now, delayed| (self.0)(parameters, now, delayed);
        history::carry(&derivative, parameters[P - 1], state, time)
    }

    fn derivative(
        &self,
        parameters: [f64; P],
        state: [f64; KNOTS],
        coordinate: usize,
    ) -> Option<f64> {
        (coordinate == KNOTS - 1).then(|| (self.0)(parameters, state[KNOTS - 1], state[0]))
    }
}
