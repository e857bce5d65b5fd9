//! The door to vector instructions: which instruction sets this machine has, and how a kernel
//! written once runs on each of them.

pub use pulp::{bytemuck, Simd, WithSimd};

/// An instruction set that this machine is known to have; holding one is the proof.
#[derive(Clone, Copy, Debug)]
pub enum InstructionSet {
    /// One lane, plain arithmetic: the path on machines without vector units, and the one to hold
    /// the others against.
    Scalar(pulp::Scalar),
    /// AVX2 with FMA: 8 lanes of `f32`.
    #[cfg(target_arch = "x86_64")]
    Avx2(pulp::x86::V3),
    /// AVX-512 (F, BW, CD, DQ, VL): 16 lanes of `f32`.
    #[cfg(target_arch = "x86_64")]
    Avx512(pulp::x86::V4),
}

impl InstructionSet {
    /// Every instruction set of this machine, narrowest first; `Scalar` is always there.
    pub fn available() -> Vec<InstructionSet> {
        #[allow(unused_mut)]
        let mut sets = vec![InstructionSet::Scalar(pulp::Scalar::new())];
        #[cfg(target_arch = "x86_64")]
        {
            sets.extend(pulp::x86::V3::try_new().map(InstructionSet::Avx2));
            sets.extend(pulp::x86::V4::try_new().map(InstructionSet::Avx512));
        }
        sets
    }

    /// The widest instruction set of this machine.
    pub fn best() -> InstructionSet {
        InstructionSet::available()
            .pop()
            .expect("`available` always holds Scalar")
    }

    /// `scalar`, `avx2` or `avx512`.
    #[inline]
    pub fn name(self) -> &'static str {
        match self {
            InstructionSet::Scalar(_) => "scalar",
            #[cfg(target_arch = "x86_64")]
            InstructionSet::Avx2(_) => "avx2",
            #[cfg(target_arch = "x86_64")]
            InstructionSet::Avx512(_) => "avx512",
        }
    }

    /// Runs a kernel, compiled for this instruction set.
    #[inline]
    pub fn run<Op: WithSimd>(self, kernel: Op) -> Op::Output {
        match self {
            InstructionSet::Scalar(simd) => Simd::vectorize(simd, kernel),
            #[cfg(target_arch = "x86_64")]
            InstructionSet::Avx2(simd) => Simd::vectorize(simd, kernel),
            #[cfg(target_arch = "x86_64")]
            InstructionSet::Avx512(simd) => Simd::vectorize(simd, kernel),
        }
    }

    /// Runs a kernel on this instruction set without compiling it for the set: for one that only
    /// chooses among loops which it passes to `Simd::vectorize` itself.
    #[inline]
    pub fn enter<Op: WithSimd>(self, kernel: Op) -> Op::Output {
        match self {
            InstructionSet::Scalar(simd) => kernel.with_simd(simd),
            #[cfg(target_arch = "x86_64")]
            InstructionSet::Avx2(simd) => kernel.with_simd(simd),
            #[cfg(target_arch = "x86_64")]
            InstructionSet::Avx512(simd) => kernel.with_simd(simd),
        }
    }
}

/// Adds each factor times `line` to the sums of its row: the heart of every product of matrices.
#[inline(always)]
pub fn add_products<S: Simd, const ROWS: usize, const VECTORS: usize>(
    simd: S,
    sums: &mut [[S::f32s; VECTORS]; ROWS],
    factors: [f32; ROWS],
    line: [S::f32s; VECTORS],
) {
    for i in 0..ROWS {
        let factor = simd.splat_f32s(factors[i]);
        for j in 0..VECTORS {
            sums[i][j] = simd.mul_add_e_f32s(factor, line[j], sums[i][j]);
        }
    }
}

/// The first `VECTORS` vectors of `line`; a `TAIL` is all of it, filled up with zeros.
#[inline(always)]
pub fn load<S: Simd, const VECTORS: usize, const TAIL: bool>(
    simd: S,
    line: &[f32],
) -> [S::f32s; VECTORS] {
    if TAIL {
        return [simd.partial_load_f32s(line); VECTORS];
    }
    let (vectors, _) = S::as_simd_f32s(&line[..VECTORS * S::F32_LANES]);
    std::array::from_fn(|j| vectors[j])
}

/// Stores vectors over the beginning of `line`; a `TAIL` is one vector, of which as much as `line`
/// holds.
#[inline(always)]
pub fn store<S: Simd, const VECTORS: usize, const TAIL: bool>(
    simd: S,
    values: &[S::f32s; VECTORS],
    line: &mut [f32],
) {
    if TAIL {
        simd.partial_store_f32s(line, values[0]);
        return;
    }
    let (vectors, _) = S::as_mut_simd_f32s(&mut line[..VECTORS * S::F32_LANES]);
    for (vector, value) in vectors.iter_mut().zip(values) {
        *vector = *value;
    }
}

/// A pass over lines in which every column stands for itself.
pub trait Strip {
    /// All lines' `length` elements from `column` on: `V` vectors, or as a `TAIL` one vector,
    /// partly filled.
    fn strip<S: Simd, const V: usize, const TAIL: bool>(
        &mut self,
        simd: S,
        column: usize,
        length: usize,
    );
}

/// Passes over lines of `width` elements: `WIDE` vectors at a time, then one, then what is left.
#[inline(always)]
pub fn over_strips<S: Simd, const WIDE: usize>(simd: S, width: usize, pass: &mut impl Strip) {
    let (wide, one) = (WIDE * S::F32_LANES, S::F32_LANES);
    let mut column = 0;
    while width - column >= wide {
        pass.strip::<S, WIDE, false>(simd, column, wide);
        column += wide;
    }
    while width - column >= one {
        pass.strip::<S, 1, false>(simd, column, one);
        column += one;
    }
    if width > column {
        pass.strip::<S, 1, true>(simd, column, width - column);
    }
}
