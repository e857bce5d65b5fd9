//! A network for images in training: the fused engine on the CPU and Candle on a device behind one
//! set of calls.

use candle_core::DType;

use crate::formula::kernel::{Compiled, Kernel};
use crate::formula::Formula;
use crate::nets::candle::{CandleNetwork, RestoreError};
use crate::nets::image::{Activations, BatchLoss, Dropout, Engine, Loss, Mode};
use crate::nets::{Backend, LayerKind, NetworkDescription, Optimiser, StateTensor};
use crate::numerics::stream::Key;

/// The activation that a network is trained with, compiled.
#[derive(Clone)]
pub enum Trained {
    /// One formula in every layer.
    Formula {
        /// The formula.
        formula: Box<Formula>,
        /// The formula, compiled.
        activation: Compiled,
    },
    /// A pool of functions of which each channel chooses one.
    Mixed {
        /// The functions, compiled.
        pool: Vec<Kernel>,
        /// Whether the loss and the noise are those of the published code.
        as_published: bool,
    },
}

/// A network in training.
pub enum Trainer {
    /// The fused engine trains it, on one core.
    Fused(Box<Engine>),
    /// Candle trains it, on a device.
    Device(Box<DeviceTrainer>),
}

/// A network of Candle, with the images of its next pass.
pub struct DeviceTrainer {
    network: CandleNetwork,
    description: NetworkDescription,
    images: Vec<f32>,
}

