//! The job as a user of candle-nn would write it; its batches are made beforehand.

use candle_core::{Device, Result, Tensor, Var};
use candle_nn::{loss, AdamW, Linear, Module, Optimizer, ParamsAdamW};

use super::job::{Job, Numbers, LEARNING_RATE};

pub struct CandleLoop {
    layers: Vec<Linear>,
    optimiser: AdamW,
    batches: Vec<(Tensor, Tensor)>,
    next: usize,
}

impl CandleLoop {
    /// The network before its first step.
    pub fn new(job: &Job, numbers: &Numbers) -> Result<CandleLoop> {
        let device = &Device::Cpu;
        let (mut layers, mut variables) = (Vec::new(), Vec::new());
        let mut rest = numbers.parameters.as_slice();
        for pair in job.shapes().chunks_exact(2) {
            let [(fan_in, fan_out), _] = *pair else { unreachable!("chunks of two") };
            let (weights, after) = rest.split_at(fan_in * fan_out);
            let (bias, after) = after.split_at(fan_out);
            rest = after;
            let weights = Var::from_tensor(&Tensor::from_slice(weights, (fan_in, fan_out), device)?.t()?.contiguous()?)?;
            let bias = Var::from_slice(bias, fan_out, device)?;
            layers.push(Linear::new(weights.as_tensor().clone(), Some(bias.as_tensor().clone())));
            variables.extend([weights, bias]);
        }
        let optimiser = AdamW::new(variables, ParamsAdamW { lr: LEARNING_RATE, weight_decay: 0.0, ..ParamsAdamW::default() })?;
        let mut batches = Vec::new();
        for (inputs, targets) in &numbers.batches {
            let inputs = Tensor::from_slice(inputs, (job.batch, job.dimension), device)?;
            batches.push((inputs, Tensor::from_slice(targets, (job.batch, 1), device)?));
        }
        Ok(CandleLoop { layers, optimiser, batches, next: 0 })
    }

    /// One step of Adam; gives the batch's loss before the update.
    pub fn step(&mut self) -> Result<Tensor> {
        let (inputs, targets) = &self.batches[self.next % self.batches.len()];
        self.next += 1;
        let (head, hidden_layers) = self.layers.split_last().expect("a network has a head");
        let mut hidden = inputs.clone();
        for layer in hidden_layers {
            let x = layer.forward(&hidden)?;
            hidden = ((&x * candle_nn::ops::sigmoid(&x)?)? + ((&x * 3.0)?.sin()? * 0.1)?)?;
        }
        let loss = loss::mse(&head.forward(&hidden)?, targets)?;
        self.optimiser.backward_step(&loss)?;
        Ok(loss)
    }
}
