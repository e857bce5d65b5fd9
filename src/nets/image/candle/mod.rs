//! The same networks by Candle's operations and its autograd: what `--device` trains on an
//! accelerator, and in 64 bits the oracle of the fused engine.
//!
//! It has never run on a GPU: tests hold it on the CPU, and every operation in it is one that
//! Candle has on its other devices too. Operations whose gradients Candle gets wrong, or cuts
//! without a word, are put together from others (`maps`), and a training pass fails where a
//! parameter got no gradient.

mod maps;
mod state;

pub use self::state::RestoreError;

use candle_core::{bail, DType, Device, Error, Result, Tensor, Var, WithDType};

use self::maps::{add, constant_like, Statistics};
use super::definition::{
    Definition, Layer, LayerKind, Layout, MapId, ParameterTensor, Role, Shift,
};
use crate::formula::candle::evaluate_tensor;
use crate::formula::graph::{Graph, Node};
use crate::formula::Formula;
use crate::nets::normalisation::MOMENTUM;
use crate::nets::optimiser::step::OptimiserStep;
use crate::nets::optimiser::tensors::{TensorMoments, UpdateMasks};
use crate::nets::Optimiser;

/// What a dropout layer multiplies its map by: asked for the layer and the elements of all images,
/// it gives as many factors, each 0 or above 1.
pub type KeepFactors<'a> = dyn FnMut(usize, usize) -> Vec<f32> + 'a;

/// A network in training.
///
/// A formula sees a tensor of rows x features for each activated layer: the rows are all places of
/// all images, the features the channels. So a reduction over the batch runs over images and
/// places, and a channel's parameter is one value a channel.
pub struct CandleNetwork {
    definition: Definition,
    layout: Layout,
    /// f alone.
    activation: Graph,
    /// The formula's parameters that cannot move it, such as one inside `stop_gradient`.
    unmoving: Vec<bool>,
    /// The last layer with an activation, where the formula has no slope in x, such as `round(x)`:
    /// no gradient passes it, and none reaches what is before it.
    barrier: Option<usize>,
    parameters: Vec<Var>,
    /// A layer's running averages, where it normalises.
    running: Vec<Option<Statistics>>,
    /// The last layer that reads a map.
    last_reader: Vec<usize>,
    /// One a tensor of the layout.
    moments: Vec<TensorMoments>,
    /// Steps done.
    steps: u32,
}

/// What a training pass leaves: the logits, which autograd follows, and each normalised layer's
/// statistics of the batch, with the unbiased variance.
pub struct Pass {
    /// Images x classes.
    pub logits: Tensor,
    statistics: Vec<(usize, Statistics)>,
}

/// What a pass takes its statistics from.
enum Mode<'a, 'b> {
    Training(&'a mut KeepFactors<'b>, Vec<(usize, Statistics)>),
    Evaluation,
}

impl CandleNetwork {
    /// A network that starts from `parameters`, in the order of [`Definition::layout`] for the
    /// formula's parameters, and computes in `dtype` (`F32` or `F64`).
    ///
    /// # Errors
    /// Another number of parameters than the layout has; a strided convolution over a map whose
    /// sides leave different remainders, of which Candle has no gradient; and those of Candle on
    /// the device.
    pub fn new<T: WithDType>(
        definition: &Definition,
        activation: &Formula,
        parameters: &[T],
        dtype: DType,
        device: &Device,
    ) -> Result<CandleNetwork> {
        let layout = definition.layout(activation.parameters());
        check_length(&definition.name, &layout, parameters.len())?;
        check_maps(definition)?;
        let variable = |values: &[T], shape: &[usize]| {
            Var::from_tensor(&Tensor::from_slice(values, shape, device)?.to_dtype(dtype)?)
        };
        let parameters: Vec<Var> = layout
            .tensors
            .iter()
            .map(|tensor| variable(&parameters[tensor.range.clone()], &tensor.shape))
            .collect::<Result<_>>()?;
        let mut last_reader = vec![definition.layers.len(); definition.layers.len() + 1];
        for (index, layer) in definition.layers.iter().enumerate() {
            std::iter::once(layer.input)
                .chain(layer.residual())
                .for_each(|map| last_reader[map.0] = index);
        }
        let running = (0..definition.layers.len())
            .map(|index| start(definition, index, dtype, device))
            .collect::<Result<_>>()?;
        let mut value = activation.graph().without_outputs();
        value.push_output(activation.graph().outputs()[0]);
        let adjoint = activation.adjoint();
        let mut still = adjoint.outputs()[1..]
            .iter()
            .map(|gradient| adjoint.node(*gradient) == Node::Constant(0));
        let has_no_slope = still.next() == Some(true);
        let unmoving = still.collect();
        let barrier = definition
            .activated()
            .last()
            .map(|(index, _)| index)
            .filter(|_| has_no_slope);
        let moments = parameters
            .iter()
            .map(|variable| TensorMoments::new(variable))
            .collect::<Result<_>>()?;
        Ok(CandleNetwork {
            definition: definition.clone(),
            layout,
            activation: value,
            unmoving,
            barrier,
            parameters,
            running,
            last_reader,
            moments,
            steps: 0,
        })
    }

