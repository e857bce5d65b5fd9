//! Real spherical harmonics, single or mixed at random, over angles or over unit vectors.

use std::f64::consts::{FRAC_PI_2, PI, SQRT_2};

use serde::{Deserialize, Serialize};

use super::law::{Law, Undefined};
use super::region::Region;
use super::TaskError;
use crate::numerics::stream::Key;

/// The highest degree l.
const HIGHEST_ORDER: usize = 16;

/// The smallest half-width, in the units of the definition; below it a box is a point to 32-bit
/// targets.
const LEAST_WIDTH: f64 = 0.001;

/// The coordinates in which a point of the sphere is given.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Coordinates {
    /// (colatitude, azimuth) in radians, in a box about (pi/2, 0): round the equator.
    Angles,
    /// (x, y, z) with x^2 + y^2 + z^2 = 1, in the band `|z| <= half-width`, or in a sector of it
    /// about azimuth 0.
    UnitVector,
}

/// The coordinates of the sphere by which the shells leave the training region.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Leaving {
    /// By either: the distance is the larger of both.
    Both,
    /// Towards the poles only; the azimuth stays within its training range.
    Colatitude,
    /// Round the axis only; the colatitude stays within its training range.
    Azimuth,
}

/// A task whose law is a spherical harmonic, or a random mixture of them.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct HarmonicTask {
    /// The task's name.
    pub name: String,
    /// What the inputs are.
    pub coordinates: Coordinates,
    /// The highest degree l of a mixture, 1 to 16. The mixture holds all (l, m) up to it, or
    /// `terms` of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<usize>,
    /// One harmonic in place of `order`: its degree l, 1 to 16, and its order m, -l to l.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub single: Option<(usize, i64)>,
    /// The number of harmonics of a sparse mixture, without Y_00 and with at least one of degree
    /// `order`; all where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms: Option<usize>,
    /// The half-widths of the training region. For `angles` two, colatitude and azimuth, in units
    /// of pi (default 0.2 and 0.4). For `unit-vector` one, the largest |z| of the training band
    /// (default 0.5), or two, the largest |z| and the azimuth in units of pi: a sector of that band
    /// about azimuth 0 (default 0.5 and 0.4 where the shells leave by the azimuth).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub half_widths: Option<Vec<f64>>,
    /// The coordinates by which the shells leave; `both` for `angles` and `colatitude` for
    /// `unit-vector` where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leaving: Option<Leaving>,
    /// The number of a pinned mixture, which is the same whatever the key; absent for a mixture
    /// drawn from the key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub draw: Option<u64>,
}

impl HarmonicTask {
    pub(super) fn check(&self) -> Result<(), TaskError> {
        self.check_law()?;
        let widths = self.widths();
        let sector = self.leaving() != Leaving::Colatitude;
        let (highest, wanted): (&[f64], &str) = match self.coordinates {
            Coordinates::Angles => (
                &[0.5, 1.0],
                "two numbers in units of pi, from 0.001 to 0.5 (colatitude) and to 1 (azimuth)",
            ),
            Coordinates::UnitVector if sector || widths.len() == 2 => (
                &[1.0, 1.0],
                "two numbers from 0.001 to 1, the largest |z| and the azimuth in units of pi; or \
                 one, where the shells leave by the colatitude",
            ),
            Coordinates::UnitVector => (
                &[1.0],
                "one number from 0.001 to 1, the largest |z|, or two, that and the azimuth in \
                 units of pi",
            ),
        };
        let allowed = widths.len() == highest.len()
            && widths
                .iter()
                .zip(highest)
                .all(|(&width, &limit)| width >= LEAST_WIDTH && width <= limit);
        if !allowed {
            return self.bad("half_widths", wanted.to_string(), format!("{widths:?}"));
        }
        Ok(())
    }

    fn check_law(&self) -> Result<(), TaskError> {
        let order = match (self.order, self.single) {
            (Some(order), None) => order,
            (None, Some((degree, order))) => return self.check_single(degree, order),
            (None, None) => {
                return self.bad(
                    "order",
                    "given, or `single = [l, m]` in its place".to_string(),
                    "neither".to_string(),
                )
            }
            (Some(_), Some(_)) => {
                return self.bad(
                    "order",
                    "left out beside `single`, which has its own".to_string(),
                    "both".to_string(),
                )
            }
        };
        if order == 0 || order > HIGHEST_ORDER {
            return self.bad(
                "order",
                format!("between 1 and {HIGHEST_ORDER}"),
                order.to_string(),
            );
        }
        let most = (order + 1) * (order + 1) - 1;
        match self.terms {
            Some(terms) if terms == 0 || terms > most => {
                self.bad("terms", format!("between 1 and {most}"), terms.to_string())
            }
            _ => Ok(()),
        }
    }

