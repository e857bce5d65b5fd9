//! How far a state is carried.

/// How far a state is carried.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Advance {
    Time(f64),
    Iterations(u32),
}
