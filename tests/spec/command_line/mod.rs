//! The command line as its users meet it: JSON that programs rely on, clear refusals, exit codes.

mod campaigns;
mod evaluate;
mod library;
mod limits;
mod outside_text;
mod refusals;