    /// Where every parameter lies in the flat vectors.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Images as the network takes them, images x height x width x channels, from such numbers one
    /// after another.
    ///
    /// # Errors
    /// Numbers that make no whole images, and those of Candle on the device.
    pub fn images<T: WithDType>(&self, pixels: &[T]) -> Result<Tensor> {
        let image = self.definition.image();
        if pixels.is_empty() || !pixels.len().is_multiple_of(image.elements()) {
            let (found, one) = (pixels.len(), image.elements());
            bail!(
                "{} takes images of {one} numbers and found {found} numbers: give whole images, \
                 one at least",
                self.definition.name
            );
        }
        let shape = (
            pixels.len() / image.elements(),
            image.height,
            image.width,
            image.channels,
        );
        Tensor::from_slice(pixels, shape, self.device())?.to_dtype(self.dtype())
    }

    /// The labels of images, for [`cross_entropy`].
    ///
    /// # Errors
    /// A label that is no class, and those of Candle on the device.
    pub fn labels(&self, labels: &[u32]) -> Result<Tensor> {
        let classes = self.definition.classes();
        if let Some(label) = labels.iter().find(|label| **label as usize >= classes) {
            bail!(
                "{} tells {classes} classes apart and found the label {label}: give labels from 0 \
                 to {}",
                self.definition.name,
                classes - 1
            );
        }
        Tensor::from_slice(labels, labels.len(), self.device())
    }

    /// The logits in evaluation, images x classes: running averages, and nothing is dropped.
    /// Autograd does not follow it.
    ///
    /// # Errors
    /// Those of Candle on the device.
    pub fn evaluate(&self, images: &Tensor) -> Result<Tensor> {
        self.forward(images, &mut Mode::Evaluation)
    }

    /// A pass in training, by the batch's own statistics, which [`CandleNetwork::follow`] takes
    /// into the running averages.
    ///
    /// # Errors
    /// As many factors from `keep` as were not asked for, and those of Candle on the device.
    pub fn train(&self, images: &Tensor, keep: &mut KeepFactors) -> Result<Pass> {
        let mut mode = Mode::Training(keep, Vec::new());
        let logits = self.forward(images, &mut mode)?;
        let statistics = match mode {
            Mode::Training(_, statistics) => statistics,
            Mode::Evaluation => Vec::new(),
        };
        Ok(Pass { logits, statistics })
    }

    /// Moves the running averages a tenth of the way to the statistics of a pass, with PyTorch's
    /// rule: the variance is the unbiased one.
    ///
    /// # Errors
    /// Those of Candle on the device.
    pub fn follow(&mut self, pass: &Pass) -> Result<()> {
        for (layer, new) in &pass.statistics {
            if let Some(running) = &mut self.running[*layer] {
                let mixed =
                    |old: &Tensor, new: &Tensor| (old * (1.0 - MOMENTUM))? + (new * MOMENTUM)?;
                *running = Statistics {
                    mean: mixed(&running.mean, &new.mean)?,
                    variance: mixed(&running.variance, &new.variance)?,
                };
            }
        }
        Ok(())
    }

