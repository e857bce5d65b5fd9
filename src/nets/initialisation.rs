//! How parameters start.

use serde::{Deserialize, Serialize};

use crate::numerics::stream::Stream;

/// How the weights of linear maps and convolutions are drawn. Draws are normal and biases start at
/// 0, except for [`Initialisation::PyTorch`].
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq)]
pub enum Initialisation {
    /// Standard deviation sqrt(1 / fan in) (LeCun et al. 1998).
    #[serde(rename = "lecun")]
    LeCun,
    /// Standard deviation sqrt(2 / fan in) (He et al. 2015).
    #[serde(rename = "he")]
    He,
    /// Standard deviation `gain / sqrt(fan in)`.
    #[serde(rename = "gain")]
    Gain(f64),
    /// For `residual`: W1 and W2 of every block share the standard deviation `value / sqrt(width)`,
    /// so that the pre-activations, which are sums over `width` inputs of unit variance where they
    /// are normalised, start with about `value` (N(0, 0.02) at width 128 gives 0.23). The first and
    /// last linear are LeCun normal.
    #[serde(rename = "pre_activation_deviation")]
    PreActivationDeviation(f64),
    /// Standard deviation sqrt(2 / fan out), where the fan out of a convolution is kernel places
    /// times output channels, as residual networks are begun (He et al. 2016). For images.
    #[serde(rename = "he_fan_out", skip_deserializing)]
    HeFanOut,
    /// Uniform within sqrt(1 / fan in) either side of 0, biases too, as PyTorch draws `nn.Linear`
    /// where it is not told otherwise. For images.
    #[serde(rename = "pytorch", skip_deserializing)]
    PyTorch,
}

impl Initialisation {
    /// Those among which a recipe for images chooses.
    pub const OF_IMAGES: [Initialisation; 4] = [
        Initialisation::LeCun,
        Initialisation::He,
        Initialisation::HeFanOut,
        Initialisation::PyTorch,
    ];

    /// Returns the name by which options choose it.
    pub fn name(self) -> &'static str {
        match self {
            Initialisation::LeCun => "lecun",
            Initialisation::He => "he",
            Initialisation::Gain(_) => "gain",
            Initialisation::PreActivationDeviation(_) => "pre-activation-deviation",
            Initialisation::HeFanOut => "he-fan-out",
            Initialisation::PyTorch => "pytorch",
        }
    }

    /// Returns what the weights of a linear map or a convolution start from; for `residual`, of one
    /// outside the blocks. The fan in counts the inputs of a unit, the fan out the outputs that an
    /// input reaches.
    pub fn start(self, fan_in: usize, fan_out: usize) -> Start {
        match self {
            Initialisation::LeCun | Initialisation::PreActivationDeviation(_) => {
                Start::Normal((1.0 / fan_in as f64).sqrt())
            }
            Initialisation::He => Start::Normal((2.0 / fan_in as f64).sqrt()),
            Initialisation::Gain(gain) => Start::Normal(gain / (fan_in as f64).sqrt()),
            Initialisation::HeFanOut => Start::Normal((2.0 / fan_out as f64).sqrt()),
            Initialisation::PyTorch => Start::Uniform((1.0 / fan_in as f64).sqrt()),
        }
    }
}

/// What the numbers of a parameter tensor start from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Start {
    /// Normal draws of mean 0 and this standard deviation.
    Normal(f64),
    /// Uniform draws between the negative of this and this.
    Uniform(f64),
    /// This number.
    Constant(f64),
}

impl Start {
    /// Returns the next number; a constant draws nothing from the stream.
    #[inline]
    pub fn draw(self, stream: &mut Stream) -> f32 {
        match self {
            Start::Normal(deviation) => (deviation * stream.normal()) as f32,
            Start::Uniform(bound) => (bound * (2.0 * stream.unit() - 1.0)) as f32,
            Start::Constant(value) => value as f32,
        }
    }
}
