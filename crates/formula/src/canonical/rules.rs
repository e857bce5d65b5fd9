//! The identities of rewriting, operation by operation: each rule makes terms that are equal to a
//! given one for every finite argument where both are finite, with the same slopes, those at kinks
//! included.
//!
//! So `0.5 (x + |x|)` is no `max(x, 0)` here: at 0 its slope is 1/2 and not 0. Rules for sums and
//! products stand in `algebra`.

use std::f64::consts::{FRAC_PI_2, LN_2};

use egg::Id;

use super::super::graph::{Binary, Unary};
use super::algebra;
use super::terms::{Combination, Operation, Term, Terms};

/// What is equal to `term` of `class`.
pub(super) fn equal(terms: &mut Terms, class: Id, term: &Term) -> Vec<Id> {
    let class = terms.graph.find(class);
    let part = |index: usize| term.parts.get(index).copied().unwrap_or(class);
    match &term.operation {
        Operation::Input(_)
        | Operation::Constant(_)
        | Operation::Parameter(_)
        | Operation::Reduce(..)
        | Operation::Roll(..) => Vec::new(),
        Operation::Sum(..) => terms
            .combination(term)
            .map(|sum| algebra::sum(terms, class, sum))
            .unwrap_or_default(),
        Operation::Product(_) => terms
            .factors(term)
            .map(|factors| algebra::product(terms, class, factors))
            .unwrap_or_default(),
        Operation::Unary(operation) => {
            let mut found: Vec<Option<Id>> = Vec::new();
            unary(terms, *operation, part(0), &mut found);
            found.into_iter().flatten().collect()
        }
        Operation::Binary(operation) => {
            let mut found: Vec<Option<Id>> = Vec::new();
            binary(terms, *operation, (part(0), part(1)), &mut found);
            found.into_iter().flatten().collect()
        }
        Operation::Select => {
            let mut found: Vec<Option<Id>> = Vec::new();
            select(terms, (part(0), part(1), part(2)), &mut found);
            found.into_iter().flatten().collect()
        }
    }
}

/// factor operation(scale a + shift) + constant.
fn affine(
    terms: &mut Terms,
    factor: f64,
    operation: Unary,
    argument: Combination,
    constant: f64,
) -> Option<Id> {
    let argument = terms.sum(argument)?;
    let applied = terms.unary(operation, argument);
    terms.sum(Combination::of(applied).scaled(factor).shifted(constant))
}

fn is(number: f64, wanted: f64) -> bool {
    (number - wanted).abs() <= 1e-11 * wanted.abs()
}

