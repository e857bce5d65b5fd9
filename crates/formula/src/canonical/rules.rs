//! The identities of rewriting, operation by operation: each rule makes terms that are equal to a
//! given one for every finite argument where both are finite, with the same slopes, those at kinks
//! included.
//!
//! So `0.5 (x + |x|)` is no `max(x, 0)` here: at 0 its slope is 1/2 and not 0. Sums and
//! products stand in `algebra`, functions of one argument in `functions`, what compares or chooses
//! in `choices`.

use egg::Id;

use super::term::{Operation, Term};
use super::terms::Terms;
use super::{algebra, choices, functions};

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
            functions::unary(terms, *operation, part(0), &mut found);
            found.into_iter().flatten().collect()
        }
        Operation::Binary(operation) => {
            let mut found: Vec<Option<Id>> = Vec::new();
            choices::binary(terms, *operation, (part(0), part(1)), &mut found);
            found.into_iter().flatten().collect()
        }
        Operation::Select => {
            let mut found: Vec<Option<Id>> = Vec::new();
            choices::select(terms, (part(0), part(1), part(2)), &mut found);
            found.into_iter().flatten().collect()
        }
    }
}
