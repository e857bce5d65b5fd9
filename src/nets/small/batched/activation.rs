//! A formula over [trials, rows, features] tensors: f, and the gradients back through it.

use candle_core::{Result, Tensor};

use crate::formula::candle::evaluate_tensor;
use crate::formula::graph::{Graph, Parameter};
use crate::formula::kernel::Compiled;

/// The graphs of a formula, cut to what each pass wants of them.
pub(super) struct ActivationPasses {
    parameters: Vec<Parameter>,
    value: Graph,
    backward: Differentiation,
}

enum Differentiation {
    /// f and f' in the forward pass; the gradient is a product.
    Slope(Graph),
    /// The gradients of x and of the parameters from x and the one that arrives.
    Adjoint(Graph),
}

/// What the backward pass needs.
pub(super) enum ActivationTrace {
    Slope(Tensor),
    Input(Tensor),
}

impl ActivationPasses {
    pub fn new(activation: &Compiled) -> ActivationPasses {
        match activation {
            Compiled::Pointwise(kernel) => {
                let graph = kernel.graph();
                ActivationPasses {
                    parameters: Vec::new(),
                    value: with_outputs(graph, 0..1),
                    backward: Differentiation::Slope(graph.clone()),
                }
            }
            Compiled::Tensor(kernel) => {
                let [value, adjoint] = kernel.graphs();
                let backward =
                    Differentiation::Adjoint(with_outputs(adjoint, 1..adjoint.outputs().len()));
                ActivationPasses {
                    parameters: kernel.parameters().to_vec(),
                    value: with_outputs(value, 0..1),
                    backward,
                }
            }
        }
    }

    pub fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// The most tensors of the layer's shape that a pass may hold at a time, and more: the nodes of
    /// the larger graph.
    pub fn nodes(&self) -> usize {
        let (Differentiation::Slope(graph) | Differentiation::Adjoint(graph)) = &self.backward;
        graph.nodes().len().max(self.value.nodes().len())
    }

    /// f at `x`; `own` are the layer's parameters, [trials, values].
    pub fn value(&self, x: &Tensor, own: &Tensor) -> Result<Tensor> {
        Ok(evaluate(&self.value, &[x], &self.cut(own, x)?)?.swap_remove(0))
    }

    /// f at `x`, and what [`ActivationPasses::gradients`] needs.
    pub fn value_to_learn(&self, x: Tensor, own: &Tensor) -> Result<(Tensor, ActivationTrace)> {
        match &self.backward {
            Differentiation::Slope(graph) => {
                let mut outputs = evaluate(graph, &[&x], &[])?;
                let slope = outputs.swap_remove(1);
                Ok((outputs.swap_remove(0), ActivationTrace::Slope(slope)))
            }
            Differentiation::Adjoint(_) => Ok((self.value(&x, own)?, ActivationTrace::Input(x))),
        }
    }

    /// The gradient of x and that of the layer's parameters, [trials, values], from the one that
    /// arrives at f.
    pub fn gradients(
        &self,
        kept: ActivationTrace,
        arriving: &Tensor,
        own: &Tensor,
    ) -> Result<(Tensor, Option<Tensor>)> {
        match (&self.backward, kept) {
            (Differentiation::Adjoint(graph), ActivationTrace::Input(x)) => {
                let outputs = evaluate(graph, &[&x, arriving], &self.cut(own, &x)?)?;
                let (trials, _, features) = x.dims3()?;
                let mut parts = Vec::new();
                for (standing, parameter) in outputs[1..].iter().zip(&self.parameters) {
                    let values = parameter.values(features);
                    parts.push(
                        standing
                            .narrow(1, 0, 1)?
                            .narrow(2, 0, values)?
                            .reshape((trials, values))?,
                    );
                }
                let own = if parts.is_empty() {
                    None
                } else {
                    Some(Tensor::cat(&parts, 1)?)
                };
                Ok((outputs[0].clone(), own))
            }
            (_, ActivationTrace::Slope(slope)) => Ok(((arriving * slope)?, None)),
            (Differentiation::Slope(_), ActivationTrace::Input(_)) => {
                unreachable!("a pointwise formula keeps its slope")
            }
        }
    }

    /// The layer's parameters one by one.
    fn cut(&self, own: &Tensor, x: &Tensor) -> Result<Vec<Tensor>> {
        let features = x.dim(2)?;
        let mut first = 0;
        let cut = |parameter: &Parameter| {
            let values = parameter.values(features);
            first += values;
            own.narrow(1, first - values, values)
        };
        self.parameters.iter().map(cut).collect()
    }
}

fn evaluate(graph: &Graph, inputs: &[&Tensor], parameters: &[Tensor]) -> Result<Vec<Tensor>> {
    evaluate_tensor(graph, inputs, &parameters.iter().collect::<Vec<_>>())
}

fn with_outputs(graph: &Graph, wanted: std::ops::Range<usize>) -> Graph {
    let mut cut = graph.without_outputs();
    graph.outputs()[wanted]
        .iter()
        .for_each(|id| cut.push_output(*id));
    cut
}
