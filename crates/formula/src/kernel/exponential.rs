//! exp and what is built on it: expm1, sigmoid, softplus and the hyperbolic functions.
//!
//! The argument is reduced to |r| <= ln(2)/2 by a two-part ln(2), that of Cephes (Cody and Waite).
//!
//! The tables are polynomials, lowest coefficient first. Each states its argument, its degree and
//! the error of the polynomial alone, which scripts/kernel_tables.py measures.

use super::lanes::Lanes;
use super::logarithm::log_with_correction;
use crate::vector::Simd;

/// Adding and taking away 1.5 * 2^23 rounds to the nearest integer, which then stands in the low
/// bits of the sum.
const ROUNDER: f32 = 12_582_912.0;
/// (e^r - 1 - r) / r^2 for |r| <= ln(2)/2, degree 4. Relative error of e^r below 5.1e-9.
const EXP_TAIL: [f32; 5] = [
    4.9999997e-1,
    1.6666539e-1,
    4.1667756e-2,
    8.367124e-3,
    1.3835642e-3,
];

const TWO_TO_64: f32 = 18_446_744_073_709_551_616.0;
const TWO_TO_MINUS_64: f32 = 1.0 / TWO_TO_64;
/// What makes the bits of 2^(count + 64), and of 2^(count - 64), from those of `count` in the place
/// of the exponent.
const BIAS_UP: u32 = (127 + 64) << 23;
const BIAS_DOWN: u32 = (127 - 64) << 23;

/// `x = count ln(2) + remainder`; `shifted` carries `count` in its low bits, for [`power_of_two`].
pub(super) struct Reduced<S: Simd> {
    pub shifted: Lanes<S>,
    pub remainder: Lanes<S>,
}

#[inline(always)]
pub(super) fn reduce<S: Simd>(x: Lanes<S>) -> Reduced<S> {
    let shifted = x.mul_add(x.splat(std::f32::consts::LOG2_E), x.splat(ROUNDER));
    let count = shifted - x.splat(ROUNDER);
    let remainder = count.negate_mul_add(x.splat(0.693_359_4), x);
    let remainder = count.negate_mul_add(x.splat(-2.121_944_4e-4), remainder);
    Reduced { shifted, remainder }
}

/// 2^count from the rounder's sum; `count + offset` must lie in [-127, 128], of which the ends give
/// 0 and infinity.
#[inline(always)]
pub(super) fn power_of_two<S: Simd>(shifted: Lanes<S>, offset: i32) -> Lanes<S> {
    shifted
        .bits_shift_left(23)
        .bits_add(((127 + offset) as u32) << 23)
}

/// `mantissa * 2^count` for an integral `count` in [-252, 254], by two factors so that it may
/// overflow and underflow gradually.
#[inline(always)]
pub(super) fn scale<S: Simd>(mantissa: Lanes<S>, count: Lanes<S>) -> Lanes<S> {
    let half = count.mul_add(count.splat(0.5), count.splat(ROUNDER));
    let rest = count - (half - count.splat(ROUNDER)) + count.splat(ROUNDER);
    mantissa * power_of_two(half, 0) * power_of_two(rest, 0)
}

#[inline(always)]
pub(super) fn exp_of_remainder<S: Simd>(r: Lanes<S>) -> Lanes<S> {
    (r * r).mul_add(r.polynomial(EXP_TAIL), r) + r.splat(1.0)
}

#[inline(always)]
fn expm1_of_remainder<S: Simd>(r: Lanes<S>) -> Lanes<S> {
    (r * r).mul_add(r.polynomial(EXP_TAIL), r)
}

/// e^x, with gradual underflow.
#[inline(always)]
pub fn exp<S: Simd>(x: Lanes<S>) -> Lanes<S> {
    // The bounds stand where the result is infinite and where it rounds to 0.
    let limited = x.at_least(x.splat(-104.0)).at_most(x.splat(89.0));
    let reduced = reduce(limited);
    let y = exp_of_remainder(reduced.remainder);
    // In two factors, of which the constant one comes last and rounds once.
    let negative = limited.less(x.splat(0.0));
    let bias = negative.select(
        x.splat(f32::from_bits(BIAS_UP)),
        x.splat(f32::from_bits(BIAS_DOWN)),
    );
    let factor = negative.select(x.splat(TWO_TO_MINUS_64), x.splat(TWO_TO_64));
    y * reduced.shifted.bits_shift_left(23).bits_sum(bias) * factor
}

