//! Balanced parts of a training set: a validation split, and subsets.

use super::error::ImageError;
use super::set::LabelledImages;
use crate::numerics::stream::Key;

/// Splits images into training and validation indices, both ascending. The classes of the
/// validation part have equally many images as far as the counts allow; the remainder of the
/// division goes to classes drawn at random, and every class keeps an image to train on.
///
/// The result is a pure function of the labels, the count and the key, and what one class gives
/// does not depend on the order in which classes are stored.
///
/// # Errors
/// `count` exceeds the number of images less one a class.
pub fn split(
    images: &LabelledImages,
    classes: usize,
    validation: usize,
    key: &Key,
) -> Result<(Vec<u32>, Vec<u32>), ImageError> {
    let all: Vec<u32> = (0..images.len() as u32).collect();
    let held_out = balanced(
        images,
        classes,
        &all,
        validation,
        1,
        "for validation",
        &key.word("validation"),
    )?;
    let mut is_held_out = vec![false; images.len()];
    held_out
        .iter()
        .for_each(|index| is_held_out[*index as usize] = true);
    let train = all
        .into_iter()
        .filter(|index| !is_held_out[*index as usize])
        .collect();
    Ok((train, held_out))
}

/// Draws `count` of the images at `indices`, ascending, with equally many of each class as far as
/// the counts allow. A smaller subset of the same key is part of a larger one.
///
/// # Errors
/// `count` exceeds the number of indices.
pub fn subset(
    images: &LabelledImages,
    classes: usize,
    indices: &[u32],
    count: usize,
    key: &Key,
) -> Result<Vec<u32>, ImageError> {
    balanced(
        images,
        classes,
        indices,
        count,
        0,
        "in a subset",
        &key.word("subset"),
    )
}

/// `count` of `indices`, of which every class that has one keeps `kept`.
fn balanced(
    images: &LabelledImages,
    classes: usize,
    indices: &[u32],
    count: usize,
    kept: usize,
    purpose: &'static str,
    key: &Key,
) -> Result<Vec<u32>, ImageError> {
    let mut members: Vec<Vec<u32>> = vec![Vec::new(); classes];
    for index in indices {
        members[usize::from(images.labels[*index as usize])].push(*index);
    }
    let room: Vec<usize> = members
        .iter()
        .map(|members| members.len().saturating_sub(kept))
        .collect();
    let most: usize = room.iter().sum();
    if count > most {
        return Err(ImageError::TooFew {
            wanted: count,
            purpose,
            found: indices.len(),
            most,
        });
    }
    let mut order: Vec<usize> = (0..classes).collect();
    key.word("remainder").stream().shuffle(&mut order);
    let mut drawn = Vec::with_capacity(count);
    for (class, quota) in quotas(&room, &order, count).into_iter().enumerate() {
        key.word("class")
            .number(class as u64)
            .stream()
            .shuffle(&mut members[class]);
        drawn.extend_from_slice(&members[class][..quota]);
    }
    drawn.sort_unstable();
    Ok(drawn)
}

/// How many each class gives: as many as any other, or all it has room for; what is left of a round
/// goes to the first of `order` that have room.
fn quotas(room: &[usize], order: &[usize], count: usize) -> Vec<usize> {
    let mut level = 0;
    let mut left = count;
    loop {
        let open = room.iter().filter(|room| **room > level).count();
        if open == 0 || left < open {
            break;
        }
        // As many whole rounds as neither a class nor the count ends.
        let next = room
            .iter()
            .filter(|room| **room > level)
            .min()
            .copied()
            .unwrap_or(level);
        let rounds = (left / open).min(next - level);
        level += rounds;
        left -= rounds * open;
    }
    let mut quotas: Vec<usize> = room.iter().map(|room| (*room).min(level)).collect();
    order
        .iter()
        .filter(|class| room[**class] > level)
        .take(left)
        .for_each(|class| quotas[*class] += 1);
    quotas
}
