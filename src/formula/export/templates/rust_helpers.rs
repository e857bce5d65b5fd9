fn sign(x: f64) -> f64 {
    if x == 0.0 || x.is_nan() { x } else { x.signum() }
}

fn minimum(a: f64, b: f64) -> f64 {
    if a.is_nan() || b.is_nan() { f64::NAN } else { a.min(b) }
}

fn maximum(a: f64, b: f64) -> f64 {
    if a.is_nan() || b.is_nan() { f64::NAN } else { a.max(b) }
}

/// 1 / (1 + exp(-x)), without an exponential that overflows.
fn sigmoid(x: f64) -> f64 {
    let small = (-x.abs()).exp();
    if x < 0.0 { small / (1.0 + small) } else { 1.0 / (1.0 + small) }
}

/// log(1 + exp(x)).
fn softplus(x: f64) -> f64 {
    if x.is_nan() { x } else { x.max(0.0) + (-x.abs()).exp().ln_1p() }
}

/// Near 0 its power series, elsewhere through erfc.
fn erf(x: f64) -> f64 {
    if x.abs() >= 0.5 || x.is_nan() { 1.0 - erfc(x) } else { erf_near(x) }
}

/// The power series of erf, for |x| < 1/2.
fn erf_near(x: f64) -> f64 {
    let (mut term, mut sum) = (x, x);
    for k in 1..20 {
        term *= -x * x / f64::from(k);
        sum += term / f64::from(2 * k + 1);
    }
    sum * std::f64::consts::FRAC_2_SQRT_PI
}

/// 1 - erf(x): from 1/2 on a Chebyshev series times exp(-x^2), so that the tail keeps its accuracy.
fn erfc(x: f64) -> f64 {
    const SERIES: [f64; 28] = {{SCALED_ERFC}};
    let a = x.abs().min(30.0);
    if x.is_nan() { return x; }
    if a < 0.5 { return 1.0 - erf_near(x); }
    // exp(-a^2) in two factors: the square of `coarse` is exact.
    let coarse = (a * 16.0).round() / 16.0;
    let bell = (-coarse * coarse).exp() * (-(a - coarse) * (a + coarse)).exp();
    let p = (a - 2.0) / (a + 2.0);
    let (mut b1, mut b2) = (0.0, 0.0);
    for coefficient in SERIES[1..].iter().rev() {
        (b1, b2) = (2.0 * p * b1 - b2 + coefficient, b1);
    }
    let tail = bell * (p * b1 - b2 + SERIES[0]) / (2.0 * a + 1.0);
    if x < 0.0 { 2.0 - tail } else { tail }
}

/// sin(pi x) and cos(pi x): the argument is brought to within 1/4 before it meets a rounded pi.
fn sin_cos_pi(x: f64) -> (f64, f64) {
    let period = x % 2.0;
    let quarter = (2.0 * period).round();
    let (sine, cosine) = (std::f64::consts::PI * (period - 0.5 * quarter)).sin_cos();
    match quarter.rem_euclid(4.0) as u8 {
        0 => (sine, cosine),
        1 => (cosine, -sine),
        2 => (-sine, -cosine),
        _ => (-cosine, sine),
    }
}

/// sin(pi x) / (pi x), and 1 at 0.
fn sinc(x: f64) -> f64 {
    if x == 0.0 { 1.0 } else { sin_cos_pi(x).0 / (std::f64::consts::PI * x) }
}

/// The derivative of sinc, by its series near 0, where the quotient cancels.
fn sinc_slope(x: f64) -> f64 {
    let angle = std::f64::consts::PI * x;
    if x.abs() < 0.1 {
        let square = angle * angle;
        let series = 1.0 / 3.0 - square * (1.0 / 30.0 - square * (1.0 / 840.0 - square * (1.0 / 45_360.0 - square / 3_991_680.0)));
        return -std::f64::consts::PI * angle * series;
    }
    (sin_cos_pi(x).1 - sinc(x)) / x
}

/// exp(-|x|) I_n(|x|) for n = 0 or 1: its power series up to 30 (DLMF 10.25.2), the asymptotic one beyond (DLMF 10.40.1).
fn scaled_bessel(x: f64, order: f64) -> f64 {
    let x = x.abs();
    if x > 30.0 {
        let (mut term, mut sum) = (1.0, 1.0);
        for k in 1..30 {
            let odd = 2.0 * f64::from(k) - 1.0;
            term *= -(4.0 * order * order - odd * odd) / (8.0 * f64::from(k) * x);
            sum += term;
        }
        return sum / (2.0 * std::f64::consts::PI * x).sqrt();
    }
    let mut term = if order == 0.0 { 1.0 } else { 0.5 * x };
    let mut sum = term;
    for k in 1..100 {
        term *= 0.25 * x * x / (f64::from(k) * (f64::from(k) + order));
        sum += term;
    }
    sum * (-x).exp()
}

#[derive(Clone, Copy, PartialEq)]
enum Axis { Features, Batch, Tensor }
#[derive(Clone, Copy, PartialEq)]
enum Reduction { Sum, Mean, Min, Max }
/// A reduction of a tensor of rows of `features`, its result at every element that it ran over.
fn reduce(reduction: Reduction, axis: Axis, features: usize, a: &[f64]) -> Vec<f64> {
    let group = |i: usize| match axis {
        Axis::Features => i / features,
        Axis::Batch => i % features,
        Axis::Tensor => 0,
    };
    let groups = (0..a.len()).map(group).max().map_or(0, |last| last + 1);
    let mut reduced: Vec<Option<f64>> = vec![None; groups];
    for (i, value) in a.iter().enumerate() {
        let combine = |before: f64| match reduction {
            Reduction::Sum | Reduction::Mean => before + value,
            _ if before.is_nan() || value.is_nan() => f64::NAN,
            Reduction::Min => before.min(*value),
            Reduction::Max => before.max(*value),
        };
        reduced[group(i)] = Some(reduced[group(i)].map_or(*value, combine));
    }
    let size = if reduction == Reduction::Mean { (a.len() / groups.max(1)) as f64 } else { 1.0 };
    (0..a.len()).map(|i| reduced[group(i)].map_or(f64::NAN, |value| value / size)).collect()
}

/// Features moved `places` to the right, around the end of their row.
fn roll(places: i64, features: usize, a: &[f64]) -> Vec<f64> {
    let from = |i: usize| i - i % features + ((i % features) as i64 - places).rem_euclid(features as i64) as usize;
    (0..a.len()).map(|i| a[from(i)]).collect()
}

/// The sum of every `groups`-th element.
fn gathered(a: &[f64], groups: usize) -> Vec<f64> {
    let mut sums = vec![0.0; groups];
    a.iter().enumerate().for_each(|(i, value)| sums[i % groups] += value);
    sums
}
