//! `motherlode lab`: what it shows, the faults that it finds, and what it refuses.

mod checks;
mod shown;
mod validations;