/// `mantissa * 2^count` for a count in [-150, 0], underflowing gradually; `shifted` is the
/// rounder's sum.
#[inline(always)]
pub(super) fn scale_down<S: Simd>(mantissa: Lanes<S>, shifted: Lanes<S>) -> Lanes<S> {
    mantissa * power_of_two(shifted, 64) * mantissa.splat(TWO_TO_MINUS_64)
}

/// e^x for sums with numbers of the order of 1: some number below 2^-125 below -87, infinite from
/// 2^127.5 on.
#[inline(always)]
fn exp_within_range<S: Simd>(x: Lanes<S>) -> Lanes<S> {
    let reduced = reduce(x.at_least(x.splat(-87.0)).at_most(x.splat(89.0)));
    exp_of_remainder(reduced.remainder) * power_of_two(reduced.shifted, 0)
}

/// (e^x - 1) / 4, which does not overflow where sinh and cosh do not; x in [-30, 89.5].
#[inline(always)]
fn quarter_expm1<S: Simd>(x: Lanes<S>) -> Lanes<S> {
    let reduced = reduce(x);
    let quarter_power = power_of_two(reduced.shifted, -2);
    quarter_power.mul_add(
        expm1_of_remainder(reduced.remainder),
        quarter_power - x.splat(0.25),
    )
}

/// e^x - 1.
#[inline(always)]
pub fn expm1<S: Simd>(x: Lanes<S>) -> Lanes<S> {
    let y = x.splat(4.0) * quarter_expm1(x);
    let y = x.less(x.splat(-20.0)).select(x.splat(-1.0), y);
    x.splat(89.0).less(x).select(x.splat(f32::INFINITY), y)
}

/// 1 / (1 + e^-x).
#[inline(always)]
pub fn sigmoid<S: Simd>(x: Lanes<S>) -> Lanes<S> {
    let one = x.splat(1.0);
    one / (one + exp_within_range(-x))
}

/// log(1 + e^x).
#[inline(always)]
pub fn softplus<S: Simd>(x: Lanes<S>) -> Lanes<S> {
    let small = exp(-x.abs());
    let sum = small + x.splat(1.0);
    let lost = small - (sum - x.splat(1.0));
    log_with_correction(sum, lost) + x.at_least(x.splat(0.0))
}

/// The hyperbolic tangent, through expm1(-2|x|).
#[inline(always)]
pub fn tanh<S: Simd>(x: Lanes<S>) -> Lanes<S> {
    let twice = (x.splat(-2.0) * x.abs()).at_least(x.splat(-25.0));
    let q = quarter_expm1(twice);
    let half = q + q;
    ((x.splat(0.0) - half) / (half + x.splat(1.0))).with_sign_of(x)
}

/// The hyperbolic sine.
#[inline(always)]
pub fn sinh<S: Simd>(x: Lanes<S>) -> Lanes<S> {
    let magnitude = x.abs();
    let q = quarter_expm1(magnitude);
    let half = q + q;
    let rest = half / (half + half + x.splat(1.0));
    let y = half + x.splat(20.0).less(magnitude).select(x.splat(0.5), rest);
    let y = x
        .splat(89.5)
        .less(magnitude)
        .select(x.splat(f32::INFINITY), y);
    y.with_sign_of(x)
}

/// The hyperbolic cosine.
#[inline(always)]
pub fn cosh<S: Simd>(x: Lanes<S>) -> Lanes<S> {
    let magnitude = x.abs();
    let reduced = reduce(magnitude);
    let quarter = exp_of_remainder(reduced.remainder) * power_of_two(reduced.shifted, -2);
    let y = quarter + quarter + x.splat(0.125) / quarter;
    x.splat(89.5)
        .less(magnitude)
        .select(x.splat(f32::INFINITY), y)
}
