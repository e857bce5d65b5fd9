//! The archive: a niche keeps the fitter, the whole is a fold of its attempts.

use std::collections::BTreeMap;

use motherlode::archive::{claims::Owner, ranking, Archive, Claims};
use motherlode::formula::Formula;
use motherlode::numerics::stream::Key;
use motherlode::record::attempt::{Attempt, Outcome, Proposal, Rejection, RungResult};
use motherlode::record::candidate::{Asymptote, Candidate, FormulaRecord, Measures, Placement};
use motherlode::record::evaluation::{Estimate, Evaluation, Fitness};

const ISLANDS: u32 = 2;
const COST_BUDGET: u32 = 90;

fn evaluation(fitness: f64) -> Evaluation {
    Evaluation {
        lab: "none".to_owned(),
        target: "general".to_owned(),
        estimate: Estimate {
            fitness: Fitness::new(fitness).unwrap(),
            fitness_interval: (fitness - 0.1, fitness + 0.1),
        },
        profiles: BTreeMap::new(),
        train_loss: None,
        in_distribution_loss: None,
        out_of_distribution_loss: None,
        tasks: Vec::new(),
        trials: Vec::new(),
        runs: Vec::new(),
    }
}

pub fn measures(cost: u32, monotone: bool) -> Measures {
    Measures {
        left: Asymptote::Zero,
        right: Asymptote::Linear,
        monotone,
        periodic_energy: 0.0,
        cost,
    }
}

pub fn attempt(number: u64, fitness: f64, measures: Measures) -> Attempt {
    Attempt {
        attempt: number,
        island: ((number - 1) % u64::from(ISLANDS)) as u32,
        proposer: "genetic".to_owned(),
        parents: Vec::new(),
        parents_fitness: None,
        inspirations: Vec::new(),
        reply: None,
        proposal: None,
        sibling_of: None,
        further: Vec::new(),
        guidance: None,
        calls: Vec::new(),
        formula: Some(FormulaRecord::from(
            &Formula::parse(&format!("x*sigmoid({number}*x)")).unwrap(),
        )),
        fingerprint: None,
        measures: Some(measures),
        rungs: vec![RungResult {
            rung: "1".to_owned(),
            fitness,
            threshold: None,
        }],
        evaluation: Some(evaluation(fitness)),
        outcome: Outcome::Placed(Placement::NotBetter),
    }
}

fn founder() -> Candidate {
    let mut founder = attempt(1, -9.0, measures(1, true)).candidate().unwrap();
    founder.attempt = 0;
    founder
}

/// Judges and folds, as the campaign does.
fn place(archive: &mut Archive, mut attempt: Attempt) -> Placement {
    let placement = archive.judge(&attempt.candidate().unwrap());
    attempt.outcome = Outcome::Placed(placement);
    archive.fold(&attempt);
    placement
}

#[test]
fn a_niche_keeps_the_fitter_of_two_and_the_earlier_of_equals() {
    let mut archive = Archive::founded(&[], 1, COST_BUDGET, Vec::new());
    let placements: Vec<Placement> = [0.5, 0.4, 0.5, 0.6]
        .into_iter()
        .zip(1..)
        .map(|(fitness, number)| {
            place(
                &mut archive,
                Attempt {
                    island: 0,
                    ..attempt(number, fitness, measures(1, true))
                },
            )
        })
        .collect();
    assert_eq!(
        placements,
        [
            Placement::NewNiche,
            Placement::NotBetter,
            Placement::NotBetter,
            Placement::Improved
        ]
    );
    let sample = archive.sample(9, &Key::new(1));
    assert_eq!(
        sample
            .parents
            .iter()
            .map(|parent| parent.attempt)
            .collect::<Vec<_>>(),
        [4]
    );
}

#[test]
fn unlike_behaviour_is_another_niche() {
    let mut archive = Archive::founded(&[], 1, COST_BUDGET, Vec::new());
    let rows = [
        measures(1, true),
        measures(1, false),
        measures(31, true),
        measures(89, true),
    ];
    for (number, measures) in (1..).zip(rows) {
        let placement = place(
            &mut archive,
            Attempt {
                island: 0,
                ..attempt(number, -1.0 - number as f64, measures)
            },
        );
        assert_eq!(placement, Placement::NewNiche, "{measures:?}");
    }
}

#[test]
fn islands_do_not_see_each_other_until_they_migrate() {
    let mut archive = Archive::founded(&[], ISLANDS, COST_BUDGET, vec![founder()]);
    place(&mut archive, attempt(1, 1.0, measures(1, true)));
    let best =
        |archive: &Archive, attempt: u64| archive.sample(attempt, &Key::new(1)).parents[0].attempt;
    assert_eq!(
        (best(&archive, 3), best(&archive, 4)),
        (1, 0),
        "attempt 3 is of the first island, attempt 4 of the second"
    );
    for number in 2..=50 {
        place(&mut archive, attempt(number, -8.0, measures(1, true)));
    }
    assert_eq!(
        best(&archive, 4),
        1,
        "after 50 attempts the best has come over"
    );
}

