//! The tensor kernel on formulas that read their row or the batch, or have trainable
//! parameters, held to the 64-bit reference.

use motherlode_formula::kernel::{Compiled, Kernel, TensorKernel};
use motherlode_formula::vector::InstructionSet;
use motherlode_formula::{Class, Formula, Gradients, Shape};

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

#[test]
fn values_and_gradients_run_as_the_reference_on_every_instruction_set() {
    for case in cases() {
        let right = case.right();
        for set in InstructionSet::available() {
            let [value, input, own] = case.run(&mut kernel(&case.formula, set));
            assert_close(
                &format!("f on {}", set.name()),
                &case,
                &wide(&value),
                &right.value,
                1e-5,
            );
            assert_close(
                &format!("the gradient of x on {}", set.name()),
                &case,
                &wide(&input),
                &right.input,
                1e-4,
            );
            assert_close(
                &format!("the gradient of the parameters on {}", set.name()),
                &case,
                &wide(&own),
                &right.parameters.concat(),
                1e-4,
            );
        }
    }
}

#[test]
fn elements_that_share_an_extreme_share_its_gradient() {
    let formula = formula("feature_max(x) + 0 * x");
    let shape = Shape {
        rows: 2,
        features: 4,
    };
    let x = [1.0, 3.0, 3.0, 2.0, -1.0, -1.0, -1.0, -1.0];
    let shared = [0.0, 2.0, 2.0, 0.0, 1.0, 1.0, 1.0, 1.0];
    for set in InstructionSet::available() {
        let mut gradient = [f32::NAN; 8];
        kernel(&formula, set).gradients(shape, &x, &[1.0; 8], &[], &mut gradient, &mut []);
        assert_eq!(gradient, shared, "{}", set.name());
    }
}

#[test]
fn a_nan_stays_in_its_line_and_in_an_extreme_of_it() {
    let formula = formula("feature_max(x) + feature_min(x)");
    let shape = Shape {
        rows: 2,
        features: 20,
    };
    let mut x = numbers(40, 0.3);
    x[17] = f32::NAN;
    let mut value = vec![0.0; 40];
    for set in InstructionSet::available() {
        kernel(&formula, set).value(shape, &x, &[], &mut value);
        assert!(
            value[..20].iter().all(|y| y.is_nan()) && value[20..].iter().all(|y| y.is_finite()),
            "{}: {value:?}",
            set.name()
        );
    }
}

#[test]
fn a_used_kernel_gives_the_same_bits_as_a_fresh_one() {
    let bits = |results: [Vec<f32>; 3]| {
        results.map(|values| {
            values
                .iter()
                .map(|value| value.to_bits())
                .collect::<Vec<u32>>()
        })
    };
    for text in FORMULAS {
        for set in InstructionSet::available() {
            let (small, large) = (
                Case::new(
                    text,
                    Shape {
                        rows: 7,
                        features: 33,
                    },
                ),
                Case::new(
                    text,
                    Shape {
                        rows: 40,
                        features: 50,
                    },
                ),
            );
            let mut used = kernel(&small.formula, set);
            let fresh = bits(small.run(&mut used.clone()));
            let mut poisoned = Case::new(
                text,
                Shape {
                    rows: 40,
                    features: 50,
                },
            );
            poisoned.x.fill(f32::NAN);
            poisoned.run(&mut used);
            large.run(&mut used);
            assert_eq!(
                bits(small.run(&mut used)),
                fresh,
                "{text} on {}",
                set.name()
            );
        }
    }
}

#[test]
fn sums_are_those_of_the_exact_numbers_whatever_their_order_and_instruction_set() {
    // In f32 alone the small ones would vanish beside the large one.
    let shape = Shape {
        rows: 5,
        features: 1000,
    };
    let mut x = vec![1e-3_f32; 5000];
    x[1] = 1e6;
    x[4000] = -1e6;
    let exact = x.iter().map(|x| f64::from(*x)).sum::<f64>() as f32;
    for set in InstructionSet::available() {
        let mut value = vec![0.0; 5000];
        kernel(&formula("tensor_sum(x)"), set).value(shape, &x, &[], &mut value);
        assert!(
            (value[0] - exact).abs() <= 1e-6 * exact && value.iter().all(|y| *y == value[0]),
            "{}: {} against {exact}",
            set.name(),
            value[0]
        );
    }
}

