//! The specification: sentences and tables, a module a subject.

mod archive;
mod campaign;
mod command_line;
mod dataset;
mod evaluator;
mod formula;
mod journal;
mod kernel;
mod layers;
mod network;
mod proposer;
