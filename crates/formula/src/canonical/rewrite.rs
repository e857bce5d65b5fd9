//! Rewriting: a graph becomes an e-graph, the rules make it grow within limits, and the smallest
//! term is taken out.

use std::collections::HashMap;

use egg::{CostFunction, Extractor, Id, RecExpr};
use rustc_hash::FxHashMap;

use super::combination::Combination;
use super::rules;
use super::term::{Operation, Term};
use super::terms::Terms;
use crate::builder::Builder;
use crate::graph::{Binary, Graph, Node, NodeId, Parameter, Unary};

/// Larger graphs are not rewritten.
const LARGEST_GRAPH: usize = 120;

/// Most terms of an e-graph.
const MOST_TERMS: usize = 400;

/// Most rounds of all rules.
const ROUNDS: usize = 8;

/// The smallest graph that the rules make equal to `graph` at `root`; `None` where that is too
/// large to be rewritten.
pub(super) fn smallest(graph: &Graph, root: NodeId) -> Option<(Builder, NodeId)> {
    if graph.nodes().len() > LARGEST_GRAPH {
        return None;
    }
    let mut terms = Terms::default();
    let root = planted(&mut terms, graph, root)?;
    terms.graph.rebuild();
    grow(&mut terms);
    let (_, smallest) = Extractor::new(&terms.graph, Size).find_best(root);
    Some(built(&smallest, graph.parameters()))
}

/// Applies all rules to all terms, until nothing is new or a limit is reached.
fn grow(terms: &mut Terms) {
    let mut seen: FxHashMap<(Id, Term), u64> = FxHashMap::default();
    for _ in 0..ROUNDS {
        let mut waiting: Vec<(Id, Term)> = Vec::new();
        for class in terms.graph.classes() {
            waiting.extend(class.nodes.iter().map(|term| (class.id, term.clone())));
        }
        waiting.sort();
        let before = terms.graph.total_number_of_nodes();
        let mut equal = Vec::new();
        for (class, term) in &waiting {
            if terms.graph.total_number_of_nodes() > MOST_TERMS {
                break;
            }
            let view = terms.view(*class, term);
            if seen.insert((*class, term.clone()), view) != Some(view) {
                equal.extend(
                    rules::equal(terms, *class, term)
                        .into_iter()
                        .map(|other| (*class, other)),
                );
            }
        }
        let mut changed = terms.graph.total_number_of_nodes() != before;
        for (a, b) in equal {
            changed |= terms.graph.union(a, b);
        }
        terms.graph.rebuild();
        if !changed || terms.graph.total_number_of_nodes() > MOST_TERMS {
            return;
        }
    }
}

/// The terms of `root` and all below it; `None` where a number leaves the range.
fn planted(terms: &mut Terms, graph: &Graph, root: NodeId) -> Option<Id> {
    let mut ids: Vec<Id> = Vec::with_capacity(root.0 as usize + 1);
    for node in &graph.nodes()[..=root.0 as usize] {
        let of = |id: NodeId| ids[id.0 as usize];
        let id = match *node {
            Node::Input(index) => terms.add(Operation::Input(index), Vec::new()),
            Node::Constant(bits) => terms.constant(f64::from_bits(bits)),
            Node::Parameter(index) => terms.add(Operation::Parameter(index), Vec::new()),
            Node::Unary(Unary::Negate, a) => terms.scaled(-1.0, of(a))?,
            Node::Unary(operation, a) => terms.unary(operation, of(a)),
            Node::Binary(Binary::Add, a, b) => {
                terms.sum(Combination::of(of(a)).plus(Combination::of(of(b))))?
            }
            Node::Binary(Binary::Subtract, a, b) => {
                terms.sum(Combination::of(of(a)).plus(Combination::of(of(b)).scaled(-1.0)))?
            }
            Node::Binary(Binary::Multiply, a, b) => terms.product(1.0, [(of(a), 1), (of(b), 1)])?,
            Node::Binary(Binary::Divide, a, b) => {
                let reciprocal = terms.unary(Unary::Reciprocal, of(b));
                terms.product(1.0, [(of(a), 1), (reciprocal, 1)])?
            }
            Node::Binary(operation, a, b) => terms.binary(operation, of(a), of(b)),
            Node::Select(a, b, c) => terms.select(of(a), of(b), of(c)),
            Node::Reduce(reduction, axis, a) => {
                terms.add(Operation::Reduce(reduction, axis), vec![of(a)])
            }
            Node::Roll(places, a) => terms.add(Operation::Roll(places), vec![of(a)]),
        };
        ids.push(id);
    }
    Some(ids[root.0 as usize])
}

