//! Drawings: curves of formulas and panels of measurements, in a terminal and as pictures.

mod character_axes;
pub mod curve;
mod format;
pub mod frame;
mod label;
pub mod panel;
pub mod picture;
mod sampling;
mod sheet;
pub mod terminal;
pub mod visible;
