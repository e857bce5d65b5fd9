//! The supervisor: a process that starts a program, reads what it writes, and ends all that the
//! program started, whatever becomes of the process that ordered it.
//!
//! It is told one order on its standard input, which stays open: the end of that input is the end
//! of whoever ordered the run, or the wish to stop it. What it writes are frames (see
//! `frame`), the ending last.

use std::io::{self, Read, Write};

/// Does what one order says, and returns when all that it started has ended.
///
/// # Errors
/// No order came, or the system gives no thread.
#[cfg(unix)]
pub fn supervise(
    orders: impl Read + Send + 'static,
    frames: impl Write + Send + 'static,
) -> io::Result<()> {
    super::supervision::supervise(orders, frames)
}

/// As it is on systems that have no process groups.
///
/// # Errors
/// Always.
#[cfg(not(unix))]
pub fn supervise(_: impl Read + Send + 'static, _: impl Write + Send + 'static) -> io::Result<()> {
    Err(io::Error::other(
        "programs of one's own are run on Linux, macOS and other Unixes only",
    ))
}
