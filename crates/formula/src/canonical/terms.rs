//! The e-graph: terms, those that are known to be equal in one class, with sums and products made
//! in one way.

use std::hash::{Hash, Hasher};

use egg::{EGraph, Id};
use rustc_hash::FxHasher;

use super::combination::{Combination, Factors};
use super::rounding::{tidy, Addends};
use super::term::{Finite, Operation, Term};
use crate::graph::{Binary, Unary};
use crate::{limits, reference};

/// Most alternatives of one class that a rule looks at.
const MOST_VIEWS: usize = 4;

/// Most terms of a sum that a rule makes.
const MOST_TERMS: usize = 10;

/// Terms, those that are known to be equal in one class. Nothing is made where a number would leave
/// the range, or where what may be infinite would be cancelled.
#[derive(Default)]
pub(super) struct Terms {
    pub graph: EGraph<Term, Finite>,
}

impl Terms {
    pub fn add(&mut self, operation: Operation, parts: Vec<Id>) -> Id {
        self.graph.add(Term { operation, parts })
    }

    pub fn constant(&mut self, value: f64) -> Id {
        self.add(Operation::Constant(tidy(value).to_bits()), Vec::new())
    }

    pub fn unary(&mut self, operation: Unary, a: Id) -> Id {
        let folded = self
            .number(a)
            .map(|number| reference::unary(operation, number));
        match folded {
            Some(value) if value.is_finite() => self.constant(value),
            _ => self.add(Operation::Unary(operation), vec![a]),
        }
    }

    pub fn binary(&mut self, operation: Binary, a: Id, b: Id) -> Id {
        self.add(Operation::Binary(operation), vec![a, b])
    }

    pub fn select(&mut self, condition: Id, then: Id, otherwise: Id) -> Id {
        self.add(Operation::Select, vec![condition, then, otherwise])
    }

    pub fn scaled(&mut self, factor: f64, a: Id) -> Option<Id> {
        self.sum(Combination {
            terms: vec![(a, factor)],
            constant: 0.0,
        })
    }

    pub fn sum(&mut self, combination: Combination) -> Option<Id> {
        let mut terms: Vec<(Id, Addends)> = Vec::new();
        let mut constant = Addends::default().plus(combination.constant);
        for (id, coefficient) in combination.terms {
            let (id, coefficient) = match self.multiple(id) {
                Some((inner, factor)) => (inner, factor * coefficient),
                None => (self.graph.find(id), coefficient),
            };
            if let Some(number) = self.number(id) {
                constant = constant.plus(coefficient * number);
            } else if let Some((_, sum)) = terms.iter_mut().find(|(other, _)| *other == id) {
                *sum = sum.plus(coefficient);
            } else {
                terms.push((id, Addends::default().plus(coefficient)));
            }
        }
        let constant = constant.sum();
        let mut terms: Vec<(Id, f64)> = terms
            .into_iter()
            .map(|(id, coefficient)| (id, coefficient.sum()))
            .collect();
        terms.retain(|(id, coefficient)| *coefficient != 0.0 || !self.graph[*id].data);
        if terms.iter().any(|(_, coefficient)| *coefficient == 0.0) {
            return None;
        }
        if !constant.is_finite()
            || terms
                .iter()
                .any(|(_, coefficient)| !coefficient.is_finite())
            || terms.len() > MOST_TERMS
        {
            return None;
        }
        match terms.as_slice() {
            [] => return Some(self.constant(constant)),
            [(id, 1.0)] if constant == 0.0 => return Some(*id),
            _ => {}
        }
        terms.sort_by_key(|(id, _)| *id);
        let coefficients = terms
            .iter()
            .map(|(_, coefficient)| coefficient.to_bits())
            .collect();
        Some(self.add(
            Operation::Sum(coefficients, constant.to_bits()),
            terms.into_iter().map(|(id, _)| id).collect(),
        ))
    }

    pub fn product(
        &mut self,
        mut coefficient: f64,
        factors: impl IntoIterator<Item = (Id, u32)>,
    ) -> Option<Id> {
        let mut powers: Factors = Vec::new();
        for (id, power) in factors {
            let id = match self.multiple(id) {
                Some((inner, factor)) => {
                    coefficient *= factor.powi(power as i32);
                    inner
                }
                None => self.graph.find(id),
            };
            if let Some(number) = self.number(id) {
                coefficient *= number.powi(power as i32);
            } else if let Some((_, sum)) = powers.iter_mut().find(|(other, _)| *other == id) {
                *sum += power;
            } else {
                powers.push((id, power));
            }
        }
        powers.retain(|(_, power)| *power > 0);
        if !coefficient.is_finite()
            || powers
                .iter()
                .any(|(_, power)| *power > limits::MULTIPLIED_EXPONENT)
        {
            return None;
        }
        let id = match powers.as_slice() {
            [] => return Some(self.constant(coefficient)),
            [(id, 1)] => *id,
            _ => {
                powers.sort();
                let (parts, powers) = powers.into_iter().unzip();
                self.add(Operation::Product(powers), parts)
            }
        };
        self.scaled(coefficient, id)
    }

