//! What is computed over a field of functions: correlations of ranks, halves, leads.

use motherlode::numerics::statistics::Undefined;
use motherlode::numerics::stream::Key;
use motherlode::record::benchmark_run::{BenchmarkRunEnd, Direction};
use motherlode::replay::function_field::{of_popular_and_random, Origin};
use motherlode::replay::transfer::{BenchmarkOutcome, Measure, Predictor, Transfer};

use super::{outcome, predictor};
use crate::replay::{activation, benchmark, benchmark_run, finished};

fn key() -> Key {
    Key::new(1).word("transfer")
}

/// The correlation of one predictor over all functions and in the better half.
fn correlations(values: &[f64], outcome: &BenchmarkOutcome) -> (Option<f64>, Option<f64>) {
    let row = Transfer::of(&[predictor("mlp", values)], outcome, &key()).rows[0].over;
    (
        row.all.ok().map(|found| found.value),
        row.better_half.ok().map(|found| found.value),
    )
}

#[test]
fn correlations_are_those_of_ranks_with_better_outcomes_above() {
    let values = [10.0, 20.0, 30.0, 40.0, 50.0, 60.0];
    let (higher, lower) = (Direction::Higher, Direction::Lower);
    /// The direction, the outcome, the correlation over all and within the better half.
    type PredictorRow<'a> = (Direction, [f64; 6], Option<f64>, Option<f64>);
    let rows: [PredictorRow; 6] = [
        (higher, [0.1, 0.2, 0.3, 0.4, 0.5, 0.9], Some(1.0), Some(1.0)),
        (
            lower,
            [0.1, 0.2, 0.3, 0.4, 0.5, 0.9],
            Some(-1.0),
            Some(-1.0),
        ),
        (
            higher,
            [0.6, 0.5, 0.4, 0.3, 0.2, 0.1],
            Some(-1.0),
            Some(-1.0),
        ),
        // 1 - 6 * 8 / (6 * 35): the better half is turned round.
        (
            higher,
            [0.1, 0.2, 0.3, 0.6, 0.5, 0.4],
            Some(1.0 - 48.0 / 210.0),
            Some(-1.0),
        ),
        // The worse half is turned round: nothing of it in the better half.
        (
            higher,
            [0.3, 0.2, 0.1, 0.4, 0.5, 0.6],
            Some(1.0 - 48.0 / 210.0),
            Some(1.0),
        ),
        (higher, [0.5; 6], None, None),
    ];
    for (direction, values_of_outcome, all, better_half) in rows {
        let found = correlations(&values, &outcome(direction, &values_of_outcome));
        let same = |found: Option<f64>, wanted: Option<f64>| match (found, wanted) {
            (Some(found), Some(wanted)) => (found - wanted).abs() < 1e-12,
            (None, None) => true,
            _ => false,
        };
        assert!(
            same(found.0, all) && same(found.1, better_half),
            "{values_of_outcome:?}: {found:?}"
        );
    }
}

#[test]
fn what_did_not_finish_ranks_last_and_tied() {
    for (direction, values) in [
        (Direction::Higher, [0.2, 0.3, 0.4, 0.5]),
        (Direction::Lower, [0.5, 0.4, 0.3, 0.2]),
    ] {
        let mut outcome = outcome(direction, &values);
        outcome.values.extend([vec![None], vec![None]]);
        let found = Transfer::of(
            &[predictor("mlp", &[3.0, 4.0, 5.0, 6.0, 1.0, 1.0])],
            &outcome,
            &key(),
        );
        assert_eq!(found.unfinished, 2);
        assert_eq!(
            found.rows[0].over.all.map(|found| found.value),
            Ok(1.0),
            "{direction:?}"
        );
        // That they fail is easily predicted; of the others this says nothing.
        let misled = Transfer::of(
            &[predictor("mlp", &[6.0, 5.0, 4.0, 3.0, 1.0, 1.0])],
            &outcome,
            &key(),
        );
        assert!(misled.rows[0].over.all.is_ok_and(|found| found.value > 0.3));
        assert_eq!(misled.rows[0].finished.map(|found| found.value), Ok(-1.0));
    }
}

