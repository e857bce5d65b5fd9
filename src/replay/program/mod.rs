//! The user's own training program as a benchmark: a command that is given an activation, a seed
//! and a fidelity, trains what it likes, and prints JSON lines, the last with its metric.
//!
//! The command is started by a supervisor, a process of this program's own executable, which ends
//! all that the command started: at its end, at its limits, when the work is stopped, and when this
//! program is gone.

pub mod benchmark;
pub mod child;
pub mod definition;
mod definition_text;
#[cfg(unix)]
mod descendants;
pub mod ending;
pub mod error;
mod frame;
pub mod identity;
mod invocation;
#[cfg(unix)]
mod object_lines;
mod order;
pub mod origin;
pub mod outcome;
#[cfg(unix)]
mod output_tail;
#[cfg(unix)]
mod processes;
pub mod reading;
mod slots;
#[cfg(unix)]
mod supervision;
pub mod supervisor;

pub use benchmark::Program;
pub use definition::ProgramDefinition;
pub use error::{DefinitionError, ProgramError};
