//! How long a call may take and how often it is tried.

use std::time::Duration;

/// How long a call may take and how often it is tried.
#[derive(Clone, Debug, PartialEq)]
pub struct Patience {
    /// The most time for a connection to be made; 10 s.
    pub connect: Duration,
    /// The most time for a whole proposal, waits and tries included; 300 s.
    pub total: Duration,
    /// The most requests to one model; 4. A request repeated without a field that the model
    /// refuses, or after a rate limit, does not count.
    pub tries: u32,
    /// The upper end of the first wait, which doubles with every try; 0.5 s.
    pub first_wait: Duration,
    /// The largest upper end of a wait; 8 s.
    pub longest_wait: Duration,
    /// The longest wait that a server may ask for; one that asks for more is not asked again in
    /// this run; 120 s.
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
