//! Reductions and rolls of a tensor of rows x features, or of many such tensors side by side.

use candle_core::{Result, Tensor, D};

use crate::graph::{Axis, Reduction};

/// A reduction, its result at every element that it ran over. Rows and features are the last two
/// axes; one before them keeps tensors apart.
pub fn reduce(reduction: Reduction, axis: Axis, x: &Tensor) -> Result<Tensor> {
    let (rows, features) = (x.dim(D::Minus2)?, x.dim(D::Minus1)?);
    let last = x.rank() - 1;
    let (lines, dimension) = match axis {
        Axis::Features => (x.clone(), last),
        Axis::Batch => (x.clone(), last - 1),
        Axis::Tensor => {
            let mut whole = x.dims().to_vec();
            (whole[last - 1], whole[last]) = (1, rows * features);
            (x.reshape(whole)?, last)
        }
    };
    let reduced = match reduction {
        Reduction::Sum => lines.sum_keepdim(dimension)?,
        Reduction::Mean => lines.mean_keepdim(dimension)?,
        Reduction::Min => shared(&lines, &lines.detach().min_keepdim(dimension)?, dimension)?,
        Reduction::Max => shared(&lines, &lines.detach().max_keepdim(dimension)?, dimension)?,
    };
    // Contiguous, since Candle's operations on broadcast tensors differ in what they take.
    reduced.broadcast_as(x.shape())?.contiguous()
}

/// The `extreme` of each line as the mean of the elements that reach it, so that they share its
/// gradient (Candle's own gives all of it to each); NaN where an element is.
fn shared(lines: &Tensor, extreme: &Tensor, dimension: usize) -> Result<Tensor> {
    let zeros = lines.zeros_like()?;
    let undefined = lines
        .ne(lines)?
        .where_cond(&lines.detach(), &zeros)?
        .sum_keepdim(dimension)?;
    if !lines.track_op() {
        // To the bit, unlike a mean: an adjoint asks which elements equal it.
        return extreme + undefined;
    }
    let reaches = lines.broadcast_eq(extreme)?;
    let count = reaches.to_dtype(lines.dtype())?.sum_keepdim(dimension)?;
    let sum = reaches.where_cond(lines, &zeros)?.sum_keepdim(dimension)?;
    (sum / count)? + undefined
}

/// The features, which are the last axis, moved `places` to the right, around the end of their row.
pub fn roll(places: i32, x: &Tensor) -> Result<Tensor> {
    let features = x.dim(D::Minus1)?;
    let places = i64::from(places).rem_euclid(features as i64) as usize;
    if places == 0 {
        return Ok(x.clone());
    }
    Tensor::cat(
        &[
            x.narrow(D::Minus1, features - places, places)?,
            x.narrow(D::Minus1, 0, features - places)?,
        ],
        D::Minus1,
    )
}
