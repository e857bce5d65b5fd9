//! How long a large archive takes to open and to close: `MOTHERLODE_LARGE=400000 cargo test
//! --release --test spec -- --ignored --nocapture large_archive`.

use std::fs;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use motherlode::journal::Journal;

use super::{attempt, charter, NAME};

/// Threads that settle at once, so that they share the synchronisations.
const THREADS: usize = 64;

#[test]
#[ignore = "writes gigabytes and says how long it took"]
fn a_large_archive_opens_and_closes_in_seconds() {
    let attempts: u64 = match std::env::var("MOTHERLODE_LARGE") {
        Ok(text) => text.parse().unwrap(),
        Err(_) => 10_000,
    };
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::create_or_open(folder.path()).unwrap();
    journal.begin(&charter(NAME)).unwrap();
    let next = AtomicU64::new(1);
    let settle = || loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number > attempts {
            break;
        }
        journal.settle(NAME, &attempt(number)).unwrap();
    };
    let began = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(settle);
        }
    });
    println!("{attempts} attempts settled: {:?}", began.elapsed());
    let timed = |what: &str, act: &dyn Fn()| {
        let began = Instant::now();
        act();
        println!("{what}: {:?}", began.elapsed());
    };
    let open = || Journal::open(folder.path()).unwrap();
    let began = Instant::now();
    journal.close().unwrap();
    println!("closed: {:?}", began.elapsed());
    for turn in ["first", "second"] {
        timed(&format!("opened and closed, {turn} time"), &|| {
            open().close().unwrap();
        });
    }
    fs::remove_file(folder.path().join("CLEAN")).unwrap();
    timed("opened as after a kill, and closed", &|| {
        open().close().unwrap()
    });
}
