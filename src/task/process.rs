//! Draws of a stationary Gaussian process on the box [-1, 1]^d: smooth random fields that are no
//! polynomial, no wave and no equation.

use serde::{Deserialize, Serialize};

use super::law::{Law, Undefined};
use super::region::Region;
use super::TaskError;
use crate::numerics::stream::Key;

/// The most inputs.
const MOST_VARIABLES: usize = 5;
/// The shortest and the longest length scale, in half-widths of the box.
const LENGTH_SCALES: (f64, f64) = (0.1, 10.0);
/// Waves in the sum that stands for the process; its deviation from the process falls as one over
/// the root of their number.
const WAVES: usize = 256;

/// The covariance of the process.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Covariance {
    /// exp(-r^2 / (2 l^2)): infinitely smooth.
    #[default]
    #[serde(rename = "gaussian")]
    Gaussian,
    /// Matern with nu = 5/2: twice differentiable.
    #[serde(rename = "matern-5/2")]
    MaternFiveHalves,
    /// Matern with nu = 3/2: once differentiable.
    #[serde(rename = "matern-3/2")]
    MaternThreeHalves,
}

/// A task whose law is a draw of a Gaussian process of mean 0 and variance 1.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct ProcessTask {
    /// The task's name.
    pub name: String,
    /// The number of inputs, 1 to 5.
    pub variables: usize,
    /// The length scale l in half-widths of the training box, 0.1 to 10.
    pub length_scale: f64,
    /// The covariance of two points at a distance; Gaussian where absent.
    #[serde(default)]
    pub covariance: Covariance,
}

impl ProcessTask {
    pub(super) fn check(&self) -> Result<(), TaskError> {
        let bad = |field, wanted: String, found: String| {
            Err(TaskError::BadField {
                task: self.name.clone(),
                field,
                wanted,
                found,
            })
        };
        if self.variables == 0 || self.variables > MOST_VARIABLES {
            return bad(
                "variables",
                format!("between 1 and {MOST_VARIABLES}"),
                self.variables.to_string(),
            );
        }
        let (shortest, longest) = LENGTH_SCALES;
        if !(shortest..=longest).contains(&self.length_scale) {
            return bad(
                "length_scale",
                format!("between {shortest} and {longest}"),
                self.length_scale.to_string(),
            );
        }
        Ok(())
    }

    pub(super) fn region(&self) -> Region {
        Region::whole_box(vec![0.0; self.variables], vec![1.0; self.variables])
    }

    /// The draw whose waves come from the stream at `key`.
    ///
    /// A sum of cosines whose wave vectors are drawn from the covariance's spectral density (Rahimi
    /// and Recht, "Random features for large-scale kernel machines", NIPS 2007, algorithm 1):
    /// normal for the Gaussian covariance, Student's t with 2 nu degrees of freedom for Matern's
    /// (Rasmussen and Williams, "Gaussian processes for machine learning", 2006, equation 4.15).
    pub fn draw(&self, key: &Key) -> Process {
        let mut stream = key.stream();
        let waves = (0..WAVES)
            .map(|_| {
                let mut frequencies: Vec<f64> = (0..self.variables)
                    .map(|_| stream.normal() / self.length_scale)
                    .collect();
                let freedom = match self.covariance {
                    Covariance::Gaussian => 0,
                    Covariance::MaternFiveHalves => 5,
                    Covariance::MaternThreeHalves => 3,
                };
                if freedom > 0 {
                    let mean_square = (0..freedom).map(|_| stream.normal().powi(2)).sum::<f64>()
                        / f64::from(freedom);
                    frequencies
                        .iter_mut()
                        .for_each(|frequency| *frequency /= mean_square.sqrt());
                }
                Wave {
                    frequencies,
                    phase: stream.uniform(0.0, std::f64::consts::TAU),
                }
            })
            .collect();
        Process { waves }
    }
}

/// A sum of cosines, as good as a draw of the process.
#[derive(Clone, Debug, PartialEq)]
pub struct Process {
    waves: Vec<Wave>,
}

#[derive(Clone, Debug, PartialEq)]
struct Wave {
    frequencies: Vec<f64>,
    phase: f64,
}

impl Law for Process {
    fn target(&self, point: &[f64]) -> Result<f64, Undefined> {
        let wave = |wave: &Wave| {
            libm::cos(
                wave.phase
                    + wave
                        .frequencies
                        .iter()
                        .zip(point)
                        .map(|(frequency, x)| frequency * x)
                        .sum::<f64>(),
            )
        };
        Ok((2.0 / self.waves.len() as f64).sqrt() * self.waves.iter().map(wave).sum::<f64>())
    }
}
