//! Operations over maps, images x height x width x channels, whose gradients are right on every
//! device.

use candle_core::{Result, Tensor};

/// `made` with `residual` added.
pub fn add(made: Tensor, residual: Option<&Tensor>) -> Result<Tensor> {
    match residual {
        Some(residual) => made + residual,
        None => Ok(made),
    }
}

/// A convolution by weights of rows x columns x inputs x outputs.
pub fn convolution(
    input: &Tensor,
    weights: &Tensor,
    stride: usize,
    padding: usize,
) -> Result<Tensor> {
    let (kernel, _, inputs, outputs) = weights.dims4()?;
    if kernel == 1 && padding == 0 {
        let (images, height, width, _) = input.dims4()?;
        let [height, width] = [height, width].map(|side| (side - 1) / stride + 1);
        let read = places(&places(input, 1, 0, stride, height)?, 2, 0, stride, width)?;
        let made = read
            .reshape(((), inputs))?
            .matmul(&weights.reshape((inputs, outputs))?)?;
        return made.reshape((images, height, width, outputs));
    }
    let channels_first = input.permute((0, 3, 1, 2))?.contiguous()?;
    let made = channels_first.conv2d(
        &weights.permute((3, 2, 0, 1))?.contiguous()?,
        padding,
        stride,
        1,
        1,
    )?;
    made.permute((0, 2, 3, 1))?.contiguous()
}

/// The greatest element of each window, NaN where the window holds one; what the padding holds is
/// never the greatest. The first of equal elements, row by row, gets the gradient. (Candle's own
/// max-pooling has a wrong gradient: a share of it even where nothing is equal.)
pub fn max_pool(input: &Tensor, kernel: usize, stride: usize, padding: usize) -> Result<Tensor> {
    let padded = padded(&padded(input, 1, padding)?, 2, padding)?;
    let made = |side: usize| (side - kernel) / stride + 1;
    let (height, width) = (made(padded.dim(1)?), made(padded.dim(2)?));
    let mut greatest: Option<Tensor> = None;
    for row in 0..kernel {
        let rows = places(&padded, 1, row, stride, height)?;
        for column in 0..kernel {
            let next = places(&rows, 2, column, stride, width)?;
            greatest = Some(match greatest {
                None => next,
                Some(greatest) => {
                    let takes_over = next.gt(&greatest)?.maximum(&next.ne(&next)?)?;
                    takes_over.where_cond(&next, &greatest)?
                }
            });
        }
    }
    Ok(greatest.expect("a window has a place"))
}

/// The mean of all places.
pub fn average_pool(input: &Tensor) -> Result<Tensor> {
    let (images, height, width, channels) = input.dims4()?;
    input
        .reshape((images, height * width, channels))?
        .mean(1)?
        .reshape((images, 1, 1, channels))
}

/// Every `stride`-th place, with channels of zeros after its own.
pub fn subsample(input: &Tensor, stride: usize, outputs: usize) -> Result<Tensor> {
    let (_, height, width, channels) = input.dims4()?;
    let [height, width] = [height, width].map(|side| (side - 1) / stride + 1);
    let read = places(&places(input, 1, 0, stride, height)?, 2, 0, stride, width)?;
    if outputs == channels {
        return Ok(read);
    }
    let zeros = Tensor::zeros(
        (read.dim(0)?, height, width, outputs - channels),
        read.dtype(),
        read.device(),
    )?;
    Tensor::cat(&[&read, &zeros], 3)
}

/// `count` places along a dimension, from `first` in steps of `stride`.
fn places(
    input: &Tensor,
    dimension: usize,
    first: usize,
    stride: usize,
    count: usize,
) -> Result<Tensor> {
    if (first, stride, count) == (0, 1, input.dim(dimension)?) {
        return Ok(input.clone());
    }
    let indices: Vec<u32> = (0..count)
        .map(|place| (first + place * stride) as u32)
        .collect();
    input.index_select(
        &Tensor::from_vec(indices, count, input.device())?,
        dimension,
    )
}

/// The map with `padding` places of minus infinity at both ends of a dimension.
fn padded(input: &Tensor, dimension: usize, padding: usize) -> Result<Tensor> {
    if padding == 0 {
        return Ok(input.clone());
    }
    let mut shape = input.dims().to_vec();
    shape[dimension] = padding;
    let edge =
        Tensor::full(f64::NEG_INFINITY as f32, shape, input.device())?.to_dtype(input.dtype())?;
    Tensor::cat(&[&edge, input, &edge], dimension)
}
