//! Sorts out children that would only waste an attempt: too costly, known already, or certain to be
//! refused by the screening that follows.

use super::tree::has_variable;
use crate::formula::limits::{LARGEST_VALUE, PROBE_RANGE};
use crate::formula::{Class, Expression, Fingerprint, Formula};
use crate::proposer::Brief;

/// Slopes this close, relative to their size, are the same.
const SAME_SLOPE: f64 = 1e-6;
/// A function must have a slope on at least this share of the grid.
const MOVING: f64 = 0.1;

/// The limits of a brief, and the functions that a child must differ from.
pub struct Screen {
    known: Vec<Fingerprint>,
    cost_budget: u32,
    class: Class,
    parameters: u32,
}

impl Screen {
    /// Returns a screen by the limits of `brief`, for children that differ from the formulas
    /// `known`. Formulas that do not parse are left out.
    pub fn new<'a>(known: impl Iterator<Item = &'a str>, brief: &Brief) -> Screen {
        let known = known
            .filter_map(|text| Formula::parse(text).ok())
            .map(|formula| formula.fingerprint())
            .collect();
        Screen {
            known,
            cost_budget: brief.cost_budget,
            class: brief.class,
            parameters: brief.parameters,
        }
    }

    /// Returns the formula of a child that is worth an attempt; `None` for one that is not.
    pub fn admitted(&self, child: &Expression) -> Option<Formula> {
        if !has_variable(child) {
            return None;
        }
        let formula = Formula::from_expression(child.clone()).ok()?;
        if formula.cost() > self.cost_budget
            || formula.class() > self.class
            || formula.parameters().len() > self.parameters as usize
        {
            return None;
        }
        let fingerprint = formula.fingerprint();
        let worth = is_tame(&formula, &fingerprint)
            && bends(&fingerprint.slopes()[..fingerprint.values().len()])
            && !self.known.iter().any(|known| known.matches(&fingerprint));
        worth.then_some(formula)
    }
}

/// Returns whether values and slopes are finite and the values are not huge, on the grid and at 21
/// even points of the probe range, which include the ends and 0, as the grid does not.
fn is_tame(formula: &Formula, fingerprint: &Fingerprint) -> bool {
    let fine = |value: f64, slope: f64| value.abs() <= LARGEST_VALUE && slope.is_finite();
    let mut response = formula.response();
    fingerprint
        .values()
        .iter()
        .zip(fingerprint.slopes())
        .all(|(value, slope)| fine(*value, *slope))
        && (-10..=10).all(|half| {
            let (value, slope) = response.value_and_slope(f64::from(half) / 10.0 * PROBE_RANGE);
            fine(value, slope)
        })
}

/// Returns whether the function is neither a line nor level nearly everywhere.
fn bends(slopes: &[f64]) -> bool {
    let moving = slopes
        .iter()
        .filter(|slope| slope.abs() > SAME_SLOPE)
        .count();
    let line = slopes
        .iter()
        .all(|slope| (slope - slopes[0]).abs() <= SAME_SLOPE * (1.0 + slopes[0].abs()));
    !line && moving as f64 >= MOVING * slopes.len() as f64
}
