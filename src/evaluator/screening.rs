//! Screening: what a formula's curve says before anything is trained.

use super::behaviour;
use crate::attempt::Rejection;
use crate::candidate::Measures;
use crate::formula::limits::{LARGEST_VALUE, PROBE_RANGE};
use crate::formula::{Class, Formula};

/// Probes over the range, ends included.
const PROBES: usize = 1_001;
/// A function whose slope is 0 on more than this share of the range cannot learn.
const DEAD_SHARE: f64 = 0.95;

/// Checks the curve on the probe range; the measures of a formula that passes.
///
/// Values are those that networks will see: the kernel's, in `f32`. Of a formula that reads more than its own element it is the response of one
/// element that is checked, by the 64-bit reference.
pub fn screen(formula: &Formula) -> Result<Measures, Rejection> {
    let x: Vec<f32> = (0..PROBES).map(|i| (-PROBE_RANGE + 2.0 * PROBE_RANGE * i as f64 / (PROBES - 1) as f64) as f32).collect();
    let (mut value, mut slope) = (vec![0.0; PROBES], vec![0.0; PROBES]);
    if formula.class() == Class::Pointwise {
        formula.kernel().value_and_slope(&x, &mut value, &mut slope);
    } else {
        for ((x, value), slope) in x.iter().zip(&mut value).zip(&mut slope) {
            let response = formula.value_and_slope(f64::from(*x));
            (*value, *slope) = (response.0 as f32, response.1 as f32);
        }
    }
    check_finite(&x, &value, &slope)?;
    let (low, high) = value.iter().fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), y| (low.min(*y), high.max(*y)));
    let spread = f64::from(high - low);
    if spread <= 1e-6 * (1.0 + f64::from(high.abs())) {
        return Err(Rejection::Constant { detail: format!("f is {high} all over [-{PROBE_RANGE}, {PROBE_RANGE}]; a function of x is wanted") });
    }
    let dead = slope.iter().filter(|slope| **slope == 0.0).count() as f64 / PROBES as f64;
    if dead > DEAD_SHARE {
        return Err(Rejection::NoGradient {
            detail: format!("f' is 0 on {:.0} % of [-{PROBE_RANGE}, {PROBE_RANGE}]; nothing could be learnt through it", 100.0 * dead),
        });
    }
    if largest_residual(&x, &value) <= 1e-4 * spread {
        return Err(Rejection::Affine { detail: format!("f is a straight line on [-{PROBE_RANGE}, {PROBE_RANGE}]; a network of it is linear") });
    }
    Ok(behaviour::measure(formula, &value, &slope))
}

fn check_finite(x: &[f32], value: &[f32], slope: &[f32]) -> Result<(), Rejection> {
    for ((x, y), dy) in x.iter().zip(value).zip(slope) {
        if !y.is_finite() {
            return Err(Rejection::NotFinite { detail: format!("f({x}) is {y}; f must be finite on [-{PROBE_RANGE}, {PROBE_RANGE}]") });
        }
        if f64::from(y.abs()) > LARGEST_VALUE {
            return Err(Rejection::NotFinite {
                detail: format!("f({x}) is {y}; |f| must stay at or below {LARGEST_VALUE} on [-{PROBE_RANGE}, {PROBE_RANGE}]"),
            });
        }
        if !dy.is_finite() {
            return Err(Rejection::NotFinite { detail: format!("f'({x}) is {dy}; f' must be finite on [-{PROBE_RANGE}, {PROBE_RANGE}]") });
        }
    }
    Ok(())
}

/// The largest distance of the curve from its least-squares line.
fn largest_residual(x: &[f32], y: &[f32]) -> f64 {
    let count = x.len() as f64;
    let mean_y = y.iter().map(|y| f64::from(*y)).sum::<f64>() / count;
    let (xy, xx) = x.iter().zip(y).fold((0.0, 0.0), |(xy, xx), (x, y)| {
        let (x, y) = (f64::from(*x), f64::from(*y) - mean_y);
        (xy + x * y, xx + x * x)
    });
    let residual = |(x, y): (&f32, &f32)| (f64::from(*y) - mean_y - xy / xx * f64::from(*x)).abs();
    x.iter().zip(y).map(residual).fold(0.0, f64::max)
}
