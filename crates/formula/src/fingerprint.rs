//! The fingerprint of behaviour: values and slopes on a fixed grid and far from it, by which equal
//! functions are known however they are written, and near ones by their distance.

use crate::class::Class;
use crate::graph::Graph;
use crate::graphs::Graphs;
use crate::{grid, probe, reference};

/// Where functions that agree on the grid may part, as ReLU and ReLU6 do.
const FAR: [f64; 8] = [
    -131.7, -20.291, -10.243, -6.389, 6.427, 10.183, 20.317, 131.3,
];

/// What is left of numbers so many times larger may be rounding, and of an overflow nothing.
const CANCELLED: f64 = 1e9;

/// Beyond this a number is as good as infinite.
const ENDLESS: f64 = 1e100;

/// Values and slopes of the 64-bit reference at [`Fingerprint::grid`] and at points far from it.
#[derive(Clone, Debug, PartialEq)]
pub struct Fingerprint {
    values: Vec<f64>,
    slopes: Vec<f64>,
    far: Vec<Far>,
}

/// What is known of a value and a slope.
type Far = (Option<f64>, Option<f64>);

impl Fingerprint {
    pub(crate) fn of(formula: &Graphs) -> Fingerprint {
        let (mut values, mut slopes) = (
            Vec::with_capacity(grid::POINTS),
            Vec::with_capacity(grid::POINTS),
        );
        if formula.class() == Class::Pointwise && formula.parameters().is_empty() {
            for x in grid::points() {
                let (value, slope) = formula.value_and_slope(x);
                values.push(value);
                slopes.push(slope);
            }
            let far = FAR.iter().map(|x| far(formula, *x)).collect();
            return Fingerprint {
                values,
                slopes,
                far,
            };
        }
        // The same points as a tensor. The gradient that arrives is divided out, which leaves a
        // pointwise slope.
        let all: Vec<f64> = (0..grid::POINTS).map(probe::arriving).collect();
        let parameters = formula.initial_parameters(probe::SHAPE.features);
        let gradients = formula.gradients(probe::SHAPE, &probe::tensor(1.0), &all, &parameters);
        for place in (0..grid::POINTS).map(probe::place) {
            values.push(gradients.value[place]);
            slopes.push(gradients.input[place] / all[place]);
        }
        let mut trained: Vec<f64> = gradients.parameters.into_iter().flatten().collect();
        trained.sort_by(f64::total_cmp);
        slopes.extend(trained);
        Fingerprint {
            values,
            slopes,
            far: far_in_a_tensor(formula, &all),
        }
    }

    /// The points of the grid, ascending in (-5, 5): one in each of 64 equal cells, at an irregular
    /// place, at least 0.004 from every multiple of 1/2, where kinks usually are.
    pub fn grid() -> impl Iterator<Item = f64> {
        grid::points()
    }

    /// f at the grid.
    #[inline]
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// f' at the grid; then, sorted, the gradients of trainable parameters.
    #[inline]
    pub fn slopes(&self) -> &[f64] {
        &self.slopes
    }

    /// Whether values and slopes agree within 1e-6 (1 + size) everywhere, on the grid and at +-6.4,
    /// +-10.2, +-20.3 and +-131; what is not finite agrees only with what is not finite. Trainable
    /// parameters have their initial values on the grid and others far from it.
    ///
    /// Far from the grid a number is left out where it is what an overflow or the cancellation of
    /// numbers 1e9 times larger left, so that `e^x / (1 + e^x)` is `sigmoid(x)`: it tells how the
    /// function is written.
    pub fn matches(&self, other: &Fingerprint) -> bool {
        self.slopes.len() == other.slopes.len()
            && self
                .values
                .iter()
                .zip(&other.values)
                .all(|(a, b)| agree(*a, *b))
            && self
                .slopes
                .iter()
                .zip(&other.slopes)
                .all(|(a, b)| agree(*a, *b))
            && self.matches_far(other, 1.0, 0.0)
    }

    /// Whether f = scale g + shift far from the grid, where both are known.
    pub(super) fn matches_far(&self, other: &Fingerprint, scale: f64, shift: f64) -> bool {
        let both = |a: Option<f64>, b: Option<f64>, shift: f64| {
            a.zip(b)
                .is_none_or(|(a, b)| agree(a, (scale * b + shift).clamp(-ENDLESS, ENDLESS)))
        };
        self.far
            .iter()
            .zip(&other.far)
            .all(|(f, g)| both(f.0, g.0, shift) && both(f.1, g.1, 0.0))
    }

