//! Plain serialisable data: what is kept of an attempt, of a measurement and of money.

pub mod arithmetic;
pub mod attempt;
pub mod benchmark_run;
pub mod block;
pub mod candidate;
pub mod charter;
pub mod confirmation;
pub mod estimate;
pub mod evaluation;
pub mod judging;
pub mod lab_words;
pub mod ledger;
pub mod paired_run;
pub mod target_benchmark;
pub mod tuning;
