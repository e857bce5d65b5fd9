//! The sets of a file task: which rows are trained on, and the shells by distance.

use super::{FileTask, Loaded};
use crate::numerics::stream::Key;
use crate::task::standardisation::{input_scales, RawSet, RawTask, Scale};
use crate::task::{Sizes, TaskError};

/// The fewest rows to train on, and of each test set.
const LEAST_TRAIN: usize = 16;
const LEAST_TEST: usize = 8;

/// The fraction of the training file that counts as inside where the program takes the shells, and
/// of the inside that is held out.
const INSIDE: f64 = 0.6;
const HELD_OUT: f64 = 0.2;

/// Which of the files a row is in.
type Place<'a> = (&'a RawSet, usize);

impl FileTask {
    /// The sets, before standardising. `key` alone decides which rows are held out for the
    /// in-distribution set.
    pub(in crate::task) fn raw(&self, key: &Key, sizes: &Sizes) -> Result<RawTask, TaskError> {
        let loaded = self.loaded.as_deref().ok_or_else(|| TaskError::NotLoaded {
            task: self.name.clone(),
        })?;
        let ruler = Ruler::of(&self.name, loaded)?;
        let (inside, tested, shells) = if loaded.out_of_distribution.is_empty() {
            self.cut(loaded, &ruler, sizes.shells.len())?
        } else {
            self.given(loaded, &ruler, sizes)?
        };
        let collect = |rows: &[Place]| RawSet::of(loaded.dimension, rows);
        let (train, in_distribution) = match loaded.in_distribution {
            Some(_) => (inside, tested),
            None => self.hold_out(inside, key),
        };
        let raw = RawTask {
            dimension: loaded.dimension,
            train: collect(&train),
            in_distribution: collect(&in_distribution),
            shells: shells
                .iter()
                .map(|(inner, outer, rows)| (*inner, *outer, collect(rows)))
                .collect(),
        };
        self.enough("the training set", raw.train.targets.len(), LEAST_TRAIN)?;
        self.enough(
            "the in-distribution set",
            raw.in_distribution.targets.len(),
            LEAST_TEST,
        )?;
        raw.shells
            .iter()
            .try_for_each(|(_, _, set)| self.enough("a shell", set.targets.len(), LEAST_TEST))?;
        Ok(raw)
    }

    fn enough(&self, set: &'static str, found: usize, least: usize) -> Result<(), TaskError> {
        if found < least {
            return Err(TaskError::TooFewRows {
                task: self.name.clone(),
                set,
                found,
                least,
            });
        }
        Ok(())
    }

