//! The training region of a task and the shells around it.

use std::f64::consts::PI;

use crate::numerics::stream::{Key, Stream};

/// Points by which the range of an input is found where the region is no box.
const RANGE_POINTS: usize = 4_096;

/// The region of a task's inputs. Distances are in units of the half-widths of the training region,
/// whose own points have a distance of at most 1.
#[derive(Clone, Debug, PartialEq)]
pub enum Region {
    /// A box; the distance is the sup norm about its centre over the coordinates that are
    /// `leaving`, at least one. The others stay in the box, uniform in it, in every shell.
    Box {
        /// The middle of the box, one number an input.
        center: Vec<f64>,
        /// Half the width of the box in each input, above 0.
        half_widths: Vec<f64>,
        /// Which inputs leave the box in the shells.
        leaving: Vec<bool>,
    },
    /// Unit vectors (x, y, z) of the sphere in a band round the equator; the distance is
    /// `|z| / half_height`.
    Band {
        /// The largest |z| of the training region, above 0 and at most 1.
        half_height: f64,
    },
    /// Unit vectors of the band's sector about azimuth 0. The distance is the larger of
    /// `|z| / half_height` and `|azimuth| / half_azimuth` (radians), or the one of the two that is
    /// `leaving` (z, azimuth), at least one; the other stays within its half-width in every shell.
    Sector {
        /// The largest |z| of the training region, above 0 and at most 1.
        half_height: f64,
        /// The largest |azimuth| of the training region, in radians.
        half_azimuth: f64,
        /// Which of z and azimuth leave the sector in the shells.
        leaving: [bool; 2],
    },
}

impl Region {
    /// A box that every coordinate leaves in the shells.
    pub fn whole_box(center: Vec<f64>, half_widths: Vec<f64>) -> Region {
        let leaving = vec![true; center.len()];
        Region::Box {
            center,
            half_widths,
            leaving,
        }
    }

    /// The number of inputs.
    pub fn dimension(&self) -> usize {
        match self {
            Region::Box { center, .. } => center.len(),
            Region::Band { .. } | Region::Sector { .. } => 3,
        }
    }

    /// The distance of a point from the centre, in half-widths.
    pub fn distance(&self, point: &[f64]) -> f64 {
        match self {
            Region::Box {
                center,
                half_widths,
                leaving,
            } => {
                let coordinates = point
                    .iter()
                    .zip(center)
                    .zip(half_widths)
                    .zip(leaving)
                    .filter(|(_, leaving)| **leaving);
                coordinates
                    .map(|(((x, c), h), _)| ((x - c) / h).abs())
                    .fold(0.0, f64::max)
            }
            Region::Band { half_height } => point[2].abs() / half_height,
            Region::Sector {
                half_height,
                half_azimuth,
                leaving,
            } => cylinder(*half_height, *half_azimuth, *leaving)
                .distance(&[point[2], libm::atan2(point[1], point[0])]),
        }
    }

    /// A point drawn uniformly (by volume, or by area on the sphere) from those whose distance lies
    /// in `(inner, outer]`.
    ///
    /// Direct, so the cost is the same in any dimension and for any shell.
    pub fn sample(&self, stream: &mut Stream, inner: f64, outer: f64) -> Vec<f64> {
        match self {
            Region::Box {
                center,
                half_widths,
                leaving,
            } => {
                let leavers: Vec<usize> =
                    (0..center.len()).filter(|index| leaving[*index]).collect();
                // The volume within distance r grows as r to their number, and the surface at r is
                // spread evenly over its faces.
                let distance = radius(stream, leavers.len() as i32, inner, outer);
                let face = leavers[stream.below(leavers.len())];
                let reach = |leaves: &bool| if *leaves { distance } else { 1.0 };
                let mut point: Vec<f64> = leaving
                    .iter()
                    .map(|leaves| stream.uniform(-reach(leaves), reach(leaves)))
                    .collect();
                point[face] = if stream.chance(0.5) {
                    distance
                } else {
                    -distance
                };
                point
                    .iter()
                    .zip(center)
                    .zip(half_widths)
                    .map(|((u, c), h)| c + h * u)
                    .collect()
            }
            Region::Band { half_height } => {
                // Archimedes: the area of a band of the sphere is proportional to its height.
                let height = half_height * radius(stream, 1, inner, outer);
                let z = if stream.chance(0.5) { height } else { -height };
                unit_vector(z, stream.uniform(-PI, PI))
            }
            Region::Sector {
                half_height,
                half_azimuth,
                leaving,
            } => {
                let point =
                    cylinder(*half_height, *half_azimuth, *leaving).sample(stream, inner, outer);
                unit_vector(point[0], point[1])
            }
        }
    }

    /// The range of each input within a distance of `outer`: exact for a box, else that of many
    /// points of it, always the same.
    pub fn ranges(&self, outer: f64) -> Vec<(f64, f64)> {
        if let Region::Box {
            center,
            half_widths,
            leaving,
        } = self
        {
            let reach = |leaves: bool| if leaves { outer } else { 1.0 };
            let end = |((center, half), leaves): ((&f64, &f64), &bool)| {
                (
                    center - reach(*leaves) * half,
                    center + reach(*leaves) * half,
                )
            };
            let sides = center.iter().zip(half_widths).zip(leaving);
            return sides.map(end).collect();
        }
        let mut stream = Key::new(0).word("ranges").stream();
        let mut ends = vec![(f64::INFINITY, f64::NEG_INFINITY); self.dimension()];
        for _ in 0..RANGE_POINTS {
            let point = self.sample(&mut stream, 0.0, outer);
            ends.iter_mut()
                .zip(point)
                .for_each(|(end, x)| *end = (end.0.min(x), end.1.max(x)));
        }
        ends
    }
}

/// The box of (z, azimuth) that a sector of the sphere is unrolled to, which keeps areas
/// (Archimedes).
fn cylinder(half_height: f64, half_azimuth: f64, leaving: [bool; 2]) -> Region {
    Region::Box {
        center: vec![0.0; 2],
        half_widths: vec![half_height, half_azimuth],
        leaving: leaving.to_vec(),
    }
}

fn unit_vector(z: f64, azimuth: f64) -> Vec<f64> {
    let across = ((1.0 - z) * (1.0 + z)).max(0.0).sqrt();
    vec![across * libm::cos(azimuth), across * libm::sin(azimuth), z]
}

/// A radius in `(inner, outer]` whose `power`-th power is uniform.
fn radius(stream: &mut Stream, power: i32, inner: f64, outer: f64) -> f64 {
    let (low, high) = (inner.powi(power), outer.powi(power));
    loop {
        let volume = high - (high - low) * stream.unit();
        let radius = if power == 1 {
            volume
        } else {
            libm::pow(volume, 1.0 / f64::from(power))
        };
        // The root's rounding may leave the half-open interval at its ends.
        if radius > inner && radius <= outer {
            return radius;
        }
    }
}
