//! The gate before a model: how many requests may be under way at once, which grows while all goes
//! well and shrinks when the server limits the rate or answers too late.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The part of a proposal's time within which an answer of a server of the user's own comes early:
/// with twice as many requests at once it still comes in time where they are answered one by one.
const EARLY: f64 = 0.25;

/// A limit on the requests under way: additive increase, multiplicative decrease, and no request
/// before the time that the server named.
pub struct Gate {
    state: Mutex<GateState>,
    /// The part of a proposal's time within which an answer widens it.
    early: f64,
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
    /// A gate that begins with, and never lets in more than, `most` requests at once, as the
    /// providers' own servers take them.
    pub fn new(most: u32) -> Gate {
        Gate::beginning(most, most, 1.0)
    }

    /// A gate before a server of the user's own, which may answer one request at a time: it begins
    /// with one, and widens up to `most` only while answers come early.
    pub fn of_own_server(most: u32) -> Gate {
        Gate::beginning(1, most, EARLY)
    }

    fn beginning(limit: u32, most: u32, early: f64) -> Gate {
        Gate {
            state: Mutex::new(GateState {
                limit: f64::from(limit.max(1)),
                most: f64::from(most.max(1)),
                under_way: 0,
                not_before: None,
            }),
            early,
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

    /// Widens the gate after an answer that took so long, of so much time for a proposal, where that
    /// was early.
    pub fn answered(&self, took: Duration, of: Duration) {
        if took <= of.mul_f64(self.early) {
            self.widen();
        }
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
