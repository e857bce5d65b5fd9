//! From program to graph: bindings are shared, composite functions are written out in primitives
//! that are safe in 32 bits.

use crate::builder::Builder;
use crate::error::{FormulaError, FormulaErrorKind};
use crate::expression::{Expression, Program};
use crate::function::{Function, BOUND, EPSILON};
use crate::graph::{Axis, Binary, NodeId, Parameter, Reduction, Scope, Unary};
use crate::limits;

/// Scale and alpha of SELU (Klambauer et al. 2017).
const SELU: (f64, f64) = (1.050_700_987_355_480_5, 1.673_263_242_354_377_2);

/// Adds the value of `program` to a new graph.
pub(super) fn lower(program: &Program) -> Result<(Builder, NodeId), FormulaError> {
    let mut builder = Builder::default();
    // The first nodes, so that the order of commutative arguments does not depend on what is used
    // first.
    for index in 0..program.variables.len() {
        builder.input(index);
    }
    let mut bound = Vec::with_capacity(program.bindings.len());
    for (_, expression) in &program.bindings {
        bound.push(lowered(&mut builder, expression, &bound)?);
    }
    let result = lowered(&mut builder, &program.result, &bound)?;
    Ok((builder, result))
}

/// Refuses a graph over the limit.
pub(super) fn check_size(nodes: usize) -> Result<(), FormulaError> {
    if nodes > limits::GRAPH_NODES {
        let message = format!(
            "the formula takes more than {} operations",
            limits::GRAPH_NODES
        );
        return Err(FormulaError::without_place(
            FormulaErrorKind::TooLarge,
            message,
        ));
    }
    Ok(())
}

fn lowered(
    builder: &mut Builder,
    expression: &Expression,
    bound: &[NodeId],
) -> Result<NodeId, FormulaError> {
    match expression {
        Expression::Variable(index) => Ok(builder.input(*index)),
        Expression::Binding(index) => Ok(bound[*index]),
        Expression::Number(number) => Ok(builder.constant(*number)),
        Expression::Call(function, arguments) => {
            let mut ids = [NodeId(0); 3];
            for (id, argument) in ids.iter_mut().zip(arguments) {
                *id = lowered(builder, argument, bound)?;
            }
            check_size(builder.graph.nodes().len())?;
            call(builder, *function, ids)
        }
    }
}

/// Farther than this no roll moves: no layer is wider.
const FARTHEST_ROLL: f64 = 65_536.0;

/// Which argument of `function` must be a number.
pub(super) fn numeric_argument(function: Function) -> Option<usize> {
    match function {
        Function::Param | Function::ChannelParam => Some(0),
        Function::Roll => Some(1),
        _ => None,
    }
}

/// `value`, which the numeric argument of `function` has been found to have, or why it does not do.
pub(super) fn checked_number(function: Function, value: Option<f64>) -> Result<f64, String> {
    let name = function.name();
    match value {
        Some(places)
            if function == Function::Roll
                && (places.fract() != 0.0 || places.abs() > FARTHEST_ROLL) =>
        {
            Err(format!(
                "`{name}` moves features by a whole number of places up to {FARTHEST_ROLL}, found \
                 {places}"
            ))
        }
        Some(value) => Ok(value),
        None if function == Function::Roll => Err(format!(
            "`{name}` moves features by a whole number of places, found an expression: write it \
             as in `roll(x, 1)`"
        )),
        None => Err(format!(
            "`{name}` takes the number that training starts from, found no finite number: write \
             it as in `{name}(0.25) * x`"
        )),
    }
}

/// The number that `expression`, which stands below `bindings`, is for every x.
pub(super) fn constant<'a>(
    bindings: impl Iterator<Item = &'a (String, Expression)>,
    expression: &Expression,
) -> Option<f64> {
    let mut builder = Builder::default();
    let mut bound = Vec::new();
    if expression.has_binding() {
        for (_, binding) in bindings {
            bound.push(lowered(&mut builder, binding, &bound).ok()?);
        }
    }
    let id = lowered(&mut builder, expression, &bound).ok()?;
    builder.value(id)
}

fn call(g: &mut Builder, function: Function, ids: [NodeId; 3]) -> Result<NodeId, FormulaError> {
    let Some(argument) = numeric_argument(function) else {
        return Ok(composed(g, function, ids));
    };
    let number = checked_number(function, g.value(ids[argument]))
        .map_err(|message| FormulaError::without_place(FormulaErrorKind::Unparsable, message))?;
    Ok(match function {
        Function::Roll => g.roll(number as i32, ids[0]),
        Function::ChannelParam => g.graph.parameter(Parameter::new(Scope::Channel, number)),
        _ => g.graph.parameter(Parameter::new(Scope::Layer, number)),
    })
}

