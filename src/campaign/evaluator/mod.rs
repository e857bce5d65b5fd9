//! The evaluator: what measures the formulas of a campaign. It has two homes, a lab and a benchmark.

mod benchmark;
mod graded_benchmark;
mod images;
mod laboratory;
mod measuring;
mod program;

pub use self::benchmark::{
    BenchmarkEvaluator, BenchmarkFounding, BenchmarkOutlook, BenchmarkPlace, Unfinished,
};
pub use self::graded_benchmark::{GradedBenchmark, BENCHMARK_BASELINES};
pub use self::images::{words_of_images, IMAGE_FRACTIONS};
pub use self::measuring::{Evaluator, FreshOrder, RungTerms, Unmeasured};
pub use self::program::{fractions_of_program, words_of_program};
