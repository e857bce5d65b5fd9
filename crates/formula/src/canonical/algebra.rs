//! The identities of sums and products: written out, common factors taken out, exponentials and
//! circular functions joined.

use std::f64::consts::LN_2;

use egg::Id;

use super::combination::{Combination, Factors};
use super::terms::Terms;
use crate::graph::Unary;

/// Longer sums are not multiplied out.
const LONGEST_FACTOR: usize = 4;

/// What is equal to `sum`, of `class`.
pub(super) fn sum(t: &mut Terms, class: Id, sum: Combination) -> Vec<Id> {
    let mut found = vec![t.sum(sum.clone())];
    for (place, (id, coefficient)) in sum
        .terms
        .iter()
        .enumerate()
        .filter(|(_, (_, coefficient))| *coefficient != 0.0)
    {
        for inner in t
            .sums(*id)
            .into_iter()
            .filter(|inner| inner.terms.iter().all(|(id, _)| *id != class))
        {
            let mut rest = sum.clone();
            rest.terms.remove(place);
            found.push(t.sum(rest.plus(inner.scaled(*coefficient))));
        }
    }
    common_factors(t, &sum, &mut found);
    hyperbolic(t, &sum, &mut found);
    logarithmic_cosines(t, &sum, &mut found);
    for (place, (id, coefficient)) in sum.terms.iter().enumerate() {
        // c e^u - c = c expm1(u)
        if let Some(u) = t
            .argument(Unary::Exp, *id)
            .filter(|_| sum.constant == -coefficient)
        {
            let mut rest = sum.clone().shifted(*coefficient);
            rest.terms[place].0 = t.unary(Unary::Expm1, u);
            found.push(t.sum(rest));
        }
    }
    found.into_iter().flatten().collect()
}

/// a b + a c = a (b + c), for every a that stands in two terms or more.
fn common_factors(t: &mut Terms, sum: &Combination, found: &mut Vec<Option<Id>>) {
    if sum.terms.len() < 2 {
        return;
    }
    let views: Vec<Vec<Factors>> = sum
        .terms
        .iter()
        .map(|(id, _)| {
            t.products(*id)
                .into_iter()
                .chain([vec![(*id, 1)]])
                .collect()
        })
        .collect();
    let mut candidates: Vec<Id> = views
        .iter()
        .flatten()
        .flatten()
        .map(|(id, _)| *id)
        .collect();
    candidates.sort();
    candidates.dedup();
    for shared in candidates {
        let (mut inside, mut outside) = (
            Combination {
                terms: Vec::new(),
                constant: 0.0,
            },
            Combination {
                terms: Vec::new(),
                constant: sum.constant,
            },
        );
        for ((id, coefficient), views) in sum.terms.iter().zip(&views) {
            let Some(view) = views
                .iter()
                .find(|view| view.iter().any(|(id, _)| *id == shared))
            else {
                outside.terms.push((*id, *coefficient));
                continue;
            };
            let rest = t.product(
                1.0,
                view.iter()
                    .map(|(id, power)| (*id, power - u32::from(*id == shared))),
            );
            let Some(rest) = rest else { return };
            inside.terms.push((rest, *coefficient));
        }
        if inside.terms.len() < 2 {
            continue;
        }
        let product = t
            .sum(inside)
            .and_then(|inside| t.product(1.0, [(shared, 1), (inside, 1)]));
        found.push(product.and_then(|product| t.sum(outside.plus(Combination::of(product)))));
    }
}

/// a e^u + a e^-u = 2 a cosh(u); a e^u - a e^-u = 2 a sinh(u).
fn hyperbolic(t: &mut Terms, sum: &Combination, found: &mut Vec<Option<Id>>) {
    let exponentials: Vec<(usize, Id)> = sum
        .terms
        .iter()
        .enumerate()
        .filter_map(|(place, (id, _))| Some((place, t.argument(Unary::Exp, *id)?)))
        .collect();
    for (index, (first, u)) in exponentials.iter().enumerate() {
        for (second, v) in &exponentials[index + 1..] {
            let (a, b) = (sum.terms[*first].1, sum.terms[*second].1);
            if a.abs() != b.abs() || !t.are_opposite(*u, *v) {
                continue;
            }
            let joined = t.unary(if a == b { Unary::Cosh } else { Unary::Sinh }, *u);
            let mut rest = sum.clone();
            rest.terms.remove(*second);
            rest.terms[*first] = (joined, 2.0 * a);
            found.push(t.sum(rest));
        }
    }
}

