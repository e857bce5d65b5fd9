//! All that a training run goes on from, as named tensors: what a checkpoint keeps.

use super::engine::Engine;
use super::engine_layer::EngineLayer;
use super::unit::Unit;
use crate::nets::layer::LayerKind;
use crate::nets::state::{StateError, StateTensor};

impl Engine {
    /// Parameters by their names, the optimiser's moments beside each, running averages, and what
    /// mixed activations have come to.
    pub fn state(&self) -> Vec<StateTensor> {
        let mut state = Vec::new();
        let parts = [
            ("", &self.parameters),
            (".moment1", &self.moments[0]),
            (".moment2", &self.moments[1]),
        ];
        for tensor in &self.layout().tensors {
            for (ending, buffer) in parts {
                let values = buffer[tensor.range.clone()].to_vec();
                state.push(StateTensor {
                    name: format!("{}{ending}", tensor.name),
                    shape: tensor.shape.clone(),
                    values,
                });
            }
        }
        for (index, layer) in self.layers.iter().enumerate() {
            let name = &self.description().layers[index].name;
            if let EngineLayer::Affine { affine, .. } = layer {
                for (ending, values) in ["running_mean", "running_variance"]
                    .into_iter()
                    .zip(&affine.running)
                {
                    if !values.is_empty() {
                        state.push(StateTensor {
                            name: format!("{name}.{ending}"),
                            shape: vec![values.len()],
                            values: values.clone(),
                        });
                    }
                }
            }
            if let Unit::Mixed(mixed) = &self.units[index] {
                let values = mixed.state();
                state.push(StateTensor {
                    name: format!("{name}.choices"),
                    shape: vec![values.len()],
                    values,
                });
            }
        }
        state
    }

    /// Takes up a state of the same network after so many steps.
    ///
    /// # Errors
    /// A tensor that is missing or has another size; the network is then between two states and of
    /// no use.
    pub fn restore(&mut self, state: &[StateTensor], steps: u32) -> Result<(), StateError> {
        let of = |name: &str, wanted: usize| {
            let found = state
                .iter()
                .find(|tensor| tensor.name == name)
                .map_or(&[][..], |tensor| &tensor.values);
            if found.len() == wanted {
                Ok(found)
            } else {
                Err(StateError {
                    name: name.to_owned(),
                    wanted,
                    found: found.len(),
                })
            }
        };
        let [first, second] = &mut self.moments;
        for (ending, buffer) in [
            ("", &mut self.parameters),
            (".moment1", first),
            (".moment2", second),
        ] {
            for tensor in &self.layout.tensors {
                buffer[tensor.range.clone()]
                    .copy_from_slice(of(&format!("{}{ending}", tensor.name), tensor.range.len())?);
            }
        }
        for (index, layer) in self.layers.iter_mut().enumerate() {
            let name = &self.description.layers[index].name;
            if let EngineLayer::Affine { affine, .. } = layer {
                for (ending, values) in ["running_mean", "running_variance"]
                    .into_iter()
                    .zip(&mut affine.running)
                {
                    if !values.is_empty() {
                        let found = of(&format!("{name}.{ending}"), values.len())?;
                        values.copy_from_slice(found);
                    }
                }
            }
            if let Unit::Mixed(mixed) = &mut self.units[index] {
                let name = format!("{name}.choices");
                let found = state
                    .iter()
                    .find(|tensor| tensor.name == name)
                    .map_or(&[][..], |tensor| &tensor.values);
                if !mixed.restore(found) {
                    return Err(StateError {
                        name,
                        wanted: mixed.state().len(),
                        found: found.len(),
                    });
                }
            }
        }
        self.steps = steps;
        Ok(())
    }

    /// Ends the first phase of mixed activations: every channel's choice is final, and channels of
    /// one function are brought together, with the weights before and after them, so that the
    /// network computes what it did.
    ///
    /// # Panics
    /// Where a mixed layer is not one of an MLP: a linear layer, its bias, and a linear layer.
    pub fn group_channels(&mut self) {
        let activated: Vec<usize> = self
            .description
            .activated()
            .map(|(index, _)| index)
            .collect();
        for index in activated {
            let Unit::Mixed(mixed) = &mut self.units[index] else {
                continue;
            };
            if mixed.is_grouped() {
                continue;
            }
            let order = mixed.group();
            let linear = |layer: usize| {
                matches!(
                    self.description.layers[layer].kind,
                    LayerKind::Linear { .. }
                )
            };
            let is_dropped = |layer: usize| {
                matches!(
                    self.description.layers[layer].kind,
                    LayerKind::Dropout { .. }
                )
            };
            let next = (index + 1..self.description.layers.len()).find(|layer| !is_dropped(*layer));
            let next = next
                .filter(|next| linear(*next))
                .unwrap_or_else(|| panic!("a mixed layer stands before a linear one"));
            assert!(linear(index - 1), "a mixed layer stands after a linear one");
            for tensor in &self.layout.tensors {
                let [first, second] = &mut self.moments;
                for buffer in [&mut self.parameters, first, second] {
                    let values = &mut buffer[tensor.range.clone()];
                    if tensor.layer == index - 1 || tensor.layer == index {
                        values
                            .chunks_exact_mut(order.len())
                            .for_each(|row| reorder(row, 1, &order));
                    } else if tensor.layer == next {
                        reorder(values, values.len() / order.len(), &order);
                    }
                }
            }
        }
    }

    /// For each mixed layer, the share of its channels that each function of the pool has.
    pub fn shares(&mut self) -> Vec<Vec<f64>> {
        let shares = |unit: &mut Unit| match unit {
            Unit::Mixed(mixed) => Some(mixed.shares()),
            _ => None,
        };
        self.units.iter_mut().filter_map(shares).collect()
    }
}

/// Brings parts of `length` into an order: new part i is old `order[i]`.
fn reorder(values: &mut [f32], length: usize, order: &[usize]) {
    let old = values.to_vec();
    for (part, from) in values.chunks_exact_mut(length).zip(order) {
        part.copy_from_slice(&old[from * length..][..length]);
    }
}
