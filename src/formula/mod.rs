//! The formula.
pub mod expression;
pub mod function;
pub mod graph;
pub mod kernel;
