//! The plain Candle back end: a graph by Candle operations on any device, with Candle's own
//! differentiation running through it.
//!
//! It is slow and plain: the block interpreter and later back ends are held to it on devices where
//! they run, and it serves where they do not.

mod coupling;
mod elementary;
mod power;
mod special;

use candle_core::{DType, Error, Result, Tensor};

use super::graph::{Binary, Graph, Node, NodeId, Parameter, Unary};

/// The values of all outputs of `graph`, whose only input is `input`; each has the shape, type
/// (`f32` or `f64`) and device of `input`. Parameters have their initial values. Of a graph that
/// reads rows or the batch, `input` is a tensor of rows x features.
///
/// # Errors
/// Those of [`evaluate_tensor`].
pub fn evaluate(graph: &Graph, input: &Tensor) -> Result<Vec<Tensor>> {
    let initial = |parameter: &Parameter| {
        Tensor::full(parameter.initial(), 1, input.device())?.to_dtype(input.dtype())
    };
    let parameters = graph
        .parameters()
        .iter()
        .map(initial)
        .collect::<Result<Vec<_>>>()?;
    evaluate_tensor(graph, &[input], &parameters.iter().collect::<Vec<_>>())
}

/// The values of all outputs of `graph` at `inputs` of one shape, type and device, which the
/// outputs have too. The last two axes are rows x features; one before them, of trials, holds
/// tensors that are evaluated side by side, and no reduction leaves its trial. `parameters` holds
/// one tensor each, perhaps variables: of one value (a layer's) or of one a feature (a channel's),
/// and of a row of them for each trial where there are trials.
///
/// Gradients run through every primitive but the comparisons, `Sign` and the condition of `Select`,
/// which have none. Where a primitive has a branch, the arguments of the branch not taken are
/// replaced by harmless ones, so that no NaN reaches the gradient; at a kink the gradient is one of
/// the two sides. `Power` of two varying arguments, or of a constant base, is computed in `f64`
/// whatever the type, since Candle has no such power of full accuracy; on Metal, which has no
/// `f64`, in the type itself.
///
/// # Errors
/// Those of Candle, and a graph that reads an input or a parameter beyond those given.
pub fn evaluate_tensor(
    graph: &Graph,
    inputs: &[&Tensor],
    parameters: &[&Tensor],
) -> Result<Vec<Tensor>> {
    let Some(like) = inputs.first() else {
        return Err(Error::Msg(
            "a graph is evaluated at one input or more, found none".to_owned(),
        ));
    };
    let last_users = last_users(graph);
    let missing = |what: &str, index: u32, given: usize| {
        Error::Msg(format!(
            "the graph reads {what} {index}, and {given} were given; give all of them"
        ))
    };
    let mut values: Vec<Option<Tensor>> = vec![None; graph.nodes().len()];
    for (index, node) in graph.nodes().iter().enumerate() {
        let Some(_) = last_users[index] else { continue };
        let value = |argument: NodeId| {
            values[argument.0 as usize]
                .as_ref()
                .expect("arguments stand before their users, and are kept for the last")
        };
        let number = |argument: NodeId| match graph.node(argument) {
            Node::Constant(bits) => Some(f64::from_bits(bits)),
            _ => None,
        };
        let tensor = match *node {
            Node::Input(index) => inputs
                .get(index as usize)
                .copied()
                .cloned()
                .ok_or_else(|| missing("input", index, inputs.len()))?,
            Node::Parameter(index) => {
                let values = parameters
                    .get(index as usize)
                    .ok_or_else(|| missing("parameter", index, parameters.len()))?;
                let values = if like.rank() == 3 {
                    values.reshape((like.dim(0)?, 1, ()))?
                } else {
                    values.flatten_all()?
                };
                values.broadcast_as(like.shape())?
            }
            Node::Constant(bits) => constant(like, f64::from_bits(bits))?,
            Node::Unary(operation, a) => unary(operation, value(a))?,
            Node::Binary(operation, a, b) => match (operation, number(a), number(b)) {
                (Binary::Power, _, Some(exponent)) => power::by_constant(value(a), exponent)?,
                // One pass over one tensor. Adding -0 keeps the sign of a zero.
                (Binary::Add, None, Some(number)) => value(a).affine(1.0, number)?,
                (Binary::Add, Some(number), None) => value(b).affine(1.0, number)?,
                (Binary::Subtract, None, Some(number)) => value(a).affine(1.0, -number)?,
                (Binary::Subtract, Some(number), None) => value(b).affine(-1.0, number)?,
                (Binary::Multiply, None, Some(number)) => value(a).affine(number, -0.0)?,
                (Binary::Multiply, Some(number), None) => value(b).affine(number, -0.0)?,
                _ => binary(operation, value(a), value(b))?,
            },
            Node::Reduce(reduction, axis, a) => coupling::reduce(reduction, axis, value(a))?,
            Node::Roll(places, a) => coupling::roll(places, value(a))?,
            Node::Select(condition, then, otherwise) => value(condition)
                .ne(0.0)?
                .where_cond(value(then), value(otherwise))?,
        };
        values[index] = Some(tensor);
        for argument in node
            .arguments()
            .filter(|argument| last_users[argument.0 as usize] == Some(index))
        {
            values[argument.0 as usize] = None;
        }
    }
    graph
        .outputs()
        .iter()
        .map(|id| Ok(values[id.0 as usize].clone().expect("outputs are kept")))
        .collect()
}

