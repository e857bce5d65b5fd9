//! Loops over a block: one primitive, with operands that are slices or one constant, compiled for
//! each instruction set.

use super::lanes::Lanes;
use super::trigonometric::{sin_cos, REDUCIBLE};
use crate::vector::{Simd, WithSimd};

/// An operand of a loop: a slice as long as the result, or one number.
pub trait Source: Copy {
    type Reader<S: Simd>: Copy;
    fn reader<S: Simd>(self, simd: S, vectors: usize) -> Self::Reader<S>;
    fn read<S: Simd>(reader: Self::Reader<S>, index: usize) -> S::f32s;
}

impl<'a> Source for &'a [f32] {
    type Reader<S: Simd> = &'a [S::f32s];

    #[inline(always)]
    fn reader<S: Simd>(self, _: S, vectors: usize) -> &'a [S::f32s] {
        &S::as_simd_f32s(self).0[..vectors]
    }

    #[inline(always)]
    fn read<S: Simd>(reader: &'a [S::f32s], index: usize) -> S::f32s {
        reader[index]
    }
}

impl Source for f32 {
    type Reader<S: Simd> = S::f32s;

    #[inline(always)]
    fn reader<S: Simd>(self, simd: S, _: usize) -> S::f32s {
        simd.splat_f32s(self)
    }

    #[inline(always)]
    fn read<S: Simd>(reader: S::f32s, _: usize) -> S::f32s {
        reader
    }
}

/// A function of one vector.
pub trait One: Copy {
    /// What serves arguments beyond [`REDUCIBLE`], where `apply` does not.
    const BEYOND: Option<fn(f32) -> f32> = None;
    fn apply<S: Simd>(self, x: Lanes<S>) -> Lanes<S>;
}

/// A function of two vectors.
pub trait Two: Copy {
    fn apply<S: Simd>(self, a: Lanes<S>, b: Lanes<S>) -> Lanes<S>;
}

/// A function of three vectors.
pub trait Three: Copy {
    fn apply<S: Simd>(self, a: Lanes<S>, b: Lanes<S>, c: Lanes<S>) -> Lanes<S>;
}

/// `out = O(x)`.
pub struct Map<'a, O> {
    pub operation: O,
    pub x: &'a [f32],
    pub out: &'a mut [f32],
}

impl<O: One> WithSimd for Map<'_, O> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let out = S::as_mut_simd_f32s(self.out).0;
        let x = self.x.reader(simd, out.len());
        let mut largest = Lanes::new(simd, simd.splat_f32s(0.0));
        for i in 0..out.len() {
            let x = Lanes::new(simd, x[i]);
            out[i] = self.operation.apply(x).raw;
            if O::BEYOND.is_some() {
                largest = largest_magnitude(largest, x);
            }
        }
        if let Some(beyond) = O::BEYOND {
            if exceeds_reduction(&largest) {
                mend(self.x, self.out, beyond);
            }
        }
    }
}

#[inline(always)]
fn largest_magnitude<S: Simd>(largest: Lanes<S>, x: Lanes<S>) -> Lanes<S> {
    // A NaN, which needs no reduction, leaves `largest` as it is.
    largest.at_least(x.abs())
}

#[inline(always)]
fn exceeds_reduction<S: Simd>(largest: &Lanes<S>) -> bool {
    largest
        .as_slice()
        .iter()
        .any(|&magnitude| magnitude > REDUCIBLE)
}

/// Computes anew, one by one, what lies beyond the vector reduction.
#[cold]
#[inline(never)]
fn mend(x: &[f32], out: &mut [f32], beyond: fn(f32) -> f32) {
    for (y, &x) in out.iter_mut().zip(x) {
        if x.abs() > REDUCIBLE {
            *y = beyond(x);
        }
    }
}

/// `sin = sin(x)` and `cos = cos(x)`, with one reduction.
pub struct SinCos<'a> {
    pub x: &'a [f32],
    pub sin: &'a mut [f32],
    pub cos: &'a mut [f32],
}

impl WithSimd for SinCos<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let sin = S::as_mut_simd_f32s(self.sin).0;
        let cos = &mut S::as_mut_simd_f32s(self.cos).0[..sin.len()];
        let x = self.x.reader(simd, sin.len());
        let mut largest = Lanes::new(simd, simd.splat_f32s(0.0));
        for i in 0..sin.len() {
            let x = Lanes::new(simd, x[i]);
            let (s, c) = sin_cos(x);
            (sin[i], cos[i]) = (s.raw, c.raw);
            largest = largest_magnitude(largest, x);
        }
        if exceeds_reduction(&largest) {
            mend(self.x, self.sin, super::trigonometric::sin_of_huge);
            mend(self.x, self.cos, super::trigonometric::cos_of_huge);
        }
    }
}

/// `out = O(a, b)`.
pub struct Zip<'a, O, A, B> {
    pub operation: O,
    pub a: A,
    pub b: B,
    pub out: &'a mut [f32],
}

impl<O: Two, A: Source, B: Source> WithSimd for Zip<'_, O, A, B> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let out = S::as_mut_simd_f32s(self.out).0;
        let (a, b) = (
            self.a.reader(simd, out.len()),
            self.b.reader(simd, out.len()),
        );
        for (i, y) in out.iter_mut().enumerate() {
            *y = self
                .operation
                .apply(
                    Lanes::new(simd, A::read::<S>(a, i)),
                    Lanes::new(simd, B::read::<S>(b, i)),
                )
                .raw;
        }
    }
}

/// `out = O(a, b, c)`.
pub struct Zip3<'a, O, B, C> {
    pub operation: O,
    pub a: &'a [f32],
    pub b: B,
    pub c: C,
    pub out: &'a mut [f32],
}

impl<O: Three, B: Source, C: Source> WithSimd for Zip3<'_, O, B, C> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let out = S::as_mut_simd_f32s(self.out).0;
        let a = self.a.reader(simd, out.len());
        let (b, c) = (
            self.b.reader(simd, out.len()),
            self.c.reader(simd, out.len()),
        );
        for (i, y) in out.iter_mut().enumerate() {
            let (b, c) = (B::read::<S>(b, i), C::read::<S>(c, i));
            *y = self
                .operation
                .apply(
                    Lanes::new(simd, a[i]),
                    Lanes::new(simd, b),
                    Lanes::new(simd, c),
                )
                .raw;
        }
    }
}
