//! How long a call may take and how often it is tried.

use std::time::Duration;

/// How long a call may take and how often it is tried.
#[derive(Clone, Debug, PartialEq)]
pub struct Patience {
    /// For a connection to be made: 10 s.
    pub connect: Duration,
    /// For the whole of a proposal, waits and tries included: 300 s.
    pub total: Duration,
    /// Requests to one model, at most: 4. One repeated without a field that it refuses, or after a
    /// rate limit, does not count.
    pub tries: u32,
    /// The upper end of the first wait: 0.5 s; it doubles with every try.
    pub first_wait: Duration,
    /// The largest upper end of a wait: 8 s.
    pub longest_wait: Duration,
    /// A server that asks for a longer wait than this is not asked again in this run: 120 s.
    pub longest_retry_after: Duration,
}

impl Default for Patience {
    fn default() -> Patience {
        Patience {
            connect: Duration::from_secs(10),
            total: Duration::from_secs(300),
            tries: 4,
            first_wait: Duration::from_millis(500),
            longest_wait: Duration::from_secs(8),
            longest_retry_after: Duration::from_secs(120),
        }
    }
}