/// A function in primitives.
fn composed(g: &mut Builder, function: Function, [a, b, c]: [NodeId; 3]) -> NodeId {
    match function {
        Function::Param | Function::ChannelParam | Function::Roll => {
            unreachable!("`call` serves what needs numbers")
        }
        Function::Floor => g.unary(Unary::Floor, a),
        Function::Ceil => {
            let negated = g.negate(a);
            let floor = g.unary(Unary::Floor, negated);
            g.negate(floor)
        }
        Function::Round => g.unary(Unary::Round, a),
        Function::StopGradient => g.unary(Unary::StopGradient, a),
        Function::FeatureMean => g.reduce(Reduction::Mean, Axis::Features, a),
        Function::FeatureStd => deviation(g, Axis::Features, a),
        Function::FeatureMin => g.reduce(Reduction::Min, Axis::Features, a),
        Function::FeatureMax => g.reduce(Reduction::Max, Axis::Features, a),
        Function::FeatureSum => g.reduce(Reduction::Sum, Axis::Features, a),
        Function::Softmax => {
            let largest = g.reduce(Reduction::Max, Axis::Features, a);
            let largest = g.unary(Unary::StopGradient, largest);
            let below = g.subtract(a, largest);
            let exponential = g.unary(Unary::Exp, below);
            let sum = g.reduce(Reduction::Sum, Axis::Features, exponential);
            g.binary(Binary::Divide, exponential, sum)
        }
        Function::BatchMean => g.reduce(Reduction::Mean, Axis::Batch, a),
        Function::BatchStd => deviation(g, Axis::Batch, a),
        Function::BatchMin => g.reduce(Reduction::Min, Axis::Batch, a),
        Function::BatchMax => g.reduce(Reduction::Max, Axis::Batch, a),
        Function::BatchSum => g.reduce(Reduction::Sum, Axis::Batch, a),
        Function::TensorMean => g.reduce(Reduction::Mean, Axis::Tensor, a),
        Function::TensorStd => deviation(g, Axis::Tensor, a),
        Function::TensorMin => g.reduce(Reduction::Min, Axis::Tensor, a),
        Function::TensorMax => g.reduce(Reduction::Max, Axis::Tensor, a),
        Function::TensorSum => g.reduce(Reduction::Sum, Axis::Tensor, a),
        Function::Add => g.add(a, b),
        Function::Subtract => g.subtract(a, b),
        Function::Multiply => g.multiply(a, b),
        Function::Divide => g.binary(Binary::Divide, a, b),
        Function::Negate => g.negate(a),
        Function::Power => g.binary(Binary::Power, a, b),
        Function::Less => g.less(a, b),
        Function::LessEqual => g.binary(Binary::LessEqual, a, b),
        Function::Greater => g.less(b, a),
        Function::GreaterEqual => g.binary(Binary::LessEqual, b, a),
        Function::Equal => g.binary(Binary::Equal, a, b),
        Function::NotEqual => g.binary(Binary::NotEqual, a, b),
        Function::Where => g.select(a, b, c),
        Function::Clamp => {
            let raised = g.binary(Binary::Max, a, b);
            g.binary(Binary::Min, raised, c)
        }
        Function::Remainder => {
            let quotient = g.binary(Binary::Divide, a, b);
            let whole = g.unary(Unary::Floor, quotient);
            let product = g.multiply(b, whole);
            g.subtract(a, product)
        }
        Function::Min => g.binary(Binary::Min, a, b),
        Function::Max => g.binary(Binary::Max, a, b),
        Function::Abs => g.unary(Unary::Abs, a),
        Function::Sign => g.unary(Unary::Sign, a),
        Function::Square => g.multiply(a, a),
        Function::Cube => {
            let square = g.multiply(a, a);
            g.multiply(square, a)
        }
        Function::Reciprocal => g.unary(Unary::Reciprocal, a),
        Function::Sqrt => g.unary(Unary::Sqrt, a),
        Function::Exp => g.unary(Unary::Exp, a),
        Function::Expm1 => g.unary(Unary::Expm1, a),
        Function::Log => g.unary(Unary::Log, a),
        Function::Log1p => g.unary(Unary::Log1p, a),
        Function::Sin => g.unary(Unary::Sin, a),
        Function::Cos => g.unary(Unary::Cos, a),
        Function::Tan => g.unary(Unary::Tan, a),
        Function::Sinh => g.unary(Unary::Sinh, a),
        Function::Cosh => g.unary(Unary::Cosh, a),
        Function::Tanh => g.unary(Unary::Tanh, a),
        Function::Asin => g.unary(Unary::Asin, a),
        Function::Acos => g.unary(Unary::Acos, a),
        Function::Atan => g.unary(Unary::Atan, a),
        Function::Asinh => g.unary(Unary::Asinh, a),
        Function::Acosh => g.unary(Unary::Acosh, a),
        Function::Atanh => g.unary(Unary::Atanh, a),
        Function::Sigmoid => g.unary(Unary::Sigmoid, a),
        Function::Softplus => g.unary(Unary::Softplus, a),
        Function::Erf => g.unary(Unary::Erf, a),
        Function::Erfc => g.unary(Unary::Erfc, a),
        Function::Sinc => g.unary(Unary::Sinc, a),
        Function::BesselI0e => g.unary(Unary::BesselI0e, a),
        Function::BesselI1e => g.unary(Unary::BesselI1e, a),
        Function::LogSigmoid => {
            let negated = g.negate(a);
            let softplus = g.unary(Unary::Softplus, negated);
            g.negate(softplus)
        }
        Function::HardSigmoid => hard_sigmoid(g, a),
        Function::HardSilu => {
            let gate = hard_sigmoid(g, a);
            g.multiply(a, gate)
        }
        Function::Softsign => {
            let size = g.unary(Unary::Abs, a);
            let divisor = g.shifted(size, 1.0);
            g.binary(Binary::Divide, a, divisor)
        }
        Function::Relu => {
            let zero = g.constant(0.0);
            g.binary(Binary::Max, a, zero)
        }
        Function::LeakyRelu => {
            let leak = g.scaled(0.01, a);
            positive_or(g, a, leak)
        }
        Function::Gelu => {
            let argument = g.scaled(-std::f64::consts::FRAC_1_SQRT_2, a);
            let tail = g.unary(Unary::Erfc, argument);
            let half = g.scaled(0.5, a);
            g.multiply(half, tail)
        }
        Function::GeluTanh => {
            // (1 + tanh(u)) / 2 = sigmoid(2 u), without the cancellation on the left.
            let square = g.multiply(a, a);
            let cube = g.multiply(square, a);
            let correction = g.scaled(0.044_715, cube);
            let inner = g.add(a, correction);
            let argument = g.scaled(2.0 * (2.0 / std::f64::consts::PI).sqrt(), inner);
            let gate = g.unary(Unary::Sigmoid, argument);
            g.multiply(a, gate)
        }
        Function::Silu => {
            let gate = g.unary(Unary::Sigmoid, a);
            g.multiply(a, gate)
        }
        Function::Mish => {
            let softplus = g.unary(Unary::Softplus, a);
            let gate = g.unary(Unary::Tanh, softplus);
            g.multiply(a, gate)
        }
        Function::Elu => {
            let left = g.unary(Unary::Expm1, a);
            positive_or(g, a, left)
        }
        Function::Celu => {
            let argument = g.binary(Binary::Divide, a, b);
            let exponential = g.unary(Unary::Expm1, argument);
            let left = g.multiply(b, exponential);
            positive_or(g, a, left)
        }
        Function::Selu => {
            let (scale, alpha) = SELU;
            let exponential = g.unary(Unary::Expm1, a);
            let left = g.scaled(scale * alpha, exponential);
            let right = g.scaled(scale, a);
            let zero = g.constant(0.0);
            let condition = g.less(zero, a);
            g.select(condition, right, left)
        }
        Function::Elish => {
            let zero = g.constant(0.0);
            let condition = g.less(a, zero);
            let left = g.unary(Unary::Expm1, a);
            let factor = g.select(condition, left, a);
            let gate = g.unary(Unary::Sigmoid, a);
            g.multiply(factor, gate)
        }
        Function::LogEps
        | Function::DivideEps
        | Function::Log1pSafe
        | Function::SafeAdd
        | Function::SafeSubtract
        | Function::SafeMultiply
        | Function::SafeDivide
        | Function::SafeSin
        | Function::SafeCos
        | Function::SafeTan
        | Function::SafeSqrt
        | Function::SafeLog
        | Function::SigmoidBoost
        | Function::ReluLike
        | Function::SigmoidLike
        | Function::GeluLike
        | Function::GatedGate => guarded(g, function, [a, b]),
    }
}