fn unary(t: &mut Terms, operation: Unary, a: Id, found: &mut Vec<Option<Id>>) {
    use Unary::*;
    let of = Combination::of;
    let sums = t.sums(a);
    let (odd, even) = (operation.is_odd(), operation.is_even());
    for sum in &sums {
        let negative = sum
            .single()
            .is_some_and(|(_, coefficient)| coefficient < 0.0);
        if negative && (odd || even) {
            found.push(affine(
                t,
                if odd { -1.0 } else { 1.0 },
                operation,
                sum.scaled(-1.0),
                0.0,
            ));
        }
    }
    match operation {
        Tanh => found.push(affine(t, 2.0, Sigmoid, of(a).scaled(2.0), -1.0)),
        Sigmoid => {
            found.push(affine(t, -1.0, Sigmoid, of(a).scaled(-1.0), 1.0));
            found.push(affine(t, 0.5, Tanh, of(a).scaled(0.5), 0.5));
        }
        Softplus => {
            let negated = t.scaled(-1.0, a);
            found.push(negated.and_then(|negated| {
                let mirrored = t.unary(Softplus, negated);
                t.sum(of(a).plus(of(mirrored)))
            }));
        }
        Erf => found.push(affine(t, -1.0, Erfc, of(a), 1.0)),
        Erfc => {
            found.push(affine(t, -1.0, Erf, of(a), 1.0));
            found.push(affine(t, -1.0, Erfc, of(a).scaled(-1.0), 2.0));
        }
        Exp => {
            if let Some(u) = t.argument(Softplus, a) {
                found.push(affine(t, 1.0, Exp, of(u), 1.0));
            }
            for sum in sums {
                if sum.constant != 0.0 && !sum.terms.is_empty() {
                    let factor = sum.constant.exp();
                    let rest = Combination {
                        constant: 0.0,
                        ..sum
                    };
                    found.push(affine(t, factor, Exp, rest, 0.0).filter(|_| factor.is_normal()));
                } else if let Some((negated, -1.0)) = sum.single() {
                    if let Some(u) = t.argument(Softplus, negated) {
                        found.push(affine(t, 1.0, Sigmoid, of(u).scaled(-1.0), 0.0));
                    }
                }
            }
        }
        Expm1 => found.push(affine(t, 1.0, Exp, of(a), -1.0)),
        Log => logarithm(t, a, &sums, found),
        Log1p => {
            found.push(affine(t, 1.0, Log, of(a).shifted(1.0), 0.0));
            found.push(t.argument(Exp, a).map(|u| t.unary(Softplus, u)));
        }
        Sin | Cos => {
            if operation == Cos {
                // cos u = 1 - 2 sin(u / 2)^2
                let half = t.scaled(0.5, a);
                let square = half.and_then(|half| {
                    let sine = t.unary(Sin, half);
                    t.product(1.0, [(sine, 2)])
                });
                found.push(square.and_then(|square| t.sum(of(square).scaled(-2.0).shifted(1.0))));
            }
            let (same, other) = if operation == Sin {
                (1.0, Cos)
            } else {
                (-1.0, Sin)
            };
            for sum in sums {
                for (shift, factor) in [(FRAC_PI_2, same), (-FRAC_PI_2, -same)] {
                    if is(sum.constant, shift) {
                        let rest = Combination {
                            constant: 0.0,
                            ..sum.clone()
                        };
                        found.push(affine(t, factor, other, rest, 0.0));
                    }
                }
            }
        }
        Abs => {
            found.push(t.argument(Abs, a).map(|_| a));
            for (inner, coefficient) in sums.iter().filter_map(Combination::single) {
                found.push(affine(t, coefficient.abs(), Abs, of(inner), 0.0));
            }
        }
        Sqrt => {
            if let Some(u) = t.argument(Exp, a) {
                found.push(affine(t, 1.0, Exp, of(u).scaled(0.5), 0.0));
            }
            for factors in t.products(a) {
                if let [(u, 2)] = factors.as_slice() {
                    found.push(Some(t.unary(Abs, *u)));
                }
            }
            for (inner, coefficient) in sums
                .iter()
                .filter_map(Combination::single)
                .filter(|(_, coefficient)| *coefficient > 0.0)
            {
                found.push(affine(t, coefficient.sqrt(), Sqrt, of(inner), 0.0));
            }
        }
        Reciprocal => reciprocal(t, a, sums, found),
        _ => {}
    }
}

fn logarithm(t: &mut Terms, a: Id, sums: &[Combination], found: &mut Vec<Option<Id>>) {
    use Unary::*;
    let of = Combination::of;
    found.push(t.argument(Exp, a));
    if let Some(u) = t.argument(Sigmoid, a) {
        found.push(affine(t, -1.0, Softplus, of(u).scaled(-1.0), 0.0));
    }
    if let Some(u) = t.argument(Reciprocal, a) {
        found.push(affine(t, -1.0, Log, of(u), 0.0));
    }
    if let Some(u) = t.argument(Cosh, a) {
        // cosh u = e^u (1 + e^(-2u)) / 2
        let softplus = affine(t, 1.0, Softplus, of(u).scaled(-2.0), -LN_2);
        found.push(softplus.and_then(|softplus| t.sum(of(u).plus(of(softplus)))));
    }
    for sum in sums {
        match sum.single() {
            Some((inner, coefficient)) if coefficient > 0.0 => {
                found.push(affine(t, 1.0, Log, of(inner), coefficient.ln()))
            }
            None if sum.constant == 1.0 => {
                found.push(affine(t, 1.0, Log1p, sum.clone().shifted(-1.0), 0.0));
                if let [(term, 1.0)] = sum.terms.as_slice() {
                    found.push(t.argument(Exp, *term).map(|u| t.unary(Softplus, u)));
                }
            }
            _ => {}
        }
    }
}

