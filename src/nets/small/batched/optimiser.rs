//! The updates of all trials' parameters at once, as [trials, values] tensors.

use candle_core::{Result, Tensor};

use super::super::definition::{NetworkDefinition, Optimiser};

/// The state of an optimiser between steps.
pub(super) struct State {
    /// 1 for what weight decay acts on, else 0; [1, values], and only where there is decay.
    decaying: Option<Tensor>,
    /// What the rate is multiplied by, [1, values]; `None` where it is 1 for all.
    factors: Option<Tensor>,
    /// Adam's first moment, or the velocity.
    first: Tensor,
    /// Adam's second moment.
    second: Tensor,
    steps: u32,
}

impl State {
    /// `decaying` and `factors` hold one number a value of a trial.
    pub fn new(
        network: &NetworkDefinition,
        parameters: &Tensor,
        decaying: &[f32],
        factors: &[f32],
    ) -> Result<State> {
        let row =
            |numbers: &[f32]| Tensor::from_slice(numbers, (1, numbers.len()), parameters.device());
        let decaying = if network.optimiser.weight_decay() != 0.0 {
            Some(row(decaying)?)
        } else {
            None
        };
        let factors = if factors.iter().any(|factor| *factor != 1.0) {
            Some(row(factors)?)
        } else {
            None
        };
        let zeros = parameters.zeros_like()?;
        Ok(State {
            decaying,
            factors,
            first: zeros.clone(),
            second: zeros,
            steps: 0,
        })
    }

    /// The parameters after one more step.
    pub fn step(
        &mut self,
        network: &NetworkDefinition,
        parameters: &Tensor,
        gradient: Tensor,
    ) -> Result<Tensor> {
        let rate = network.rate(self.steps);
        self.steps += 1;
        match network.optimiser {
            Optimiser::Adam {
                first_decay,
                second_decay,
                epsilon,
            } => {
                let move_by = self.adam(rate, first_decay, second_decay, epsilon, &gradient)?;
                parameters - self.scaled(move_by)?
            }
            Optimiser::AdamW {
                first_decay,
                second_decay,
                epsilon,
                weight_decay,
            } => {
                let move_by = self.adam(rate, first_decay, second_decay, epsilon, &gradient)?;
                let kept = match &self.decaying {
                    Some(decaying) => {
                        parameters.broadcast_mul(&decaying.affine(-rate * weight_decay, 1.0)?)?
                    }
                    None => parameters.clone(),
                };
                kept - self.scaled(move_by)?
            }
            Optimiser::Sgd {
                momentum,
                nesterov,
                weight_decay,
            } => {
                let gradient = match &self.decaying {
                    Some(decaying) => {
                        (gradient + parameters.broadcast_mul(&(decaying * weight_decay)?)?)?
                    }
                    None => gradient,
                };
                let along = if momentum == 0.0 {
                    gradient
                } else {
                    self.first = ((&self.first * momentum)? + &gradient)?;
                    if nesterov {
                        (gradient + (&self.first * momentum)?)?
                    } else {
                        self.first.clone()
                    }
                };
                parameters - self.scaled((along * rate)?)?
            }
        }
    }

    /// Kingma and Ba 2015, algorithm 1, with the bias corrections folded into rate and epsilon.
    fn adam(
        &mut self,
        rate: f64,
        first_decay: f64,
        second_decay: f64,
        epsilon: f64,
        gradient: &Tensor,
    ) -> Result<Tensor> {
        let first_correction = 1.0 - first_decay.powf(f64::from(self.steps));
        let second_correction = (1.0 - second_decay.powf(f64::from(self.steps))).sqrt();
        self.first = ((&self.first * first_decay)? + (gradient * (1.0 - first_decay))?)?;
        self.second = ((&self.second * second_decay)? + (gradient.sqr()? * (1.0 - second_decay))?)?;
        let divisor = (self.second.sqrt()? + epsilon * second_correction)?;
        self.first.div(&divisor)? * (rate * second_correction / first_correction)
    }

    fn scaled(&self, move_by: Tensor) -> Result<Tensor> {
        match &self.factors {
            Some(factors) => move_by.broadcast_mul(factors),
            None => Ok(move_by),
        }
    }
}
