//! What a lab file says about a network, and what makes such a definition sound.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::formula::kernel::Compiled;
use crate::formula::Shape;
use crate::nets::{Initialisation, Normalisation, Optimiser, Schedule};

/// The shape of a network.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum NetworkKind {
    /// d - width - ... - width - 1, the activation after each of `depth` hidden layers.
    Mlp,
    /// Pre-norm residual: d - linear to `width` - `depth` blocks `h + W2 f(W1 norm(h))` - linear to
    /// 1, as a transformer's feed-forward part.
    Residual,
}

/// A network and how it is trained, on the mean squared error, in `f32`.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct NetworkDefinition {
    /// The network's name; no two of a profile share one.
    pub name: String,
    /// Its shape.
    pub kind: NetworkKind,
    /// Units of a hidden layer (`mlp`) or of the residual stream (`residual`).
    pub width: usize,
    /// Hidden layers (`mlp`) or blocks (`residual`).
    pub depth: usize,
    /// Units inside a block; `residual` only, and required there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inner_width: Option<usize>,
    /// What hidden layers or blocks are normalised by. Left out: `none` for `mlp`, `layer` for
    /// `residual`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub normalisation: Option<Normalisation>,
    /// How its weights are drawn: `lecun`, `he` or `gain` for `mlp`, `pre_activation_deviation` for
    /// `residual`.
    pub initialisation: Initialisation,
    /// What turns gradients into updates. Left out: Adam with 0.9, 0.999 and 1e-8.
    #[serde(default, skip_serializing_if = "Optimiser::is_default")]
    pub optimiser: Optimiser,
    /// The learning rate of the first step, above 0 and at most 10.
    pub learning_rate: f64,
    /// How the learning rate changes over the run. Left out: `constant`.
    #[serde(default, skip_serializing_if = "Schedule::is_constant")]
    pub schedule: Schedule,
    /// What the learning rate is multiplied by for the trainable parameters of the formula; 0 keeps
    /// them at their initial values.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub parameter_rate_factor: f64,
    /// Rows a step; a training set with fewer rows is one batch.
    pub batch: usize,
    /// Steps of the optimiser in a trial.
    pub steps: u32,
}

fn one() -> f64 {
    1.0
}

fn is_one(factor: &f64) -> bool {
    *factor == 1.0
}

/// Why a network definition cannot be trained.
#[derive(Error, Clone, Debug, PartialEq)]
pub enum NetworkError {
    /// A whole number is out of its range.
    #[error("network `{network}`: `{field}` must lie in {low}..={high}, found {found}")]
    OutOfRange {
        /// The network's name.
        network: String,
        /// The field of the lab file.
        field: &'static str,
        /// The least that is allowed.
        low: usize,
        /// The most that is allowed.
        high: usize,
        /// What the lab file says.
        found: usize,
    },
    /// A number is not above 0, too large, or NaN.
    #[error(
        "network `{network}`: `{field}` must be a number above 0 and at most {high}, found {found}"
    )]
    BadNumber {
        /// The network's name.
        network: String,
        /// The field of the lab file.
        field: &'static str,
        /// The most that is allowed.
        high: f64,
        /// What the lab file says.
        found: f64,
    },
    /// The factor of the parameters' rate is out of its range.
    #[error(
        "network `{network}`: `parameter_rate_factor` must be a number from 0 to \
         {LARGEST_FACTOR}, found {found}"
    )]
    BadFactor {
        /// The network's name.
        network: String,
        /// What the lab file says.
        found: f64,
    },
    /// A residual network does not say how wide its blocks are.
    #[error(
        "network `{network}`: kind `residual` needs `inner_width`, the number of units inside a \
         block; add it"
    )]
    NoInnerWidth {
        /// The network's name.
        network: String,
    },
    /// An `mlp` says how wide its blocks are.
    #[error(
        "network `{network}`: kind `mlp` has no `inner_width`; remove it, or set kind \
         = \"residual\""
    )]
    NeedlessInnerWidth {
        /// The network's name.
        network: String,
    },
    /// The kind does not take this initialisation.
    #[error("network `{network}`: kind `{kind}` takes initialisation {wanted}, found {found:?}")]
    WrongInitialisation {
        /// The network's name.
        network: String,
        /// The network's kind.
        kind: &'static str,
        /// What the kind takes.
        wanted: &'static str,
        /// What the lab file says.
        found: Initialisation,
    },
    /// The network has too many numbers.
    #[error(
        "network `{network}`: about {found} {what}, more than the {most} that this engine trains; \
         lower width, depth or batch"
    )]
    TooLarge {
        /// The network's name.
        network: String,
        /// What is too large.
        what: &'static str,
        /// About how much it is.
        found: u64,
        /// The most that is allowed.
        most: u64,
    },
    /// A formula needs too much memory in it, in MiB.
    #[error(
        "network `{network}`: the formula needs {found} MiB for its intermediate values, more \
         than the {most} MiB that the engine gives; lower width or batch, or read less of the \
         batch"
    )]
    TooMuchMemory {
        /// The network's name.
        network: String,
        /// About how much it is.
        found: u64,
        /// The most that is allowed.
        most: u64,
    },
    /// A decay is out of its range.
    #[error(
        "network `{network}`: `{field}` must be a number from 0 to {below}, {below} excluded, \
         found {found}"
    )]
    BadDecay {
        /// The network's name.
        network: String,
        /// The field of the lab file.
        field: &'static str,
        /// What it must be below.
        below: f64,
        /// What the lab file says.
        found: f64,
    },
    /// Two fields contradict each other.
    #[error("network `{network}`: {why}")]
    Senseless {
        /// The network's name.
        network: String,
        /// What is wrong and what to do.
        why: &'static str,
    },
    /// The name is empty.
    #[error("a network needs a name, found an empty one")]
    NoName,
}

