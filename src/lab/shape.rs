//! The shape of an activation: what is left of its curve when input and output may be scaled and
//! shifted, by which formulas that differ in such constants alone count as one.

use std::sync::OnceLock;

use crate::formula::kernel::Kernel;
use crate::formula::{Class, Formula};
use crate::numerics::minimum::{minimum, Search};

/// Formulas within this distance of one another are of one shape. Measured on published
/// activations (METHODOLOGY.md, Shapes).
pub const RADIUS: f64 = 0.01;

/// The grid: so many points from -4 to 4.
const POINTS: usize = 81;
const REACH: f64 = 4.0;
/// The share of the weight that is spread evenly over the grid; the rest is the normal density.
const TAILS: f64 = 0.1;

/// The natural logarithms of the input scales that are looked at, 1/5 to 5, and the shifts.
const SCALES: (f64, f64) = (-1.609_437_912_434_1, 1.609_437_912_434_1);
const SHIFTS: (f64, f64) = (-8.0, 8.0);
/// The steps of the coarse search over both, which looks at each fourth point of the grid.
const COARSE: (usize, usize) = (17, 33);
const EACH: usize = 4;

/// What a formula is compared by.
#[derive(Clone)]
pub struct Shape {
    id: String,
    /// `None` of what is no curve of its own element, or not finite on the grid: it is like itself
    /// alone.
    curve: Option<Curve>,
}

#[derive(Clone)]
struct Curve {
    kernel: Kernel,
    values: Vec<f64>,
    /// The weighted root-mean-square distance from the best straight line.
    bend: f64,
}

impl Shape {
    /// The shape of a formula, trainable parameters at their initial values.
    pub fn of(formula: &Formula) -> Shape {
        Shape {
            id: formula.id().to_owned(),
            curve: Curve::of(formula),
        }
    }

    /// How far two shapes are apart: the least root-mean-square distance, over inputs as
    /// pre-activations are, of one curve from `a * g(b * x + c) + d` of the other, in parts of its
    /// own distance from its best straight line; the larger of both ways round, so that it is
    /// symmetric. 0 for curves that a scale and a shift of input and output make equal, about 1
    /// where the other helps no more than a line.
    ///
    /// The inputs are 81 points in [-4, 4], nine tenths of the weight normal and one tenth even. b
    /// is between 1/5 and 5, and between -5 and -1/5: weights are drawn as often with one sign as
    /// with the other, so a network does not tell f(x) from f(-x), nor from -f(x). c is in [-8, 8].
    /// Straight lines are one shape, and infinitely far from others. A formula that reads its row
    /// or the batch, and one that is not finite on the grid, are infinitely far from every formula
    /// of another id.
    pub fn distance(&self, other: &Shape) -> f64 {
        match self.curves(other) {
            Ok((own, others)) => own.unlike(others).max(others.unlike(own)),
            Err(distance) => distance,
        }
    }

    /// Whether the distance is at most [`RADIUS`].
    pub fn is_same(&self, other: &Shape) -> bool {
        match self.curves(other) {
            // The second way round is dear, and mostly not needed.
            Ok((own, others)) => own.unlike(others) <= RADIUS && others.unlike(own) <= RADIUS,
            Err(distance) => distance <= RADIUS,
        }
    }

    /// The curves that are to be compared, or the distance where that is known without.
    fn curves<'a>(&'a self, other: &'a Shape) -> Result<(&'a Curve, &'a Curve), f64> {
        if self.id == other.id {
            return Err(0.0);
        }
        let (Some(own), Some(others)) = (&self.curve, &other.curve) else {
            return Err(f64::INFINITY);
        };
        match (own.is_straight(), others.is_straight()) {
            (true, true) => Err(0.0),
            (false, false) => Ok((own, others)),
            _ => Err(f64::INFINITY),
        }
    }
}

/// The places of those formulas that are the first of their shape, of formulas in order of rank.
/// Each later one is held against those that were first: what lies between two of them belongs to
/// the better.
pub fn one_of_each_shape<'a>(ranked: impl IntoIterator<Item = &'a Formula>) -> Vec<usize> {
    let mut first: Vec<(usize, Shape)> = Vec::new();
    for (place, formula) in ranked.into_iter().enumerate() {
        let shape = Shape::of(formula);
        if !first.iter().any(|(_, other)| shape.is_same(other)) {
            first.push((place, shape));
        }
    }
    first.into_iter().map(|(place, _)| place).collect()
}

impl Curve {
    fn of(formula: &Formula) -> Option<Curve> {
        if formula.class() != Class::Pointwise {
            return None;
        }
        let (grid, mut kernel) = (Grid::fine(), formula.kernel());
        let values = grid.curve(&mut kernel, 1.0, 0.0)?;
        let (level, bend) = (grid.left(&values, None), grid.left(&values, Some(&grid.xs)));
        // What rounding leaves of a line in 32 bits is no bend.
        let bend = if bend <= 1e-5 * level { 0.0 } else { bend };
        bend.is_finite().then_some(Curve {
            kernel,
            values,
            bend,
        })
    }

    fn is_straight(&self) -> bool {
        self.bend == 0.0
    }

