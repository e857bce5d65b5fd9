//! The words of an expression after their spelling is settled.

use std::ops::Range;

use super::callee::Callee;

/// What stands at a place of an expression, in reading order.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Number(f64),
    Name(String),
    /// A function; an `Open` follows.
    Callee(Callee),
    /// A minus sign before an operand.
    Sign,
    /// An operator between operands, as evalexpr spells it.
    Operator(&'static str),
    Open,
    Close,
    Comma,
}

/// One line: the name that it binds, if any, and its expression.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Statement {
    pub name: Option<String>,
    pub tokens: Vec<(Token, Range<usize>)>,
    pub place: Range<usize>,
}
