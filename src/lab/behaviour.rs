//! The behaviour of a function: its tails, whether it turns, how much of it oscillates.

use crate::formula::{Formula, Response};
use crate::record::candidate::{Asymptote, Measures};

/// Where oscillation is looked for, on either side of 0: where most activations have become a line.
const TAIL: (f64, f64) = (4.0, 20.0);
const TAIL_POINTS: usize = 256;

/// The measures of a formula that passed the screening, whose values and slopes on the probe range
/// are `value` and `slope`.
pub fn measure(formula: &Formula, value: &[f32], slope: &[f32]) -> Measures {
    let rises = slope.iter().any(|slope| *slope > 1e-6);
    let falls = slope.iter().any(|slope| *slope < -1e-6);
    let scale = value.iter().map(|y| f64::from(y.abs())).fold(0.0, f64::max);
    let mut response = formula.response();
    Measures {
        left: asymptote(&mut response, -1.0, scale),
        right: asymptote(&mut response, 1.0, scale),
        monotone: !(rises && falls),
        periodic_energy: periodic_energy(&mut response, value),
        cost: formula.cost(),
    }
}

/// What f does toward `side` times infinity, read off at doubling distances by the 64-bit
/// reference; `scale` is the largest |f| on the probe range.
fn asymptote(response: &mut Response, side: f64, scale: f64) -> Asymptote {
    let mut at = |distance: f64| response.value(side * distance);
    let tail: Vec<f64> = (0..512).map(|i| at(20.0 + 0.125 * f64::from(i))).collect();
    let doubling: Vec<f64> = [16.0, 32.0, 64.0, 128.0].map(at).to_vec();
    if tail.iter().chain(&doubling).any(|y| !y.is_finite()) {
        return Asymptote::Faster;
    }
    let steps: Vec<f64> = tail
        .windows(2)
        .map(|pair| pair[1] - pair[0])
        .filter(|step| step.abs() > 1e-3 * scale)
        .collect();
    if steps
        .windows(2)
        .filter(|pair| pair[0] * pair[1] < 0.0)
        .count()
        >= 4
    {
        return Asymptote::Oscillating;
    }
    let growth: Vec<f64> = doubling
        .windows(2)
        .map(|pair| (pair[1] - pair[0]).abs())
        .collect();
    if growth[2] <= 1e-3 * scale || growth[2] < 0.7 * growth[1] {
        let near_zero = tail
            .iter()
            .chain(&doubling[2..])
            .all(|y| y.abs() <= 1e-2 * scale);
        return if near_zero {
            Asymptote::Zero
        } else {
            Asymptote::Constant
        };
    }
    match growth[2] / growth[1] {
        ratio if ratio < 1.5 => Asymptote::Logarithmic,
        ratio if ratio < 2.4 => Asymptote::Linear,
        _ => Asymptote::Faster,
    }
}

/// How much of the curve is oscillation: e/(e + 0.01 v), where e is the mean energy of its tails in
/// wavelengths of at most 8, their cubic trend taken off, and v the variance of the curve on the
/// probe range, `curve`. A ripple of a tenth of the curve's own size gives about a half.
fn periodic_energy(response: &mut Response, curve: &[f32]) -> f64 {
    let energy = (tail_energy(response, -1.0) + tail_energy(response, 1.0)) / 2.0;
    let count = curve.len() as f64;
    let mean = curve.iter().map(|y| f64::from(*y)).sum::<f64>() / count;
    let variance = curve
        .iter()
        .map(|y| (f64::from(*y) - mean).powi(2))
        .sum::<f64>()
        / count;
    energy / (energy + 0.01 * variance)
}

/// The energy of one tail in wavelengths of at most half of it, under a Hann window.
fn tail_energy(response: &mut Response, side: f64) -> f64 {
    let (start, end) = TAIL;
    let place = |i: usize| (i as f64 + 0.5) / TAIL_POINTS as f64;
    let mut tail: Vec<f64> = (0..TAIL_POINTS)
        .map(|i| response.value(side * (start + (end - start) * place(i))))
        .collect();
    if tail.iter().any(|y| y.is_nan() || y.abs() >= 1e4) {
        return 0.0;
    }
    take_off_cubic(&mut tail);
    let turn = std::f64::consts::TAU / TAIL_POINTS as f64;
    let window = |i: usize| 0.5 - 0.5 * (turn * (i as f64 + 0.5)).cos();
    let windowed: Vec<f64> = tail
        .iter()
        .enumerate()
        .map(|(i, y)| window(i) * y)
        .collect();
    let circle: Vec<(f64, f64)> = (0..TAIL_POINTS)
        .map(|i| (turn * i as f64).sin_cos())
        .collect();
    let energy = |cycles: usize| {
        let (cosine, sine) =
            windowed
                .iter()
                .enumerate()
                .fold((0.0, 0.0), |(cosine, sine), (i, y)| {
                    let (sine_there, cosine_there) = circle[cycles * i % TAIL_POINTS];
                    (cosine + y * cosine_there, sine + y * sine_there)
                });
        cosine * cosine + sine * sine
    };
    // Parseval for one side of the spectrum, and the 3/8 of a steady wave's energy that a Hann
    // window lets through.
    (2..TAIL_POINTS / 4).map(energy).sum::<f64>() * 2.0 / (TAIL_POINTS * TAIL_POINTS) as f64 / 0.375
}

/// Subtracts the least-squares cubic, by Gram-Schmidt over the monomials on the points' own grid.
fn take_off_cubic(y: &mut [f64]) {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let mut basis: Vec<Vec<f64>> = Vec::new();
    for degree in 0..=3 {
        let mut next: Vec<f64> = (0..y.len())
            .map(|i| (2.0 * i as f64 / (y.len() - 1) as f64 - 1.0).powi(degree))
            .collect();
        for earlier in &basis {
            let share = dot(&next, earlier);
            next.iter_mut()
                .zip(earlier)
                .for_each(|(next, earlier)| *next -= share * earlier);
        }
        let length = dot(&next, &next).sqrt();
        next.iter_mut().for_each(|value| *value /= length);
        let share = dot(y, &next);
        y.iter_mut()
            .zip(&next)
            .for_each(|(y, next)| *y -= share * next);
        basis.push(next);
    }
}
