//! The identities of functions of one argument: signs and scales pulled out, and functions of
//! functions joined.

use std::f64::consts::{FRAC_PI_2, LN_2};

use egg::Id;

use super::combination::Combination;
use super::terms::Terms;
use crate::graph::Unary;

fn is(number: f64, wanted: f64) -> bool {
    (number - wanted).abs() <= 1e-11 * wanted.abs()
}

/// What is equal to `operation` of `a`.
pub(super) fn unary(t: &mut Terms, operation: Unary, a: Id, found: &mut Vec<Option<Id>>) {
    use Unary::*;
    let of = Combination::of;
    let sums = t.sums(a);
    let (odd, even) = (operation.is_odd(), operation.is_even());
    for sum in &sums {
        let negative = sum
            .single()
            .is_some_and(|(_, coefficient)| coefficient < 0.0);
        if negative && (odd || even) {
            found.push(t.affine(
                if odd { -1.0 } else { 1.0 },
                operation,
                sum.scaled(-1.0),
                0.0,
            ));
        }
    }
    match operation {
        Tanh => found.push(t.affine(2.0, Sigmoid, of(a).scaled(2.0), -1.0)),
        Sigmoid => {
            found.push(t.affine(-1.0, Sigmoid, of(a).scaled(-1.0), 1.0));
            found.push(t.affine(0.5, Tanh, of(a).scaled(0.5), 0.5));
        }
        Softplus => {
            let negated = t.scaled(-1.0, a);
            found.push(negated.and_then(|negated| {
                let mirrored = t.unary(Softplus, negated);
                t.sum(of(a).plus(of(mirrored)))
            }));
        }
        Erf => found.push(t.affine(-1.0, Erfc, of(a), 1.0)),
        Erfc => {
            found.push(t.affine(-1.0, Erf, of(a), 1.0));
            found.push(t.affine(-1.0, Erfc, of(a).scaled(-1.0), 2.0));
        }
        Exp => {
            if let Some(u) = t.argument(Softplus, a) {
                found.push(t.affine(1.0, Exp, of(u), 1.0));
            }
            for sum in sums {
                if sum.constant != 0.0 && !sum.terms.is_empty() {
                    let factor = sum.constant.exp();
                    let rest = Combination {
                        constant: 0.0,
                        ..sum
                    };
                    found.push(
                        t.affine(factor, Exp, rest, 0.0)
                            .filter(|_| factor.is_normal()),
                    );
                } else if let Some((negated, -1.0)) = sum.single() {
                    if let Some(u) = t.argument(Softplus, negated) {
                        found.push(t.affine(1.0, Sigmoid, of(u).scaled(-1.0), 0.0));
                    }
                }
            }
        }
        Expm1 => found.push(t.affine(1.0, Exp, of(a), -1.0)),
        Log => logarithm(t, a, &sums, found),
        Log1p => {
            found.push(t.affine(1.0, Log, of(a).shifted(1.0), 0.0));
            found.push(t.argument(Exp, a).map(|u| t.unary(Softplus, u)));
        }
        Sin | Cos => circular(t, operation, a, sums, found),
        Abs => {
            found.push(t.argument(Abs, a).map(|_| a));
            for (inner, coefficient) in sums.iter().filter_map(Combination::single) {
                found.push(t.affine(coefficient.abs(), Abs, of(inner), 0.0));
            }
        }
        Sqrt => {
            if let Some(u) = t.argument(Exp, a) {
                found.push(t.affine(1.0, Exp, of(u).scaled(0.5), 0.0));
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
                found.push(t.affine(coefficient.sqrt(), Sqrt, of(inner), 0.0));
            }
        }
        Reciprocal => reciprocal(t, a, sums, found),
        _ => {}
    }
}

/// A quarter turn makes one of the other.
fn circular(
    t: &mut Terms,
    operation: Unary,
    a: Id,
    sums: Vec<Combination>,
    found: &mut Vec<Option<Id>>,
) {
    use Unary::*;
    let of = Combination::of;
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
                found.push(t.affine(factor, other, rest, 0.0));
            }
        }
    }
}

