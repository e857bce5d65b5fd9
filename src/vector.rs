//! The door to vector instructions: which instruction sets this machine has, and how a kernel written once runs on each of them.

pub use pulp::{bytemuck, Simd, WithSimd};

/// An instruction set that this machine is known to have; holding one is the proof.
#[derive(Clone, Copy, Debug)]
pub enum InstructionSet {
    /// One lane, plain arithmetic: the path on machines without vector units, and the one to hold the others against.
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
        InstructionSet::available().pop().expect("`available` always holds Scalar")
    }

    /// `scalar`, `avx2` or `avx512`.
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

    /// Runs a kernel on this instruction set without compiling it for the set: for one that only chooses among loops which it passes to `Simd::vectorize` itself.
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
