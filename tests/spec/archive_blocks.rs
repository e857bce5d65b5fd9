//! An archive for several blocks: each island judges by the fitness of its own.

use std::collections::BTreeMap;

use motherlode::archive::{ranked_under, Archive};
use motherlode::numerics::stream::Key;
use motherlode::record::attempt::{Attempt, Outcome, Rejection, RungResult};
use motherlode::record::candidate::{Candidate, Placement};
use motherlode::record::evaluation::{Estimate, Fitness};

use crate::archive::{attempt, measures};

const COST_BUDGET: u32 = 90;

fn estimate(fitness: f64) -> Estimate {
    Estimate {
        fitness: Fitness::new(fitness).unwrap(),
        fitness_interval: (fitness - 0.1, fitness + 0.1),
    }
}

/// An attempt on the island of its number, of two blocks, with its fitness as `mlp` and as
/// `transformer`.
fn made(number: u64, [mlp, transformer]: [f64; 2]) -> Attempt {
    let block = ((number - 1) % 2) as usize;
    let mut attempt = attempt(number, [mlp, transformer][block], measures(1, true));
    attempt.island = ((number - 1) % 4) as u32;
    let evaluation = attempt.evaluation.as_mut().unwrap();
    evaluation.target = ["mlp", "transformer"][block].to_owned();
    evaluation.profiles = BTreeMap::from([
        ("mlp".to_owned(), estimate(mlp)),
        ("transformer".to_owned(), estimate(transformer)),
    ]);
    attempt
}

fn founded() -> Archive {
    let blocks = ["mlp", "transformer"].map(str::to_owned);
    Archive::founded(&blocks, 4, COST_BUDGET, Vec::new())
}

/// Judges and folds, as the campaign does.
fn place(archive: &mut Archive, mut attempt: Attempt) -> Placement {
    let placement = archive.judge(&attempt.candidate().unwrap());
    attempt.outcome = Outcome::Placed(placement);
    archive.fold(&attempt);
    placement
}

/// The attempt that made the only parent of another.
fn parent(archive: &Archive, attempt: u64) -> u64 {
    archive.sample(attempt, &Key::new(1)).parents[0].attempt
}

#[test]
fn islands_are_dealt_to_the_blocks_in_order() {
    let archive = founded();
    let targets: Vec<&str> = (1..=5)
        .map(|attempt| archive.target_of(archive.island_of(attempt)))
        .collect();
    assert_eq!(targets, ["mlp", "transformer", "mlp", "transformer", "mlp"]);
}

#[test]
fn an_island_keeps_what_is_fitter_under_its_own_block() {
    let mut archive = founded();
    let rows = [
        (1, [0.1, 0.9], Placement::NewNiche),
        (5, [0.2, 0.0], Placement::Improved),
        (9, [0.1, 9.0], Placement::NotBetter),
        (2, [0.9, 0.1], Placement::NewNiche),
        (6, [0.0, 0.2], Placement::Improved),
    ];
    for (number, fitness, placement) in rows {
        assert_eq!(
            place(&mut archive, made(number, fitness)),
            placement,
            "attempt {number}"
        );
    }
    assert_eq!((parent(&archive, 13), parent(&archive, 14)), (5, 6));
}

#[test]
fn a_migrant_is_judged_by_the_island_it_comes_to() {
    let mut archive = founded();
    // On the first island, of mlp, attempt 1 stays; on the second, of transformer, attempt 2.
    place(&mut archive, made(1, [0.9, 0.3]));
    place(&mut archive, made(2, [0.0, 0.4]));
    for number in 3..=50 {
        place(&mut archive, made(number, [-9.0, -9.0]));
    }
    assert_eq!(
        parent(&archive, 2),
        2,
        "0.9 as mlp is 0.3 as transformer, which does not do there"
    );
    assert_eq!(parent(&archive, 3), 2, "0.0 as mlp is more than -9");
    let mut archive = founded();
    place(&mut archive, made(1, [0.9, 0.5]));
    place(&mut archive, made(2, [0.0, 0.4]));
    for number in 3..=50 {
        place(&mut archive, made(number, [-9.0, -9.0]));
    }
    assert_eq!(parent(&archive, 2), 1, "0.5 as transformer does");
}

#[test]
fn running_fields_and_rejections_are_a_blocks_own() {
    let mut archive = founded();
    for number in 1..=8 {
        let mut outclassed = made(number, [number as f64, -(number as f64)]);
        let fitness = if number % 2 == 1 { number as f64 } else { -1.0 };
        outclassed.rungs = vec![RungResult {
            rung: "1".to_owned(),
            fitness,
            threshold: None,
        }];
        outclassed.evaluation = None;
        outclassed.proposal = Some(motherlode::record::attempt::Proposal {
            formula: format!("{number}*x"),
            name: None,
            rationale: None,
        });
        outclassed.outcome = Outcome::Rejected(Rejection::Outclassed {
            rung: "1".to_owned(),
            fitness,
            threshold: 9.0,
        });
        archive.fold(&outclassed);
    }
    let asked = |island| archive.memory_of(island).threshold("1", 0.5, 10, 4);
    assert_eq!((asked(0), asked(1)), (Some(5.0), Some(-1.0)));
    assert_eq!(
        (asked(2), asked(3)),
        (asked(0), asked(1)),
        "two islands each"
    );
    let shown = |island| -> Vec<&str> {
        let rejections = archive.memory_of(island).rejections();
        rejections.map(|(formula, _)| formula.as_str()).collect()
    };
    assert_eq!(shown(0), ["7*x", "5*x", "3*x", "1*x"]);
    assert_eq!(shown(1), ["8*x", "6*x", "4*x", "2*x"]);
}

#[test]
fn a_ranking_under_a_block_takes_what_was_made_for_others_too() {
    let rows = [[0.1, 0.2], [0.9, 0.1], [0.5, 0.2]];
    let candidates: Vec<Candidate> = (1..)
        .zip(rows)
        .map(|(number, fitness)| made(number, fitness).candidate().unwrap())
        .collect();
    for (target, expected) in [
        ("mlp", [2, 3, 1]),
        ("transformer", [1, 3, 2]),
        ("none of them", [3, 1, 2]),
    ] {
        let ranked: Vec<u64> = ranked_under(&candidates, target)
            .iter()
            .map(|candidate| candidate.attempt)
            .collect();
        assert_eq!(ranked, expected, "{target}");
    }
}
