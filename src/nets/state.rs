//! What a checkpoint keeps of a network in training: named tensors.

/// A named part of a state.
#[derive(Clone, Debug, PartialEq)]
pub struct StateTensor {
    /// The parameter's name and what of it: `hidden1.weights.moment1`.
    pub name: String,
    /// Its axes.
    pub shape: Vec<usize>,
    /// Its numbers, row by row.
    pub values: Vec<f32>,
}

/// Why a state is not this network's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the checkpoint's tensor `{name}` is not the network's: wanted {wanted} numbers, found {found}"
)]
pub struct StateError {
    /// The tensor's name.
    pub name: String,
    /// How many numbers the network has of it.
    pub wanted: usize,
    /// How many the state has; 0 where it lacks the tensor.
    pub found: usize,
}
