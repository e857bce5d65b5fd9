//! Matrix products in `f32`: one register-tiled kernel family, written once over `pulp::Simd`, for
//! matrices stored in column panels.
//!
//! A matrix of `rows x columns` is stored as panels of [`PANEL`] columns (the last may be
//! narrower), one after another, each row-major. All strides are short, so that neither small nor
//! large matrices need packing; up to [`PANEL`] columns the layout is plain row-major.

use std::ops::Range;

use crate::formula::vector::{
    add_products, load, over_strips, InstructionSet, Simd, Strip, WithSimd,
};

/// Columns of a full panel.
pub const PANEL: usize = 32;

/// The other depth that has its own loop: small networks are this wide.
pub(super) const HALF: usize = PANEL / 2;

/// Where panel `index` of a `rows x columns` matrix lies in its storage, and how many columns it
/// has.
#[inline(always)]
pub fn panel(rows: usize, columns: usize, index: usize) -> (Range<usize>, usize) {
    let width = (columns - index * PANEL).min(PANEL);
    let start = rows * index * PANEL;
    (start..start + rows * width, width)
}

/// A matrix in panels.
#[derive(Clone, Copy)]
pub struct Matrix<'a> {
    storage: &'a [f32],
    rows: usize,
    columns: usize,
}

impl<'a> Matrix<'a> {
    /// The first `rows * columns` elements of `storage` as a matrix in panels.
    pub fn new(storage: &'a [f32], rows: usize, columns: usize) -> Matrix<'a> {
        Matrix {
            storage: &storage[..rows * columns],
            rows,
            columns,
        }
    }

    /// Returns how many rows it has.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Returns how many columns it has.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// The number of panels.
    #[inline(always)]
    pub fn panels(&self) -> usize {
        self.columns.div_ceil(PANEL)
    }

    /// Panel `index`, row-major, and its number of columns.
    #[inline(always)]
    pub fn panel(&self, index: usize) -> (&'a [f32], usize) {
        let (range, width) = panel(self.rows, self.columns, index);
        (&self.storage[range], width)
    }
}

/// What a product does with the values that stand in its output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finish {
    /// Overwrites them.
    Store,
    /// Adds itself to them.
    Add,
    /// Multiplies them by itself.
    Multiply,
}

/// `output = left right + bias` (or by another `finish`): all rows and panels. `bias` holds one
/// value a column of `right`.
pub fn multiply(
    set: InstructionSet,
    left: Matrix,
    right: Matrix,
    bias: Option<&[f32]>,
    finish: Finish,
    output: &mut [f32],
) {
    assert_eq!(left.columns, right.rows, "a product's inner dimensions");
    for index in 0..right.panels() {
        let (range, width) = panel(left.rows, right.columns, index);
        let bias = bias.map(|bias| &bias[index * PANEL..index * PANEL + width]);
        multiply_panel(
            set,
            left,
            0..left.rows,
            right.panel(index).0,
            width,
            bias,
            finish,
            &mut output[range],
        );
    }
}

/// The same for some rows of `left` and one panel (`width` columns) of the right side; `output`
/// holds these rows of this panel.
#[allow(clippy::too_many_arguments)]
pub fn multiply_panel(
    set: InstructionSet,
    left: Matrix,
    rows: Range<usize>,
    right: &[f32],
    width: usize,
    bias: Option<&[f32]>,
    finish: Finish,
    output: &mut [f32],
) {
    assert!(
        rows.end <= left.rows
            && right.len() == left.columns * width
            && output.len() == rows.len() * width,
        "a product's dimensions"
    );
    assert!(
        bias.is_none_or(|bias| bias.len() == width),
        "a bias a column"
    );
    set.run(Panel {
        left: Left::Rows(left, rows),
        right,
        width,
        bias,
        finish,
        output,
    });
}

