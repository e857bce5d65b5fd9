//! Windows that slide over padded maps: the kernel of a convolution's forward pass and of the
//! gradient of its input.

use std::ops::Range;

use crate::formula::vector::{
    add_products, load, over_strips, store, InstructionSet, Simd, Strip, WithSimd,
};

/// Output channels of a panel of packed weights.
pub const PANEL: usize = 32;

/// Where sums start.
#[derive(Clone, Copy)]
pub enum Begin<'a> {
    /// At 0.
    Zero,
    /// From another map of the target's shape.
    With(&'a [f32]),
    /// From what stands in the target.
    Target,
}

/// For one panel of output channels and many places: the sum over a window's rows and the elements
/// of each of `source` times `weights`, written to `target`. The elements of a window's row (its
/// columns, and the channels of each) stand together.
pub struct Slide<'a> {
    pub source: &'a [f32],
    /// Where the window of each place begins in `source`.
    pub sources: &'a [u32],
    /// Elements from one row of a window to the next.
    pub row_step: usize,
    pub rows: usize,
    /// Elements of a window's row.
    pub run: usize,
    /// `rows x run x width`.
    pub weights: &'a [f32],
    /// Channels of this panel.
    pub width: usize,
    /// The first of them in the target.
    pub channel: usize,
    pub begin: Begin<'a>,
    pub target: &'a mut [f32],
    /// Where the channels of each place begin in `target`.
    pub targets: &'a [u32],
}

impl Slide<'_> {
    pub fn run(self, set: InstructionSet) {
        set.run(self);
    }
}

impl WithSimd for Slide<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        over_strips::<S, 2>(simd, self.width, &mut self);
    }
}

impl Strip for Slide<'_> {
    #[inline(always)]
    fn strip<S: Simd, const VECTORS: usize, const TAIL: bool>(
        &mut self,
        simd: S,
        column: usize,
        length: usize,
    ) {
        let places = self.sources.len();
        let mut place = 0;
        // Sums, a line of weights and a broadcast must fit the registers.
        if S::REGISTER_COUNT >= 32 {
            if VECTORS == 1 {
                while places - place >= 16 {
                    self.tile::<S, 16, VECTORS, TAIL>(simd, place, column..column + length);
                    place += 16;
                }
            }
            while places - place >= 8 {
                self.tile::<S, 8, VECTORS, TAIL>(simd, place, column..column + length);
                place += 8;
            }
        } else {
            while places - place >= 6 {
                self.tile::<S, 6, VECTORS, TAIL>(simd, place, column..column + length);
                place += 6;
            }
        }
        while places - place >= 4 {
            self.tile::<S, 4, VECTORS, TAIL>(simd, place, column..column + length);
            place += 4;
        }
        while places > place {
            self.tile::<S, 1, VECTORS, TAIL>(simd, place, column..column + length);
            place += 1;
        }
    }
}

impl Slide<'_> {
    /// `PLACES` places from `first` on, and these columns of the panel.
    #[inline(always)]
    fn tile<S: Simd, const PLACES: usize, const VECTORS: usize, const TAIL: bool>(
        &mut self,
        simd: S,
        first: usize,
        columns: Range<usize>,
    ) {
        let (run, width, column, length) = (self.run, self.width, columns.start, columns.len());
        let sources: [usize; PLACES] = std::array::from_fn(|i| self.sources[first + i] as usize);
        let targets: [usize; PLACES] =
            std::array::from_fn(|i| self.targets[first + i] as usize + self.channel + column);
        let mut sums: [[S::f32s; VECTORS]; PLACES] = match self.begin {
            Begin::Zero => [[simd.splat_f32s(0.0); VECTORS]; PLACES],
            Begin::With(other) => {
                targets.map(|at| load::<S, VECTORS, TAIL>(simd, &other[at..at + length]))
            }
            Begin::Target => {
                targets.map(|at| load::<S, VECTORS, TAIL>(simd, &self.target[at..at + length]))
            }
        };
        for row in 0..self.rows {
            // A loop, since a closure may stay a call of its own, after which the windows' lengths
            // are unknown to the inner loop.
            let mut windows: [&[f32]; PLACES] = [&[]; PLACES];
            for (window, start) in windows.iter_mut().zip(sources) {
                *window = &self.source[start + row * self.row_step..][..run];
            }
            let weights = &self.weights[row * run * width..][..run * width];
            for (t, line) in (0..run).zip(weights.chunks_exact(width)) {
                let line = load::<S, VECTORS, TAIL>(simd, &line[column..]);
                add_products(
                    simd,
                    &mut sums,
                    std::array::from_fn(|i| windows[i][t]),
                    line,
                );
            }
        }
        for (sums, at) in sums.iter().zip(targets) {
            store::<S, VECTORS, TAIL>(simd, sums, &mut self.target[at..at + length]);
        }
    }
}
