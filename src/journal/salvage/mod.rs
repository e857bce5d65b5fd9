//! The way back: what an archive still holds is found, wherever it lies, and made an archive again;
//! and what is wrong with one is told.

mod campaign;
mod carving;
mod finds;
mod inspection;
mod repair;
mod report;

pub use inspection::{verify, Finding, Inspection};
pub use repair::repair;
pub use report::{Holdings, Repair};
