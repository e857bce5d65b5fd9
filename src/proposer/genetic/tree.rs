//! Expression trees by node number: nodes are counted in preorder, the root is 0.

use crate::formula::{Expression, Formula, Function};

/// Returns whether the input occurs in a tree.
pub fn has_variable(tree: &Expression) -> bool {
    matches!(tree, Expression::Variable(_)) || tree.arguments().iter().any(has_variable)
}

/// Counts the trainable parameters of a tree.
pub fn parameters(tree: &Expression) -> usize {
    let own = usize::from(matches!(
        tree,
        Expression::Call(Function::Param | Function::ChannelParam, _)
    ));
    own + tree.arguments().iter().map(parameters).sum::<usize>()
}

/// Returns all nodes, in the order of their numbers.
pub fn nodes(tree: &Expression) -> Vec<&Expression> {
    let mut all = vec![tree];
    for argument in tree.arguments() {
        all.extend(nodes(argument));
    }
    all
}

/// Returns the numbers of the nodes that satisfy `condition`, ascending.
pub fn numbers_where(tree: &Expression, condition: impl Fn(&Expression) -> bool) -> Vec<usize> {
    nodes(tree)
        .into_iter()
        .enumerate()
        .filter(|(_, node)| condition(node))
        .map(|(number, _)| number)
        .collect()
}

/// Returns the tree with node `number` replaced by what `change` makes of it. `number` must be
/// below the tree's size.
#[must_use]
pub fn replaced(
    tree: &Expression,
    number: usize,
    change: &mut dyn FnMut(&Expression) -> Expression,
) -> Expression {
    if number == 0 {
        return change(tree);
    }
    let Expression::Call(function, children) = tree else {
        return tree.clone();
    };
    let mut first = 1;
    let children = children
        .iter()
        .map(|child| {
            let next = first + child.size();
            let child = if (first..next).contains(&number) {
                replaced(child, number - first, change)
            } else {
                child.clone()
            };
            first = next;
            child
        })
        .collect();
    Expression::Call(*function, children)
}

/// Returns the same function without what variation leaves behind: constant subtrees become
/// numbers, nested factors become one, and additions of 0, products with 0 and 1, double signs and
/// `min(a, a)` go. A constant subtree that is not finite stays as it was written.
#[must_use]
pub fn tidy(tree: &Expression) -> Expression {
    let Expression::Call(function, arguments) = tree else {
        return tree.clone();
    };
    let arguments: Vec<Expression> = arguments.iter().map(tidy).collect();
    let tidied = Expression::Call(*function, arguments.clone());
    if !has_variable(&tidied) {
        return if parameters(&tidied) > 0 {
            tidied
        } else {
            folded(tidied)
        };
    }
    use Expression::{Call, Number};
    match (function, arguments.as_slice()) {
        (Function::Negate, [Call(Function::Negate, inner)]) => inner[0].clone(),
        (Function::Add, [Number(0.0), a])
        | (Function::Add | Function::Subtract, [a, Number(0.0)]) => a.clone(),
        (Function::Multiply, [Number(1.0), a])
        | (Function::Multiply | Function::Divide, [a, Number(1.0)]) => a.clone(),
        (Function::Multiply, [Number(0.0), _] | [_, Number(0.0)]) => Number(0.0),
        (Function::Multiply, [Number(a), Call(Function::Multiply, inner)]) => {
            match inner.as_slice() {
                [Number(b), rest] => {
                    Call(Function::Multiply, vec![Number(plain(a * b)), rest.clone()])
                }
                _ => tidied,
            }
        }
        (Function::Min | Function::Max, [a, b]) if a == b => a.clone(),
        _ => tidied,
    }
}

/// Returns a tree without the input as a number, if that is finite, else the tree. A negative
/// number is the negation of its magnitude.
fn folded(tree: Expression) -> Expression {
    match Formula::from_expression(tree.clone()).map(|formula| formula.value_and_slope(0.0).0) {
        Ok(value) if value.is_finite() && value < 0.0 => {
            Expression::Call(Function::Negate, vec![Expression::Number(plain(-value))])
        }
        Ok(value) if value.is_finite() => Expression::Number(plain(value + 0.0)),
        _ => tree,
    }
}

/// Returns `value` to twelve digits: readers need no more of 1.62 x 0.1 = 0.16200000000000003.
fn plain(value: f64) -> f64 {
    format!("{value:.11e}").parse().unwrap_or(value)
}
