//! Screening: what a formula's curve says before anything is trained.

use super::curve_shape::{is_constant, largest_residual, range, DEAD_SHARE, STRAIGHT};
use super::{behaviour, tensor_screening};
use crate::formula::kernel::Compiled;
use crate::formula::limits::{LARGEST_VALUE, PROBE_RANGE};
use crate::formula::{Class, Formula};
use crate::record::attempt::Rejection;
use crate::record::candidate::Measures;

/// Probes over the range, ends included: of a pointwise formula, and of one whose every probe is a
/// whole tensor.
const PROBES: usize = 1_001;
const COUPLED_PROBES: usize = 201;

/// Checks the curve on the probe range; the measures of a formula that passes. Parameters have
/// their initial values.
///
/// Values are those that networks will see: the kernel's, in `f32`. The curve of a formula that
/// reads its row or the batch is its response ([`Formula::response`]); whether it is constant, flat
/// or straight is asked of whole tensors. Such a formula, and one with parameters, must be finite,
/// with all its gradients, on ordinary tensors too.
pub fn screen(formula: &Formula) -> Result<Measures, Rejection> {
    let coupled = formula.class() != Class::Pointwise;
    let probes = if coupled { COUPLED_PROBES } else { PROBES };
    let x: Vec<f32> = (0..probes)
        .map(|i| (-PROBE_RANGE + 2.0 * PROBE_RANGE * i as f64 / (probes - 1) as f64) as f32)
        .collect();
    let (mut value, mut slope) = (vec![0.0; probes], vec![0.0; probes]);
    if coupled {
        let mut response = formula.response();
        for ((x, value), slope) in x.iter().zip(&mut value).zip(&mut slope) {
            let (y, dy) = response.value_and_slope(f64::from(*x));
            (*value, *slope) = (y as f32, dy as f32);
        }
    } else {
        formula.kernel().value_and_slope(&x, &mut value, &mut slope);
    }
    check_finite(&x, &value, &slope)?;
    if let Compiled::Tensor(mut kernel) = formula.activation() {
        tensor_screening::check_finite(&mut kernel)?;
        if coupled {
            tensor_screening::check_shape(&mut kernel)?;
        }
    }
    if !coupled {
        check_curve(&x, &value, &slope)?;
    }
    Ok(behaviour::measure(formula, &value, &slope))
}

/// Refuses a pointwise curve that is constant, flat or straight.
fn check_curve(x: &[f32], value: &[f32], slope: &[f32]) -> Result<(), Rejection> {
    let (low, high) = range(value);
    let spread = f64::from(high - low);
    if is_constant(low, high) {
        return Err(Rejection::Constant {
            detail: format!(
                "f is {high} all over [-{PROBE_RANGE}, {PROBE_RANGE}]; a function of x is wanted"
            ),
        });
    }
    let dead = slope.iter().filter(|slope| **slope == 0.0).count() as f64 / slope.len() as f64;
    if dead > DEAD_SHARE {
        return Err(Rejection::NoGradient {
            detail: format!(
                "f' is 0 on {:.0} % of [-{PROBE_RANGE}, {PROBE_RANGE}]; nothing could be learnt \
                 through it",
                100.0 * dead
            ),
        });
    }
    if largest_residual(x, value) <= STRAIGHT * spread {
        return Err(Rejection::Affine {
            detail: format!(
                "f is a straight line on [-{PROBE_RANGE}, {PROBE_RANGE}]; a network of it is \
                 linear"
            ),
        });
    }
    Ok(())
}

fn check_finite(x: &[f32], value: &[f32], slope: &[f32]) -> Result<(), Rejection> {
    for ((x, y), dy) in x.iter().zip(value).zip(slope) {
        if !y.is_finite() {
            return Err(Rejection::NotFinite {
                detail: format!(
                    "f({x}) is {y}; f must be finite on [-{PROBE_RANGE}, {PROBE_RANGE}]"
                ),
            });
        }
        if f64::from(y.abs()) > LARGEST_VALUE {
            return Err(Rejection::NotFinite {
                detail: format!(
                    "f({x}) is {y}; |f| must stay at or below {LARGEST_VALUE} on [-{PROBE_RANGE}, \
                     {PROBE_RANGE}]"
                ),
            });
        }
        if !dy.is_finite() {
            return Err(Rejection::NotFinite {
                detail: format!(
                    "f'({x}) is {dy}; f' must be finite on [-{PROBE_RANGE}, {PROBE_RANGE}]"
                ),
            });
        }
    }
    Ok(())
}
