//! What a campaign that allows them adds to a child: trainable parameters, and functions that read
//! the row or the batch.

use super::grammar::{call, constant, divided};
use super::tree::{numbers_where, parameters, replaced};
use crate::formula::{Class, Expression, Function};
use crate::numerics::stream::Stream;

/// The share of the children that are widened.
const WIDENED: f64 = 0.4;
/// The share of the parameters that have a value a channel.
const PER_CHANNEL: f64 = 0.3;

/// What was added to a child.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Widening {
    /// A trainable parameter.
    Parameter,
    /// A function that reads the row or the batch.
    Coupling,
}

impl Widening {
    /// Returns the words that records show.
    pub fn name(self) -> &'static str {
        match self {
            Widening::Parameter => "a parameter",
            Widening::Coupling => "a coupling",
        }
    }
}

/// Returns the child as it is, or with a further parameter or coupling within what `class` and
/// `most_parameters` allow, and says which. Draws nothing from the stream where neither is allowed.
pub fn widened(
    child: Expression,
    class: Class,
    most_parameters: u32,
    stream: &mut Stream,
) -> (Expression, Option<Widening>) {
    let allowed = class > Class::Pointwise || most_parameters > 0;
    if !allowed || !stream.chance(WIDENED) {
        return (child, None);
    }
    let may_train = parameters(&child) < most_parameters as usize;
    if may_train && (class == Class::Pointwise || stream.chance(0.5)) {
        return (with_parameter(&child, stream), Some(Widening::Parameter));
    }
    match couplings(class).as_slice() {
        [] => (child, None),
        functions => {
            let function = *stream.choose(functions);
            let place = stream.below(child.size());
            (
                replaced(&child, place, &mut |node| coupled(function, node, stream)),
                Some(Widening::Coupling),
            )
        }
    }
}

/// Makes a number of the child trainable, or gives a node a trainable factor.
fn with_parameter(child: &Expression, stream: &mut Stream) -> Expression {
    let function = if stream.chance(PER_CHANNEL) {
        Function::ChannelParam
    } else {
        Function::Param
    };
    let numbers = numbers_where(child, |node| matches!(node, Expression::Number(_)));
    if !numbers.is_empty() && stream.chance(0.5) {
        return replaced(child, *stream.choose(&numbers), &mut |node| {
            call(function, [node.clone()])
        });
    }
    let place = stream.below(child.size());
    replaced(child, place, &mut |node| {
        let factor = call(function, [constant(stream)]);
        call(Function::Multiply, [factor, node.clone()])
    })
}

/// Returns the functions of an allowed class that read more than their own element.
fn couplings(class: Class) -> Vec<Function> {
    Function::all()
        .iter()
        .copied()
        .filter(|function| function.class() > Class::Pointwise && function.class() <= class)
        .collect()
}

/// Couples a node: where `read` is what `function` makes of it, returns `read`, `node - read`,
/// `max(node, read)` or `node/(1 + abs(read))`.
fn coupled(function: Function, node: &Expression, stream: &mut Stream) -> Expression {
    let read = match function {
        Function::Roll => call(
            function,
            [
                node.clone(),
                Expression::Number(*stream.choose(&[1.0, 2.0])),
            ],
        ),
        function => call(function, [node.clone()]),
    };
    match stream.below(5) {
        0 => read,
        1 | 2 => call(Function::Subtract, [node.clone(), read]),
        3 => call(Function::Max, [node.clone(), read]),
        _ => divided(node.clone(), read),
    }
}
