//! Elementary functions that Candle lacks, composed of those it has, each accurate near the points
//! where the plain formula cancels.

use candle_core::{Result, Tensor};

use super::piecewise::{branch, constant, polynomial, with_sign_of};

/// The square root, with slope 0 at 0.
pub fn sqrt(x: &Tensor) -> Result<Tensor> {
    let zero = x.eq(0.0)?;
    let one = constant(x, 1.0)?;
    zero.where_cond(&x.detach(), &zero.where_cond(&one, x)?.sqrt()?)
}

/// e^x - 1: through tanh(x/2) near 0, where tanh is accurate.
pub fn expm1(x: &Tensor) -> Result<Tensor> {
    let near = |x: &Tensor| {
        let t = (x * 0.5)?.tanh()?;
        (&t * 2.0)?.div(&(1.0 - &t)?)
    };
    branch(x, &x.abs()?.lt(1.0)?, [0.0, 1.0], near, |x| x.exp()? - 1.0)
}

/// log(1 + x): near 0 by the series of 2 artanh(x / (2 + x)).
pub fn log1p(x: &Tensor) -> Result<Tensor> {
    let near = |x: &Tensor| {
        let s = x.div(&(x + 2.0)?)?;
        let coefficients: [f64; 11] = std::array::from_fn(|k| 2.0 / (2 * k + 1) as f64);
        polynomial(&s.sqr()?, &coefficients)? * s
    };
    branch(x, &x.abs()?.lt(0.25)?, [0.0, 1.0], near, |x| {
        (x + 1.0)?.log()
    })
}

/// 1 / (1 + e^-x), without an exponential that overflows.
pub fn sigmoid(x: &Tensor) -> Result<Tensor> {
    let small = x.abs()?.neg()?.exp()?;
    let lower = small.div(&(&small + 1.0)?)?;
    let upper = (&small + 1.0)?.recip()?;
    x.lt(0.0)?.where_cond(&lower, &upper)
}

/// The hyperbolic sine: 2t / (1 - t^2) with t = tanh(x/2) near 0; the exponential in two factors
/// elsewhere, so that it overflows no earlier than the result.
pub fn sinh(x: &Tensor) -> Result<Tensor> {
    let near = |x: &Tensor| {
        let t = (x * 0.5)?.tanh()?;
        (&t * 2.0)?.div(&(1.0 - t.sqr()?)?)
    };
    let far = |x: &Tensor| {
        let root = (x.abs()? * 0.5)?.exp()?;
        with_sign_of(
            x,
            &((&root * 0.5)? * &root)?.sub(&(root.recip()?.sqr()? * 0.5)?)?,
        )
    };
    branch(x, &x.abs()?.lt(1.0)?, [0.0, 1.0], near, far)
}

/// The hyperbolic cosine.
pub fn cosh(x: &Tensor) -> Result<Tensor> {
    let root = (x.abs()? * 0.5)?.exp()?;
    ((&root * 0.5)? * &root)? + (root.recip()?.sqr()? * 0.5)?
}

/// The inverse tangent: three halvings of the angle, then its series.
pub fn atan(x: &Tensor) -> Result<Tensor> {
    let halved = |x: &Tensor| x.div(&((x.sqr()? + 1.0)?.sqrt()? + 1.0)?);
    let inside = |x: &Tensor| {
        let t = halved(&halved(&halved(x)?)?)?;
        let coefficients: [f64; 9] =
            std::array::from_fn(|k| 8.0 * if k % 2 == 0 { 1.0 } else { -1.0 } / (2 * k + 1) as f64);
        polynomial(&t.sqr()?, &coefficients)? * t
    };
    let outside = |x: &Tensor| {
        let quarter = with_sign_of(x, &constant(x, std::f64::consts::FRAC_PI_2)?)?;
        quarter - inside(&x.recip()?)?
    };
    branch(x, &x.abs()?.le(1.0)?, [0.0, 2.0], inside, outside)
}

/// The inverse sine.
pub fn asin(x: &Tensor) -> Result<Tensor> {
    let adjacent = ((1.0 - x)? * (x + 1.0)?)?.sqrt()?;
    atan(&x.div(&adjacent)?)
}

/// The inverse cosine, accurate near 1.
pub fn acos(x: &Tensor) -> Result<Tensor> {
    let tangent_of_half = (1.0 - x)?.div(&(x + 1.0)?)?.sqrt()?;
    atan(&tangent_of_half)? * 2.0
}

/// From here on 1 is nothing beside x^2 in `f64`.
const LARGE: f64 = 1e8;

/// The inverse hyperbolic sine.
pub fn asinh(x: &Tensor) -> Result<Tensor> {
    let magnitude = x.abs()?;
    let near = |a: &Tensor| {
        let rest = a.sqr()?.div(&((a.sqr()? + 1.0)?.sqrt()? + 1.0)?)?;
        log1p(&(a + rest)?)
    };
    let value = branch(&magnitude, &magnitude.lt(LARGE)?, [0.0, LARGE], near, |a| {
        a.log()? + std::f64::consts::LN_2
    })?;
    with_sign_of(x, &value)
}

/// The inverse hyperbolic cosine.
pub fn acosh(x: &Tensor) -> Result<Tensor> {
    let near = |x: &Tensor| {
        let t = (x - 1.0)?;
        let root = (t.sqrt()? * (&t + 2.0)?.sqrt()?)?;
        log1p(&(t + root)?)
    };
    branch(x, &x.lt(LARGE)?, [2.0, LARGE], near, |x| {
        x.log()? + std::f64::consts::LN_2
    })
}

/// The nearest whole number, the even one of two: Candle's own goes away from 0.
pub fn round_ties_even(x: &Tensor) -> Result<Tensor> {
    let below = x.floor()?;
    let rest = (x - &below)?;
    let above = (&below + 1.0)?;
    let even = ((&below * 0.5)?.floor()? * 2.0)?.eq(&below)?;
    let at_half = even.where_cond(&below, &above)?;
    rest.lt(0.5)?
        .where_cond(&below, &rest.gt(0.5)?.where_cond(&above, &at_half)?)
}