/// A term as a graph.
fn built(expression: &RecExpr<Term>, parameters: &[Parameter]) -> (Builder, NodeId) {
    let mut g = Builder::default();
    g.input(0);
    let parameters: Vec<NodeId> = parameters
        .iter()
        .map(|parameter| g.graph.parameter(*parameter))
        .collect();
    let mut ids: HashMap<Id, NodeId> = HashMap::new();
    for (id, term) in expression.items() {
        let parts: Vec<NodeId> = term.parts.iter().map(|part| ids[part]).collect();
        let node = match &term.operation {
            Operation::Input(index) => g.input(*index as usize),
            Operation::Constant(bits) => g.constant(f64::from_bits(*bits)),
            Operation::Parameter(index) => parameters[*index as usize],
            Operation::Sum(coefficients, constant) => {
                let mut sum = g.constant(f64::from_bits(*constant));
                for (part, bits) in parts.iter().zip(coefficients) {
                    let scaled = g.scaled(f64::from_bits(*bits), *part);
                    sum = g.add(sum, scaled);
                }
                sum
            }
            Operation::Product(powers) => {
                let mut product = g.constant(1.0);
                for (part, power) in parts.iter().zip(powers) {
                    for _ in 0..*power {
                        product = g.multiply(product, *part);
                    }
                }
                product
            }
            Operation::Unary(operation) => g.unary(*operation, parts[0]),
            Operation::Binary(operation) => g.binary(*operation, parts[0], parts[1]),
            Operation::Select => g.select(parts[0], parts[1], parts[2]),
            Operation::Reduce(reduction, axis) => g.reduce(*reduction, *axis, parts[0]),
            Operation::Roll(places) => g.roll(*places, parts[0]),
        };
        ids.insert(id, node);
    }
    let root = ids[&expression.root()];
    (g, root)
}

/// The size of a term as text, where what stands inside a function counts a quarter more, so that
/// numbers are drawn out of it; of terms of one size the one with the least hash, which depends on
/// nothing but what is written.
struct Size;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Cost {
    size: u64,
    hash: u64,
    is_sum: bool,
}

impl CostFunction<Term> for Size {
    type Cost = Cost;

    fn cost<C: FnMut(Id) -> Cost>(&mut self, term: &Term, mut costs: C) -> Cost {
        let (mut size, mut hash, mut unordered) = (0u64, 0u64, 0u64);
        let mut sums = 0;
        for (place, part) in term.parts.iter().enumerate() {
            let part = costs(*part);
            match &term.operation {
                Operation::Sum(coefficients, _) => {
                    size = size.saturating_add(
                        part.size
                            + if f64::from_bits(coefficients[place]) == 1.0 {
                                0
                            } else {
                                4
                            },
                    );
                    unordered = unordered.wrapping_add(mixed(part.hash, coefficients[place]));
                }
                Operation::Product(powers) => {
                    size = size.saturating_add(part.size + if powers[place] == 1 { 0 } else { 8 });
                    sums += if part.is_sum { powers[place] } else { 0 };
                    unordered = unordered.wrapping_add(mixed(part.hash, u64::from(powers[place])));
                }
                _ => {
                    size = size.saturating_add(part.size).saturating_add(part.size / 4);
                    hash = mixed(hash, part.hash);
                }
            }
        }
        let (own, kind) = match &term.operation {
            Operation::Input(index) => (4, [0, u64::from(*index)]),
            Operation::Constant(bits) => (4, [1, *bits]),
            Operation::Parameter(index) => (4, [2, u64::from(*index)]),
            Operation::Sum(_, constant) => (
                4 + if f64::from_bits(*constant) == 0.0 {
                    0
                } else {
                    8
                },
                [3, *constant],
            ),
            // Sums multiplied out stand before products of them.
            Operation::Product(_) => (4 + 12 * u64::from(sums.max(1) - 1), [4, 0]),
            Operation::Unary(Unary::Reciprocal) => (8, [5, Unary::Reciprocal as u64]),
            Operation::Unary(operation) => (12, [5, *operation as u64]),
            Operation::Binary(Binary::Power) => (20, [6, Binary::Power as u64]),
            Operation::Binary(Binary::LessEqual) => (9, [6, Binary::LessEqual as u64]),
            Operation::Binary(operation) => (8, [6, *operation as u64]),
            Operation::Select => (8, [7, 0]),
            Operation::Reduce(reduction, axis) => (8, [8, 16 * *reduction as u64 + *axis as u64]),
            Operation::Roll(places) => (8, [9, i64::from(*places) as u64]),
        };
        let hash = kind.into_iter().chain([unordered]).fold(hash, mixed);
        Cost {
            size: size.saturating_add(own).min(u64::MAX / 4),
            hash,
            is_sum: matches!(term.operation, Operation::Sum(..)),
        }
    }
}

/// A hash of two (the finaliser of SplitMix64, Steele et al. 2014).
fn mixed(a: u64, b: u64) -> u64 {
    let mut z = a.rotate_left(29) ^ b.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
