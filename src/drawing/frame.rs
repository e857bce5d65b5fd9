//! A frame: the part of the plane that a drawing shows, with its ticks, and curves cut to it.

use super::curve::{Curve, STEPS};

/// Neighbours closer than this share of the frame's width whose values differ by more than `JUMP`
/// of its height are not joined.
const FINEST: f64 = 2e-5;
const JUMP: f64 = 0.02;
/// What is added above and below, as a share of the height.
const MARGIN: f64 = 0.05;
/// Values of this size and more do not count.
const LARGEST: f64 = 1e300;

/// The part of the plane that a drawing shows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Frame {
    /// The least and the greatest x.
    pub x: (f64, f64),
    /// The least and the greatest y.
    pub y: (f64, f64),
    /// Whether slopes are drawn beside values.
    pub slopes: bool,
}

/// A place on an axis with its label.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    /// Its place, in units of the axis.
    pub at: f64,
    /// The number, or a name in its place.
    pub label: String,
}

impl Frame {
    /// The frame of curves, whose rule keeps one exploding curve from flattening the others. The
    /// frame holds all finite values, unless they reach more than four times beyond a limit; then
    /// it is cut off at plus and minus this limit. The limit is the largest |x| or, where greater,
    /// the size that three quarters of the values of the flattest line stay within.
    pub fn of(curves: &[Curve], slopes: bool) -> Frame {
        let ends = curves
            .iter()
            .flat_map(|curve| curve.points.first().into_iter().chain(curve.points.last()))
            .map(|point| point.x);
        let x = ends.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| {
            (low.min(x), high.max(x))
        });
        let x = if x.0 < x.1 { x } else { (-1.0, 1.0) };
        let mut lines: Vec<Vec<f64>> = curves
            .iter()
            .map(|curve| finite(curve.values(), x.1 - x.0))
            .collect();
        if slopes {
            lines.extend(curves.iter().map(|curve| finite(curve.slopes(), x.1 - x.0)));
        }
        lines.retain(|line| !line.is_empty());
        let flattest = lines
            .iter()
            .map(|line| three_quarters(line))
            .fold(f64::INFINITY, f64::min);
        let limit =
            x.0.abs()
                .max(x.1.abs())
                .max(if flattest.is_finite() { flattest } else { 0.0 });
        let (low, high) = lines
            .iter()
            .flatten()
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), y| {
                (low.min(*y), high.max(*y))
            });
        let (low, high) = match (low, high) {
            (low, high) if low > high => (-1.0, 1.0),
            (low, high) if low.abs().max(high.abs()) > 4.0 * limit => {
                (low.clamp(-limit, limit), high.clamp(-limit, limit))
            }
            ends => ends,
        };
        let margin = match high - low {
            height if height > 1e-9 * low.abs().max(high.abs()) => MARGIN * height,
            _ => low.abs().max(1.0) / 2.0,
        };
        Frame {
            x,
            y: (low - margin, high + margin),
            slopes,
        }
    }

    /// The line as runs of points to be joined, in coordinates from 0 to 1 (left to right, bottom
    /// to top). The line is cut off at the edges of the frame, and a new run begins where it jumps
    /// or has no value.
    pub fn runs(&self, line: impl Iterator<Item = (f64, Option<f64>)>) -> Vec<Vec<(f64, f64)>> {
        let inside = |x: f64, y: f64| {
            (
                (x - self.x.0) / (self.x.1 - self.x.0),
                (y - self.y.0) / (self.y.1 - self.y.0),
            )
        };
        let mut runs: Vec<Vec<(f64, f64)>> = Vec::new();
        let mut last: Option<(f64, f64)> = None;
        for (x, y) in line {
            let next = y.filter(|y| y.abs() < LARGEST).map(|y| inside(x, y));
            if let (Some(a), Some(b)) = (last, next) {
                if let Some((start, end)) =
                    cut(a, b).filter(|_| !(b.0 - a.0 < FINEST && (b.1 - a.1).abs() > JUMP))
                {
                    match runs.last_mut().filter(|run| run.last() == Some(&start)) {
                        Some(run) => run.push(end),
                        None => runs.push(vec![start, end]),
                    }
                }
            }
            last = next;
        }
        runs
    }

    /// About `count` ticks of the x axis, at multiples of 1, 2 or 5 times a power of ten.
    pub fn x_ticks(&self, count: usize) -> Vec<Tick> {
        ticks(self.x, count)
    }

    /// About `count` ticks of the y axis, at multiples of 1, 2 or 5 times a power of ten.
    pub fn y_ticks(&self, count: usize) -> Vec<Tick> {
        ticks(self.y, count)
    }

    /// The place of x in the frame, from 0 at the left to 1 at the right.
    pub fn across(&self, x: f64) -> f64 {
        (x - self.x.0) / (self.x.1 - self.x.0)
    }

    /// The place of y in the frame, from 0 at the bottom to 1 at the top.
    pub fn up(&self, y: f64) -> f64 {
        (y - self.y.0) / (self.y.1 - self.y.0)
    }
}

