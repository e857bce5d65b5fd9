//! The typed expression of a formula, as its author wrote it.

use super::function::Function;

/// An expression tree. `Variable(i)` is the i-th input of the program (an activation has one, `x`); `Binding(i)` refers to the i-th `name = expression` line above it.
#[derive(Clone, Debug, PartialEq)]
pub enum Expression {
    Variable(usize),
    Binding(usize),
    Number(f64),
    Call(Function, Vec<Expression>),
}

/// A program: its inputs, its bindings in order, and the expression that is its result.
///
/// Invariants: a binding refers only to earlier bindings; every number is finite and not negative (a sign is a `Negate` call); every call has the arity of its function.
#[derive(Clone, Debug, PartialEq)]
pub struct Program {
    pub variables: Vec<String>,
    pub bindings: Vec<(String, Expression)>,
    pub result: Expression,
}

impl Expression {
    /// The number of nodes.
    pub fn size(&self) -> usize {
        1 + self.arguments().iter().map(Expression::size).sum::<usize>()
    }

    /// The number of nodes on the longest way from the root to a leaf.
    pub fn depth(&self) -> usize {
        1 + self.arguments().iter().map(Expression::depth).max().unwrap_or(0)
    }

    /// The arguments of a call; empty for a leaf.
    pub fn arguments(&self) -> &[Expression] {
        match self {
            Expression::Call(_, arguments) => arguments,
            _ => &[],
        }
    }

}
