//! Sampling: where a curve's points lie, closer where it bends.

use super::curve::{Curve, Point, STEPS};
use super::frame::Frame;
use super::label::one_line;
use crate::formula::Formula;

/// How often a step may be halved.
const HALVINGS: usize = 8;
/// The most points of a curve.
const MOST_POINTS: usize = 2_401;
/// How far a point may lie off the line between its neighbours, as a share of the frame's height.
const TOLERANCE: f64 = 5e-4;

impl Curve {
    /// Samples a formula on `range`, whose ends are finite and in ascending order. The samples are
    /// even, and closer (to about a hundred-thousandth of the range) where f or f' bends, jumps or
    /// ceases to be finite; there are at most 2,401.
    pub fn of(label: &str, formula: &Formula, range: (f64, f64)) -> Curve {
        let (low, high) = range;
        let at = |step: usize| {
            if step == STEPS {
                high
            } else {
                low + (high - low) * (step as f64 / STEPS as f64)
            }
        };
        let points: Vec<Point> = (0..=STEPS).map(|step| point(formula, at(step))).collect();
        let mut curve = Curve {
            label: one_line(label),
            points,
        };
        let frame = Frame::of(std::slice::from_ref(&curve), true);
        let mut open: Vec<(Point, Point)> = curve
            .points
            .windows(2)
            .map(|pair| (pair[0], pair[1]))
            .collect();
        for _ in 0..HALVINGS {
            let mut bent = Vec::new();
            for (left, right) in open {
                let middle = left.x + (right.x - left.x) / 2.0;
                if curve.points.len() >= MOST_POINTS || !(left.x < middle && middle < right.x) {
                    break;
                }
                let between = point(formula, middle);
                curve.points.push(between);
                if bends(&frame, left, between, right) {
                    bent.extend([(left, between), (between, right)]);
                }
            }
            open = bent;
        }
        curve.points.sort_by(|a, b| a.x.total_cmp(&b.x));
        curve
    }
}

fn point(formula: &Formula, x: f64) -> Point {
    let (y, slope) = formula.value_and_slope(x);
    let finite = |value: f64| value.is_finite().then_some(value);
    Point {
        x,
        y: finite(y),
        slope: finite(y).and(finite(slope)),
    }
}

/// Whether f or f' between two points is too far from the line through them to be left out.
fn bends(frame: &Frame, left: Point, between: Point, right: Point) -> bool {
    let (low, high) = frame.y;
    let height = high - low;
    // What lies outside the frame is not drawn, however it bends.
    let near = |value: f64| value.clamp(low - height, high + height);
    let bent = |left: Option<f64>, between: Option<f64>, right: Option<f64>| match (
        left, between, right,
    ) {
        (Some(left), Some(between), Some(right)) => {
            (near(between) - (near(left) + near(right)) / 2.0).abs() > TOLERANCE * height
        }
        (None, None, None) => false,
        _ => true,
    };
    bent(left.y, between.y, right.y) || bent(left.slope, between.slope, right.slope)
}
