//! All that a training run by Candle goes on from, under the names that the fused engine gives:
//! either takes up what the other kept.

use candle_core::{DType, Result, Tensor};

use super::network::CandleNetwork;
use crate::nets::state::{StateError, StateTensor};

/// Why a state was not taken up.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// It is not this network's.
    #[error(transparent)]
    State(#[from] StateError),
    /// The device failed.
    #[error(transparent)]
    Device(#[from] candle_core::Error),
}

impl CandleNetwork {
    /// Parameters by their names, the optimiser's moments beside each, and running averages.
    ///
    /// # Errors
    /// Those of Candle on the device.
    pub fn state(&self) -> Result<Vec<StateTensor>> {
        let mut state = Vec::new();
        for ((tensor, variable), moments) in self
            .layout
            .tensors
            .iter()
            .zip(&self.parameters)
            .zip(&self.moments)
        {
            let mut keep = |ending: &str, values: Vec<f32>| {
                state.push(StateTensor {
                    name: format!("{}{ending}", tensor.name),
                    shape: tensor.shape.clone(),
                    values,
                });
            };
            keep("", numbers(variable)?);
            keep(".moment1", numbers(&moments.first)?);
            keep(".moment2", numbers(&moments.second)?);
        }
        for (layer, running) in self.description.layers.iter().zip(&self.running) {
            let Some(running) = running else { continue };
            for (ending, values) in [
                ("running_mean", &running.mean),
                ("running_variance", &running.variance),
            ] {
                let values = numbers(values)?;
                state.push(StateTensor {
                    name: format!("{}.{ending}", layer.name),
                    shape: vec![values.len()],
                    values,
                });
            }
        }
        Ok(state)
    }

    /// Takes up a state of the same network after so many steps.
    ///
    /// # Errors
    /// A tensor that is missing or has another size, and those of Candle on the device; the network
    /// is then between two states and of no use.
    pub fn restore(
        &mut self,
        state: &[StateTensor],
        steps: u32,
    ) -> std::result::Result<(), RestoreError> {
        let like = |name: &str, like: &Tensor| -> std::result::Result<Tensor, RestoreError> {
            let found = state
                .iter()
                .find(|tensor| tensor.name == name)
                .map_or(&[][..], |tensor| &tensor.values);
            if found.len() != like.elem_count() {
                return Err(StateError {
                    name: name.to_owned(),
                    wanted: like.elem_count(),
                    found: found.len(),
                }
                .into());
            }
            Ok(Tensor::from_slice(found, like.shape(), like.device())?.to_dtype(like.dtype())?)
        };
        for ((tensor, variable), moments) in self
            .layout
            .tensors
            .iter()
            .zip(&self.parameters)
            .zip(&mut self.moments)
        {
            variable.set(&like(&tensor.name, variable)?)?;
            moments.first = like(&format!("{}.moment1", tensor.name), variable)?;
            moments.second = like(&format!("{}.moment2", tensor.name), variable)?;
        }
        for (layer, running) in self.description.layers.iter().zip(&mut self.running) {
            let Some(running) = running else { continue };
            running.mean = like(&format!("{}.running_mean", layer.name), &running.mean)?;
            running.variance = like(
                &format!("{}.running_variance", layer.name),
                &running.variance,
            )?;
        }
        self.steps = steps;
        Ok(())
    }
}

fn numbers(tensor: &Tensor) -> Result<Vec<f32>> {
    tensor.flatten_all()?.to_dtype(DType::F32)?.to_vec1()
}
