//! The record of what the bits of a measurement depend on, beside its lab and its seed.

use serde::{Deserialize, Serialize};

/// By what a measurement was computed: the same lab, seed and formula give the same bits wherever
/// this is the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arithmetic {
    /// The version of the lab's engine and draws, which counts up with every change of a number.
    pub engine: u32,
    /// The processor, the operating system, and the instruction set or the kind of device that
    /// trained: `x86_64 linux avx2`.
    pub class: String,
}