    fn check_single(&self, degree: usize, order: i64) -> Result<(), TaskError> {
        if degree == 0 || degree > HIGHEST_ORDER || order.unsigned_abs() > degree as u64 {
            return self.bad(
                "single",
                format!("[l, m] with l between 1 and {HIGHEST_ORDER} and m between -l and l"),
                format!("[{degree}, {order}]"),
            );
        }
        if order == 0 && self.leaving() == Leaving::Azimuth {
            let wanted = "a harmonic that varies with the azimuth, by which alone the shells \
                leave, so with m other than 0";
            return self.bad("single", wanted.to_string(), format!("[{degree}, 0]"));
        }
        for (field, given) in [
            ("terms", self.terms.map(|terms| terms as u64)),
            ("draw", self.draw),
        ] {
            if let Some(given) = given {
                return self.bad(
                    field,
                    "left out beside `single`, of which nothing is random".to_string(),
                    given.to_string(),
                );
            }
        }
        Ok(())
    }

    fn bad(&self, field: &'static str, wanted: String, found: String) -> Result<(), TaskError> {
        Err(TaskError::BadField {
            task: self.name.clone(),
            field,
            wanted,
            found,
        })
    }

    fn leaving(&self) -> Leaving {
        self.leaving.unwrap_or(match self.coordinates {
            Coordinates::Angles => Leaving::Both,
            Coordinates::UnitVector => Leaving::Colatitude,
        })
    }

    fn widths(&self) -> Vec<f64> {
        self.half_widths
            .clone()
            .unwrap_or_else(|| match (self.coordinates, self.leaving()) {
                (Coordinates::Angles, _) => vec![0.2, 0.4],
                (Coordinates::UnitVector, Leaving::Colatitude) => vec![0.5],
                (Coordinates::UnitVector, _) => vec![0.5, 0.4],
            })
    }

    /// Whether the shells leave by the colatitude, and by the azimuth.
    fn leaves(&self) -> [bool; 2] {
        let leaving = self.leaving();
        [leaving != Leaving::Azimuth, leaving != Leaving::Colatitude]
    }

    pub(super) fn region(&self) -> Region {
        let (widths, leaves) = (self.widths(), self.leaves());
        match self.coordinates {
            Coordinates::Angles => {
                let half_widths = widths.iter().map(|width| width * PI).collect();
                Region::Box {
                    center: vec![FRAC_PI_2, 0.0],
                    half_widths,
                    leaving: leaves.to_vec(),
                }
            }
            Coordinates::UnitVector if widths.len() == 1 => Region::Band {
                half_height: widths[0],
            },
            Coordinates::UnitVector => Region::Sector {
                half_height: widths[0],
                half_azimuth: widths[1] * PI,
                leaving: leaves,
            },
        }
    }

    /// How many half-widths the coordinates allow, and what ends there.
    pub(super) fn reach(&self) -> (f64, &'static str) {
        let (widths, leaves) = (self.widths(), self.leaves());
        let height = match self.coordinates {
            Coordinates::Angles => (0.5 / widths[0], "the colatitude ends at the poles"),
            Coordinates::UnitVector => (1.0 / widths[0], "the sphere ends"),
        };
        let azimuth = || (1.0 / widths[1], "the azimuth has gone round");
        match leaves {
            [true, true] if height.0 <= azimuth().0 => height,
            [true, false] => height,
            _ => azimuth(),
        }
    }

    /// Whether the law is one harmonic, so that no draw can change it.
    pub(super) fn is_single(&self) -> bool {
        self.single.is_some()
    }

    /// The mixture whose harmonics (where it is sparse) and standard normal coefficients come from
    /// the stream at `key`; or the single harmonic.
    pub fn draw(&self, key: &Key) -> Mixture {
        let mut stream = key.stream();
        let order = self
            .single
            .map_or(self.order.unwrap_or(1), |(degree, _)| degree);
        let count = (order + 1) * (order + 1);
        let mut coefficients = vec![0.0; count];
        match (self.single, self.terms) {
            (Some((degree, order)), _) => {
                coefficients[((degree * degree + degree) as i64 + order) as usize] = 1.0
            }
            (None, None) => coefficients
                .iter_mut()
                .for_each(|coefficient| *coefficient = stream.normal()),
            (None, Some(terms)) => {
                let mut left: Vec<usize> = (1..count).collect();
                let mut chosen =
                    vec![left.swap_remove(order * order - 1 + stream.below(2 * order + 1))];
                while chosen.len() < terms {
                    chosen.push(left.swap_remove(stream.below(left.len())));
                }
                chosen.sort_unstable();
                chosen
                    .into_iter()
                    .for_each(|index| coefficients[index] = stream.normal());
            }
        }
        Mixture {
            coordinates: self.coordinates,
            order,
            coefficients,
        }
    }
}

