//! The specification: sentences and tables, a module a subject.

mod archive;
mod bandit;
mod binary;
mod campaign;
mod cascade;
mod command_line;
mod confirmation;
mod data;

mod evaluator;
mod exploits;
mod formula;
mod hard_use;
mod images;
mod journal;
mod kernel;
mod kills;
mod lab_command;
mod layers;

mod models;
mod nets;
mod plot;
mod prices;
mod proposer;
mod replay;
mod spending;
mod statistics;
mod task;
mod validation;
