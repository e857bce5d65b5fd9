//! What may be said of measured differences.

mod correlations;
mod evaluations;
mod tests;
