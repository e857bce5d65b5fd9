//! The journal: every attempt of every campaign, on disk before it counts. The only door to sled.
//!
//! An archive is a folder: `sled/` (the database), `export/` (its attempts, confirmations and
//! benchmark runs as JSON lines), `copies/` (the database as it was before the last unclean
//! openings), and the files LOCK, WITNESS and CLEAN. One process at a time holds it; within it, one
//! thread writes.

mod accounts;
mod archive_folder;
mod attempts;
mod benchmark_runs;
mod campaigns;
mod durable;
mod envelope;
mod error;
mod export;
mod handle;
mod lock;
mod store;
mod witness;
mod writer;

pub use attempts::OpenAttempt;
pub use error::JournalError;
pub use handle::{check_name, Journal};
