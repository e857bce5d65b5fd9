//! The passes of both kinds of network over [trials, rows, features] tensors, the backward one by
//! hand: matrix products and graphs, no tape.

use candle_core::{Device, Result, Tensor};

use super::activation::{self, Passes};
use super::normalisation::{self, Running};
use super::parameters::{Gradient, Places};
use super::sums::over_rows;
use crate::nets::small::definition::NetworkDefinition;
use crate::nets::small::layout::{self, Body, Linear, Norm};
use crate::nets::Normalisation;

/// A network with its activation, without its parameters.
pub(super) struct Network {
    pub places: Places,
    pub activation: Passes,
    /// One a normalisation.
    running: Vec<Running>,
}

/// What the backward pass needs of a hidden layer or block.
struct Kept {
    /// Of the (first) linear map.
    input: Tensor,
    norm: Option<normalisation::Kept>,
    activation: activation::Kept,
    /// f.
    value: Tensor,
}

/// What the backward pass needs.
pub(super) struct Record {
    inputs: Tensor,
    layers: Vec<Kept>,
    /// The head's input.
    last: Tensor,
}

impl Network {
    pub fn new(
        network: &NetworkDefinition,
        places: Places,
        activation: Passes,
        trials: usize,
        device: &Device,
    ) -> Result<Network> {
        let norms = if network.normalises() == Normalisation::Batch {
            network.depth
        } else {
            0
        };
        let running = (0..norms)
            .map(|_| Running::new(trials, network.width, device))
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
    ) -> Result<(Tensor, Record)> {
        self.forward(vectors, inputs, true)
    }

    fn forward(
        &mut self,
        vectors: &Tensor,
        inputs: &Tensor,
        learning: bool,
    ) -> Result<(Tensor, Record)> {
        let Network {
            places,
            activation,
            running,
        } = self;
        let layout = &places.layout;
        let mut running = running.iter_mut();
        let mut normalise = |norm: Option<Norm>, x: Tensor| match norm {
            None => Ok((x, None)),
            Some(norm) => {
                let vectors = [
                    &places.row(vectors, norm.gain)?,
                    &places.row(vectors, norm.shift)?,
                ];
                normalisation::forward(norm.kind, &x, vectors, running.next(), learning)
            }
        };
        let mut layers = Vec::new();
        let mut activate = |input: Tensor, norm, x: Tensor, own: layout::Tensor| {
            let own = places.values_of(vectors, own)?;
            if !learning {
                return activation.value(&x, &own);
            }
            let (value, kept) = activation.value_to_learn(x, &own)?;
            layers.push(Kept {
                input,
                norm,
                activation: kept,
                value: value.clone(),
            });
            Ok(value)
        };
        let mut hidden;
        match &layout.body {
            Body::Mlp(body) => {
                hidden = inputs.clone();
                for (layer, own) in body.iter().zip(&layout.activations) {
                    let (x, kept) =
                        normalise(layer.norm, linear(places, vectors, layer.linear, &hidden)?)?;
                    hidden = activate(hidden, kept, x, *own)?;
                }
            }
            Body::Residual(entry, blocks) => {
                hidden = linear(places, vectors, *entry, inputs)?;
                for (block, own) in blocks.iter().zip(&layout.activations) {
                    let (input, kept) = normalise(block.norm, hidden.clone())?;
                    let x = linear(places, vectors, block.first, &input)?;
                    let value = activate(input, kept, x, *own)?;
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
        Ok((
            predictions,
            Record {
                inputs: inputs.clone(),
                layers,
                last: hidden,
            },
        ))
    }

    /// The gradient, [trials, values], from the loss's gradient with respect to the predictions,
    /// [trials, rows, 1].
    pub fn backward(&self, vectors: &Tensor, record: Record, errors: &Tensor) -> Result<Tensor> {
        let Network {
            places, activation, ..
        } = self;
        let layout = &places.layout;
        let mut gradient = Gradient::new();
        gradient.put(
            places,
            layout.head.weights,
            &errors.transpose(1, 2)?.matmul(&record.last)?,
        )?;
        gradient.put(places, layout.head.bias, &over_rows(errors)?)?;
        let mut arriving = errors.matmul(&places.matrix(vectors, layout.head.weights)?)?;
        let pull_back = |gradient: &mut Gradient,
                         own: layout::Tensor,
                         kept: activation::Kept,
                         arriving: &Tensor| {
            let (delta, own_gradient) =
                activation.gradients(kept, arriving, &places.values_of(vectors, own)?)?;
            own_gradient.map_or(Ok(()), |part| gradient.put(places, own, &part))?;
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
                        places,
                        layer.linear.weights,
                        &kept.input.transpose(1, 2)?.matmul(&delta)?,
                    )?;
                    gradient.put(
                        places,
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
                    linear_gradient(places, block.second, &kept.value, &arriving, &mut gradient)?;
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
                    linear_gradient(places, block.first, &kept.input, &delta, &mut gradient)?;
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
                linear_gradient(places, *entry, &record.inputs, &arriving, &mut gradient)?;
            }
        }
        gradient.together()
    }
}

/// `input weights + bias` of every trial.
fn linear(places: &Places, vectors: &Tensor, linear: Linear, input: &Tensor) -> Result<Tensor> {
    input
        .matmul(&places.matrix(vectors, linear.weights)?)?
        .broadcast_add(&places.row(vectors, linear.bias)?)
}

fn linear_gradient(
    places: &Places,
    linear: Linear,
    input: &Tensor,
    delta: &Tensor,
    gradient: &mut Gradient,
) -> Result<()> {
    gradient.put(
        places,
        linear.weights,
        &input.transpose(1, 2)?.matmul(delta)?,
    )?;
    gradient.put(places, linear.bias, &over_rows(delta)?)
}

/// The gradient of a normalisation's input; those of gain and shift are put.
fn normalisation_gradient(
    places: &Places,
    vectors: &Tensor,
    norm: Norm,
    kept: &normalisation::Kept,
    arriving: &Tensor,
    gradient: &mut Gradient,
) -> Result<Tensor> {
    let gradients =
        normalisation::backward(norm.kind, arriving, kept, &places.row(vectors, norm.gain)?)?;
    gradient.put(places, norm.gain, &gradients.gain)?;
    gradient.put(places, norm.shift, &gradients.shift)?;
    Ok(gradients.input)
}