    /// The gradient of a scalar loss of a [`Pass`], a tensor for each of the layout's: zeros where
    /// the formula lets none through, as the fused engine has it.
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
                tensor.name, self.definition.name
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
    /// for it. Only what [`Layout::decaying`] counts decays.
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
        self.descend(optimiser, rate, &gradients)?;
        Ok(loss.detach())
    }

    /// One step along the gradients. To be taken after the backward pass alone: variables share
    /// what the tape holds.
    fn descend(&mut self, optimiser: &Optimiser, rate: f64, gradients: &[Tensor]) -> Result<()> {
        self.steps += 1;
        for (((parameter, tensor), moments), gradient) in self
            .parameters
            .iter()
            .zip(&self.layout.tensors)
            .zip(&mut self.moments)
            .zip(gradients)
        {
            let step = OptimiserStep {
                optimiser: *optimiser,
                rate,
                number: self.steps,
                weight_decay: match tensor.role {
                    Role::Activation(_) => 0.0,
                    _ => optimiser.weight_decay(),
                },
            };
            let detached = parameter.as_detached_tensor();
            parameter.set(&moments.step(step, &UpdateMasks::default(), &detached, gradient)?)?;
        }
        Ok(())
    }

    /// The parameters, in the order of the layout.
    ///
    /// # Errors
    /// Those of Candle on the device.
    pub fn parameters(&self) -> Result<Vec<f64>> {
        flat(self.parameters.iter().map(Var::as_tensor))
    }

    /// The running averages: of each layer that normalises, in order, the means of its channels and
    /// then their unbiased variances. In 64 bits, to hold the network to a reference; what goes on
    /// from them has [`CandleNetwork::state`], in 32.
    ///
    /// # Errors
    /// Those of Candle on the device.
    pub fn running_statistics(&self) -> Result<Vec<f64>> {
        flat(
            self.running
                .iter()
                .flatten()
                .flat_map(|running| [&running.mean, &running.variance]),
        )
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

    fn device(&self) -> &Device {
        self.parameters[0].device()
    }

    fn dtype(&self) -> DType {
        self.parameters[0].dtype()
    }

    fn forward(&self, images: &Tensor, mode: &mut Mode) -> Result<Tensor> {
        let image = self.definition.image();
        let wanted = [images.dim(0)?, image.height, image.width, image.channels];
        if images.dims() != wanted {
            bail!(
                "{} takes images of {wanted:?} and found {:?}: give images x height x width x \
                 channels",
                self.definition.name,
                images.dims()
            );
        }
        let mut maps: Vec<Option<Tensor>> = vec![None; self.last_reader.len()];
        maps[0] = Some(images.clone());
        for (index, layer) in self.definition.layers.iter().enumerate() {
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
        logits.reshape((wanted[0], self.definition.classes()))
    }

    fn layer(
        &self,
        index: usize,
        layer: &Layer,
        input: &Tensor,
        residual: Option<&Tensor>,
        mode: &mut Mode,
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
            } => {
                let shifted = match shift {
                    Shift::None => input.clone(),
                    Shift::Bias => {
                        input.broadcast_add(&self.parameter(index, Role::Shift, mode)?)?
                    }
                    Shift::BatchNormalisation => {
                        let normalised = self.normalised(index, input, mode)?;
                        let scaled = normalised.broadcast_mul(&self.parameter(
                            index,
                            Role::Gain,
                            mode,
                        )?)?;
                        scaled.broadcast_add(&self.parameter(index, Role::Shift, mode)?)?
                    }
                };
                let made = add(shifted, residual)?;
                if activated {
                    self.activate(index, &made, mode)
                } else {
                    Ok(made)
                }
            }
            LayerKind::MaxPool {
                kernel,
                stride,
                padding,
            } => maps::max_pool(input, kernel, stride, padding),
            LayerKind::AveragePool => maps::average_pool(input),
            LayerKind::Subsample { stride, outputs } => maps::subsample(input, stride, outputs),
            LayerKind::Dropout { .. } => match mode {
                Mode::Evaluation => Ok(input.clone()),
                Mode::Training(keep, _) => {
                    let factors = keep(index, input.elem_count());
                    if factors.len() != input.elem_count() {
                        let (found, wanted) = (factors.len(), input.elem_count());
                        bail!(
                            "{} of {} drops among {wanted} elements and was given {found} factors",
                            layer.name,
                            self.definition.name
                        );
                    }
                    input
                        * Tensor::from_vec(factors, input.shape(), input.device())?
                            .to_dtype(input.dtype())?
                }
            },
        }
    }

    /// A parameter of a layer; in evaluation autograd does not follow it, so that no pass holds its
    /// maps for a gradient.
    fn parameter(&self, layer: usize, role: Role, mode: &Mode) -> Result<Tensor> {
        let own = self
            .layout
            .tensors
            .iter()
            .position(|tensor| tensor.layer == layer && tensor.role == role);
        let variable =
            &self.parameters[own.expect("the layout has every parameter of every layer")];
        Ok(match mode {
            Mode::Training(..) => variable.as_tensor().clone(),
            Mode::Evaluation => variable.as_detached_tensor(),
        })
    }

    fn normalised(&self, index: usize, input: &Tensor, mode: &mut Mode) -> Result<Tensor> {
        let statistics = match mode {
            Mode::Evaluation => self.running[index]
                .clone()
                .expect("a layer that normalises has running averages"),
            Mode::Training(_, all) => {
                let own = Statistics::of(input)?;
                all.push((index, own.unbiased(input.elem_count() / input.dim(3)?)?));
                own
            }
        };
        statistics.normalise(input)
    }

    fn activate(&self, index: usize, input: &Tensor, mode: &Mode) -> Result<Tensor> {
        let own = (0..self.activation.parameters().len())
            .map(|place| self.parameter(index, Role::Activation(place), mode));
        let own: Vec<Tensor> = own.collect::<Result<_>>()?;
        let rows = input.reshape(((), input.dim(3)?))?;
        let made = evaluate_tensor(&self.activation, &[&rows], &own.iter().collect::<Vec<_>>())?
            .swap_remove(0);
        made.reshape(input.shape())
    }
}

