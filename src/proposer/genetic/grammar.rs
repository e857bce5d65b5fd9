//! The grammar of random trees: the core units of the published search spaces, and small trees over
//! the whole language.

use crate::formula::{Expression, Function};
use crate::numerics::stream::Stream;

/// Functions of one argument that are finite on the whole line: mutation and growth choose among
/// them.
pub const UNARY: [Function; 32] = [
    Function::Negate,
    Function::Abs,
    Function::Sign,
    Function::Square,
    Function::Cube,
    Function::Exp,
    Function::Expm1,
    Function::Sin,
    Function::Cos,
    Function::Sinh,
    Function::Cosh,
    Function::Tanh,
    Function::Atan,
    Function::Asinh,
    Function::Sigmoid,
    Function::LogSigmoid,
    Function::HardSigmoid,
    Function::Softplus,
    Function::Softsign,
    Function::Relu,
    Function::LeakyRelu,
    Function::Gelu,
    Function::Silu,
    Function::Mish,
    Function::Elu,
    Function::Selu,
    Function::Elish,
    Function::Erf,
    Function::Erfc,
    Function::Sinc,
    Function::BesselI0e,
    Function::BesselI1e,
];

/// Functions of one argument that are bounded or grow like a line at most, so that they may be
/// applied to anything without exploding.
const TAME: [Function; 16] = [
    Function::Abs,
    Function::Sin,
    Function::Cos,
    Function::Tanh,
    Function::Atan,
    Function::Asinh,
    Function::Sigmoid,
    Function::Softplus,
    Function::Softsign,
    Function::Relu,
    Function::Gelu,
    Function::Silu,
    Function::Mish,
    Function::Elu,
    Function::Erf,
    Function::Sinc,
];

/// Operators of two arguments.
pub const BINARY: [Function; 6] = [
    Function::Add,
    Function::Subtract,
    Function::Multiply,
    Function::Divide,
    Function::Max,
    Function::Min,
];

/// Returns the input.
pub fn x() -> Expression {
    Expression::Variable(0)
}

/// Returns a number as an expression: a negative one as the negation of its magnitude.
pub fn number(value: f64) -> Expression {
    if value < 0.0 {
        return call(Function::Negate, [Expression::Number(-value)]);
    }
    Expression::Number(value)
}

/// Returns a call of `function`.
pub fn call<const N: usize>(function: Function, arguments: [Expression; N]) -> Expression {
    Expression::Call(function, arguments.into())
}

/// Draws a positive constant with three significant digits: a round number half of the time, else
/// one that is log-normal around 1.
pub fn constant(stream: &mut Stream) -> Expression {
    const ROUND: [f64; 10] = [0.01, 0.05, 0.1, 0.2, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0];
    if stream.chance(0.5) {
        return Expression::Number(*stream.choose(&ROUND));
    }
    Expression::Number(rounded(stream.normal().exp()))
}

/// Returns `value` to three significant digits and within [1e-6, 1e6], so that constants stay
/// readable and none drifts away.
pub fn rounded(value: f64) -> f64 {
    let value = value.clamp(1e-6, 1e6);
    format!("{value:.2e}").parse().unwrap_or(value)
}

/// Applies to `u` one of the 24 unary operators of "Evolutionary Optimization of Deep Learning
/// Activation Functions" (2020). The publication lists arctanh and its results use arctan; both are
/// here, which makes 25.
fn published_unary(u: Expression, stream: &mut Stream) -> Expression {
    use Function::*;
    match stream.below(25) {
        0 => Expression::Number(0.0),
        1 => Expression::Number(1.0),
        2 => u,
        3 => call(Exp, [call(Negate, [call(Square, [u])])]),
        4 => call(LogEps, [u]),
        5 => call(Max, [u, Expression::Number(0.0)]),
        6 => call(Min, [u, Expression::Number(0.0)]),
        index => {
            let plain = [
                Negate, Abs, Square, Cube, Sqrt, Exp, Softplus, Sin, Sinh, Asinh, Cos, Cosh, Tanh,
                Atanh, Atan, Sigmoid, Erf, Sinc,
            ];
            call(plain[index - 7], [u])
        }
    }
}

/// Joins `a` and `b` by one of the six binary operators of the same publication.
fn published_binary(a: Expression, b: Expression, stream: &mut Stream) -> Expression {
    match *stream.choose(&BINARY) {
        Function::Divide => call(Function::DivideEps, [a, b]),
        function => call(function, [a, b]),
    }
}

/// Draws a core unit `binary(unary1(a), unary2(b))`. With `x` for both, it is a function of the
/// publication's search space S1.
pub fn core_unit(a: Expression, b: Expression, stream: &mut Stream) -> Expression {
    let a = published_unary(a, stream);
    let b = published_unary(b, stream);
    published_binary(a, b, stream)
}

/// Draws three core units, two of them inside the third: a function of the search space S2.
pub fn nested_core_unit(stream: &mut Stream) -> Expression {
    let a = core_unit(x(), x(), stream);
    let b = core_unit(x(), x(), stream);
    core_unit(a, b, stream)
}

/// Grows a random tree over the whole language, of at most the given height (from 1).
pub fn tree(height: usize, stream: &mut Stream) -> Expression {
    if height <= 1 || stream.chance(0.1) {
        return if stream.chance(0.8) {
            x()
        } else {
            constant(stream)
        };
    }
    if stream.chance(0.55) {
        return unary(tree(height - 1, stream), stream);
    }
    binary(tree(height - 1, stream), tree(height - 1, stream), stream)
}

/// Applies to `u` a random function of one argument, or one of the forms that make a partial
/// function total.
pub fn unary(u: Expression, stream: &mut Stream) -> Expression {
    use Function::*;
    let one = || Expression::Number(1.0);
    match stream.below(20) {
        0 => call(Log1p, [call(Abs, [u])]),
        1 => call(Sqrt, [call(Add, [one(), call(Square, [u])])]),
        2 => call(Reciprocal, [call(Add, [one(), call(Square, [u])])]),
        3 => call(Exp, [call(Negate, [call(Square, [u])])]),
        4..=9 => call(*stream.choose(&UNARY), [u]),
        _ => call(*stream.choose(&TAME), [u]),
    }
}

/// Joins `a` and `b` by a random operator; a quotient is that of [`divided`].
pub fn binary(a: Expression, b: Expression, stream: &mut Stream) -> Expression {
    match *stream.choose(&BINARY) {
        Function::Divide => divided(a, b),
        function => call(function, [a, b]),
    }
}

/// Returns `a/(1 + abs(b))`, whose divisor is never 0.
pub fn divided(a: Expression, b: Expression) -> Expression {
    let magnitude = call(Function::Abs, [b]);
    let divisor = call(Function::Add, [Expression::Number(1.0), magnitude]);
    call(Function::Divide, [a, divisor])
}

/// Draws a small term to add to or multiply with a function: `x`, a function of `x`, or a scaled
/// wave. Good activations were found to carry such terms.
pub fn term(stream: &mut Stream) -> Expression {
    match stream.below(6) {
        0 | 1 => x(),
        2 | 3 => unary(x(), stream),
        4 => call(Function::Min, [x(), Expression::Number(0.0)]),
        _ => {
            let wave = *stream.choose(&[Function::Sin, Function::Cos, Function::Sinc]);
            let inner = if stream.chance(0.5) {
                x()
            } else {
                call(Function::Multiply, [constant(stream), x()])
            };
            call(Function::Multiply, [constant(stream), call(wave, [inner])])
        }
    }
}
