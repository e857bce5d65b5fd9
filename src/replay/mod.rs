//! Replay: candidates on downstream benchmarks beside the activations that people use.

pub mod download;
pub mod sets;
