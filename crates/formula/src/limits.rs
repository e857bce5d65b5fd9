//! The limits of a formula. They are checked before anything is built from a text, so that hostile
//! text costs no more than plain text.

/// Longest text in bytes; canonical forms obey it too.
pub const TEXT_BYTES: usize = 4096;

/// Deepest nesting of parentheses and signs.
pub const NESTING: usize = 64;

/// Most numbers, variables, operators and calls in a program.
pub const PROGRAM_NODES: usize = 512;

/// Most nodes of a lowered graph, f and f' together.
pub const GRAPH_NODES: usize = 4096;

/// Largest whole exponent that becomes multiplications; above it `x^n` is the general power.
pub const MULTIPLIED_EXPONENT: u32 = 64;

/// Half-width of the range on which an activation must behave: standardised inputs and normalised
/// layers seldom leave it.
pub const PROBE_RANGE: f64 = 5.0;

/// Largest |f| on the probe range.
pub const LARGEST_VALUE: f64 = 150.0;
