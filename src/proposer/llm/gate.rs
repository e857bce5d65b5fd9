//! The gate before a model: how many requests may be under way at once, which grows while all goes
//! well and shrinks when the server limits the rate.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A limit on the requests under way: additive increase, multiplicative decrease, and no request
/// before the time that the server named.
pub struct Gate {
    state: Mutex<GateState>,
}

struct GateState {
    /// How many may be under way; at least 1.
    limit: f64,
    most: f64,
    under_way: u32,
    not_before: Option<Instant>,
}

/// One request under way; dropping it lets the next one in.
pub struct GatePass<'a>(&'a Gate);

impl Gate {
    /// A gate that begins with, and never lets in more than, `most` requests at once.
    pub fn new(most: u32) -> Gate {
        let most = f64::from(most.max(1));
        Gate {
            state: Mutex::new(GateState {
                limit: most,
                most,
                under_way: 0,
                not_before: None,
            }),
        }
    }

    /// Lets a request in.
    ///
    /// # Errors
    /// The wait that is certain; zero where the request waits for others to end.
    pub fn enter(&self) -> Result<GatePass<'_>, Duration> {
        let mut state = self.state();
        let now = Instant::now();
        if let Some(wait) = state
            .not_before
            .and_then(|time| time.checked_duration_since(now))
            .filter(|wait| !wait.is_zero())
        {
            return Err(wait);
        }
        if f64::from(state.under_way) + 1.0 > state.limit.floor() {
            return Err(Duration::ZERO);
        }
        state.under_way += 1;
        Ok(GatePass(self))
    }

    /// Widens the gate after an answered request: one more may be under way once as many were
    /// answered as are now.
    pub fn widen(&self) {
        let mut state = self.state();
        state.limit = (state.limit + 1.0 / state.limit).min(state.most);
    }

    /// Halves the limit and lets no request in before this wait is over.
    pub fn narrow(&self, wait: Duration) {
        let mut state = self.state();
        state.limit = (state.limit / 2.0).max(1.0);
        drop(state);
        self.hold_back(wait);
    }

    /// Lets no request in before this wait is over.
    pub fn hold_back(&self, wait: Duration) {
        let mut state = self.state();
        let until = Instant::now().checked_add(wait);
        state.not_before = state.not_before.max(until);
    }

    /// The number of requests that may be under way now.
    pub fn limit(&self) -> u32 {
        self.state().limit as u32
    }

    fn state(&self) -> MutexGuard<'_, GateState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for GatePass<'_> {
    fn drop(&mut self) {
        self.0.state().under_way -= 1;
    }
}
