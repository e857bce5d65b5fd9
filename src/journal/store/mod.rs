//! The door to sled: the trees, the transactions that write them and the scans that read them, a
//! file a noun.

mod accounts;
mod attempts;
mod benchmark_runs;
mod campaigns;
mod database;
mod documents;
mod restoration;
mod verification;

pub use accounts::CHECKUPS;
pub(super) use accounts::CHECKUPS_NUMBER;
pub(super) use attempts::OpenDocument;
pub(super) use benchmark_runs::BenchmarkRunName;
pub(super) use database::{gave_up, Store};
pub(super) use restoration::Restoration;
