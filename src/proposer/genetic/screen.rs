//! Sorts out children that would only waste an attempt: too costly, known already, or certain to be refused by the screening that follows.

use super::tree::has_variable;
use crate::formula::expression::Expression;
use crate::formula::reference::evaluate;
use crate::formula::Formula;

/// The probe: this many points on [-REACH, REACH].
const POINTS: i32 = 101;
const REACH: f64 = 5.0;
/// Values beyond this count as an explosion.
const LARGEST_VALUE: f64 = 150.0;
/// Curves closer than this everywhere, relative to their size, are the same.
const SAME: f64 = 1e-6;

/// What a child is held against.
pub struct Screen {
    texts: Vec<String>,
    curves: Vec<Vec<f64>>,
    cost_budget: u32,
}

impl Screen {
    /// A screen against the formulas that were shown in a brief.
    pub fn new<'a>(known: impl Iterator<Item = &'a str>, cost_budget: u32) -> Screen {
        let texts: Vec<String> = known.map(str::to_owned).collect();
        let curves = texts.iter().filter_map(|text| Formula::parse(text).ok()).map(|formula| curve(&formula)).collect();
        Screen { texts, curves, cost_budget }
    }

    /// The text of a child that is worth an attempt; `None` for one that is not.
    pub fn admitted(&self, child: &Expression) -> Option<String> {
        if !has_variable(child) {
            return None;
        }
        let formula = Formula::from_expression(child.clone()).ok()?;
        let text = formula.to_string();
        if formula.cost() > self.cost_budget || self.texts.contains(&text) {
            return None;
        }
        let curve = curve(&formula);
        let tame = curve.iter().all(|value| value.abs() <= LARGEST_VALUE);
        (tame && !is_affine(&curve) && !is_flat(&curve) && !self.curves.iter().any(|known| same(known, &curve))).then_some(text)
    }
}

/// The function's values on the probe.
fn curve(formula: &Formula) -> Vec<f64> {
    let at = |index: i32| -REACH + 2.0 * REACH * f64::from(index) / f64::from(POINTS - 1);
    (0..POINTS).map(|index| evaluate(formula.graph(), &[at(index)])[0]).collect()
}

fn same(a: &[f64], b: &[f64]) -> bool {
    a.iter().zip(b).all(|(a, b)| (a - b).abs() <= SAME * (1.0 + a.abs()))
}

/// Whether the function stands still nearly everywhere, so that it passes no gradient.
fn is_flat(curve: &[f64]) -> bool {
    let still = curve.windows(2).filter(|pair| pair[0] == pair[1]).count();
    still * 10 >= curve.len() * 9
}

/// Whether the values lie on a line, a level one included.
fn is_affine(curve: &[f64]) -> bool {
    let (first, last) = (curve[0], curve[curve.len() - 1]);
    let line: Vec<f64> = (0..curve.len()).map(|index| first + (last - first) * index as f64 / (curve.len() - 1) as f64).collect();
    same(&line, curve)
}