/// The mean cross entropy of logits (images x classes) and labels (a `u32` an image), a scalar.
///
/// # Errors
/// Those of Candle on the device.
pub fn cross_entropy(logits: &Tensor, labels: &Tensor) -> Result<Tensor> {
    // The greatest logit is a constant to autograd: it cancels.
    let shifted = logits.broadcast_sub(&logits.detach().max_keepdim(1)?)?;
    let normaliser = shifted.exp()?.sum_keepdim(1)?.log()?;
    (normaliser - shifted.gather(&labels.unsqueeze(1)?, 1)?)?.mean_all()
}

/// Tensors as one vector.
///
/// # Errors
/// Those of Candle on the device.
pub fn flat<'a>(tensors: impl IntoIterator<Item = &'a Tensor>) -> Result<Vec<f64>> {
    let mut all = Vec::new();
    for tensor in tensors {
        all.extend(
            tensor
                .flatten_all()?
                .to_dtype(DType::F64)?
                .to_vec1::<f64>()?,
        );
    }
    Ok(all)
}

/// The running averages of a layer that normalises before its first batch: 0 and 1.
fn start(
    definition: &Definition,
    index: usize,
    dtype: DType,
    device: &Device,
) -> Result<Option<Statistics>> {
    match definition.layers[index].kind {
        LayerKind::Affine {
            shift: Shift::BatchNormalisation,
            ..
        } => {
            let zeros = Tensor::zeros(
                (1, 1, 1, definition.map(MapId(index + 1)).channels),
                dtype,
                device,
            )?;
            Ok(Some(Statistics {
                variance: constant_like(&zeros, 1.0)?,
                mean: zeros,
            }))
        }
        _ => Ok(None),
    }
}

fn check_length(architecture: &str, layout: &Layout, found: usize) -> Result<()> {
    if layout.len() == found {
        return Ok(());
    }
    bail!(
        "{architecture} has {} parameters and found {found}: give as many as the layout has, those of \
         the activation last",
        layout.len()
    );
}

fn check_maps(definition: &Definition) -> Result<()> {
    for layer in &definition.layers {
        let LayerKind::Convolution {
            kernel,
            stride,
            padding,
            ..
        } = layer.kind
        else {
            continue;
        };
        let map = definition.map(layer.input);
        let rest = |side: usize| (side + 2 * padding - kernel) % stride;
        if kernel > 1 && rest(map.height) != rest(map.width) {
            bail!(
                "{} of {} goes in steps of {stride} over a map of {} x {}, of which Candle has no \
                 gradient: give square images",
                layer.name,
                definition.name,
                map.height,
                map.width
            );
        }
    }
    Ok(())
}
