//! Passes over maps in which every channel has numbers of its own: sums, and multiples with shifts.
//!
//! A map is rows (the places of all images) of channels. Few channels are passed as several rows in
//! one line, so that vectors are full.

use crate::formula::vector::{load, over_strips, store, InstructionSet, Simd, Strip, WithSimd};

/// Elements of a block: what passes over one leaves it in the first-level cache.
pub const BLOCK: usize = 4096;

/// A line holds at least so many elements where the rows allow it.
const LINE: usize = 64;

/// How many rows of `channels` make one line of a matrix of so many rows.
pub fn rows_a_line(rows: usize, channels: usize) -> usize {
    let mut together = 1;
    while 2 * together * channels <= LINE && rows.is_multiple_of(2 * together) {
        together *= 2;
    }
    together
}

/// Rows of a block, whole lines.
pub fn rows_a_block(rows: usize, channels: usize) -> usize {
    let together = rows_a_line(rows, channels);
    (BLOCK / channels).max(1).next_multiple_of(together)
}

/// `line` filled with `numbers` of the channels, over and over.
pub fn widen(numbers: impl Fn(usize) -> f32, channels: usize, line: &mut [f32]) {
    let (first, rest) = line.split_at_mut(channels);
    first
        .iter_mut()
        .enumerate()
        .for_each(|(channel, element)| *element = numbers(channel));
    rest.chunks_exact_mut(channels)
        .for_each(|row| row.copy_from_slice(first));
}

/// `sums = the sum over lines of input`.
pub struct Sum<'a> {
    pub input: &'a [f32],
    pub sums: &'a mut [f32],
}

impl Strip for Sum<'_> {
    #[inline(always)]
    fn strip<S: Simd, const V: usize, const TAIL: bool>(
        &mut self,
        simd: S,
        column: usize,
        length: usize,
    ) {
        let mut sums = [simd.splat_f32s(0.0); V];
        for line in self.input.chunks_exact(self.sums.len()) {
            let x = load::<S, V, TAIL>(simd, &line[column..column + length]);
            sums = std::array::from_fn(|i| simd.add_f32s(sums[i], x[i]));
        }
        store::<S, V, TAIL>(simd, &sums, &mut self.sums[column..column + length]);
    }
}

/// `sums = the sum over lines of (input - middle)^2`.
pub struct SumSquares<'a> {
    pub input: &'a [f32],
    pub middle: &'a [f32],
    pub sums: &'a mut [f32],
}

impl Strip for SumSquares<'_> {
    #[inline(always)]
    fn strip<S: Simd, const V: usize, const TAIL: bool>(
        &mut self,
        simd: S,
        column: usize,
        length: usize,
    ) {
        let middle = load::<S, V, TAIL>(simd, &self.middle[column..column + length]);
        let mut sums = [simd.splat_f32s(0.0); V];
        for line in self.input.chunks_exact(self.sums.len()) {
            let x = load::<S, V, TAIL>(simd, &line[column..column + length]);
            sums = std::array::from_fn(|i| {
                let centred = simd.sub_f32s(x[i], middle[i]);
                simd.mul_add_e_f32s(centred, centred, sums[i])
            });
        }
        store::<S, V, TAIL>(simd, &sums, &mut self.sums[column..column + length]);
    }
}

/// `sums = the sum over lines of gradient`, and `along = that of gradient (input - middle)`.
pub struct SumGradient<'a> {
    pub input: &'a [f32],
    pub gradient: &'a [f32],
    pub middle: &'a [f32],
    pub sums: &'a mut [f32],
    pub along: &'a mut [f32],
}

impl Strip for SumGradient<'_> {
    #[inline(always)]
    fn strip<S: Simd, const V: usize, const TAIL: bool>(
        &mut self,
        simd: S,
        column: usize,
        length: usize,
    ) {
        let part = column..column + length;
        let middle = load::<S, V, TAIL>(simd, &self.middle[part.clone()]);
        let (mut sums, mut along) = ([simd.splat_f32s(0.0); V], [simd.splat_f32s(0.0); V]);
        let width = self.sums.len();
        for (line, gradient) in self
            .input
            .chunks_exact(width)
            .zip(self.gradient.chunks_exact(width))
        {
            let (x, gradient) = (
                load::<S, V, TAIL>(simd, &line[part.clone()]),
                load::<S, V, TAIL>(simd, &gradient[part.clone()]),
            );
            sums = std::array::from_fn(|i| simd.add_f32s(sums[i], gradient[i]));
            along = std::array::from_fn(|i| {
                simd.mul_add_e_f32s(gradient[i], simd.sub_f32s(x[i], middle[i]), along[i])
            });
        }
        store::<S, V, TAIL>(simd, &sums, &mut self.sums[part.clone()]);
        store::<S, V, TAIL>(simd, &along, &mut self.along[part]);
    }
}

/// `output = input scale + shift`, with a `residual` added where there is one.
pub struct Scale<'a> {
    pub input: &'a [f32],
    /// A line.
    pub scale: &'a [f32],
    pub shift: &'a [f32],
    pub residual: Option<&'a [f32]>,
    pub output: &'a mut [f32],
}

