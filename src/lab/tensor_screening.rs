//! What a formula must bear before a network trains with it: tensors that are nothing special, and
//! some that batches now and then are.

use super::curve_shape::{is_constant, largest_residual, range, DEAD_SHARE, STRAIGHT};
use crate::formula::kernel::TensorKernel;
use crate::formula::limits::PROBE_RANGE;
use crate::formula::Shape;
use crate::record::attempt::Rejection;

const ROWS: usize = 8;
const FEATURES: usize = 8;
const WHOLE: Shape = Shape {
    rows: ROWS,
    features: FEATURES,
};
/// Probes along the ray, ends included.
const PROBES: usize = 201;

/// A tensor, and what it is called in a reason.
struct NamedTensor {
    name: &'static str,
    shape: Shape,
    x: Vec<f32>,
}

fn tensors() -> Vec<NamedTensor> {
    let tensor = |name, shape: Shape, element: &dyn Fn(usize) -> f32| NamedTensor {
        name,
        shape,
        x: (0..shape.elements()).map(element).collect(),
    };
    vec![
        tensor(
            "a batch of about standard normal pre-activations",
            WHOLE,
            &normal,
        ),
        tensor("a batch whose rows are all equal", WHOLE, &|i| {
            normal(i % FEATURES)
        }),
        tensor("a batch whose elements are all 0", WHOLE, &|_| 0.0),
        tensor(
            "a single row",
            Shape {
                rows: 1,
                features: FEATURES,
            },
            &normal,
        ),
        tensor(
            "a single feature",
            Shape {
                rows: ROWS,
                features: 1,
            },
            &normal,
        ),
        tensor(
            "a single element",
            Shape {
                rows: 1,
                features: 1,
            },
            &normal,
        ),
        tensor("a batch of -5 and 5", WHOLE, &|i| {
            if normal(i) < 0.0 {
                -PROBE_RANGE as f32
            } else {
                PROBE_RANGE as f32
            }
        }),
    ]
}

/// Irregular numbers, about standard normal.
fn normal(i: usize) -> f32 {
    let i = i as f64;
    (1.2 * (1.3 * i + 0.3).sin() + 0.6 * (0.7 * i * i + 1.1).cos()) as f32
}

/// A gradient of f as irregular as a network's, none of it 0.
fn arriving(i: usize) -> f32 {
    let i = i as f64;
    (1.0 + 0.5 * (2.3 * i + 0.7).sin()) as f32 * if i % 3.0 == 1.0 { -1.0 } else { 1.0 }
}

/// Runs f and its gradients over a tensor, into vectors of their own.
fn run(kernel: &mut TensorKernel, shape: Shape, x: &[f32]) -> [Vec<f32>; 3] {
    let parameters = kernel.initial_parameters(shape.features);
    let arriving: Vec<f32> = (0..x.len()).map(arriving).collect();
    let (mut value, mut input, mut own) = (
        vec![0.0; x.len()],
        vec![0.0; x.len()],
        vec![0.0; parameters.len()],
    );
    kernel.value(shape, x, &parameters, &mut value);
    kernel.gradients(shape, x, &arriving, &parameters, &mut input, &mut own);
    [value, input, own]
}

/// Refuses a formula that is not finite, or has a gradient that is not, on an ordinary tensor.
pub fn check_finite(kernel: &mut TensorKernel) -> Result<(), Rejection> {
    for NamedTensor { name, shape, x } in tensors() {
        let found = run(kernel, shape, &x);
        for (what, values) in ["f", "the gradient of x", "the gradient of a parameter"]
            .into_iter()
            .zip(found)
        {
            if let Some(bad) = values.iter().find(|value| !value.is_finite()) {
                let detail = format!(
                    "{what} holds {bad} on {name} ({} x {}); it must be finite there, for \
                     networks meet such batches",
                    shape.rows, shape.features
                );
                return Err(Rejection::NotFinite { detail });
            }
        }
    }
    Ok(())
}

/// What a formula does along a ray of tensors whose elements all move, each at a pace of its own.
struct Ray {
    /// How far along each probe lies.
    places: Vec<f32>,
    /// The values of each element at all places.
    curves: Vec<Vec<f32>>,
    /// The share of all probed elements at which the gradient of x is 0.
    dead: f64,
}

impl Ray {
    fn of(kernel: &mut TensorKernel) -> Ray {
        let elements = WHOLE.elements();
        let paces: Vec<f32> = (0..elements)
            .map(|i| {
                (0.75 + 0.25 * (3.1 * i as f64).sin()) as f32
                    * if normal(i + 5) < 0.0 { -1.0 } else { 1.0 }
            })
            .collect();
        let places: Vec<f32> = (0..PROBES)
            .map(|i| (-PROBE_RANGE + 2.0 * PROBE_RANGE * i as f64 / (PROBES - 1) as f64) as f32)
            .collect();
        let mut curves = vec![Vec::with_capacity(PROBES); elements];
        let mut dead = 0;
        for place in &places {
            let x: Vec<f32> = paces
                .iter()
                .enumerate()
                .map(|(i, pace)| 0.3 * normal(i) + place * pace)
                .collect();
            let [value, input, _] = run(kernel, WHOLE, &x);
            curves
                .iter_mut()
                .zip(value)
                .for_each(|(curve, value)| curve.push(value));
            dead += input.iter().filter(|gradient| **gradient == 0.0).count();
        }
        Ray {
            places,
            curves,
            dead: dead as f64 / (PROBES * elements) as f64,
        }
    }
}

/// Refuses a formula that is constant, flat or affine along a ray of tensors.
pub fn check_shape(kernel: &mut TensorKernel) -> Result<(), Rejection> {
    let Ray {
        places,
        curves,
        dead,
    } = Ray::of(kernel);
    if curves.iter().flatten().any(|value| !value.is_finite()) {
        return Err(Rejection::NotFinite {
            detail: format!(
                "f is not finite on some tensor within [-{PROBE_RANGE}, {PROBE_RANGE}]; it must be"
            ),
        });
    }
    let spreads: Vec<(f32, f32)> = curves.iter().map(|curve| range(curve)).collect();
    if spreads.iter().all(|(low, high)| is_constant(*low, *high)) {
        return Err(Rejection::Constant {
            detail: "f does not change when its whole tensor does; a function of x is wanted"
                .to_owned(),
        });
    }
    if dead > DEAD_SHARE {
        let detail = format!(
            "the gradient of x is 0 at {:.0} % of the elements of probed tensors; nothing could \
             be learnt through f",
            100.0 * dead
        );
        return Err(Rejection::NoGradient { detail });
    }
    let spread = spreads
        .iter()
        .map(|(low, high)| f64::from(high - low))
        .fold(0.0, f64::max);
    let is_straight = |curve: &Vec<f32>| largest_residual(&places, curve) <= STRAIGHT * spread;
    if curves.iter().all(is_straight) {
        return Err(Rejection::Affine {
            detail: "f moves in a straight line when its tensor does; a network of it is linear"
                .to_owned(),
        });
    }
    Ok(())
}
