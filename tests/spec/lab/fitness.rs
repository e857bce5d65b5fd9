//! How losses of trials become one fitness.

use motherlode::nets::small::TrainedParameter;
use motherlode::record::evaluation::Evaluation;

use super::{evaluate, laboratory, TINY};

#[test]
fn formulas_of_every_class_are_trained_and_their_parameters_reported() {
    let texts = [
        "max(x, 0) + channel_param(0.25) * min(x, 0)",
        "x * softmax(x)",
        "tanh(x - batch_mean(x)) * param(1.5)",
        "relu(x)",
    ];
    let evaluations = evaluate(&laboratory(TINY), &texts, 2);
    assert_eq!(
        evaluations,
        evaluate(&laboratory(TINY), &texts, 1),
        "the same bits on any number of workers"
    );
    for (text, evaluation) in texts.iter().zip(&evaluations) {
        assert!(
            evaluation
                .trials
                .iter()
                .all(|trial| trial.train_loss.is_some()),
            "{text}: {:?}",
            evaluation.trials
        );
        let rows = evaluation.trained_parameters();
        if !text.contains("param") {
            assert!(
                rows.is_empty() && evaluation.trained_parameters_in_words().is_none(),
                "{text}: {rows:?}"
            );
            continue;
        }
        // Two layers of the profile mlp's network, one block of the transformer's, on two tasks
        // each.
        let places: Vec<(&str, u32, u32)> = rows
            .iter()
            .map(|row| (row.network.as_str(), row.trained.layer, row.trials))
            .collect();
        assert_eq!(places, [("A", 0, 2), ("A", 1, 2), ("C", 0, 2)], "{text}");
        let moved = |row: &TrainedParameter| {
            row.low <= row.mean && row.mean <= row.high && row.low != row.initial
        };
        assert!(
            rows.iter().all(|row| moved(&row.trained)),
            "{text}: {rows:?}"
        );
        let words = evaluation.trained_parameters_in_words().unwrap();
        assert!(
            words.starts_with(if text.contains("channel") {
                "0.25 became "
            } else {
                "1.5 became "
            }),
            "{words}"
        );
    }
    let old = serde_json::to_string(&evaluations[3]).unwrap();
    assert!(
        !old.contains("trained_parameters"),
        "records of formulas without parameters are as they were"
    );
    let read: Evaluation =
        serde_json::from_str(&serde_json::to_string(&evaluations[0]).unwrap()).unwrap();
    assert_eq!(read, evaluations[0]);
}

#[test]
fn the_reference_has_fitness_0_and_every_fitness_lies_in_its_interval() {
    let laboratory = laboratory(TINY);
    let evaluations = evaluate(
        &laboratory,
        &["relu(x)", "silu(x)", "tanh(x)", "sin(3*x)"],
        2,
    );
    let relu = &evaluations[0];
    assert_eq!(
        (
            relu.estimate.fitness.value(),
            relu.estimate.fitness_interval
        ),
        (0.0, (0.0, 0.0))
    );
    for evaluation in &evaluations[1..] {
        for estimate in evaluation.profiles.values().chain([&evaluation.estimate]) {
            let (low, high) = estimate.fitness_interval;
            assert!(
                low <= estimate.fitness.value() && estimate.fitness.value() <= high,
                "{estimate:?}"
            );
        }
        let mean = evaluation
            .profiles
            .values()
            .map(|estimate| estimate.fitness.value())
            .sum::<f64>()
            / 2.0;
        assert!(
            (evaluation.estimate.fitness.value() - mean).abs() < 1e-12,
            "general is the mean of the profiles"
        );
    }
}

#[test]
fn the_fitness_is_minus_the_mean_and_the_worst_family_of_clipped_log_ratios() {
    let laboratory = laboratory(TINY);
    let evaluations = evaluate(&laboratory, &["relu(x)", "tanh(x)"], 1);
    let value = |index: usize| {
        let (own, reference) = (&evaluations[1].trials[index], &evaluations[0].trials[index]);
        let logs: Vec<f64> = own
            .shell_losses
            .iter()
            .zip(&reference.shell_losses)
            .map(|(own, reference)| (own.unwrap() / reference.unwrap()).ln())
            .collect();
        (logs.iter().sum::<f64>() / logs.len() as f64).clamp(-1.5, 1.5)
    };
    // The tiny lab's profile mlp has one network and one task a family, so the first two trials are
    // its two families.
    let (polynomial, feynman) = (value(0), value(1));
    let expected = -((polynomial + feynman) / 2.0 + polynomial.max(feynman));
    assert!((evaluations[1].profiles["mlp"].fitness.value() - expected).abs() < 1e-12);
}

#[test]
fn a_lab_gives_the_same_bits_on_one_worker_and_on_three() {
    let one = evaluate(&laboratory(TINY), &["silu(x)", "tanh(x)", "x*atan(x)"], 1);
    assert_eq!(
        one,
        evaluate(&laboratory(TINY), &["silu(x)", "tanh(x)", "x*atan(x)"], 3)
    );
}

#[test]
fn a_diverged_trial_counts_as_the_worst_and_the_fitness_stays_finite() {
    let wild = TINY.replace(
        "learning_rate = 5e-3\nbatch = 32\nsteps = 40",
        "learning_rate = 0.5\nbatch = 32\nsteps = 40",
    );
    let laboratory = laboratory(&wild);
    let evaluation = &evaluate(&laboratory, &["x*x*x"], 1)[0];
    assert!(
        evaluation
            .trials
            .iter()
            .any(|trial| trial.train_loss.is_none()),
        "x^3 at this rate should diverge: {:?}",
        evaluation.trials
    );
    assert!(evaluation.estimate.fitness.value() < -1.0);
    let text = serde_json::to_string(evaluation).unwrap();
    assert!(text.contains("null") && !text.contains("NaN"));
}
