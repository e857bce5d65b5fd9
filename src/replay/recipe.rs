//! How a benchmark's networks are trained: published recipes, and what a user may change of them.

use serde::Serialize;

use crate::nets::image::Architecture;
use crate::nets::{Initialisation, Optimiser, Schedule};

/// How networks are trained on a set of images.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Recipe {
    /// The passes over the images that are trained on.
    pub epochs: u32,
    /// The images of a batch; a remainder of the epoch that does not fill one is left out.
    pub batch: usize,
    /// The rule of the steps.
    pub optimiser: Optimiser,
    /// The learning rate at the start.
    pub rate: f64,
    /// How the learning rate changes over the run.
    pub schedule: Schedule,
    /// The probability of dropout in thousandths; 0 for networks without dropout.
    pub dropout_per_mille: u32,
    /// The scale of initial weights; the architecture's own where absent.
    pub initialisation: Option<Initialisation>,
    /// The pixels of zeros round an image, of which a crop is drawn.
    pub pad: usize,
    /// Whether half of the images are mirrored.
    pub flip: bool,
    /// What pixels become.
    pub standardise: Standardise,
    /// The images of the training part that are held out to be measured after each epoch; a tenth
    /// where absent.
    pub validation: Option<usize>,
    /// The images that are trained on, a balanced part of those not held out; all where absent.
    pub subset: Option<usize>,
}

/// What pixels become.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standardise {
    /// Each channel gets mean 0 and deviation 1 over the images that are trained on.
    Channels,
    /// The mean of each channel is taken off, and black and white are 1 apart.
    Centre,
    /// Divided by 255.
    Unit,
    /// Whitened (ZCA) by the covariance of the images that are trained on.
    Zca,
}

impl Standardise {
    /// Every kind of standardising, in the order of the options.
    pub const ALL: [Standardise; 4] = [
        Standardise::Channels,
        Standardise::Centre,
        Standardise::Unit,
        Standardise::Zca,
    ];

    /// As settings and options name it.
    pub fn name(self) -> &'static str {
        match self {
            Standardise::Channels => "channels",
            Standardise::Centre => "centre",
            Standardise::Unit => "unit",
            Standardise::Zca => "zca",
        }
    }
}

/// Milestones at these of `of` epochs, as parts, so that they keep their places in runs of other
/// lengths.
fn steps(factor: f64, of: f64, at: &[f64]) -> Schedule {
    Schedule::Steps {
        factor,
        at: at.iter().map(|epoch| epoch / of).collect(),
    }
}

impl Recipe {
    /// A fraction of this recipe on so many images: of its passes over images, the fraction. No
    /// fewer than one epoch is trained; where that would be too much, on a balanced part of the
    /// images, and the schedule shrinks with the epochs.
    #[must_use]
    pub fn at(&self, fraction: f64, images: usize) -> Recipe {
        let passes = (fraction * f64::from(self.epochs)).max(f64::MIN_POSITIVE);
        let epochs = passes.ceil().clamp(1.0, f64::from(self.epochs));
        let wanted = (images as f64 * passes / epochs).round() as usize;
        let subset = match wanted.clamp(self.batch.min(images), images) {
            all if all == images => self.subset,
            some => Some(some),
        };
        Recipe {
            epochs: epochs as u32,
            subset,
            ..self.clone()
        }
    }

    /// The settings of SmartMixed (arXiv 2510.22450) for MLPs: 400 epochs of Adam at 1e-4, batches
    /// of 128, pixels between 0 and 1, weights as `nn.Linear` draws them. An eighth of the epochs
    /// is its switch at 50.
    pub fn smart_mixed() -> Recipe {
        Recipe {
            epochs: 400,
            batch: 128,
            optimiser: Optimiser::Adam {
                first_decay: 0.9,
                second_decay: 0.999,
                epsilon: 1e-8,
            },
            rate: 1e-4,
            schedule: Schedule::Constant,
            dropout_per_mille: 0,
            initialisation: Some(Initialisation::PyTorch),
            pad: 0,
            flip: false,
            standardise: Standardise::Unit,
            validation: None,
            subset: None,
        }
    }

    /// The recipe with which an architecture was published, or what is usual for it on small
    /// images.
    pub fn of(architecture: &Architecture) -> Recipe {
        match architecture {
            Architecture::Mlp { .. } => Recipe {
                epochs: 5,
                batch: 128,
                optimiser: Optimiser::default(),
                rate: 1e-3,
                schedule: Schedule::Constant,
                pad: 0,
                flip: false,
                ..Recipe::cifar(0, 0.0, 0.0, Schedule::Constant, 0)
            },
            Architecture::Cnn { .. } => Recipe {
                batch: 64,
                pad: 0,
                flip: false,
                ..Recipe::cifar(4, 0.05, 5e-4, Schedule::Cosine, 0)
            },
            // Bingham et al. 2020: centred, flipped; Zagoruyko and Komodakis 2016: cropped, dropout
            // 0.3.
            Architecture::WideResNet { .. } => Recipe {
                standardise: Standardise::Centre,
                ..Recipe::cifar(
                    200,
                    0.1,
                    5e-4,
                    steps(0.2, 200.0, &[60.0, 120.0, 160.0]),
                    300,
                )
            },
            // He et al. 2016, section 4.2: 64,000 steps of 128, a tenth at 32,000 and 48,000.
            Architecture::ResNet { .. } => {
                Recipe::cifar(164, 0.1, 1e-4, steps(0.1, 4.0, &[2.0, 3.0]), 0)
            }
            Architecture::ResNet50 => {
                Recipe::cifar(90, 0.1, 1e-4, steps(0.1, 90.0, &[30.0, 60.0, 80.0]), 0)
            }
            Architecture::Vgg { .. } => Recipe::cifar(200, 0.05, 5e-4, Schedule::Cosine, 0),
        }
    }

    /// What is usual for CIFAR: SGD with Nesterov's momentum, batches of 128, images padded by 4,
    /// cropped and mirrored.
    fn cifar(
        epochs: u32,
        rate: f64,
        weight_decay: f64,
        schedule: Schedule,
        dropout_per_mille: u32,
    ) -> Recipe {
        Recipe {
            epochs,
            batch: 128,
            optimiser: Optimiser::Sgd {
                momentum: 0.9,
                nesterov: true,
                weight_decay,
            },
            rate,
            schedule,
            dropout_per_mille,
            initialisation: None,
            pad: 4,
            flip: true,
            standardise: Standardise::Channels,
            validation: None,
            subset: None,
        }
    }
}
