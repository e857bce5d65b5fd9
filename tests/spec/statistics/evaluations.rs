//! What may be said of a measured difference: ranks, intervals over tasks, paired comparisons and
//! their verdicts.

use std::collections::BTreeMap;

use motherlode::formula::Formula;
use motherlode::lab::resampling::Resampling;
use motherlode::lab::FitnessLaw;
use motherlode::lab::{compare, evaluate_all, Comparison, Draw, Lab, Laboratory, Verdict};
use motherlode::numerics::statistics::{quantiles, rank_correlation, ranks};
use motherlode::numerics::stop::Stop;
use motherlode::numerics::stream::Key;
use motherlode::record::evaluation::{Estimate, Evaluation, Fitness, TaskEvaluation};

use crate::lab::TINY;

const LAW: FitnessLaw = FitnessLaw::LogRatio { clip: 1.5 };

/// An evaluation under the one profile `mlp` whose tasks have these values, lower being better.
fn evaluation(tasks: &[(&str, &str, f64)]) -> Evaluation {
    let task = |(task, family, value): &(&str, &str, f64)| TaskEvaluation {
        task: (*task).to_owned(),
        family: (*family).to_owned(),
        train_loss: None,
        in_distribution_loss: None,
        out_of_distribution_loss: None,
        values: BTreeMap::from([("mlp".to_owned(), *value)]),
        trials: 1,
    };
    Evaluation {
        lab: "made up".to_owned(),
        target: "mlp".to_owned(),
        estimate: Estimate {
            fitness: Fitness::new(0.0).unwrap(),
            fitness_interval: (0.0, 0.0),
        },
        profiles: BTreeMap::new(),
        train_loss: None,
        in_distribution_loss: None,
        out_of_distribution_loss: None,
        tasks: tasks.iter().map(task).collect(),
        trials: Vec::new(),
        runs: Vec::new(),
    }
}

/// Four families of six tasks; `value` of a family and a task.
fn four_families(value: impl Fn(usize, usize) -> f64) -> Evaluation {
    const FAMILIES: [&str; 4] = ["polynomial", "harmonic", "feynman", "chaos"];
    let names: Vec<String> = (0..24).map(|index| format!("t{index}")).collect();
    let tasks: Vec<(&str, &str, f64)> = (0..24)
        .map(|index| {
            (
                names[index].as_str(),
                FAMILIES[index / 6],
                value(index / 6, index % 6),
            )
        })
        .collect();
    evaluation(&tasks)
}

/// About standard normal, the same for the same place.
fn noise(word: &str, family: usize, task: usize) -> f64 {
    Key::new(11)
        .word(word)
        .number(family as u64)
        .number(task as u64)
        .stream()
        .normal()
}

fn beside(formula: &Evaluation, rival: &Evaluation) -> Comparison {
    compare(&LAW, formula, rival, &["mlp".to_owned()], &Key::new(3))
        .expect("they have the same tasks")
}

fn width(interval: (f64, f64)) -> f64 {
    interval.1 - interval.0
}

fn interval(evaluation: &Evaluation) -> (f64, f64) {
    Resampling::under(&LAW, &evaluation.tasks, &Key::new(3)).interval(
        &LAW,
        &evaluation.tasks,
        &["mlp".to_owned()],
    )
}

fn measure(lab: &str, texts: &[&str], workers: usize) -> (Laboratory, Vec<Evaluation>) {
    let lab = Lab::parse(lab)
        .unwrap_or_else(|error| panic!("{error}"))
        .without_rungs();
    let laboratory = Laboratory::prepare(lab, Draw::Own { seed: 3 }, workers, &Stop::new())
        .unwrap_or_else(|error| panic!("{error}"));
    let formulas: Vec<Formula> = texts
        .iter()
        .map(|text| Formula::parse(text).unwrap())
        .collect();
    let evaluations = evaluate_all(
        &laboratory,
        &formulas.iter().collect::<Vec<_>>(),
        "mlp",
        workers,
        &Stop::new(),
        &|| (),
    )
    .unwrap();
    (laboratory, evaluations)
}

