//! The job as a user of candle-nn would write it; its batches are made beforehand.

use candle_core::{DType, Device, Result, Tensor, Var};
use candle_nn::{loss, AdamW, BatchNorm, Linear, Module, ModuleT, Optimizer, ParamsAdamW};
use motherlode::nets::Normalisation;

use super::job::{Job, Numbers, LEARNING_RATE};

pub struct CandleLoop {
    layers: Vec<Linear>,
    /// Of the hidden layers, where they are normalised by the batch.
    norms: Vec<BatchNorm>,
    optimiser: AdamW,
    batches: Vec<(Tensor, Tensor)>,
    next: usize,
}

impl CandleLoop {
    /// The network before its first step.
    pub fn new(job: &Job, numbers: &Numbers) -> Result<CandleLoop> {
        let device = &Device::Cpu;
        let (mut layers, mut norms, mut variables) = (Vec::new(), Vec::new(), Vec::new());
        let mut rest = numbers.parameters.as_slice();
        let mut tensors = job.shapes().into_iter().map(|(rows, columns)| {
            let (values, after) = rest.split_at(rows * columns);
            rest = after;
            (values, rows, columns)
        });
        for layer in 0..=job.depth {
            let mut next = || tensors.next().expect("the shapes name every tensor");
            let ((weights, fan_in, fan_out), (bias, ..)) = (next(), next());
            let weights = Var::from_tensor(
                &Tensor::from_slice(weights, (fan_in, fan_out), device)?
                    .t()?
                    .contiguous()?,
            )?;
            let bias = Var::from_slice(bias, fan_out, device)?;
            layers.push(Linear::new(
                weights.as_tensor().clone(),
                Some(bias.as_tensor().clone()),
            ));
            variables.extend([weights, bias]);
            if layer < job.depth && job.normalisation == Normalisation::Batch {
                let [gain, shift] =
                    [next().0, next().0].map(|values| Var::from_slice(values, fan_out, device));
                let (gain, shift) = (gain?, shift?);
                let (mean, variance) = (
                    Tensor::zeros(fan_out, DType::F32, device)?,
                    Tensor::ones(fan_out, DType::F32, device)?,
                );
                norms.push(BatchNorm::new(
                    fan_out,
                    mean,
                    variance,
                    gain.as_tensor().clone(),
                    shift.as_tensor().clone(),
                    1e-5,
                )?);
                variables.extend([gain, shift]);
            }
        }
        let optimiser = AdamW::new(
            variables,
            ParamsAdamW {
                lr: LEARNING_RATE,
                weight_decay: 0.0,
                ..ParamsAdamW::default()
            },
        )?;
        let mut batches = Vec::new();
        for (inputs, targets) in &numbers.batches {
            let inputs = Tensor::from_slice(inputs, (job.batch, job.dimension), device)?;
            batches.push((inputs, Tensor::from_slice(targets, (job.batch, 1), device)?));
        }
        Ok(CandleLoop {
            layers,
            norms,
            optimiser,
            batches,
            next: 0,
        })
    }

    /// One step of Adam; gives the batch's loss before the update.
    pub fn step(&mut self) -> Result<Tensor> {
        let (inputs, targets) = &self.batches[self.next % self.batches.len()];
        self.next += 1;
        let (head, hidden_layers) = self.layers.split_last().expect("a network has a head");
        let mut hidden = inputs.clone();
        for (index, layer) in hidden_layers.iter().enumerate() {
            let x = layer.forward(&hidden)?;
            let x = self
                .norms
                .get(index)
                .map_or(Ok(x.clone()), |norm| norm.forward_t(&x, true))?;
            hidden = ((&x * candle_nn::ops::sigmoid(&x)?)? + ((&x * 3.0)?.sin()? * 0.1)?)?;
        }
        let loss = loss::mse(&head.forward(&hidden)?, targets)?;
        self.optimiser.backward_step(&loss)?;
        Ok(loss)
    }
}
