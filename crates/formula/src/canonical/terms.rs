//! The language of the e-graph: sums with coefficients and products with whole powers, of as many
//! parts as they have. That sums and products commute and associate is built into them, so no rule
//! has to say so and graphs stay small.

use std::hash::{Hash, Hasher};
use std::mem::Discriminant;

use egg::{Analysis, DidMerge, EGraph, Id, Language};
use rustc_hash::FxHasher;

use super::super::graph::{Axis, Binary, Reduction, Unary};
use super::super::{limits, reference};

/// Most alternatives of one class that a rule looks at.
const MOST_VIEWS: usize = 4;

/// Most terms of a sum that a rule makes.
const MOST_TERMS: usize = 10;

/// A number to so many digits.
pub(super) fn rounded(number: f64, digits: usize) -> f64 {
    // Whole numbers, and multiples of 1/16 (four decimals) that are small enough, have no more
    // digits.
    if number.fract() == 0.0 && number.abs() < 1e12
        || (16.0 * number).fract() == 0.0 && number.abs() < 1e7
    {
        return number + 0.0;
    }
    format!("{number:.*e}", digits - 1)
        .parse()
        .unwrap_or(number)
}

/// A number without what the order of arithmetic left in its last places.
fn tidy(number: f64) -> f64 {
    rounded(number, 14)
}

/// What a term does with its parts. Numbers are the bits of finite `f64`s.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Operation {
    Input(u32),
    Constant(u64),
    Parameter(u32),
    /// The coefficient of each part, and a constant.
    Sum(Vec<u64>, u64),
    /// The power of each part.
    Product(Vec<u32>),
    Unary(Unary),
    Binary(Binary),
    Select,
    Reduce(Reduction, Axis),
    Roll(i32),
}

/// A node of the e-graph.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Term {
    pub operation: Operation,
    pub parts: Vec<Id>,
}

impl Language for Term {
    type Discriminant = Discriminant<Operation>;

    fn discriminant(&self) -> Self::Discriminant {
        std::mem::discriminant(&self.operation)
    }

    fn matches(&self, other: &Self) -> bool {
        self.operation == other.operation && self.parts.len() == other.parts.len()
    }

    fn children(&self) -> &[Id] {
        &self.parts
    }

    fn children_mut(&mut self) -> &mut [Id] {
        &mut self.parts
    }
}

/// Which classes are finite for every finite argument, so that what is left of them may be
/// cancelled.
#[derive(Clone, Copy, Default)]
pub(super) struct Finite;

impl Analysis<Term> for Finite {
    type Data = bool;

    fn make(graph: &mut EGraph<Term, Finite>, term: &Term, _: Id) -> bool {
        use Unary::*;
        let keeps = match &term.operation {
            Operation::Input(_)
            | Operation::Constant(_)
            | Operation::Sum(..)
            | Operation::Product(_)
            | Operation::Select => true,
            Operation::Unary(operation) => {
                matches!(
                    operation,
                    Sin | Cos
                        | Tanh
                        | Sigmoid
                        | Erf
                        | Erfc
                        | Atan
                        | Asinh
                        | Abs
                        | Sign
                        | Softplus
                        | Floor
                        | Round
                        | StopGradient
                )
            }
            Operation::Binary(operation) => *operation != Binary::Power,
            Operation::Reduce(..) | Operation::Roll(_) => true,
            // A parameter that is cancelled would be trained no more.
            Operation::Parameter(_) => false,
        };
        keeps && term.parts.iter().all(|part| graph[*part].data)
    }

    fn merge(&mut self, a: &mut bool, b: bool) -> DidMerge {
        egg::merge_max(a, b)
    }
}

/// Coefficients times classes, plus a constant.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Combination {
    pub terms: Vec<(Id, f64)>,
    pub constant: f64,
}

impl Combination {
    pub fn of(id: Id) -> Combination {
        Combination {
            terms: vec![(id, 1.0)],
            constant: 0.0,
        }
    }

    /// The class and its coefficient, where there is nothing else.
    pub fn single(&self) -> Option<(Id, f64)> {
        match self.terms.as_slice() {
            [term] if self.constant == 0.0 => Some(*term),
            _ => None,
        }
    }

    /// What all coefficients and the constant have in common, where that is not 1.
    pub fn common_size(&self) -> Option<f64> {
        let size = self.terms.first()?.1.abs();
        let common = self.terms.len() + usize::from(self.constant != 0.0) > 1
            && self
                .terms
                .iter()
                .all(|(_, coefficient)| coefficient.abs() == size)
            && (self.constant == 0.0 || self.constant.abs() == size);
        (common && size != 1.0 && size != 0.0).then_some(size)
    }

    pub fn scaled(&self, factor: f64) -> Combination {
        Combination {
            terms: self
                .terms
                .iter()
                .map(|(id, coefficient)| (*id, factor * coefficient))
                .collect(),
            constant: factor * self.constant,
        }
    }

    pub fn plus(mut self, other: Combination) -> Combination {
        self.terms.extend(other.terms);
        self.constant += other.constant;
        self
    }

    pub fn shifted(mut self, constant: f64) -> Combination {
        self.constant += constant;
        self
    }
}

/// Numbers added up.
#[derive(Clone, Copy, Default)]
struct Addends {
    sum: f64,
    largest: f64,
}

impl Addends {
    fn plus(self, number: f64) -> Addends {
        Addends {
            sum: self.sum + number,
            largest: self.largest.max(number.abs()),
        }
    }

    /// What they leave of one another in the last places is nothing.
    fn sum(self) -> f64 {
        if self.sum.abs() < 1e-13 * self.largest {
            0.0
        } else {
            tidy(self.sum)
        }
    }
}

/// Classes to whole powers.
pub(super) type Factors = Vec<(Id, u32)>;

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
        self.terms(id).iter().any(|term| matches!(term.operation, Operation::Unary(operation) if operation != Unary::Expm1))
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
