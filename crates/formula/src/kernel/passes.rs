//! Whole-tensor passes: reductions and rolls of tensors whose elements stand row by row.
//!
//! Sums are taken in `f64`, in an order that the shape alone decides, so that every instruction set
//! gives the same bits.

use crate::graph::{Axis, Reduction};
use crate::reference::Shape;
use crate::vector::{Simd, WithSimd};

/// Elements that a reduction takes at a time, each into a partial result of its own.
pub const WIDTH: usize = 16;

/// `out = the reduction of x`, at every element of `out`, which may have fewer rows than x where
/// the axis is the batch or the tensor.
pub struct Reduce<'a> {
    pub reduction: Reduction,
    pub axis: Axis,
    pub shape: Shape,
    pub x: &'a [f32],
    pub out: &'a mut [f32],
}

impl WithSimd for Reduce<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        match self.reduction {
            Reduction::Sum => self.over::<Sum>(|sum, _| sum as f32),
            Reduction::Mean => self.over::<Sum>(|sum, count| (sum / count as f64) as f32),
            Reduction::Min => self.over::<Least>(|least, _| least),
            Reduction::Max => self.over::<Greatest>(|greatest, _| greatest),
        }
    }
}

/// How a reduction gathers elements.
trait Gather {
    type Partial: Copy;
    const EMPTY: Self::Partial;
    fn take(partial: Self::Partial, x: f32) -> Self::Partial;
    fn join(a: Self::Partial, b: Self::Partial) -> Self::Partial;
}

struct Sum;

impl Gather for Sum {
    type Partial = f64;
    const EMPTY: f64 = 0.0;

    #[inline(always)]
    fn take(sum: f64, x: f32) -> f64 {
        sum + f64::from(x)
    }

    #[inline(always)]
    fn join(a: f64, b: f64) -> f64 {
        a + b
    }
}

struct Least;

impl Gather for Least {
    type Partial = f32;
    const EMPTY: f32 = f32::INFINITY;

    #[inline(always)]
    fn take(least: f32, x: f32) -> f32 {
        // A NaN on either side stays.
        if x < least || x.is_nan() {
            x
        } else {
            least
        }
    }

    #[inline(always)]
    fn join(a: f32, b: f32) -> f32 {
        Least::take(a, b)
    }
}

struct Greatest;

impl Gather for Greatest {
    type Partial = f32;
    const EMPTY: f32 = f32::NEG_INFINITY;

    #[inline(always)]
    fn take(greatest: f32, x: f32) -> f32 {
        if x > greatest || x.is_nan() {
            x
        } else {
            greatest
        }
    }

    #[inline(always)]
    fn join(a: f32, b: f32) -> f32 {
        Greatest::take(a, b)
    }
}

impl Reduce<'_> {
    #[inline(always)]
    fn over<G: Gather>(self, finish: impl Fn(G::Partial, usize) -> f32) {
        let Shape { rows, features } = self.shape;
        match self.axis {
            Axis::Tensor => {
                let result = finish(line::<G>(self.x), self.x.len());
                self.out.fill(result);
            }
            Axis::Features => {
                for (x, out) in self
                    .x
                    .chunks_exact(features)
                    .zip(self.out.chunks_exact_mut(features))
                {
                    out.fill(finish(line::<G>(x), features));
                }
            }
            Axis::Batch => {
                for first in (0..features).step_by(WIDTH) {
                    let width = WIDTH.min(features - first);
                    let mut results = [0.0; WIDTH];
                    // A width known to the compiler makes vectors of the partial results.
                    let partials = if width == WIDTH {
                        columns::<G>(self.x, features, first, WIDTH)
                    } else {
                        columns::<G>(self.x, features, first, width)
                    };
                    for (result, partial) in results.iter_mut().zip(partials) {
                        *result = finish(partial, rows);
                    }
                    for out in self.out.chunks_exact_mut(features) {
                        out[first..first + width].copy_from_slice(&results[..width]);
                    }
                }
            }
        }
    }
}

/// All of a line, joined pairwise from partial results.
#[inline(always)]
fn line<G: Gather>(x: &[f32]) -> G::Partial {
    let mut partials = [G::EMPTY; WIDTH];
    take::<G>(x, &mut partials);
    join::<G>(partials)
}

#[inline(always)]
fn take<G: Gather>(x: &[f32], partials: &mut [G::Partial; WIDTH]) {
    let (chunks, rest) = x.as_chunks::<WIDTH>();
    for chunk in chunks {
        for i in 0..WIDTH {
            partials[i] = G::take(partials[i], chunk[i]);
        }
    }
    for (partial, x) in partials.iter_mut().zip(rest) {
        *partial = G::take(*partial, *x);
    }
}

#[inline(always)]
fn join<G: Gather>(mut partials: [G::Partial; WIDTH]) -> G::Partial {
    let mut width = WIDTH;
    while width > 1 {
        width /= 2;
        for i in 0..width {
            partials[i] = G::join(partials[i], partials[i + width]);
        }
    }
    partials[0]
}

/// The features from `first` on, `width` of them, each over all rows.
#[inline(always)]
fn columns<G: Gather>(
    x: &[f32],
    features: usize,
    first: usize,
    width: usize,
) -> [G::Partial; WIDTH] {
    let mut partials = [G::EMPTY; WIDTH];
    for row in x.chunks_exact(features) {
        for (partial, x) in partials[..width].iter_mut().zip(&row[first..first + width]) {
            *partial = G::take(*partial, *x);
        }
    }
    partials
}

/// Adds the elements of x to partial sums; x but the last of a tensor is a multiple of [`WIDTH`]
/// long. [`total`] joins them.
pub struct SumUp<'a> {
    pub x: &'a [f32],
    pub sums: &'a mut [f64; WIDTH],
}

impl WithSimd for SumUp<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        // In registers, as far as there are enough.
        let mut sums = *self.sums;
        take::<Sum>(self.x, &mut sums);
        *self.sums = sums;
    }
}

/// The sum that partial sums make.
pub fn total(sums: [f64; WIDTH]) -> f64 {
    join::<Sum>(sums)
}

/// Adds the elements of x, of which the first is one of feature `first`, to the sums of their
/// features.
pub struct SumFeatures<'a> {
    pub x: &'a [f32],
    pub first: usize,
    pub sums: &'a mut [f64],
}

impl WithSimd for SumFeatures<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let SumFeatures { x, first, sums } = self;
        let (head, rest) = x.split_at(x.len().min(sums.len() - first));
        sums[first..]
            .iter_mut()
            .zip(head)
            .for_each(|(sum, x)| *sum += f64::from(*x));
        for row in rest.chunks(sums.len()) {
            sums.iter_mut()
                .zip(row)
                .for_each(|(sum, x)| *sum += f64::from(*x));
        }
    }
}

/// `out` = the features of x moved `places` to the right, around the end of their row.
pub fn roll(places: i32, features: usize, x: &[f32], out: &mut [f32]) {
    let places = i64::from(places).rem_euclid(features as i64) as usize;
    for (x, out) in x.chunks_exact(features).zip(out.chunks_exact_mut(features)) {
        let (head, tail) = x.split_at(features - places);
        out[places..].copy_from_slice(head);
        out[..places].copy_from_slice(tail);
    }
}
