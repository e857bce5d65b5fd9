//! The layers of a network, and the maps between them.

/// The size of a map: what a layer reads or makes of one image. Elements stand row by row, the
/// channels of a place together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MapShape {
    /// Rows of places.
    pub height: usize,
    /// Places of a row.
    pub width: usize,
    /// Numbers of a place.
    pub channels: usize,
}

impl MapShape {
    /// Returns how many places the map has.
    pub fn places(self) -> usize {
        self.height * self.width
    }

    /// Returns how many numbers the map has.
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
    /// Layer normalisation with gain and shift (Ba et al. 2016): each place by the mean and
    /// variance of its channels. The lab's networks have it; the fused passes over maps do not.
    LayerNormalisation,
}

/// How a layer makes a map of others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LayerKind {
    /// A square convolution without bias; `residual` is added to what it gives.
    Convolution {
        /// Places of a side of the window.
        kernel: usize,
        /// Places from a window to the next.
        stride: usize,
        /// Places of zeros on each side of the map.
        padding: usize,
        /// Channels of what it gives.
        outputs: usize,
        /// What is added, of the size of what it gives.
        residual: Option<MapId>,
    },
    /// All elements of the map by a matrix, without bias: a map of one place.
    Linear {
        /// Channels of what it gives.
        outputs: usize,
    },
    /// The shift, then `residual` added, then the activation where it is `activated`.
    Affine {
        /// What comes between a product and the activation.
        shift: Shift,
        /// What is added after the shift.
        residual: Option<MapId>,
        /// Whether the activation follows.
        activated: bool,
    },
    /// The greatest element of each window; what the padding holds is never the greatest.
    MaxPool {
        /// Places of a side of the window.
        kernel: usize,
        /// Places from a window to the next.
        stride: usize,
        /// Places on each side of the map that no window takes its greatest from.
        padding: usize,
    },
    /// The mean of all places: a map of one place.
    AveragePool,
    /// Every `stride`-th place, with further channels of zeros: a shortcut without parameters (He
    /// et al. 2016, option A).
    Subsample {
        /// Places from one that stays to the next.
        stride: usize,
        /// Channels of what it gives, at least those that it reads.
        outputs: usize,
    },
    /// In training, each element is 0 with this probability in units of 1 / 1000, and the others
    /// are scaled up.
    Dropout {
        /// The probability in thousandths.
        per_mille: u32,
    },
}

/// A layer with the map that it reads.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    /// The layer's name in its network; parameters are named after it.
    pub name: String,
    /// The map that it reads.
    pub input: MapId,
    /// What it does.
    pub kind: LayerKind,
}

impl Layer {
    /// Returns the map that is added to what the layer makes; `None` where none is.
    pub fn residual(&self) -> Option<MapId> {
        match self.kind {
            LayerKind::Convolution { residual, .. } | LayerKind::Affine { residual, .. } => {
                residual
            }
            _ => None,
        }
    }

    /// Sizes that must be above 0, with their names.
    pub(super) fn sizes(&self) -> Vec<(&'static str, usize)> {
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
