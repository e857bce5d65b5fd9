//! The passes of both kinds of network over [trials, rows, features] tensors, the backward one by
//! hand: matrix products and graphs, no tape.

use candle_core::{DType, Device, Result, Tensor};

use super::activation::{ActivationPasses, ActivationTrace};
use super::normalisation::{self, NormalisationTrace};
use super::parameters::{Gradient, TrialPlaces};
use super::sums::over_rows;
use crate::nets::candle::statistics::Statistics;
use crate::nets::small::definition::NetworkDefinition;
use crate::nets::small::layout::{Body, Linear, Norm, PanelTensor};
use crate::nets::Normalisation;

/// A network with its activation, without its parameters.
pub(super) struct Network {
    pub places: TrialPlaces,
    pub activation: ActivationPasses,
    /// Running averages, [trials, 1, features] each; one a batch normalisation.
    running: Vec<Statistics>,
}

/// What the backward pass needs of a hidden layer or block.
struct LayerTrace {
    /// Of the (first) linear map.
    input: Tensor,
    norm: Option<NormalisationTrace>,
    activation: ActivationTrace,
    /// f.
    value: Tensor,
}

/// What the backward pass needs.
pub(super) struct PassTrace {
    inputs: Tensor,
    layers: Vec<LayerTrace>,
    /// The head's input.
    last: Tensor,
}

impl Network {
    pub fn new(
        network: &NetworkDefinition,
        places: TrialPlaces,
        activation: ActivationPasses,
        trials: usize,
        device: &Device,
    ) -> Result<Network> {
        let norms = if network.normalises() == Normalisation::Batch {
            network.depth
        } else {
            0
        };
        let like = Tensor::zeros((trials, 1, network.width), DType::F32, device)?;
        let running = (0..norms)
            .map(|_| Statistics::start(&like))
            .collect::<Result<_>>()?;
        Ok(Network {
            places,
            activation,
            running,
        })
    }

    /// The predictions, [trials, rows, 1], for `inputs`, [trials, rows, dimension]. Outside of
    /// learning, running averages stand for the batch.
    pub fn predict(&mut self, vectors: &Tensor, inputs: &Tensor) -> Result<Tensor> {
        Ok(self.forward(vectors, inputs, false)?.0)
    }

    /// The predictions, and what [`Network::backward`] needs.
    pub fn predict_to_learn(
        &mut self,
        vectors: &Tensor,
        inputs: &Tensor,
    ) -> Result<(Tensor, PassTrace)> {
        self.forward(vectors, inputs, true)
    }

    fn forward(
        &mut self,
        vectors: &Tensor,
        inputs: &Tensor,
        learning: bool,
    ) -> Result<(Tensor, PassTrace)> {
        let Network {
            places,
            activation,
            running,
        } = self;
        let layout = &places.layout;
        let mut pass = ForwardPass {
            places,
            activation,
            running: running.iter_mut(),
            vectors,
            learning,
            layers: Vec::new(),
        };
        let mut hidden;
        match &layout.body {
            Body::Mlp(body) => {
                hidden = inputs.clone();
                for (layer, own) in body.iter().zip(&layout.activations) {
                    let x = linear(places, vectors, layer.linear, &hidden)?;
                    let (x, trace) = pass.normalise(layer.norm, x)?;
                    hidden = pass.activate(hidden, trace, x, *own)?;
                }
            }
            Body::Residual(entry, blocks) => {
                hidden = linear(places, vectors, *entry, inputs)?;
                for (block, own) in blocks.iter().zip(&layout.activations) {
                    let (input, trace) = pass.normalise(block.norm, hidden.clone())?;
                    let x = linear(places, vectors, block.first, &input)?;
                    let value = pass.activate(input, trace, x, *own)?;
                    hidden = (hidden + linear(places, vectors, block.second, &value)?)?;
                }
            }
        }
        let head = places
            .matrix(vectors, layout.head.weights)?
            .transpose(1, 2)?;
        let predictions = hidden
            .matmul(&head)?
            .broadcast_add(&places.row(vectors, layout.head.bias)?)?;
        let trace = PassTrace {
            inputs: inputs.clone(),
            layers: pass.layers,
            last: hidden,
        };
        Ok((predictions, trace))
    }

