//! The error function, its complement, and the scaled modified Bessel functions of order 0 and 1.
//!
//! The tables are polynomials, lowest coefficient first. Each states its argument, its degree and
//! the error of the polynomial alone, which scripts/kernel_tables.py measures. That script also
//! makes the tables marked as refitted again, to the last bit: polynomials of least error, of which
//! the lowest coefficient was rounded to 32 bits and fixed, and the rest fitted again.

use super::exponential::{exp_of_remainder, power_of_two, reduce, scale_down};
use super::lanes::Lanes;
use crate::vector::Simd;

/// erf(x)/x - 1 for |x| <= 1, in x^2, degree 6. Relative error of erf(x) below 1.5e-9.
/// Refitted.
const ERF_TAIL: [f32; 7] = [
    1.2837917e-1,
    -3.7612626e-1,
    1.1283579e-1,
    -2.6853347e-2,
    5.187162e-3,
    -7.997853e-4,
    7.806904e-5,
];
/// log(erfc(x)) for x from 1 to 4, degree 7. Relative error of 1 - erfc(x) below 2.6e-11.
const LOG_ERFC: [f32; 8] = [
    1.884681e-4,
    -1.1295803,
    -6.332166e-1,
    -1.0842171e-1,
    2.520999e-2,
    -4.2051105e-3,
    4.4142784e-4,
    -2.169299e-5,
];
/// erfc(x) exp(x^2) (1 + 2x) for x from 0 to 10.15, in (x - 2)/(x + 2), degree 11. Relative error
/// below 1.6e-8.
const SCALED_ERFC: [f32; 12] = [
    1.2769784,
    -9.2763714e-2,
    -1.660297e-1,
    1.6404822e-1,
    -5.423026e-2,
    -8.012542e-3,
    8.778312e-3,
    1.2206011e-3,
    -1.5841121e-3,
    -4.2426772e-4,
    3.0751977e-4,
    1.5183855e-4,
];
/// I0(x) for |x| <= 8, in (x/8)^2, degree 10: all terms are positive, so nothing cancels. Relative
/// error below 5.0e-10. Refitted.
const I0: [f32; 11] = [
    1.0,
    16.0,
    64.0,
    113.77775,
    113.77851,
    72.81085,
    32.396915,
    10.4756365,
    2.7910955,
    3.8231266e-1,
    1.5104425e-1,
];
/// I1(x)/x for |x| <= 8, in (x/8)^2, degree 9. Relative error below 1.3e-7.
const I1: [f32; 10] = [
    0.5,
    4.0,
    10.666_666,
    14.22236,
    11.376252,
    6.076484,
    2.2864125,
    7.047624e-1,
    1.02626204e-1,
    4.8582636e-2,
];
/// exp(-x) I0(x) sqrt(x) for x >= 8, in 1/x, degree 5. Relative error below 4.7e-8.
const I0_FAR: [f32; 6] = [
    3.9894226e-1,
    4.9875677e-2,
    2.7497033e-2,
    4.3029267e-2,
    -1.0029284e-1,
    6.6983384e-1,
];
/// exp(-x) I1(x) sqrt(x) for x >= 8, in 1/x, degree 5. Relative error below 2.9e-8.
const I1_FAR: [f32; 6] = [
    3.989423e-1,
    -1.4960843e-1,
    -4.637566e-2,
    -5.08337e-2,
    5.407729e-2,
    -5.98983e-1,
];

/// e^x for x in [-87, 0].
#[inline(always)]
fn exp_of_negative<S: Simd>(x: Lanes<S>) -> Lanes<S> {
    let reduced = reduce(x);
    exp_of_remainder(reduced.remainder) * power_of_two(reduced.shifted, 0)
}

/// The error function.
#[inline(always)]
pub fn erf<S: Simd>(x: Lanes<S>) -> Lanes<S> {
    let a = x.abs();
    let near = x.mul_add((x * x).polynomial(ERF_TAIL), x);
    let limited = a.at_most(x.splat(4.0));
    let far = x.splat(1.0) - exp_of_negative(limited.polynomial(LOG_ERFC));
    a.less(x.splat(1.0)).select(near, far.with_sign_of(x))
}

/// 1 - erf(x), with its relative accuracy kept down to underflow.
#[inline(always)]
pub fn erfc<S: Simd>(x: Lanes<S>) -> Lanes<S> {
    // At the bound the result rounds to 0.
    let a = x.abs().at_most(x.splat(10.15));
    let square = a * a;
    let lost = a.exact_mul_add(a, -square);
    let reduced = reduce(-square);
    let mantissa = exp_of_remainder(reduced.remainder - lost);
    let p = (a - x.splat(2.0)) / (a + x.splat(2.0));
    let y = scale_down(
        mantissa * p.polynomial(SCALED_ERFC) / (a + a + x.splat(1.0)),
        reduced.shifted,
    );
    x.less(x.splat(0.0)).select(x.splat(2.0) - y, y)
}

#[inline(always)]
fn scaled_bessel<S: Simd>(a: Lanes<S>, near: Lanes<S>, far: [f32; 6]) -> Lanes<S> {
    let bound = a.splat(8.0);
    let near = near * exp_of_negative(-a.at_most(bound));
    let inverse = a.splat(1.0) / a;
    bound
        .less(a)
        .select(inverse.polynomial(far) * inverse.sqrt(), near)
}

/// exp(-|x|) I0(x).
#[inline(always)]
pub fn bessel_i0e<S: Simd>(x: Lanes<S>) -> Lanes<S> {
    let eighth = x * x.splat(0.125);
    scaled_bessel(x.abs(), (eighth * eighth).polynomial(I0), I0_FAR)
}

/// exp(-|x|) I1(x).
#[inline(always)]
pub fn bessel_i1e<S: Simd>(x: Lanes<S>) -> Lanes<S> {
    let a = x.abs();
    let eighth = x * x.splat(0.125);
    scaled_bessel(a, a * (eighth * eighth).polynomial(I1), I1_FAR).with_sign_of(x)
}
