//! sin, cos, tan, their inverses, and sinc with its slope.
//!
//! Up to [`REDUCIBLE`] the argument is reduced by a three-part pi/2 with exact products; beyond it
//! the block interpreter redoes the lanes in 64 bits ([`sin_of_huge`] and its like), whose
//! reduction is exact for every finite argument.
//!
//! The tables are polynomials, lowest coefficient first. Each states its argument, its degree and
//! the error of the polynomial alone, which scripts/kernel_tables.py measures. That script also
//! makes the tables marked as refitted again, to the last bit: polynomials of least error, of which
//! the lowest coefficient was rounded to 32 bits and fixed, and the rest fitted again.

use super::lanes::{Lanes, Mask};
use crate::vector::Simd;

/// The largest magnitude that the vector reduction serves; `count` stays below 2^16, so that
/// `count * PI_HALF_1` cancels exactly.
pub const REDUCIBLE: f32 = 1e5;

/// Adding and taking away 1.5 * 2^23 rounds to the nearest integer.
const ROUNDER: f32 = 12_582_912.0;
/// pi/2 in three parts, each the nearest 32-bit number to what those before it leave (Cody and
/// Waite).
const PI_HALF_1: f32 = 1.570_796_4;
const PI_HALF_2: f32 = -4.371_139e-8;
const PI_HALF_3: f32 = -1.715_124_4e-15;
/// (sin(r) - r) / r^3 for |r| <= pi/4, in r^2, degree 2. Relative error of sin(r) below 4.0e-9.
/// Refitted.
const SIN_TAIL: [f32; 3] = [-1.6666655e-1, 8.332189e-3, -1.9518292e-4];
/// (cos(r) - 1 + r^2/2) / r^4 for |r| <= pi/4, in r^2, degree 2. Relative error of cos(r) below
/// 1.1e-9.
const COS_TAIL: [f32; 3] = [4.1666646e-2, -1.3886915e-3, 2.4362727e-5];
/// sin(pi r) / r for |r| <= 1/2, in r^2, degree 4. Relative error of sin(pi r) below 2.9e-8.
const SIN_PI: [f32; 5] = [
    std::f32::consts::PI,
    -5.167721,
    2.5502698,
    -5.9943736e-1,
    7.983576e-2,
];
/// (cos(pi r) - 1) / r^2 for |r| <= 1/2, in r^2, degree 4. Absolute error of cos(pi r) below
/// 1.1e-9. Refitted.
const COS_PI: [f32; 5] = [
    -4.934802,
    4.0587053,
    -1.3351616,
    2.3468377e-1,
    -2.3963874e-2,
];
/// The slope of sinc over x for |x| <= 1, in x^2, degree 7. Relative error below 5.3e-9.
const SINC_SLOPE: [f32; 8] = [
    -3.289868,
    3.2469683,
    -1.1444908,
    2.0907421e-1,
    -2.3176754e-2,
    1.3947187e-3,
    1.6565711e-4,
    -6.714878e-5,
];
/// (asin(x) - x) / x^3 for |x| <= 1/2, in x^2, degree 4. Relative error of asin(x) below 4.9e-9.
const ASIN_TAIL: [f32; 5] = [
    1.6666752e-1,
    7.4953094e-2,
    4.546915e-2,
    2.4184782e-2,
    4.215829e-2,
];
/// (atan(x) - x) / x^3 for |x| <= tan(pi/8), in x^2, degree 4. Relative error of atan(x) below
/// 1.2e-9.
const ATAN_TAIL: [f32; 5] = [
    -3.3333334e-1,
    1.9999395e-1,
    -1.4258206e-1,
    1.0688502e-1,
    -6.292791e-2,
];

/// sin and cos of the remainder in [-pi/4, pi/4], and the number of quarter turns in the low bits
/// of `shifted`.
struct QuarterTurns<S: Simd> {
    shifted: Lanes<S>,
    sin: Lanes<S>,
    cos: Lanes<S>,
}

#[inline(always)]
fn quarter_turns<S: Simd>(x: Lanes<S>) -> QuarterTurns<S> {
    let shifted = x.mul_add(x.splat(std::f32::consts::FRAC_2_PI), x.splat(ROUNDER));
    let count = shifted - x.splat(ROUNDER);
    let r = count.exact_negate_mul_add(x.splat(PI_HALF_1), x);
    let r = count.exact_negate_mul_add(x.splat(PI_HALF_2), r);
    let r = count.exact_negate_mul_add(x.splat(PI_HALF_3), r);
    let square = r * r;
    let sin = (square * r).mul_add(square.polynomial(SIN_TAIL), r);
    let cos = square.mul_add(
        x.splat(-0.5),
        (square * square).mul_add(square.polynomial(COS_TAIL), x.splat(1.0)),
    );
    QuarterTurns { shifted, sin, cos }
}

/// sin and cos together, for |x| up to [`REDUCIBLE`].
#[inline(always)]
pub fn sin_cos<S: Simd>(x: Lanes<S>) -> (Lanes<S>, Lanes<S>) {
    let turns = quarter_turns(x);
    let even = turns.shifted.bits_miss(1);
    let sin_sign = turns.shifted.bits_and(2).bits_shift_left(30);
    let cos_sign = turns.shifted.bits_add(1).bits_and(2).bits_shift_left(30);
    let sin = even.select(turns.sin, turns.cos).flip_sign_by(sin_sign);
    let cos = even.select(turns.cos, turns.sin).flip_sign_by(cos_sign);
    (sin, cos)
}

/// The sine, for |x| up to [`REDUCIBLE`].
#[inline(always)]
pub fn sin<S: Simd>(x: Lanes<S>) -> Lanes<S> {
    sin_cos(x).0
}

