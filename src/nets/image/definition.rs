//! A network of maps as a list of layers: what the training engine and the Candle path both run.

use std::ops::Range;

use crate::formula::graph::Parameter;
use crate::nets::{Initialisation, Start};
use crate::numerics::stream::Stream;

/// The size of a map: what a layer reads or makes of one image. Elements stand row by row, the
/// channels of a place together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MapShape {
    pub height: usize,
    pub width: usize,
    pub channels: usize,
}

impl MapShape {
    /// Places of the map.
    pub fn places(self) -> usize {
        self.height * self.width
    }

    /// Elements of the map.
    pub fn elements(self) -> usize {
        self.places() * self.channels
    }
}

/// A map of a network: 0 is the image, `i + 1` what layer `i` makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MapId(pub usize);

impl MapId {
    /// The image.
    pub const IMAGE: MapId = MapId(0);
}

/// What comes between a product and an activation, a channel at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shift {
    /// Nothing.
    None,
    /// A bias is added.
    Bias,
    /// Batch normalisation with gain and shift (Ioffe and Szegedy 2015): statistics of all places
    /// of all images of a batch.
    BatchNormalisation,
}

/// How a layer makes a map of others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LayerKind {
    /// A square convolution without bias; `residual` is added to what it gives.
    Convolution {
        kernel: usize,
        stride: usize,
        padding: usize,
        outputs: usize,
        residual: Option<MapId>,
    },
    /// All elements of the map by a matrix, without bias: a map of one place.
    Linear { outputs: usize },
    /// The shift, then `residual` added, then the activation where it is `activated`.
    Affine {
        shift: Shift,
        residual: Option<MapId>,
        activated: bool,
    },
    /// The greatest element of each window; what the padding holds is never the greatest.
    MaxPool {
        kernel: usize,
        stride: usize,
        padding: usize,
    },
    /// The mean of all places: a map of one place.
    AveragePool,
    /// Every `stride`-th place, with further channels of zeros: a shortcut without parameters (He
    /// et al. 2016, option A).
    Subsample { stride: usize, outputs: usize },
    /// In training, each element is 0 with this probability in units of 1 / 1000, and the others
    /// are scaled up.
    Dropout { per_mille: u32 },
}

/// A layer with the map that it reads.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    pub name: String,
    pub input: MapId,
    pub kind: LayerKind,
}

impl Layer {
    /// The map that is added to what the layer makes.
    pub fn residual(&self) -> Option<MapId> {
        match self.kind {
            LayerKind::Convolution { residual, .. } | LayerKind::Affine { residual, .. } => {
                residual
            }
            _ => None,
        }
    }

    /// Sizes that must be above 0, with their names.
    fn sizes(&self) -> Vec<(&'static str, usize)> {
        match self.kind {
            LayerKind::Convolution {
                kernel,
                stride,
                outputs,
                ..
            } => vec![("kernel", kernel), ("stride", stride), ("outputs", outputs)],
            LayerKind::Linear { outputs } => vec![("outputs", outputs)],
            LayerKind::MaxPool { kernel, stride, .. } => {
                vec![("kernel", kernel), ("stride", stride)]
            }
            LayerKind::Subsample { stride, .. } => vec![("stride", stride)],
            LayerKind::Affine { .. } | LayerKind::AveragePool | LayerKind::Dropout { .. } => {
                Vec::new()
            }
        }
    }
}

/// A network: layers in an order in which each reads maps made before it; the last one's map, of
/// one place, holds the logits.
#[derive(Clone, Debug, PartialEq)]
pub struct Definition {
    /// As users name it: `wrn-16-2`.
    pub name: String,
    pub layers: Vec<Layer>,
    /// How weights before hidden activations are scaled; those that give the logits are always
    /// [`Initialisation::LeCun`], or [`Initialisation::PyTorch`] as all are.
    pub initialisation: Initialisation,
    maps: Vec<MapShape>,
}

/// Why layers make no network.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum DefinitionError {
    #[error(
        "layer {layer} of {architecture} needs a map of at least {least} x {least} places, and its map \
         has {height} x {width}: give larger images or a shallower architecture"
    )]
    TooSmall {
        architecture: String,
        layer: String,
        least: usize,
        height: usize,
        width: usize,
    },
    #[error("layer {layer} of {architecture} adds maps of different sizes")]
    Mismatch { architecture: String, layer: String },
    #[error("{architecture} has no layer: wanted one at least, which gives the logits")]
    NoLayer { architecture: String },
    #[error(
        "{architecture} is over images of {height} x {width} places with {channels} channels: wanted one \
         of each at least"
    )]
    NoImage {
        architecture: String,
        height: usize,
        width: usize,
        channels: usize,
    },
    #[error("layer {layer} of {architecture} has 0 for its {size}: wanted 1 at least")]
    Zero {
        architecture: String,
        layer: String,
        size: &'static str,
    },
    #[error(
        "layer {layer} of {architecture} reads map {found}: wanted a map made before it, 0 (the image) \
         to {most}"
    )]
    NotMade {
        architecture: String,
        layer: String,
        found: usize,
        most: usize,
    },
    #[error(
        "layer {layer} of {architecture} gives {found} channels and only adds channels: wanted {least} \
         at least, those of its map"
    )]
    Narrower {
        architecture: String,
        layer: String,
        found: usize,
        least: usize,
    },
}

