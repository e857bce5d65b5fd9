//! How far a lab can be trusted: made-up fields whose answers are known, and how hard a task is.

use motherlode::lab::function_field::{FunctionField, Measure};
use motherlode::lab::linear_model::LinearModel;
use motherlode::lab::separation::separation;
use motherlode::lab::target_statistics::TargetStatistics;
use motherlode::lab::validation::{
    agreement, agreement_with_intervals, family_splits, fittest, half_pairings, keep_needed,
    pairings, random_halves, survivors, Pairing,
};
use motherlode::lab::FitnessLaw;
use motherlode::numerics::stream::Key;
use motherlode::task::Split as Set;

const LAW: FitnessLaw = FitnessLaw::LogRatio { clip: 1.5 };

fn four_families(tasks_each: usize) -> Vec<String> {
    ["p", "h", "f", "c"]
        .iter()
        .flat_map(|family| vec![(*family).to_owned(); tasks_each])
        .collect()
}

/// A field under one profile: `value(formula, task)`.
fn field(
    formulas: usize,
    families: Vec<String>,
    value: &dyn Fn(usize, usize) -> f64,
) -> FunctionField {
    let tasks = families.len();
    FunctionField {
        families,
        values: (0..formulas)
            .map(|formula| vec![(0..tasks).map(|task| value(formula, task)).collect()])
            .collect(),
    }
}

#[test]
fn the_fitness_of_a_field_is_minus_the_mean_and_the_worst_family() {
    let families = ["p", "p", "h"].map(str::to_owned).to_vec();
    let field = FunctionField {
        families,
        values: vec![vec![vec![-1.0, -0.5, 0.25], vec![0.0, 0.0, 0.0]]],
    };
    assert_eq!(
        field.fitness(&LAW, &[0], &[0, 1, 2]),
        [-((-0.75 + 0.25) / 2.0 + 0.25)]
    );
    assert_eq!(
        field.fitness(&LAW, &[0], &[0, 1]),
        [1.5],
        "of one family it is twice the mean"
    );
    assert_eq!(
        field.fitness(&LAW, &[0, 1], &[0, 1]),
        [0.75],
        "of two profiles the mean"
    );
}

#[test]
fn tasks_that_agree_give_1_and_tasks_that_do_not_about_0() {
    let families = four_families(6);
    let halves = random_halves(&families, 100, &Key::new(1));
    let agreed = field(60, families.clone(), &|formula, task| {
        formula as f64 / 60.0 + task as f64
    });
    let found = agreement(&half_pairings(&LAW, &[0], &agreed, &halves));
    assert_eq!((found.all, found.better_half), (Some(1.0), Some(1.0)));
    let noise = |formula: usize, task: usize| {
        Key::new(2)
            .number(formula as u64)
            .number(task as u64)
            .stream()
            .normal()
    };
    let found = agreement(&half_pairings(
        &LAW,
        &[0],
        &field(200, families, &noise),
        &halves,
    ));
    assert!(
        found.all.unwrap().abs() < 0.2 && found.better_half.unwrap() < 0.2,
        "{found:?}"
    );
}

#[test]
fn the_more_noise_the_less_agreement_and_the_better_half_suffers_first() {
    let families = four_families(6);
    let halves = random_halves(&families, 40, &Key::new(1));
    let of_noise = |noise: f64| {
        let value = |formula: usize, task: usize| {
            -(formula as f64) / 100.0
                + noise
                    * Key::new(3)
                        .number(formula as u64)
                        .number(task as u64)
                        .stream()
                        .normal()
        };
        agreement(&half_pairings(
            &LAW,
            &[0],
            &field(100, families.clone(), &value),
            &halves,
        ))
    };
    let found: Vec<(f64, f64)> = [0.1, 0.5, 2.0]
        .map(of_noise)
        .iter()
        .map(|found| (found.all.unwrap(), found.better_half.unwrap()))
        .collect();
    assert!(
        found.windows(2).all(|pair| pair[0].0 > pair[1].0),
        "{found:?}"
    );
    assert!(
        found.iter().all(|(all, better)| better < all) && found[0].0 > 0.9,
        "{found:?}"
    );
}

