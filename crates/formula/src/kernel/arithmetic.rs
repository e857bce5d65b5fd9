//! Signs, comparisons, minimum, maximum and choice.

use super::lanes::Lanes;
use crate::vector::Simd;

/// -1, 0 or 1; NaN stays.
#[inline(always)]
pub fn sign<S: Simd>(x: Lanes<S>) -> Lanes<S> {
    let zero = x.splat(0.0);
    let y = x.less(zero).select(x.splat(-1.0), x);
    zero.less(x).select(x.splat(1.0), y)
}

/// The nearest whole number, the even one of two.
#[inline(always)]
pub fn round<S: Simd>(x: Lanes<S>) -> Lanes<S> {
    let magnitude = x.abs();
    // From here on every number is whole.
    let shift = x.splat(8_388_608.0);
    let rounded = (magnitude + shift) - shift;
    magnitude
        .less(shift)
        .select(rounded, magnitude)
        .with_sign_of(x)
}

/// The largest whole number that is not above x.
#[inline(always)]
pub fn floor<S: Simd>(x: Lanes<S>) -> Lanes<S> {
    let rounded = round(x);
    x.less(rounded).select(rounded - x.splat(1.0), rounded)
}

/// 1/x.
#[inline(always)]
pub fn reciprocal<S: Simd>(x: Lanes<S>) -> Lanes<S> {
    x.splat(1.0) / x
}

/// The lesser; NaN where either is NaN.
#[inline(always)]
pub fn min<S: Simd>(a: Lanes<S>, b: Lanes<S>) -> Lanes<S> {
    a.is_nan().select(a, b.at_most(a))
}

/// The greater; NaN where either is NaN.
#[inline(always)]
pub fn max<S: Simd>(a: Lanes<S>, b: Lanes<S>) -> Lanes<S> {
    a.is_nan().select(a, b.at_least(a))
}

/// 1 where a < b, else 0.
#[inline(always)]
pub fn less<S: Simd>(a: Lanes<S>, b: Lanes<S>) -> Lanes<S> {
    a.less(b).select(a.splat(1.0), a.splat(0.0))
}

/// 1 where a <= b, else 0.
#[inline(always)]
pub fn less_equal<S: Simd>(a: Lanes<S>, b: Lanes<S>) -> Lanes<S> {
    a.less_equal(b).select(a.splat(1.0), a.splat(0.0))
}

/// 1 where a = b, else 0.
#[inline(always)]
pub fn equal<S: Simd>(a: Lanes<S>, b: Lanes<S>) -> Lanes<S> {
    a.equal(b).select(a.splat(1.0), a.splat(0.0))
}

/// 1 where a and b differ or either is NaN, else 0.
#[inline(always)]
pub fn not_equal<S: Simd>(a: Lanes<S>, b: Lanes<S>) -> Lanes<S> {
    a.equal(b).select(a.splat(0.0), a.splat(1.0))
}

/// `otherwise` where the condition is 0, else `then`.
#[inline(always)]
pub fn select<S: Simd>(condition: Lanes<S>, then: Lanes<S>, otherwise: Lanes<S>) -> Lanes<S> {
    condition
        .equal(condition.splat(0.0))
        .select(otherwise, then)
}
