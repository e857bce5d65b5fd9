//! The gradient of a convolution's weights: products of what windows hold and of the gradients at their places, summed over the places.

use crate::vector::{add_products, load, store, InstructionSet, Simd, WithSimd};

/// Adds to `target` (`rows x run x channels`) the sum over all places of a window's element times the gradient of each channel there.
pub struct Correlate<'a> {
    pub source: &'a [f32],
    /// Where the window of each place begins in `source`.
    pub sources: &'a [u32],
    /// Elements from one row of a window to the next.
    pub row_step: usize,
    pub rows: usize,
    /// Elements of a window's row.
    pub run: usize,
    /// The channels of each place, one place after another.
    pub gradient: &'a [f32],
    pub channels: usize,
    pub target: &'a mut [f32],
}

impl Correlate<'_> {
    pub fn run(self, set: InstructionSet) {
        set.run(self);
    }
}

impl WithSimd for Correlate<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let mut column = 0;
        while self.channels - column >= 2 * S::F32_LANES {
            self.columns::<S, 2, false>(simd, column);
            column += 2 * S::F32_LANES;
        }
        if self.channels - column >= S::F32_LANES {
            self.columns::<S, 1, false>(simd, column);
            column += S::F32_LANES;
        }
        if self.channels > column {
            self.columns::<S, 1, true>(simd, column);
        }
    }
}

impl Correlate<'_> {
    #[inline(always)]
    fn columns<S: Simd, const VECTORS: usize, const TAIL: bool>(&mut self, simd: S, column: usize) {
        for row in 0..self.rows {
            let mut term = 0;
            if S::REGISTER_COUNT >= 32 {
                if VECTORS == 1 {
                    while self.run - term >= 24 {
                        self.tile::<S, 24, VECTORS, TAIL>(simd, row, term, column);
                        term += 24;
                    }
                }
                while self.run - term >= 12 {
                    self.tile::<S, 12, VECTORS, TAIL>(simd, row, term, column);
                    term += 12;
                }
            } else {
                while self.run - term >= 6 {
                    self.tile::<S, 6, VECTORS, TAIL>(simd, row, term, column);
                    term += 6;
                }
            }
            while self.run - term >= 4 {
                self.tile::<S, 4, VECTORS, TAIL>(simd, row, term, column);
                term += 4;
            }
            while self.run > term {
                self.tile::<S, 1, VECTORS, TAIL>(simd, row, term, column);
                term += 1;
            }
        }
    }

    #[inline(always)]
    fn tile<S: Simd, const TERMS: usize, const VECTORS: usize, const TAIL: bool>(&mut self, simd: S, row: usize, term: usize, column: usize) {
        let length = if TAIL { self.channels - column } else { VECTORS * S::F32_LANES };
        let mut sums = [[simd.splat_f32s(0.0); VECTORS]; TERMS];
        let source = &self.source[row * self.row_step + term..];
        for (start, gradient) in self.sources.iter().zip(self.gradient.chunks_exact(self.channels)) {
            let window = <&[f32; TERMS]>::try_from(&source[*start as usize..][..TERMS]).expect("a slice of that length");
            let line = load::<S, VECTORS, TAIL>(simd, &gradient[column..column + length]);
            add_products(simd, &mut sums, *window, line);
        }
        for (i, sums) in sums.iter().enumerate() {
            let at = (row * self.run + term + i) * self.channels + column;
            let line = &mut self.target[at..at + length];
            let old = load::<S, VECTORS, TAIL>(simd, line);
            store::<S, VECTORS, TAIL>(simd, &std::array::from_fn(|j| simd.add_f32s(old[j], sums[j])), line);
        }
    }
}
