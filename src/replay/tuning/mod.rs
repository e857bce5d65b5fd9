//! Tuning: the free numbers of a formula are moved to where a cheap measurement is best, so that a
//! baseline has as much chosen for it as a candidate.

pub mod baselines;
mod freedom;
mod keeping;

use std::collections::HashMap;

pub use self::freedom::Freedom;
pub use self::keeping::KeepingError;
use crate::formula::Formula;
use crate::numerics::minimum::{minimum, Search};

/// The evaluations that a tuning has where no other number is asked for.
pub const USUAL_EVALUATIONS: usize = 32;

/// The first steps, half of the way to the ends, and those with which the search begins again at
/// the best it has: one evaluation is uncertain, and near ones differ by chance. Measured on known
/// functions (METHODOLOGY.md, Tuned baselines).
const RADIUS: f64 = 0.5;
const LEAST_RADIUS: f64 = 0.05;
/// How often the search may ask for each evaluation that counts: the same formula asked for again,
/// and what comes after the last, cost nothing.
const ASKED: usize = 40;

/// A formula that was measured in a tuning, and what it came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Tried {
    /// The formula.
    pub formula: Formula,
    /// Lower is better; `None` where it diverged.
    pub value: Option<f64>,
}

/// What a tuning came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Tuned {
    /// Every formula that was measured, in order, each once; the first is the one that was tuned,
    /// as it was. Never empty.
    pub tried: Vec<Tried>,
}

impl Tuned {
    /// The first of those with the lowest value: the formula as it was where no other is better.
    pub fn best(&self) -> Option<&Tried> {
        let finite = self.tried.iter().filter(|tried| tried.value.is_some());
        let worth = |tried: &Tried| tried.value.unwrap_or(f64::INFINITY);
        finite
            .min_by(|a, b| worth(a).total_cmp(&worth(b)))
            .or(self.tried.first())
    }
}

/// Moves what is free of a formula to where `objective` is lowest, in so many evaluations of
/// different formulas at most; the first is of the formula as it is. The objective is `None` where a
/// formula diverges.
///
/// The outcome is a pure function of the formula, the freedom, and what the objective says; and
/// more evaluations begin with those that fewer make.
///
/// # Errors
/// The first error of the objective, after which nothing more is measured.
pub fn tune<E>(
    formula: &Formula,
    freedom: Freedom,
    evaluations: usize,
    objective: impl FnMut(&Formula) -> Result<Option<f64>, E>,
) -> Result<Tuned, E> {
    let mut course = Course {
        objective,
        evaluations: evaluations.max(1),
        tried: Vec::new(),
        places: HashMap::new(),
        error: None,
    };
    course.value(formula.clone());
    let numbers = freedom.numbers(formula);
    if numbers > 0 {
        let search = Search {
            bounds: &vec![(-1.0, 1.0); numbers],
            radius: RADIUS,
            least_radius: LEAST_RADIUS,
            evaluations: ASKED * course.evaluations.max(numbers * numbers),
            restarts: course.evaluations,
        };
        minimum(&vec![0.0; numbers], &search, |place| {
            if course.is_over() {
                return f64::INFINITY;
            }
            freedom
                .at(formula, place)
                .map_or(f64::INFINITY, |moved| course.value(moved))
        });
    }
    match course.error {
        Some(error) => Err(error),
        None => Ok(Tuned {
            tried: course.tried,
        }),
    }
}

/// A tuning on its way.
struct Course<E, O> {
    objective: O,
    evaluations: usize,
    tried: Vec<Tried>,
    /// Where each formula stands among those tried, by its id.
    places: HashMap<String, usize>,
    error: Option<E>,
}

impl<E, O: FnMut(&Formula) -> Result<Option<f64>, E>> Course<E, O> {
    fn is_over(&self) -> bool {
        self.error.is_some() || self.tried.len() >= self.evaluations
    }

    /// What the search sees of a formula, which is measured where it was not.
    fn value(&mut self, formula: Formula) -> f64 {
        if let Some(place) = self.places.get(formula.id()) {
            return self.seen(self.tried[*place].value);
        }
        if self.is_over() {
            return f64::INFINITY;
        }
        match (self.objective)(&formula) {
            Ok(value) => {
                let value = value.filter(|value| value.is_finite());
                self.places
                    .insert(formula.id().to_owned(), self.tried.len());
                self.tried.push(Tried { formula, value });
                self.seen(value)
            }
            Err(error) => {
                self.error = Some(error);
                f64::INFINITY
            }
        }
    }

    /// A value; of what diverged, one that is worse than all others and not so much that a model of
    /// these is of it alone.
    fn seen(&self, value: Option<f64>) -> f64 {
        value.unwrap_or_else(|| {
            let finite = || self.tried.iter().filter_map(|tried| tried.value);
            let (least, most) = (
                finite().fold(f64::INFINITY, f64::min),
                finite().fold(f64::NEG_INFINITY, f64::max),
            );
            if least.is_finite() {
                most + (most - least).max(0.1 * most.abs())
            } else {
                f64::INFINITY
            }
        })
    }
}