#[test]
fn the_archive_is_a_fold_of_its_attempts() {
    let founded = || Archive::founded(&[], ISLANDS, COST_BUDGET, vec![founder()]);
    let mut live = founded();
    let mut journal = Vec::new();
    let mut stream = Key::new(4).stream();
    for number in 1..=120 {
        let mut next = attempt(
            number,
            stream.normal(),
            measures(stream.below(100) as u32, stream.chance(0.5)),
        );
        if stream.chance(0.3) {
            next.outcome = Outcome::Rejected(Rejection::Diverged {
                detail: "exploded".to_owned(),
            });
            next.evaluation = None;
        } else {
            next.outcome = Outcome::Placed(live.judge(&next.candidate().unwrap()));
        }
        live.fold(&next);
        journal.push(serde_json::to_string(&next).unwrap());
    }
    let mut rebuilt = founded();
    journal
        .iter()
        .for_each(|line| rebuilt.fold(&serde_json::from_str(line).unwrap()));
    assert_eq!(live, rebuilt);
    for number in 121..140 {
        assert_eq!(
            live.sample(number, &Key::new(5).number(number)),
            rebuilt.sample(number, &Key::new(5).number(number))
        );
    }
}

#[test]
fn of_what_failed_only_formulas_are_remembered() {
    let mut archive = Archive::founded(&[], 1, COST_BUDGET, Vec::new());
    let failed = |number, formula: Option<&str>, rejection: Rejection| Attempt {
        proposal: formula.map(|formula| Proposal {
            formula: formula.to_owned(),
            name: None,
            rationale: None,
        }),
        evaluation: None,
        outcome: Outcome::Rejected(rejection),
        ..attempt(number, 0.0, measures(1, true))
    };
    archive.fold(&failed(
        1,
        Some("exp(x)"),
        Rejection::Diverged {
            detail: "step 3".to_owned(),
        },
    ));
    for number in 2..=20 {
        archive.fold(&failed(
            number,
            None,
            Rejection::NoReply {
                detail: "the server is in trouble (HTTP 503)".to_owned(),
            },
        ));
    }
    let remembered: Vec<&str> = archive
        .memory_of(0)
        .rejections()
        .map(|(formula, _)| formula.as_str())
        .collect();
    assert_eq!(
        remembered,
        ["exp(x)"],
        "a failed call says nothing of formulas"
    );
}

#[test]
fn a_sample_has_two_parents_that_differ_and_favours_the_fit() {
    let mut archive = Archive::founded(&[], 1, COST_BUDGET, Vec::new());
    for (number, (cost, monotone)) in (1..).zip([
        (1, true),
        (1, false),
        (31, true),
        (31, false),
        (89, true),
        (89, false),
    ]) {
        place(
            &mut archive,
            Attempt {
                island: 0,
                ..attempt(number, number as f64, measures(cost, monotone))
            },
        );
    }
    let mut first = BTreeMap::new();
    for draw in 0..500 {
        let sample = archive.sample(7, &Key::new(draw));
        assert_eq!((sample.parents.len(), sample.inspirations.len()), (2, 3));
        assert_ne!(sample.parents[0].attempt, sample.parents[1].attempt);
        *first.entry(sample.parents[0].attempt).or_insert(0) += 1;
    }
    assert_eq!(
        first.len(),
        6,
        "every elite is drawn now and then: {first:?}"
    );
    assert!(
        first[&6] > 2 * first[&4] && first[&4] > first[&1],
        "{first:?}"
    );
}

#[test]
fn a_rung_asks_for_the_best_part_of_its_latest_field() {
    let mut archive = Archive::founded(&[], 1, COST_BUDGET, Vec::new());
    for number in 1..=10 {
        archive.fold(&Attempt {
            island: 0,
            ..attempt(number, number as f64, measures(1, true))
        });
    }
    let rows = [
        ((0.3, 10, 10), Some(8.0)),
        ((0.5, 4, 4), Some(9.0)),
        ((1.0, 10, 10), Some(1.0)),
        ((0.3, 10, 11), None),
        ((0.01, 10, 1), Some(10.0)),
    ];
    for ((keep, field, least), expected) in rows {
        assert_eq!(
            archive.memory_of(0).threshold("1", keep, field, least),
            expected,
            "best {keep} of the latest {field}"
        );
    }
    assert_eq!(archive.memory_of(0).threshold("nosuch", 0.3, 10, 1), None);
}

#[test]
fn a_function_is_claimed_once_however_it_is_written() {
    let mut claims = Claims::default();
    let owner = |name: &str, attempt| Owner {
        name: name.to_owned(),
        attempt,
    };
    let formula = |text: &str| Formula::parse(text).unwrap();
    assert_eq!(
        claims.claim(&formula("silu(x)"), owner("silu", None)),
        Ok(())
    );
    assert_eq!(
        claims.claim(&formula("x/(1 + exp(-x))"), owner("mine", Some(3))),
        Err(owner("silu", None))
    );
    assert_eq!(
        claims.claim(&formula("x*sigmoid(1.01*x)"), owner("mine", Some(4))),
        Ok(())
    );
    assert_eq!(
        claims.claim(
            &formula("0.5*x*(1 + tanh(0.505*x))"),
            owner("again", Some(5))
        ),
        Err(owner("mine", Some(4)))
    );
    assert_eq!(
        claims.claim(&formula("2*silu(x)"), owner("twice", Some(6))),
        Ok(()),
        "another scale trains otherwise"
    );
}

#[test]
fn the_ranking_is_by_fitness_and_then_by_age() {
    let attempts = [
        attempt(1, 0.1, measures(1, true)),
        attempt(2, 0.3, measures(1, true)),
        attempt(3, 0.3, measures(1, true)),
    ];
    assert_eq!(
        ranking(&attempts)
            .iter()
            .map(|candidate| candidate.attempt)
            .collect::<Vec<_>>(),
        [2, 3, 1]
    );
}
