//! The lab's networks and their optimisers by Candle's autograd, in 64 bits where wanted: the
//! independent oracle to which tests hold both back ends. No lab trains by it.

use candle_core::{bail, DType, Device, Result, Tensor};

use super::network::CandleNetwork;
use super::passes::TrainingPass;
use crate::formula::graph::Graph;
use crate::nets::optimiser::step::OptimiserStep;
use crate::nets::parameters::Role;
use crate::nets::small::definition::NetworkDefinition;
use crate::nets::Normalisation;

/// A network of the lab in training on the mean squared error. Its tensors stand in the order of
/// [`NetworkDefinition::parameter_layout`].
pub struct Reference {
    definition: NetworkDefinition,
    network: CandleNetwork,
    dimension: usize,
}

impl Reference {
    /// Makes a network that starts from `parameters`, in the order above, each tensor row by row
    /// (as [`Training::parameters`](crate::nets::small::Training::parameters) gives them). The
    /// first output of `activation` is f; its slope is left to autograd, and so are the gradients
    /// of its parameters.
    ///
    /// # Errors
    /// Another number of parameters than the network has, and those of Candle on the device.
    pub fn new(
        definition: &NetworkDefinition,
        dimension: usize,
        activation: &Graph,
        parameters: &[f32],
        dtype: DType,
        device: &Device,
    ) -> Result<Reference> {
        let layout = definition.parameter_layout(dimension, activation.parameters());
        if layout.len() != parameters.len() {
            let than = if layout.len() > parameters.len() {
                "more"
            } else {
                "fewer"
            };
            bail!(
                "network `{}` has {than} parameters than the {} given: give {}",
                definition.name,
                parameters.len(),
                layout.len()
            );
        }
        let network = CandleNetwork::from_graph(
            &definition.description(dimension),
            layout,
            activation,
            parameters,
            dtype,
            device,
        )?;
        Ok(Reference {
            definition: definition.clone(),
            network,
            dimension,
        })
    }

    /// Returns the predictions (`rows`) for `inputs` (`rows x dimension`), as in evaluation: a
    /// batch normalisation takes its running averages.
    ///
    /// # Errors
    /// Those of Candle on the device.
    pub fn predict(&self, inputs: &Tensor) -> Result<Tensor> {
        self.network.evaluate(&self.maps(inputs)?)?.squeeze(1)
    }

    /// Returns the mean squared error of the predictions made in training, as a scalar tensor that
    /// autograd can follow.
    ///
    /// # Errors
    /// Those of Candle on the device.
    pub fn loss(&self, inputs: &Tensor, targets: &Tensor) -> Result<Tensor> {
        squared_error(&self.pass(inputs)?, targets)
    }

    /// Makes one step of the optimiser on a batch of inputs (`rows x dimension`) and targets
    /// (`rows`), and returns the loss before the update.
    ///
    /// # Errors
    /// Those of Candle on the device.
    pub fn step(&mut self, inputs: &Tensor, targets: &Tensor) -> Result<f64> {
        let pass = self.pass(inputs)?;
        let loss = squared_error(&pass, targets)?;
        let gradients = self.network.gradients(&loss)?;
        self.network.follow(&pass)?;
        let (optimiser, factor) = (
            self.definition.optimiser,
            self.definition.parameter_rate_factor,
        );
        let rate = self.definition.rate(self.network.steps());
        self.network
            .descend(&gradients, |role, number| OptimiserStep {
                optimiser,
                rate: match role {
                    Role::Activation(_) => rate * factor,
                    _ => rate,
                },
                number,
                weight_decay: match role {
                    Role::Weights => optimiser.weight_decay(),
                    _ => 0.0,
                },
            })?;
        loss.to_dtype(DType::F64)?.to_scalar()
    }

    /// Returns the running averages of mean and unbiased variance, layer by layer or block by
    /// block; none where the network is not normalised by batches.
    ///
    /// # Errors
    /// Those of Candle on the device.
    pub fn running_statistics(&self) -> Result<Vec<(Vec<f64>, Vec<f64>)>> {
        if self.definition.normalises() != Normalisation::Batch {
            return Ok(Vec::new());
        }
        let all = self.network.running_statistics()?;
        Ok(all
            .chunks_exact(2 * self.definition.width)
            .map(|layer| layer.split_at(self.definition.width))
            .map(|(mean, variance)| (mean.to_vec(), variance.to_vec()))
            .collect())
    }

    /// Returns the parameters, in the order of [`Reference::new`].
    ///
    /// # Errors
    /// Those of Candle on the device.
    pub fn parameters(&self) -> Result<Vec<f64>> {
        self.network.parameters()
    }

    fn pass(&self, inputs: &Tensor) -> Result<TrainingPass> {
        // No network of the lab drops anything.
        self.network
            .train(&self.maps(inputs)?, &mut |_, elements| vec![1.0; elements])
    }

    /// Rows of inputs as maps of one place.
    fn maps(&self, inputs: &Tensor) -> Result<Tensor> {
        inputs.reshape((inputs.dim(0)?, 1, 1, self.dimension))
    }
}

fn squared_error(pass: &TrainingPass, targets: &Tensor) -> Result<Tensor> {
    (pass.logits.squeeze(1)? - targets)?.sqr()?.mean_all()
}
