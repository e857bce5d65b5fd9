//! Networks in training: the small ones of the lab's trials, and the ones for images.

pub mod image;
pub mod small;
