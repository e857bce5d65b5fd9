//! The published architectures by their names, the activation swapped everywhere and nothing else.

use crate::nets::description::{DescriptionError, NetworkDescription};
use crate::nets::layer::{Layer, LayerKind, MapId, MapShape, Shift};
use crate::nets::Initialisation;

/// An architecture with its sizes, as [`Architecture::named`] reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Architecture {
    /// `mlp-128-128`: hidden layers of these widths with biases.
    Mlp {
        /// Units of each hidden layer.
        widths: Vec<usize>,
    },
    /// `cnn-16-32-64`: for each width a 3 x 3 convolution, batch normalisation and the activation,
    /// with 2 x 2 max-pooling between them; then a linear layer.
    Cnn {
        /// Channels of each convolution.
        widths: Vec<usize>,
    },
    /// `vgg-11`, `vgg-16`: Simonyan and Zisserman 2015 (configurations A and D) with batch
    /// normalisation and, as is usual on small images, one linear layer.
    Vgg {
        /// Layers with weights in the published network: 11 or 16.
        depth: usize,
    },
    /// `resnet-20` and other 6n + 2: He et al. 2016, section 4.2, shortcuts without parameters.
    ResNet {
        /// Layers with weights, 6n + 2.
        depth: usize,
    },
    /// `resnet-50`: He et al. 2016, table 1, with the stride in the 3 x 3 convolution.
    ResNet50,
    /// `wrn-16-2`: Zagoruyko and Komodakis 2016, depth 6n + 4 and width.
    WideResNet {
        /// Layers with weights, 6n + 4.
        depth: usize,
        /// What multiplies the channels 16, 32 and 64.
        width: usize,
    },
}

/// Why a name is no architecture.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ArchitectureError {
    /// The name is none.
    #[error(
        "`{name}` is no architecture: give mlp-128-128 (hidden widths), cnn-16-32-64 (channels), vgg-11, \
         vgg-16, resnet-20 (6n + 2), resnet-50 or wrn-16-2 (depth 6n + 4, width)"
    )]
    Unknown {
        /// The name.
        name: String,
    },
    /// The sizes make none.
    #[error("`{name}`: {what}")]
    BadSize {
        /// The name.
        name: String,
        /// Which sizes would do.
        what: String,
    },
}

/// The most of a width or number of layers: larger ones are slips of the pen.
const MOST_WIDTH: usize = 16_384;
const MOST_DEPTH: usize = 1_202;

impl Architecture {
    /// The architecture of this name.
    ///
    /// # Errors
    /// A name that is none, or sizes that make none, with what would.
    pub fn named(name: &str) -> Result<Architecture, ArchitectureError> {
        let unknown = || ArchitectureError::Unknown {
            name: name.to_owned(),
        };
        let bad = |what: &str| ArchitectureError::BadSize {
            name: name.to_owned(),
            what: what.to_owned(),
        };
        let (kind, sizes) = name.split_once('-').ok_or_else(unknown)?;
        // One spelling each, so that a name can stand in a key: `mlp-064` and `mlp-+64` are none.
        let size = |text: &str| {
            text.parse::<usize>()
                .ok()
                .filter(|size| size.to_string() == text)
                .ok_or_else(unknown)
        };
        let sizes = sizes.split('-').map(size).collect::<Result<Vec<_>, _>>()?;
        if sizes.iter().any(|size| !(1..=MOST_WIDTH).contains(size)) || sizes.len() > MOST_DEPTH {
            return Err(bad(&format!(
                "sizes are from 1 to {MOST_WIDTH}, at most {MOST_DEPTH} of them"
            )));
        }
        match (kind, &sizes[..]) {
            ("mlp", _) => Ok(Architecture::Mlp { widths: sizes }),
            ("cnn", _) => Ok(Architecture::Cnn { widths: sizes }),
            ("vgg", [depth @ (11 | 16)]) => Ok(Architecture::Vgg { depth: *depth }),
            ("vgg", [_]) => Err(bad("the depths of VGG here are 11 and 16")),
            ("resnet", [50]) => Ok(Architecture::ResNet50),
            ("resnet", [depth]) if *depth >= 8 && *depth <= MOST_DEPTH && depth % 6 == 2 => {
                Ok(Architecture::ResNet { depth: *depth })
            }
            ("resnet", [_]) => Err(bad(
                "a ResNet has a depth of 6n + 2, such as 20 or 56, or 50",
            )),
            ("wrn", [depth, width]) if *depth >= 10 && *depth <= MOST_DEPTH && depth % 6 == 4 => {
                Ok(Architecture::WideResNet {
                    depth: *depth,
                    width: *width,
                })
            }
            ("wrn", [_, _]) => Err(bad(
                "a wide residual network has a depth of 6n + 4, such as 16, 28 or 40, and a width",
            )),
            _ => Err(unknown()),
        }
    }

