//! The formula: parsed, checked, lowered, differentiated, and run.

pub mod candle;
pub mod expression;
pub mod function;
pub mod graph;
pub mod kernel;
pub mod reference;