/// softplus(u) = u / 2 + log(cosh(u / 2)) + log(2), where u / 2 cancels.
fn logarithmic_cosines(t: &mut Terms, sum: &Combination, found: &mut Vec<Option<Id>>) {
    for (place, (id, coefficient)) in sum.terms.iter().enumerate().filter(|_| sum.terms.len() > 1) {
        let Some(u) = t.argument(Unary::Softplus, *id) else {
            continue;
        };
        let Some((inner, factor)) = t.sums(u).iter().filter_map(Combination::single).next() else {
            continue;
        };
        let half = 0.5 * factor;
        if !sum
            .terms
            .iter()
            .any(|(id, own)| *id == inner && *own == -half * coefficient)
        {
            continue;
        }
        let Some(half_of_u) = t.scaled(half.abs(), inner) else {
            continue;
        };
        let cosh = t.unary(Unary::Cosh, half_of_u);
        let logarithm = t.unary(Unary::Log, cosh);
        let mut rest = sum.clone().shifted(coefficient * LN_2);
        rest.terms[place].0 = logarithm;
        rest.terms.retain(|(id, _)| *id != inner);
        found.push(t.sum(rest));
    }
}

/// What is equal to the product of `factors`, of `class`.
pub(super) fn product(t: &mut Terms, class: Id, factors: Factors) -> Vec<Id> {
    let mut found = vec![t.product(1.0, factors.clone())];
    let without = |place: usize, power: u32| {
        let mut rest = factors.clone();
        rest[place].1 -= power;
        rest
    };
    for (place, (id, power)) in factors.iter().enumerate() {
        for inner in t
            .products(*id)
            .into_iter()
            .filter(|inner| inner.iter().all(|(id, _)| *id != class))
        {
            let inner = inner.into_iter().map(|(id, inner)| (id, inner * power));
            found.push(t.product(1.0, without(place, *power).into_iter().chain(inner)));
        }
        for sum in t
            .sums(*id)
            .into_iter()
            .filter(|sum| sum.terms.iter().all(|(id, _)| *id != class))
        {
            if let Some((inner, coefficient)) = sum.single() {
                found.push(t.product(
                    coefficient.powi(*power as i32),
                    without(place, *power).into_iter().chain([(inner, *power)]),
                ));
                continue;
            }
            if let Some(size) = sum.common_size() {
                let inner = t.sum(sum.scaled(1.0 / size));
                let product = inner.and_then(|inner| {
                    t.product(
                        size.powi(*power as i32),
                        without(place, *power).into_iter().chain([(inner, *power)]),
                    )
                });
                found.push(product);
            }
            if sum.terms.len() < LONGEST_FACTOR && !t.is_function(*id) {
                found.push(t.distributed(&without(place, 1), &sum));
            }
        }
        if *power >= 2 {
            if let Some(square) = square(t, *id) {
                found.push(t.distributed(&without(place, 2), &square));
            }
            if let Some(inner) = t.argument(Unary::Abs, *id) {
                found.push(t.product(1.0, without(place, 2).into_iter().chain([(inner, 2)])));
            }
        }
        linear_fractions(t, &factors, place, &mut found);
    }
    exponentials(t, &factors, &mut found);
    pairs(t, &factors, &mut found);
    found.into_iter().flatten().collect()
}

/// The square of a class, where it is a sine, a cosine or a hyperbolic tangent.
fn square(t: &mut Terms, id: Id) -> Option<Combination> {
    for (operation, sign) in [(Unary::Sin, -0.5), (Unary::Cos, 0.5)] {
        if let Some(u) = t.argument(operation, id) {
            let double = t.scaled(2.0, u)?;
            let cosine = t.unary(Unary::Cos, double);
            return Some(Combination {
                terms: vec![(cosine, sign)],
                constant: 0.5,
            });
        }
    }
    let u = t.argument(Unary::Tanh, id)?;
    let cosh = t.unary(Unary::Cosh, u);
    let reciprocal = t.unary(Unary::Reciprocal, cosh);
    let square = t.product(1.0, [(reciprocal, 2)])?;
    Some(Combination {
        terms: vec![(square, -1.0)],
        constant: 1.0,
    })
}