/// The published operators that keep partial functions total, and the primitives whose forms are
/// not published.
fn guarded(g: &mut Builder, function: Function, [a, b]: [NodeId; 2]) -> NodeId {
    match function {
        Function::LogEps => {
            let shifted = g.shifted(a, EPSILON);
            let size = g.unary(Unary::Abs, shifted);
            g.unary(Unary::Log, size)
        }
        Function::DivideEps => {
            let divisor = g.shifted(b, EPSILON);
            g.binary(Binary::Divide, a, divisor)
        }
        Function::Log1pSafe => {
            let size = g.unary(Unary::Abs, a);
            g.unary(Unary::Log1p, size)
        }
        Function::SafeAdd => {
            let sum = g.add(a, b);
            within(g, BOUND, sum)
        }
        Function::SafeSubtract => {
            let difference = g.subtract(a, b);
            within(g, BOUND, difference)
        }
        Function::SafeMultiply => {
            let product = g.multiply(a, b);
            within(g, BOUND, product)
        }
        Function::SafeDivide => {
            let (zero, low, high) = (g.constant(0.0), g.constant(-EPSILON), g.constant(EPSILON));
            let (below, above) = (
                g.binary(Binary::Min, b, low),
                g.binary(Binary::Max, b, high),
            );
            let negative = g.less(b, zero);
            let divisor = g.select(negative, below, above);
            g.binary(Binary::Divide, a, divisor)
        }
        Function::SafeSin => {
            let argument = within(g, BOUND, a);
            g.unary(Unary::Sin, argument)
        }
        Function::SafeCos => {
            let argument = within(g, BOUND, a);
            g.unary(Unary::Cos, argument)
        }
        Function::SafeTan => {
            let argument = within(g, BOUND, a);
            let tangent = g.unary(Unary::Tan, argument);
            within(g, 1.0 / EPSILON, tangent)
        }
        Function::SafeSqrt => {
            let size = g.unary(Unary::Abs, a);
            g.unary(Unary::Sqrt, size)
        }
        Function::SafeLog => {
            let (size, least) = (g.unary(Unary::Abs, a), g.constant(EPSILON));
            let size = g.binary(Binary::Max, size, least);
            g.unary(Unary::Log, size)
        }
        Function::SigmoidBoost => {
            let gate = g.unary(Unary::Sigmoid, a);
            let factor = g.shifted(gate, 1.0);
            g.multiply(a, factor)
        }
        Function::ReluLike => composed(g, Function::Relu, [a, a, a]),
        Function::SigmoidLike => g.unary(Unary::Sigmoid, a),
        Function::GeluLike => {
            let argument = g.scaled(1.702, a);
            let gate = g.unary(Unary::Sigmoid, argument);
            g.multiply(a, gate)
        }
        Function::GatedGate => {
            let gate = g.unary(Unary::Sigmoid, a);
            g.multiply(gate, b)
        }
        other => unreachable!("`composed` serves {other:?}"),
    }
}

