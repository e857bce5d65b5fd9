//! A network by Candle's operations, in training or to be evaluated.

use candle_core::{bail, DType, Device, Result, Tensor, Var, WithDType};

use super::statistics::Statistics;
use crate::formula::graph::{Graph, Node};
use crate::formula::Formula;
use crate::nets::description::NetworkDescription;
use crate::nets::layer::{LayerKind, MapId, Shift};
use crate::nets::optimiser::tensors::TensorMoments;
use crate::nets::parameters::ParameterLayout;

/// A network in training.
///
/// A formula sees a tensor of rows x features for each activated layer: the rows are all places of
/// all images, the features the channels. So a reduction over the batch runs over images and
/// places, and a channel's parameter is one value a channel.
pub struct CandleNetwork {
    pub(super) description: NetworkDescription,
    pub(super) layout: ParameterLayout,
    /// f alone.
    pub(super) activation: Graph,
    /// The formula's parameters that cannot move it, such as one inside `stop_gradient`.
    pub(super) unmoving: Vec<bool>,
    /// The last layer with an activation, where the formula has no slope in x, such as `round(x)`:
    /// no gradient passes it, and none reaches what is before it.
    pub(super) barrier: Option<usize>,
    pub(super) parameters: Vec<Var>,
    /// A layer's running averages, where it normalises.
    pub(super) running: Vec<Option<Statistics>>,
    /// The last layer that reads a map.
    pub(super) last_reader: Vec<usize>,
    /// One a tensor of the layout.
    pub(super) moments: Vec<TensorMoments>,
    /// Steps done.
    pub(super) steps: u32,
}

impl CandleNetwork {
    /// A network that starts from `parameters`, in the order of [`NetworkDescription::layout`] for
    /// the formula's parameters, and computes in `dtype` (`F32` or `F64`).
    ///
    /// # Errors
    /// Another number of parameters than the layout has; a strided convolution over a map whose
    /// sides leave different remainders, of which Candle has no gradient; and those of Candle on
    /// the device.
    pub fn new<T: WithDType>(
        description: &NetworkDescription,
        activation: &Formula,
        parameters: &[T],
        dtype: DType,
        device: &Device,
    ) -> Result<CandleNetwork> {
        let layout = description.layout(activation.parameters());
        check_length(&description.name, &layout, parameters.len())?;
        check_maps(description)?;
        let adjoint = activation.adjoint();
        let mut still = adjoint.outputs()[1..]
            .iter()
            .map(|gradient| adjoint.node(*gradient) == Node::Constant(0));
        let has_no_slope = still.next() == Some(true);
        let unmoving = still.collect();
        let barrier = description
            .activated()
            .last()
            .map(|(index, _)| index)
            .filter(|_| has_no_slope);
        let mut network = CandleNetwork::from_graph(
            description,
            layout,
            activation.graph(),
            parameters,
            dtype,
            device,
        )?;
        (network.unmoving, network.barrier) = (unmoving, barrier);
        Ok(network)
    }

    /// The same from f alone, the first output of a graph, with the parameters of `layout`: one
    /// that no gradient reaches has the gradient 0.
    ///
    /// # Errors
    /// Those of Candle on the device.
    pub(super) fn from_graph<T: WithDType>(
        description: &NetworkDescription,
        layout: ParameterLayout,
        activation: &Graph,
        parameters: &[T],
        dtype: DType,
        device: &Device,
    ) -> Result<CandleNetwork> {
        let variable = |values: &[T], shape: &[usize]| {
            Var::from_tensor(&Tensor::from_slice(values, shape, device)?.to_dtype(dtype)?)
        };
        let parameters: Vec<Var> = layout
            .tensors
            .iter()
            .map(|tensor| variable(&parameters[tensor.range.clone()], &tensor.shape))
            .collect::<Result<_>>()?;
        let moments = parameters
            .iter()
            .map(|variable| TensorMoments::new(variable))
            .collect::<Result<_>>()?;
        let layers = description.layers.len();
        let mut last_reader = vec![layers; layers + 1];
        for (index, layer) in description.layers.iter().enumerate() {
            std::iter::once(layer.input)
                .chain(layer.residual())
                .for_each(|map| last_reader[map.0] = index);
        }
        let running = (0..layers)
            .map(|index| start(description, index, dtype, device))
            .collect::<Result<_>>()?;
        let mut value = activation.without_outputs();
        value.push_output(activation.outputs()[0]);
        Ok(CandleNetwork {
            description: description.clone(),
            layout,
            unmoving: vec![true; activation.parameters().len()],
            barrier: Some(layers),
            activation: value,
            parameters,
            running,
            last_reader,
            moments,
            steps: 0,
        })
    }

    /// Where every parameter lies in the flat vectors.
    pub fn layout(&self) -> &ParameterLayout {
        &self.layout
    }

    /// Images as the network takes them, images x height x width x channels, from such numbers one
    /// after another.
    ///
    /// # Errors
    /// Numbers that make no whole images, and those of Candle on the device.
    pub fn images<T: WithDType>(&self, pixels: &[T]) -> Result<Tensor> {
        let image = self.description.image();
        if pixels.is_empty() || !pixels.len().is_multiple_of(image.elements()) {
            let (found, one) = (pixels.len(), image.elements());
            bail!(
                "{} takes images of {one} numbers and found {found} numbers: give whole images, \
                 one at least",
                self.description.name
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

    /// The labels of images, for [`cross_entropy`](super::cross_entropy).
    ///
    /// # Errors
    /// A label that is no class, and those of Candle on the device.
    pub fn labels(&self, labels: &[u32]) -> Result<Tensor> {
        let classes = self.description.classes();
        if let Some(label) = labels.iter().find(|label| **label as usize >= classes) {
            bail!(
                "{} tells {classes} classes apart and found the label {label}: give labels from 0 \
                 to {}",
                self.description.name,
                classes - 1
            );
        }
        Tensor::from_slice(labels, labels.len(), self.device())
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

    fn device(&self) -> &Device {
        self.parameters[0].device()
    }

    fn dtype(&self) -> DType {
        self.parameters[0].dtype()
    }
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
    description: &NetworkDescription,
    index: usize,
    dtype: DType,
    device: &Device,
) -> Result<Option<Statistics>> {
    match description.layers[index].kind {
        LayerKind::Affine {
            shift: Shift::BatchNormalisation,
            ..
        } => {
            let channels = description.map(MapId(index + 1)).channels;
            let like = Tensor::zeros((1, 1, 1, channels), dtype, device)?;
            Statistics::start(&like).map(Some)
        }
        _ => Ok(None),
    }
}

fn check_length(architecture: &str, layout: &ParameterLayout, found: usize) -> Result<()> {
    if layout.len() == found {
        return Ok(());
    }
    bail!(
        "{architecture} has {} parameters and found {found}: give as many as the layout has, those of \
         the activation last",
        layout.len()
    );
}

fn check_maps(description: &NetworkDescription) -> Result<()> {
    for layer in &description.layers {
        let LayerKind::Convolution {
            kernel,
            stride,
            padding,
            ..
        } = layer.kind
        else {
            continue;
        };
        let map = description.map(layer.input);
        let rest = |side: usize| (side + 2 * padding - kernel) % stride;
        if kernel > 1 && rest(map.height) != rest(map.width) {
            bail!(
                "{} of {} goes in steps of {stride} over a map of {} x {}, of which Candle has no \
                 gradient: give square images",
                layer.name,
                description.name,
                map.height,
                map.width
            );
        }
    }
    Ok(())
}