const LARGEST_FACTOR: f64 = 1000.0;
const WIDEST: usize = 4096;
const DEEPEST: usize = 128;
const LARGEST_BATCH: usize = 65_536;
const MOST_STEPS: usize = 100_000_000;
const MOST_PARAMETERS: u64 = 1 << 26;
const MOST_ACTIVATIONS: u64 = 1 << 26;
/// Bytes that a formula's intermediate values may take in one worker.
const MOST_INTERMEDIATE: u64 = 1 << 30;

/// Rows that an evaluation takes at a time, at least; they are the batch that a formula of batch
/// statistics reads there.
pub(super) const EVALUATION_ROWS: usize = 256;

impl NetworkDefinition {
    /// Holds the definition to what the engine can train; the first fault found is the error.
    pub fn check(&self) -> Result<(), NetworkError> {
        if self.name.trim().is_empty() {
            return Err(NetworkError::NoName);
        }
        self.within("width", self.width, WIDEST)?;
        self.within("depth", self.depth, DEEPEST)?;
        self.within("batch", self.batch, LARGEST_BATCH)?;
        self.within("steps", self.steps as usize, MOST_STEPS)?;
        self.positive("learning_rate", self.learning_rate, 10.0)?;
        if !(0.0..=LARGEST_FACTOR).contains(&self.parameter_rate_factor) {
            return Err(NetworkError::BadFactor {
                network: self.name.clone(),
                found: self.parameter_rate_factor,
            });
        }
        self.check_optimiser()?;
        self.check_normalisation()?;
        let parameters = self.check_kind()?;
        let (network, depth) = (|| self.name.clone(), self.depth as u64);
        let widest = self.inner_width.unwrap_or(0).max(self.width) as u64;
        let activations = self.batch as u64 * depth * widest;
        for (what, found, most) in [
            ("parameters", parameters, MOST_PARAMETERS),
            ("activations a batch", activations, MOST_ACTIVATIONS),
        ] {
            if found > most {
                return Err(NetworkError::TooLarge {
                    network: network(),
                    what,
                    found,
                    most,
                });
            }
        }
        Ok(())
    }

    /// Holds inner width and initialisation to the kind; gives about how many parameters the hidden
    /// layers or blocks have.
    fn check_kind(&self) -> Result<u64, NetworkError> {
        let network = || self.name.clone();
        let wrong = |kind, wanted| NetworkError::WrongInitialisation {
            network: network(),
            kind,
            wanted,
            found: self.initialisation,
        };
        let (width, depth) = (self.width as u64, self.depth as u64);
        match (self.kind, self.inner_width) {
            (NetworkKind::Mlp, Some(_)) => {
                Err(NetworkError::NeedlessInnerWidth { network: network() })
            }
            (NetworkKind::Residual, None) => Err(NetworkError::NoInnerWidth { network: network() }),
            (NetworkKind::Mlp, None) => match self.initialisation {
                Initialisation::LeCun | Initialisation::He => Ok(depth * width * width),
                Initialisation::Gain(gain) => {
                    self.positive("gain", gain, 100.0)?;
                    Ok(depth * width * width)
                }
                Initialisation::PreActivationDeviation(_)
                | Initialisation::HeFanOut
                | Initialisation::PyTorch => {
                    Err(wrong("mlp", "\"lecun\", \"he\" or { gain = 1.4 }"))
                }
            },
            (NetworkKind::Residual, Some(inner)) => {
                self.within("inner_width", inner, WIDEST)?;
                match self.initialisation {
                    Initialisation::PreActivationDeviation(deviation) => {
                        self.positive("pre_activation_deviation", deviation, 100.0)?
                    }
                    _ => {
                        return Err(wrong(
                            "residual",
                            "{ pre_activation_deviation = 0.25 } or the like",
                        ))
                    }
                }
                Ok(2 * depth * width * inner as u64)
            }
        }
    }

