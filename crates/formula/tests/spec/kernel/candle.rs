//! The Candle back end against the reference, in both types, and its gradients against differences
//! of the reference.

use candle_core::{DType, Device, Tensor, Var};
use motherlode_formula::candle::{evaluate, evaluate_tensor};
use motherlode_formula::graph::{Binary, Graph, Node, Unary};
use motherlode_formula::reference;
use motherlode_formula::{Formula, Shape};

use super::accuracy::{arguments, graph_of, ulp, BINARY, BOUNDS};

fn run(graph: &Graph, xs: &[f64], dtype: DType) -> Vec<f64> {
    let input = Tensor::from_slice(xs, xs.len(), &Device::Cpu)
        .and_then(|x| x.to_dtype(dtype))
        .expect("a tensor of the arguments");
    let outputs = evaluate(graph, &input).expect("the graph runs");
    assert_eq!(
        (outputs[0].dtype(), outputs[0].dims()),
        (dtype, &[xs.len()][..])
    );
    outputs[0]
        .to_dtype(DType::F64)
        .and_then(|y| y.to_vec1())
        .expect("the results as numbers")
}

/// Whether `y` is `right` within a relative and an absolute error; infinities and NaN must agree.
fn close(y: f64, right: f64, relative: f64, absolute: f64) -> bool {
    y == right
        || (y.is_nan() && right.is_nan())
        || (y - right).abs() <= relative * right.abs() + absolute
}

