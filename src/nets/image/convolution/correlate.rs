//! The gradient of a convolution's weights: products of what windows hold and of the gradients at
//! their places, summed over the places.

use std::ops::Range;

use crate::formula::vector::{
    add_products, load, over_strips, store, InstructionSet, Simd, Strip, WithSimd,
};

/// Adds to `target` (`rows x run x channels`) the sum over all places of a window's element times
/// the gradient of each channel there.
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
        over_strips::<S, 2>(simd, self.channels, &mut self);
    }
}

impl Strip for Correlate<'_> {
    #[inline(always)]
    fn strip<S: Simd, const V: usize, const TAIL: bool>(
        &mut self,
        simd: S,
        column: usize,
        length: usize,
    ) {
        let columns = column..column + length;
        let (all, many_registers) = (0..self.rows, S::REGISTER_COUNT >= 32);
        let mut term = 0;
        // Sums, a line of gradients and a broadcast must fit the registers.
        if many_registers && V == 1 {
            term = self.tiles::<S, 1, 24, V, TAIL>(simd, all.clone(), term, &columns);
        }
        if many_registers {
            term = self.tiles::<S, 1, 12, V, TAIL>(simd, all, term, &columns);
        } else {
            term = self.tiles::<S, 1, 6, V, TAIL>(simd, all, term, &columns);
        }
        // Few channels make rows too short for that: rows are taken together then, or sums would
        // wait for each other.
        let (threes, others) = (0..self.rows / 3 * 3, self.rows / 3 * 3..self.rows);
        let mut next = term;
        if many_registers || V == 1 {
            next = self.tiles::<S, 3, 3, V, TAIL>(simd, threes.clone(), next, &columns);
        }
        self.tiles::<S, 3, 1, V, TAIL>(simd, threes, next, &columns);
        next = self.tiles::<S, 1, 3, V, TAIL>(simd, others.clone(), term, &columns);
        self.tiles::<S, 1, 1, V, TAIL>(simd, others, next, &columns);
    }
}

impl Correlate<'_> {
    /// Tiles of `ROWS` rows of the window, all of these, and `TERMS` elements of each, from `term`
    /// on as long as so many are left; gives where the rest begins.
    #[inline(always)]
    fn tiles<S: Simd, const ROWS: usize, const TERMS: usize, const V: usize, const TAIL: bool>(
        &mut self,
        simd: S,
        rows: Range<usize>,
        term: usize,
        columns: &Range<usize>,
    ) -> usize {
        let end = term + (self.run - term) / TERMS * TERMS;
        for row in rows.step_by(ROWS) {
            for term in (term..end).step_by(TERMS) {
                self.tile::<S, ROWS, TERMS, V, TAIL>(simd, row, term, columns);
            }
        }
        end
    }

    #[inline(always)]
    fn tile<S: Simd, const ROWS: usize, const TERMS: usize, const V: usize, const TAIL: bool>(
        &mut self,
        simd: S,
        row: usize,
        term: usize,
        columns: &Range<usize>,
    ) {
        let mut sums = [[[simd.splat_f32s(0.0); V]; TERMS]; ROWS];
        let sources: [&[f32]; ROWS] =
            std::array::from_fn(|i| &self.source[(row + i) * self.row_step + term..]);
        for (start, gradient) in self
            .sources
            .iter()
            .zip(self.gradient.chunks_exact(self.channels))
        {
            let line = load::<S, V, TAIL>(simd, &gradient[columns.clone()]);
            for (sums, source) in sums.iter_mut().zip(sources) {
                let window = <&[f32; TERMS]>::try_from(&source[*start as usize..][..TERMS])
                    .expect("a slice of that length");
                add_products(simd, sums, *window, line);
            }
        }
        for (i, sums) in sums.iter().enumerate() {
            for (j, sums) in sums.iter().enumerate() {
                let at = (row + i) * self.run + term + j;
                let line = &mut self.target[at * self.channels..][columns.clone()];
                let old = load::<S, V, TAIL>(simd, line);
                store::<S, V, TAIL>(
                    simd,
                    &std::array::from_fn(|v| simd.add_f32s(old[v], sums[v])),
                    line,
                );
            }
        }
    }
}