#[test]
fn a_pointwise_formula_without_parameters_keeps_the_pointwise_kernel_and_both_agree() {
    for text in ["silu(x)", "x * tanh(softplus(x))", "sin(3 * x) + relu(x)"] {
        let formula = formula(text);
        assert!(
            matches!(formula.activation(), Compiled::Pointwise(_)),
            "{text}"
        );
        let case = Case::new(
            text,
            Shape {
                rows: 7,
                features: 33,
            },
        );
        for set in InstructionSet::available() {
            let (mut value, mut slope) = (vec![0.0; case.x.len()], vec![0.0; case.x.len()]);
            Kernel::for_instruction_set(formula.graph(), set)
                .value_and_slope(&case.x, &mut value, &mut slope);
            let [by_tensors, gradient, _] = case.run(&mut kernel(&formula, set));
            let pulled: Vec<f64> = slope
                .iter()
                .zip(&case.arriving)
                .map(|(slope, arriving)| f64::from(slope * arriving))
                .collect();
            assert_close("f", &case, &wide(&by_tensors), &wide(&value), 1e-6);
            assert_close("the gradient of x", &case, &wide(&gradient), &pulled, 1e-5);
        }
    }
    for text in ["param(1) * x", "x * batch_mean(x)", "x + roll(x, 1)"] {
        assert!(
            matches!(formula(text).activation(), Compiled::Tensor(_)),
            "{text}"
        );
    }
}

#[test]
fn parameters_start_at_their_initial_values_one_a_layer_or_one_a_feature() {
    let formula = formula("param(0.5) * x + channel_param(-2) * x^2");
    assert_eq!(
        kernel(&formula, InstructionSet::best()).initial_parameters(3),
        [0.5, -2.0, -2.0, -2.0]
    );
    assert_eq!(formula.activation().parameters(), formula.parameters());
}

#[test]
#[should_panic(expected = "a tensor of 2 rows of 3 features")]
fn a_tensor_of_another_length_is_refused() {
    let formula = formula("x * batch_mean(x)");
    kernel(&formula, InstructionSet::best()).value(
        Shape {
            rows: 2,
            features: 3,
        },
        &[1.0; 5],
        &[],
        &mut [0.0; 6],
    );
}

#[test]
fn rows_that_do_not_read_each_other_give_the_same_bits_alone_and_among_many() {
    // More elements than the kernel takes at a time, and rows that do not fill whole vectors.
    for shape in [
        Shape {
            rows: 700,
            features: 33,
        },
        Shape {
            rows: 300,
            features: 64,
        },
        Shape {
            rows: 19,
            features: 1025,
        },
    ] {
        for text in FORMULAS
            .iter()
            .filter(|text| formula(text).class() < Class::Batch)
        {
            let case = Case::new(text, shape);
            let right = case.right();
            for set in InstructionSet::available() {
                let mut kernel = kernel(&case.formula, set);
                let [value, input, own] = case.run(&mut kernel);
                assert_close(
                    &format!("the gradient of the parameters on {}", set.name()),
                    &case,
                    &wide(&own),
                    &right.parameters.concat(),
                    1e-4,
                );
                for row in [0, 1, shape.rows / 2, shape.rows - 1] {
                    let range = row * shape.features..(row + 1) * shape.features;
                    let (x, arriving) = (
                        case.x[range.clone()].to_vec(),
                        case.arriving[range.clone()].to_vec(),
                    );
                    let alone = Case {
                        shape: Shape { rows: 1, ..shape },
                        x,
                        arriving,
                        formula: case.formula.clone(),
                        parameters: case.parameters.clone(),
                    };
                    let [value_alone, input_alone, _] = alone.run(&mut kernel);
                    assert!(
                        same_bits(&value[range.clone()], &value_alone),
                        "f of {text} over {shape:?} on {}, row {row}",
                        set.name()
                    );
                    assert!(
                        same_bits(&input[range], &input_alone),
                        "the gradient of x of {text} over {shape:?} on {}, row {row}",
                        set.name()
                    );
                }
            }
        }
    }
}

fn same_bits(a: &[f32], b: &[f32]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.to_bits() == b.to_bits())
}

#[test]
fn the_gradient_of_the_parameters_has_the_same_bits_on_every_instruction_set_that_sums_the_same_terms(
) {
    // Floor, products and a select round alike everywhere, so only the order of a sum could tell
    // the sets apart.
    let shape = Shape {
        rows: 515,
        features: 37,
    };
    for text in [
        "param(0.5) * x",
        "channel_param(0.5) * x",
        "max(x, 0) + channel_param(0.25) * min(x, 0) + param(1)",
    ] {
        let case = Case::new(text, shape);
        let gradients: Vec<_> = InstructionSet::available()
            .into_iter()
            .map(|set| case.run(&mut kernel(&case.formula, set))[2].clone())
            .collect();
        assert!(
            gradients
                .iter()
                .all(|gradient| same_bits(gradient, &gradients[0])),
            "{text}"
        );
    }
}