#[test]
fn every_primitive_agrees_with_the_reference_in_both_types() {
    let xs: Vec<f64> = arguments().into_iter().map(f64::from).collect();
    let mut failures = Vec::new();
    for bound in BOUNDS {
        let graph = graph_of(|graph, x| graph.intern(Node::Unary(bound.operation, x)));
        for dtype in [DType::F64, DType::F32] {
            // The reference itself cuts the series of sinc's slope at 1e-13.
            let wide = if bound.operation == Unary::SincSlope {
                1e-13
            } else {
                4e-15
            };
            let (relative, absolute) = if dtype == DType::F64 {
                (wide, 4e-15)
            } else {
                (0.0, bound.absolute.max(1e-37))
            };
            let ys = run(&graph, &xs, dtype);
            let (mut worst, mut at, mut got) = (0.0, 0.0, 0.0);
            for (&x, &y) in xs.iter().zip(&ys) {
                let right = reference::unary(bound.operation, x);
                let right = if dtype == DType::F32 && right.abs() > f64::from(f32::MAX) {
                    f64::from(right as f32)
                } else {
                    right
                };
                let relative = if dtype == DType::F32 {
                    16.0 * ulp(right) / right.abs()
                } else {
                    relative
                };
                if !close(y, right, relative, absolute) {
                    let error = (y - right).abs()
                        / if dtype == DType::F32 {
                            ulp(right)
                        } else {
                            right.abs() * f64::EPSILON
                        };
                    if error > worst || error.is_nan() {
                        (worst, at, got) = (error, x, y);
                    }
                }
            }
            if worst != 0.0 {
                failures.push(format!(
                    "{:?} in {dtype:?}: {got:e} at {at:e}, {worst} ulp from {:e}",
                    bound.operation,
                    reference::unary(bound.operation, at)
                ));
            }
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

#[test]
fn every_operation_of_two_arguments_agrees_with_the_reference() {
    let corners = [
        0.0,
        -0.0,
        0.5,
        1.0,
        -1.0,
        2.0,
        -2.0,
        3.0,
        -3.0,
        0.7,
        -0.7,
        1e3,
        -1e3,
        17.25,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::NAN,
    ];
    for operation in BINARY {
        // NaN and -0 are no constants of a graph; they come as the other argument.
        for constant in corners
            .into_iter()
            .filter(|c| !c.is_nan() && c.to_bits() != (-0.0_f64).to_bits())
        {
            for constant_first in [false, true] {
                let graph = graph_of(|graph, x| {
                    let c = graph.constant(constant);
                    graph.intern(if constant_first {
                        Node::Binary(operation, c, x)
                    } else {
                        Node::Binary(operation, x, c)
                    })
                });
                for (&x, y) in corners.iter().zip(run(&graph, &corners, DType::F64)) {
                    let right = if constant_first {
                        reference::binary(operation, constant, x)
                    } else {
                        reference::binary(operation, x, constant)
                    };
                    assert!(
                        close(y, right, 1e-13, 0.0),
                        "{operation:?} of {x} and {constant} (constant first: {constant_first}): \
                         {y}, right {right}"
                    );
                }
            }
        }
    }
    let by_self = graph_of(|graph, x| graph.intern(Node::Binary(Binary::Power, x, x)));
    for (&x, y) in corners.iter().zip(run(&by_self, &corners, DType::F64)) {
        assert!(close(y, x.powf(x), 1e-13, 0.0), "{x} to itself: {y}");
    }
}

/// The gradient of the first output at each of `xs`, in `f64`.
fn gradients(graph: &Graph, xs: &[f64]) -> Vec<f64> {
    let input = Var::from_tensor(
        &Tensor::from_slice(xs, xs.len(), &Device::Cpu).expect("a tensor of the arguments"),
    )
    .expect("a variable");
    let output = evaluate(graph, input.as_tensor())
        .expect("the graph runs")
        .swap_remove(0);
    let gradients = output
        .sum_all()
        .and_then(|sum| sum.backward())
        .expect("the gradient runs");
    gradients
        .get(input.as_tensor())
        .expect("a gradient for the input")
        .to_vec1()
        .expect("the gradient as numbers")
}

#[test]
fn gradients_run_through_every_smooth_primitive() {
    let flat = [Unary::Sign, Unary::Floor, Unary::Round, Unary::StopGradient];
    for bound in BOUNDS
        .iter()
        .filter(|bound| !flat.contains(&bound.operation))
    {
        let graph = graph_of(|graph, x| graph.intern(Node::Unary(bound.operation, x)));
        let f = |x: f64| reference::unary(bound.operation, x);
        const STEP: f64 = 1e-4;
        let xs: Vec<f64> = (-120..120)
            .map(|i| f64::from(i) / 20.0 + 0.0123)
            .filter(|&x| {
                reference::unary(bound.operation, x - 2.0 * STEP).is_finite()
                    && reference::unary(bound.operation, x + 2.0 * STEP).is_finite()
            })
            .collect();
        assert!(
            xs.len() > 15,
            "{:?} has only {} arguments",
            bound.operation,
            xs.len()
        );
        for (&x, slope) in xs.iter().zip(gradients(&graph, &xs)) {
            // Fourth-order central difference.
            let right: f64 = (8.0 * (f(x + STEP) - f(x - STEP))
                - (f(x + 2.0 * STEP) - f(x - 2.0 * STEP)))
                / (12.0 * STEP);
            if right.abs() > 1e4 {
                // Beside a pole the difference says nothing.
                continue;
            }
            assert!(
                (slope - right).abs() < 1e-7 * (1.0 + right.abs()),
                "{:?} at {x}: {slope}, right {right}",
                bound.operation
            );
        }
    }
}

#[test]
fn gradients_run_through_powers_of_constants_and_to_constants() {
    let xs = [-2.3, -0.4, 0.3, 1.0, 2.7];
    let cube = graph_of(|graph, x| {
        let three = graph.constant(3.0);
        graph.intern(Node::Binary(Binary::Power, x, three))
    });
    let exponential = graph_of(|graph, x| {
        let base = graph.constant(1.7);
        graph.intern(Node::Binary(Binary::Power, base, x))
    });
    for ((&x, of_cube), of_exponential) in xs
        .iter()
        .zip(gradients(&cube, &xs))
        .zip(gradients(&exponential, &xs))
    {
        assert!((of_cube - 3.0 * x * x).abs() < 1e-12 * (1.0 + x * x));
        let right = 1.7_f64.ln() * 1.7_f64.powf(x);
        assert!((of_exponential - right).abs() < 1e-12 * right);
    }
}

#[test]
fn gradients_are_finite_where_a_branch_not_taken_is_singular() {
    let xs = [-200.0, -90.0, -1.0, -1e-20, 0.0, 1e-20, 1.0, 90.0, 200.0];
    let operations = [
        Unary::Expm1,
        Unary::Sigmoid,
        Unary::Softplus,
        Unary::Tanh,
        Unary::Atan,
        Unary::Asinh,
        Unary::Erf,
        Unary::Erfc,
        Unary::Sinc,
        Unary::SincSlope,
        Unary::BesselI0e,
        Unary::BesselI1e,
    ];
    for operation in operations {
        let graph = graph_of(|graph, x| graph.intern(Node::Unary(operation, x)));
        for (x, slope) in xs.iter().zip(gradients(&graph, &xs)) {
            assert!(slope.is_finite(), "{operation:?} at {x}: {slope}");
        }
    }
}

#[test]
fn a_select_takes_its_condition_as_not_zero() {
    let graph = graph_of(|graph, x| {
        let [one, two] = [1.0, 2.0].map(|c| graph.constant(c));
        graph.intern(Node::Select(x, one, two))
    });
    assert_eq!(
        run(&graph, &[0.0, -0.0, 0.5, -3.0, f64::NAN], DType::F64),
        [2.0, 2.0, 1.0, 1.0, 1.0]
    );
}

#[test]
fn tensors_side_by_side_are_evaluated_as_each_of_them_alone() {
    let (trials, rows, features) = (3, 7, 5);
    let count = rows * features;
    let numbers = |count: usize, salt: f64| -> Vec<f32> {
        (0..count)
            .map(|i| (1.7 * (1.3 * i as f64 + salt).sin()) as f32)
            .collect()
    };
    let tensor = |values: Vec<f32>, shape: &[usize]| {
        Tensor::from_vec(values, shape, &Device::Cpu).expect("a tensor")
    };
    let inputs =
        [0.3, 2.1].map(|salt| tensor(numbers(trials * count, salt), &[trials, rows, features]));
    for text in super::tensors::FORMULAS {
        let formula = Formula::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        let own: Vec<Tensor> = formula
            .parameters()
            .iter()
            .map(|parameter| {
                tensor(
                    numbers(trials * parameter.values(features), parameter.initial()),
                    &[trials, parameter.values(features)],
                )
            })
            .collect();
        let together = evaluate_tensor(
            formula.adjoint(),
            &[&inputs[0], &inputs[1]],
            &own.iter().collect::<Vec<_>>(),
        )
        .expect("the graph runs");
        for trial in 0..trials {
            let of = |tensor: &Tensor| tensor.get(trial).expect("a trial's part");
            let (own, inputs) = (
                own.iter().map(of).collect::<Vec<_>>(),
                inputs.each_ref().map(of),
            );
            let alone = evaluate_tensor(
                formula.adjoint(),
                &[&inputs[0], &inputs[1]],
                &own.iter().collect::<Vec<_>>(),
            )
            .expect("the graph runs");
            for (found, wanted) in together.iter().map(of).zip(alone) {
                let numbers = |tensor: Tensor| {
                    tensor
                        .flatten_all()
                        .and_then(|tensor| tensor.to_vec1::<f32>())
                        .expect("the results as numbers")
                };
                let (found, wanted) = (numbers(found), numbers(wanted));
                let same = |(found, wanted): (&f32, &f32)| {
                    found == wanted || (found.is_nan() && wanted.is_nan())
                };
                assert!(
                    found.len() == wanted.len() && found.iter().zip(&wanted).all(same),
                    "{text}: {found:?}, alone {wanted:?}"
                );
            }
        }
    }
}

#[test]
fn the_adjoint_of_an_extreme_finds_the_elements_that_reach_it() {
    // The outer one runs over elements that are all equal, whose mean may round to another number.
    let formula = Formula::parse("x * tensor_max(tanh(tensor_max(tanh(x))))").expect("it parses");
    let numbers = |salt: f64| -> Vec<f64> {
        (0..640)
            .map(|i| f64::from((0.4 * (1.3 * i as f64 + salt).sin() + 0.3) as f32))
            .collect()
    };
    let (x, arriving) = (numbers(0.0), numbers(1.0));
    let right = formula
        .gradients(
            Shape {
                rows: 16,
                features: 40,
            },
            &x,
            &arriving,
            &[],
        )
        .input;
    let tensor = |values: &[f64]| {
        Tensor::from_slice(values, (16, 40), &Device::Cpu)
            .and_then(|x| x.to_dtype(DType::F32))
            .expect("a tensor")
    };
    let outputs = evaluate_tensor(formula.adjoint(), &[&tensor(&x), &tensor(&arriving)], &[])
        .expect("the graph runs");
    let found = outputs[1]
        .flatten_all()
        .and_then(|gradient| gradient.to_vec1::<f32>())
        .expect("the gradient as numbers");
    for (index, (found, right)) in found.into_iter().zip(right).enumerate() {
        assert!(
            (f64::from(found) - right).abs() < 1e-4 * right.abs().max(1.0),
            "element {index}: {found}, right {right}"
        );
    }
}
