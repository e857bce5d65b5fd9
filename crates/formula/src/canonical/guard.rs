//! The guard of rewriting: two programs are compared by the 64-bit reference, so that no rule can
//! make one of two functions.

use crate::class::Class;
use crate::expression::Program;
use crate::fingerprint::Fingerprint;
use crate::graphs::Graphs;
use crate::probe;

/// Where kinks usually are: there slopes must agree too.
const KINKS: [f64; 17] = [
    0.0,
    0.25,
    1.0 / 3.0,
    0.5,
    1.0,
    1.5,
    2.0,
    2.5,
    3.0,
    -0.25,
    -1.0 / 3.0,
    -0.5,
    -1.0,
    -1.5,
    -2.0,
    -2.5,
    -3.0,
];

/// Where exponentials grow: what is finite in both must agree.
const FAR: [f64; 10] = [4.0, 5.0, 6.0, 6.5, 9.0, -4.0, -5.0, -6.0, -6.5, -9.0];

/// What a program does where rewriting could change it.
pub(super) struct Behaviour {
    class: Class,
    parameters: usize,
    fingerprint: Fingerprint,
    /// Values and slopes at `KINKS`.
    kinks: [Vec<f64>; 2],
    /// Values and slopes at `FAR`.
    far: [Vec<f64>; 2],
    /// Of a formula that reads more than its element or is trained: values and gradients on further
    /// tensors.
    tensors: Vec<Vec<f64>>,
}

impl Behaviour {
    /// `None` where the program is no formula.
    pub fn of(program: &Program) -> Option<Behaviour> {
        let formula = Graphs::of(program).ok()?;
        let at = |points: &[f64]| {
            <[Vec<f64>; 2]>::from(
                points
                    .iter()
                    .map(|x| formula.value_and_slope(*x))
                    .unzip::<f64, f64, Vec<_>, Vec<_>>(),
            )
        };
        let pointwise = formula.class() == Class::Pointwise;
        Some(Behaviour {
            class: formula.class(),
            parameters: formula.parameters().len(),
            fingerprint: Fingerprint::of(&formula),
            kinks: at(if pointwise { &KINKS } else { &[] }),
            far: at(if pointwise { &FAR } else { &[] }),
            tensors: if pointwise && formula.parameters().is_empty() {
                Vec::new()
            } else {
                tensors(&formula)
            },
        })
    }

    /// Whether values, slopes and the gradients of parameters agree within 1e-9 on the grid of the
    /// fingerprint.
    pub fn same_curve(&self, other: &Behaviour) -> bool {
        self.class == other.class
            && self.parameters == other.parameters
            && agree(self.fingerprint.values(), other.fingerprint.values())
            && agree(self.fingerprint.slopes(), other.fingerprint.slopes())
    }

    /// `same_curve`, and at kinks and ties, where a slope is a convention, beyond the grid, and at
    /// other values of the parameters.
    pub fn same_function(&self, other: &Behaviour) -> bool {
        let both = |a: &Vec<f64>, b: &Vec<f64>| {
            a.len() == b.len()
                && a.iter()
                    .zip(b)
                    .all(|(a, b)| !a.is_finite() || !b.is_finite() || near(*a, *b, 1.0))
        };
        self.same_curve(other)
            && self.fingerprint.matches_far(&other.fingerprint, 1.0, 0.0)
            && self
                .kinks
                .iter()
                .zip(&other.kinks)
                .all(|(a, b)| agree(a, b))
            && self.far.iter().zip(&other.far).all(|(a, b)| both(a, b))
            && self
                .tensors
                .iter()
                .zip(&other.tensors)
                .all(|(a, b)| both(a, b))
    }
}

/// Values, gradients of x and, sorted, those of parameters: on a small and on a large scale, among
/// ties, and where nothing deviates from the mean, at different values of the parameters.
fn tensors(formula: &Graphs) -> Vec<Vec<f64>> {
    let arriving: Vec<f64> = (0..probe::SHAPE.elements()).map(probe::arriving).collect();
    let cases = [
        (probe::tensor(0.1), 1.0, 0.0),
        (probe::tensor(1.6), 0.6, -0.43),
        (probe::repeated(&KINKS), 1.3, 0.17),
        (vec![0.7; probe::SHAPE.elements()], -0.8, 0.31),
    ];
    let run = |(tensor, factor, shift): (Vec<f64>, f64, f64)| {
        let gradients = formula.gradients(
            probe::SHAPE,
            &tensor,
            &arriving,
            &probe::moved(
                formula.initial_parameters(probe::SHAPE.features),
                factor,
                shift,
            ),
        );
        let mut trained: Vec<f64> = gradients.parameters.into_iter().flatten().collect();
        trained.sort_by(f64::total_cmp);
        [gradients.value, gradients.input, trained]
    };
    cases.into_iter().flat_map(run).collect()
}

fn agree(a: &[f64], b: &[f64]) -> bool {
    let largest = a
        .iter()
        .filter(|a| a.is_finite())
        .fold(0.0, |largest: f64, a| largest.max(a.abs()));
    a.len() == b.len()
        && a.iter().zip(b).all(|(a, b)| {
            if a.is_finite() && b.is_finite() {
                near(*a, *b, largest)
            } else {
                a.is_finite() == b.is_finite()
            }
        })
}

/// Within 1e-9 of the larger of the two, or of `size` where that is below 1.
fn near(a: f64, b: f64, size: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(size.min(1.0))
}