    /// factors (combination), written out.
    pub fn distributed(&mut self, factors: &Factors, combination: &Combination) -> Option<Id> {
        let mut sum = Combination {
            terms: Vec::new(),
            constant: 0.0,
        };
        for (id, coefficient) in &combination.terms {
            let product = self.product(1.0, factors.iter().copied().chain([(*id, 1)]))?;
            sum.terms.push((product, *coefficient));
        }
        if combination.constant != 0.0 {
            let product = self.product(1.0, factors.iter().copied())?;
            sum.terms.push((product, combination.constant));
        }
        self.sum(sum)
    }

    /// factor operation(argument) + constant.
    pub fn affine(
        &mut self,
        factor: f64,
        operation: Unary,
        argument: Combination,
        constant: f64,
    ) -> Option<Id> {
        let argument = self.sum(argument)?;
        let applied = self.unary(operation, argument);
        self.sum(Combination::of(applied).scaled(factor).shifted(constant))
    }

    /// A hash of what the rules see below a term: its own class, and two levels of parts. Where
    /// that is as it was they find nothing new.
    pub fn view(&self, class: Id, term: &Term) -> u64 {
        let mut hasher = FxHasher::default();
        self.graph[class].nodes.len().hash(&mut hasher);
        for part in &term.parts {
            for term in self.terms(*part) {
                term.hash(&mut hasher);
                for part in &term.parts {
                    let below = self.terms(*part);
                    (self.graph.find(*part), below.len()).hash(&mut hasher);
                }
            }
        }
        hasher.finish()
    }

    /// The terms of a class.
    fn terms(&self, id: Id) -> &[Term] {
        &self.graph[id].nodes
    }

    /// The number that a class is.
    pub fn number(&self, id: Id) -> Option<f64> {
        self.terms(id).iter().find_map(|term| match term.operation {
            Operation::Constant(bits) => Some(f64::from_bits(bits)),
            _ => None,
        })
    }

    /// The class that a class is a multiple of, and the factor.
    fn multiple(&self, id: Id) -> Option<(Id, f64)> {
        let own = self.graph.find(id);
        let sums = self
            .terms(id)
            .iter()
            .filter_map(|term| match &term.operation {
                Operation::Sum(coefficients, constant) => {
                    Some((coefficients, f64::from_bits(*constant), term))
                }
                _ => None,
            });
        let multiples = sums
            .take(MOST_VIEWS)
            .filter(|(coefficients, constant, _)| coefficients.len() == 1 && *constant == 0.0);
        multiples
            .map(|(coefficients, _, term)| {
                (
                    self.graph.find(term.parts[0]),
                    f64::from_bits(coefficients[0]),
                )
            })
            .find(|(inner, factor)| *inner != own && *factor != 0.0)
    }

    /// Whether a class is a function of one argument that is best left whole.
    pub fn is_function(&self, id: Id) -> bool {
        self.terms(id).iter().any(|term| match term.operation {
            Operation::Unary(operation) => operation != Unary::Expm1,
            _ => false,
        })
    }

    /// The argument of a class that is that function of something.
    pub fn argument(&self, operation: Unary, id: Id) -> Option<Id> {
        self.terms(id)
            .iter()
            .find(|term| term.operation == Operation::Unary(operation))
            .map(|term| self.graph.find(term.parts[0]))
    }

    /// The arguments of a class that is that operation on two.
    pub fn arguments(&self, operation: Binary, id: Id) -> Option<(Id, Id)> {
        let found = self
            .terms(id)
            .iter()
            .find(|term| term.operation == Operation::Binary(operation));
        found.map(|term| {
            (
                self.graph.find(term.parts[0]),
                self.graph.find(term.parts[1]),
            )
        })
    }

    pub fn combination(&self, term: &Term) -> Option<Combination> {
        let Operation::Sum(coefficients, constant) = &term.operation else {
            return None;
        };
        let terms = term
            .parts
            .iter()
            .zip(coefficients)
            .map(|(id, bits)| (self.graph.find(*id), f64::from_bits(*bits)))
            .collect();
        Some(Combination {
            terms,
            constant: f64::from_bits(*constant),
        })
    }

    pub fn factors(&self, term: &Term) -> Option<Factors> {
        let Operation::Product(powers) = &term.operation else {
            return None;
        };
        let mut factors: Factors = Vec::with_capacity(powers.len());
        for (id, power) in term.parts.iter().map(|id| self.graph.find(*id)).zip(powers) {
            // Parts that were found to be equal are one factor.
            match factors.iter_mut().find(|(other, _)| *other == id) {
                Some((_, sum)) => *sum += power,
                None => factors.push((id, *power)),
            }
        }
        Some(factors)
    }

    /// The sums that a class is.
    pub fn sums(&self, id: Id) -> Vec<Combination> {
        self.terms(id)
            .iter()
            .filter_map(|term| self.combination(term))
            .take(MOST_VIEWS)
            .collect()
    }

    /// The products that a class is.
    pub fn products(&self, id: Id) -> Vec<Factors> {
        self.terms(id)
            .iter()
            .filter_map(|term| self.factors(term))
            .take(MOST_VIEWS)
            .collect()
    }

    /// Whether a = -b.
    pub fn are_opposite(&mut self, a: Id, b: Id) -> bool {
        let negated = self.scaled(-1.0, b);
        if negated.is_some_and(|negated| self.graph.find(negated) == self.graph.find(a)) {
            return true;
        }
        let negated = self.scaled(-1.0, a);
        negated.is_some_and(|negated| self.graph.find(negated) == self.graph.find(b))
    }
}
