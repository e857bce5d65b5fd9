//! The clock of a run: when it was started, and what asks it to stop.

use std::time::{Duration, Instant};

use crate::campaign::StopReason;
use crate::cli::common::Failure;
use crate::cli::interrupt::Interrupt;
use crate::numerics::stop::Stop;

/// When a run was started, and what asks it to stop.
pub struct Clock {
    pub started: Instant,
    pub interrupt: Interrupt,
}

impl Clock {
    /// Starts now, and listens to the user from now on.
    pub fn start() -> Result<Clock, Failure> {
        Ok(Clock {
            interrupt: Interrupt::listen()?,
            started: Instant::now(),
        })
    }

    /// The stop of a run that may take so long.
    pub fn stop(&self, limit: Option<Duration>) -> Stop {
        let deadline = limit.and_then(|limit| self.started.checked_add(limit));
        self.interrupt.stop().until(deadline)
    }

    /// Why the run ends where its stop is due.
    pub fn reason(&self) -> StopReason {
        match self.interrupt.raised() {
            true => StopReason::Interrupted,
            false => StopReason::TimeLimit,
        }
    }
}
