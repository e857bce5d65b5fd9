//! Replays: activations trained on real benchmarks, beside those that people use today.

pub mod benchmark;
pub mod checked_file;
pub mod checkpoint;
pub mod classification;
pub mod download;
pub mod fidelity;
pub mod function_field;
pub mod memory;
mod placement;
pub mod program;
pub mod ready_benchmark;
pub mod recipe;
pub mod recipe_change;
pub mod run;
pub mod sets;
pub mod summary;
pub mod trainer;
pub mod transfer;
pub mod tuning;
pub mod vault;

pub use benchmark::{Benchmark, BenchmarkError, ImageBenchmark};
