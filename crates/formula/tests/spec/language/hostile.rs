//! The laws that the fuzz targets hold every input to (fuzz/laws.rs), here on the seeds and on
//! mutations of them: what scripts/fuzz.sh does at length.

#[path = "../../../fuzz/laws.rs"]
mod laws;

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

const SEEDS: &str = include_str!("../../../fuzz/seeds/formulas.txt");

type Law = fn(&[u8]);

const LAWS: [Law; 4] = [laws::parse, laws::lower, laws::rewrite, laws::interpret];

fn seeds() -> Vec<Vec<u8>> {
    SEEDS
        .lines()
        .map(|line| line.replace("\\n", "\n").into_bytes())
        .collect()
}

/// A seed with pieces of others put in and bytes changed, or bytes alone.
fn inputs() -> impl Strategy<Value = Vec<u8>> {
    let seed = || prop::sample::select(seeds());
    let spliced = (
        seed(),
        seed(),
        any::<prop::sample::Index>(),
        any::<prop::sample::Index>(),
    )
        .prop_map(|(mut first, second, at, from)| {
            let (at, from) = (at.index(first.len() + 1), from.index(second.len()));
            first.splice(at..at, second[from..].iter().copied());
            first
        });
    let changed = (
        seed(),
        prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    )
        .prop_map(|(mut bytes, changes)| {
            for (at, byte) in changes {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            bytes
        });
    prop_oneof![spliced, changed, prop::collection::vec(any::<u8>(), 0..120)]
}

#[test]
fn the_seeds_keep_every_law() {
    for seed in seeds() {
        LAWS.iter().for_each(|law| law(&seed));
    }
}

#[test]
fn mutations_of_the_seeds_keep_every_law() {
    let config = Config {
        cases: 3000,
        failure_persistence: None,
        ..Config::default()
    };
    let mut runner =
        TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let outcome = runner.run(&inputs(), |bytes| {
        LAWS.iter().for_each(|law| law(&bytes));
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}
