//! Delay equations by the method of steps: x'(t) = f(x(t), x(t - tau)), the history being straight
//! lines between equally spaced values.

use super::integrator::integrate;
use crate::task::law::Undefined;

/// How many delays a solution may span.
const MOST_DELAYS: usize = 8;

/// The values that a history is given by.
pub(super) const KNOTS: usize = 5;

/// The history at time `horizon`: the solution at horizon - tau, ..., horizon, [`KNOTS`] values
/// that are tau / 4 apart, from the like history at time 0. The horizon must be a multiple of that
/// spacing, so that a history is carried to a history, and span at most eight delays.
///
/// Between two knots a value, that one delay earlier, that two delays earlier ... down to the given
/// history are one ordinary system, which is integrated as such: no interpolation of the solution
/// is needed, and no kink lies inside a step.
pub(super) fn carry(
    derivative: &dyn Fn(f64, f64) -> f64,
    tau: f64,
    history: [f64; KNOTS],
    horizon: f64,
) -> Result<[f64; KNOTS], Undefined> {
    let intervals = KNOTS - 1;
    let spacing = tau / intervals as f64;
    let pieces = (horizon / spacing).round();
    if (pieces * spacing - horizon).abs() > 1e-9 * horizon
        || pieces > (MOST_DELAYS * intervals) as f64
    {
        return Err(Undefined(format!(
            "the horizon {horizon} is no multiple of {spacing} or spans more than {MOST_DELAYS} \
             delays of {tau}"
        )));
    }
    // Knot i is the value at (i - intervals) * spacing.
    let mut knots = history.to_vec();
    for piece in intervals..intervals + pieces as usize {
        // As many numbers are integrated as the depth asks for, and the time.
        let solve = [
            solve::<2>, solve::<3>, solve::<4>, solve::<5>, solve::<6>, solve::<7>, solve::<8>,
            solve::<9>,
        ][piece / intervals - 1];
        knots.push(solve(derivative, spacing, &knots, piece)?);
    }
    Ok(std::array::from_fn(|i| knots[knots.len() - KNOTS + i]))
}

/// The solution at the end of `piece`, `knots` being the solution up to its beginning; `M` is 1
/// more than the piece lies delays after the history.
///
/// Number k of the state is the solution on the piece k delays before this one; the earliest,
/// number `M - 1`, lies on the given history. In its place stands the time.
fn solve<const M: usize>(
    derivative: &dyn Fn(f64, f64) -> f64,
    spacing: f64,
    knots: &[f64],
    piece: usize,
) -> Result<f64, Undefined> {
    let (intervals, depth) = (KNOTS - 1, M - 1);
    let start = std::array::from_fn(|level| {
        if level < depth {
            knots[piece - level * intervals]
        } else {
            0.0
        }
    });
    let first = piece - depth * intervals;
    let (from, to) = (knots[first], knots[first + 1]);
    let system = |state: &[f64; M]| {
        let past = from + (to - from) * state[depth] / spacing;
        std::array::from_fn(|level| match level {
            _ if level == depth => 1.0,
            _ if level + 1 == depth => derivative(state[level], past),
            _ => derivative(state[level], state[level + 1]),
        })
    };
    Ok(integrate(system, start, spacing)?[0])
}
