//! The fingerprint of behaviour: values and slopes on a fixed grid, by which equal functions are known however they are written.

use super::class::Class;
use super::{probe, Formula};

/// How many points the grid has.
const GRID_POINTS: usize = 64;

/// Values and slopes of the 64-bit reference at [`Fingerprint::grid`].
#[derive(Clone, Debug, PartialEq)]
pub struct Fingerprint {
    values: Vec<f64>,
    slopes: Vec<f64>,
}

impl Fingerprint {
    pub(super) fn of(formula: &Formula) -> Fingerprint {
        let (mut values, mut slopes) = (Vec::with_capacity(GRID_POINTS), Vec::with_capacity(GRID_POINTS));
        if formula.class() == Class::Pointwise && formula.parameters().is_empty() {
            for x in Fingerprint::grid() {
                let (value, slope) = formula.value_and_slope(x);
                values.push(value);
                slopes.push(slope);
            }
            return Fingerprint { values, slopes };
        }
        // The same points as a tensor. Uneven gradients arrive, so that none cancel in a sum; divided out, they leave a pointwise slope.
        let arriving = |place: usize| 1.0 + 0.5 * (1.0 + place as f64).sin();
        let all: Vec<f64> = (0..GRID_POINTS).map(arriving).collect();
        let parameters = formula.initial_parameters(probe::SHAPE.features);
        let gradients = formula.gradients(probe::SHAPE, &probe::tensor(1.0), &all, &parameters);
        for place in (0..GRID_POINTS).map(probe::place) {
            values.push(gradients.value[place]);
            slopes.push(gradients.input[place] / arriving(place));
        }
        let mut trained: Vec<f64> = gradients.parameters.into_iter().flatten().collect();
        trained.sort_by(f64::total_cmp);
        slopes.extend(trained);
        Fingerprint { values, slopes }
    }

    /// The points, ascending in (-5, 5): one in each of 64 equal cells, at an irregular place, at least 0.004 from every multiple of 1/2, where
    /// kinks usually are.
    pub fn grid() -> impl Iterator<Item = f64> {
        (0..GRID_POINTS).map(|index| {
            let golden = (index as f64 + 1.0) * 0.618_033_988_749_894_9;
            let x = -5.0 + 10.0 * (index as f64 + 0.1 + 0.8 * golden.fract()) / GRID_POINTS as f64;
            let from_half = 2.0 * x - (2.0 * x).round();
            if from_half.abs() < 0.01 {
                x + 0.01
            } else {
                x
            }
        })
    }

    /// f at the grid.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// f' at the grid; then, sorted, the gradients of trainable parameters.
    pub fn slopes(&self) -> &[f64] {
        &self.slopes
    }

    /// Whether values and slopes agree within 1e-6 (1 + size) everywhere; what is not finite agrees only with what is not finite.
    pub fn matches(&self, other: &Fingerprint) -> bool {
        let agree = |(a, b): (&f64, &f64)| {
            if a.is_finite() && b.is_finite() {
                (a - b).abs() <= 1e-6 * (1.0 + a.abs().max(b.abs()))
            } else {
                a.is_finite() == b.is_finite()
            }
        };
        self.slopes.len() == other.slopes.len()
            && self.values.iter().zip(&other.values).all(agree)
            && self.slopes.iter().zip(&other.slopes).all(agree)
    }

    /// A label of 16 hexadecimal digits for records: a hash of the numbers rounded to five digits. Equal functions mostly share it, but rounding
    /// may part them: only [`Fingerprint::matches`] decides.
    pub fn hex(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        for number in self.values.iter().chain(&self.slopes) {
            let rounded = if number.is_finite() { format!("{:.4e};", number + 0.0) } else { "not finite;".to_owned() };
            hasher.update(rounded.as_bytes());
        }
        hasher.finalize().to_hex()[..16].to_owned()
    }
}
