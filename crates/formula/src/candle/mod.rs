//! The plain Candle back end: a graph by Candle operations on any device, with Candle's own
//! differentiation running through it.
//!
//! It is slow and plain: the block interpreter and later back ends are held to it on devices where
//! they run, and it serves where they do not.

mod coupling;
mod elementary;
mod piecewise;
mod power;
mod special;

use candle_core::{Error, Result, Tensor};

use self::piecewise::constant;
use crate::graph::{Binary, Graph, Node, NodeId, Parameter, Unary};

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
    let mut values: Vec<Option<Tensor>> = vec![None; graph.nodes().len()];
    for (index, node) in graph.nodes().iter().enumerate() {
        let Some(_) = last_users[index] else { continue };
        let value = |argument: NodeId| {
            values[argument.0 as usize]
                .as_ref()
                .expect("arguments stand before their users, and are kept for the last")
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
                spread(values, like)?
            }
            Node::Constant(bits) => constant(like, f64::from_bits(bits))?,
            Node::Unary(operation, a) => unary(operation, value(a))?,
            Node::Binary(operation, a, b) => {
                let (left, right) = ((value(a), number(graph, a)), (value(b), number(graph, b)));
                binary_or_affine(operation, left, right)?
            }
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

fn missing(what: &str, index: u32, found: usize) -> Error {
    Error::Msg(format!(
        "the graph reads {what} {index}, and {found} were given; give all of them"
    ))
}

/// The number that a node is.
fn number(graph: &Graph, id: NodeId) -> Option<f64> {
    match graph.node(id) {
        Node::Constant(bits) => Some(f64::from_bits(bits)),
        _ => None,
    }
}

/// The values of a parameter at every element of `like`.
fn spread(values: &Tensor, like: &Tensor) -> Result<Tensor> {
    let values = if like.rank() == 3 {
        values.reshape((like.dim(0)?, 1, ()))?
    } else {
        values.flatten_all()?
    };
    values.broadcast_as(like.shape())
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

/// A binary operation, in one pass over one tensor where the other side is a number.
fn binary_or_affine(
    operation: Binary,
    (a, a_number): (&Tensor, Option<f64>),
    (b, b_number): (&Tensor, Option<f64>),
) -> Result<Tensor> {
    match (operation, a_number, b_number) {
        (Binary::Power, _, Some(exponent)) => power::by_constant(a, exponent),
        // Adding -0 keeps the sign of a zero.
        (Binary::Add, None, Some(number)) => a.affine(1.0, number),
        (Binary::Add, Some(number), None) => b.affine(1.0, number),
        (Binary::Subtract, None, Some(number)) => a.affine(1.0, -number),
        (Binary::Subtract, Some(number), None) => b.affine(-1.0, number),
        (Binary::Multiply, None, Some(number)) => a.affine(number, -0.0),
        (Binary::Multiply, Some(number), None) => b.affine(number, -0.0),
        _ => binary(operation, a, b),
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
