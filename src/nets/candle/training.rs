//! Gradients and steps of a network in training.

use candle_core::{Error, Result, Tensor, Var};

use super::loss::cross_entropy;
use super::network::CandleNetwork;
use super::passes::{KeepFactors, TrainingPass};
use crate::nets::optimiser::step::OptimiserStep;
use crate::nets::optimiser::tensors::UpdateMasks;
use crate::nets::parameters::{ParameterTensor, Role};
use crate::nets::Optimiser;

impl CandleNetwork {
    /// Moves the running averages a tenth of the way to the statistics of a pass, with PyTorch's
    /// rule: the variance is the unbiased one.
    ///
    /// # Errors
    /// Those of Candle on the device.
    pub fn follow(&mut self, pass: &TrainingPass) -> Result<()> {
        for (layer, new) in &pass.statistics {
            if let Some(running) = &mut self.running[*layer] {
                running.follow(&new.mean, &new.variance, 1.0)?;
            }
        }
        Ok(())
    }

    /// The gradient of a scalar loss of a [`TrainingPass`], a tensor for each of the layout's:
    /// zeros where the formula lets none through, as the fused engine has it.
    ///
    /// # Errors
    /// A parameter that no gradient reached, by its name, and those of Candle on the device.
    pub fn gradients(&self, loss: &Tensor) -> Result<Vec<Tensor>> {
        let all = loss.backward()?;
        let own =
            |(variable, tensor): (&Var, &ParameterTensor)| match (all.get(variable), tensor.role) {
                (Some(gradient), _) => Ok(gradient.detach()),
                (None, _) if self.is_still(tensor) => variable.as_detached_tensor().zeros_like(),
                (None, _) => Err(Error::Msg(format!(
                "no gradient reached {} of {}: the loss does not depend on it; give a loss of the \
                 training pass",
                tensor.name, self.description.name
            ))),
            };
        self.parameters
            .iter()
            .zip(&self.layout.tensors)
            .map(own)
            .collect()
    }

    /// One step of the optimiser at this rate on the mean cross entropy of a batch; the running
    /// averages follow. Gives the loss before the update, a scalar on the device, without waiting
    /// for it. Only what [`decaying`](crate::nets::ParameterLayout::decaying) counts decays.
    ///
    /// # Errors
    /// Those of [`CandleNetwork::train`] and [`CandleNetwork::gradients`].
    pub fn step(
        &mut self,
        images: &Tensor,
        labels: &Tensor,
        keep: &mut KeepFactors,
        optimiser: &Optimiser,
        rate: f64,
    ) -> Result<Tensor> {
        let pass = self.train(images, keep)?;
        let loss = cross_entropy(&pass.logits, labels)?;
        let gradients = self.gradients(&loss)?;
        self.follow(&pass)?;
        self.descend(&gradients, |role, number| OptimiserStep {
            optimiser: *optimiser,
            rate,
            number,
            weight_decay: match role {
                Role::Activation(_) => 0.0,
                _ => optimiser.weight_decay(),
            },
        })?;
        Ok(loss.detach())
    }

    /// One step along the gradients, as `step_of` has it for a parameter of a role in the step of a
    /// number. To be taken after the backward pass alone: variables share what the tape holds.
    pub(super) fn descend(
        &mut self,
        gradients: &[Tensor],
        step_of: impl Fn(Role, u32) -> OptimiserStep,
    ) -> Result<()> {
        self.steps += 1;
        for (((parameter, tensor), moments), gradient) in self
            .parameters
            .iter()
            .zip(&self.layout.tensors)
            .zip(&mut self.moments)
            .zip(gradients)
        {
            let step = step_of(tensor.role, self.steps);
            let detached = parameter.as_detached_tensor();
            parameter.set(&moments.step(step, &UpdateMasks::default(), &detached, gradient)?)?;
        }
        Ok(())
    }

    /// Steps done.
    pub(super) fn steps(&self) -> u32 {
        self.steps
    }

    /// Whether the formula keeps every gradient from a parameter.
    fn is_still(&self, tensor: &ParameterTensor) -> bool {
        let is_before = |barrier| match tensor.role {
            Role::Activation(_) => tensor.layer < barrier,
            _ => tensor.layer <= barrier,
        };
        self.barrier.is_some_and(is_before)
            || matches!(tensor.role, Role::Activation(place) if self.unmoving[place])
    }
}
