//! Where values stand between the stages of a plan.

/// Over how much of a tensor a value is the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// All of it: one number.
    Tensor,
    /// Every row: one number a feature.
    Rows,
    /// Nothing: one number an element.
    Element,
}

/// A place of its own among all values of the same reach.
#[derive(Clone, Copy, Debug)]
pub struct Slot {
    pub reach: Reach,
    pub index: usize,
}

/// What is read over all elements.
#[derive(Clone, Copy, Debug)]
pub enum Source {
    Stored(Slot),
    Input(usize),
    Constant(f32),
}
