//! x^y, through a logarithm to base 2 in two floats. scripts/kernel_tables.py measures the
//! errors that are stated of the tables.

use super::exponential::scale;
use super::lanes::{Lanes, Mask};
use super::logarithm::{split, Split};
use crate::vector::Simd;

/// Adding and taking away 1.5 * 2^23 rounds to the nearest integer.
const ROUNDER: f32 = 12_582_912.0;
/// (2^r - 1) / r for |r| <= 1/2, degree 5. Relative error of 2^r below 1.3e-8.
const EXP2_TAIL: [f32; 6] = [
    std::f32::consts::LN_2,
    2.4022594e-1,
    5.5503663e-2,
    9.625445e-3,
    1.3387928e-3,
    1.3332517e-4,
];
/// What follows 2s + (2/3) s^3 in log((1 + s) / (1 - s)), over s^5, in s^2, degree 2: the terms
/// 2/5, 2/7 and 2/9 of the series. For |s| <= 3 - 2 sqrt(2) the relative error of the logarithm is
/// below 2.1e-9.
const LOG_RATIO_TAIL: [f32; 3] = [0.4, 0.285_714_3, 0.222_222_22];
/// 2/3 and log2(e) beyond 32 bits: what the nearest numbers leave.
const TWO_THIRDS: f32 = 0.666_666_7;
const TWO_THIRDS_LOW: f32 = -1.986_821_5e-8;
const LOG2_E_LOW: f32 = 1.925_963e-8;

/// The unevaluated sum of two floats, the second much smaller than the first.
#[derive(Clone, Copy)]
struct TwoFloats<S: Simd> {
    high: Lanes<S>,
    low: Lanes<S>,
}

impl<S: Simd> TwoFloats<S> {
    /// `a + b + rest`, where |a| >= |b| or a = 0.
    #[inline(always)]
    fn sum(a: Lanes<S>, b: Lanes<S>, rest: Lanes<S>) -> Self {
        let high = a + b;
        TwoFloats {
            high,
            low: (b - (high - a)) + rest,
        }
    }

    #[inline(always)]
    fn product(self, other: Self) -> Self {
        let high = self.high * other.high;
        let lost = self.high.exact_mul_add(other.high, -high);
        TwoFloats {
            high,
            low: self
                .high
                .mul_add(other.low, self.low.mul_add(other.high, lost)),
        }
    }
}

/// log2(x) of a positive finite x, with an absolute error of about 2^-30.
#[inline(always)]
fn log2<S: Simd>(x: Lanes<S>) -> TwoFloats<S> {
    let Split { mantissa, exponent } = split(x);
    let f = mantissa - x.splat(1.0);
    let denominator = mantissa + x.splat(1.0);
    let denominator_low = mantissa - (denominator - x.splat(1.0));
    let ratio = f / denominator;
    let lost = (-ratio).exact_mul_add(denominator, f);
    let s = TwoFloats {
        high: ratio,
        low: ratio.negate_mul_add(denominator_low, lost) / denominator,
    };
    let square = s.product(s);
    let tail = square.high * square.high.polynomial(LOG_RATIO_TAIL);
    let factor = TwoFloats::sum(x.splat(TWO_THIRDS), tail, x.splat(TWO_THIRDS_LOW));
    let cubic = square.product(s).product(factor);
    let log = TwoFloats::sum(s.high + s.high, cubic.high, s.low + s.low + cubic.low);
    let log = log.product(TwoFloats {
        high: x.splat(std::f32::consts::LOG2_E),
        low: x.splat(LOG2_E_LOW),
    });
    TwoFloats::sum(exponent, log.high, log.low)
}

/// Whether y is an integer, and whether it is an odd one.
#[inline(always)]
fn parity<S: Simd>(y: Lanes<S>) -> (Mask<S>, Mask<S>) {
    let magnitude = y.abs();
    let shift = y.splat(8_388_608.0);
    let integral = shift.less_equal(magnitude);
    let shifted = integral.select(magnitude, magnitude + shift);
    let integer = integral.select(magnitude, shifted - shift).equal(magnitude);
    (
        integer,
        integer & magnitude.less(shift + shift) & !shifted.bits_miss(1),
    )
}

/// x^y with the special values of IEEE 754's `pow`: x^0 = 1^y = 1 even for NaN, 0^-1 infinite, NaN
/// for a negative x and a y that is no integer.
#[inline(always)]
pub fn power<S: Simd>(x: Lanes<S>, y: Lanes<S>) -> Lanes<S> {
    let zero = x.splat(0.0);
    let one = x.splat(1.0);
    let infinity = x.splat(f32::INFINITY);
    let a = x.abs();
    let log = log2(a);
    let exponent = y * log.high;
    let low = y.exact_mul_add(log.high, -exponent) + y * log.low;
    let count = (exponent + x.splat(ROUNDER)) - x.splat(ROUNDER);
    let r = (exponent - count) + low;
    let magnitude = scale(r.mul_add(r.polynomial(EXP2_TAIL), one), count);
    let magnitude = x.splat(130.0).less(exponent).select(infinity, magnitude);
    let magnitude = exponent.less(x.splat(-160.0)).select(zero, magnitude);

    // Where x or y is zero or infinite, the result is 0, 1 or infinite by the sides on which x and
    // y lie.
    let endless = a.equal(zero) | a.equal(infinity) | y.abs().equal(infinity);
    let grows = (one.less(a) & zero.less(y)) | (a.less(one) & y.less(zero));
    let magnitude = endless.select(grows.select(infinity, zero), magnitude);
    let (integer, odd) = parity(y);
    let signed = odd.select(magnitude.flip_sign_by(x.bits_and(0x8000_0000)), magnitude);
    let undefined =
        (x.less(zero) & !integer & x.less_equal(x.splat(f32::MAX)) & !a.equal(infinity))
            | x.is_nan()
            | y.is_nan();
    let value = undefined.select(x.splat(f32::NAN), signed);
    (y.equal(zero) | a.equal(one) & (x.equal(one) | y.abs().equal(infinity))).select(one, value)
}

/// x^2.
#[inline(always)]
pub fn square<S: Simd>(x: Lanes<S>) -> Lanes<S> {
    x * x
}

/// x^3.
#[inline(always)]
pub fn cube<S: Simd>(x: Lanes<S>) -> Lanes<S> {
    x * x * x
}

/// x^4.
#[inline(always)]
pub fn fourth_power<S: Simd>(x: Lanes<S>) -> Lanes<S> {
    let square = x * x;
    square * square
}
