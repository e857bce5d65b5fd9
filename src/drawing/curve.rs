//! A curve: a formula and its slope over a range, as points.

/// Steps of the even grid that every curve starts from.
pub(super) const STEPS: usize = 400;

/// A formula at one argument.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// The argument.
    pub x: f64,
    /// f(x); `None` where it is not finite.
    pub y: Option<f64>,
    /// f'(x); `None` where it or f(x) is not finite.
    pub slope: Option<f64>,
}

/// A formula and its slope over a range.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// The text of its legend: one line of at most 80 characters, each one column wide.
    pub label: String,
    /// The points in ascending order of x; both ends of the range are among them.
    pub points: Vec<Point>,
}

impl Curve {
    /// Pairs of x and f(x), in ascending order of x.
    pub fn values(&self) -> impl Iterator<Item = (f64, Option<f64>)> + '_ {
        self.points.iter().map(|point| (point.x, point.y))
    }

    /// Pairs of x and f'(x), in ascending order of x.
    pub fn slopes(&self) -> impl Iterator<Item = (f64, Option<f64>)> + '_ {
        self.points.iter().map(|point| (point.x, point.slope))
    }
}
