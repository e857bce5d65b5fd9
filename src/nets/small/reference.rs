//! The same networks and the same optimisers as plain Candle operations with Candle's autograd, in
//! 64 bits where wanted: the independent oracle to which tests hold both back ends. It is no third
//! one: no lab trains by it.

use candle_core::{DType, Device, Result, Tensor, Var};

use super::definition::{NetworkDefinition, NetworkKind};
use super::layout::Layout;
use crate::formula::candle;
use crate::formula::graph::Graph;
use crate::nets::normalisation::{EPSILON, MOMENTUM};
use crate::nets::optimiser::step::OptimiserStep;
use crate::nets::optimiser::tensors::{TensorMoments, UpdateMasks};
use crate::nets::Normalisation;

/// A network in training. Its tensors stand in this order: for every hidden linear map of an `mlp`,
/// or the one into a `residual` stream, weights (fan in x fan out) and bias, and in a normalised
/// `mlp` gain and shift; then for every block gain and shift (where it is normalised), W1, b1, W2,
/// b2; then the head's weights and bias; then for every hidden layer or block the trainable
/// parameters of the activation, in the order of its text.
pub struct Reference {
    network: NetworkDefinition,
    activation: Graph,
    parameters: Vec<Var>,
    /// Whether weight decay acts on a tensor.
    decays: Vec<bool>,
    /// A (mean, variance) a hidden layer or block; of use to batch normalisation alone.
    running: Vec<Statistics>,
    moments: Vec<TensorMoments>,
    steps: u32,
}

/// A mean and a variance, each `1 x features`.
type Statistics = (Tensor, Tensor);

/// Whose statistics a batch normalisation takes.
enum Pass<'a> {
    /// The batch's own, which are kept here with the variance unbiased.
    Training(&'a mut Vec<Statistics>),
    /// The running averages.
    Evaluation,
}

impl Reference {
    /// Starts from `parameters`, in the order above, each row by row (as
    /// [`super::Training::parameters`] gives them). The first output of `activation` is f; its
    /// slope is left to autograd, and so are the gradients of its parameters.
    pub fn new(
        network: &NetworkDefinition,
        dimension: usize,
        activation: &Graph,
        parameters: &[f32],
        dtype: DType,
        device: &Device,
    ) -> Result<Reference> {
        let (mut vars, mut decays) = (Vec::new(), Vec::new());
        let mut rest = parameters;
        for (rows, columns, is_weights) in
            Layout::new(network, dimension, activation.parameters()).shapes()
        {
            let Some((values, after)) = rest.split_at_checked(rows * columns) else {
                candle_core::bail!(
                    "network `{}` has more parameters than the {} given",
                    network.name,
                    parameters.len()
                );
            };
            vars.push(Var::from_tensor(
                &Tensor::from_slice(values, (rows, columns), device)?.to_dtype(dtype)?,
            )?);
            decays.push(is_weights);
            rest = after;
        }
        if !rest.is_empty() {
            candle_core::bail!(
                "network `{}` has fewer parameters than the {} given",
                network.name,
                parameters.len()
            );
        }
        let start = (
            Tensor::zeros((1, network.width), dtype, device)?,
            Tensor::ones((1, network.width), dtype, device)?,
        );
        let moments = vars
            .iter()
            .map(|var| TensorMoments::new(var))
            .collect::<Result<_>>()?;
        Ok(Reference {
            network: network.clone(),
            activation: activation.clone(),
            parameters: vars,
            decays,
            running: vec![start; network.depth],
            moments,
            steps: 0,
        })
    }

    /// The predictions (`rows`) for `inputs` (`rows x dimension`), as in evaluation: a batch
    /// normalisation takes its running averages.
    pub fn predict(&self, inputs: &Tensor) -> Result<Tensor> {
        self.forward(inputs, Pass::Evaluation)
    }

    fn forward(&self, inputs: &Tensor, mut pass: Pass) -> Result<Tensor> {
        let mut parameters = self.parameters.iter().map(Var::as_tensor);
        let mut next = || parameters.next().expect("the layout names every tensor");
        let depth = self.network.depth;
        let mut hidden = inputs.clone();
        match self.network.kind {
            NetworkKind::Mlp => {
                for layer in 0..depth {
                    hidden = hidden.matmul(next())?.broadcast_add(next())?;
                    hidden = self.normalise(layer, &hidden, &mut next, &mut pass)?;
                    hidden = self.activate(layer, &hidden)?;
                }
            }
            NetworkKind::Residual => {
                hidden = hidden.matmul(next())?.broadcast_add(next())?;
                for block in 0..depth {
                    let input = self.normalise(block, &hidden, &mut next, &mut pass)?;
                    let inner =
                        self.activate(block, &input.matmul(next())?.broadcast_add(next())?)?;
                    hidden = (hidden + inner.matmul(next())?.broadcast_add(next())?)?;
                }
            }
        }
        hidden
            .matmul(&next().t()?)?
            .broadcast_add(next())?
            .squeeze(1)
    }