    /// The files as they are: a shell's radii are the distances of its nearest and its farthest
    /// row, in units of the farthest training row's.
    fn given<'a>(
        &self,
        loaded: &'a Loaded,
        ruler: &Ruler,
        sizes: &Sizes,
    ) -> Result<Sets<'a>, TaskError> {
        let (files, shells) = (loaded.out_of_distribution.len(), sizes.shells.len());
        if files != shells {
            let (wanted, found) = (
                format!("{shells} file(s), one for each shell of the lab's `sizes.shells`"),
                files.to_string(),
            );
            return Err(TaskError::BadField {
                task: self.name.clone(),
                field: "out_of_distribution",
                wanted,
                found,
            });
        }
        let unit = ruler
            .distances(&loaded.train)
            .into_iter()
            .fold(0.0, f64::max);
        let shell = |set: &'a RawSet| {
            let distances = ruler.distances(set);
            let nearest = distances.iter().copied().fold(f64::INFINITY, f64::min);
            let farthest = distances.iter().copied().fold(0.0, f64::max);
            (nearest / unit, farthest / unit, set.places())
        };
        let tested = loaded
            .in_distribution
            .as_ref()
            .map_or_else(Vec::new, RawSet::places);
        Ok((
            loaded.train.places(),
            tested,
            loaded.out_of_distribution.iter().map(shell).collect(),
        ))
    }

    /// The rows within the distance that holds the fraction `inside` of the training file; the rows
    /// beyond it, of both files, in `count` shells of as equal numbers of rows as ties in the
    /// distance allow.
    fn cut<'a>(
        &self,
        loaded: &'a Loaded,
        ruler: &Ruler,
        count: usize,
    ) -> Result<Sets<'a>, TaskError> {
        let distances = ruler.distances(&loaded.train);
        let mut sorted = distances.clone();
        sorted.sort_by(f64::total_cmp);
        let rank = (self.inside.unwrap_or(INSIDE) * sorted.len() as f64).ceil() as usize;
        let radius = sorted[rank.clamp(1, sorted.len()) - 1];
        let mut rows: Vec<(f64, Place)> =
            distances.into_iter().zip(loaded.train.places()).collect();
        let from_train = rows.len();
        if let Some(set) = &loaded.in_distribution {
            rows.extend(ruler.distances(set).into_iter().zip(set.places()));
        }
        let within = |rows: &[(f64, Place<'a>)]| {
            rows.iter()
                .filter(|(distance, _)| *distance <= radius)
                .map(|(_, place)| *place)
                .collect()
        };
        let (inside, tested) = (within(&rows[..from_train]), within(&rows[from_train..]));
        let mut beyond: Vec<f64> = rows
            .iter()
            .map(|(distance, _)| *distance)
            .filter(|distance| *distance > radius)
            .collect();
        beyond.sort_by(f64::total_cmp);
        self.enough(
            "the part beyond the training rows",
            beyond.len(),
            LEAST_TEST * count,
        )?;
        let mut inner = radius;
        let mut shells = Vec::new();
        for shell in 1..=count {
            let outer = beyond[(beyond.len() * shell).div_ceil(count) - 1];
            let places = rows
                .iter()
                .filter(|(distance, _)| *distance > inner && *distance <= outer)
                .map(|(_, place)| *place)
                .collect();
            shells.push((inner / radius, outer / radius, places));
            inner = outer;
        }
        Ok((inside, tested, shells))
    }

    /// A random part of the rows for training, and the rest for the in-distribution set; both in
    /// the file's order.
    fn hold_out<'a>(&self, rows: Vec<Place<'a>>, key: &Key) -> (Vec<Place<'a>>, Vec<Place<'a>>) {
        let count = (self.held_out.unwrap_or(HELD_OUT) * rows.len() as f64).round() as usize;
        let mut order: Vec<usize> = (0..rows.len()).collect();
        key.word("points")
            .word("held out")
            .stream()
            .shuffle(&mut order);
        let (held, kept) = order.split_at_mut(count);
        held.sort_unstable();
        kept.sort_unstable();
        let pick = |indices: &[usize]| indices.iter().map(|index| rows[*index]).collect();
        (pick(kept), pick(held))
    }
}

/// Rows inside, in-distribution rows of a file of their own, and shells with their radii.
type Sets<'a> = (
    Vec<Place<'a>>,
    Vec<Place<'a>>,
    Vec<(f64, f64, Vec<Place<'a>>)>,
);

/// Distances as the sup norm of inputs that are standardised by the training file.
struct Ruler(Vec<Scale>);

impl Ruler {
    fn of(name: &str, loaded: &Loaded) -> Result<Ruler, TaskError> {
        input_scales(name, &loaded.train.inputs, loaded.dimension).map(Ruler)
    }

    fn distances(&self, set: &RawSet) -> Vec<f64> {
        let distance = |row: &[f64]| {
            row.iter()
                .zip(&self.0)
                .map(|(x, scale)| scale.apply(*x).abs())
                .fold(0.0, f64::max)
        };
        set.inputs
            .chunks_exact(self.0.len())
            .map(distance)
            .collect()
    }
}

impl RawSet {
    fn places(&self) -> Vec<Place<'_>> {
        (0..self.targets.len()).map(|row| (self, row)).collect()
    }

    fn of(dimension: usize, rows: &[Place]) -> RawSet {
        RawSet {
            inputs: rows
                .iter()
                .flat_map(|(set, row)| &set.inputs[row * dimension..(row + 1) * dimension])
                .copied()
                .collect(),
            targets: rows.iter().map(|(set, row)| set.targets[*row]).collect(),
        }
    }
}
