//! A benchmark that can be run in part.

use crate::replay::fidelity::Fidelity;
use crate::replay::ready_benchmark::ReadyBenchmark;

/// The known activations that people use in networks, and that candidates on a benchmark are held
/// against; the first is the reference.
pub const BENCHMARK_BASELINES: [&str; 4] = ["relu", "gelu", "silu", "mish"];

/// Benchmarks at the fidelities of a campaign.
pub trait GradedBenchmark: Sync {
    /// The benchmark at a fidelity.
    ///
    /// # Errors
    /// Why it cannot be run so, and what to do.
    fn at(&self, fidelity: Fidelity) -> Result<Box<dyn ReadyBenchmark>, String>;
}
