//! `motherlode supervise`, which no help shows: what starts a program of the user's and ends all
//! that it started. The program runs it for itself.

use crate::cli::common::{Ending, Failure};
use crate::cli::output;
use crate::replay::program::supervisor::supervise;

/// Does the order on standard input.
pub fn run() -> Result<Ending, Failure> {
    supervise(std::io::stdin(), output::frames())?;
    Ok(Ending::Done)
}