    /// The name that [`Architecture::named`] reads.
    pub fn name(&self) -> String {
        let joined = |kind: &str, sizes: &[usize]| {
            sizes
                .iter()
                .fold(kind.to_owned(), |name, size| format!("{name}-{size}"))
        };
        match self {
            Architecture::Mlp { widths } => joined("mlp", widths),
            Architecture::Cnn { widths } => joined("cnn", widths),
            Architecture::Vgg { depth } => joined("vgg", &[*depth]),
            Architecture::ResNet { depth } => joined("resnet", &[*depth]),
            Architecture::ResNet50 => joined("resnet", &[50]),
            Architecture::WideResNet { depth, width } => joined("wrn", &[*depth, *width]),
        }
    }

    /// The network over images of this size, with that many classes. Where `dropout_per_mille` is
    /// above 0, wide residual networks and VGG drop as published (between the convolutions of a
    /// block; before the linear layer), and so do MLPs and small networks after each hidden
    /// activation and before the linear layer. `initialisation` takes the place of the one that the
    /// architecture is begun with.
    ///
    /// # Errors
    /// Images that are too small for it.
    pub fn description(
        &self,
        image: MapShape,
        classes: usize,
        dropout_per_mille: u32,
        initialisation: Option<Initialisation>,
    ) -> Result<NetworkDescription, DescriptionError> {
        let mut list = List {
            layers: Vec::new(),
            last: MapId::IMAGE,
            dropout_per_mille,
        };
        let usual = match self {
            Architecture::Mlp { widths } => {
                mlp(&mut list, widths);
                Initialisation::LeCun
            }
            Architecture::Cnn { widths } => {
                cnn(&mut list, widths);
                Initialisation::He
            }
            Architecture::Vgg { depth } => {
                vgg(&mut list, *depth);
                Initialisation::HeFanOut
            }
            Architecture::ResNet { depth } => {
                resnet(&mut list, (depth - 2) / 6);
                Initialisation::HeFanOut
            }
            Architecture::ResNet50 => {
                resnet_50(&mut list);
                Initialisation::HeFanOut
            }
            Architecture::WideResNet { depth, width } => {
                wide_resnet(&mut list, (depth - 4) / 6, *width);
                Initialisation::HeFanOut
            }
        };
        list.push("classifier", LayerKind::Linear { outputs: classes });
        list.push(
            "classifier.bias",
            LayerKind::Affine {
                shift: Shift::Bias,
                residual: None,
                activated: false,
            },
        );
        NetworkDescription::new(
            &self.name(),
            image,
            list.layers,
            initialisation.unwrap_or(usual),
        )
    }
}

/// Layers in the making.
struct List {
    layers: Vec<Layer>,
    /// The map that the next layer reads.
    last: MapId,
    dropout_per_mille: u32,
}

impl List {
    fn push(&mut self, name: &str, kind: LayerKind) -> MapId {
        self.layers.push(Layer {
            name: name.to_owned(),
            input: self.last,
            kind,
        });
        self.last = MapId(self.layers.len());
        self.last
    }

    fn convolution(
        &mut self,
        name: &str,
        kernel: usize,
        stride: usize,
        outputs: usize,
        residual: Option<MapId>,
    ) -> MapId {
        self.push(
            name,
            LayerKind::Convolution {
                kernel,
                stride,
                padding: kernel / 2,
                outputs,
                residual,
            },
        )
    }

    fn normalised(&mut self, name: &str, residual: Option<MapId>, activated: bool) -> MapId {
        self.push(
            name,
            LayerKind::Affine {
                shift: Shift::BatchNormalisation,
                residual,
                activated,
            },
        )
    }

    fn max_pool(&mut self, name: &str) {
        self.push(
            name,
            LayerKind::MaxPool {
                kernel: 2,
                stride: 2,
                padding: 0,
            },
        );
    }

    fn dropout(&mut self, name: &str) {
        if self.dropout_per_mille > 0 {
            self.push(
                name,
                LayerKind::Dropout {
                    per_mille: self.dropout_per_mille,
                },
            );
        }
    }
}

fn mlp(list: &mut List, widths: &[usize]) {
    for (index, width) in widths.iter().enumerate() {
        let name = format!("hidden{}", index + 1);
        list.push(&name, LayerKind::Linear { outputs: *width });
        list.push(
            &format!("{name}.bias"),
            LayerKind::Affine {
                shift: Shift::Bias,
                residual: None,
                activated: true,
            },
        );
        list.dropout(&format!("{name}.dropout"));
    }
}

