//! How many runs of a program there may be at once, and which device each has.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::numerics::stop::Stop;

/// How often a stop is looked for by those that wait.
const LOOK: Duration = Duration::from_millis(50);

/// The places of runs, free or taken.
pub struct RunSlots {
    /// The numbers of those that are free; the least is taken first.
    free: Mutex<Vec<usize>>,
    freed: Condvar,
    devices: Vec<String>,
}

/// A place that is taken until this is dropped.
pub struct RunSlot<'a> {
    slots: &'a RunSlots,
    number: usize,
}

impl RunSlots {
    /// So many places, the first of them with these devices.
    pub fn new(count: usize, devices: &[String]) -> RunSlots {
        RunSlots {
            free: Mutex::new((0..count).rev().collect()),
            freed: Condvar::new(),
            devices: devices.to_vec(),
        }
    }

    /// Waits for a free place; `None` where the stop is due first.
    pub fn take(&self, stop: &Stop) -> Option<RunSlot<'_>> {
        let mut free = locked(&self.free);
        loop {
            if stop.is_due() {
                return None;
            }
            if let Some(number) = free.pop() {
                return Some(RunSlot {
                    slots: self,
                    number,
                });
            }
            let waited = self.freed.wait_timeout(free, LOOK);
            free = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl RunSlot<'_> {
    /// The device of this place.
    pub fn device(&self) -> Option<&str> {
        self.slots.devices.get(self.number).map(String::as_str)
    }
}

impl Drop for RunSlot<'_> {
    fn drop(&mut self) {
        let mut free = locked(&self.slots.free);
        free.push(self.number);
        free.sort_unstable_by(|a, b| b.cmp(a));
        self.slots.freed.notify_one();
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