/// `output = transpose(left) right`, the sum over the rows that both have.
pub fn multiply_transposed(set: InstructionSet, left: Matrix, right: Matrix, output: &mut [f32]) {
    assert_eq!(left.rows, right.rows, "a product's inner dimensions");
    for index in 0..right.panels() {
        let (right, width) = right.panel(index);
        let (range, _) = panel(left.columns, width + index * PANEL, index);
        let output = &mut output[range];
        for part in 0..left.panels() {
            let (columns, depth) = left.panel(part);
            let output = &mut output[part * PANEL * width..][..depth * width];
            set.run(Panel {
                left: Left::Columns(columns, depth),
                right,
                width,
                bias: None,
                finish: Finish::Store,
                output,
            });
        }
    }
}

/// `output = transpose(matrix)`.
pub fn transpose(matrix: Matrix, output: &mut [f32]) {
    let (rows, columns) = (matrix.rows, matrix.columns);
    for index in 0..matrix.panels() {
        let (source, width) = matrix.panel(index);
        for part in 0..rows.div_ceil(PANEL) {
            let (range, depth) = panel(columns, rows, part);
            let block = &source[part * PANEL * width..][..depth * width];
            let target = &mut output[range][index * PANEL * depth..][..depth * width];
            if depth == PANEL && width == PANEL {
                let (block, target) = (
                    block.as_chunks::<PANEL>().0,
                    target.as_chunks_mut::<PANEL>().0,
                );
                for (column, line) in target.iter_mut().enumerate() {
                    for (element, row) in line.iter_mut().zip(block) {
                        *element = row[column];
                    }
                }
            } else {
                for (column, line) in target.chunks_exact_mut(depth).enumerate() {
                    for (element, row) in line.iter_mut().zip(block.chunks_exact(width)) {
                        *element = row[column];
                    }
                }
            }
        }
    }
}

/// The left side of a product: rows of a matrix as they stand, or the columns of one panel as rows.
enum Left<'a> {
    Rows(Matrix<'a>, Range<usize>),
    Columns(&'a [f32], usize),
}

struct Panel<'a> {
    left: Left<'a>,
    right: &'a [f32],
    width: usize,
    bias: Option<&'a [f32]>,
    finish: Finish,
    output: &'a mut [f32],
}

impl WithSimd for Panel<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        over_strips::<S, 2>(simd, self.width, &mut self);
    }
}

impl Strip for Panel<'_> {
    #[inline(always)]
    fn strip<S: Simd, const VECTORS: usize, const TAIL: bool>(
        &mut self,
        simd: S,
        column: usize,
        _: usize,
    ) {
        let rows = match &self.left {
            Left::Rows(_, rows) => rows.len(),
            Left::Columns(_, depth) => *depth,
        };
        let mut row = 0;
        // Accumulators, one row of the right side and a broadcast must fit the registers.
        if S::REGISTER_COUNT >= 32 {
            while rows - row >= 8 {
                self.tile::<S, 8, VECTORS, TAIL>(simd, row, column);
                row += 8;
            }
        } else {
            while rows - row >= 6 {
                self.tile::<S, 6, VECTORS, TAIL>(simd, row, column);
                row += 6;
            }
        }
        while rows - row >= 4 {
            self.tile::<S, 4, VECTORS, TAIL>(simd, row, column);
            row += 4;
        }
        while rows - row >= 2 {
            self.tile::<S, 2, VECTORS, TAIL>(simd, row, column);
            row += 2;
        }
        if rows > row {
            self.tile::<S, 1, VECTORS, TAIL>(simd, row, column);
        }
    }
}

