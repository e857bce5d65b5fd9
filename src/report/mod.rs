//! Reports: curves of formulas, in a terminal and as pictures.

pub mod curve;
pub mod frame;
pub mod picture;
pub mod terminal;
