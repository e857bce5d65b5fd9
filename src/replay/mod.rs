//! Replays: activations trained on real benchmarks, beside those that people use today.

pub mod summary;
