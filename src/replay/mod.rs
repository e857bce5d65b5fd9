//! Replays: activations trained on real benchmarks, beside those that people use today.

pub mod download;
pub mod sets;
pub mod summary;
