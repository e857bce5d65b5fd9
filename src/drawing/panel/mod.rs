//! Panels: several small plots of points and steps in one drawing, in a terminal and as a picture.

mod definition;
mod picture;
mod terminal;

pub use definition::{share_legend, Panel, Series, Stroke};
pub use picture::{png, svg};
pub use terminal::{draw, draw_all, legend};
