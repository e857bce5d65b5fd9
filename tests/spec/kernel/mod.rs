//! The block interpreter and the Candle back end, held to the 64-bit reference.

mod accuracy;
mod candle;
mod formulas;
mod graphs;
mod slices;
mod tensors;