impl Strip for Scale<'_> {
    #[inline(always)]
    fn strip<S: Simd, const V: usize, const TAIL: bool>(
        &mut self,
        simd: S,
        column: usize,
        length: usize,
    ) {
        let (part, width) = (column..column + length, self.scale.len());
        let (scale, shift) = (
            load::<S, V, TAIL>(simd, &self.scale[part.clone()]),
            load::<S, V, TAIL>(simd, &self.shift[part.clone()]),
        );
        let lines = self
            .input
            .chunks_exact(width)
            .zip(self.output.chunks_exact_mut(width));
        match self.residual {
            None => {
                for (line, output) in lines {
                    let x = load::<S, V, TAIL>(simd, &line[part.clone()]);
                    let y: [_; V] =
                        std::array::from_fn(|i| simd.mul_add_e_f32s(x[i], scale[i], shift[i]));
                    store::<S, V, TAIL>(simd, &y, &mut output[part.clone()]);
                }
            }
            Some(residual) => {
                for ((line, output), residual) in lines.zip(residual.chunks_exact(width)) {
                    let x = load::<S, V, TAIL>(simd, &line[part.clone()]);
                    let residual = load::<S, V, TAIL>(simd, &residual[part.clone()]);
                    let y: [_; V] = std::array::from_fn(|i| {
                        simd.add_f32s(simd.mul_add_e_f32s(x[i], scale[i], shift[i]), residual[i])
                    });
                    store::<S, V, TAIL>(simd, &y, &mut output[part.clone()]);
                }
            }
        }
    }
}

/// `output = gradient scale + input slope + shift`, written over `output` or added to it; where
/// there is no output, over `gradient`.
pub struct PullBack<'a> {
    pub gradient: &'a mut [f32],
    pub input: &'a [f32],
    /// A line.
    pub scale: &'a [f32],
    pub slope: &'a [f32],
    pub shift: &'a [f32],
    pub output: Option<(&'a mut [f32], bool)>,
}

impl Strip for PullBack<'_> {
    #[inline(always)]
    fn strip<S: Simd, const V: usize, const TAIL: bool>(
        &mut self,
        simd: S,
        column: usize,
        length: usize,
    ) {
        let (part, width) = (column..column + length, self.scale.len());
        let of = |line: &[f32]| load::<S, V, TAIL>(simd, &line[part.clone()]);
        let (scale, slope, shift) = (of(self.scale), of(self.slope), of(self.shift));
        let pulled = |gradient: &[f32], input: &[f32]| -> [S::f32s; V] {
            let (gradient, x) = (of(gradient), of(input));
            std::array::from_fn(|i| {
                simd.mul_add_e_f32s(
                    gradient[i],
                    scale[i],
                    simd.mul_add_e_f32s(x[i], slope[i], shift[i]),
                )
            })
        };
        let lines = self
            .gradient
            .chunks_exact_mut(width)
            .zip(self.input.chunks_exact(width));
        match &mut self.output {
            None => {
                for (gradient, input) in lines {
                    let y = pulled(gradient, input);
                    store::<S, V, TAIL>(simd, &y, &mut gradient[part.clone()]);
                }
            }
            Some((output, add)) => {
                for ((gradient, input), output) in lines.zip(output.chunks_exact_mut(width)) {
                    let mut y = pulled(gradient, input);
                    if *add {
                        let old = of(output);
                        y = std::array::from_fn(|i| simd.add_f32s(old[i], y[i]));
                    }
                    store::<S, V, TAIL>(simd, &y, &mut output[part.clone()]);
                }
            }
        }
    }
}

macro_rules! run_over_strips {
    ($($pass:ident by $line:ident),*) => {$(
        impl WithSimd for $pass<'_> {
            type Output = ();

            #[inline(always)]
            fn with_simd<S: Simd>(mut self, simd: S) {
                let width = self.$line.len();
                over_strips::<S, 4>(simd, width, &mut self);
            }
        }

        impl $pass<'_> {
            pub fn run(self, set: InstructionSet) {
                set.run(self);
            }
        }
    )*};
}

run_over_strips!(
    Sum by sums,
    SumSquares by sums,
    SumGradient by sums,
    Scale by scale,
    PullBack by scale
);

/// `target += addend`, element by element.
pub struct AddTo<'a> {
    pub addend: &'a [f32],
    pub target: &'a mut [f32],
}

/// `target *= factor`, element by element.
pub struct MultiplyBy<'a> {
    pub factor: &'a [f32],
    pub target: &'a mut [f32],
}

macro_rules! run_over_elements {
    ($($pass:ident: $other:ident $operator:tt),*) => {$(
        impl WithSimd for $pass<'_> {
            type Output = ();

            #[inline(always)]
            fn with_simd<S: Simd>(self, _: S) {
                self.target
                    .iter_mut()
                    .zip(self.$other)
                    .for_each(|(target, other)| *target $operator *other);
            }
        }

        impl $pass<'_> {
            pub fn run(self, set: InstructionSet) {
                set.run(self);
            }
        }
    )*};
}

run_over_elements!(AddTo: addend +=, MultiplyBy: factor *=);