impl Definition {
    /// The network of these layers over images of this size.
    ///
    /// # Errors
    /// No layer or an empty image; a layer that reads a map which is not made before it, has a size
    /// of 0, a window larger than its map, or fewer channels than it must have; and maps of
    /// different sizes that are added.
    pub fn new(
        name: &str,
        image: MapShape,
        layers: Vec<Layer>,
        initialisation: Initialisation,
    ) -> Result<Definition, DefinitionError> {
        let architecture = || name.to_owned();
        if layers.is_empty() {
            return Err(DefinitionError::NoLayer {
                architecture: architecture(),
            });
        }
        if image.elements() == 0 {
            let MapShape {
                height,
                width,
                channels,
            } = image;
            return Err(DefinitionError::NoImage {
                architecture: architecture(),
                height,
                width,
                channels,
            });
        }
        let mut maps = vec![image];
        for layer in &layers {
            let most = maps.len() - 1;
            if let Some(map) = std::iter::once(layer.input)
                .chain(layer.residual())
                .find(|map| map.0 > most)
            {
                return Err(DefinitionError::NotMade {
                    architecture: architecture(),
                    layer: layer.name.clone(),
                    found: map.0,
                    most,
                });
            }
            if let Some((size, _)) = layer.sizes().into_iter().find(|(_, size)| *size == 0) {
                return Err(DefinitionError::Zero {
                    architecture: architecture(),
                    layer: layer.name.clone(),
                    size,
                });
            }
            let map = made(name, layer, maps[layer.input.0])?;
            if layer
                .residual()
                .is_some_and(|residual| maps[residual.0] != map)
            {
                return Err(DefinitionError::Mismatch {
                    architecture: architecture(),
                    layer: layer.name.clone(),
                });
            }
            maps.push(map);
        }
        Ok(Definition {
            name: name.to_owned(),
            layers,
            initialisation,
            maps,
        })
    }

    /// The size of a map.
    pub fn map(&self, id: MapId) -> MapShape {
        self.maps[id.0]
    }

    /// The size of an image.
    pub fn image(&self) -> MapShape {
        self.maps[0]
    }

    /// Logits of an image.
    pub fn classes(&self) -> usize {
        self.maps[self.layers.len()].elements()
    }

    /// Layers with an activation, in order, each with the channels of its map.
    pub fn activated(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        let is_activated = |layer: &Layer| {
            matches!(
                layer.kind,
                LayerKind::Affine {
                    activated: true,
                    ..
                }
            )
        };
        self.layers
            .iter()
            .enumerate()
            .filter(move |(_, layer)| is_activated(layer))
            .map(|(index, _)| (index, self.maps[index + 1].channels))
    }

    /// Where every parameter lies in the flat vector, for an activation of these trainable
    /// parameters.
    pub fn layout(&self, declared: &[Parameter]) -> Layout {
        let mut layout = Layout::default();
        let mut inputs = 0;
        let last = self.layers.iter().rposition(|layer| {
            matches!(
                layer.kind,
                LayerKind::Linear { .. } | LayerKind::Convolution { .. }
            )
        });
        for (index, layer) in self.layers.iter().enumerate() {
            let (input, output) = (self.map(layer.input), self.maps[index + 1]);
            let is_logits = last == Some(index) && self.initialisation != Initialisation::PyTorch;
            let initialisation = if is_logits {
                Initialisation::LeCun
            } else {
                self.initialisation
            };
            match layer.kind {
                LayerKind::Convolution {
                    kernel, outputs, ..
                } => {
                    let fans = (kernel * kernel * input.channels, kernel * kernel * outputs);
                    layout.push(
                        layer,
                        index,
                        Role::Weights,
                        vec![kernel, kernel, input.channels, outputs],
                        initialisation.start(fans.0, fans.1),
                    );
                    inputs = fans.0;
                }
                LayerKind::Linear { outputs } => {
                    let fans = (input.elements(), outputs);
                    layout.push(
                        layer,
                        index,
                        Role::Weights,
                        vec![input.elements(), outputs],
                        initialisation.start(fans.0, fans.1),
                    );
                    inputs = fans.0;
                }
                LayerKind::Affine { shift, .. } => {
                    if shift == Shift::BatchNormalisation {
                        layout.push(
                            layer,
                            index,
                            Role::Gain,
                            vec![output.channels],
                            Start::Constant(1.0),
                        );
                    }
                    if shift != Shift::None {
                        let is_drawn =
                            shift == Shift::Bias && self.initialisation == Initialisation::PyTorch;
                        let start = if is_drawn {
                            self.initialisation.start(inputs, 0)
                        } else {
                            Start::Constant(0.0)
                        };
                        layout.push(layer, index, Role::Shift, vec![output.channels], start);
                    }
                }
                LayerKind::MaxPool { .. }
                | LayerKind::AveragePool
                | LayerKind::Subsample { .. }
                | LayerKind::Dropout { .. } => {}
            }
        }
        for (index, channels) in self.activated() {
            for (place, parameter) in declared.iter().enumerate() {
                let shape = vec![parameter.values(channels)];
                layout.push(
                    &self.layers[index],
                    index,
                    Role::Activation(place),
                    shape,
                    Start::Constant(parameter.initial()),
                );
            }
        }
        layout
    }
}

