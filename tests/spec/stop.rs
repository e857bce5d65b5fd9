//! The stop: a flag and a deadline, and what belongs to another.

use std::time::{Duration, Instant};

use motherlode::numerics::stop::{Halt, Stop};

/// A deadline that has passed.
fn past() -> Option<Instant> {
    Some(Instant::now())
}

#[test]
fn a_stop_is_due_once_it_is_raised_and_stays_so() {
    let stop = Stop::new();
    assert_eq!((stop.reason(), stop.is_raised()), (None, false));
    stop.raise();
    assert_eq!(
        (stop.reason(), stop.is_raised()),
        (Some(Halt::Stopped), true)
    );
    assert!(stop.is_due());
}

#[test]
fn a_stop_is_cut_with_those_that_belong_to_it_and_due_then() {
    let stop = Stop::new();
    let (child, other) = (stop.child().within(Duration::MAX), stop.clone());
    stop.raise();
    assert!(child.is_due() && !child.is_cut(), "to raise is not to cut");
    child.cut();
    assert!(child.is_cut() && !stop.is_cut(), "nor what it belongs to");
    stop.cut();
    assert!(other.is_cut() && other.is_raised() && stop.child().is_cut());
}

#[test]
fn clones_share_one_flag_across_threads() {
    let stop = Stop::new();
    let other = stop.clone();
    std::thread::spawn(move || other.raise()).join().unwrap();
    assert!(stop.is_raised());
}

#[test]
fn a_deadline_that_has_passed_is_a_time_out() {
    let stop = Stop::new();
    assert_eq!(stop.until(past()).reason(), Some(Halt::TimedOut));
    assert_eq!(stop.within(Duration::ZERO).reason(), Some(Halt::TimedOut));
    assert!(stop.until(past()).is_overdue());
    for later in [stop.until(None), stop.within(Duration::MAX)] {
        assert_eq!((later.reason(), later.is_overdue()), (None, false));
    }
    assert!(!stop.is_due(), "the one it was made from goes on");
}

#[test]
fn whatever_ends_a_stop_has_stopped_those_that_belong_to_it() {
    let raised = Stop::new();
    raised.raise();
    for above in [
        raised,
        Stop::new().until(past()),
        Stop::after(0, Halt::TimedOut),
    ] {
        for below in [above.child(), above.until(past()), above.child().child()] {
            assert_eq!(below.reason(), Some(Halt::Stopped));
            assert!(!below.is_raised(), "its own flag is down");
        }
    }
}

#[test]
fn what_belongs_to_a_stop_leaves_it_alone() {
    let above = Stop::new();
    let (first, second) = (above.child(), above.child());
    first.raise();
    assert!(first.is_due() && !second.is_due() && !above.is_due());
}

#[test]
fn a_rehearsed_stop_is_due_after_so_many_asks_on_whatever_thread() {
    let stop = Stop::after(3, Halt::TimedOut);
    let answers: Vec<bool> = (0..5).map(|_| stop.clone().is_due()).collect();
    assert_eq!(answers, [false, false, false, true, true]);
    assert_eq!((stop.asks(), stop.reason()), (5, Some(Halt::TimedOut)));
    assert_eq!(Stop::new().asks(), 0);
}
