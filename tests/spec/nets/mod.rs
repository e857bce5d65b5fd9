//! Networks in training.

mod image;
mod small;
