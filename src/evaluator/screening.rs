//! Screening: what a formula's curve says before anything is trained, and the measures of its behaviour.

use crate::attempt::Rejection;
use crate::candidate::{Asymptote, Measures};
use crate::formula::limits::{LARGEST_VALUE, PROBE_RANGE};
use crate::formula::Formula;

/// Probes over the range, ends included.
const PROBES: usize = 1_001;
/// A function whose slope is 0 on more than this share of the range cannot learn.
const DEAD_SHARE: f64 = 0.95;
/// Where oscillation is looked for, on either side of 0: where most activations have become a line.
const TAIL: (f64, f64) = (4.0, 20.0);
const TAIL_POINTS: usize = 256;

/// Checks the curve on the probe range; the measures of a formula that passes.
///
/// Values are those that networks will see: the kernel's, in `f32`.
pub fn screen(formula: &Formula) -> Result<Measures, Rejection> {
    let x: Vec<f32> = (0..PROBES).map(|i| (-PROBE_RANGE + 2.0 * PROBE_RANGE * i as f64 / (PROBES - 1) as f64) as f32).collect();
    let (mut value, mut slope) = (vec![0.0; PROBES], vec![0.0; PROBES]);
    formula.kernel().value_and_slope(&x, &mut value, &mut slope);
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
    let rises = slope.iter().any(|slope| *slope > 1e-6);
    let falls = slope.iter().any(|slope| *slope < -1e-6);
    let scale = f64::from(high.abs().max(low.abs()));
    Ok(Measures {
        left: asymptote(formula, -1.0, scale),
        right: asymptote(formula, 1.0, scale),
        monotone: !(rises && falls),
        periodic_energy: periodic_energy(formula, &value),
        cost: formula.cost(),
    })
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

/// What f does toward `side` times infinity, read off at doubling distances by the 64-bit reference; `scale` is the largest |f| on the probe range.
fn asymptote(formula: &Formula, side: f64, scale: f64) -> Asymptote {
    let at = |distance: f64| formula.value_and_slope(side * distance).0;
    let tail: Vec<f64> = (0..512).map(|i| at(20.0 + 0.125 * f64::from(i))).collect();
    let doubling: Vec<f64> = [16.0, 32.0, 64.0, 128.0].map(at).to_vec();
    if tail.iter().chain(&doubling).any(|y| !y.is_finite()) {
        return Asymptote::Faster;
    }
    let steps: Vec<f64> = tail.windows(2).map(|pair| pair[1] - pair[0]).filter(|step| step.abs() > 1e-3 * scale).collect();
    if steps.windows(2).filter(|pair| pair[0] * pair[1] < 0.0).count() >= 4 {
        return Asymptote::Oscillating;
    }
    let growth: Vec<f64> = doubling.windows(2).map(|pair| (pair[1] - pair[0]).abs()).collect();
    if growth[2] <= 1e-3 * scale || growth[2] < 0.7 * growth[1] {
        let near_zero = tail.iter().chain(&doubling[2..]).all(|y| y.abs() <= 1e-2 * scale);
        return if near_zero { Asymptote::Zero } else { Asymptote::Constant };
    }
    match growth[2] / growth[1] {
        ratio if ratio < 1.5 => Asymptote::Logarithmic,
        ratio if ratio < 2.4 => Asymptote::Linear,
        _ => Asymptote::Faster,
    }
}

/// How much of the curve is oscillation: e/(e + 0.01 v), where e is the mean energy of its tails in wavelengths of at most 8, their cubic trend taken
/// off, and v the variance of the curve on the probe range, `curve`. A ripple of a tenth of the curve's own size gives about a half.
fn periodic_energy(formula: &Formula, curve: &[f32]) -> f64 {
    let energy = (tail_energy(formula, -1.0) + tail_energy(formula, 1.0)) / 2.0;
    let count = curve.len() as f64;
    let mean = curve.iter().map(|y| f64::from(*y)).sum::<f64>() / count;
    let variance = curve.iter().map(|y| (f64::from(*y) - mean).powi(2)).sum::<f64>() / count;
    energy / (energy + 0.01 * variance)
}

/// The energy of one tail in wavelengths of at most half of it, under a Hann window.
fn tail_energy(formula: &Formula, side: f64) -> f64 {
    let (start, end) = TAIL;
    let place = |i: usize| (i as f64 + 0.5) / TAIL_POINTS as f64;
    let mut tail: Vec<f64> = (0..TAIL_POINTS).map(|i| formula.value_and_slope(side * (start + (end - start) * place(i))).0).collect();
    if tail.iter().any(|y| y.is_nan() || y.abs() >= 1e4) {
        return 0.0;
    }
    take_off_cubic(&mut tail);
    let turn = std::f64::consts::TAU / TAIL_POINTS as f64;
    let window = |i: usize| 0.5 - 0.5 * (turn * (i as f64 + 0.5)).cos();
    let energy = |cycles: usize| {
        let (cosine, sine) = tail.iter().enumerate().fold((0.0, 0.0), |(cosine, sine), (i, y)| {
            let angle = turn * (cycles * i % TAIL_POINTS) as f64;
            (cosine + window(i) * y * angle.cos(), sine + window(i) * y * angle.sin())
        });
        cosine * cosine + sine * sine
    };
    // Parseval for one side of the spectrum, and the 3/8 of a steady wave's energy that a Hann window lets through.
    (2..TAIL_POINTS / 4).map(energy).sum::<f64>() * 2.0 / (TAIL_POINTS * TAIL_POINTS) as f64 / 0.375
}

/// Subtracts the least-squares cubic, by Gram-Schmidt over the monomials on the points' own grid.
fn take_off_cubic(y: &mut [f64]) {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let mut basis: Vec<Vec<f64>> = Vec::new();
    for degree in 0..=3 {
        let mut next: Vec<f64> = (0..y.len()).map(|i| (2.0 * i as f64 / (y.len() - 1) as f64 - 1.0).powi(degree)).collect();
        for earlier in &basis {
            let share = dot(&next, earlier);
            next.iter_mut().zip(earlier).for_each(|(next, earlier)| *next -= share * earlier);
        }
        let length = dot(&next, &next).sqrt();
        next.iter_mut().for_each(|value| *value /= length);
        let share = dot(y, &next);
        y.iter_mut().zip(&next).for_each(|(y, next)| *y -= share * next);
        basis.push(next);
    }
}
