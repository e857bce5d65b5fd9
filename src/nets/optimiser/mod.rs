//! Optimisers: what a lab or a recipe says of one, and its rule over flat buffers ([`fused`]) and
//! over tensors of Candle ([`tensors`]).

pub(crate) mod fused;
mod rule;
pub(crate) mod step;
pub(crate) mod tensors;

pub use rule::Optimiser;
