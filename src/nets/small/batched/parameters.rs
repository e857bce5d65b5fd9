//! The parameters of many trials side by side: one vector a trial, [trials, values].

use candle_core::{Device, Result, Tensor};

use crate::formula::graph::Parameter;
use crate::nets::parameters::{ParameterLayout, Role};
use crate::nets::small::assignment::Assignment;
use crate::nets::small::definition::NetworkDefinition;
use crate::nets::small::layout::{PanelLayout, PanelTensor};

/// Where the tensors of a network lie in such a vector: in the layout's order, row by row, without
/// padding. The first linear map has a row for each input of the task that has most; of the other
/// tasks, the rows of the inputs that they lack are 0 and stay 0, since those inputs are 0.
pub(super) struct TrialPlaces {
    /// Which tensors the network has.
    pub layout: PanelLayout,
    plain: ParameterLayout,
    /// Inputs of the task that has most.
    pub dimension: usize,
}

impl TrialPlaces {
    pub fn new(
        network: &NetworkDefinition,
        dimension: usize,
        activation: &[Parameter],
    ) -> TrialPlaces {
        TrialPlaces {
            layout: PanelLayout::new(network, dimension, activation),
            plain: network.parameter_layout(dimension, activation),
            dimension,
        }
    }

    /// The numbers of a trial.
    pub fn values(&self) -> usize {
        self.plain.len()
    }

    /// What the fused back end draws for each trial, [trials, values].
    pub fn draw(
        &self,
        network: &NetworkDefinition,
        activation: &[Parameter],
        trials: &[Assignment],
        device: &Device,
    ) -> Result<Tensor> {
        let mut all = Vec::with_capacity(trials.len() * self.values());
        for trial in trials {
            let layout = network.parameter_layout(trial.task.dimension, activation);
            let drawn = layout.initial(&mut trial.key.word("weights").stream());
            let (first, rest) = drawn.split_at(trial.task.dimension * network.width);
            all.extend_from_slice(first);
            all.resize(
                all.len() + (self.dimension - trial.task.dimension) * network.width,
                0.0,
            );
            all.extend_from_slice(rest);
        }
        Tensor::from_vec(all, (trials.len(), self.values()), device)
    }

    /// A trial's vector without the rows of the inputs that its task lacks, as
    /// [`Training::parameters`](crate::nets::small::Training::parameters) gives it.
    pub fn export(
        &self,
        network: &NetworkDefinition,
        dimension: usize,
        vector: &[f32],
    ) -> Vec<f32> {
        let (first, rest) = vector.split_at(self.dimension * network.width);
        [&first[..dimension * network.width], rest].concat()
    }

    /// Whether the activation has trainable parameters.
    pub fn has_activation_parameters(&self) -> bool {
        self.layout.activations.iter().any(|own| own.columns > 0)
    }

    /// 1 for every weight of a linear map, 0 for everything else.
    pub fn weights(&self) -> Vec<f32> {
        let mut weights = vec![0.0; self.values()];
        for tensor in &self.plain.tensors {
            if tensor.role == Role::Weights {
                weights[tensor.range.clone()].fill(1.0);
            }
        }
        weights
    }

    /// `factor` for the activation's parameters, 1 for everything else.
    pub fn factors(&self, factor: f32) -> Vec<f32> {
        let mut factors = vec![1.0; self.values()];
        for own in &self.layout.activations {
            factors[PanelLayout::plain(*own)].fill(factor);
        }
        factors
    }

    /// A matrix of every trial, [trials, rows, columns].
    pub fn matrix(&self, vectors: &Tensor, tensor: PanelTensor) -> Result<Tensor> {
        self.values_of(vectors, tensor)?
            .reshape((vectors.dim(0)?, tensor.rows, tensor.columns))
    }

    /// A vector of every trial, [trials, 1, columns].
    pub fn row(&self, vectors: &Tensor, tensor: PanelTensor) -> Result<Tensor> {
        self.values_of(vectors, tensor)?.unsqueeze(1)
    }

    /// A tensor's numbers of every trial, [trials, values].
    pub fn values_of(&self, vectors: &Tensor, tensor: PanelTensor) -> Result<Tensor> {
        let place = PanelLayout::plain(tensor);
        vectors.narrow(1, place.start, place.len())
    }
}

/// The gradient of every trial's parameters, put together tensor by tensor.
pub(super) struct Gradient {
    parts: Vec<(usize, Tensor)>,
}

impl Gradient {
    pub fn new() -> Gradient {
        Gradient { parts: Vec::new() }
    }

    /// Adds the part of one tensor: its numbers for each trial, in whatever shape.
    pub fn put(&mut self, tensor: PanelTensor, part: &Tensor) -> Result<()> {
        self.parts.push((
            PanelLayout::plain(tensor).start,
            part.reshape((part.dim(0)?, ()))?,
        ));
        Ok(())
    }

    /// [trials, values]. Every tensor's part must have been put.
    pub fn together(mut self) -> Result<Tensor> {
        self.parts.sort_by_key(|(start, _)| *start);
        let parts: Vec<Tensor> = self.parts.into_iter().map(|(_, part)| part).collect();
        Tensor::cat(&parts, 1)
    }
}
