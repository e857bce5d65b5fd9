//! Calls of activations of the library in the middle of a formula: their programs are written out,
//! so that what is printed says what is computed.

use crate::error::{FormulaError, FormulaErrorKind};
use crate::expression::{Expression, Program};
use crate::limits;

/// Marks a binding of an activation until the whole text is read: no text can refer to such a name.
const MARK: char = '.';

/// The result of `activation` of `argument`, whose bindings are added to `expanded`, the bindings
/// from number `above` on.
pub(super) fn expand(
    activation: &Program,
    argument: Expression,
    above: usize,
    expanded: &mut Vec<(String, Expression)>,
) -> Expression {
    let mut bind = |name: &str, expression: Expression| {
        expanded.push((format!("{name}{MARK}"), expression));
        Expression::Binding(above + expanded.len() - 1)
    };
    // Bound, it is computed once, and its trainable parameters stay one each.
    let argument = if argument.arguments().is_empty() {
        argument
    } else {
        bind("input", argument)
    };
    let mut bindings: Vec<Expression> = Vec::with_capacity(activation.bindings.len());
    for (name, expression) in &activation.bindings {
        let placed = placed(expression, &argument, &bindings);
        bindings.push(bind(name, placed));
    }
    placed(&activation.result, &argument, &bindings)
}

fn placed(expression: &Expression, argument: &Expression, bindings: &[Expression]) -> Expression {
    match expression {
        Expression::Variable(_) => argument.clone(),
        Expression::Binding(index) => bindings[*index].clone(),
        Expression::Number(number) => Expression::Number(*number),
        Expression::Call(function, arguments) => Expression::Call(
            *function,
            arguments
                .iter()
                .map(|part| placed(part, argument, bindings))
                .collect(),
        ),
    }
}

/// `program` whose marked bindings have names of their own that can be read; an error where it
/// could not be printed within the limits.
pub(super) fn named_apart(mut program: Program) -> Result<Program, FormulaError> {
    if !program
        .bindings
        .iter()
        .any(|(name, _)| name.ends_with(MARK))
    {
        return Ok(program);
    }
    program.check_size()?;
    for index in 0..program.bindings.len() {
        if let Some(name) = program.bindings[index]
            .0
            .strip_suffix(MARK)
            .map(str::to_owned)
        {
            let taken = |name: &str| {
                program
                    .variables
                    .iter()
                    .chain(program.bindings.iter().map(|(other, _)| other))
                    .any(|other| other == name)
            };
            let numbered =
                std::iter::once(name.clone()).chain((2..).map(|number| format!("{name}_{number}")));
            program.bindings[index].0 = numbered
                .into_iter()
                .find(|name| !taken(name))
                .expect("the numbers do not end");
        }
    }
    let length = program.to_string().len();
    if length > limits::TEXT_BYTES {
        let message = format!(
            "with its known activations written out it has {length} bytes, at most {} are allowed",
            limits::TEXT_BYTES
        );
        return Err(FormulaError::without_place(
            FormulaErrorKind::TooLarge,
            message,
        ));
    }
    Ok(program)
}
