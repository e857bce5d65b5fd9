//! Where networks are trained.

use candle_core::Device;

use crate::formula::vector::InstructionSet;

/// Where networks are trained. Both ways meet the same data, initial weights, batches and dropout,
/// and differ in rounding.
#[derive(Clone, Debug, Default)]
pub enum Backend {
    /// Fused passes over preallocated buffers: one network at a time on the calling thread.
    #[default]
    Fused,
    /// Operations of Candle on a device; small networks as many trials side by side.
    Candle(Device),
}

impl Backend {
    /// Whether many trials are better given at once than one by one on several threads.
    #[inline]
    pub fn takes_many(&self) -> bool {
        matches!(self, Backend::Candle(_))
    }

    /// Returns what decides how numbers are rounded: the instruction set of the fused passes, or
    /// the kind of device. The same run comes to nearly the same numbers on another, not to the
    /// same.
    pub fn arithmetic(&self) -> &'static str {
        match self {
            Backend::Fused => InstructionSet::best().name(),
            Backend::Candle(Device::Cpu) => "candle-cpu",
            Backend::Candle(Device::Cuda(_)) => "cuda",
            Backend::Candle(Device::Metal(_)) => "metal",
        }
    }

    /// Returns [`Backend::arithmetic`] as a benchmark's setting: its name and its value.
    pub fn setting(&self) -> (&'static str, &'static str) {
        match self {
            Backend::Fused => ("instruction_set", self.arithmetic()),
            Backend::Candle(_) => ("device", self.arithmetic()),
        }
    }
}
