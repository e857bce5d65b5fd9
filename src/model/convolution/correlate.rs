//! The gradient of a convolution's weights: products of what windows hold and of the gradients at their places, summed over the places.

use std::ops::Range;

use crate::vector::{add_products, load, over_strips, store, InstructionSet, Simd, Strip, WithSimd};

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
        over_strips::<S, 2>(simd, self.channels, &mut self);
    }
}

impl Strip for Correlate<'_> {
    #[inline(always)]
    fn strip<S: Simd, const VECTORS: usize, const TAIL: bool>(&mut self, simd: S, column: usize, length: usize) {
        let columns = column..column + length;
        // Sums, a line of gradients and a broadcast must fit the registers.
        let in_line = if S::REGISTER_COUNT < 32 {
            self.lines::<S, 6, VECTORS, TAIL>(simd, 0, &columns)
        } else if VECTORS == 1 {
            let terms = self.lines::<S, 24, VECTORS, TAIL>(simd, 0, &columns);
            self.lines::<S, 12, VECTORS, TAIL>(simd, terms, &columns)
        } else {
            self.lines::<S, 12, VECTORS, TAIL>(simd, 0, &columns)
        };
        // A window of few channels has rows too short for that: what is left of all of them goes together, or sums would wait for each other.
        let left = Left { first: in_line, each: self.run - in_line };
        let (mut term, terms) = (0, self.rows * left.each);
        while S::REGISTER_COUNT >= 32 && terms - term >= 9 {
            self.apart::<S, 9, VECTORS, TAIL>(simd, left, term, &columns);
            term += 9;
        }
        while terms - term >= 6 {
            self.apart::<S, 6, VECTORS, TAIL>(simd, left, term, &columns);
            term += 6;
        }
        while terms - term >= 3 {
            self.apart::<S, 3, VECTORS, TAIL>(simd, left, term, &columns);
            term += 3;
        }
        while terms > term {
            self.apart::<S, 1, VECTORS, TAIL>(simd, left, term, &columns);
            term += 1;
        }
    }
}

/// The elements of a window's rows from `first` on, `each` in a row, counted through all rows.
#[derive(Clone, Copy)]
struct Left {
    first: usize,
    each: usize,
}

impl Correlate<'_> {
    /// Elements of every row from `term` on, as long as `TERMS` neighbours are left; gives how far it came.
    #[inline(always)]
    fn lines<S: Simd, const TERMS: usize, const VECTORS: usize, const TAIL: bool>(&mut self, simd: S, term: usize, columns: &Range<usize>) -> usize {
        let end = term + (self.run - term) / TERMS * TERMS;
        for row in 0..self.rows {
            for term in (term..end).step_by(TERMS) {
                let mut sums = [[simd.splat_f32s(0.0); VECTORS]; TERMS];
                let source = &self.source[row * self.row_step + term..];
                for (start, gradient) in self.sources.iter().zip(self.gradient.chunks_exact(self.channels)) {
                    let window = <&[f32; TERMS]>::try_from(&source[*start as usize..][..TERMS]).expect("a slice of that length");
                    add_products(simd, &mut sums, *window, load::<S, VECTORS, TAIL>(simd, &gradient[columns.clone()]));
                }
                let first = row * self.run + term;
                self.add::<S, TERMS, VECTORS, TAIL>(simd, &sums, std::array::from_fn(|i| first + i), columns);
            }
        }
        end
    }

    /// `TERMS` elements that are left, wherever they stand.
    #[inline(always)]
    fn apart<S: Simd, const TERMS: usize, const VECTORS: usize, const TAIL: bool>(
        &mut self,
        simd: S,
        left: Left,
        term: usize,
        columns: &Range<usize>,
    ) {
        let places: [[usize; 2]; TERMS] = std::array::from_fn(|i| [(term + i) / left.each, left.first + (term + i) % left.each]);
        let offsets = places.map(|[row, element]| row * self.row_step + element);
        let mut sums = [[simd.splat_f32s(0.0); VECTORS]; TERMS];
        for (start, gradient) in self.sources.iter().zip(self.gradient.chunks_exact(self.channels)) {
            let window = &self.source[*start as usize..];
            add_products(simd, &mut sums, offsets.map(|offset| window[offset]), load::<S, VECTORS, TAIL>(simd, &gradient[columns.clone()]));
        }
        self.add::<S, TERMS, VECTORS, TAIL>(simd, &sums, places.map(|[row, element]| row * self.run + element), columns);
    }

    /// Adds sums to these lines of the target.
    #[inline(always)]
    fn add<S: Simd, const TERMS: usize, const VECTORS: usize, const TAIL: bool>(
        &mut self,
        simd: S,
        sums: &[[S::f32s; VECTORS]; TERMS],
        lines: [usize; TERMS],
        columns: &Range<usize>,
    ) {
        for (sums, at) in sums.iter().zip(lines) {
            let line = &mut self.target[at * self.channels..][columns.clone()];
            let old = load::<S, VECTORS, TAIL>(simd, line);
            store::<S, VECTORS, TAIL>(simd, &std::array::from_fn(|i| simd.add_f32s(old[i], sums[i])), line);
        }
    }
}
