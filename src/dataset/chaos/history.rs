//! Delay equations by the method of steps: x'(t) = f(x(t), x(t - tau)), the history being straight lines between equally spaced values.

use super::integrator::integrate;
use crate::dataset::law::Undefined;

/// How many delays a solution may span.
const MOST_DELAYS: usize = 8;

/// The values that a history is given by.
pub(super) const KNOTS: usize = 5;

/// The history at time `horizon`: the solution at horizon - tau, ..., horizon, `N` values that are tau / (N - 1) apart, from the like history
/// at time 0. The horizon must be a multiple of that spacing, so that a history is carried to a history, and span at most eight delays.
///
/// Between two knots a value, that one delay earlier, that two delays earlier ... down to the given history are one ordinary system, which is
/// integrated as such: no interpolation of the solution is needed, and no kink lies inside a step.
pub(super) fn carry<const N: usize>(derivative: impl Fn(f64, f64) -> f64, tau: f64, history: [f64; N], horizon: f64) -> Result<[f64; N], Undefined> {
    let intervals = N - 1;
    let spacing = tau / intervals as f64;
    let pieces = (horizon / spacing).round();
    if (pieces * spacing - horizon).abs() > 1e-9 * horizon || pieces > (MOST_DELAYS * intervals) as f64 {
        return Err(Undefined(format!("the horizon {horizon} is no multiple of {spacing} or spans more than {MOST_DELAYS} delays of {tau}")));
    }
    // Knot i is the value at (i - intervals) * spacing.
    let mut knots = history.to_vec();
    for piece in intervals..intervals + pieces as usize {
        // Level k of the state is the solution on the piece k delays before this one; level `depth` is the given history. Last comes the time.
        let depth = piece / intervals;
        let mut start = [0.0; MOST_DELAYS + 1];
        for (level, value) in start.iter_mut().enumerate().take(depth) {
            *value = knots[piece - level * intervals];
        }
        let first = piece - depth * intervals;
        let (from, to) = (history[first], history[first + 1]);
        let system = |state: &[f64; MOST_DELAYS + 1]| {
            let time = state[MOST_DELAYS];
            let mut slopes = [0.0; MOST_DELAYS + 1];
            slopes[MOST_DELAYS] = 1.0;
            for level in 0..depth {
                let delayed = if level + 1 < depth { state[level + 1] } else { from + (to - from) * time / spacing };
                slopes[level] = derivative(state[level], delayed);
            }
            slopes
        };
        knots.push(integrate(system, start, spacing)?[0]);
    }
    Ok(std::array::from_fn(|i| knots[knots.len() - N + i]))
}