/// The cosine, for |x| up to [`REDUCIBLE`].
#[inline(always)]
pub fn cos<S: Simd>(x: Lanes<S>) -> Lanes<S> {
    sin_cos(x).1
}

/// The tangent, for |x| up to [`REDUCIBLE`].
#[inline(always)]
pub fn tan<S: Simd>(x: Lanes<S>) -> Lanes<S> {
    let turns = quarter_turns(x);
    let even = turns.shifted.bits_miss(1);
    even.select(turns.sin, -turns.cos) / even.select(turns.cos, turns.sin)
}

/// The sine of any argument.
pub fn sin_of_huge(x: f32) -> f32 {
    libm::sin(f64::from(x)) as f32
}

/// The cosine of any argument.
pub fn cos_of_huge(x: f32) -> f32 {
    libm::cos(f64::from(x)) as f32
}

/// The tangent of any argument.
pub fn tan_of_huge(x: f32) -> f32 {
    libm::tan(f64::from(x)) as f32
}

/// sin(pi r) and cos(pi r) of a remainder in [-1/2, 1/2].
#[inline(always)]
fn half_turn<S: Simd>(r: Lanes<S>) -> (Lanes<S>, Lanes<S>) {
    let square = r * r;
    (
        r * square.polynomial(SIN_PI),
        square.mul_add(square.polynomial(COS_PI), r.splat(1.0)),
    )
}

/// |x| less its nearest integer (exact), and whether that integer is even.
#[inline(always)]
fn nearest_integer<S: Simd>(magnitude: Lanes<S>) -> (Lanes<S>, Mask<S>) {
    let shift = magnitude.splat(8_388_608.0);
    let integral = shift.less_equal(magnitude);
    // From 2^23 on every float is an integer, whose last bit is its parity until 2^24.
    let shifted = integral.select(magnitude, magnitude + shift);
    let integer = integral.select(magnitude, shifted - shift);
    let even = shifted.bits_miss(1) | (shift + shift).less_equal(magnitude);
    (magnitude - integer, even)
}

/// sin(pi x) / (pi x), 1 at 0 and 0 at the other integers.
#[inline(always)]
pub fn sinc<S: Simd>(x: Lanes<S>) -> Lanes<S> {
    let magnitude = x.abs();
    let (r, even) = nearest_integer(magnitude);
    let (sin, _) = half_turn(r);
    let y = even.select(sin, -sin) / (magnitude * x.splat(std::f32::consts::PI));
    magnitude.less(x.splat(1e-6)).select(x.splat(1.0), y)
}

/// The derivative of sinc, 0 at 0.
#[inline(always)]
pub fn sinc_slope<S: Simd>(x: Lanes<S>) -> Lanes<S> {
    let magnitude = x.abs();
    let (r, even) = nearest_integer(magnitude);
    let (sin, cos) = half_turn(r);
    let difference = cos - sin / (magnitude * x.splat(std::f32::consts::PI));
    let far = even.select(difference, -difference) / x;
    let near = x * (x * x).polynomial(SINC_SLOPE);
    magnitude.less(x.splat(1.0)).select(near, far)
}

/// asin of a in [0, 1/2].
#[inline(always)]
fn asin_near_zero<S: Simd>(a: Lanes<S>, square: Lanes<S>) -> Lanes<S> {
    (a * square).mul_add(square.polynomial(ASIN_TAIL), a)
}

/// The inverse sine.
#[inline(always)]
pub fn asin<S: Simd>(x: Lanes<S>) -> Lanes<S> {
    let a = x.abs();
    let far = x.splat(0.5).less(a);
    let half_rest = a.negate_mul_add(x.splat(0.5), x.splat(0.5));
    let square = far.select(half_rest, a * a);
    let y = asin_near_zero(far.select(half_rest.sqrt(), a), square);
    // pi/2 in two parts, the first of them exact.
    let mirrored = x.splat(PI_HALF_1) - (y + y - x.splat(PI_HALF_2));
    far.select(mirrored, y).with_sign_of(x)
}

/// The inverse cosine.
#[inline(always)]
pub fn acos<S: Simd>(x: Lanes<S>) -> Lanes<S> {
    let a = x.abs();
    let far = x.splat(0.5).less(a);
    let half_rest = a.negate_mul_add(x.splat(0.5), x.splat(0.5));
    let square = far.select(half_rest, a * a);
    let y = asin_near_zero(far.select(half_rest.sqrt(), a), square);
    let negative = x.less(x.splat(0.0));
    let near = x.splat(PI_HALF_1) - (negative.select(-y, y) - x.splat(PI_HALF_2));
    let twice = y + y;
    let mirrored = x.splat(2.0 * PI_HALF_1) - (twice - x.splat(2.0 * PI_HALF_2));
    far.select(negative.select(mirrored, twice), near)
}

/// The inverse tangent.
#[inline(always)]
pub fn atan<S: Simd>(x: Lanes<S>) -> Lanes<S> {
    let one = x.splat(1.0);
    let a = x.abs();
    let middle = x.splat(0.414_213_57).less(a);
    let far = x.splat(2.414_213_7).less(a);
    let numerator = far.select(-one, middle.select(a - one, a));
    let denominator = far.select(a, middle.select(a + one, one));
    let t = numerator / denominator;
    let square = t * t;
    let y = (t * square).mul_add(square.polynomial(ATAN_TAIL), t);
    let high = far.select(
        x.splat(PI_HALF_1),
        middle.select(x.splat(0.5 * PI_HALF_1), x.splat(0.0)),
    );
    let low = far.select(
        x.splat(PI_HALF_2),
        middle.select(x.splat(0.5 * PI_HALF_2), x.splat(0.0)),
    );
    (high + (y + low)).with_sign_of(x)
}
