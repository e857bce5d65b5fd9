//! erfc, sinc and the scaled Bessel functions in Candle operations, by series to the accuracy of
//! `f64`.

use candle_core::{Result, Tensor};

use super::piecewise::{branch, polynomial, with_sign_of};
use crate::series::{
    BESSEL_I0E_FAR, BESSEL_I0E_NEAR, BESSEL_I1E_FAR, BESSEL_I1E_NEAR, SCALED_ERFC,
};

/// A Chebyshev series at x in [-1, 1] by Clenshaw's recurrence.
fn chebyshev(x: &Tensor, coefficients: &[f64]) -> Result<Tensor> {
    let twice = (x * 2.0)?;
    let (mut b1, mut b2) = (x.zeros_like()?, x.zeros_like()?);
    for coefficient in coefficients[1..].iter().rev() {
        let b0 = ((&twice * &b1)? - &b2)?;
        b2 = b1;
        b1 = (b0 + *coefficient)?;
    }
    ((x * b1)? - b2)? + coefficients[0]
}

/// 1 - erf(x): from 1/2 on by a series times exp(-x^2), so that the tail keeps its relative
/// accuracy.
pub fn erfc(x: &Tensor) -> Result<Tensor> {
    let far = |x: &Tensor| {
        // Beyond 27 the result is 0 in `f64` too, and the square stays finite.
        let a = x.abs()?.minimum(30.0)?;
        // exp(-a^2) in two factors: the square of `coarse` is exact.
        let coarse = ((&a * 16.0)?.round()? * (1.0 / 16.0))?.detach();
        let fine = ((&a - &coarse)? * (&a + &coarse)?)?;
        let bell = (coarse.sqr()?.neg()?.exp()? * fine.neg()?.exp()?)?;
        let p = (&a - 2.0)?.div(&(&a + 2.0)?)?;
        let tail = (bell * chebyshev(&p, &SCALED_ERFC)?)?.div(&((&a * 2.0)? + 1.0)?)?;
        x.lt(0.0)?.where_cond(&(2.0 - &tail)?, &tail)
    };
    branch(x, &x.abs()?.lt(0.5)?, [0.0, 1.0], |x| 1.0 - x.erf()?, far)
}

/// sin(pi x) and cos(pi x), from the remainder of x to the nearest integer: so that integers give 0
/// and 1 or -1.
fn sin_cos_of_half_turns(x: &Tensor) -> Result<(Tensor, Tensor)> {
    let integer = x.round()?.detach();
    let odd = (&integer - ((&integer * 0.5)?.round()? * 2.0)?)?.abs()?;
    let sign = (1.0 - (odd * 2.0)?)?;
    let angle = ((x - integer)? * std::f64::consts::PI)?;
    Ok(((angle.sin()? * &sign)?, (angle.cos()? * sign)?))
}

/// sin(pi x) / (pi x): by its series near 0, so that its gradient does not cancel there.
pub fn sinc(x: &Tensor) -> Result<Tensor> {
    let near = |x: &Tensor| {
        let mut term = 1.0;
        let coefficients: [f64; 10] = std::array::from_fn(|k| {
            let now = term;
            term /= -(((2 * k + 2) * (2 * k + 3)) as f64);
            now
        });
        polynomial(&(x * std::f64::consts::PI)?.sqr()?, &coefficients)
    };
    let far = |x: &Tensor| {
        sin_cos_of_half_turns(x)?
            .0
            .div(&(x * std::f64::consts::PI)?)
    };
    branch(x, &x.abs()?.lt(0.25)?, [0.0, 0.5], near, far)
}

/// The derivative of sinc.
pub fn sinc_slope(x: &Tensor) -> Result<Tensor> {
    let near = |x: &Tensor| {
        let mut term = 1.0;
        let coefficients: [f64; 14] = std::array::from_fn(|k| {
            term /= -(((2 * k + 2) * (2 * k + 3)) as f64);
            (2 * k + 2) as f64 * term
        });
        let angle = (x * std::f64::consts::PI)?;
        (polynomial(&angle.sqr()?, &coefficients)? * angle)? * std::f64::consts::PI
    };
    let far = |x: &Tensor| {
        let (sin, cos) = sin_cos_of_half_turns(x)?;
        (cos - sin.div(&(x * std::f64::consts::PI)?)?)?.div(x)
    };
    branch(x, &x.abs()?.lt(1.0)?, [0.0, 1.0], near, far)
}

/// Of |x|: a Chebyshev series in x/4 - 1 up to 8, one in 16/x - 1 over sqrt(x) beyond.
fn scaled_bessel(
    magnitude: &Tensor,
    near: impl FnOnce(&Tensor) -> Result<Tensor>,
    far: &[f64],
) -> Result<Tensor> {
    let far = |a: &Tensor| chebyshev(&((a.recip()? * 16.0)? - 1.0)?, far)?.div(&a.sqrt()?);
    branch(magnitude, &magnitude.le(8.0)?, [0.0, 8.0], near, far)
}

/// exp(-|x|) I0(x).
pub fn bessel_i0e(x: &Tensor) -> Result<Tensor> {
    scaled_bessel(
        &x.abs()?,
        |a| chebyshev(&((a * 0.25)? - 1.0)?, &BESSEL_I0E_NEAR),
        &BESSEL_I0E_FAR,
    )
}

/// exp(-|x|) I1(x).
pub fn bessel_i1e(x: &Tensor) -> Result<Tensor> {
    let near = |a: &Tensor| chebyshev(&((a * 0.25)? - 1.0)?, &BESSEL_I1E_NEAR)? * a;
    with_sign_of(x, &scaled_bessel(&x.abs()?, near, &BESSEL_I1E_FAR)?)
}