/// The tiny lab with four tasks in each of two families.
fn eight_tasks() -> String {
    let mut text = TINY.to_owned();
    for degree in [2, 4, 5] {
        text += &format!(
            "\n[[task]]\nname = \"p_1d{degree}\"\nfamily = \"polynomial\"\nvariables \
            = 1\ndegree = {degree}\n"
        );
    }
    for equation in ["I.12.11", "I.29.16", "I.40.1"] {
        text += &format!(
            "\n[[task]]\nname = \"f_{equation}\"\nfamily = \"feynman\"\nequation \
            = \"{equation}\"\n"
        );
    }
    text
}

/// SciPy 1.17.1, `rankdata` and `spearmanr`.
#[test]
fn ranks_and_rank_correlations_are_scipys() {
    let a = [3.1, -2.0, 7.0, 7.0, 0.5, 12.0, -2.0, -2.0];
    let b = [1.0, 4.0, 2.5, 9.0, 9.0, 0.0, -3.0, 4.0];
    assert_eq!(ranks(&a), [5.0, 2.0, 6.5, 6.5, 4.0, 8.0, 2.0, 2.0]);
    assert_eq!(ranks(&b), [3.0, 5.5, 4.0, 7.5, 7.5, 2.0, 1.0, 5.5]);
    assert!((rank_correlation(&a, &b).unwrap() - -0.05591032824042296).abs() < 1e-15);
    assert!(
        (rank_correlation(&[1.0, 2.0, 3.0, 4.0, 5.0], &[5.0, 6.0, 7.0, 8.0, 7.0]).unwrap()
            - 0.8207826816681233)
            .abs()
            < 1e-15
    );
    assert_eq!(
        rank_correlation(&[1.0, 2.0, 9.0], &[-3.0, 0.0, 0.1]),
        Some(1.0)
    );
    assert_eq!(ranks(&[]), [0.0; 0]);
}

#[test]
fn a_rank_correlation_needs_three_finite_pairs_that_differ() {
    let rows: [(&[f64], &[f64]); 5] = [
        (&[1.0, 2.0], &[1.0, 2.0]),
        (&[1.0, 2.0, 3.0], &[1.0, 2.0]),
        (&[1.0, 1.0, 1.0], &[1.0, 2.0, 3.0]),
        (&[1.0, f64::NAN, 2.0], &[1.0, 2.0, 3.0]),
        (&[1.0, 2.0, 3.0], &[1.0, 2.0, f64::INFINITY]),
    ];
    for (a, b) in rows {
        assert_eq!(rank_correlation(a, b), None, "{a:?} {b:?}");
    }
}

#[test]
fn quantiles_are_values_that_were_there() {
    let values: Vec<f64> = (0..=100).rev().map(f64::from).collect();
    assert_eq!(
        quantiles(values, [0.0, 0.025, 0.5, 0.975, 1.0]),
        [0.0, 3.0, 50.0, 98.0, 100.0]
    );
    assert_eq!(quantiles(vec![7.0], [0.025, 0.975]), [7.0, 7.0]);
}

#[test]
fn more_seeds_on_the_same_tasks_do_not_shrink_an_interval() {
    let texts = ["silu(x)", "tanh(x)", "x*atan(x)", "softplus(x)"];
    let with_seeds = |seeds: u32| {
        measure(
            &eight_tasks()
                .replace("steps = 40", "steps = 300")
                .replace("seeds = 1", &format!("seeds = {seeds}")),
            &texts,
            2,
        )
        .1
    };
    let (one, nine) = (with_seeds(1), with_seeds(9));
    let mean = |evaluations: &[Evaluation]| {
        evaluations
            .iter()
            .map(|evaluation| width(evaluation.profiles["mlp"].fitness_interval))
            .sum::<f64>()
            / evaluations.len() as f64
    };
    // An interval over (task, seed) pairs would be a third as wide.
    assert!(
        mean(&nine) > 0.7 * mean(&one),
        "{} with one seed, {} with nine",
        mean(&one),
        mean(&nine)
    );
}

