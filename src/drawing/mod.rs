//! Reports: curves of formulas and panels of measurements, in a terminal and as pictures.

pub mod curve;
pub mod frame;
pub mod panel;
pub mod picture;
pub mod terminal;
