//! Random mixtures of real spherical harmonics, over angles or over unit vectors.

use std::f64::consts::{FRAC_PI_2, PI, SQRT_2};

use serde::{Deserialize, Serialize};

use super::law::{Law, Undefined};
use super::region::Region;
use super::DatasetError;
use crate::stream::Key;

/// The highest degree l of a mixture.
const HIGHEST_ORDER: usize = 16;

/// The smallest half-width, in the units of the definition; below it a box is a point to 32-bit targets.
const LEAST_WIDTH: f64 = 0.001;

/// In which coordinates a point of the sphere is given.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Coordinates {
    /// (colatitude, azimuth) in radians, in a box about (pi/2, 0): round the equator.
    Angles,
    /// (x, y, z) with x^2 + y^2 + z^2 = 1, in the band `|z| <= half-width`.
    UnitVector,
}

/// A task whose law is a random mixture of real spherical harmonics.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct HarmonicTask {
    pub name: String,
    pub coordinates: Coordinates,
    /// The highest degree l, 1 to 16; the mixture holds all (l, m) up to it.
    pub order: usize,
    /// For `angles` two, colatitude and azimuth, in units of pi (default 0.2 and 0.4); for `unit-vector` one, the largest |z| of the training
    /// band (default 0.5).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub half_widths: Option<Vec<f64>>,
}

impl HarmonicTask {
    pub(super) fn check(&self) -> Result<(), DatasetError> {
        let bad = |field, wanted: String, found: String| Err(DatasetError::BadField { task: self.name.clone(), field, wanted, found });
        if self.order == 0 || self.order > HIGHEST_ORDER {
            return bad("order", format!("between 1 and {HIGHEST_ORDER}"), self.order.to_string());
        }
        let widths = self.widths();
        let (highest, wanted): (&[f64], &str) = match self.coordinates {
            Coordinates::Angles => (&[0.5, 1.0], "two numbers in units of pi, from 0.001 to 0.5 (colatitude) and to 1 (azimuth)"),
            Coordinates::UnitVector => (&[1.0], "one number from 0.001 to 1, the largest |z|"),
        };
        let allowed = widths.len() == highest.len() && widths.iter().zip(highest).all(|(&width, &limit)| width >= LEAST_WIDTH && width <= limit);
        if !allowed {
            return bad("half_widths", wanted.to_string(), format!("{widths:?}"));
        }
        Ok(())
    }

    fn widths(&self) -> Vec<f64> {
        self.half_widths.clone().unwrap_or_else(|| match self.coordinates {
            Coordinates::Angles => vec![0.2, 0.4],
            Coordinates::UnitVector => vec![0.5],
        })
    }

    pub(super) fn region(&self) -> Region {
        let widths = self.widths();
        match self.coordinates {
            Coordinates::Angles => Region::whole_box(vec![FRAC_PI_2, 0.0], widths.iter().map(|width| width * PI).collect()),
            Coordinates::UnitVector => Region::Band { half_height: widths[0] },
        }
    }

    /// How many half-widths the coordinates allow, and what ends there.
    pub(super) fn reach(&self) -> (f64, &'static str) {
        let widths = self.widths();
        match self.coordinates {
            Coordinates::Angles if 0.5 / widths[0] <= 1.0 / widths[1] => (0.5 / widths[0], "the colatitude ends at the poles"),
            Coordinates::Angles => (1.0 / widths[1], "the azimuth has gone round"),
            Coordinates::UnitVector => (1.0 / widths[0], "the sphere ends"),
        }
    }

    /// The mixture whose standard normal coefficients come from the stream at `key`.
    pub fn draw(&self, key: &Key) -> Mixture {
        let mut stream = key.stream();
        let coefficients = (0..(self.order + 1) * (self.order + 1)).map(|_| stream.normal()).collect();
        Mixture { coordinates: self.coordinates, order: self.order, coefficients }
    }
}

/// A linear combination of the real spherical harmonics up to a degree.
#[derive(Clone, Debug, PartialEq)]
pub struct Mixture {
    pub coordinates: Coordinates,
    pub order: usize,
    /// That of (l, m) at index l^2 + l + m.
    pub coefficients: Vec<f64>,
}

impl Law for Mixture {
    fn target(&self, point: &[f64]) -> Result<f64, Undefined> {
        let harmonics = match self.coordinates {
            Coordinates::Angles => real_harmonics(self.order, libm::cos(point[0]), libm::sin(point[0]), point[1]),
            Coordinates::UnitVector => real_harmonics(self.order, point[2], libm::hypot(point[0], point[1]), libm::atan2(point[1], point[0])),
        };
        Ok(self.coefficients.iter().zip(harmonics).map(|(coefficient, harmonic)| coefficient * harmonic).sum())
    }
}

/// The real spherical harmonics Y_lm for l = 0..=order and m = -l..=l at colatitude theta and azimuth phi, that of (l, m) at index l^2 + l + m.
///
/// Orthonormal on the unit sphere, **without** the Condon-Shortley phase: for m > 0, Y_lm = sqrt(2) N_lm P_lm(cos theta) cos(m phi); Y_l,-m has
/// sin(m phi) in its place; so Y_11, Y_1,-1 and Y_10 are sqrt(3 / 4 pi) times x, y and z. The associated Legendre functions are carried already
/// normalised through the recurrence that rises in l at fixed m, which neither overflows nor cancels (Holmes and Featherstone, Journal of Geodesy
/// 76, 2002).
pub fn real_harmonics(order: usize, cos_theta: f64, sin_theta: f64, phi: f64) -> Vec<f64> {
    let mut harmonics = vec![0.0; (order + 1) * (order + 1)];
    let mut diagonal = (0.25 / PI).sqrt();
    for m in 0..=order {
        if m > 0 {
            diagonal *= ((2 * m + 1) as f64 / (2 * m) as f64).sqrt() * sin_theta;
        }
        let angle = m as f64 * phi;
        let (cosine, sine) = if m == 0 { (1.0, 0.0) } else { (SQRT_2 * libm::cos(angle), SQRT_2 * libm::sin(angle)) };
        let (mut before, mut legendre) = (0.0, diagonal);
        for l in m..=order {
            if l > m {
                let next = rise(l, m) * (cos_theta * legendre - fall(l, m) * before);
                (before, legendre) = (legendre, next);
            }
            harmonics[l * l + l + m] = legendre * cosine;
            if m > 0 {
                harmonics[l * l + l - m] = legendre * sine;
            }
        }
    }
    harmonics
}

/// sqrt((4 l^2 - 1) / (l^2 - m^2)).
fn rise(l: usize, m: usize) -> f64 {
    ((4 * l * l - 1) as f64 / (l * l - m * m) as f64).sqrt()
}

/// sqrt(((l - 1)^2 - m^2) / (4 (l - 1)^2 - 1)), which is 0 where l - 1 = m.
fn fall(l: usize, m: usize) -> f64 {
    let lower = (l - 1) * (l - 1);
    if l - 1 == m {
        0.0
    } else {
        ((lower - m * m) as f64 / (4 * lower - 1) as f64).sqrt()
    }
}
