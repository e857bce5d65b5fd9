//! log and what is built on it: log1p and the inverse hyperbolic functions.
//!
//! The tables are polynomials, lowest coefficient first. Each states its argument, its degree and
//! the error of the polynomial alone, which scripts/kernel_tables.py measures.

use super::lanes::Lanes;
use crate::vector::Simd;

/// ln(2) in two parts, the first of few bits so that its multiples are exact: those of Cephes.
const LN_2_HIGH: f32 = 0.693_359_4;
const LN_2_LOW: f32 = -2.121_944_4e-4;
/// The bits of sqrt(1/2), from which the mantissa runs.
const SQRT_HALF_BITS: u32 = 0x3f35_04f3;
/// (log(1 + f) - f + f^2/2) / f^3 for 1 + f from sqrt(1/2) to sqrt(2), degree 8. Relative error of
/// log(1 + f) below 1.1e-9.
const LOG_TAIL: [f32; 9] = [
    3.3333313e-1,
    -2.5000012e-1,
    2.0002055e-1,
    -1.6667801e-1,
    1.4220773e-1,
    -1.2410275e-1,
    1.1883284e-1,
    -1.1642983e-1,
    6.71757e-2,
];

/// `mantissa * 2^exponent`, the mantissa from sqrt(1/2) to sqrt(2).
pub(super) struct Split<S: Simd> {
    pub mantissa: Lanes<S>,
    pub exponent: Lanes<S>,
}

/// Splits a positive finite number, subnormal ones included.
#[inline(always)]
pub(super) fn split<S: Simd>(x: Lanes<S>) -> Split<S> {
    let subnormal = x.less(x.splat(f32::MIN_POSITIVE));
    let normal = subnormal.select(x * x.splat(8_388_608.0), x);
    let bias = subnormal.select(
        x.splat(8_388_608.0 + 127.0 + 23.0),
        x.splat(8_388_608.0 + 127.0),
    );
    let moved = normal.bits_add(0x3f80_0000 - SQRT_HALF_BITS);
    // An integer below 2^23 in the mantissa of 2^23 is 2^23 plus that integer.
    let exponent = moved.bits_shift_right(23).bits_or(0x4b00_0000) - bias;
    let mantissa = moved.bits_and(0x007f_ffff).bits_add(SQRT_HALF_BITS);
    Split { mantissa, exponent }
}

/// log(x + lost) for x > 0 and a much smaller `lost`; the special values are those of x.
#[inline(always)]
pub(super) fn log_with_correction<S: Simd>(x: Lanes<S>, lost: Lanes<S>) -> Lanes<S> {
    let Split { mantissa, exponent } = split(x);
    let f = mantissa - x.splat(1.0);
    let square = f * f;
    let low = (square * f).mul_add(f.polynomial(LOG_TAIL), lost / x);
    let low = exponent.mul_add(x.splat(LN_2_LOW), low);
    let low = square.mul_add(x.splat(-0.5), low);
    specials(x, exponent.mul_add(x.splat(LN_2_HIGH), f + low))
}

/// `y` where x is positive and finite, and the limits elsewhere.
#[inline(always)]
fn specials<S: Simd>(x: Lanes<S>, y: Lanes<S>) -> Lanes<S> {
    let zero = x.splat(0.0);
    let infinity = x.splat(f32::INFINITY);
    let outside = x.equal(zero).select(-infinity, x.splat(f32::NAN));
    let y = x.equal(infinity).select(infinity, y);
    zero.less(x).select(y, outside)
}

/// The natural logarithm.
#[inline(always)]
pub fn log<S: Simd>(x: Lanes<S>) -> Lanes<S> {
    let Split { mantissa, exponent } = split(x);
    let f = mantissa - x.splat(1.0);
    let square = f * f;
    let low = exponent.mul_add(x.splat(LN_2_LOW), square * f * f.polynomial(LOG_TAIL));
    let low = square.mul_add(x.splat(-0.5), low);
    specials(x, exponent.mul_add(x.splat(LN_2_HIGH), f + low))
}

/// log(1 + x).
#[inline(always)]
pub fn log1p<S: Simd>(x: Lanes<S>) -> Lanes<S> {
    let sum = x + x.splat(1.0);
    let part = sum - x.splat(1.0);
    let lost = (x.splat(1.0) - (sum - part)) + (x - part);
    log_with_correction(sum, lost)
}

/// The inverse hyperbolic sine; doubling under the logarithm becomes a sum where x^2 could
/// overflow.
#[inline(always)]
pub fn asinh<S: Simd>(x: Lanes<S>) -> Lanes<S> {
    let one = x.splat(1.0);
    let a = x.abs();
    let large = x.splat(1e8).less(a);
    let rest = a * (a / (one + a.mul_add(a, one).sqrt()));
    let small = a + rest;
    let sum = one + small;
    let part = sum - one;
    let lost = (one - (sum - part)) + (small - part);
    let y = log_with_correction(large.select(a, sum), large.select(x.splat(0.0), lost));
    let y = large.select(y + x.splat(std::f32::consts::LN_2), y);
    y.with_sign_of(x)
}

/// The inverse hyperbolic cosine.
#[inline(always)]
pub fn acosh<S: Simd>(x: Lanes<S>) -> Lanes<S> {
    let one = x.splat(1.0);
    let large = x.splat(1e8).less(x);
    let t = x - one;
    let small = t + t.mul_add(t, t + t).sqrt();
    let sum = one + small;
    let part = sum - one;
    let lost = (one - (sum - part)) + (small - part);
    let y = log_with_correction(large.select(x, sum), large.select(x.splat(0.0), lost));
    let y = large.select(y + x.splat(std::f32::consts::LN_2), y);
    x.less(one).select(x.splat(f32::NAN), y)
}

/// The inverse hyperbolic tangent.
#[inline(always)]
pub fn atanh<S: Simd>(x: Lanes<S>) -> Lanes<S> {
    let a = x.abs();
    let y = log1p((a + a) / (x.splat(1.0) - a));
    (y * x.splat(0.5)).with_sign_of(x)
}
