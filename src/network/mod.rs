//! The training engine: small networks trained by hand-written passes over preallocated buffers, one network on one core.
//!
//! Matrices lie in column panels (see `matmul`), parameters in one flat vector (see `layout`), and every buffer in a [`Workspace`].
//!
//! An activation that reads the batch reads the block of rows that passes together: the batch in training, and in evaluation blocks of the split of at
//! least 256 rows, in order, of which the last may be shorter.

mod activate;
mod batch_normalisation;
mod definition;
mod head;
mod layer_normalisation;
mod layout;
pub mod matmul;
mod mlp;
mod normalisation;
mod optimiser;
pub mod reference;
mod residual;
mod train;
mod workspace;

pub use definition::{Initialisation, NetworkDefinition, NetworkError, NetworkKind, Normalisation, Optimiser, Schedule};
pub use train::{train, Halt, Losses, TrainedParameter, Training, TrialEnd, CURVE_POINTS, EXPLODED};
pub use workspace::Workspace;