    /// The gradient, [trials, values], from the loss's gradient with respect to the predictions,
    /// [trials, rows, 1].
    pub fn backward(&self, vectors: &Tensor, record: PassTrace, errors: &Tensor) -> Result<Tensor> {
        let Network {
            places, activation, ..
        } = self;
        let layout = &places.layout;
        let mut gradient = Gradient::new();
        gradient.put(
            layout.head.weights,
            &errors.transpose(1, 2)?.matmul(&record.last)?,
        )?;
        gradient.put(layout.head.bias, &over_rows(errors)?)?;
        let mut arriving = errors.matmul(&places.matrix(vectors, layout.head.weights)?)?;
        let pull_back = |gradient: &mut Gradient,
                         own: PanelTensor,
                         kept: ActivationTrace,
                         arriving: &Tensor| {
            let (delta, own_gradient) =
                activation.gradients(kept, arriving, &places.values_of(vectors, own)?)?;
            own_gradient.map_or(Ok(()), |part| gradient.put(own, &part))?;
            Ok::<_, candle_core::Error>(delta)
        };
        match &layout.body {
            Body::Mlp(body) => {
                for (index, (layer, kept)) in body.iter().zip(record.layers).enumerate().rev() {
                    let mut delta = pull_back(
                        &mut gradient,
                        layout.activations[index],
                        kept.activation,
                        &arriving,
                    )?;
                    if let (Some(norm), Some(normalised)) = (layer.norm, &kept.norm) {
                        delta = normalisation_gradient(
                            places,
                            vectors,
                            norm,
                            normalised,
                            &delta,
                            &mut gradient,
                        )?;
                    }
                    gradient.put(
                        layer.linear.weights,
                        &kept.input.transpose(1, 2)?.matmul(&delta)?,
                    )?;
                    gradient.put(
                        layer.linear.bias,
                        &match layer.norm {
                            // A batch's mean takes the bias away; rounding would leave a gradient
                            // that Adam makes into whole steps.
                            Some(norm) if norm.kind == Normalisation::Batch => {
                                places.row(vectors, layer.linear.bias)?.zeros_like()?
                            }
                            _ => over_rows(&delta)?,
                        },
                    )?;
                    if index > 0 {
                        arriving = delta.matmul(
                            &places
                                .matrix(vectors, layer.linear.weights)?
                                .transpose(1, 2)?,
                        )?;
                    }
                }
            }
            Body::Residual(entry, blocks) => {
                for (index, (block, kept)) in blocks.iter().zip(record.layers).enumerate().rev() {
                    linear_gradient(block.second, &kept.value, &arriving, &mut gradient)?;
                    let inner = arriving.matmul(
                        &places
                            .matrix(vectors, block.second.weights)?
                            .transpose(1, 2)?,
                    )?;
                    let delta = pull_back(
                        &mut gradient,
                        layout.activations[index],
                        kept.activation,
                        &inner,
                    )?;
                    linear_gradient(block.first, &kept.input, &delta, &mut gradient)?;
                    let mut leaving = delta.matmul(
                        &places
                            .matrix(vectors, block.first.weights)?
                            .transpose(1, 2)?,
                    )?;
                    if let (Some(norm), Some(normalised)) = (block.norm, &kept.norm) {
                        leaving = normalisation_gradient(
                            places,
                            vectors,
                            norm,
                            normalised,
                            &leaving,
                            &mut gradient,
                        )?;
                    }
                    arriving = (arriving + leaving)?;
                }
                linear_gradient(*entry, &record.inputs, &arriving, &mut gradient)?;
            }
        }
        gradient.together()
    }
}

/// A forward pass on its way through the layers.
struct ForwardPass<'a> {
    places: &'a TrialPlaces,
    activation: &'a ActivationPasses,
    /// Those of the layers to come.
    running: std::slice::IterMut<'a, Statistics>,
    vectors: &'a Tensor,
    learning: bool,
    /// Of the layers passed, where it is learning.
    layers: Vec<LayerTrace>,
}

impl ForwardPass<'_> {
    fn normalise(
        &mut self,
        norm: Option<Norm>,
        x: Tensor,
    ) -> Result<(Tensor, Option<NormalisationTrace>)> {
        let Some(norm) = norm else {
            return Ok((x, None));
        };
        let vectors = [
            &self.places.row(self.vectors, norm.gain)?,
            &self.places.row(self.vectors, norm.shift)?,
        ];
        normalisation::forward(norm.kind, &x, vectors, self.running.next(), self.learning)
    }

    /// f at `x`, which a linear map made of `input`.
    fn activate(
        &mut self,
        input: Tensor,
        norm: Option<NormalisationTrace>,
        x: Tensor,
        own: PanelTensor,
    ) -> Result<Tensor> {
        let own = self.places.values_of(self.vectors, own)?;
        if !self.learning {
            return self.activation.value(&x, &own);
        }
        let (value, activation) = self.activation.value_to_learn(x, &own)?;
        self.layers.push(LayerTrace {
            input,
            norm,
            activation,
            value: value.clone(),
        });
        Ok(value)
    }
}

/// `input weights + bias` of every trial.
fn linear(
    places: &TrialPlaces,
    vectors: &Tensor,
    linear: Linear,
    input: &Tensor,
) -> Result<Tensor> {
    input
        .matmul(&places.matrix(vectors, linear.weights)?)?
        .broadcast_add(&places.row(vectors, linear.bias)?)
}

fn linear_gradient(
    linear: Linear,
    input: &Tensor,
    delta: &Tensor,
    gradient: &mut Gradient,
) -> Result<()> {
    gradient.put(linear.weights, &input.transpose(1, 2)?.matmul(delta)?)?;
    gradient.put(linear.bias, &over_rows(delta)?)
}

/// The gradient of a normalisation's input; those of gain and shift are put.
fn normalisation_gradient(
    places: &TrialPlaces,
    vectors: &Tensor,
    norm: Norm,
    kept: &NormalisationTrace,
    arriving: &Tensor,
    gradient: &mut Gradient,
) -> Result<Tensor> {
    let gradients =
        normalisation::backward(norm.kind, arriving, kept, &places.row(vectors, norm.gain)?)?;
    gradient.put(norm.gain, &gradients.gain)?;
    gradient.put(norm.shift, &gradients.shift)?;
    Ok(gradients.input)
}
