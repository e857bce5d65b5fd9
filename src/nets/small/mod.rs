//! Training of small networks, by either [`Backend`](crate::nets::Backend): the
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
pub(crate) mod assignment;
mod batch_normalisation;
pub mod batched;
pub(crate) mod definition;
mod description;
mod head;
mod layer_normalisation;
pub(crate) mod layout;
pub mod matmul;
mod mlp;
mod normalisation;
mod passes;
mod residual;
mod train;
mod trials;
mod workspace;

pub use assignment::Assignment;
pub use definition::{NetworkDefinition, NetworkError, NetworkKind};
pub use train::{train, Losses, TrainedParameter, Training, TrialEnd, CURVE_POINTS, EXPLODED};
pub use trials::BackendError;
pub use workspace::Workspace;
