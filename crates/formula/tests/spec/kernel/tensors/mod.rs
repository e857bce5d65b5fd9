//! The tensor kernel on formulas that read their row or the batch, or have trainable
//! parameters, held to the 64-bit reference.

mod agreement;
mod bits;

use motherlode_formula::kernel::TensorKernel;
use motherlode_formula::vector::InstructionSet;
use motherlode_formula::{Formula, Gradients, Shape};

/// Published systems (arXiv 2602.05688) and what covers every reduction over every axis, rolls,
/// softmax and both kinds of parameter.
pub const FORMULAS: &[&str] = &[
    // Turbulent.
    "sign(x) * log1p(0.5 * abs(x)) + 0.2 * exp(-0.5 * ((x - tensor_mean(x)) / (tensor_std(x) + \
     1e-6))^2) * sin(2 * x)",
    // QFW.
    "b = batch_mean(x); s = batch_std(x); a = where(x >= b, 0.08, 0.02); x * (0.02 + 1 / (1 + a * \
     abs(x - b)^(1 + exp(-s))))",
    // Symmetric phase-flipped.
    "u = (x / 10)^2; m = 1 + 2 * u * exp(-u / 1.5); a = 2 * u * exp(-u / 2); p = roll(x, 1); n = \
     roll(x, -1); e = x^2 + 0.25 * (p^2 + n^2); l = x - 0.5 * (p + n); w = sigmoid(2 * (e - \
     100) / 100 + 5 * (l / 10)^2); f = x + 0.5 * x^2 * sign(x) / 10 + (1 - w) * 0.2 * sin(15 * \
     x) + w * 0.8 * sin(40 * x + 5 * l) + 2 * (0.5 * p - n) / 10; y = a * sin(f); g = \
     exp(-(abs(x) / 20)^4); plus = 10 * tanh((g * x + m * y) / 10); minus = 10 * tanh((g * x - \
     m * y) / 10); s = 50 * (x / 10)^3 + 0.5 * sin(2.5 * x); where(cos(s) > 0, plus, minus)",
    "x * softmax(x)",
    "feature_mean(x) * x + feature_sum(sin(x)) - tanh(feature_std(x) * x)",
    "x * feature_min(x) + sigmoid(feature_max(x))",
    "batch_mean(x) * x + batch_sum(sin(x)) - tanh(batch_std(x) * x)",
    "x * batch_min(x) + sigmoid(batch_max(x))",
    "tensor_mean(x) * x + 0.1 * tensor_sum(sin(x)) - tanh(tensor_std(x) * x)",
    "x * tensor_min(x) + sigmoid(tensor_max(x))",
    "x + 0.5 * roll(x, 1) * roll(x, -2) - roll(tanh(x), 100)",
    "max(x, 0) + channel_param(0.25) * min(x, 0)",
    "max(0, x) + param(0.01) * x * exp(-x^2 / 2)",
    "x * sigmoid(channel_param(1.5) * x) + sin(param(2) * x) / param(3)",
    "param(0.7) * (x - batch_mean(x)) / (batch_std(x) + 0.1) + channel_param(-0.2) * \
     feature_mean(abs(x))",
    "a = param(0.5); roll(a * x, 1) * softmax(channel_param(1) * x) + stop_gradient(batch_max(x)) \
     * x",
    "feature_mean(batch_mean(x)^2) + x * batch_max(feature_min(x)) + feature_sum(1)",
    "param(2)",
    "param(2) + batch_mean(x)",
    "batch_mean(param(2) * channel_param(3)) * x",
    "x + param(1) * floor(x)",
    "unused = param(5); x * sigmoid(x) + 0 * unused",
];

const SHAPES: &[Shape] = &[
    Shape {
        rows: 1,
        features: 1,
    },
    Shape {
        rows: 1,
        features: 19,
    },
    Shape {
        rows: 13,
        features: 1,
    },
    Shape {
        rows: 2,
        features: 16,
    },
    Shape {
        rows: 7,
        features: 33,
    },
    Shape {
        rows: 64,
        features: 32,
    },
];

