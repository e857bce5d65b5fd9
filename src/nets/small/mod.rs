//! Training of small networks, by one of two back ends behind one interface ([`Backend`]): the
//! fused one, hand-written passes over preallocated buffers, one network on one core; and the
//! [`batched`] one, many networks side by side on a device.
//!
//! In the fused one matrices lie in column panels (see `matmul`), parameters in one flat vector
//! (see `layout`), and every buffer in a [`Workspace`].
//!
//! An activation that reads the batch reads the block of rows that passes together: the batch in
//! training, and in evaluation blocks of the split of at least 256 rows, in order, of which the
//! last may be shorter.

mod activate;
mod backend;
mod batch_normalisation;
pub mod batched;
mod definition;
mod head;
mod layer_normalisation;
mod layout;
pub mod matmul;
mod mlp;
pub(crate) mod normalisation;
pub(crate) mod optimiser;
pub mod reference;
mod residual;
mod train;
mod workspace;

pub use backend::{Assignment, Backend, BackendError};
pub use definition::{
    Initialisation, NetworkDefinition, NetworkError, NetworkKind, Normalisation, Optimiser,
    Schedule,
};
pub use train::{train, Losses, TrainedParameter, Training, TrialEnd, CURVE_POINTS, EXPLODED};
pub use workspace::Workspace;
