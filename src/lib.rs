//! Motherlode mines activation functions: formulas are proposed, checked, trained outside their
//! training ranges, and kept where they generalise.
//!
//! The layers, from the bottom up, are matter, records, organs, stories and faces; ARCHITECTURE.md
//! draws them and `tests/spec/layers.rs` enforces them.

// matter: pure, no IO, no async, no clock, no global random
pub mod bandit;
pub mod buffer;
pub mod dataset;
pub mod formula;
pub mod images;
pub mod model;
pub mod nearest;
pub mod network;
pub mod statistics;
pub mod stream;
pub mod vector;

// records: plain serialisable data
pub mod attempt;
pub mod candidate;
pub mod cell;
pub mod charter;
pub mod confirmation;
pub mod evaluation;
pub mod ledger;

// organs: never import one another
pub mod archive;
pub mod evaluator;
pub mod journal;
pub mod proposer;

// stories: know more than one organ
pub mod campaign;
pub mod config;
pub mod replay;

// faces: print, serve and exit
pub mod cli;
pub mod report;
