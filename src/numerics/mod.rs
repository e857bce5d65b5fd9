//! Numbers without a subject: random streams, statistics, aligned buffers and the bandit.

pub mod bandit;
pub mod buffer;
pub mod statistics;
pub mod stream;
