//! The same networks and the same Adam as plain Candle operations with Candle's autograd, on any Candle device: what the engine is held to.

use candle_core::{DType, Device, Result, Tensor, Var};

use super::adam::{EPSILON, FIRST_DECAY, SECOND_DECAY};
use super::definition::{NetworkDefinition, NetworkKind};
use super::layout::Layout;
use super::normalisation;
use crate::formula::candle;
use crate::formula::graph::Graph;

/// A network in training. Its tensors stand in this order: for every hidden linear map of an `mlp`, or the one into a `residual` stream, weights
/// (fan in x fan out) and bias; then for every block gain, shift, W1, b1, W2, b2; then the head's weights and bias; then for every hidden layer or block
/// the trainable parameters of the activation, in the order of its text.
pub struct Reference {
    network: NetworkDefinition,
    activation: Graph,
    parameters: Vec<Var>,
    first_moments: Vec<Tensor>,
    second_moments: Vec<Tensor>,
    steps: u32,
}

impl Reference {
    /// Starts from `parameters`, in the order above, each row by row (as [`super::Training::parameters`] gives them). The first output of `activation`
    /// is f; its slope is left to autograd, and so are the gradients of its parameters.
    pub fn new(
        network: &NetworkDefinition,
        dimension: usize,
        activation: &Graph,
        parameters: &[f32],
        dtype: DType,
        device: &Device,
    ) -> Result<Reference> {
        let mut vars = Vec::new();
        let mut rest = parameters;
        for (rows, columns) in Layout::new(network, dimension, activation.parameters()).shapes() {
            let Some((values, after)) = rest.split_at_checked(rows * columns) else {
                candle_core::bail!("network `{}` has more parameters than the {} given", network.name, parameters.len());
            };
            vars.push(Var::from_tensor(&Tensor::from_slice(values, (rows, columns), device)?.to_dtype(dtype)?)?);
            rest = after;
        }
        if !rest.is_empty() {
            candle_core::bail!("network `{}` has fewer parameters than the {} given", network.name, parameters.len());
        }
        let zeros: Vec<Tensor> = vars.iter().map(|var| var.zeros_like()).collect::<Result<_>>()?;
        Ok(Reference {
            network: network.clone(),
            activation: activation.clone(),
            parameters: vars,
            first_moments: zeros.clone(),
            second_moments: zeros,
            steps: 0,
        })
    }

    /// The predictions (`rows`) for `inputs` (`rows x dimension`).
    pub fn predict(&self, inputs: &Tensor) -> Result<Tensor> {
        let mut parameters = self.parameters.iter().map(Var::as_tensor);
        let mut next = || parameters.next().expect("the layout names every tensor");
        let mut linear = |input: &Tensor| input.matmul(next())?.broadcast_add(next());
        let mut hidden = inputs.clone();
        match self.network.kind {
            NetworkKind::Mlp => {
                for layer in 0..self.network.depth {
                    hidden = self.activate(layer, &linear(&hidden)?)?;
                }
            }
            NetworkKind::Residual => {
                hidden = linear(&hidden)?;
                for block in 0..self.network.depth {
                    let at = |index: usize| self.parameters[2 + 6 * block + index].as_tensor();
                    let shifted = layer_norm(&hidden)?.broadcast_mul(at(0))?.broadcast_add(at(1))?;
                    let inner = self.activate(block, &shifted.matmul(at(2))?.broadcast_add(at(3))?)?;
                    hidden = (hidden + inner.matmul(at(4))?.broadcast_add(at(5))?)?;
                }
            }
        }
        let own = &self.parameters[..self.first_of_activations()];
        let [.., weights, bias] = own else { candle_core::bail!("a network has a head") };
        hidden.matmul(&weights.t()?)?.broadcast_add(bias)?.squeeze(1)
    }

    fn activate(&self, layer: usize, x: &Tensor) -> Result<Tensor> {
        let count = self.activation.parameters().len();
        let parameters: Vec<&Tensor> = self.parameters[self.first_of_activations() + layer * count..][..count].iter().map(Var::as_tensor).collect();
        Ok(candle::evaluate_tensor(&self.activation, &[x], &parameters)?.swap_remove(0))
    }

    /// Where in the list of tensors those of the activations begin.
    fn first_of_activations(&self) -> usize {
        self.parameters.len() - self.network.depth * self.activation.parameters().len()
    }

    /// The mean squared error of the predictions, as a scalar tensor that autograd can follow.
    pub fn loss(&self, inputs: &Tensor, targets: &Tensor) -> Result<Tensor> {
        (self.predict(inputs)? - targets)?.sqr()?.mean_all()
    }

    /// One step of Adam on a batch of inputs (`rows x dimension`) and targets (`rows`); gives the loss before the update.
    pub fn step(&mut self, inputs: &Tensor, targets: &Tensor) -> Result<f64> {
        let loss = self.loss(inputs, targets)?;
        let gradients = loss.backward()?;
        self.steps += 1;
        let correct = |decay: f64| 1.0 / (1.0 - decay.powf(f64::from(self.steps)));
        let (correct_first, correct_second) = (correct(FIRST_DECAY), correct(SECOND_DECAY));
        let first_of_activations = self.first_of_activations();
        let moments = self.first_moments.iter_mut().zip(&mut self.second_moments);
        for (index, (parameter, (first, second))) in self.parameters.iter().zip(moments).enumerate() {
            let factor = if index < first_of_activations { 1.0 } else { self.network.parameter_rate_factor };
            let Some(gradient) = gradients.get(parameter) else { continue };
            let gradient = gradient.detach();
            *first = ((&*first * FIRST_DECAY)? + (&gradient * (1.0 - FIRST_DECAY))?)?;
            *second = ((&*second * SECOND_DECAY)? + (gradient.sqr()? * (1.0 - SECOND_DECAY))?)?;
            let move_by = ((&*first * correct_first)? / ((&*second * correct_second)?.sqrt()? + EPSILON)?)?;
            parameter.set(&(parameter.as_tensor() - (move_by * (self.network.learning_rate * factor))?)?)?;
        }
        loss.to_dtype(DType::F64)?.to_scalar()
    }

    /// The parameters, in the order of [`Reference::new`].
    pub fn parameters(&self) -> Result<Vec<f64>> {
        let mut all = Vec::new();
        for parameter in &self.parameters {
            all.extend(parameter.flatten_all()?.to_dtype(DType::F64)?.to_vec1::<f64>()?);
        }
        Ok(all)
    }
}

/// LayerNorm without gain and shift, from operations that autograd follows on every device.
fn layer_norm(input: &Tensor) -> Result<Tensor> {
    let centred = input.broadcast_sub(&input.mean_keepdim(1)?)?;
    let variance = centred.sqr()?.mean_keepdim(1)?;
    centred.broadcast_div(&(variance + f64::from(normalisation::EPSILON))?.sqrt()?)
}
