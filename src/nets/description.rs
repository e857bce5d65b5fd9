//! A network of maps as a list of layers.

use super::initialisation::Initialisation;
use super::layer::{Layer, LayerKind, MapId, MapShape};

/// A network: layers in an order in which each reads maps made before it; the last one's map, of
/// one place, holds the logits.
#[derive(Clone, Debug, PartialEq)]
pub struct NetworkDescription {
    /// As users name it: `wrn-16-2`.
    pub name: String,
    /// Each reads maps made before it.
    pub layers: Vec<Layer>,
    /// How weights before hidden activations are scaled; those that give the logits are always
    /// [`Initialisation::LeCun`], or [`Initialisation::PyTorch`] as all are.
    pub initialisation: Initialisation,
    maps: Vec<MapShape>,
}

/// Why layers make no network.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum DescriptionError {
    /// A window is larger than the map that it slides over.
    #[error(
        "layer {layer} of {architecture} needs a map of at least {least} x {least} places, and its map \
         has {height} x {width}: give larger images or a shallower architecture"
    )]
    TooSmall {
        /// The network's name.
        architecture: String,
        /// The layer's name.
        layer: String,
        /// The least that would do.
        least: usize,
        /// Rows of the map.
        height: usize,
        /// Places of a row.
        width: usize,
    },
    /// A residual has another size than what it is added to.
    #[error("layer {layer} of {architecture} adds maps of different sizes")]
    Mismatch {
        /// The network's name.
        architecture: String,
        /// The layer's name.
        layer: String,
    },
    /// The list of layers is empty.
    #[error("{architecture} has no layer: wanted one at least, which gives the logits")]
    NoLayer {
        /// The network's name.
        architecture: String,
    },
    /// A side of the image, or its number of channels, is 0.
    #[error(
        "{architecture} is over images of {height} x {width} places with {channels} channels: wanted one \
         of each at least"
    )]
    NoImage {
        /// The network's name.
        architecture: String,
        /// Rows of the map.
        height: usize,
        /// Places of a row.
        width: usize,
        /// Channels of a place.
        channels: usize,
    },
    /// A size of a layer is 0.
    #[error("layer {layer} of {architecture} has 0 for its {size}: wanted 1 at least")]
    Zero {
        /// The network's name.
        architecture: String,
        /// The layer's name.
        layer: String,
        /// What the size is called.
        size: &'static str,
    },
    /// A layer reads a map that is not made before it.
    #[error(
        "layer {layer} of {architecture} reads map {found}: wanted a map made before it, 0 (the image) \
         to {most}"
    )]
    NotMade {
        /// The network's name.
        architecture: String,
        /// The layer's name.
        layer: String,
        /// What was found.
        found: usize,
        /// The last map that is made before.
        most: usize,
    },
    /// A shortcut gives fewer channels than it reads.
    #[error(
        "layer {layer} of {architecture} gives {found} channels and only adds channels: wanted {least} \
         at least, those of its map"
    )]
    Narrower {
        /// The network's name.
        architecture: String,
        /// The layer's name.
        layer: String,
        /// What was found.
        found: usize,
        /// The least that would do.
        least: usize,
    },
}

impl NetworkDescription {
    /// Makes the network of these layers over images of this size.
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
    ) -> Result<NetworkDescription, DescriptionError> {
        let architecture = || name.to_owned();
        if layers.is_empty() {
            return Err(DescriptionError::NoLayer {
                architecture: architecture(),
            });
        }
        if image.elements() == 0 {
            let MapShape {
                height,
                width,
                channels,
            } = image;
            return Err(DescriptionError::NoImage {
                architecture: architecture(),
                height,
                width,
                channels,
            });
        }
        let mut maps = vec![image];
        for layer in &layers {
            let map = checked(name, layer, &maps)?;
            maps.push(map);
        }
        Ok(NetworkDescription {
            name: name.to_owned(),
            layers,
            initialisation,
            maps,
        })
    }

    /// Returns the size of a map.
    pub fn map(&self, id: MapId) -> MapShape {
        self.maps[id.0]
    }

    /// Returns the size of an image.
    pub fn image(&self) -> MapShape {
        self.maps[0]
    }

    /// Returns how many logits an image has.
    pub fn classes(&self) -> usize {
        self.maps[self.layers.len()].elements()
    }

    /// Returns the places of the layers with an activation, in order, each with the channels of its
    /// map.
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
}

/// The map that a layer makes, where it can be made of those before it.
fn checked(
    architecture: &str,
    layer: &Layer,
    maps: &[MapShape],
) -> Result<MapShape, DescriptionError> {
    let names = || (architecture.to_owned(), layer.name.clone());
    let most = maps.len() - 1;
    let mut read = std::iter::once(layer.input).chain(layer.residual());
    if let Some(map) = read.find(|map| map.0 > most) {
        let (architecture, layer) = names();
        return Err(DescriptionError::NotMade {
            architecture,
            layer,
            found: map.0,
            most,
        });
    }
    if let Some((size, _)) = layer.sizes().into_iter().find(|(_, size)| *size == 0) {
        let (architecture, layer) = names();
        return Err(DescriptionError::Zero {
            architecture,
            layer,
            size,
        });
    }
    let map = made(architecture, layer, maps[layer.input.0])?;
    let is_other = |residual: MapId| maps[residual.0] != map;
    if layer.residual().is_some_and(is_other) {
        let (architecture, layer) = names();
        return Err(DescriptionError::Mismatch {
            architecture,
            layer,
        });
    }
    Ok(map)
}

/// The map that a layer makes.
fn made(architecture: &str, layer: &Layer, input: MapShape) -> Result<MapShape, DescriptionError> {
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
            _ => Err(DescriptionError::TooSmall {
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
            Err(DescriptionError::Narrower {
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
