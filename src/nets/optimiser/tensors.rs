//! An optimiser's update of tensors, by operations that every device of Candle has.

use candle_core::{Result, Tensor};

use super::rule::Optimiser;
use super::step::OptimiserStep;

/// What an optimiser keeps of a tensor of parameters between steps, each of the tensor's shape.
pub(crate) struct TensorMoments {
    /// Adam's first moment, or the velocity.
    pub first: Tensor,
    /// Adam's second moment; plain descent leaves it 0.
    pub second: Tensor,
}

/// Numbers by which the values of one tensor are updated differently, each broadcast to its shape.
#[derive(Default)]
pub(crate) struct UpdateMasks {
    /// 1 for what weight decay acts on, else 0; `None` where it acts on all.
    pub decaying: Option<Tensor>,
    /// What the update is multiplied by; `None` where it is 1 for all.
    pub factors: Option<Tensor>,
}

impl TensorMoments {
    /// Returns the state before the first step: zeros.
    pub fn new(parameter: &Tensor) -> Result<TensorMoments> {
        let zeros = parameter.zeros_like()?;
        Ok(TensorMoments {
            first: zeros.clone(),
            second: zeros,
        })
    }

    /// Returns the parameter after one more step along the gradient.
    ///
    /// # Errors
    /// Those of Candle on the device.
    pub fn step(
        &mut self,
        step: OptimiserStep,
        masks: &UpdateMasks,
        parameter: &Tensor,
        gradient: &Tensor,
    ) -> Result<Tensor> {
        let decay = step.weight_decay;
        let (start, update) = match step.optimiser {
            Optimiser::Adam {
                first_decay,
                second_decay,
                epsilon,
            }
            | Optimiser::AdamW {
                first_decay,
                second_decay,
                epsilon,
                ..
            } => {
                let rates = step.adam_rates(first_decay, second_decay, epsilon);
                self.first = ((&self.first * first_decay)? + (gradient * (1.0 - first_decay))?)?;
                self.second =
                    ((&self.second * second_decay)? + (gradient.sqr()? * (1.0 - second_decay))?)?;
                let divisor = (self.second.sqrt()? + rates.epsilon)?;
                let start = match &masks.decaying {
                    _ if decay == 0.0 => parameter.clone(),
                    None => parameter.affine(1.0 - step.rate * decay, 0.0)?,
                    Some(decaying) => {
                        parameter.broadcast_mul(&decaying.affine(-step.rate * decay, 1.0)?)?
                    }
                };
                (start, (self.first.div(&divisor)? * rates.rate)?)
            }
            Optimiser::Sgd {
                momentum, nesterov, ..
            } => {
                let gradient = match &masks.decaying {
                    _ if decay == 0.0 => gradient.clone(),
                    None => (gradient + (parameter * decay)?)?,
                    Some(decaying) => {
                        (gradient + parameter.broadcast_mul(&(decaying * decay)?)?)?
                    }
                };
                let ahead = self.velocity(&gradient, momentum, nesterov)?;
                (parameter.clone(), (ahead * step.rate)?)
            }
        };
        start
            - match &masks.factors {
                None => update,
                Some(factors) => update.broadcast_mul(factors)?,
            }
    }

    /// Moves the velocity on, and returns what the step follows.
    fn velocity(&mut self, gradient: &Tensor, momentum: f64, nesterov: bool) -> Result<Tensor> {
        if momentum == 0.0 {
            self.first = gradient.clone();
            return Ok(gradient.clone());
        }
        self.first = ((&self.first * momentum)? + gradient)?;
        if nesterov {
            gradient + (&self.first * momentum)?
        } else {
            Ok(self.first.clone())
        }
    }
}
