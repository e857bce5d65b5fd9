//! Networks in training: the small ones of the lab's trials, and the ones for images.
//!
//! What both are trained by stands here once: the [`Backend`], the [`Optimiser`], the
//! [`Schedule`], the scale of initial weights and the numbers of normalisations. Their fused passes
//! stand side by side, in [`small`] and [`image`], because their hot loops differ: the matrices of
//! the first stay in a cache, the maps of the second are too large to be kept.

mod backend;
pub mod image;
mod initialisation;
mod normalisation;
mod optimiser;
mod schedule;
pub mod small;

pub use backend::Backend;
pub use initialisation::{Initialisation, Start};
pub use normalisation::Normalisation;
pub use optimiser::Optimiser;
pub use schedule::Schedule;