#[test]
fn the_outcome_is_the_mean_over_seeds_and_one_seed_that_failed_counts_as_failed() {
    let (own, other) = (activation("x*tanh(x)"), activation("relu(x)"));
    let mut runs = finished(Direction::Higher, &own, &[0.5, 0.75]);
    runs.extend(finished(Direction::Higher, &other, &[0.25]));
    runs.push(benchmark_run(
        Direction::Higher,
        &other,
        2,
        BenchmarkRunEnd::Diverged { epoch: 2 },
    ));
    let outcome = BenchmarkOutcome::of(
        &runs,
        &[own.id(), other.id()],
        &[1, 2],
        benchmark(Direction::Higher).direction,
    );
    assert_eq!(
        outcome.values,
        [vec![Some(0.5), Some(0.75)], vec![Some(0.25), None]]
    );
    assert_eq!(outcome.means(), [Some(0.625), None]);
}

#[test]
fn halves_part_the_functions_by_lot_and_are_the_same_for_every_benchmark() {
    let values: Vec<f64> = (0..11).map(f64::from).collect();
    let of = |values_of_outcome: &[f64]| {
        Transfer::of(
            &[predictor("mlp", &values)],
            &outcome(Direction::Higher, values_of_outcome),
            &key(),
        )
        .halves
    };
    let halves = of(&values);
    assert_eq!((halves[0].len(), halves[1].len()), (6, 5));
    let mut all = halves.concat();
    all.sort_unstable();
    assert_eq!(all, (0..11).collect::<Vec<_>>());
    assert_ne!(halves[0], (0..6).collect::<Vec<_>>(), "by lot");
    assert_eq!(
        halves,
        of(&values
            .iter()
            .map(|value| -value * value)
            .collect::<Vec<_>>())
    );
}

/// 24 functions: `mlp` predicts well, `transformer` not at all, and another seed of the outcome
/// nearly repeats it.
fn field() -> ([Predictor; 3], BenchmarkOutcome) {
    let values: Vec<f64> = (0..24).map(f64::from).collect();
    let of = |change: &dyn Fn(usize) -> f64| (0..24).map(change).collect::<Vec<f64>>();
    let mlp = of(&|index| {
        if index % 2 == 0 {
            values[index] + 1.5
        } else {
            values[index]
        }
    });
    let transformer = of(&|index| ((index * 7) % 24) as f64);
    let general = of(&|index| (mlp[index] + transformer[index]) / 2.0);
    let seeds = |index: usize| {
        vec![
            Some(values[index] / 100.0),
            Some(
                (if index.is_multiple_of(3) {
                    index as f64 + 2.5
                } else {
                    index as f64
                }) / 100.0,
            ),
        ]
    };
    (
        [
            predictor("mlp", &mlp),
            predictor("transformer", &transformer),
            predictor("general", &general),
        ],
        BenchmarkOutcome {
            direction: Direction::Higher,
            values: (0..24).map(seeds).collect(),
        },
    )
}

#[test]
fn the_best_profile_leads_the_next_in_the_same_resamples() {
    let (predictors, outcome) = field();
    let found = Transfer::of(&predictors, &outcome, &key());
    let lead = found.lead.unwrap();
    assert_eq!((lead.best, lead.runner_up), (0, 2));
    let difference = lead.difference.unwrap();
    let value = |index: usize| found.rows[index].over.all.unwrap().value;
    assert!((difference.value - (value(0) - value(2))).abs() < 1e-12);
    let (low, high) = difference.interval.unwrap();
    assert!(
        low < difference.value && difference.value < high && low > 0.0,
        "{difference:?}"
    );
    let twins = [
        predictors[0].clone(),
        Predictor {
            target: "twin".to_owned(),
            ..predictors[0].clone()
        },
    ];
    let difference = Transfer::of(&twins, &outcome, &key())
        .lead
        .unwrap()
        .difference
        .unwrap();
    assert_eq!(
        (difference.value, difference.interval),
        (0.0, Some((0.0, 0.0)))
    );
    assert_eq!(
        Transfer::of(&predictors[..1], &outcome, &key()).lead,
        None,
        "one leads nobody"
    );
}

