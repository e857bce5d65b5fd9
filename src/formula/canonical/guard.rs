//! The guard of rewriting: two programs are compared by the 64-bit reference, so that no rule can make one of two functions.

use super::super::class::Class;
use super::super::expression::Program;
use super::super::Formula;

/// Where kinks usually are: there slopes must agree too.
const KINKS: [f64; 17] = [0.0, 0.25, 1.0 / 3.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, -0.25, -1.0 / 3.0, -0.5, -1.0, -1.5, -2.0, -2.5, -3.0];

/// Where exponentials grow: what is finite in both must agree.
const FAR: [f64; 10] = [4.0, 5.0, 6.0, 6.5, 9.0, -4.0, -5.0, -6.0, -6.5, -9.0];

/// Whether values, slopes and the gradients of parameters agree within 1e-9 on the grid of the fingerprint.
pub(super) fn same_curve(a: &Program, b: &Program) -> bool {
    compared(a, b, false)
}

/// `same_curve`, and at kinks, where a slope is a convention, and beyond the grid.
pub(super) fn same_function(a: &Program, b: &Program) -> bool {
    compared(a, b, true)
}

fn compared(a: &Program, b: &Program, everywhere: bool) -> bool {
    let (Ok(a), Ok(b)) = (Formula::of(a.clone()), Formula::of(b.clone())) else { return false };
    if a.class() != b.class() || a.parameters().len() != b.parameters().len() {
        return false;
    }
    let (first, second) = (a.fingerprint(), b.fingerprint());
    if !agree(first.values(), second.values()) || !agree(first.slopes(), second.slopes()) {
        return false;
    }
    if !everywhere || a.class() != Class::Pointwise {
        return true;
    }
    let at = |formula: &Formula, points: &[f64]| points.iter().map(|x| formula.value_and_slope(*x)).unzip::<f64, f64, Vec<_>, Vec<_>>();
    let ((values, slopes), (others, other_slopes)) = (at(&a, &KINKS), at(&b, &KINKS));
    if !agree(&values, &others) || !agree(&slopes, &other_slopes) {
        return false;
    }
    FAR.iter().all(|x| {
        let ((value, slope), (other, other_slope)) = (a.value_and_slope(*x), b.value_and_slope(*x));
        let both = |a: f64, b: f64| !a.is_finite() || !b.is_finite() || near(a, b, 1.0);
        both(value, other) && both(slope, other_slope)
    })
}

fn agree(a: &[f64], b: &[f64]) -> bool {
    let largest = a.iter().filter(|a| a.is_finite()).fold(0.0, |largest: f64, a| largest.max(a.abs()));
    a.len() == b.len()
        && a.iter().zip(b).all(|(a, b)| if a.is_finite() && b.is_finite() { near(*a, *b, largest) } else { a.is_finite() == b.is_finite() })
}

/// Within 1e-9 of the larger of the two, or of `size` where that is below 1.
fn near(a: f64, b: f64, size: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(size.min(1.0))
}
