//! Numbers without a subject: random streams, statistics, aligned buffers and the bandit; and the
//! stop that long work asks, and what panics say.

pub mod bandit;
pub mod buffer;
pub mod minimum;
pub mod panics;
pub mod statistics;
pub mod stop;
pub mod stream;