#[test]
fn memory_does_not_grow_with_rows_that_do_not_read_each_other() {
    for text in FORMULAS {
        let formula = formula(text);
        let kernel = kernel(&formula, InstructionSet::best());
        // Of a size that fills no whole vectors, for which a copy is made.
        let [small, large] =
            [10_001, 100_001].map(|rows| kernel.bytes(Shape { rows, features: 65 }));
        if formula.class() < Class::Batch {
            assert!(
                small == large && large < 1 << 22,
                "{text}: {small} and {large} bytes"
            );
        } else {
            assert!(large > small, "{text}: {small} and {large} bytes");
        }
    }
}

#[test]
fn a_pointwise_value_has_the_same_bits_by_tensors_and_element_by_element() {
    // Each is one primitive or a chain of them: where a product meets a sum, the slope beside it
    // decides whether they are one step.
    let chains = [
        "sin(x)",
        "cos(x)",
        "tan(x)",
        "tanh(x)",
        "sigmoid(x)",
        "softplus(x)",
        "erf(x)",
        "erfc(x)",
        "sinc(x)",
        "exp(-abs(x))",
        "log1p(abs(x))",
        "sqrt(abs(x))",
        "atan(x)",
        "asinh(x)",
        "x^2",
        "x^3",
        "x * sigmoid(x)",
        "tanh(softplus(x))",
        "max(x, 0)",
        "floor(x)",
        "where(x > 0, x, exp(x))",
    ];
    let shape = Shape {
        rows: 7,
        features: 33,
    };
    for text in chains {
        let case = Case::new(text, shape);
        let ones = vec![1.0; case.x.len()];
        for set in InstructionSet::available() {
            let (mut value, mut slope) = (vec![0.0; case.x.len()], vec![0.0; case.x.len()]);
            Kernel::for_instruction_set(case.formula.graph(), set)
                .value_and_slope(&case.x, &mut value, &mut slope);
            let mut kernel = kernel(&case.formula, set);
            let (mut by_tensors, mut gradient) =
                (vec![f32::NAN; case.x.len()], vec![f32::NAN; case.x.len()]);
            kernel.value(shape, &case.x, &[], &mut by_tensors);
            kernel.gradients(shape, &case.x, &ones, &[], &mut gradient, &mut []);
            assert!(same_bits(&by_tensors, &value), "{text} on {}", set.name());
            assert_close(
                &format!("the gradient of x on {}", set.name()),
                &case,
                &wide(&gradient),
                &wide(&slope),
                4e-7,
            );
        }
    }
}

#[test]
fn extreme_numbers_pass_as_in_the_reference() {
    let texts = [
        "max(x, 0) + channel_param(0.25) * min(x, 0)",
        "x * sigmoid(channel_param(1.5) * x) + sin(param(2) * x) / param(3)",
        "max(0, x) + param(0.01) * x * exp(-x^2 / 2)",
        "x * softmax(x)",
        "tanh(x - feature_mean(x)) / (feature_std(x) + 0.5)",
        "(x - batch_mean(x)) / (batch_std(x) + 0.1) + x",
    ];
    let shape = Shape {
        rows: 3,
        features: 5,
    };
    let large = [
        1e4, -1e4, 1e-30, -1e-30, 0.0, 1.0, -1.0, 3.0, 1e-4, -30.0, 30.0, 1e3, -1e3, 0.5, -0.5,
    ];
    for text in texts {
        for set in InstructionSet::available() {
            let mut case = Case::new(text, shape);
            case.x = large.to_vec();
            let right = case.right();
            let [value, input, own] = case.run(&mut kernel(&case.formula, set));
            assert_close("f", &case, &wide(&value), &right.value, 1e-5);
            assert_close(
                "the gradient of x",
                &case,
                &wide(&input),
                &right.input,
                1e-4,
            );
            assert_close(
                "the gradient of the parameters",
                &case,
                &wide(&own),
                &right.parameters.concat(),
                1e-4,
            );
            // What is not finite in one row stays there, unless the formula reads the batch.
            for wild in [f32::INFINITY, f32::NEG_INFINITY, f32::NAN, f32::MAX] {
                let mut case = Case::new(text, shape);
                let [before, ..] = case.run(&mut kernel(&case.formula, set));
                case.x[7] = wild;
                let [value, ..] = case.run(&mut kernel(&case.formula, set));
                assert!(
                    !wild.is_nan() || value[7].is_nan(),
                    "{text} at {wild} on {}: {}",
                    set.name(),
                    value[7]
                );
                if case.formula.class() < Class::Batch {
                    assert!(
                        same_bits(&value[..5], &before[..5])
                            && same_bits(&value[10..], &before[10..]),
                        "{text} at {wild} on {}",
                        set.name()
                    );
                }
            }
        }
    }
}
