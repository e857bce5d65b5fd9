//! Balanced splits and subsets.

use motherlode::images::split::{split, subset};
use motherlode::images::LabelledImages;
use motherlode::numerics::stream::Key;
use proptest::prelude::*;

fn with_labels(labels: Vec<u16>) -> LabelledImages {
    LabelledImages {
        pixels: vec![0; labels.len()],
        labels,
    }
}

fn counts(images: &LabelledImages, classes: usize, indices: &[u32]) -> Vec<usize> {
    let mut counts = vec![0; classes];
    indices
        .iter()
        .for_each(|index| counts[usize::from(images.labels[*index as usize])] += 1);
    counts
}

#[test]
fn the_published_split_of_cifar_has_500_of_each_class() {
    let images = with_labels((0..50_000).map(|index| (index % 10) as u16).collect());
    let (train, validation) = split(&images, 10, 5_000, &Key::new(1)).unwrap();
    assert_eq!(
        (
            counts(&images, 10, &train),
            counts(&images, 10, &validation)
        ),
        (vec![4_500; 10], vec![500; 10])
    );
    assert_eq!(
        split(&images, 10, 5_000, &Key::new(1)).unwrap(),
        (train, validation.clone())
    );
    assert_ne!(
        split(&images, 10, 5_000, &Key::new(2)).unwrap().1,
        validation
    );
}

#[test]
fn more_than_there_are_is_refused() {
    let images = with_labels(vec![0, 0, 1, 1, 1]);
    let problem = split(&images, 2, 4, &Key::new(1)).unwrap_err().to_string();
    assert_eq!(
        problem,
        "wanted 4 images for validation, found 5; ask for at most 3"
    );
    let problem = subset(&images, 2, &[0, 1, 2], 4, &Key::new(1))
        .unwrap_err()
        .to_string();
    assert_eq!(
        problem,
        "wanted 4 images in a subset, found 3; ask for at most 3"
    );
    assert_eq!(
        subset(&images, 2, &[2, 0, 1], 3, &Key::new(1)).unwrap(),
        [0, 1, 2]
    );
    assert_eq!(
        split(&images, 2, 0, &Key::new(1)).unwrap(),
        (vec![0, 1, 2, 3, 4], vec![])
    );
}

proptest! {
    #[test]
    fn a_split_parts_the_images_and_every_class_gives_alike(
        labels in proptest::collection::vec(0u16..6, 12..300),
        share in 0.0..1.0f64,
        seed: u64,
    ) {
        let images = with_labels(labels);
        let held = counts(&images, 6, &(0..images.len() as u32).collect::<Vec<_>>());
        let most: usize = held.iter().map(|count| count.saturating_sub(1)).sum();
        let wanted = (most as f64 * share) as usize;
        let (train, validation) = split(&images, 6, wanted, &Key::new(seed)).unwrap();
        prop_assert_eq!(validation.len(), wanted);
        let mut all: Vec<u32> = train.iter().chain(&validation).copied().collect();
        all.sort_unstable();
        prop_assert_eq!(all, (0..images.len() as u32).collect::<Vec<_>>());
        prop_assert!(train.is_sorted() && validation.is_sorted());
        let given = counts(&images, 6, &validation);
        let greatest = given.iter().copied().max().unwrap_or(0);
        for (given, held) in given.iter().zip(&held) {
            // Only a class that is exhausted gives fewer, up to the remainder of the division.
            prop_assert!(
                *given + 1 >= greatest || *given + 1 == *held || *held == 0,
                "{given} of {held}, greatest {greatest}"
            );
        }
        prop_assert!(counts(&images, 6, &train)
            .iter()
            .zip(&held)
            .all(|(train, held)| *train > 0 || *held == 0));
    }

    #[test]
    fn a_smaller_subset_lies_in_a_larger_one(
        labels in proptest::collection::vec(0u16..5, 1..200),
        first in 0usize..200,
        second in 0usize..200,
        seed: u64,
    ) {
        let images = with_labels(labels);
        let all: Vec<u32> = (0..images.len() as u32).step_by(2).collect();
        let (small, large) = (
            first.min(second).min(all.len()),
            first.max(second).min(all.len()),
        );
        let small_set = subset(&images, 5, &all, small, &Key::new(seed)).unwrap();
        let large_set = subset(&images, 5, &all, large, &Key::new(seed)).unwrap();
        prop_assert_eq!((small_set.len(), large_set.len()), (small, large));
        prop_assert!(small_set
            .iter()
            .all(|index| large_set.contains(index) && index % 2 == 0));
    }
}