impl Panel<'_> {
    #[inline(always)]
    fn tile<S: Simd, const ROWS: usize, const VECTORS: usize, const TAIL: bool>(
        &mut self,
        simd: S,
        first: usize,
        column: usize,
    ) {
        let start = match self.bias {
            Some(bias) => load::<S, VECTORS, TAIL>(simd, &bias[column..]),
            None => [simd.splat_f32s(0.0); VECTORS],
        };
        let mut sums = [start; ROWS];
        let width = self.width;
        match &self.left {
            Left::Rows(left, range) => {
                let mut right = self.right;
                for index in 0..left.panels() {
                    let (storage, depth) = left.panel(index);
                    let block = &storage[(range.start + first) * depth..][..ROWS * depth];
                    let (here, rest) = right.split_at(depth * width);
                    right = rest;
                    match depth {
                        PANEL => add_rows::<S, PANEL, ROWS, VECTORS, TAIL>(
                            simd, &mut sums, block, here, width, column,
                        ),
                        HALF => add_rows::<S, HALF, ROWS, VECTORS, TAIL>(
                            simd, &mut sums, block, here, width, column,
                        ),
                        _ => add_rows_of_depth::<S, ROWS, VECTORS, TAIL>(
                            simd, &mut sums, depth, block, here, width, column,
                        ),
                    }
                }
            }
            Left::Columns(columns, depth) => {
                for (factors, line) in columns
                    .chunks_exact(*depth)
                    .zip(self.right.chunks_exact(width))
                {
                    let factors = <[f32; ROWS]>::try_from(&factors[first..first + ROWS])
                        .expect("as many factors as rows");
                    let line = load::<S, VECTORS, TAIL>(simd, &line[column..]);
                    add_products(simd, &mut sums, factors, line);
                }
            }
        }
        for (i, sums) in sums.iter().enumerate() {
            let line = &mut self.output[(first + i) * width..][column..width];
            let line = if TAIL {
                line
            } else {
                &mut line[..VECTORS * S::F32_LANES]
            };
            finish::<S, VECTORS, TAIL>(simd, sums, self.finish, line);
        }
    }
}

/// Adds `block` (`ROWS x DEPTH`) times the columns from `column` on of `right` (`DEPTH x width`); a
/// depth known to the compiler spares all checks.
#[inline(always)]
fn add_rows<
    S: Simd,
    const DEPTH: usize,
    const ROWS: usize,
    const VECTORS: usize,
    const TAIL: bool,
>(
    simd: S,
    sums: &mut [[S::f32s; VECTORS]; ROWS],
    block: &[f32],
    right: &[f32],
    width: usize,
    column: usize,
) {
    let rows = <&[[f32; DEPTH]; ROWS]>::try_from(block.as_chunks::<DEPTH>().0)
        .expect("as many rows as sums");
    for (k, line) in (0..DEPTH).zip(right.chunks_exact(width)) {
        let line = load::<S, VECTORS, TAIL>(simd, &line[column..]);
        add_products(simd, sums, std::array::from_fn(|i| rows[i][k]), line);
    }
}

/// The same for a depth that the compiler does not know.
#[inline(always)]
fn add_rows_of_depth<S: Simd, const ROWS: usize, const VECTORS: usize, const TAIL: bool>(
    simd: S,
    sums: &mut [[S::f32s; VECTORS]; ROWS],
    depth: usize,
    block: &[f32],
    right: &[f32],
    width: usize,
    column: usize,
) {
    for (k, line) in (0..depth).zip(right.chunks_exact(width)) {
        let line = load::<S, VECTORS, TAIL>(simd, &line[column..]);
        add_products(
            simd,
            sums,
            std::array::from_fn(|i| block[i * depth + k]),
            line,
        );
    }
}

#[inline(always)]
fn finish<S: Simd, const VECTORS: usize, const TAIL: bool>(
    simd: S,
    sums: &[S::f32s; VECTORS],
    finish: Finish,
    line: &mut [f32],
) {
    if TAIL {
        let old = simd.partial_load_f32s(line);
        simd.partial_store_f32s(line, combine(simd, finish, old, sums[0]));
        return;
    }
    let (vectors, _) = S::as_mut_simd_f32s(line);
    for (vector, sum) in vectors.iter_mut().zip(sums) {
        *vector = combine(simd, finish, *vector, *sum);
    }
}

#[inline(always)]
fn combine<S: Simd>(simd: S, finish: Finish, old: S::f32s, sum: S::f32s) -> S::f32s {
    match finish {
        Finish::Store => sum,
        Finish::Add => simd.add_f32s(old, sum),
        Finish::Multiply => simd.mul_f32s(old, sum),
    }
}
