//! How many points a task has, and where its shells lie.

use serde::{Deserialize, Serialize};

use super::TaskError;

/// The most points that one set may have.
const MOST_POINTS: usize = 10_000_000;

/// How far a shell may reach, in half-widths, and how thin it may be relative to where it lies:
/// beyond both, rounding leaves no point to draw.
const FARTHEST: f64 = 1e20;
const THINNEST: f64 = 1e-6;

/// How many points a task has, and where its shells lie. The default is the standard lab's.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub struct Sizes {
    /// The number of training points.
    pub train: usize,
    /// The number of points of the in-distribution test set.
    pub in_distribution: usize,
    /// The number of points of each shell.
    pub shell: usize,
    /// The shells as `(inner, outer]` in half-widths of the training region, innermost first,
    /// without overlap, none inside 1.
    pub shells: Vec<(f64, f64)>,
}

impl Default for Sizes {
    fn default() -> Sizes {
        Sizes {
            train: 2048,
            in_distribution: 512,
            shell: 512,
            shells: vec![(1.0, 1.25), (1.25, 1.5)],
        }
    }
}

impl Sizes {
    /// Checks that data sets of these sizes can be drawn.
    ///
    /// # Errors
    /// The first size or shell that is wrong.
    pub fn check(&self) -> Result<(), TaskError> {
        for (field, least, found) in [
            ("train", 2, self.train),
            ("in_distribution", 1, self.in_distribution),
            ("shell", 1, self.shell),
        ] {
            if found < least || found > MOST_POINTS {
                return Err(TaskError::BadSizes {
                    field,
                    wanted: format!("between {least} and {MOST_POINTS}"),
                    found: found.to_string(),
                });
            }
        }
        let bad_shells = |wanted: &str| TaskError::BadSizes {
            field: "shells",
            wanted: wanted.to_string(),
            found: format!("{:?}", self.shells),
        };
        if self.shells.is_empty() {
            return Err(bad_shells("at least one (inner, outer]"));
        }
        let mut end = 1.0;
        for &(inner, outer) in &self.shells {
            if !(inner >= end && outer >= inner * (1.0 + THINNEST) && outer <= FARTHEST) {
                return Err(bad_shells(
                    "pairs with 1 <= inner < outer <= 1e20, innermost first, without overlap",
                ));
            }
            end = outer;
        }
        Ok(())
    }

    /// The end of the outermost shell in half-widths; 1 where there is none.
    pub fn reach(&self) -> f64 {
        self.shells.iter().map(|shell| shell.1).fold(1.0, f64::max)
    }
}
