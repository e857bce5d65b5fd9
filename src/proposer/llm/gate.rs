//! The gate before a model: how many requests may be under way at once, which grows while all goes
//! well and shrinks when the server limits the rate or answers too late.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The part of a proposal's time within which an answer of a server of the user's own comes early:
/// with twice as many requests at once it still comes in time where they are answered one by one.
const EARLY: f64 = 0.25;
/// The part from which it comes late: one request more at once might come too late.
const LATE: f64 = 0.5;

/// A limit on the requests under way: additive increase, multiplicative decrease, and no request
/// before the time that the server named.
pub struct Gate {
    state: Mutex<GateState>,
    /// Whether it stands before a server of the user's own.
    of_own_server: bool,
}

struct GateState {
    /// How many may be under way; at least 1.
    limit: f64,
    most: f64,
    under_way: u32,
    not_before: Option<Instant>,
    /// Answers in a row that came early while as many were under way as may be.
    early: u32,
}

/// One request under way; dropping it lets the next one in.
pub struct GatePass<'a> {
    gate: &'a Gate,
    /// Whether as many were under way as may be once it was let in.
    fills: bool,
}

impl Gate {
    /// A gate that begins with, and never lets in more than, `most` requests at once, as the
    /// providers' own servers take them.
    pub fn new(most: u32) -> Gate {
        Gate::beginning(most, most, false)
    }

    /// A gate before a server of the user's own, which may answer one request at a time: it begins
    /// with one, and widens up to `most` only while answers come early.
    pub fn of_own_server(most: u32) -> Gate {
        Gate::beginning(1, most, true)
    }

    fn beginning(limit: u32, most: u32, of_own_server: bool) -> Gate {
        Gate {
            state: Mutex::new(GateState {
                limit: f64::from(limit.max(1)),
                most: f64::from(most.max(1)),
                under_way: 0,
                not_before: None,
                early: 0,
            }),
            of_own_server,
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
        let fills = f64::from(state.under_way) + 1.0 > state.limit.floor();
        Ok(GatePass { gate: self, fills })
    }

    /// Takes in that the request of a pass was answered, after so long of so much time for a
    /// proposal. Before a server of the user's own it widens by one once as many answers as may be
    /// under way came early in a row, with so many under way; a late one narrows it by one.
    pub fn answered(&self, pass: &GatePass, took: Duration, of: Duration) {
        if !self.of_own_server {
            return self.widen();
        }
        let mut state = self.state();
        let (limit, share) = (state.limit.floor(), took.as_secs_f64() / of.as_secs_f64());
        if share > LATE {
            state.limit = (limit - 1.0).max(1.0);
        }
        match () {
            () if share > EARLY => state.early = 0,
            () if pass.fills => state.early += 1,
            // How long an answer takes alone says nothing of more at once.
            () => {}
        }
        if f64::from(state.early) >= limit {
            state.early = 0;
            state.limit = (limit + 1.0).min(state.most);
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
        self.gate.state().under_way -= 1;
    }
}
