//! Why benchmark runs cannot be summed up.

/// Why benchmark runs cannot be summed up.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SummaryError {
    /// No benchmark run of any entrant.
    #[error(
        "a summary takes one benchmark run at least of the activations it is of, found none; run the \
         replay first"
    )]
    Empty,

    /// Benchmark runs of different benchmarks.
    #[error(
        "a summary is of one benchmark, found {first} ({first_key}) and {second} ({second_key}); \
         take the benchmark runs of one key"
    )]
    SeveralBenchmarks {
        /// The name of one.
        first: String,
        /// Its key.
        first_key: String,
        /// The name of the other.
        second: String,
        /// Its key.
        second_key: String,
    },

    /// Two benchmark runs of one activation and seed that differ.
    #[error("{name} has two benchmark runs of seed {seed} that differ; a seed is run once")]
    TwoCells {
        /// The activation's name.
        name: String,
        /// The seed.
        seed: u64,
    },
}
