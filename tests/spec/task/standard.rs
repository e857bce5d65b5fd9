//! The 24 tasks of the default lab, and whether their shells are fit to measure in.

use motherlode::lab::Lab;
use motherlode::numerics::stream::Key;
use motherlode::task::{Family, Sizes, TaskData, TaskDefinition};

/// Draws of each task.
const SEEDS: u64 = 20;

fn standard() -> Vec<TaskDefinition> {
    let text = Lab::shipped("standard").expect("it is shipped");
    Lab::parse(text).expect("a shipped lab is sound").tasks
}

fn generate(task: &TaskDefinition, seed: u64) -> TaskData {
    task.generate(&Key::new(seed).word(task.name()), &Sizes::default())
        .unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn the_default_lab_has_six_tasks_of_each_family() {
    let tasks = standard();
    for family in [
        Family::Polynomial,
        Family::Harmonic,
        Family::Feynman,
        Family::Chaos,
    ] {
        assert_eq!(
            tasks.iter().filter(|task| task.family() == family).count(),
            6,
            "{family:?}"
        );
    }
}

#[test]
fn every_default_task_has_finite_targets_of_moderate_size_in_its_shells() {
    println!(
        "{:14} {:>9} {:>9} {:>9}  (mean squared target, training variances, worst of {SEEDS} \
         seeds)",
        "task", "in dist.", "1.25x", "1.5x"
    );
    for task in standard() {
        let mut worst = [0f64; 3];
        for seed in 0..SEEDS {
            let data = generate(&task, seed);
            let splits = [
                &data.in_distribution,
                &data.shells[0].split,
                &data.shells[1].split,
            ];
            for (worst, split) in worst.iter_mut().zip(splits) {
                assert_eq!(split.rows(), 512);
                assert_eq!(split.inputs.len(), 512 * data.dimension);
                assert!(
                    split
                        .inputs
                        .iter()
                        .chain(&split.targets)
                        .all(|x| x.is_finite()),
                    "{}",
                    task.name()
                );
                *worst = worst.max(
                    split
                        .targets
                        .iter()
                        .map(|&y| f64::from(y).powi(2))
                        .sum::<f64>()
                        / 512.0,
                );
            }
        }
        println!(
            "{:14} {:9.3} {:9.2} {:9.2}",
            task.name(),
            worst[0],
            worst[1],
            worst[2]
        );
        assert!(
            worst[0] < 1.6,
            "{}: the in-distribution set is no sample of the training set's law: {}",
            task.name(),
            worst[0]
        );
        assert!(
            worst[1] <= 50.0 && worst[2] <= 50.0,
            "{}: {worst:?}",
            task.name()
        );
    }
}
