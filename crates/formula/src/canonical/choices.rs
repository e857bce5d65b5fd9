//! The identities of powers with a constant base, of comparisons, minima, maxima and choices.

use egg::Id;

use super::combination::Combination;
use super::terms::Terms;
use crate::graph::{Binary, Unary};

/// What is equal to `operation` of `a` and `b`.
pub(super) fn binary(
    t: &mut Terms,
    operation: Binary,
    (a, b): (Id, Id),
    found: &mut Vec<Option<Id>>,
) {
    match operation {
        Binary::Power => {
            if let Some(base) = t.number(a).filter(|base| *base > 0.0) {
                found.push(t.affine(1.0, Unary::Exp, Combination::of(b).scaled(base.ln()), 0.0));
            }
        }
        Binary::Min | Binary::Max => extremum(t, operation, (a, b), found),
        Binary::Less | Binary::LessEqual => {
            // k < c u + d: u alone on its side.
            let (number, other, first) = match (t.number(a), t.number(b)) {
                (Some(number), None) => (number, b, true),
                (None, Some(number)) => (number, a, false),
                _ => return,
            };
            for sum in t.sums(other) {
                let [(u, coefficient)] = sum.terms[..] else {
                    continue;
                };
                if coefficient == 0.0 || !((number - sum.constant) / coefficient).is_finite() {
                    continue;
                }
                let bound = t.constant((number - sum.constant) / coefficient);
                let (a, b) = if first == (coefficient > 0.0) {
                    (bound, u)
                } else {
                    (u, bound)
                };
                found.push(Some(t.binary(operation, a, b)));
            }
        }
        _ => {}
    }
}

/// Of a minimum or maximum with a number: scale and shift of the other side pulled out, and one
/// order of bounds.
fn extremum(t: &mut Terms, operation: Binary, (a, b): (Id, Id), found: &mut Vec<Option<Id>>) {
    let (u, number) = match (t.number(a), t.number(b)) {
        (None, Some(number)) => (a, number),
        (Some(number), None) => (b, number),
        _ => return,
    };
    let opposite = if operation == Binary::Min {
        Binary::Max
    } else {
        Binary::Min
    };
    for sum in t.sums(u) {
        let [(inner, coefficient)] = sum.terms[..] else {
            continue;
        };
        let bound = (number - sum.constant) / coefficient;
        if coefficient == 0.0 || !bound.is_finite() {
            continue;
        }
        let bound = t.constant(bound);
        let limited = t.binary(
            if coefficient > 0.0 {
                operation
            } else {
                opposite
            },
            inner,
            bound,
        );
        found.push(
            t.sum(
                Combination::of(limited)
                    .scaled(coefficient)
                    .shifted(sum.constant),
            ),
        );
    }
    if let Some((inner, bound)) = bounded(t, operation, u) {
        let bound = t.constant(if operation == Binary::Min {
            number.min(bound)
        } else {
            number.max(bound)
        });
        found.push(Some(t.binary(operation, inner, bound)));
    }
    if let Some((inner, bound)) = bounded(t, opposite, u) {
        let ordered = if operation == Binary::Min {
            bound <= number
        } else {
            number <= bound
        };
        if ordered {
            let (number, bound) = (t.constant(number), t.constant(bound));
            let first = t.binary(operation, inner, number);
            found.push(Some(t.binary(opposite, first, bound)));
        }
    }
}

/// The class and number, where a class is the minimum or maximum of these.
fn bounded(t: &Terms, operation: Binary, class: Id) -> Option<(Id, f64)> {
    let (a, b) = t.arguments(operation, class)?;
    match (t.number(a), t.number(b)) {
        (None, Some(number)) => Some((a, number)),
        (Some(number), None) => Some((b, number)),
        _ => None,
    }
}

/// What is equal to the choice of `then` where the condition is not 0, else `otherwise`.
pub(super) fn select(
    t: &mut Terms,
    (condition, then, otherwise): (Id, Id, Id),
    found: &mut Vec<Option<Id>>,
) {
    let [condition, then, otherwise] = [condition, then, otherwise].map(|id| t.graph.find(id));
    if then == otherwise {
        found.push(Some(then));
        return;
    }
    if let Some((a, b)) = t.arguments(Binary::LessEqual, condition) {
        let swapped = t.binary(Binary::Less, b, a);
        found.push(Some(t.select(swapped, otherwise, then)));
    }
    if let Some((a, b)) = t.arguments(Binary::Less, condition) {
        let swapped = t.binary(Binary::LessEqual, b, a);
        found.push(Some(t.select(swapped, otherwise, then)));
        sides(t, (a, b), (then, otherwise), found);
    }
    for (inner, coefficient) in t
        .sums(then)
        .iter()
        .filter_map(Combination::single)
        .filter(|(_, coefficient)| *coefficient != 0.0)
    {
        if let Some(rest) = t.scaled(1.0 / coefficient, otherwise) {
            let chosen = t.select(condition, inner, rest);
            found.push(t.scaled(coefficient, chosen));
        }
    }
    if t.number(then) == Some(0.0) {
        for (inner, coefficient) in t.sums(otherwise).iter().filter_map(Combination::single) {
            let chosen = t.select(condition, then, inner);
            found.push(t.scaled(coefficient, chosen));
        }
    }
    shared_factors(t, (condition, then, otherwise), found);
}

/// A choice between the sides of `a < b`, as their minimum or maximum.
fn sides(
    t: &mut Terms,
    (a, b): (Id, Id),
    (then, otherwise): (Id, Id),
    found: &mut Vec<Option<Id>>,
) {
    // The side that is a number has the slope at the tie, as a branch here has.
    if t.number(a).is_some() && (then, otherwise) == (b, a) {
        found.push(Some(t.binary(Binary::Max, b, a)));
    }
    if t.number(b).is_some() && (then, otherwise) == (a, b) {
        found.push(Some(t.binary(Binary::Min, a, b)));
    }
    // The normal form puts u before c u, so c u has the slope at the tie, as it has here.
    if t.number(a) == Some(0.0) && then == b && t.sums(then).is_empty() {
        let leaks = t
            .sums(otherwise)
            .iter()
            .filter_map(Combination::single)
            .find(|(inner, _)| *inner == then);
        if let Some((_, leak)) = leaks {
            found.push(Some(t.binary(
                if leak < 1.0 { Binary::Max } else { Binary::Min },
                then,
                otherwise,
            )));
        }
    }
}

/// A factor of both branches, before the choice of what is left.
fn shared_factors(
    t: &mut Terms,
    (condition, then, otherwise): (Id, Id, Id),
    found: &mut Vec<Option<Id>>,
) {
    let own = |t: &Terms, id: Id| {
        t.products(id)
            .into_iter()
            .chain([vec![(id, 1)]])
            .collect::<Vec<_>>()
    };
    for one in own(t, then) {
        for other in own(t, otherwise) {
            for (shared, _) in one
                .iter()
                .filter(|(id, _)| other.iter().any(|(shared, _)| shared == id))
            {
                let without = |factors: &[(Id, u32)]| {
                    factors
                        .iter()
                        .map(|(id, power)| (*id, power - u32::from(id == shared)))
                        .collect::<Vec<_>>()
                };
                let (Some(then), Some(otherwise)) = (
                    t.product(1.0, without(&one)),
                    t.product(1.0, without(&other)),
                ) else {
                    continue;
                };
                let chosen = t.select(condition, then, otherwise);
                found.push(t.product(1.0, [(*shared, 1), (chosen, 1)]));
            }
        }
    }
}
