//! Networks in training: the small ones of the lab's trials, and the ones for images.
//!
//! What both have in common stands here once: the description as a list of layers
//! ([`NetworkDescription`]), where the parameters lie and what they start from
//! ([`ParameterLayout`]), the [`Optimiser`], the [`Schedule`], the [`Backend`], the numbers of
//! normalisations, and the same networks by Candle's autograd ([`candle`]), to which all others are
//! held. The fused passes stand side by side, in [`small`] and [`image`], because their hot loops
//! differ: the matrices of the first stay in a cache, the maps of the second are too large to be
//! kept. One engine alone would take 1.2 to 1.7 times as long on the lab's networks
//! (METHODOLOGY.md, "Would one engine do?").

mod backend;
pub mod candle;
mod description;
pub mod image;
mod initialisation;
mod layer;
mod normalisation;
mod optimiser;
mod parameters;
mod schedule;
pub mod small;
mod state;

pub use backend::Backend;
pub use description::{DescriptionError, NetworkDescription};
pub use initialisation::{Initialisation, Start};
pub use layer::{Layer, LayerKind, MapId, MapShape, Shift};
pub use normalisation::Normalisation;
pub use optimiser::Optimiser;
pub use parameters::{ParameterLayout, ParameterTensor, Role};
pub use schedule::Schedule;
pub use state::{StateError, StateTensor};
