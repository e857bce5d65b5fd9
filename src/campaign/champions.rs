//! The champions of a block: which candidates are worth fresh tasks.

use crate::formula::Formula;
use crate::lab::shape::Shape;
use crate::record::candidate::Candidate;

/// The first `count` of a ranking, each of another shape than those before it: one curve, scaled and
/// shifted, would fill all places. A formula that this version does not read is like no other.
pub fn champions<'a>(ranking: &[&'a Candidate], count: usize) -> Vec<&'a Candidate> {
    let mut chosen: Vec<(&Candidate, Option<Shape>)> = Vec::new();
    for candidate in ranking {
        if chosen.len() == count {
            break;
        }
        let formula = Formula::parse(&candidate.formula.formula);
        let shape = formula.ok().map(|formula| Shape::of(&formula));
        let is_same = |(_, other): &(&Candidate, Option<Shape>)| {
            let both = shape.as_ref().zip(other.as_ref());
            both.is_some_and(|(own, other)| own.is_same(other))
        };
        if !chosen.iter().any(is_same) {
            chosen.push((candidate, shape));
        }
    }
    chosen.into_iter().map(|(candidate, _)| candidate).collect()
}
