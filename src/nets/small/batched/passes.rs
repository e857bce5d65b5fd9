//! The passes of both kinds of network over [trials, rows, features] tensors, the backward one by
//! hand: matrix products and graphs, no tape.

use candle_core::{DType, Device, Result, Tensor};

use super::activation::{ActivationPasses, ActivationTrace};
use super::normalisation::{self, NormalisationTrace};
use super::parameters::{Gradient, TrialPlaces};
use super::sums::over_rows;
use crate::nets::candle::statistics::Statistics;
use crate::nets::small::definition::NetworkDefinition;
use crate::nets::small::layout::{Block, Body, HiddenLayer, Linear, Norm, PanelTensor};
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
        let layout = &self.places.layout;
        let mut pass = BackwardPass {
            places: &self.places,
            activation: &self.activation,
            vectors,
            gradient: Gradient::new(),
        };
        let mut arriving = pass.head(layout.head, &record.last, errors)?;
        match &layout.body {
            Body::Mlp(body) => {
                for (index, (layer, kept)) in body.iter().zip(record.layers).enumerate().rev() {
                    let (input, delta) =
                        pass.hidden_layer(layer, layout.activations[index], kept, &arriving)?;
                    pass.hidden_linear(layer, &input, &delta)?;
                    if index > 0 {
                        arriving = pass.input(layer.linear, &delta)?;
                    }
                }
            }
            Body::Residual(entry, blocks) => {
                for (index, (block, kept)) in blocks.iter().zip(record.layers).enumerate().rev() {
                    let leaving = pass.block(block, layout.activations[index], kept, &arriving)?;
                    arriving = (arriving + leaving)?;
                }
                pass.linear(*entry, &record.inputs, &arriving)?;
            }
        }
        pass.gradient.together()
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

/// A backward pass on its way through the layers.
struct BackwardPass<'a> {
    places: &'a TrialPlaces,
    activation: &'a ActivationPasses,
    vectors: &'a Tensor,
    /// That of the layers passed.
    gradient: Gradient,
}

impl BackwardPass<'_> {
    /// Puts the head's gradient and returns that of its input.
    fn head(&mut self, head: Linear, last: &Tensor, errors: &Tensor) -> Result<Tensor> {
        self.gradient
            .put(head.weights, &errors.transpose(1, 2)?.matmul(last)?)?;
        self.gradient.put(head.bias, &over_rows(errors)?)?;
        errors.matmul(&self.places.matrix(self.vectors, head.weights)?)
    }

    /// Puts the gradients of a hidden layer's activation and normalisation; returns the input of
    /// its linear map and the gradient of the map's output.
    fn hidden_layer(
        &mut self,
        layer: &HiddenLayer,
        own: PanelTensor,
        kept: LayerTrace,
        arriving: &Tensor,
    ) -> Result<(Tensor, Tensor)> {
        let delta = self.pull_back(own, kept.activation, arriving)?;
        let delta = self.normalisation(layer.norm, &kept.norm, delta)?;
        Ok((kept.input, delta))
    }

    /// Puts the gradients of a hidden layer's linear map.
    fn hidden_linear(&mut self, layer: &HiddenLayer, input: &Tensor, delta: &Tensor) -> Result<()> {
        let Linear { weights, bias } = layer.linear;
        self.gradient
            .put(weights, &input.transpose(1, 2)?.matmul(delta)?)?;
        let bias_gradient = match layer.norm {
            // A batch's mean takes the bias away; rounding would leave a gradient that Adam makes
            // into whole steps.
            Some(norm) if norm.kind == Normalisation::Batch => {
                self.places.row(self.vectors, bias)?.zeros_like()?
            }
            _ => over_rows(delta)?,
        };
        self.gradient.put(bias, &bias_gradient)
    }

    /// Puts the gradients of a residual block and returns that of its input, the stream's own
    /// aside.
    fn block(
        &mut self,
        block: &Block,
        own: PanelTensor,
        kept: LayerTrace,
        arriving: &Tensor,
    ) -> Result<Tensor> {
        self.linear(block.second, &kept.value, arriving)?;
        let inner = self.input(block.second, arriving)?;
        let delta = self.pull_back(own, kept.activation, &inner)?;
        self.linear(block.first, &kept.input, &delta)?;
        let leaving = self.input(block.first, &delta)?;
        self.normalisation(block.norm, &kept.norm, leaving)
    }

    /// Puts the gradient of the activation's parameters and returns that of the pre-activations.
    fn pull_back(
        &mut self,
        own: PanelTensor,
        kept: ActivationTrace,
        arriving: &Tensor,
    ) -> Result<Tensor> {
        let values = self.places.values_of(self.vectors, own)?;
        let (delta, own_gradient) = self.activation.gradients(kept, arriving, &values)?;
        own_gradient.map_or(Ok(()), |part| self.gradient.put(own, &part))?;
        Ok(delta)
    }

    /// Puts the gradients of gain and shift and returns that of the normalisation's input, which is
    /// `arriving` where nothing is normalised.
    fn normalisation(
        &mut self,
        norm: Option<Norm>,
        kept: &Option<NormalisationTrace>,
        arriving: Tensor,
    ) -> Result<Tensor> {
        let (Some(norm), Some(kept)) = (norm, kept) else {
            return Ok(arriving);
        };
        let gain = self.places.row(self.vectors, norm.gain)?;
        let gradients = normalisation::backward(norm.kind, &arriving, kept, &gain)?;
        self.gradient.put(norm.gain, &gradients.gain)?;
        self.gradient.put(norm.shift, &gradients.shift)?;
        Ok(gradients.input)
    }

    /// Puts the gradients of a linear map.
    fn linear(&mut self, linear: Linear, input: &Tensor, delta: &Tensor) -> Result<()> {
        self.gradient
            .put(linear.weights, &input.transpose(1, 2)?.matmul(delta)?)?;
        self.gradient.put(linear.bias, &over_rows(delta)?)
    }

    /// The gradient of a linear map's input.
    fn input(&self, linear: Linear, delta: &Tensor) -> Result<Tensor> {
        let weights = self.places.matrix(self.vectors, linear.weights)?;
        delta.matmul(&weights.transpose(1, 2)?)
    }
}