#[test]
fn more_points_of_the_same_equations_do_not_shrink_an_interval_and_new_tasks_do() {
    let once = four_families(|family, task| 0.4 * noise("task", family, task));
    let mut pooled = once.clone();
    let mut doubled = once.clone();
    for number in 2..=4 {
        pooled
            .tasks
            .extend(once.tasks.iter().map(|task| TaskEvaluation {
                task: format!("{}/{number}", task.task),
                ..task.clone()
            }));
        doubled.tasks.extend(
            once.tasks
                .iter()
                .map(|task| TaskEvaluation {
                    task: format!("{}, another", task.task),
                    ..task.clone()
                })
                .take(24),
        );
        doubled
            .tasks
            .iter_mut()
            .rev()
            .take(24)
            .for_each(|task| task.task += &number.to_string());
    }
    assert_eq!(
        (once.tasks[0].definition(), pooled.tasks[24].definition()),
        ("t0", "t0")
    );
    let (alone, together) = (interval(&once), interval(&pooled));
    assert!(
        (alone.0 - together.0).abs() < 1e-12 && (alone.1 - together.1).abs() < 1e-12,
        "{alone:?} {together:?}"
    );
    assert!(
        width(interval(&doubled)) < 0.65 * width(alone),
        "four times the tasks: {:?} {alone:?}",
        interval(&doubled)
    );
}

#[test]
fn pairing_lowers_the_variance_of_a_difference() {
    let task_effect = |family, task| 0.4 * noise("task", family, task);
    let formula = four_families(|family, task| {
        task_effect(family, task) - 0.15 + 0.05 * noise("own", family, task)
    });
    let rival = four_families(task_effect);
    let comparison = beside(&formula, &rival);
    let unpaired = width(interval(&formula)).hypot(width(interval(&rival)));
    assert!(
        width(comparison.interval) < 0.35 * unpaired,
        "{:?} against {unpaired}",
        comparison.interval
    );
    assert_eq!(comparison.verdict, Verdict::Better, "{comparison:?}");
    let alone = (interval(&formula), interval(&rival));
    assert!(
        alone.0 .0 < alone.1 .1 && alone.1 .0 < alone.0 .1,
        "their own intervals overlap: {alone:?}"
    );
}

#[test]
fn exchanging_the_two_turns_everything_about() {
    let opposite = |verdict: Verdict| match verdict {
        Verdict::Better => Verdict::Worse,
        Verdict::Worse => Verdict::Better,
        same => same,
    };
    for (number, advantage) in [-0.4, -0.1, 0.0, 0.05, 0.3].into_iter().enumerate() {
        let own =
            four_families(|family, task| 0.3 * noise("own", family, task + 6 * number) - advantage);
        let other = four_families(|family, task| 0.3 * noise("other", family, task));
        let (forth, back) = (beside(&own, &other), beside(&other, &own));
        assert_eq!(
            (forth.difference, forth.interval),
            (-back.difference, (-back.interval.1, -back.interval.0))
        );
        assert!(
            (forth.probability + back.probability - 1.0).abs() < 1e-12,
            "{forth:?} {back:?}"
        );
        assert_eq!(forth.verdict, opposite(back.verdict));
    }
    let same = beside(
        &four_families(|family, task| noise("own", family, task)),
        &four_families(|family, task| noise("own", family, task)),
    );
    assert_eq!(
        (
            same.difference,
            same.interval,
            same.probability,
            same.verdict
        ),
        (0.0, (0.0, 0.0), 0.5, Verdict::Undecided)
    );
}

#[test]
fn a_difference_that_one_family_carries_is_no_better_verdict() {
    let base = |family, task| 0.05 * noise("task", family, task);
    let rival = four_families(base);
    let only = |advantage: f64| {
        four_families(move |family, task| {
            base(family, task) + 0.05 * noise("own", family, task)
                - if family == 0 { advantage } else { 0.0 }
        })
    };
    let comparison = beside(&only(1.2), &rival);
    assert!(
        comparison.interval.0 > 0.0,
        "the fitness itself is clearly ahead: {comparison:?}"
    );
    assert_eq!(
        comparison.verdict,
        Verdict::OneFamily("polynomial".to_owned())
    );
    assert_eq!(
        (comparison.verdict.name(), comparison.verdict.carried_by()),
        ("one_family", Some("polynomial"))
    );
    assert_eq!(comparison.words("gelu"), "one family only: polynomial");
    assert_eq!(
        beside(&rival, &only(1.2)).words("gelu"),
        "behind in one family only: polynomial"
    );
    let everywhere = four_families(|family, task| base(family, task) - 0.2);
    assert_eq!(
        beside(&everywhere, &rival).words("gelu"),
        "better than gelu"
    );
    assert_eq!(beside(&rival, &everywhere).words("gelu"), "worse than gelu");
}