#[test]
fn only_fitness_is_chosen_among_profiles() {
    let (predictors, outcome) = field();
    let loss = Predictor {
        measure: Measure::Train,
        ..predictors[0].clone()
    };
    let found = Transfer::of(
        &[loss, predictors[1].clone(), predictors[2].clone()],
        &outcome,
        &key(),
    );
    assert_eq!(
        found.lead.map(|lead| (lead.best, lead.runner_up)),
        Some((2, 1))
    );
}

#[test]
fn a_profile_chosen_on_one_half_is_judged_on_the_other() {
    let (predictors, outcome) = field();
    let found = Transfer::of(&predictors, &outcome, &key());
    for (half, choice) in found.choices.iter().enumerate() {
        let choice = choice.unwrap();
        assert_eq!((choice.chosen, choice.best), (0, 0));
        assert_eq!(
            Ok(choice.judged),
            found.rows[0].halves[1 - half].all.map(|found| found.value)
        );
        assert_eq!(choice.judged, choice.best_judged);
    }
}

#[test]
fn one_seed_is_held_against_another_where_there_are_two() {
    let (predictors, outcome) = field();
    let seeds = Transfer::of(&predictors, &outcome, &key()).seeds.unwrap();
    assert!(
        (0.9..1.0).contains(&seeds.all.unwrap()) && seeds.all_interval.is_some(),
        "{seeds:?}"
    );
    let one = BenchmarkOutcome {
        values: outcome
            .values
            .iter()
            .map(|values| values[..1].to_vec())
            .collect(),
        ..outcome.clone()
    };
    assert_eq!(Transfer::of(&predictors, &one, &key()).seeds, None);
    let twice = BenchmarkOutcome {
        values: one.values.iter().map(|values| vec![values[0]; 3]).collect(),
        ..one
    };
    assert_eq!(
        Transfer::of(&predictors, &twice, &key()).seeds.unwrap().all,
        Some(1.0)
    );
}

#[test]
fn what_cannot_be_computed_says_why() {
    let few = Transfer::of(
        &[predictor("mlp", &[1.0, 2.0, 3.0, 4.0])],
        &outcome(Direction::Higher, &[0.1, 0.2, 0.3, 0.4]),
        &key(),
    );
    assert_eq!(
        few.rows[0].over.better_half,
        Err(Undefined::TooFew {
            wanted: 3,
            found: 2
        })
    );
    assert_eq!(few.rows[0].over.all.map(|found| found.value), Ok(1.0));
}

#[test]
fn a_field_is_published_functions_then_random_ones_all_different_and_fixed_by_its_seed() {
    let names = |count: usize, seed: u64| {
        of_popular_and_random(count, seed)
            .unwrap()
            .into_iter()
            .map(|own| own.name)
            .collect::<Vec<_>>()
    };
    let field = of_popular_and_random(60, 1).unwrap();
    let published = field
        .iter()
        .filter(|function| function.origin == Origin::Library)
        .count();
    assert!((36..=45).contains(&published), "{published}");
    assert!(field[..published]
        .iter()
        .all(|function| function.origin == Origin::Library));
    assert_eq!(
        (field[0].name.as_str(), field[1].name.as_str()),
        ("relu", "gelu")
    );
    for (index, function) in field.iter().enumerate() {
        assert!(
            field[..index].iter().all(|other| !other
                .formula
                .fingerprint()
                .matches(&function.formula.fingerprint())),
            "{}",
            function.name
        );
    }
    let own = names(60, 1);
    assert_eq!(own, names(60, 1));
    assert_eq!(
        own[..50],
        names(50, 1)[..],
        "a smaller field is the beginning of a larger one"
    );
    let other = names(60, 2);
    assert!(own[..published] == other[..published] && own != other);
}