    /// From operations that autograd follows on every device.
    fn normalise<'a>(
        &'a self,
        layer: usize,
        x: &Tensor,
        next: &mut impl FnMut() -> &'a Tensor,
        pass: &mut Pass,
    ) -> Result<Tensor> {
        let own = |axis: usize| -> Result<Statistics> {
            let mean = x.mean_keepdim(axis)?;
            let variance = x.broadcast_sub(&mean)?.sqr()?.mean_keepdim(axis)?;
            Ok((mean, variance))
        };
        let (mean, variance) = match (self.network.normalises(), pass) {
            (Normalisation::None, _) => return Ok(x.clone()),
            (Normalisation::Layer, _) => own(1)?,
            (Normalisation::Batch, Pass::Evaluation) => self.running[layer].clone(),
            (Normalisation::Batch, Pass::Training(statistics)) => {
                let (mean, variance) = own(0)?;
                let rows = x.dim(0)? as f64;
                statistics.push((
                    mean.detach(),
                    (variance.detach() * (rows / (rows - 1.0).max(1.0)))?,
                ));
                (mean, variance)
            }
        };
        let normalised = x
            .broadcast_sub(&mean)?
            .broadcast_div(&(variance + EPSILON)?.sqrt()?)?;
        normalised.broadcast_mul(next())?.broadcast_add(next())
    }

    fn activate(&self, layer: usize, x: &Tensor) -> Result<Tensor> {
        let count = self.activation.parameters().len();
        let parameters: Vec<&Tensor> = self.parameters
            [self.first_of_activations() + layer * count..][..count]
            .iter()
            .map(Var::as_tensor)
            .collect();
        Ok(candle::evaluate_tensor(&self.activation, &[x], &parameters)?.swap_remove(0))
    }

    /// Where in the list of tensors those of the activations begin.
    fn first_of_activations(&self) -> usize {
        self.parameters.len() - self.network.depth * self.activation.parameters().len()
    }

    /// The mean squared error of the predictions made in training, as a scalar tensor that autograd
    /// can follow.
    pub fn loss(&self, inputs: &Tensor, targets: &Tensor) -> Result<Tensor> {
        self.training_loss(inputs, targets, &mut Vec::new())
    }

    fn training_loss(
        &self,
        inputs: &Tensor,
        targets: &Tensor,
        statistics: &mut Vec<Statistics>,
    ) -> Result<Tensor> {
        (self.forward(inputs, Pass::Training(statistics))? - targets)?
            .sqr()?
            .mean_all()
    }

    /// One step of the optimiser on a batch of inputs (`rows x dimension`) and targets (`rows`);
    /// gives the loss before the update.
    pub fn step(&mut self, inputs: &Tensor, targets: &Tensor) -> Result<f64> {
        let mut statistics = Vec::new();
        let loss = self.training_loss(inputs, targets, &mut statistics)?;
        let gradients = loss.backward()?;
        for (running, new) in self.running.iter_mut().zip(statistics) {
            let mix = |old: &Tensor, new: &Tensor| (old * (1.0 - MOMENTUM))? + (new * MOMENTUM)?;
            *running = (mix(&running.0, &new.0)?, mix(&running.1, &new.1)?);
        }
        let rate = self.network.rate(self.steps);
        self.steps += 1;
        for index in 0..self.parameters.len() {
            let factor = if index < self.first_of_activations() {
                1.0
            } else {
                self.network.parameter_rate_factor
            };
            if let Some(gradient) = gradients.get(&self.parameters[index]) {
                let moved = self.moved(index, &gradient.detach(), rate * factor)?;
                self.parameters[index].set(&moved)?;
            }
        }
        loss.to_dtype(DType::F64)?.to_scalar()
    }

    /// What becomes of a tensor in a step.
    fn moved(&mut self, index: usize, gradient: &Tensor, rate: f64) -> Result<Tensor> {
        let optimiser = self.network.optimiser;
        let step = OptimiserStep {
            optimiser,
            rate,
            number: self.steps,
            weight_decay: if self.decays[index] {
                optimiser.weight_decay()
            } else {
                0.0
            },
        };
        let parameter = self.parameters[index].as_tensor();
        self.moments[index].step(step, &UpdateMasks::default(), parameter, gradient)
    }

    /// The running averages of mean and unbiased variance, layer by layer or block by block; empty
    /// where the network is not normalised by batches.
    pub fn running_statistics(&self) -> Result<Vec<(Vec<f64>, Vec<f64>)>> {
        if self.network.normalises() != Normalisation::Batch {
            return Ok(Vec::new());
        }
        let plain = |tensor: &Tensor| tensor.flatten_all()?.to_dtype(DType::F64)?.to_vec1::<f64>();
        self.running
            .iter()
            .map(|(mean, variance)| Ok((plain(mean)?, plain(variance)?)))
            .collect()
    }

    /// The parameters, in the order of [`Reference::new`].
    pub fn parameters(&self) -> Result<Vec<f64>> {
        let mut all = Vec::new();
        for parameter in &self.parameters {
            all.extend(
                parameter
                    .flatten_all()?
                    .to_dtype(DType::F64)?
                    .to_vec1::<f64>()?,
            );
        }
        Ok(all)
    }
}
