//! The block interpreter and the Candle back end, held to the 64-bit reference.

mod accuracy;
mod accuracy_table;
#[cfg(feature = "candle")]
mod candle;
#[cfg(feature = "candle")]
mod candle_formulas;
mod formulas;
mod graphs;
mod slices;
mod tensors;
