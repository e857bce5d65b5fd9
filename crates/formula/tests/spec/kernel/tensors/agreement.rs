//! Values, gradients and parameters of the kernel beside those of the reference.

use motherlode_formula::kernel::{Compiled, Kernel};
use motherlode_formula::vector::InstructionSet;
use motherlode_formula::{Class, Shape};

use super::{assert_close, cases, formula, kernel, numbers, same_bits, wide, Case};

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