/// A linear combination of the real spherical harmonics up to a degree.
#[derive(Clone, Debug, PartialEq)]
pub struct Mixture {
    /// What the inputs are.
    pub coordinates: Coordinates,
    /// The highest degree l.
    pub order: usize,
    /// The coefficients, that of (l, m) at index l^2 + l + m.
    pub coefficients: Vec<f64>,
}

impl Mixture {
    fn at(&self, harmonics: &mut Harmonics, point: &[f64]) -> f64 {
        let values = match self.coordinates {
            Coordinates::Angles => harmonics.at(libm::cos(point[0]), libm::sin(point[0]), point[1]),
            Coordinates::UnitVector => harmonics.at(
                point[2],
                libm::hypot(point[0], point[1]),
                libm::atan2(point[1], point[0]),
            ),
        };
        self.coefficients
            .iter()
            .zip(values)
            .map(|(coefficient, harmonic)| coefficient * harmonic)
            .sum()
    }
}

impl Law for Mixture {
    fn target(&self, point: &[f64]) -> Result<f64, Undefined> {
        Ok(self.at(&mut Harmonics::new(self.order), point))
    }

    fn targets(&self, points: &[f64], dimension: usize) -> Result<Vec<f64>, (usize, Undefined)> {
        let mut harmonics = Harmonics::new(self.order);
        Ok(points
            .chunks_exact(dimension)
            .map(|point| self.at(&mut harmonics, point))
            .collect())
    }
}

/// The real spherical harmonics Y_lm for l = 0..=order and m = -l..=l at colatitude theta and
/// azimuth phi, that of (l, m) at index l^2 + l + m.
///
/// Orthonormal on the unit sphere, **without** the Condon-Shortley phase: for m > 0, Y_lm = sqrt(2)
/// N_lm P_lm(cos theta) cos(m phi); Y_l,-m has sin(m phi) in its place; so Y_11, Y_1,-1 and Y_10
/// are sqrt(3 / 4 pi) times x, y and z.
pub fn real_harmonics(order: usize, cos_theta: f64, sin_theta: f64, phi: f64) -> Vec<f64> {
    Harmonics::new(order).at(cos_theta, sin_theta, phi).to_vec()
}

/// The harmonics of [`real_harmonics`] at one point after another: the factors of the recurrence,
/// and room for the values.
///
/// The associated Legendre functions are carried already normalised through the recurrence that
/// rises in l at fixed m, which neither overflows nor cancels (Holmes and Featherstone, Journal of
/// Geodesy 76, 2002).
struct Harmonics {
    order: usize,
    /// Of each m, what takes the diagonal P_mm to the next.
    diagonal: Vec<f64>,
    /// Of each (m, l) with l > m, in the order of the recurrence.
    factors: Vec<(f64, f64)>,
    values: Vec<f64>,
}

impl Harmonics {
    fn new(order: usize) -> Harmonics {
        let diagonal = (1..=order)
            .map(|m| ((2 * m + 1) as f64 / (2 * m) as f64).sqrt())
            .collect();
        let factors = (0..=order)
            .flat_map(|m| (m + 1..=order).map(move |l| (rise(l, m), fall(l, m))))
            .collect();
        Harmonics {
            order,
            diagonal,
            factors,
            values: vec![0.0; (order + 1) * (order + 1)],
        }
    }

    fn at(&mut self, cos_theta: f64, sin_theta: f64, phi: f64) -> &[f64] {
        let mut diagonal = (0.25 / PI).sqrt();
        let mut factors = self.factors.iter();
        for m in 0..=self.order {
            if m > 0 {
                diagonal *= self.diagonal[m - 1] * sin_theta;
            }
            let (sine, cosine) = libm::sincos(m as f64 * phi);
            let (sine, cosine) = if m == 0 {
                (0.0, 1.0)
            } else {
                (SQRT_2 * sine, SQRT_2 * cosine)
            };
            let (mut before, mut legendre) = (0.0, diagonal);
            self.values[m * m + m + m] = legendre * cosine;
            self.values[m * m] = legendre * if m == 0 { cosine } else { sine };
            for (l, (rise, fall)) in (m + 1..=self.order).zip(&mut factors) {
                (before, legendre) = (legendre, rise * (cos_theta * legendre - fall * before));
                self.values[l * l + l + m] = legendre * cosine;
                if m > 0 {
                    self.values[l * l + l - m] = legendre * sine;
                }
            }
        }
        &self.values
    }
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