/// The index of the last node that reads each node; of an output, one beyond all; `None` for what
/// no output needs.
fn last_users(graph: &Graph) -> Vec<Option<usize>> {
    let mut last = vec![None; graph.nodes().len()];
    for id in graph.outputs() {
        last[id.0 as usize] = Some(graph.nodes().len());
    }
    for (index, node) in graph.nodes().iter().enumerate().rev() {
        if last[index].is_some() {
            node.arguments().for_each(|argument| {
                last[argument.0 as usize] = last[argument.0 as usize].max(Some(index))
            });
        }
    }
    last
}

/// `value` in the shape and type of `like`.
fn constant(like: &Tensor, value: f64) -> Result<Tensor> {
    match like.dtype() {
        DType::F32 => Tensor::full(value as f32, like.shape(), like.device()),
        dtype => Tensor::full(value, like.shape(), like.device())?.to_dtype(dtype),
    }
}

fn unary(operation: Unary, x: &Tensor) -> Result<Tensor> {
    match operation {
        Unary::Negate => x.neg(),
        Unary::Abs => x.abs(),
        Unary::Sign => x.ne(x)?.where_cond(x, &x.sign()?),
        Unary::Reciprocal => x.recip(),
        Unary::Sqrt => elementary::sqrt(x),
        Unary::Exp => x.exp(),
        Unary::Expm1 => elementary::expm1(x),
        Unary::Log => x.log(),
        Unary::Log1p => elementary::log1p(x),
        Unary::Sin => x.sin(),
        Unary::Cos => x.cos(),
        Unary::Tan => x.sin()?.div(&x.cos()?),
        Unary::Sinh => elementary::sinh(x),
        Unary::Cosh => elementary::cosh(x),
        Unary::Tanh => x.tanh(),
        Unary::Asin => elementary::asin(x),
        Unary::Acos => elementary::acos(x),
        Unary::Atan => elementary::atan(x),
        Unary::Asinh => elementary::asinh(x),
        Unary::Acosh => elementary::acosh(x),
        Unary::Atanh => (elementary::log1p(x)? - elementary::log1p(&x.neg()?)?)? * 0.5,
        Unary::Sigmoid => elementary::sigmoid(x),
        Unary::Softplus => x.relu()? + elementary::log1p(&x.abs()?.neg()?.exp()?)?,
        Unary::Erf => x.erf(),
        Unary::Erfc => special::erfc(x),
        Unary::Sinc => special::sinc(x),
        Unary::SincSlope => special::sinc_slope(x),
        Unary::BesselI0e => special::bessel_i0e(x),
        Unary::BesselI1e => special::bessel_i1e(x),
        // Candle differentiates neither.
        Unary::Floor => x.detach().floor(),
        Unary::Round => elementary::round_ties_even(&x.detach()),
        Unary::StopGradient => Ok(x.detach()),
    }
}

fn binary(operation: Binary, a: &Tensor, b: &Tensor) -> Result<Tensor> {
    match operation {
        Binary::Add => a + b,
        Binary::Subtract => a - b,
        Binary::Multiply => a * b,
        Binary::Divide => a / b,
        Binary::Power => power::power(a, b),
        Binary::Min => pass_nan(a, b, a.minimum(b)?),
        Binary::Max => pass_nan(a, b, a.maximum(b)?),
        Binary::Less => a.lt(b)?.to_dtype(a.dtype()),
        Binary::LessEqual => a.le(b)?.to_dtype(a.dtype()),
        Binary::Equal => a.eq(b)?.to_dtype(a.dtype()),
        Binary::NotEqual => a.ne(b)?.to_dtype(a.dtype()),
    }
}

/// `chosen`, or NaN where `a` or `b` is: Candle's minimum and maximum keep it from one side only.
fn pass_nan(a: &Tensor, b: &Tensor, chosen: Tensor) -> Result<Tensor> {
    a.ne(a)?.where_cond(a, &b.ne(b)?.where_cond(b, &chosen)?)
}

/// `near(x)` where `condition`, else `far(x)`; each sees `harmless` in place of the other's
/// arguments.
fn branch(
    x: &Tensor,
    condition: &Tensor,
    [near_harmless, far_harmless]: [f64; 2],
    near: impl FnOnce(&Tensor) -> Result<Tensor>,
    far: impl FnOnce(&Tensor) -> Result<Tensor>,
) -> Result<Tensor> {
    let near = near(&condition.where_cond(x, &constant(x, near_harmless)?)?)?;
    let far = far(&condition.where_cond(&constant(x, far_harmless)?, x)?)?;
    condition.where_cond(&near, &far)
}

/// `coefficients[0] + coefficients[1] x + ...` by Horner's rule.
fn polynomial(x: &Tensor, coefficients: &[f64]) -> Result<Tensor> {
    let (last, rest) = coefficients
        .split_last()
        .expect("a polynomial has a coefficient");
    let mut sum = constant(x, *last)?;
    for coefficient in rest.iter().rev() {
        sum = ((sum * x)? + *coefficient)?;
    }
    Ok(sum)
}

/// `magnitude` with the sign of `x`; even through its value at 0, odd through its slope there.
fn with_sign_of(x: &Tensor, magnitude: &Tensor) -> Result<Tensor> {
    x.lt(0.0)?.where_cond(&magnitude.neg()?, magnitude)
}
