//! The typed expression of a formula, as its author wrote it.

use crate::error::{FormulaError, FormulaErrorKind};
use crate::function::Function;
use crate::identifier::is_identifier;
use crate::limits;

/// An expression tree.
#[derive(Clone, Debug, PartialEq)]
pub enum Expression {
    /// The i-th input of the program; an activation has one, `x`.
    Variable(usize),
    /// The value of the i-th line `name = expression` of the program.
    Binding(usize),
    /// A number; in a [`Program`] finite and not negative.
    Number(f64),
    /// A function of its arguments, in order.
    Call(Function, Vec<Expression>),
}

/// A program: its inputs, its bindings in order, and the expression that is its result.
///
/// Invariants: a binding refers only to earlier bindings; every number is finite and not negative
/// (a sign is a `Negate` call); every call has the arity of its function.
#[derive(Clone, Debug, PartialEq)]
pub struct Program {
    /// The names of the inputs.
    pub variables: Vec<String>,
    /// Names and their expressions, in the order of the text.
    pub bindings: Vec<(String, Expression)>,
    /// The value of the program.
    pub result: Expression,
}

impl Expression {
    /// The number of nodes.
    pub fn size(&self) -> usize {
        1 + self.arguments().iter().map(Expression::size).sum::<usize>()
    }

    /// The number of nodes on the longest way from the root to a leaf.
    pub fn depth(&self) -> usize {
        1 + self
            .arguments()
            .iter()
            .map(Expression::depth)
            .max()
            .unwrap_or(0)
    }

    /// The arguments of a call; empty for a leaf.
    pub fn arguments(&self) -> &[Expression] {
        match self {
            Expression::Call(_, arguments) => arguments,
            _ => &[],
        }
    }

    fn collect_functions(&self, called: &mut Vec<Function>) {
        if let Expression::Call(function, arguments) = self {
            called.push(*function);
            arguments
                .iter()
                .for_each(|argument| argument.collect_functions(called));
        }
    }

    /// Whether it refers to a binding.
    pub(super) fn has_binding(&self) -> bool {
        matches!(self, Expression::Binding(_))
            || self.arguments().iter().any(Expression::has_binding)
    }

    /// Whether a trainable parameter stands in it.
    fn has_parameter(&self) -> bool {
        matches!(
            self,
            Expression::Call(Function::Param | Function::ChannelParam, _)
        ) || self.arguments().iter().any(Expression::has_parameter)
    }

    /// The expression with every binding replaced by its expression, which may not have bindings
    /// itself; `budget` is what nodes are left.
    fn substituted(
        &self,
        bindings: &[Expression],
        sizes: &[usize],
        budget: &mut usize,
    ) -> Option<Expression> {
        let taken = if let Expression::Binding(index) = self {
            sizes[*index]
        } else {
            1
        };
        *budget = budget.checked_sub(taken)?;
        Some(match self {
            Expression::Binding(index) => bindings[*index].clone(),
            Expression::Call(function, arguments) => {
                let arguments: Option<Vec<_>> = arguments
                    .iter()
                    .map(|argument| argument.substituted(bindings, sizes, budget))
                    .collect();
                Expression::Call(*function, arguments?)
            }
            leaf => leaf.clone(),
        })
    }

    /// Checks the invariants that a [`Program`] states and turns negative numbers into `Negate`
    /// calls.
    fn checked(self, variables: usize, bindings: usize) -> Result<Expression, FormulaError> {
        let broken = |message: String| {
            Err(FormulaError::without_place(
                FormulaErrorKind::Unparsable,
                message,
            ))
        };
        match self {
            Expression::Variable(index) if index >= variables => broken(format!(
                "variable {index} does not exist: there are {variables}"
            )),
            Expression::Binding(index) if index >= bindings => {
                broken(format!("binding {index} does not stand above its use"))
            }
            Expression::Number(number) if !number.is_finite() => {
                broken(format!("the number {number} is not finite"))
            }
            Expression::Number(number) if number < 0.0 => Ok(Expression::Call(
                Function::Negate,
                vec![Expression::Number(-number)],
            )),
            Expression::Number(number) => Ok(Expression::Number(number.abs())),
            Expression::Call(function, arguments) if arguments.len() != function.arity() => {
                broken(format!(
                    "{} takes {} arguments, found {}",
                    function.name(),
                    function.arity(),
                    arguments.len()
                ))
            }
            Expression::Call(function, arguments) => {
                let arguments: Result<Vec<_>, _> = arguments
                    .into_iter()
                    .map(|argument| argument.checked(variables, bindings))
                    .collect();
                Ok(Expression::Call(function, arguments?))
            }
            leaf => Ok(leaf),
        }
    }
}