    /// How far the curve is from that of `other`, parameters at their initial values: the square
    /// root of (mean (f - g)^2 + mean (f' - g')^2) / (variance of g + mean g'^2), that is, the
    /// relative root-mean-square difference of values and slopes together. 3e-4 reads as "0.03 % of
    /// the variation of g". 0 for equal curves; parameters' gradients take no part.
    ///
    /// Points where neither is finite are left out. `None` where the distance is no finite number:
    /// one alone is not finite at some point, fewer than half of the points are left, or g is
    /// constant and f is not the same constant.
    pub fn distance(&self, other: &Fingerprint) -> Option<f64> {
        let (f, g) = self.curves(other)?;
        relative(f.residual(&g, 1.0, 0.0), g.size())
    }

    /// The distance after the best fit of a scale a and a shift b: the least root-mean-square
    /// difference, values and slopes together, of f and a g + b, relative to the variation of f. It
    /// is symmetric and at most 1; a may be negative. `None` as in [`Fingerprint::distance`], and
    /// where one alone is constant.
    pub fn distance_up_to_scale_and_shift(&self, other: &Fingerprint) -> Option<f64> {
        let (f, g) = self.curves(other)?;
        match f.fit(&g) {
            Some((scale, shift)) => relative(f.residual(&g, scale, shift), f.size()),
            None => (f.is_constant() && g.is_constant()).then_some(0.0),
        }
    }

    /// Whether f = a g + b for some a that is not 0 (it may be negative) and some b: after the best
    /// fit values and slopes agree everywhere within 1e-6 of the variation of f, the gradients of
    /// parameters and far points too. Constants match constants. What matches as it is matches
    /// here.
    pub fn matches_up_to_scale_and_shift(&self, other: &Fingerprint) -> bool {
        if self.matches(other) {
            return true;
        }
        let Some((f, g)) = self.curves(other) else {
            return false;
        };
        if self.slopes.len() != other.slopes.len() {
            return false;
        }
        let Some((scale, shift)) = f.fit(&g) else {
            return f.is_constant() && g.is_constant();
        };
        let tolerance = 1e-6 * f.size();
        let agree = |f: f64, g: f64| (f - g).abs() <= tolerance;
        // A negative scale turns their order round.
        let mut trained: Vec<f64> = other
            .trained()
            .iter()
            .map(|gradient| scale * gradient)
            .collect();
        trained.sort_by(f64::total_cmp);
        scale != 0.0
            && f.points()
                .zip(g.points())
                .all(|((f, df), (g, dg))| agree(f, scale * g + shift) && agree(df, scale * dg))
            && self
                .trained()
                .iter()
                .zip(trained)
                .all(|(f, g)| (f - g).abs() <= tolerance.max(1e-6 * f.abs()))
            && self.matches_far(other, scale, shift)
    }

    /// The gradients of parameters.
    fn trained(&self) -> &[f64] {
        &self.slopes[self.values.len()..]
    }

    /// Both curves at the points where both are finite; `None` where one alone is not finite, or
    /// fewer than half of the points are left.
    fn curves(&self, other: &Fingerprint) -> Option<(Curve, Curve)> {
        let (mut f, mut g) = (Curve::default(), Curve::default());
        for point in 0..self.values.len().min(other.values.len()) {
            let finite =
                |of: &Fingerprint| of.values[point].is_finite() && of.slopes[point].is_finite();
            match (finite(self), finite(other)) {
                (true, true) => {
                    f.push(self.values[point], self.slopes[point]);
                    g.push(other.values[point], other.slopes[point]);
                }
                (false, false) => {}
                _ => return None,
            }
        }
        (2 * f.values.len() >= grid::POINTS).then_some((f, g))
    }

    /// A label of 16 hexadecimal digits for records: a hash of the numbers rounded to five digits.
    /// Equal functions mostly share it, but rounding may part them: only [`Fingerprint::matches`]
    /// decides.
    pub fn hex(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        let far = self
            .far
            .iter()
            .flat_map(|(value, slope)| [*value, *slope])
            .flatten();
        for number in self.values.iter().chain(&self.slopes).copied().chain(far) {
            let rounded = if number.is_finite() {
                format!("{:.4e};", number + 0.0)
            } else {
                "not finite;".to_owned()
            };
            hasher.update(rounded.as_bytes());
        }
        hasher.finalize().to_hex()[..16].to_owned()
    }
}

/// Within 1e-6 (1 + size); what is not finite agrees only with what is not finite.
fn agree(a: f64, b: f64) -> bool {
    if a.is_finite() && b.is_finite() {
        (a - b).abs() <= 1e-6 * (1.0 + a.abs().max(b.abs()))
    } else {
        a.is_finite() == b.is_finite()
    }
}

