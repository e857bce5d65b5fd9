//! The update of all parameters, by operations that every device has.

use candle_core::{Result, Tensor, Var};

use crate::nets::image::definition::{Layout, Role};
use crate::nets::small::Optimiser;

/// An optimiser's state between steps.
pub struct Descent {
    /// Whether a tensor decays.
    decays: Vec<bool>,
    /// Adam's first moments, or the velocities; empty before the first step.
    pub first: Vec<Tensor>,
    /// Adam's second moments.
    pub second: Vec<Tensor>,
    pub steps: u32,
}

impl Descent {
    /// The state before the first step.
    pub fn new(layout: &Layout) -> Descent {
        let decays = layout
            .tensors
            .iter()
            .map(|tensor| !matches!(tensor.role, Role::Activation(_)))
            .collect();
        Descent {
            decays,
            first: Vec::new(),
            second: Vec::new(),
            steps: 0,
        }
    }

    /// One step at this rate. To be taken after the backward pass alone: variables share what the
    /// tape holds.
    pub fn step(
        &mut self,
        optimiser: &Optimiser,
        rate: f64,
        parameters: &[Var],
        gradients: &[Tensor],
    ) -> Result<()> {
        if self.first.is_empty() {
            self.first = gradients
                .iter()
                .map(Tensor::zeros_like)
                .collect::<Result<_>>()?;
            self.second = self.first.clone();
        }
        self.steps += 1;
        for (index, (parameter, gradient)) in parameters.iter().zip(gradients).enumerate() {
            let moved = self.moved(
                optimiser,
                rate,
                index,
                &parameter.as_detached_tensor(),
                gradient,
            )?;
            parameter.set(&moved)?;
        }
        Ok(())
    }

    fn moved(
        &mut self,
        optimiser: &Optimiser,
        rate: f64,
        index: usize,
        parameter: &Tensor,
        gradient: &Tensor,
    ) -> Result<Tensor> {
        let decay = if self.decays[index] {
            optimiser.weight_decay()
        } else {
            0.0
        };
        let (first, second) = (&mut self.first[index], &mut self.second[index]);
        match *optimiser {
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
                let correction = |decay: f64| 1.0 - decay.powf(f64::from(self.steps));
                let (of_first, of_second) =
                    (correction(first_decay), correction(second_decay).sqrt());
                *first = ((&*first * first_decay)? + (gradient * (1.0 - first_decay))?)?;
                *second = ((&*second * second_decay)? + (gradient.sqr()? * (1.0 - second_decay))?)?;
                let move_by = (first.div(&(second.sqrt()? + epsilon * of_second)?)?
                    * (rate * of_second / of_first))?;
                parameter.affine(1.0 - rate * decay, 0.0)? - move_by
            }
            Optimiser::Sgd {
                momentum, nesterov, ..
            } => {
                let gradient = if decay == 0.0 {
                    gradient.clone()
                } else {
                    (gradient + (parameter * decay)?)?
                };
                *first = ((&*first * momentum)? + &gradient)?;
                let ahead = if nesterov {
                    (gradient + (&*first * momentum)?)?
                } else {
                    first.clone()
                };
                parameter - (ahead * rate)?
            }
        }
    }
}
