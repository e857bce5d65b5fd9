//! How often each text was parsed and each formula fingerprinted while somebody counts, so that a
//! test can hold a program to doing either once.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Whether anybody counts.
static COUNTING: AtomicBool = AtomicBool::new(false);
static COUNTS: Mutex<BTreeMap<String, Count>> = Mutex::new(BTreeMap::new());

/// What was done with one text, on whatever thread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// How often [`Formula::parse`](crate::Formula::parse) read it.
    pub parses: u64,
    /// How often the fingerprint was computed of a formula that prints so.
    pub fingerprints: u64,
}

/// Counts from now on, for the rest of the process.
pub fn begin() {
    COUNTING.store(true, Ordering::Relaxed);
}

/// What was counted for this text; all 0 for one that was never met.
pub fn count(text: &str) -> Count {
    counts().get(text).copied().unwrap_or_default()
}

pub(crate) fn parsed(text: &str) {
    note(|| text.to_owned(), |count| count.parses += 1);
}

pub(crate) fn fingerprinted(printed: impl Fn() -> String) {
    note(printed, |count| count.fingerprints += 1);
}

fn note(text: impl Fn() -> String, change: impl Fn(&mut Count)) {
    if COUNTING.load(Ordering::Relaxed) {
        change(counts().entry(text()).or_default());
    }
}

fn counts() -> MutexGuard<'static, BTreeMap<String, Count>> {
    COUNTS.lock().unwrap_or_else(PoisonError::into_inner)
}