/// min(max(a, -bound), bound).
fn within(g: &mut Builder, bound: f64, a: NodeId) -> NodeId {
    let (low, high) = (g.constant(-bound), g.constant(bound));
    let raised = g.binary(Binary::Max, a, low);
    g.binary(Binary::Min, raised, high)
}

/// The population standard deviation.
fn deviation(g: &mut Builder, axis: Axis, a: NodeId) -> NodeId {
    let mean = g.reduce(Reduction::Mean, axis, a);
    let centred = g.subtract(a, mean);
    let square = g.multiply(centred, centred);
    let variance = g.reduce(Reduction::Mean, axis, square);
    g.unary(Unary::Sqrt, variance)
}

fn hard_sigmoid(g: &mut Builder, a: NodeId) -> NodeId {
    let (zero, six) = (g.constant(0.0), g.constant(6.0));
    let shifted = g.shifted(a, 3.0);
    let raised = g.binary(Binary::Max, shifted, zero);
    let clamped = g.binary(Binary::Min, raised, six);
    g.binary(Binary::Divide, clamped, six)
}

/// a where a > 0, else `left`.
fn positive_or(g: &mut Builder, a: NodeId, left: NodeId) -> NodeId {
    let zero = g.constant(0.0);
    let condition = g.less(zero, a);
    g.select(condition, a, left)
}