fn reciprocal(t: &mut Terms, a: Id, sums: Vec<Combination>, found: &mut Vec<Option<Id>>) {
    use Unary::*;
    let of = Combination::of;
    found.push(t.argument(Reciprocal, a));
    if let Some(u) = t.argument(Exp, a) {
        found.push(affine(t, 1.0, Exp, of(u).scaled(-1.0), 0.0));
    }
    if let Some(u) = t.argument(Sigmoid, a) {
        found.push(affine(t, 1.0, Exp, of(u).scaled(-1.0), 1.0));
    }
    for factors in t.products(a) {
        let inverted: Vec<(Id, u32)> = factors
            .into_iter()
            .map(|(id, power)| (t.unary(Reciprocal, id), power))
            .collect();
        found.push(t.product(1.0, inverted));
    }
    for sum in sums {
        if let Some(size) = sum.common_size() {
            found.push(affine(
                t,
                1.0 / size,
                Reciprocal,
                sum.scaled(1.0 / size),
                0.0,
            ));
        }
        match (sum.terms.as_slice(), sum.constant) {
            ([(inner, coefficient)], 0.0) if *coefficient != 0.0 => {
                found.push(affine(t, 1.0 / coefficient, Reciprocal, of(*inner), 0.0))
            }
            ([(term, coefficient)], constant) => {
                if let Some(u) = t.argument(Exp, *term).filter(|_| *coefficient == constant) {
                    found.push(affine(
                        t,
                        1.0 / coefficient,
                        Sigmoid,
                        of(u).scaled(-1.0),
                        0.0,
                    ));
                }
                if let Some(u) = one_and_exponential_squared(t, *term)
                    .filter(|_| (*coefficient, constant) == (1.0, 1.0))
                {
                    found.push(half_without_mish_gate(t, u));
                }
            }
            ([(one, b), (other, c)], constant) => {
                let (Some(u), Some(v)) = (t.argument(Exp, *one), t.argument(Exp, *other)) else {
                    continue;
                };
                if constant == 0.0 && b == c {
                    // 1 / (e^u + e^v) = e^-u sigmoid(u - v)
                    let gate = affine(t, 1.0 / b, Sigmoid, of(u).plus(of(v).scaled(-1.0)), 0.0);
                    let decay = affine(t, 1.0, Exp, of(u).scaled(-1.0), 0.0);
                    found.push(
                        gate.zip(decay)
                            .and_then(|(gate, decay)| t.product(1.0, [(gate, 1), (decay, 1)])),
                    );
                }
                for ((double, b), (single, c)) in [((u, b), (v, c)), ((v, c), (u, b))] {
                    // (1 + e^u)^2 + 1 = e^2u + 2 e^u + 2
                    let twice = t.scaled(2.0, single);
                    if (*b, *c, constant) == (1.0, 2.0, 2.0)
                        && twice.is_some_and(|twice| t.graph.find(twice) == t.graph.find(double))
                    {
                        found.push(half_without_mish_gate(t, single));
                    }
                }
            }
            _ => {}
        }
    }
}

/// u, where a class is (1 + e^u)^2.
fn one_and_exponential_squared(t: &Terms, class: Id) -> Option<Id> {
    let squares = t
        .products(class)
        .into_iter()
        .filter_map(|factors| match factors.as_slice() {
            [(base, 2)] => Some(*base),
            _ => None,
        });
    squares.flat_map(|base| t.sums(base)).find_map(|sum| {
        match (sum.terms.as_slice(), sum.constant) {
            ([(term, 1.0)], 1.0) => t.argument(Unary::Exp, *term),
            _ => None,
        }
    })
}

/// 1 / ((1 + e^u)^2 + 1) = (1 - tanh(softplus(u))) / 2.
fn half_without_mish_gate(t: &mut Terms, u: Id) -> Option<Id> {
    let softplus = t.unary(Unary::Softplus, u);
    affine(t, -0.5, Unary::Tanh, Combination::of(softplus), 0.5)
}

fn binary(t: &mut Terms, operation: Binary, (a, b): (Id, Id), found: &mut Vec<Option<Id>>) {
    match operation {
        Binary::Power => {
            if let Some(base) = t.number(a).filter(|base| *base > 0.0) {
                found.push(affine(
                    t,
                    1.0,
                    Unary::Exp,
                    Combination::of(b).scaled(base.ln()),
                    0.0,
                ));
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

fn select(t: &mut Terms, (condition, then, otherwise): (Id, Id, Id), found: &mut Vec<Option<Id>>) {
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