#[test]
fn two_worlds_are_told_apart_by_their_families() {
    let families = four_families(2);
    let turned = |family: &str| {
        if family == "h" || family == "c" {
            -1.0
        } else {
            1.0
        }
    };
    let signs: Vec<f64> = families.iter().map(|family| turned(family)).collect();
    let field = field(30, families, &|formula, task| signs[task] * formula as f64);
    let splits = family_splits(&field.families);
    assert_eq!(
        splits.len(),
        6 + 4 + 6,
        "one against one, three against one, two against two both ways"
    );
    for split in splits
        .iter()
        .filter(|split| split.selecting.len() == split.judging.len())
    {
        let found = agreement(&pairings(
            &LAW,
            &[0],
            &field,
            &field,
            std::slice::from_ref(&split.tasks),
        ))
        .all;
        let world = |names: &[String]| names.iter().map(|name| turned(name)).sum::<f64>();
        let expected = match world(&split.selecting) * world(&split.judging) {
            // Both worlds on either side: the worst family decides, and it is the same for both
            // sides.
            0.0 => 1.0,
            product => product.signum(),
        };
        assert!(
            (found.unwrap() - expected).abs() < 1e-12,
            "{split:?}: {found:?}"
        );
    }
    let two: Vec<String> = ["p", "f"].map(str::to_owned).to_vec();
    assert_eq!(
        (family_splits(&two).len(), family_splits(&two[..1]).len()),
        (1, 0)
    );
}

#[test]
fn halves_hold_every_task_once_and_halve_every_family() {
    let families: Vec<String> = [four_families(3), vec!["p".to_owned()]].concat();
    let halves = random_halves(&families, 50, &Key::new(4));
    assert_eq!(halves, random_halves(&families, 50, &Key::new(4)));
    for (first, second) in &halves {
        let mut all = [first.clone(), second.clone()].concat();
        all.sort_unstable();
        assert_eq!(all, (0..families.len()).collect::<Vec<_>>());
        let count = |half: &[usize], family: &str| {
            half.iter()
                .filter(|task| families[**task] == family)
                .count()
        };
        for family in ["p", "h", "f", "c"] {
            assert!(
                count(first, family).abs_diff(count(second, family)) <= 1,
                "{family}: {first:?} {second:?}"
            );
        }
        assert!(first.len().abs_diff(second.len()) <= 1);
    }
    assert!(halves.windows(2).any(|pair| pair[0] != pair[1]));
}

#[test]
fn intervals_hold_the_estimate_and_narrow_with_the_field() {
    let width = |formulas: usize| {
        let noisy = |seed: u64| {
            (0..formulas)
                .map(|k| {
                    k as f64 / formulas as f64
                        + 0.2 * Key::new(seed).number(k as u64).stream().normal()
                })
                .collect()
        };
        let found = agreement_with_intervals(&[Pairing::judged(noisy(5), noisy(6))], &Key::new(7));
        let (low, high) = found.all_interval.unwrap();
        assert!(
            low < found.all.unwrap() && found.all.unwrap() < high,
            "{found:?}"
        );
        high - low
    };
    assert!(width(400) < 0.7 * width(40));
}

#[test]
fn what_cannot_be_correlated_has_no_number() {
    let rows: [(Vec<f64>, Vec<f64>); 3] = [
        (vec![], vec![]),
        (vec![1.0, 2.0], vec![1.0, 2.0]),
        (vec![1.0; 5], vec![1.0, 2.0, 3.0, 4.0, 5.0]),
    ];
    for (selecting, judging) in rows {
        let pairing = [Pairing::judged(selecting, judging)];
        let found = agreement_with_intervals(&pairing, &Key::new(8));
        assert!(
            (found.all, found.all_interval) == (None, None),
            "{pairing:?}: {found:?}"
        );
    }
    assert_eq!(agreement(&[]).all, None);
}

#[test]
fn a_rung_must_keep_as_much_as_the_worst_placed_of_the_true_best_asks_for() {
    let judging: Vec<f64> = (0..20).map(f64::from).collect();
    let reversed: Vec<f64> = judging.iter().map(|fitness| -fitness).collect();
    let mut one_lost = judging.clone();
    one_lost[19] = -1.0;
    /// What the rung is, its fitnesses, and what it must keep for all ten and for nine of the ten
    /// best.
    type Row<'a> = (&'a str, &'a [f64], Option<f64>, Option<f64>);
    let rows: [Row; 4] = [
        ("the truth itself", &judging, Some(0.5), Some(0.45)),
        ("the best comes last", &one_lost, Some(1.0), Some(0.45)),
        ("all upside down", &reversed, Some(1.0), Some(0.95)),
        ("nothing told apart", &[0.0; 20], Some(1.0), Some(1.0)),
    ];
    for (what, rung, ten, nine) in rows {
        assert_eq!(
            (
                keep_needed(rung, &judging, 10, 10),
                keep_needed(rung, &judging, 10, 9)
            ),
            (ten, nine),
            "{what}"
        );
    }
    assert_eq!(
        keep_needed(&judging[..9], &judging[..9], 10, 10),
        None,
        "nine formulas have no ten best"
    );
}

