//! The terms of the e-graph: sums with coefficients and products with whole powers, of as many
//! parts as they have. That sums and products commute and associate is built into them, so no rule
//! has to say so and graphs stay small.

use std::mem::Discriminant;

use egg::{Analysis, DidMerge, EGraph, Id, Language};

use crate::graph::{Axis, Binary, Reduction, Unary};

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
