//! Expression trees by node number: nodes are counted in preorder, the root is 0.

use crate::formula::Expression;

/// Whether the input occurs.
pub fn has_variable(tree: &Expression) -> bool {
    matches!(tree, Expression::Variable(_)) || tree.arguments().iter().any(has_variable)
}

/// All nodes, in order of their numbers.
pub fn nodes(tree: &Expression) -> Vec<&Expression> {
    let mut all = vec![tree];
    for argument in tree.arguments() {
        all.extend(nodes(argument));
    }
    all
}

/// The tree with node `number` replaced by what `change` makes of it. `number` must be below the tree's size.
#[must_use]
pub fn replaced(tree: &Expression, number: usize, change: &mut dyn FnMut(&Expression) -> Expression) -> Expression {
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