fn cnn(list: &mut List, widths: &[usize]) {
    for (index, width) in widths.iter().enumerate() {
        let name = format!("block{}", index + 1);
        list.convolution(&format!("{name}.convolution"), 3, 1, *width, None);
        list.normalised(&format!("{name}.normalisation"), None, true);
        if index + 1 < widths.len() {
            list.max_pool(&format!("{name}.pool"));
        }
    }
    list.dropout("dropout");
}

fn vgg(list: &mut List, depth: usize) {
    let stages: [(usize, usize); 5] = if depth == 11 {
        [(1, 64), (1, 128), (2, 256), (2, 512), (2, 512)]
    } else {
        [(2, 64), (2, 128), (3, 256), (3, 512), (3, 512)]
    };
    for (stage, (convolutions, outputs)) in stages.into_iter().enumerate() {
        for index in 1..=convolutions {
            let name = format!("stage{}.convolution{index}", stage + 1);
            list.convolution(&name, 3, 1, outputs, None);
            list.normalised(
                &format!("stage{}.normalisation{index}", stage + 1),
                None,
                true,
            );
        }
        list.max_pool(&format!("stage{}.pool", stage + 1));
    }
    list.dropout("dropout");
}

fn resnet(list: &mut List, blocks: usize) {
    list.convolution("convolution", 3, 1, 16, None);
    let mut identity = list.normalised("normalisation", None, true);
    for (stage, outputs) in [16, 32, 64].into_iter().enumerate() {
        for block in 1..=blocks {
            let name = format!("stage{}.block{block}", stage + 1);
            let stride = if stage > 0 && block == 1 { 2 } else { 1 };
            if stride == 2 {
                let before = list.last;
                identity = list.push(
                    &format!("{name}.shortcut"),
                    LayerKind::Subsample { stride, outputs },
                );
                list.last = before;
            }
            list.convolution(&format!("{name}.convolution1"), 3, stride, outputs, None);
            list.normalised(&format!("{name}.normalisation1"), None, true);
            list.convolution(&format!("{name}.convolution2"), 3, 1, outputs, None);
            identity = list.normalised(&format!("{name}.normalisation2"), Some(identity), true);
        }
    }
    list.push("pool", LayerKind::AveragePool);
}

fn resnet_50(list: &mut List) {
    list.convolution("convolution", 7, 2, 64, None);
    list.normalised("normalisation", None, true);
    let mut identity = list.push(
        "pool1",
        LayerKind::MaxPool {
            kernel: 3,
            stride: 2,
            padding: 1,
        },
    );
    for (stage, (blocks, inner)) in [(3, 64), (4, 128), (6, 256), (3, 512)]
        .into_iter()
        .enumerate()
    {
        for block in 1..=blocks {
            let name = format!("stage{}.block{block}", stage + 1);
            let stride = if stage > 0 && block == 1 { 2 } else { 1 };
            if block == 1 {
                let before = list.last;
                list.convolution(
                    &format!("{name}.shortcut.convolution"),
                    1,
                    stride,
                    4 * inner,
                    None,
                );
                identity = list.normalised(&format!("{name}.shortcut.normalisation"), None, false);
                list.last = before;
            }
            list.convolution(&format!("{name}.convolution1"), 1, 1, inner, None);
            list.normalised(&format!("{name}.normalisation1"), None, true);
            list.convolution(&format!("{name}.convolution2"), 3, stride, inner, None);
            list.normalised(&format!("{name}.normalisation2"), None, true);
            list.convolution(&format!("{name}.convolution3"), 1, 1, 4 * inner, None);
            identity = list.normalised(&format!("{name}.normalisation3"), Some(identity), true);
        }
    }
    list.push("pool", LayerKind::AveragePool);
}

fn wide_resnet(list: &mut List, blocks: usize, width: usize) {
    list.convolution("convolution", 3, 1, 16, None);
    let mut channels = 16;
    for (stage, base) in [16, 32, 64].into_iter().enumerate() {
        for block in 1..=blocks {
            let name = format!("stage{}.block{block}", stage + 1);
            let (stride, outputs) = (if stage > 0 && block == 1 { 2 } else { 1 }, base * width);
            let identity = list.last;
            let activated = list.normalised(&format!("{name}.normalisation1"), None, true);
            let shortcut = if channels == outputs && stride == 1 {
                identity
            } else {
                let shortcut =
                    list.convolution(&format!("{name}.shortcut"), 1, stride, outputs, None);
                list.last = activated;
                shortcut
            };
            list.convolution(&format!("{name}.convolution1"), 3, stride, outputs, None);
            list.normalised(&format!("{name}.normalisation2"), None, true);
            list.dropout(&format!("{name}.dropout"));
            list.convolution(
                &format!("{name}.convolution2"),
                3,
                1,
                outputs,
                Some(shortcut),
            );
            channels = outputs;
        }
    }
    list.normalised("normalisation", None, true);
    list.push("pool", LayerKind::AveragePool);
}