#[test]
fn families_of_one_task_borrow_a_spread_and_one_task_decides_nothing() {
    let alone = |shift: f64| {
        evaluation(&[
            ("a", "polynomial", 0.1 - shift),
            ("b", "harmonic", -0.3 - shift),
            ("c", "chaos", 0.2 - shift),
        ])
    };
    assert!(
        width(interval(&alone(0.0))) > 0.2,
        "{:?}",
        interval(&alone(0.0))
    );
    let mixed = evaluation(&[
        ("a", "polynomial", 0.1),
        ("b", "polynomial", -0.3),
        ("c", "chaos", 0.2),
    ]);
    let families = Resampling::by_family(&mixed.tasks, &Key::new(3))
        .family_estimates(&mixed.tasks, &["mlp".to_owned()]);
    assert_eq!(
        families
            .iter()
            .map(|family| family.family.as_str())
            .collect::<Vec<_>>(),
        ["polynomial", "chaos"]
    );
    assert!(
        (families[0].value - 0.1).abs() < 1e-12 && (families[1].value + 0.2).abs() < 1e-12,
        "higher is better: {families:?}"
    );
    assert!(
        families[0].interval.is_some() && families[1].interval.is_none(),
        "one task shows no spread of its own: {families:?}"
    );
    let one = |value: f64| evaluation(&[("a", "polynomial", value)]);
    assert_eq!(beside(&one(-1.0), &one(0.5)).verdict, Verdict::Undecided);
}

#[test]
fn what_was_not_measured_alike_is_not_compared() {
    let one = evaluation(&[("a", "polynomial", 0.1), ("b", "harmonic", 0.2)]);
    let other = evaluation(&[("a", "polynomial", 0.1), ("c", "harmonic", 0.2)]);
    let under = |profile: &str, rival: &Evaluation| {
        compare(&LAW, &one, rival, &[profile.to_owned()], &Key::new(3))
    };
    assert!(
        under("mlp", &other).is_none()
            && under("transformer", &one).is_none()
            && under("mlp", &one).is_some()
    );
    let mut old = one.clone();
    old.tasks.iter_mut().for_each(|task| task.values.clear());
    assert!(
        under("mlp", &old).is_none(),
        "records from before tasks had values"
    );
}

#[test]
fn the_mean_loss_has_no_families_to_stratify_by() {
    let law = FitnessLaw::MinusMeanLoss { ceiling: 100.0 };
    let tasks = evaluation(&[
        ("a", "polynomial", 0.05),
        ("b", "harmonic", 0.2),
        ("c", "chaos", 0.01),
    ])
    .tasks;
    let resampling = Resampling::under(&law, &tasks, &Key::new(3));
    let profiles = ["mlp".to_owned()];
    assert!((resampling.fitness(&law, &tasks, &profiles, None) + 0.26 / 3.0).abs() < 1e-12);
    let (low, high) = resampling.interval(&law, &tasks, &profiles);
    assert!(low < -0.15 && high > -0.03, "{low} {high}");
}

#[test]
fn a_comparison_has_the_same_bits_on_any_number_of_workers() {
    let compared = |workers: usize| {
        let (laboratory, evaluations) = measure(&eight_tasks(), &["silu(x)", "tanh(x)"], workers);
        compare(
            &laboratory.lab().fitness,
            &evaluations[0],
            &evaluations[1],
            &["mlp".to_owned(), "transformer".to_owned()],
            laboratory.key(),
        )
    };
    assert_eq!(compared(1), compared(3));
}