    /// How far this curve is from the nearest of the other's, in parts of its own bend: the best
    /// shift for each of some scales, and from the lowest of these the best of both.
    fn unlike(&self, other: &Curve) -> f64 {
        let mut kernel = other.kernel.clone();
        let search = Search {
            bounds: &[SCALES, SHIFTS],
            radius: 0.1,
            least_radius: 1e-4,
            evaluations: 100,
            restarts: 0,
        };
        let mut least = f64::INFINITY;
        for sign in [1.0, -1.0] {
            let profile = self.profile(&mut kernel, sign);
            for (_, start) in lowest(&profile) {
                let found = minimum(&start, &search, |place| {
                    Grid::fine().left_by(&self.values, &mut kernel, sign, place) / self.bend
                });
                least = least.min(found.map_or(f64::INFINITY, |found| found.value));
            }
        }
        least
    }

    /// What the best shift leaves for each scale of the coarse search, and where that is.
    fn profile(&self, kernel: &mut Kernel, sign: f64) -> Vec<(f64, [f64; 2])> {
        let thinned: Vec<f64> = self.values.iter().copied().step_by(EACH).collect();
        let mut left = |scale: f64, shift: f64| {
            Grid::coarse().left_by(&thinned, kernel, sign, &[scale, shift]) / self.bend
        };
        let search = Search {
            bounds: &[SHIFTS],
            radius: 0.25,
            least_radius: 0.01,
            evaluations: 20,
            restarts: 0,
        };
        let best = |scale: f64| {
            let shifts = (0..COARSE.1).map(|step| between(SHIFTS, step, COARSE.1));
            let coarse = shifts.map(|shift| (left(scale, shift), shift));
            let (found, shift) = coarse.min_by(|a, b| a.0.total_cmp(&b.0))?;
            match minimum(&[shift], &search, |shift| left(scale, shift[0])) {
                Some(least) => Some((least.value, [scale, least.at[0]])),
                None => Some((found, [scale, shift])),
            }
        };
        (0..COARSE.0)
            .map(|step| between(SCALES, step, COARSE.0))
            .filter_map(best)
            .collect()
    }
}

/// The places of a profile that are no higher than their neighbours.
fn lowest(profile: &[(f64, [f64; 2])]) -> Vec<(f64, [f64; 2])> {
    let is_lowest = |step: &usize| {
        let near = step.saturating_sub(1)..(step + 2).min(profile.len());
        profile[near]
            .iter()
            .all(|(left, _)| profile[*step].0 <= *left)
    };
    (0..profile.len())
        .filter(is_lowest)
        .map(|step| profile[step])
        .collect()
}

/// Inputs and their weights, which sum to 1.
struct Grid {
    xs: Vec<f64>,
    weights: Vec<f64>,
}

impl Grid {
    fn fine() -> &'static Grid {
        static FINE: OnceLock<Grid> = OnceLock::new();
        FINE.get_or_init(|| Grid::of(POINTS))
    }

    /// Every fourth point of the fine one.
    fn coarse() -> &'static Grid {
        static COARSE: OnceLock<Grid> = OnceLock::new();
        COARSE.get_or_init(|| Grid::of((POINTS - 1) / EACH + 1))
    }

    fn of(points: usize) -> Grid {
        let xs: Vec<f64> = (0..points)
            .map(|point| between((-REACH, REACH), point, points))
            .collect();
        let densities: Vec<f64> = xs.iter().map(|x| (-0.5 * x * x).exp()).collect();
        let total: f64 = densities.iter().sum();
        let weights = densities
            .iter()
            .map(|density| (1.0 - TAILS) * density / total + TAILS / points as f64)
            .collect();
        Grid { xs, weights }
    }

    /// f(scale x + shift); `None` where a value is not finite.
    fn curve(&self, kernel: &mut Kernel, scale: f64, shift: f64) -> Option<Vec<f64>> {
        let inputs: Vec<f32> = self.xs.iter().map(|x| (scale * x + shift) as f32).collect();
        let mut values = vec![0.0; inputs.len()];
        kernel.value(&inputs, &mut values);
        values
            .iter()
            .all(|value| value.is_finite())
            .then(|| values.into_iter().map(f64::from).collect())
    }

    /// What is left of `values` beside the other curve at a place: a logarithm of the scale, and a
    /// shift.
    fn left_by(&self, values: &[f64], kernel: &mut Kernel, sign: f64, place: &[f64]) -> f64 {
        self.curve(kernel, sign * place[0].exp(), place[1])
            .map_or(f64::INFINITY, |curve| self.left(values, Some(&curve)))
    }

    /// The weighted root-mean-square of what is left of `values` after the best combination of a
    /// constant and a curve.
    fn left(&self, values: &[f64], curve: Option<&[f64]>) -> f64 {
        let own = self.centred(values);
        let left = match curve.map(|curve| self.centred(curve)) {
            None => own,
            Some(other) => {
                let size = self.dot(&other, &other);
                let scale = if size > 0.0 {
                    self.dot(&own, &other) / size
                } else {
                    0.0
                };
                let left = own.iter().zip(&other);
                left.map(|(own, other)| own - scale * other).collect()
            }
        };
        self.dot(&left, &left).sqrt()
    }

    /// The values less their weighted mean.
    fn centred(&self, values: &[f64]) -> Vec<f64> {
        let weighted = values.iter().zip(&self.weights);
        let mean: f64 = weighted.map(|(value, weight)| weight * value).sum();
        values.iter().map(|value| value - mean).collect()
    }

    fn dot(&self, a: &[f64], b: &[f64]) -> f64 {
        let products = a.iter().zip(b).zip(&self.weights);
        products.map(|((a, b), weight)| weight * a * b).sum()
    }
}

/// The value at a step of so many between both ends.
fn between((low, high): (f64, f64), step: usize, steps: usize) -> f64 {
    low + (high - low) * step as f64 / (steps - 1) as f64
}