impl Program {
    /// Every function that is called, in the order of the text.
    pub fn functions(&self) -> impl Iterator<Item = Function> + '_ {
        let mut called = Vec::new();
        self.bindings
            .iter()
            .map(|(_, expression)| expression)
            .chain([&self.result])
            .for_each(|expression| expression.collect_functions(&mut called));
        called.into_iter()
    }

    /// The number of nodes of all bindings and the result.
    pub fn size(&self) -> usize {
        self.bindings
            .iter()
            .map(|(_, expression)| expression.size())
            .sum::<usize>()
            + self.result.size()
    }

    /// The depth of its deepest expression.
    pub(super) fn depth(&self) -> usize {
        self.bindings
            .iter()
            .map(|(_, expression)| expression)
            .chain([&self.result])
            .map(Expression::depth)
            .max()
            .unwrap_or(0)
    }

    /// The result with all bindings substituted; `None` where it would have more than `most_nodes`
    /// nodes, or where a binding holds a trainable parameter, which would become several.
    pub fn inlined(&self, most_nodes: usize) -> Option<Expression> {
        if self
            .bindings
            .iter()
            .any(|(_, expression)| expression.has_parameter())
        {
            return None;
        }
        let (mut known, mut sizes): (Vec<Expression>, Vec<usize>) = (Vec::new(), Vec::new());
        for (_, expression) in &self.bindings {
            let mut budget = most_nodes;
            // A binding too large to be written out is an error only if it is used: its size then
            // exceeds every budget.
            match expression.substituted(&known, &sizes, &mut budget) {
                Some(substituted) => {
                    known.push(substituted);
                    sizes.push(most_nodes - budget);
                }
                None => {
                    known.push(Expression::Number(0.0));
                    sizes.push(usize::MAX);
                }
            }
        }
        let mut budget = most_nodes;
        self.result.substituted(&known, &sizes, &mut budget)
    }

    /// Checks the limit of nodes.
    pub(super) fn check_size(&self) -> Result<(), FormulaError> {
        let size = self.size();
        if size > limits::PROGRAM_NODES {
            return Err(FormulaError::without_place(
                FormulaErrorKind::TooLarge,
                format!(
                    "the program has {size} nodes, at most {} are allowed",
                    limits::PROGRAM_NODES
                ),
            ));
        }
        Ok(())
    }

    /// Checks the invariants and the limit of nodes, turns negative numbers into `Negate` calls,
    /// and renames bindings whose names could not be read back.
    pub(super) fn checked(self) -> Result<Program, FormulaError> {
        self.check_size()?;
        let Program {
            variables,
            bindings,
            result,
        } = self;
        let mut kept = Vec::with_capacity(bindings.len());
        for (name, expression) in bindings {
            let expression = expression.checked(variables.len(), kept.len())?;
            kept.push((name, expression));
        }
        let result = result.checked(variables.len(), kept.len())?;
        Ok(Program {
            variables,
            bindings: kept,
            result,
        }
        .with_readable_names())
    }

    /// The program itself where every name can be read back and means what it should; else one
    /// whose bindings are named `v1`, `v2` ...
    fn with_readable_names(mut self) -> Program {
        if !self.names_are_readable() {
            let mut number = 0;
            for index in 0..self.bindings.len() {
                self.bindings[index].0 = loop {
                    number += 1;
                    let name = format!("v{number}");
                    if !self.variables.contains(&name) {
                        break name;
                    }
                };
            }
        }
        self
    }

    fn names_are_readable(&self) -> bool {
        let expressions = self
            .bindings
            .iter()
            .map(|(_, expression)| expression)
            .chain([&self.result]);
        self.bindings.iter().all(|(name, _)| is_identifier(name))
            && expressions
                .enumerate()
                .all(|(above, expression)| self.refers_to_the_latest(expression, above))
    }

    /// Whether each name in `expression`, which stands below `above` bindings, means the last thing
    /// of that name.
    fn refers_to_the_latest(&self, expression: &Expression, above: usize) -> bool {
        let last = |name: &str| {
            self.bindings[..above]
                .iter()
                .rposition(|(other, _)| other == name)
        };
        match expression {
            Expression::Variable(index) => last(&self.variables[*index]).is_none(),
            Expression::Binding(index) => last(&self.bindings[*index].0) == Some(*index),
            Expression::Number(_) => true,
            Expression::Call(_, arguments) => arguments
                .iter()
                .all(|argument| self.refers_to_the_latest(argument, above)),
        }
    }
}