/// The map that a layer makes.
fn made(architecture: &str, layer: &Layer, input: MapShape) -> Result<MapShape, DefinitionError> {
    let slid = |kernel: usize, stride: usize, padding: usize, channels: usize| {
        let along = |side: usize| {
            (side + 2 * padding)
                .checked_sub(kernel)
                .map(|room| room / stride + 1)
        };
        match (along(input.height), along(input.width)) {
            (Some(height), Some(width)) => Ok(MapShape {
                height,
                width,
                channels,
            }),
            _ => Err(DefinitionError::TooSmall {
                architecture: architecture.to_owned(),
                layer: layer.name.clone(),
                least: kernel - 2 * padding,
                height: input.height,
                width: input.width,
            }),
        }
    };
    match layer.kind {
        LayerKind::Convolution {
            kernel,
            stride,
            padding,
            outputs,
            ..
        } => slid(kernel, stride, padding, outputs),
        LayerKind::MaxPool {
            kernel,
            stride,
            padding,
        } => slid(kernel, stride, padding, input.channels),
        LayerKind::Subsample { outputs, .. } if outputs < input.channels => {
            Err(DefinitionError::Narrower {
                architecture: architecture.to_owned(),
                layer: layer.name.clone(),
                found: outputs,
                least: input.channels,
            })
        }
        LayerKind::Subsample { stride, outputs } => slid(1, stride, 0, outputs),
        LayerKind::Linear { outputs } => Ok(MapShape {
            height: 1,
            width: 1,
            channels: outputs,
        }),
        LayerKind::AveragePool => Ok(MapShape {
            height: 1,
            width: 1,
            channels: input.channels,
        }),
        LayerKind::Affine { .. } | LayerKind::Dropout { .. } => Ok(input),
    }
}

/// What a parameter does in its layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Of a convolution: kernel rows x kernel columns x input channels x output channels; of a
    /// linear layer: inputs x outputs.
    Weights,
    Gain,
    Shift,
    /// The activation's own parameter of this place in the order of its text; does not decay.
    Activation(usize),
}

/// A parameter tensor and its place in the flat vector.
#[derive(Clone, Debug, PartialEq)]
pub struct ParameterTensor {
    /// The layer's name, then its role: `stage1.block1.convolution1.weights`.
    pub name: String,
    pub layer: usize,
    pub role: Role,
    pub shape: Vec<usize>,
    pub start: Start,
    pub range: Range<usize>,
}

/// All parameters of a network, one after another; those of the activation come last.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layout {
    pub tensors: Vec<ParameterTensor>,
}

impl Layout {
    fn push(&mut self, layer: &Layer, index: usize, role: Role, shape: Vec<usize>, start: Start) {
        let role_name = match role {
            Role::Weights => "weights".to_owned(),
            Role::Gain => "gain".to_owned(),
            Role::Shift => "shift".to_owned(),
            Role::Activation(place) => format!("activation{place}"),
        };
        let begin = self.len();
        let range = begin..begin + shape.iter().product::<usize>();
        self.tensors.push(ParameterTensor {
            name: format!("{}.{role_name}", layer.name),
            layer: index,
            role,
            shape,
            start,
            range,
        });
    }

    /// How many numbers there are.
    pub fn len(&self) -> usize {
        self.tensors.last().map_or(0, |tensor| tensor.range.end)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.tensors.is_empty()
    }

    /// How many there are without those of the activation; only they decay.
    pub fn decaying(&self) -> usize {
        self.tensors
            .iter()
            .rfind(|tensor| !matches!(tensor.role, Role::Activation(_)))
            .map_or(0, |tensor| tensor.range.end)
    }

    /// Where a parameter lies; an empty range where the layer has none of this role.
    pub fn range(&self, layer: usize, role: Role) -> Range<usize> {
        self.tensors
            .iter()
            .find(|tensor| tensor.layer == layer && tensor.role == role)
            .map_or(0..0, |tensor| tensor.range.clone())
    }

    /// Where all parameters of the activation in a layer lie, one after another.
    pub fn activation(&self, layer: usize) -> Range<usize> {
        let mut own = self
            .tensors
            .iter()
            .filter(|tensor| tensor.layer == layer && matches!(tensor.role, Role::Activation(_)));
        let Some(first) = own.next() else { return 0..0 };
        first.range.start..own.next_back().unwrap_or(first).range.end
    }

    /// The values that all parameters start from: draws in the order of the layout.
    pub fn initial(&self, stream: &mut Stream) -> Vec<f32> {
        let mut values = Vec::with_capacity(self.len());
        for tensor in &self.tensors {
            values.extend(tensor.range.clone().map(|_| tensor.start.draw(stream)));
        }
        values
    }
}
