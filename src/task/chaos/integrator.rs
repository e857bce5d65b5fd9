//! The door to `ode_solvers`: an initial value problem carried to its end by the Dormand-Prince
//! method of order 8(5,3).

use ode_solvers::dop_shared::OutputType;
use ode_solvers::{Dop853, SVector, System};

use crate::task::law::Undefined;

/// Local error allowed in a step, relative and absolute; the flow maps of the catalogue come out
/// right to about 1e-8.
const TOLERANCE: f64 = 1e-10;

/// The most steps of one integration.
const MOST_STEPS: u32 = 20_000;

struct Problem<F>(F);

impl<const N: usize, F: Fn(&[f64; N]) -> [f64; N]> System<f64, SVector<f64, N>> for Problem<F> {
    fn system(&self, _time: f64, state: &SVector<f64, N>, derivative: &mut SVector<f64, N>) {
        *derivative = SVector::from(self.0(&state.data.0[0]));
    }
}

/// The state after `horizon` of the solution of `state' = derivative(state)` that starts from
/// `start`.
///
/// Autonomous systems only, a time that matters being a coordinate whose derivative is 1: version
/// 0.6.2 of the library hands stage 12 of this method the time at the step's beginning instead of
/// its end.
pub fn integrate<const N: usize>(
    derivative: impl Fn(&[f64; N]) -> [f64; N],
    start: [f64; N],
    horizon: f64,
) -> Result<[f64; N], Undefined> {
    let (safety, beta, shrink, grow, first_step, stiffness_every) =
        (0.9, 0.0, 0.333, 6.0, 0.0, 1000);
    let mut stepper = Dop853::from_param(
        Problem(derivative),
        0.0,
        horizon,
        horizon,
        SVector::from(start),
        TOLERANCE,
        TOLERANCE,
        safety,
        beta,
        shrink,
        grow,
        horizon,
        first_step,
        MOST_STEPS,
        stiffness_every,
        OutputType::Sparse,
    );
    stepper
        .integrate()
        .map_err(|error| Undefined(format!("the integration stopped: {error}")))?;
    let end = stepper
        .y_out()
        .last()
        .expect("a finished integration has at least its initial state");
    Ok(end.data.0[0])
}