    /// What the network normalises by: `normalisation`, or what stands for it where it is left out.
    pub fn normalises(&self) -> Normalisation {
        self.normalisation.unwrap_or(match self.kind {
            NetworkKind::Mlp => Normalisation::None,
            NetworkKind::Residual => Normalisation::Layer,
        })
    }

    /// The learning rate of the step after `done` steps.
    pub fn rate(&self, done: u32) -> f64 {
        self.learning_rate
            * self
                .schedule
                .factor(u64::from(done), u64::from(self.steps), self.steps)
    }

    fn check_optimiser(&self) -> Result<(), NetworkError> {
        match self.optimiser {
            Optimiser::Adam {
                first_decay,
                second_decay,
                epsilon,
            }
            | Optimiser::AdamW {
                first_decay,
                second_decay,
                epsilon,
                ..
            } => {
                self.below("first_decay", first_decay, 1.0)?;
                self.below("second_decay", second_decay, 1.0)?;
                self.positive("epsilon", epsilon, 1.0)?;
            }
            Optimiser::Sgd {
                momentum, nesterov, ..
            } => {
                self.below("momentum", momentum, 1.0)?;
                if nesterov && momentum == 0.0 {
                    return self.senseless(
                        "`nesterov` looks ahead along the momentum; set a `momentum` above 0, or \
                         remove `nesterov`",
                    );
                }
            }
        }
        // A weight that loses all of itself in a step, or more, does not decay.
        self.below(
            "weight_decay",
            self.optimiser.weight_decay(),
            1.0 / self.learning_rate,
        )
    }

    fn check_normalisation(&self) -> Result<(), NetworkError> {
        match self.normalises() {
            Normalisation::Batch if self.batch < 2 => self.senseless(
                "`normalisation` = \"batch\" makes a batch of one row 0; set `batch` to 2 or \
                 more, or another `normalisation`",
            ),
            Normalisation::Layer if self.kind == NetworkKind::Mlp && self.width < 2 => self
                .senseless(
                    "`normalisation` = \"layer\" makes a layer of one unit 0; set `width` to 2 or \
                     more, or another `normalisation`",
                ),
            _ => Ok(()),
        }
    }

    fn senseless(&self, why: &'static str) -> Result<(), NetworkError> {
        Err(NetworkError::Senseless {
            network: self.name.clone(),
            why,
        })
    }

    /// Holds what an activation needs in memory in this network, trained on that many rows, to what
    /// the engine gives. Only formulas that read the batch can fail in networks that
    /// [`NetworkDefinition::check`] passes, but for the most hostile of the others.
    pub fn check_memory(
        &self,
        activation: &Compiled,
        training_rows: usize,
    ) -> Result<(), NetworkError> {
        let Compiled::Tensor(kernel) = activation else {
            return Ok(());
        };
        let shape = Shape {
            rows: self.batch.min(training_rows).max(EVALUATION_ROWS),
            features: self.inner_width.unwrap_or(self.width),
        };
        let bytes = kernel.bytes(shape);
        if bytes > MOST_INTERMEDIATE {
            return Err(NetworkError::TooMuchMemory {
                network: self.name.clone(),
                found: bytes >> 20,
                most: MOST_INTERMEDIATE >> 20,
            });
        }
        Ok(())
    }

    fn within(&self, field: &'static str, found: usize, high: usize) -> Result<(), NetworkError> {
        if (1..=high).contains(&found) {
            return Ok(());
        }
        Err(NetworkError::OutOfRange {
            network: self.name.clone(),
            field,
            low: 1,
            high,
            found,
        })
    }

    fn positive(&self, field: &'static str, found: f64, high: f64) -> Result<(), NetworkError> {
        if found > 0.0 && found <= high {
            return Ok(());
        }
        Err(NetworkError::BadNumber {
            network: self.name.clone(),
            field,
            high,
            found,
        })
    }

    fn below(&self, field: &'static str, found: f64, below: f64) -> Result<(), NetworkError> {
        if found >= 0.0 && found < below {
            return Ok(());
        }
        Err(NetworkError::BadDecay {
            network: self.name.clone(),
            field,
            below,
            found,
        })
    }
}
