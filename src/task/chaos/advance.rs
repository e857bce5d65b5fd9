//! How far a state is carried.

/// How far a state is carried.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Advance {
    /// By a time, above 0, in the system's own unit; flows and delay systems.
    Time(f64),
    /// By a number of iterations; maps.
    Iterations(u32),
}