pub fn formula(text: &str) -> Formula {
    Formula::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

pub fn numbers(count: usize, salt: f64) -> Vec<f32> {
    (0..count)
        .map(|i| {
            (1.7 * (1.3 * i as f64 + salt).sin() + 0.4 * (0.7 * (i * i) as f64 + salt).cos()) as f32
        })
        .collect()
}

pub fn wide(values: &[f32]) -> Vec<f64> {
    values.iter().map(|value| f64::from(*value)).collect()
}

/// A formula at a tensor, with parameters some way from where they start.
pub struct Case {
    pub formula: Formula,
    pub shape: Shape,
    pub x: Vec<f32>,
    pub arriving: Vec<f32>,
    pub parameters: Vec<Vec<f32>>,
}

impl Case {
    pub fn new(text: &str, shape: Shape) -> Case {
        let formula = formula(text);
        let moved = |values: Vec<f64>| {
            values
                .iter()
                .enumerate()
                .map(|(i, value)| (value + 0.01 * (i % 7) as f64) as f32)
                .collect()
        };
        let parameters = formula
            .initial_parameters(shape.features)
            .into_iter()
            .map(moved)
            .collect();
        let (x, arriving) = (
            numbers(shape.elements(), 0.3),
            numbers(shape.elements(), 2.1),
        );
        Case {
            formula,
            shape,
            x,
            arriving,
            parameters,
        }
    }

    fn flat_parameters(&self) -> Vec<f32> {
        self.parameters.concat()
    }

    pub fn right(&self) -> Gradients {
        let parameters: Vec<Vec<f64>> = self.parameters.iter().map(|values| wide(values)).collect();
        self.formula.gradients(
            self.shape,
            &wide(&self.x),
            &wide(&self.arriving),
            &parameters,
        )
    }

    /// Value, gradient of x and gradient of the parameters by the kernel.
    fn run(&self, kernel: &mut TensorKernel) -> [Vec<f32>; 3] {
        let parameters = self.flat_parameters();
        let (mut value, mut input, mut own) = (
            vec![f32::NAN; self.x.len()],
            vec![f32::NAN; self.x.len()],
            vec![f32::NAN; parameters.len()],
        );
        kernel.value(self.shape, &self.x, &parameters, &mut value);
        kernel.gradients(
            self.shape,
            &self.x,
            &self.arriving,
            &parameters,
            &mut input,
            &mut own,
        );
        [value, input, own]
    }
}

pub fn kernel(formula: &Formula, set: InstructionSet) -> TensorKernel {
    // `graph` of a pointwise formula has f' as its second output, which the kernel leaves aside.
    TensorKernel::for_instruction_set(formula.graph(), formula.adjoint(), set)
}

pub fn cases() -> impl Iterator<Item = Case> {
    FORMULAS
        .iter()
        .flat_map(|text| SHAPES.iter().map(|shape| Case::new(text, *shape)))
}

/// Near `right`, relative to the largest number of its tensor: sums of many elements round with the
/// largest of them.
pub fn assert_close(what: &str, case: &Case, got: &[f64], right: &[f64], tolerance: f64) {
    assert_eq!(got.len(), right.len(), "{what} of {}", case.formula);
    let largest = right
        .iter()
        .fold(1.0_f64, |largest, value| largest.max(value.abs()));
    for (i, (got, right)) in got.iter().zip(right).enumerate() {
        let same = got == right || (got - right).abs() <= tolerance * largest;
        assert!(
            same,
            "{what} of {} over {:?}, element {i}: {got}, right {right}",
            case.formula, case.shape
        );
    }
}

fn same_bits(a: &[f32], b: &[f32]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.to_bits() == b.to_bits())
}