#[test]
fn survivors_pass_every_rung_in_turn() {
    let judging: Vec<f64> = (0..20).map(f64::from).collect();
    let mut one_lost = judging.clone();
    one_lost[19] = -1.0;
    /// What the cascade is, its rungs as (keep, fitnesses), and how many survive.
    type Row<'a> = (&'a str, Vec<(f64, &'a [f64])>, usize);
    let rows: [Row; 4] = [
        ("no rung", vec![], 10),
        ("a half of the truth", vec![(0.5, &judging)], 10),
        (
            "a quarter of a half",
            vec![(0.5, &judging), (0.5, &judging)],
            5,
        ),
        (
            "the best is lost at once",
            vec![(0.5, &one_lost), (0.5, &judging)],
            5,
        ),
    ];
    for (what, rungs, passed) in rows {
        assert_eq!(survivors(&rungs, &judging, 10), Some(passed), "{what}");
    }
    assert_eq!(survivors(&[(0.5, &one_lost)], &judging, 1), Some(0));
    assert_eq!(fittest(&[1.0, 3.0, 3.0, 2.0], 3), [1, 2, 3]);
}

#[test]
fn every_loss_may_select() {
    use Measure::{InDistribution, OutOfDistribution, Shell, Train};
    assert_eq!(
        Measure::all(2),
        [Train, InDistribution, Shell(0), Shell(1), OutOfDistribution]
    );
    assert_eq!(Measure::all(1), [Train, InDistribution, OutOfDistribution]);
}

/// A set with inputs (a, b, a + b) and the targets of `target`.
fn set(target: &dyn Fn(f32, f32) -> f32) -> Set {
    let points: Vec<(f32, f32)> = (0..30)
        .map(|k| ((k % 6) as f32 - 2.0, (k / 6) as f32 - 1.5))
        .collect();
    Set {
        inputs: points.iter().flat_map(|(a, b)| [*a, *b, a + b]).collect(),
        targets: points.iter().map(|(a, b)| target(*a, *b)).collect(),
    }
}

#[test]
fn the_linear_model_is_the_least_squares_one() {
    let line = set(&|a, b| 2.0 * a - 0.5 * b + 0.25);
    let model = LinearModel::fit(&line, 3);
    let expected = [2.0, -0.5, 0.0, 0.25];
    assert!(
        model
            .weights
            .iter()
            .zip(expected)
            .all(|(found, wanted)| (found - wanted).abs() < 1e-9),
        "the third input adds nothing: {model:?}"
    );
    assert!(model.loss(&line) < 1e-12);
    // By hand: of a = -2..3, a^2 has the best line a + 8/3, which leaves the mean of (19, 16, 25,
    // ...)/... = 56/9 of it.
    let squares = set(&|a, _| a * a);
    assert!((LinearModel::fit(&squares, 3).loss(&squares) - 56.0 / 9.0).abs() < 1e-6);
}

#[test]
fn targets_have_their_statistics() {
    let found = TargetStatistics::of(&Set {
        inputs: vec![0.0; 4],
        targets: vec![1.0, 3.0, -1.0, 5.0],
    });
    assert_eq!(
        (
            found.rows,
            found.mean,
            found.least,
            found.greatest,
            found.mean_square
        ),
        (4, 2.0, -1.0, 5.0, 9.0)
    );
    assert!((found.deviation - 5.0f64.sqrt()).abs() < 1e-12);
}

#[test]
fn activations_are_separated_from_paired_seed_noise() {
    let rows = [-1.0, 0.0, 1.0];
    // What a seed does to every activation alike is no noise.
    let clean: Vec<Vec<f64>> = rows
        .iter()
        .map(|row| vec![*row, row + 3.0, row - 5.0])
        .collect();
    let (spread, noise) = separation(&[clean.clone(), clean]);
    assert!((spread - 1.0).abs() < 1e-12 && noise.unwrap() < 1e-12);
    let noisy: Vec<Vec<Vec<f64>>> = (0..20)
        .map(|table| {
            (0..6)
                .map(|row| {
                    (0..4)
                        .map(|seed| {
                            Key::new(9)
                                .number(table)
                                .number(row)
                                .number(seed)
                                .stream()
                                .normal()
                        })
                        .collect()
                })
                .collect()
        })
        .collect();
    let (spread, noise) = separation(&noisy);
    let noise = noise.unwrap();
    // Independent unit noise: the difference of two has the deviation sqrt(2).
    assert!(
        (noise - 2f64.sqrt()).abs() < 0.15 && spread < 0.4,
        "{spread} {noise}"
    );
    assert_eq!(
        separation(&[vec![vec![1.0], vec![3.0]]]),
        (2f64.sqrt(), None)
    );
}
