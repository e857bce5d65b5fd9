//! x^y in Candle operations.

use candle_core::{DType, Result, Tensor};

use super::piecewise::constant;

/// x^y for a constant y: Candle's own, whose values and slopes are right for every base.
pub fn by_constant(x: &Tensor, exponent: f64) -> Result<Tensor> {
    if exponent == 0.0 {
        return x.ones_like();
    }
    x.powf(exponent)
}

/// x^y as exp(y log|x|) in `f64` where the device has it, with the sign and the special values of
/// IEEE 754's `pow`.
pub fn power(x: &Tensor, y: &Tensor) -> Result<Tensor> {
    if x.device().is_metal() {
        return by_logarithm(x, y);
    }
    let wide = |tensor: &Tensor| tensor.to_dtype(DType::F64);
    by_logarithm(&wide(x)?, &wide(y)?)?.to_dtype(x.dtype())
}

fn by_logarithm(x: &Tensor, y: &Tensor) -> Result<Tensor> {
    let (zero, one, nan) = (constant(x, 0.0)?, constant(x, 1.0)?, constant(x, f64::NAN)?);
    let infinity = constant(x, f64::INFINITY)?;
    let a = x.abs()?;
    let both = |a: &Tensor, b: &Tensor| a * b;
    let either = |a: &Tensor, b: &Tensor| a.maximum(b);

    let endless_base = either(&a.eq(0.0)?, &a.eq(f64::INFINITY)?)?;
    let endless = either(&endless_base, &y.abs()?.eq(f64::INFINITY)?)?;
    let safe_base = endless.where_cond(&one, &a)?;
    let safe_exponent = endless.where_cond(&one, y)?;
    let finite = (safe_exponent * safe_base.log()?)?.exp()?;
    let grows = either(
        &both(&a.gt(1.0)?, &y.gt(0.0)?)?,
        &both(&a.lt(1.0)?, &y.lt(0.0)?)?,
    )?;
    let magnitude = endless.where_cond(&grows.where_cond(&infinity, &zero)?, &finite)?;

    let integer = y.floor()?.eq(y)?;
    let odd = both(&integer, &((y * 0.5)?.floor()? * 2.0)?.ne(y)?)?;
    // The sign of a zero base shows in its reciprocal.
    let negative = x.recip()?.lt(0.0)?;
    let signed =
        both(&odd, &either(&negative, &x.lt(0.0)?)?)?.where_cond(&magnitude.neg()?, &magnitude)?;
    let undefined = both(
        &both(&x.lt(0.0)?, &y.floor()?.ne(y)?)?,
        &a.ne(f64::INFINITY)?,
    )?;
    let undefined = either(&undefined, &either(&x.ne(x)?, &y.ne(y)?)?)?;
    let value = undefined.where_cond(&nan, &signed)?;
    let unit = both(
        &a.eq(1.0)?,
        &either(&x.eq(1.0)?, &y.abs()?.eq(f64::INFINITY)?)?,
    )?;
    either(&unit, &y.eq(0.0)?)?.where_cond(&one, &value)
}
