//! The variation operators: each makes one child, and none where the parent offers it nothing to
//! work on.

use super::grammar::{self, call, constant, number, rounded, x};
use super::tree::{nodes, numbers_where, replaced};
use crate::formula::{Expression, Function};
use crate::numerics::stream::Stream;

/// An operator of the genetic proposer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Operator {
    /// A node becomes another of the same arity.
    Mutation,
    /// A node is wrapped in a function, or joined with a leaf by an operator.
    Insertion,
    /// A call is replaced by one of its arguments.
    Removal,
    /// A subtree is grown anew.
    Regrowth,
    /// The whole is joined with a small function of x: `b(x, g(x))`.
    Wrapping,
    /// A constant is multiplied by exp(0.3 N).
    Constant,
    /// A subtree is scaled by a constant.
    Scale,
    /// A subtree of one parent takes the place of a subtree of the other, of the same height where
    /// there is one.
    Crossover,
    /// A random tree, without parents.
    Immigrant,
}

impl Operator {
    /// All operators.
    pub const ALL: [Operator; 9] = [
        Operator::Mutation,
        Operator::Insertion,
        Operator::Removal,
        Operator::Regrowth,
        Operator::Wrapping,
        Operator::Constant,
        Operator::Scale,
        Operator::Crossover,
        Operator::Immigrant,
    ];

    /// Returns the name that records show.
    pub fn name(self) -> &'static str {
        match self {
            Operator::Mutation => "mutation",
            Operator::Insertion => "insertion",
            Operator::Removal => "removal",
            Operator::Regrowth => "regrowth",
            Operator::Wrapping => "wrapping",
            Operator::Constant => "constant",
            Operator::Scale => "scale",
            Operator::Crossover => "crossover",
            Operator::Immigrant => "immigrant",
        }
    }
}

/// Makes a child of `parent` by an operator of one parent; `None` for the other operators and where
/// the parent has no fitting node.
pub fn vary(operator: Operator, parent: &Expression, stream: &mut Stream) -> Option<Expression> {
    let any = stream.below(parent.size());
    match operator {
        Operator::Mutation => Some(replaced(parent, any, &mut |node| another(node, stream))),
        Operator::Insertion => Some(replaced(parent, any, &mut |node| {
            if stream.chance(0.5) {
                return grammar::unary(node.clone(), stream);
            }
            let leaf = if stream.chance(0.6) {
                x()
            } else {
                constant(stream)
            };
            grammar::binary(node.clone(), leaf, stream)
        })),
        Operator::Removal => {
            let call = node_where(parent, stream, |node| !node.arguments().is_empty())?;
            Some(replaced(parent, call, &mut |node| {
                stream.choose(node.arguments()).clone()
            }))
        }
        Operator::Regrowth => Some(replaced(parent, any, &mut |_| grammar::tree(3, stream))),
        Operator::Wrapping => {
            let term = grammar::term(stream);
            let function = *stream.choose(&[
                Function::Add,
                Function::Subtract,
                Function::Multiply,
                Function::Multiply,
                Function::Max,
                Function::Min,
            ]);
            let (a, b) = if stream.chance(0.5) {
                (parent.clone(), term)
            } else {
                (term, parent.clone())
            };
            Some(call(function, [a, b]))
        }
        Operator::Constant => {
            let place = node_where(parent, stream, |node| matches!(node, Expression::Number(_)))?;
            Some(replaced(parent, place, &mut |node| tuned(node, stream)))
        }
        Operator::Scale => Some(replaced(parent, any, &mut |node| {
            let factor = rounded((0.5 * stream.normal()).exp());
            call(Function::Multiply, [number(factor), node.clone()])
        })),
        Operator::Crossover | Operator::Immigrant => None,
    }
}

/// Returns `receiver` with one of its subtrees replaced by one of `giver`'s, of the same height
/// where there is one.
pub fn cross(receiver: &Expression, giver: &Expression, stream: &mut Stream) -> Expression {
    let place = stream.below(receiver.size());
    let wanted = nodes(receiver)[place].depth();
    let all = nodes(giver);
    let fitting: Vec<&Expression> = all
        .iter()
        .copied()
        .filter(|node| node.depth() == wanted)
        .collect();
    let gift = *stream.choose(if fitting.is_empty() { &all } else { &fitting });
    replaced(receiver, place, &mut |_| gift.clone())
}

/// Draws a random tree: a core unit (S1), three of them (S2), or a small tree over the whole
/// language.
pub fn immigrant(stream: &mut Stream) -> Expression {
    match stream.below(10) {
        0..=4 => grammar::core_unit(x(), x(), stream),
        5 | 6 => grammar::nested_core_unit(stream),
        _ => grammar::tree(4, stream),
    }
}

/// Draws the number of a node that satisfies `condition`; `None` where no node does.
fn node_where(
    tree: &Expression,
    stream: &mut Stream,
    condition: impl Fn(&Expression) -> bool,
) -> Option<usize> {
    let fitting = numbers_where(tree, condition);
    (!fitting.is_empty()).then(|| *stream.choose(&fitting))
}

/// Draws another node of the same arity over the same arguments.
fn another(node: &Expression, stream: &mut Stream) -> Expression {
    match node {
        Expression::Variable(_) | Expression::Binding(_) => constant(stream),
        Expression::Number(_) => x(),
        Expression::Call(function, arguments) => {
            let pool: &[Function] = match arguments.len() {
                1 => &grammar::UNARY,
                2 => &grammar::BINARY,
                _ => return stream.choose(arguments).clone(),
            };
            let others: Vec<Function> = pool
                .iter()
                .copied()
                .filter(|other| other != function)
                .collect();
            Expression::Call(*stream.choose(&others), arguments.clone())
        }
    }
}

/// Moves a number a random step away; 0 becomes a small number.
fn tuned(node: &Expression, stream: &mut Stream) -> Expression {
    match node {
        Expression::Number(value) if *value == 0.0 => {
            number(stream.normal().signum() * rounded(0.1 * stream.normal().abs()))
        }
        Expression::Number(value) => {
            Expression::Number(rounded(value * (0.3 * stream.normal()).exp()))
        }
        other => other.clone(),
    }
}