fn logarithm(t: &mut Terms, a: Id, sums: &[Combination], found: &mut Vec<Option<Id>>) {
    use Unary::*;
    let of = Combination::of;
    found.push(t.argument(Exp, a));
    if let Some(u) = t.argument(Sigmoid, a) {
        found.push(t.affine(-1.0, Softplus, of(u).scaled(-1.0), 0.0));
    }
    if let Some(u) = t.argument(Reciprocal, a) {
        found.push(t.affine(-1.0, Log, of(u), 0.0));
    }
    if let Some(u) = t.argument(Cosh, a) {
        // cosh u = e^u (1 + e^(-2u)) / 2
        let softplus = t.affine(1.0, Softplus, of(u).scaled(-2.0), -LN_2);
        found.push(softplus.and_then(|softplus| t.sum(of(u).plus(of(softplus)))));
    }
    for sum in sums {
        match sum.single() {
            Some((inner, coefficient)) if coefficient > 0.0 => {
                found.push(t.affine(1.0, Log, of(inner), coefficient.ln()))
            }
            None if sum.constant == 1.0 => {
                found.push(t.affine(1.0, Log1p, sum.clone().shifted(-1.0), 0.0));
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
        found.push(t.affine(1.0, Exp, of(u).scaled(-1.0), 0.0));
    }
    if let Some(u) = t.argument(Sigmoid, a) {
        found.push(t.affine(1.0, Exp, of(u).scaled(-1.0), 1.0));
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
            found.push(t.affine(1.0 / size, Reciprocal, sum.scaled(1.0 / size), 0.0));
        }
        match (sum.terms.as_slice(), sum.constant) {
            ([(inner, coefficient)], 0.0) if *coefficient != 0.0 => {
                found.push(t.affine(1.0 / coefficient, Reciprocal, of(*inner), 0.0))
            }
            ([(term, coefficient)], constant) => {
                if let Some(u) = t.argument(Exp, *term).filter(|_| *coefficient == constant) {
                    found.push(t.affine(1.0 / coefficient, Sigmoid, of(u).scaled(-1.0), 0.0));
                }
                if let Some(u) = one_and_exponential_squared(t, *term)
                    .filter(|_| (*coefficient, constant) == (1.0, 1.0))
                {
                    found.push(half_without_mish_gate(t, u));
                }
            }
            ([one, other], constant) => exponentials(t, *one, *other, constant, found),
            _ => {}
        }
    }
}

/// 1 / (b e^u + c e^v + constant), where both terms are such.
fn exponentials(
    t: &mut Terms,
    (one, b): (Id, f64),
    (other, c): (Id, f64),
    constant: f64,
    found: &mut Vec<Option<Id>>,
) {
    use Unary::*;
    let of = Combination::of;
    let (Some(u), Some(v)) = (t.argument(Exp, one), t.argument(Exp, other)) else {
        return;
    };
    if constant == 0.0 && b == c {
        // 1 / (e^u + e^v) = e^-u sigmoid(u - v)
        let gate = t.affine(1.0 / b, Sigmoid, of(u).plus(of(v).scaled(-1.0)), 0.0);
        let decay = t.affine(1.0, Exp, of(u).scaled(-1.0), 0.0);
        found.push(
            gate.zip(decay)
                .and_then(|(gate, decay)| t.product(1.0, [(gate, 1), (decay, 1)])),
        );
    }
    for ((double, b), (single, c)) in [((u, b), (v, c)), ((v, c), (u, b))] {
        // (1 + e^u)^2 + 1 = e^2u + 2 e^u + 2
        let twice = t.scaled(2.0, single);
        if (b, c, constant) == (1.0, 2.0, 2.0)
            && twice.is_some_and(|twice| t.graph.find(twice) == t.graph.find(double))
        {
            found.push(half_without_mish_gate(t, single));
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
    t.affine(-0.5, Unary::Tanh, Combination::of(softplus), 0.5)
}