/// The finite values of a line at about even places: where it bends more points stand, which must
/// not count for more.
fn finite(line: impl Iterator<Item = (f64, Option<f64>)>, width: f64) -> Vec<f64> {
    let apart = 0.99 * width / STEPS as f64;
    let mut last = f64::NEG_INFINITY;
    let even = line.filter(|(x, _)| {
        let counts = x - last >= apart;
        last = if counts { *x } else { last };
        counts
    });
    even.filter_map(|(_, y)| y)
        .filter(|y| y.abs() < LARGEST)
        .collect()
}

/// The size that three quarters of the values stay within.
fn three_quarters(values: &[f64]) -> f64 {
    let mut sizes: Vec<f64> = values.iter().map(|value| value.abs()).collect();
    sizes.sort_by(f64::total_cmp);
    sizes[(sizes.len() - 1) * 3 / 4]
}

/// The part of the segment from a to b whose height is within 0 and 1.
fn cut(a: (f64, f64), b: (f64, f64)) -> Option<((f64, f64), (f64, f64))> {
    if a.1.max(b.1) < 0.0 || a.1.min(b.1) > 1.0 {
        return None;
    }
    let at = |from: (f64, f64), to: (f64, f64)| {
        let edge = from.1.clamp(0.0, 1.0);
        if edge == from.1 {
            from
        } else {
            (
                from.0 + (to.0 - from.0) * ((edge - from.1) / (to.1 - from.1)),
                edge,
            )
        }
    };
    Some((at(a, b), at(b, a)))
}

/// Multiples of 1, 2 or 5 times a power of ten within an interval, about `count` of them.
fn ticks((low, high): (f64, f64), count: usize) -> Vec<Tick> {
    let rough = (high - low) / count.max(1) as f64;
    let power = rough.log10().floor() as i32;
    let lead = rough / 10f64.powi(power);
    let (digit, power) = match lead {
        lead if lead <= 1.0 => (1.0, power),
        lead if lead <= 2.0 => (2.0, power),
        lead if lead <= 5.0 => (5.0, power),
        _ => (1.0, power + 1),
    };
    let step = digit * 10f64.powi(power);
    let (first, last) = ((low / step - 1e-9).ceil(), (high / step + 1e-9).floor());
    // Beyond 2^53 steps from 0 neighbouring multiples are not told apart.
    if !(last - first <= 100.0 && first.abs().max(last.abs()) < 9e15) {
        return Vec::new();
    }
    let plain = low.abs().max(high.abs()) < 1e7 && power >= -4;
    let label = |multiple: f64| match multiple * step {
        _ if multiple == 0.0 => "0".to_owned(),
        at if plain => format!("{at:.*}", (-power).max(0) as usize),
        at => scientific(at, power),
    };
    (0..=(last - first) as usize)
        .map(|k| first + k as f64)
        .map(|multiple| Tick {
            at: multiple * step,
            label: label(multiple),
        })
        .collect()
}

/// A number as `2.5e6`, with digits down to this power of ten.
fn scientific(value: f64, power: i32) -> String {
    let digits = (value.abs().log10().floor() as i32 - power).clamp(0, 15);
    let text = format!("{value:.*e}", digits as usize);
    match text.split_once('e') {
        Some((digits, exponent)) if digits.contains('.') => format!(
            "{}e{exponent}",
            digits.trim_end_matches('0').trim_end_matches('.')
        ),
        _ => text,
    }
}