/// Why a step or a pass could not be made. It says nothing of the activation.
#[derive(Debug, thiserror::Error)]
pub enum TrainerError {
    /// The device failed.
    #[error("the device failed: {0}")]
    Device(#[from] candle_core::Error),
    /// A state is not that of this network.
    #[error("{0}")]
    State(#[from] crate::nets::StateError),
    /// A mixed activation was to be trained on a device.
    #[error("mixed activations train on the CPU only: leave --device out")]
    MixedOnDevice,
}

impl Trainer {
    /// Makes a network with weights drawn from `key`, for batches of up to `batch` images.
    ///
    /// # Errors
    /// The device fails, or the activation is mixed and the back end is a device.
    pub fn new(
        backend: &Backend,
        description: &NetworkDescription,
        trained: &Trained,
        batch: usize,
        key: &Key,
    ) -> Result<Trainer, TrainerError> {
        let weights = || key.word("weights").stream();
        match (backend, trained) {
            (Backend::Fused, trained) => {
                let (activations, loss) = match trained {
                    Trained::Formula { activation, .. } => {
                        (Activations::One(activation), Loss::CrossEntropy)
                    }
                    Trained::Mixed {
                        pool,
                        as_published: false,
                    } => (Activations::Mixed(pool, key), Loss::CrossEntropy),
                    Trained::Mixed {
                        pool,
                        as_published: true,
                    } => (Activations::Mixed(pool, key), Loss::CrossEntropyOfSoftmax),
                };
                let mut engine = Engine::new(description, activations, batch, loss);
                let initial = engine.layout().initial(&mut weights());
                engine.parameters_mut().copy_from_slice(&initial);
                Ok(Trainer::Fused(Box::new(engine)))
            }
            (Backend::Candle(device), Trained::Formula { formula, .. }) => {
                let initial = description
                    .layout(formula.parameters())
                    .initial(&mut weights());
                let network =
                    CandleNetwork::new(description, formula, &initial, DType::F32, device)?;
                let images = vec![0.0; batch * description.image().elements()];
                Ok(Trainer::Device(Box::new(DeviceTrainer {
                    network,
                    description: description.clone(),
                    images,
                })))
            }
            (Backend::Candle(_), Trained::Mixed { .. }) => Err(TrainerError::MixedOnDevice),
        }
    }

    /// Returns the room for the images of the next pass.
    pub fn images_mut(&mut self) -> &mut [f32] {
        match self {
            Trainer::Fused(engine) => engine.images_mut(),
            Trainer::Device(device) => &mut device.images,
        }
    }

    /// Makes one step on the first images, as many as there are labels, and returns their mean loss
    /// before it. Dropout and noise come from the key.
    ///
    /// # Errors
    /// The device fails.
    pub fn step(
        &mut self,
        labels: &[u16],
        key: &Key,
        optimiser: Optimiser,
        rate: f64,
    ) -> Result<f64, TrainerError> {
        match self {
            Trainer::Fused(engine) => {
                let loss = engine.learn(labels, key);
                engine.step(optimiser, rate);
                Ok(loss.mean())
            }
            Trainer::Device(device) => device.step(labels, key, optimiser, rate),
        }
    }

    /// Returns the loss of the first images, as many as there are labels, in evaluation. Mixed
    /// activations choose with noise from the key `noise` where there is one.
    ///
    /// # Errors
    /// The device fails.
    pub fn measure(
        &mut self,
        labels: &[u16],
        noise: Option<Key>,
    ) -> Result<BatchLoss, TrainerError> {
        match self {
            Trainer::Fused(engine) => {
                engine.forward(labels.len(), &Mode::Evaluation(noise));
                Ok(engine.loss(labels))
            }
            Trainer::Device(device) => device.measure(labels),
        }
    }

    /// Returns whether every parameter is finite, and every number that mixed activations choose
    /// by.
    ///
    /// # Errors
    /// The device fails.
    pub fn is_sound(&self) -> Result<bool, TrainerError> {
        match self {
            Trainer::Fused(engine) => Ok(engine.is_sound()),
            Trainer::Device(device) => Ok(device
                .network
                .parameters()?
                .iter()
                .all(|parameter| parameter.is_finite())),
        }
    }

    /// Makes the choices of mixed activations final. Other networks stay as they are.
    pub fn group_channels(&mut self) {
        if let Trainer::Fused(engine) = self {
            engine.group_channels();
        }
    }

    /// Returns, for each mixed layer, the share of its channels that each function of the pool has.
    pub fn shares(&mut self) -> Vec<Vec<f64>> {
        match self {
            Trainer::Fused(engine) => engine.shares(),
            Trainer::Device(_) => Vec::new(),
        }
    }

    /// Returns all that training goes on from.
    ///
    /// # Errors
    /// The device fails.
    pub fn state(&self) -> Result<Vec<StateTensor>, TrainerError> {
        match self {
            Trainer::Fused(engine) => Ok(engine.state()),
            Trainer::Device(device) => Ok(device.network.state()?),
        }
    }

    /// Takes up a state of the same network after so many steps.
    ///
    /// # Errors
    /// The state is that of another network, or the device fails.
    pub fn restore(&mut self, state: &[StateTensor], steps: u32) -> Result<(), TrainerError> {
        match self {
            Trainer::Fused(engine) => Ok(engine.restore(state, steps)?),
            Trainer::Device(device) => {
                device
                    .network
                    .restore(state, steps)
                    .map_err(|error| match error {
                        RestoreError::State(error) => TrainerError::State(error),
                        RestoreError::Device(error) => TrainerError::Device(error),
                    })
            }
        }
    }
}

impl DeviceTrainer {
    fn step(
        &mut self,
        labels: &[u16],
        key: &Key,
        optimiser: Optimiser,
        rate: f64,
    ) -> Result<f64, TrainerError> {
        let (images, labels) = (self.batch(labels.len())?, self.labels(labels)?);
        let description = &self.description;
        let mut keep = |layer: usize, elements: usize| {
            let LayerKind::Dropout { per_mille } = description.layers[layer].kind else {
                return vec![1.0; elements];
            };
            let mut dropout = Dropout::new(per_mille);
            dropout.draw(elements, &key.word("dropout").number(layer as u64));
            dropout.factors().take(elements).collect()
        };
        let loss = self
            .network
            .step(&images, &labels, &mut keep, &optimiser, rate)?;
        Ok(f64::from(loss.to_dtype(DType::F32)?.to_scalar::<f32>()?))
    }

    fn measure(&mut self, labels: &[u16]) -> Result<BatchLoss, TrainerError> {
        let logits = self
            .network
            .evaluate(&self.batch(labels.len())?)?
            .flatten_all()?
            .to_dtype(DType::F32)?
            .to_vec1::<f32>()?;
        Ok(crate::nets::image::cross_entropy(&logits, labels, None))
    }

    fn batch(&self, rows: usize) -> candle_core::Result<candle_core::Tensor> {
        self.network
            .images(&self.images[..rows * self.description.image().elements()])
    }

    fn labels(&self, labels: &[u16]) -> candle_core::Result<candle_core::Tensor> {
        self.network.labels(
            &labels
                .iter()
                .map(|label| u32::from(*label))
                .collect::<Vec<_>>(),
        )
    }
}
