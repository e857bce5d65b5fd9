//! What gives the same bits: used kernels, rows alone and among many, sums in any order.

use motherlode_formula::kernel::Kernel;
use motherlode_formula::vector::InstructionSet;
use motherlode_formula::{Class, Shape};

use super::{assert_close, formula, kernel, same_bits, wide, Case, FORMULAS};

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
