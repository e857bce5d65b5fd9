//! Networks for real data.

mod convolution;
mod engine;
