//! The journal: every attempt of every campaign, on disk before it counts. The only door to sled.
//!
//! An archive is a folder: `sled/` (the database), `export/` (the same as JSON lines), `copies/` (the
//! database as it was before the last unclean openings), and the files LOCK, WITNESS and CLEAN. One process at a time holds it; within it, one
//! thread writes.

mod accounts;
mod archive_folder;
mod attempts;
mod benchmark_runs;
mod campaigns;
mod closing;
mod contents;
mod copies;
mod durable;
mod envelope;
mod error;
mod export;
mod files;
mod first_reply;
mod handle;
mod lock;
mod opening;
mod salvage;
mod sealed;
mod store;
mod witness;
mod writer;

pub use attempts::OpenAttempt;
pub use error::JournalError;
pub use first_reply::FirstReply;
pub use handle::{check_name, check_new_name, Journal, DOCTOR};
pub use salvage::{repair, verify, Finding, Holdings, Inspection, Repair};
pub use store::CHECKUPS;
