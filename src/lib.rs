//! Motherlode mines activation functions: formulas are proposed, checked, trained outside their
//! training ranges, and kept where they generalise.
//!
//! The layers, from the bottom up, are matter, records, organs, stories and faces; ARCHITECTURE.md
//! draws them and `tests/spec/layers.rs` enforces them.

// matter: pure, no IO, no async, no clock, no global random
pub mod drawing;
pub mod images;
pub mod nets;
pub mod numerics;
pub mod task;
pub use motherlode_formula as formula;

// records: plain serialisable data
pub mod record;

// organs: never import one another
pub mod archive;
pub mod journal;
pub mod lab;
pub mod proposer;

// stories: know more than one organ
pub mod campaign;
pub mod config;
pub mod replay;
pub mod review;

// faces: print, serve and exit
pub mod cli;