/// (r b + k) / b = r + k / b, where the factor at `place` is the reciprocal of b and k is not 0.
fn linear_fractions(t: &mut Terms, factors: &Factors, place: usize, found: &mut Vec<Option<Id>>) {
    let (reciprocal, _) = factors[place];
    let Some(divisor) = t.argument(Unary::Reciprocal, reciprocal) else {
        return;
    };
    // The whole of the rest, and each other factor.
    let mut numerators: Vec<Factors> = vec![factors
        .iter()
        .enumerate()
        .filter(|(other, _)| *other != place)
        .map(|(_, factor)| *factor)
        .collect()];
    if factors.len() > 2 {
        numerators.extend(numerators[0].clone().into_iter().map(|factor| vec![factor]));
    }
    for numerator in numerators {
        let Some(above) = t.product(1.0, numerator.iter().copied()) else {
            continue;
        };
        for below in t.sums(divisor) {
            for above in t.sums(above).into_iter().chain([Combination::of(above)]) {
                let Some(ratio) = ratio(&above, &below) else {
                    continue;
                };
                let remainder = above.constant - ratio * below.constant;
                if remainder == 0.0 {
                    continue;
                }
                let mut rest = factors.clone();
                rest[place].1 -= 1;
                rest.retain(|factor| !numerator.contains(factor));
                found.push(t.distributed(
                    &rest,
                    &Combination {
                        terms: vec![(reciprocal, remainder)],
                        constant: ratio,
                    },
                ));
            }
        }
    }
}

/// r, where the terms of `above` are r times those of `below`.
fn ratio(above: &Combination, below: &Combination) -> Option<f64> {
    let (first, divisor) = (above.terms.first()?, below.terms.first()?);
    let ratio = first.1 / divisor.1;
    let proportional = above.terms.len() == below.terms.len()
        && above
            .terms
            .iter()
            .zip(&below.terms)
            .all(|((a, above), (b, below))| {
                a == b && (above - ratio * below).abs() <= 1e-12 * above.abs()
            });
    (proportional && ratio.is_finite() && ratio != 0.0).then_some(ratio)
}

/// e^u e^v = e^(u + v), and e^u sigmoid(-u) = sigmoid(u).
fn exponentials(t: &mut Terms, factors: &Factors, found: &mut Vec<Option<Id>>) {
    let mut rest = factors.clone();
    let (mut exponent, mut count) = (
        Combination {
            terms: Vec::new(),
            constant: 0.0,
        },
        0,
    );
    for (id, power) in &mut rest {
        if let Some(u) = t.argument(Unary::Exp, *id) {
            exponent.terms.push((u, f64::from(*power)));
            count += *power;
            *power = 0;
        }
    }
    if count >= 2 {
        if let Some(exponent) = t.sum(exponent) {
            let joined = t.unary(Unary::Exp, exponent);
            found.push(t.product(1.0, rest.into_iter().chain([(joined, 1)])));
        }
    }
    for (place, (one, _)) in factors.iter().enumerate() {
        let Some(u) = t.argument(Unary::Exp, *one) else {
            continue;
        };
        for (other, (id, _)) in factors
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != place)
        {
            let Some(v) = t.argument(Unary::Sigmoid, *id) else {
                continue;
            };
            if t.are_opposite(u, v) {
                let mut rest = factors.clone();
                rest[place].1 -= 1;
                rest[other].1 -= 1;
                let gate = t.unary(Unary::Sigmoid, u);
                found.push(t.product(1.0, rest.into_iter().chain([(gate, 1)])));
            }
        }
    }
}

/// Two factors that are one: sin cos, sin / cos, sinh / cosh, and u sign(u).
fn pairs(t: &mut Terms, factors: &Factors, found: &mut Vec<Option<Id>>) {
    for (place, (one, _)) in factors.iter().enumerate() {
        for (other, (two, _)) in factors
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != place)
        {
            let inverted = t.argument(Unary::Reciprocal, *two);
            let mut joined: Option<(f64, Id)> = None;
            if let Some(u) = t.argument(Unary::Sin, *one) {
                if t.argument(Unary::Cos, *two) == Some(u) {
                    joined = t
                        .scaled(2.0, u)
                        .map(|double| (0.5, t.unary(Unary::Sin, double)));
                } else if inverted
                    .is_some_and(|inverted| t.argument(Unary::Cos, inverted) == Some(u))
                {
                    joined = Some((1.0, t.unary(Unary::Tan, u)));
                }
            } else if let Some(u) = t.argument(Unary::Sinh, *one) {
                if inverted.is_some_and(|inverted| t.argument(Unary::Cosh, inverted) == Some(u)) {
                    joined = Some((1.0, t.unary(Unary::Tanh, u)));
                }
            } else if t.argument(Unary::Sign, *one) == Some(t.graph.find(*two)) {
                joined = Some((1.0, t.unary(Unary::Abs, *two)));
            }
            if let Some((coefficient, joined)) = joined {
                let mut rest = factors.clone();
                rest[place].1 -= 1;
                rest[other].1 -= 1;
                found.push(t.product(coefficient, rest.into_iter().chain([(joined, 1)])));
            }
        }
    }
}
