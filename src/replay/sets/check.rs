//! Whether a set is what its name promises: counts, classes, and the means and deviations of its
//! channels.

use super::{KnownSet, OpenSet};
use crate::images::ChannelStatistics;

/// What four published decimals leave open.
const ROUNDING: f64 = 0.0006;

/// The result of a check.
#[derive(Clone, Debug)]
pub struct Findings {
    /// Images of each class in the training part.
    pub train_counts: Vec<usize>,
    /// Images of each class in the test part.
    pub test_counts: Vec<usize>,
    /// The statistics of the training part, in units of white.
    pub statistics: ChannelStatistics,
    /// The published statistics; `None` where there are none.
    pub published: Option<ChannelStatistics>,
    /// How far a statistic may be from the published one.
    pub tolerance: f64,
    /// One sentence a problem; empty where all is well.
    pub problems: Vec<String>,
}

/// Checks an open set against what its name promises.
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
    let parts = [
        ("training", &train_counts, known.map(|known| known.train)),
        ("test", &test_counts, known.map(|known| known.test)),
    ];
    let mut problems: Vec<String> = parts
        .iter()
        .filter_map(|(part, counts, _)| empty_classes(part, counts))
        .collect();
    if let Some(known) = known {
        let wanted = |whole: &Option<usize>| whole.unwrap_or_default();
        problems.extend(parts.iter().filter_map(|(part, counts, whole)| {
            let (found, wanted) = (counts.iter().sum::<usize>(), wanted(whole));
            (found > wanted)
                .then(|| format!("there are {found} {part} images, the set has {wanted}"))
        }));
        problems.extend(parts.iter().filter(|_| known.balanced).filter_map(
            |(part, counts, whole)| {
                let whole = wanted(whole);
                uneven_class(part, counts, whole / known.classes, whole)
            },
        ));
    }
    if let Some(published) = &published {
        problems.extend(departures(&statistics, published, tolerance));
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

fn empty_classes(part: &str, counts: &[usize]) -> Option<String> {
    let empty: Vec<String> = (0..counts.len())
        .filter(|class| counts[*class] == 0)
        .map(|class| class.to_string())
        .collect();
    (!empty.is_empty()).then(|| format!("no {part} image is of class {}", empty.join(", ")))
}

/// A class of a balanced part that has more or fewer than `each` images, where the part has as many
/// images as a whole one.
fn uneven_class(part: &str, counts: &[usize], each: usize, whole: usize) -> Option<String> {
    let class = counts.iter().position(|count| *count != each)?;
    (counts.iter().sum::<usize>() == whole).then(|| {
        format!(
            "class {class} has {} {part} images, the set has {each} of every class",
            counts[class]
        )
    })
}

/// Channels whose mean or deviation is farther from the published one than the tolerance.
fn departures(
    found: &ChannelStatistics,
    published: &ChannelStatistics,
    tolerance: f64,
) -> Vec<String> {
    let mut problems = Vec::new();
    for (kind, found, wanted) in [
        ("mean", &found.means, &published.means),
        ("deviation", &found.deviations, &published.deviations),
    ] {
        for (channel, (found, wanted)) in found.iter().zip(wanted).enumerate() {
            if (found - wanted).abs() > tolerance {
                problems.push(format!(
                    "the {kind} of channel {channel} is {found:.4}, published is {wanted:.4}, and \
                     {tolerance:.4} apart is allowed"
                ));
            }
        }
    }
    problems
}
