//! The stop: how long work is told from outside to end, by a flag or by a deadline.
//!
//! This is the one file of matter that reads a clock. A deadline decides only whether work goes on;
//! no result depends on the time.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Why work was ended before it was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Halt {
    /// Its stop was raised, or one that its stop belongs to was due for any reason.
    Stopped,
    /// The deadline of its own stop has passed.
    TimedOut,
    /// The device that did the work failed; what it said is in the log. No stop gives this reason.
    DeviceFailed,
    /// The system gave no thread to work on. No stop gives this reason.
    NoThread,
}

/// The operating system gives the program no further thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the system gives no further thread: give fewer --workers, or raise its limits on processes \
     and memory (ulimit -u, ulimit -v); what is done is kept"
)]
pub struct NoThread;

/// A flag and an optional deadline that long work asks, between its steps, whether to end.
///
/// Clones share the flag, so that one thread raises what others ask. A stop made by
/// [`Stop::child`], [`Stop::until`] or [`Stop::within`] belongs to the one it was made from: it is
/// due whenever that one is, and raising it leaves that one alone. To ask costs an atomic read for
/// each stop in the chain, and a look at the clock for each that has a deadline.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<Link>);

/// What the clones of one stop share.
#[derive(Debug, Default)]
struct Link {
    above: Option<Stop>,
    raised: AtomicBool,
    cut: AtomicBool,
    deadline: Option<Instant>,
    rehearsal: Option<Rehearsal>,
}

/// A stop that counts how often it is asked in the place of a clock.
#[derive(Debug)]
struct Rehearsal {
    asks: AtomicU64,
    most: u64,
    halt: Halt,
}

impl Stop {
    /// A stop that is due only once it is raised.
    pub fn new() -> Stop {
        Stop::default()
    }

    /// A stop that answers no the first `asks` times, and `halt` from then on, so that a test can
    /// end work at an exact step. The asks of stops that belong to it count too.
    pub fn after(asks: u64, halt: Halt) -> Stop {
        let rehearsal = Rehearsal {
            asks: AtomicU64::new(0),
            most: asks,
            halt,
        };
        Stop(Arc::new(Link {
            rehearsal: Some(rehearsal),
            ..Link::default()
        }))
    }

    /// A stop with a flag of its own that belongs to this one.
    pub fn child(&self) -> Stop {
        self.until(None)
    }

    /// A stop with a flag of its own that belongs to this one, and is due from `deadline` on where
    /// there is one.
    pub fn until(&self, deadline: Option<Instant>) -> Stop {
        Stop(Arc::new(Link {
            above: Some(self.clone()),
            deadline,
            ..Link::default()
        }))
    }

    /// A stop with a flag of its own that belongs to this one, and is due once `limit` has passed
    /// from now; a limit that no clock reaches is none.
    pub fn within(&self, limit: Duration) -> Stop {
        self.until(Instant::now().checked_add(limit))
    }

    /// Raises the flag of this stop and of its clones, for good.
    pub fn raise(&self) {
        self.0.raised.store(true, Ordering::Relaxed);
    }

    /// Raises it, and tells that not even what was paid for is to be waited for.
    pub fn cut(&self) {
        self.0.cut.store(true, Ordering::Relaxed);
        self.raise();
    }

    /// Whether this stop or one that it belongs to is cut: what is paid for and under way ends only
    /// then, all other work once the stop is due.
    pub fn is_cut(&self) -> bool {
        self.0.cut.load(Ordering::Relaxed) || self.0.above.as_ref().is_some_and(Stop::is_cut)
    }

    /// Whether the flag of this very stop is raised; neither a deadline nor the stops that it
    /// belongs to count.
    pub fn is_raised(&self) -> bool {
        self.0.raised.load(Ordering::Relaxed)
    }

    /// Whether the deadline of this very stop has passed; false where it has none.
    pub fn is_overdue(&self) -> bool {
        self.0
            .deadline
            .is_some_and(|deadline| Instant::now() >= deadline)
    }

    /// Whether the work is to end.
    pub fn is_due(&self) -> bool {
        self.reason().is_some()
    }

    /// Why the work is to end; `None` while it may go on. A flag comes before a deadline, and
    /// whatever the reason of a stop that this one belongs to, it is [`Halt::Stopped`] here.
    pub fn reason(&self) -> Option<Halt> {
        if self.is_raised() || self.0.above.as_ref().is_some_and(Stop::is_due) {
            return Some(Halt::Stopped);
        }
        if self.is_overdue() {
            return Some(Halt::TimedOut);
        }
        let rehearsal = self.0.rehearsal.as_ref()?;
        let asked = rehearsal.asks.fetch_add(1, Ordering::Relaxed);
        (asked >= rehearsal.most).then_some(rehearsal.halt)
    }

    /// How often a stop made by [`Stop::after`] has been asked; 0 for any other.
    pub fn asks(&self) -> u64 {
        let rehearsal = self.0.rehearsal.as_ref();
        rehearsal.map_or(0, |rehearsal| rehearsal.asks.load(Ordering::Relaxed))
    }
}
