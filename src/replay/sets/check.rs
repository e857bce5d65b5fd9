//! Whether a set is what its name promises: counts, classes, and the means and deviations of its
//! channels.

use super::{KnownSet, OpenSet};
use crate::images::ChannelStatistics;

/// What four published decimals leave open.
const ROUNDING: f64 = 0.0006;

/// What was counted and found.
#[derive(Clone, Debug)]
pub struct Findings {
    /// Images of each class in the training and the test part.
    pub train_counts: Vec<usize>,
    pub test_counts: Vec<usize>,
    /// Of the training part by channel, in units of white.
    pub statistics: ChannelStatistics,
    /// As published, where they are.
    pub published: Option<ChannelStatistics>,
    /// How far the two may be apart.
    pub tolerance: f64,
    /// Each a sentence; none where all is well.
    pub problems: Vec<String>,
}

/// Examines a set that was opened, and so holds what was imported.
pub fn check(opened: &OpenSet) -> Findings {
    let OpenSet { set, shortfall, .. } = opened;
    let known = KnownSet::named(&set.name);
    let (train_counts, test_counts) = (
        set.train.class_counts(set.classes),
        set.test.class_counts(set.classes),
    );
    let statistics = ChannelStatistics::of_train(set).in_units_of_white();
    let published = known.filter(|known| !known.means.is_empty());
    let published = published.map(|known| ChannelStatistics {
        means: known.means.clone(),
        deviations: known.deviations.clone(),
    });
    // The mean of an image is within about half of white of the set's.
    let tolerance = if shortfall.is_some() {
        1.0 / (set.train.len().max(1) as f64).sqrt()
    } else {
        ROUNDING
    };
    let mut problems = Vec::new();
    for (part, counts) in [("training", &train_counts), ("test", &test_counts)] {
        let empty: Vec<String> = (0..set.classes)
            .filter(|class| counts[*class] == 0)
            .map(|class| class.to_string())
            .collect();
        if !empty.is_empty() {
            problems.push(format!("no {part} image is of class {}", empty.join(", ")));
        }
    }
    if let Some(known) = known {
        for (part, found, wanted) in [
            ("training", set.train.len(), known.train),
            ("test", set.test.len(), known.test),
        ] {
            if found > wanted {
                problems.push(format!(
                    "there are {found} {part} images, the set has {wanted}"
                ));
            }
        }
        for (part, counts, whole) in [
            ("training", &train_counts, known.train),
            ("test", &test_counts, known.test),
        ] {
            let each = whole / known.classes;
            let uneven = counts.iter().position(|count| *count != each);
            if let Some(class) =
                uneven.filter(|_| known.balanced && counts.iter().sum::<usize>() == whole)
            {
                problems.push(format!(
                    "class {class} has {} {part} images, the set has {each} of every class",
                    counts[class]
                ));
            }
        }
    }
    if let Some(published) = &published {
        for (kind, found, wanted) in [
            ("mean", &statistics.means, &published.means),
            ("deviation", &statistics.deviations, &published.deviations),
        ] {
            for (channel, (found, wanted)) in found.iter().zip(wanted).enumerate() {
                if (found - wanted).abs() > tolerance {
                    problems.push(format!(
                        "the {kind} of channel {channel} is {found:.4}, published is {wanted:.4}, \
                         and {tolerance:.4} apart is allowed"
                    ));
                }
            }
        }
    }
    Findings {
        train_counts,
        test_counts,
        statistics,
        published,
        tolerance,
        problems,
    }
}
