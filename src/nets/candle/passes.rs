//! The passes of a network over its layers, which autograd follows in training.

use candle_core::{bail, Result, Tensor};

use super::maps::{self, add};
use super::network::CandleNetwork;
use super::statistics::Statistics;
use crate::formula::candle::evaluate_tensor;
use crate::nets::layer::{Layer, LayerKind, MapId, Shift};
use crate::nets::parameters::Role;

/// What a dropout layer multiplies its map by: asked for the layer and the elements of all images,
/// it gives as many factors, each 0 or above 1.
pub type KeepFactors<'a> = dyn FnMut(usize, usize) -> Vec<f32> + 'a;

/// What a training pass leaves: the logits, which autograd follows, and each normalised layer's
/// statistics of the batch, with the unbiased variance.
pub struct TrainingPass {
    /// Images x classes.
    pub logits: Tensor,
    /// By the layer's place.
    pub(super) statistics: Vec<(usize, Statistics)>,
}

/// What a pass takes its statistics from.
enum PassMode<'a, 'b> {
    /// The batch's own, which are kept here; dropout takes its factors from the function.
    Training(&'a mut KeepFactors<'b>, Vec<(usize, Statistics)>),
    /// Running averages.
    Evaluation,
}

impl CandleNetwork {
    /// The logits in evaluation, images x classes: running averages, and nothing is dropped.
    /// Autograd does not follow it.
    ///
    /// # Errors
    /// Those of Candle on the device.
    pub fn evaluate(&self, images: &Tensor) -> Result<Tensor> {
        self.forward(images, &mut PassMode::Evaluation)
    }

    /// A pass in training, by the batch's own statistics, which [`CandleNetwork::follow`] takes
    /// into the running averages.
    ///
    /// # Errors
    /// As many factors from `keep` as were not asked for, and those of Candle on the device.
    pub fn train(&self, images: &Tensor, keep: &mut KeepFactors) -> Result<TrainingPass> {
        let mut mode = PassMode::Training(keep, Vec::new());
        let logits = self.forward(images, &mut mode)?;
        let statistics = match mode {
            PassMode::Training(_, statistics) => statistics,
            PassMode::Evaluation => Vec::new(),
        };
        Ok(TrainingPass { logits, statistics })
    }

    fn forward(&self, images: &Tensor, mode: &mut PassMode) -> Result<Tensor> {
        let image = self.description.image();
        let wanted = [images.dim(0)?, image.height, image.width, image.channels];
        if images.dims() != wanted {
            bail!(
                "{} takes images of {wanted:?} and found {:?}: give images x height x width x \
                 channels",
                self.description.name,
                images.dims()
            );
        }
        let mut maps: Vec<Option<Tensor>> = vec![None; self.last_reader.len()];
        maps[0] = Some(images.clone());
        for (index, layer) in self.description.layers.iter().enumerate() {
            let read = |map: MapId| {
                maps[map.0]
                    .as_ref()
                    .expect("a map is kept for its last reader")
            };
            let made = self.layer(
                index,
                layer,
                read(layer.input),
                layer.residual().map(read),
                mode,
            )?;
            std::iter::once(layer.input)
                .chain(layer.residual())
                .for_each(|map| {
                    if self.last_reader[map.0] == index {
                        maps[map.0] = None;
                    }
                });
            maps[index + 1] = Some(made);
        }
        let logits = maps.pop().flatten().expect("the last layer's map is kept");
        logits.reshape((wanted[0], self.description.classes()))
    }

    fn layer(
        &self,
        index: usize,
        layer: &Layer,
        input: &Tensor,
        residual: Option<&Tensor>,
        mode: &mut PassMode,
    ) -> Result<Tensor> {
        match layer.kind {
            LayerKind::Convolution {
                stride, padding, ..
            } => add(
                maps::convolution(
                    input,
                    &self.parameter(index, Role::Weights, mode)?,
                    stride,
                    padding,
                )?,
                residual,
            ),
            LayerKind::Linear { .. } => {
                let made = input.flatten_from(1)?.matmul(&self.parameter(
                    index,
                    Role::Weights,
                    mode,
                )?)?;
                made.reshape((made.dim(0)?, 1, 1, made.dim(1)?))
            }
            LayerKind::Affine {
                shift, activated, ..
            } => self.affine(index, (shift, activated), input, residual, mode),
            LayerKind::MaxPool {
                kernel,
                stride,
                padding,
            } => maps::max_pool(input, kernel, stride, padding),
            LayerKind::AveragePool => maps::average_pool(input),
            LayerKind::Subsample { stride, outputs } => maps::subsample(input, stride, outputs),
            LayerKind::Dropout { .. } => self.drop(index, input, mode),
        }
    }

