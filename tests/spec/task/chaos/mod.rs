//! Chaotic systems: values known by hand, invariants, and the accuracy of the flow maps.

mod flows;
mod tasks;

use motherlode::task::chaos::catalogue::{systems, System};
use motherlode::task::chaos::Advance;

fn system(name: &str) -> &'static System {
    systems()
        .unwrap()
        .iter()
        .find(|system| system.name == name)
        .unwrap()
}

fn values(system: &System) -> Vec<f64> {
    system
        .parameters
        .iter()
        .map(|parameter| parameter.value)
        .collect()
}

fn flow(name: &str, state: &[f64], time: f64) -> Vec<f64> {
    system(name)
        .dynamics
        .advance(&values(system(name)), state, Advance::Time(time))
        .unwrap()
}

fn assert_close(found: &[f64], wanted: &[f64], tolerance: f64) {
    assert_eq!(found.len(), wanted.len());
    for (found_one, wanted_one) in found.iter().zip(wanted) {
        assert!(
            (found_one - wanted_one).abs() <= tolerance,
            "found {found:?}, wanted {wanted:?}"
        );
    }
}