/// What is known at x of a pointwise formula.
fn far(formula: &Graphs, x: f64) -> Far {
    let numbers = reference::nodes(formula.with_slope(), &[x]);
    let output = |index: usize| numbers[formula.with_slope().outputs()[index].0 as usize];
    let largest = |numbers: &[f64]| {
        numbers
            .iter()
            .fold(0.0, |largest: f64, number| largest.max(number.abs()))
    };
    let value = known(output(0), largest(&reference::nodes(formula.value(), &[x])));
    (value, known(output(1), largest(&numbers)))
}

/// The same at the places of `FAR` in a tensor, of a formula of any class.
fn far_in_a_tensor(formula: &Graphs, arriving: &[f64]) -> Vec<Far> {
    let (tensor, parameters) = (
        probe::stretched(&FAR),
        probe::moved(
            formula.initial_parameters(probe::SHAPE.features),
            1.13,
            0.21,
        ),
    );
    let run = |graph: &Graph, inputs: &[&[f64]]| {
        reference::tensor_nodes(graph, probe::SHAPE, inputs, &parameters)
    };
    let (numbers, forward) = (
        run(formula.adjoint(), &[&tensor, arriving]),
        run(formula.value(), &[&tensor]),
    );
    let at = |place: usize| {
        let output = |index: usize| numbers[formula.adjoint().outputs()[index].0 as usize][place];
        let largest = |numbers: &[Vec<f64>]| {
            numbers
                .iter()
                .fold(0.0, |largest: f64, number| largest.max(number[place].abs()))
        };
        (
            known(output(0), largest(&forward)),
            known(output(1) / arriving[place], largest(&numbers)),
        )
    };
    (0..FAR.len()).map(probe::place).map(at).collect()
}

/// `number`, unless an overflow or a cancellation may have made it.
fn known(number: f64, largest: f64) -> Option<f64> {
    if number.is_nan() {
        return largest.is_finite().then_some(number);
    }
    (number.is_infinite() || largest <= CANCELLED * (1.0 + number.abs()))
        .then(|| number.clamp(-ENDLESS, ENDLESS))
}

/// Finite values and slopes at the same points.
#[derive(Default)]
struct Curve {
    values: Vec<f64>,
    slopes: Vec<f64>,
}

impl Curve {
    fn push(&mut self, value: f64, slope: f64) {
        self.values.push(value);
        self.slopes.push(slope);
    }

    fn points(&self) -> impl ExactSizeIterator<Item = (f64, f64)> + '_ {
        self.values.iter().copied().zip(self.slopes.iter().copied())
    }

    fn mean(&self) -> f64 {
        mean(self.values.iter().copied())
    }

    /// The square root of the variance of the values plus the mean square of the slopes.
    fn size(&self) -> f64 {
        let centre = self.mean();
        mean(
            self.points()
                .map(|(value, slope)| (value - centre).powi(2) + slope.powi(2)),
        )
        .sqrt()
    }

    fn is_constant(&self) -> bool {
        let largest = self
            .values
            .iter()
            .fold(0.0, |largest: f64, value| largest.max(value.abs()));
        self.size() <= 1e-12 * largest
    }

    /// The root-mean-square difference to scale g + shift.
    fn residual(&self, g: &Curve, scale: f64, shift: f64) -> f64 {
        let square = |((f, df), (g, dg)): ((f64, f64), (f64, f64))| {
            (f - (scale * g + shift)).powi(2) + (df - scale * dg).powi(2)
        };
        mean(self.points().zip(g.points()).map(square)).sqrt()
    }

    /// The scale and shift of g that leave the least residual; `None` where one of the two is
    /// constant, or a number leaves the range.
    fn fit(&self, g: &Curve) -> Option<(f64, f64)> {
        if self.is_constant() || g.is_constant() {
            return None;
        }
        let (own, others) = (self.mean(), g.mean());
        let together = mean(
            self.points()
                .zip(g.points())
                .map(|((f, df), (g, dg))| (f - own) * (g - others) + df * dg),
        );
        let scale = together / g.size().powi(2);
        let shift = own - scale * others;
        (scale.is_finite() && shift.is_finite()).then_some((scale, shift))
    }
}

fn mean(numbers: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = numbers.len() as f64;
    numbers.sum::<f64>() / count
}

/// residual / size where it is a finite number; 0 where nothing is left.
fn relative(residual: f64, size: f64) -> Option<f64> {
    if residual == 0.0 {
        return Some(0.0);
    }
    Some(residual / size).filter(|distance| distance.is_finite())
}