    /// The shift, the residual, the activation.
    fn affine(
        &self,
        index: usize,
        (shift, activated): (Shift, bool),
        input: &Tensor,
        residual: Option<&Tensor>,
        mode: &mut PassMode,
    ) -> Result<Tensor> {
        let shifted = match shift {
            Shift::None => input.clone(),
            Shift::Bias => input.broadcast_add(&self.parameter(index, Role::Shift, mode)?)?,
            Shift::BatchNormalisation => {
                let normalised = self.normalised(index, input, mode)?;
                self.scaled(index, normalised, mode)?
            }
            Shift::LayerNormalisation => {
                let normalised = Statistics::of_rows(input)?.normalise(input)?;
                self.scaled(index, normalised, mode)?
            }
        };
        let made = add(shifted, residual)?;
        if activated {
            self.activate(index, &made, mode)
        } else {
            Ok(made)
        }
    }

    /// Normalised values by the layer's gain and shift.
    fn scaled(&self, index: usize, normalised: Tensor, mode: &PassMode) -> Result<Tensor> {
        normalised
            .broadcast_mul(&self.parameter(index, Role::Gain, mode)?)?
            .broadcast_add(&self.parameter(index, Role::Shift, mode)?)
    }

    fn drop(&self, index: usize, input: &Tensor, mode: &mut PassMode) -> Result<Tensor> {
        match mode {
            PassMode::Evaluation => Ok(input.clone()),
            PassMode::Training(keep, _) => {
                let factors = keep(index, input.elem_count());
                if factors.len() != input.elem_count() {
                    let (found, wanted) = (factors.len(), input.elem_count());
                    bail!(
                        "{} of {} drops among {wanted} elements and was given {found} factors",
                        self.description.layers[index].name,
                        self.description.name
                    );
                }
                input
                    * Tensor::from_vec(factors, input.shape(), input.device())?
                        .to_dtype(input.dtype())?
            }
        }
    }

    /// A parameter of a layer; in evaluation autograd does not follow it, so that no pass holds its
    /// maps for a gradient.
    fn parameter(&self, layer: usize, role: Role, mode: &PassMode) -> Result<Tensor> {
        let own = self
            .layout
            .tensors
            .iter()
            .position(|tensor| tensor.layer == layer && tensor.role == role);
        let variable =
            &self.parameters[own.expect("the layout has every parameter of every layer")];
        Ok(match mode {
            PassMode::Training(..) => variable.as_tensor().clone(),
            PassMode::Evaluation => variable.as_detached_tensor(),
        })
    }

    fn normalised(&self, index: usize, input: &Tensor, mode: &mut PassMode) -> Result<Tensor> {
        let statistics = match mode {
            PassMode::Evaluation => self.running[index]
                .clone()
                .expect("a layer that normalises has running averages"),
            PassMode::Training(_, all) => {
                let own = Statistics::of_channels(input)?;
                all.push((index, own.unbiased(input.elem_count() / input.dim(3)?)?));
                own
            }
        };
        statistics.normalise(input)
    }

    fn activate(&self, index: usize, input: &Tensor, mode: &PassMode) -> Result<Tensor> {
        let own = (0..self.activation.parameters().len())
            .map(|place| self.parameter(index, Role::Activation(place), mode));
        let own: Vec<Tensor> = own.collect::<Result<_>>()?;
        let rows = input.reshape(((), input.dim(3)?))?;
        let made = evaluate_tensor(&self.activation, &[&rows], &own.iter().collect::<Vec<_>>())?
            .swap_remove(0);
        made.reshape(input.shape())
    }
}
