//! How far a state is carried.

/// How far a state is carried.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Advance {
    /// By this time, above 0, in the unit of the equations; for flows and delay systems.
    Time(f64),
    /// By this number of iterations; for maps.
    Iterations(u32),
}
