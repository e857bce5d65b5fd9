//! Jobs on several threads, their results in order.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Mutex;
use std::thread::Builder;

use crate::numerics::stop::NoThread;

/// Runs the jobs 0 to `count` on `workers` threads, each of which has a state of its own, and gives
/// their results in the order of the jobs, whatever `workers` is.
///
/// A thread takes no further job after a result that `ends` it; a job that no thread took is
/// `None`.
///
/// # Errors
/// The system does not give as many threads; those that it gave take no further job.
pub fn run_jobs<S, T: Send>(
    count: usize,
    workers: usize,
    state: impl Fn() -> S + Sync,
    job: impl Fn(&mut S, usize) -> T + Sync,
    ends: impl Fn(&T) -> bool + Sync,
) -> Result<Vec<Option<T>>, NoThread> {
    let next = AtomicUsize::new(0);
    let results: Mutex<Vec<Option<T>>> = Mutex::new((0..count).map(|_| None).collect());
    let work = || {
        let mut own = state();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= count {
                return;
            }
            let result = job(&mut own, index);
            let is_last = ends(&result);
            results
                .lock()
                .expect("no job panics while it holds the results")[index] = Some(result);
            if is_last {
                return;
            }
        }
    };
    std::thread::scope(|scope| {
        let started = (0..workers.clamp(1, count.max(1)))
            .try_for_each(|_| Builder::new().spawn_scoped(scope, work).map(drop));
        started.map_err(|_| {
            next.store(count, Ordering::Relaxed);
            NoThread
        })
    })?;
    Ok(results
        .into_inner()
        .expect("no job panics while it holds the results"))
}
