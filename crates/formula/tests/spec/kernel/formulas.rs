//! Real formulas on both back ends.

use candle_core::{DType, Device, Tensor, Var};
use motherlode_formula::candle::evaluate;
use motherlode_formula::kernel::Kernel;
use motherlode_formula::vector::InstructionSet;
use motherlode_formula::{Formula, Function};

/// Functions of the language that are lowered to several primitives, by themselves and in formulas.
const FORMULAS: [&str; 40] = [
    "relu",
    "leaky_relu",
    "elu",
    "selu",
    "gelu",
    "gelu_tanh",
    "silu",
    "mish",
    "softsign",
    "softplus",
    "hard_sigmoid",
    "hard_silu",
    "log_sigmoid",
    "elish",
    "relu6(x) + relu(x)^2",
    "x * sigmoid(x) + 0.1 * sin(3 * x)",
    "clamp(x, -1, 1.5)",
    "where(x > 0, x^2, -x)",
    "min(x, 1) * max(x, -2)",
    "sign(x) * sqrt(abs(x))",
    "abs(x)^1.5",
    "(x^2 + 1)^0.25",
    "2^x",
    "x^5 - x^3 / 3",
    "x * bessel_i0e(x) + bessel_i1e(x)",
    "x * sinc(x)",
    "x * erfc(x) - erf(2 * x)",
    "atan(x) * x + asinh(x)",
    "log1p(x^2) * cos(x)",
    "sinh(x) / cosh(x)^2",
    "x / (1 + abs(x))",
    "expm1(x) * exp(-x^2)",
    "tanh(x) - tan(x / 5)",
    "x * tanh(softplus(x))",
    "sigmoid(x) * erf(x)",
    "log(abs(x + 1e-7)) * x",
    "x / (x^2 + 1e-7)",
    "sigmoid(sin(relu(sigmoid(x)))) * gelu(x)",
    "log1p(abs(cos(sigmoid(tan(softsign(x))) * x)))",
    "asin(sin(x) / 2) + acos(x / 10) + atanh(x / 10) + acosh(x^2 + 2)",
];

/// Every operator and function of the language around x.
fn catalogue() -> impl Iterator<Item = String> {
    Function::all()
        .iter()
        .filter(|function| function.is_scalar())
        .map(|function| {
            let name = function.name();
            match function.arity() {
                1 => format!("{name}(x)"),
                2 => format!("{name}(x, 1.5) + {name}(0.7, x)"),
                _ => format!("{name}(x, x^2, 0.5)"),
            }
        })
}

/// These, every function by itself, and the distinct ones of the table to which the language itself
/// is held.
fn formulas() -> Vec<Formula> {
    let mut texts: Vec<&str> = include_str!("../language/published.txt")
        .lines()
        .filter_map(|line| line.split(" | ").next())
        .collect();
    texts.dedup();
    assert!(texts.len() > 10, "only {} published formulas", texts.len());
    texts.extend(FORMULAS);
    texts
        .into_iter()
        .map(str::to_owned)
        .chain(catalogue())
        .map(|text| Formula::parse(&text).unwrap_or_else(|error| panic!("{text}: {error}")))
        .collect()
}

fn arguments() -> Vec<f32> {
    (-300..300).map(|i| i as f32 / 50.0 + 0.003).collect()
}

/// Equal within a tolerance, or undefined both; what lies beyond a million is left out, since there
/// the rounding of an exponent shows.
fn close(got: f64, right: f64, tolerance: f64) -> bool {
    (got.is_nan() && right.is_nan())
        || right.abs() > 1e6
        || (got - right).abs() <= tolerance * (1.0 + right.abs())
}

#[test]
fn formulas_run_as_the_reference_on_every_instruction_set() {
    let xs = arguments();
    for formula in formulas() {
        for set in InstructionSet::available() {
            let (mut value, mut slope) = (vec![0.0; xs.len()], vec![0.0; xs.len()]);
            Kernel::for_instruction_set(formula.graph(), set)
                .value_and_slope(&xs, &mut value, &mut slope);
            for ((&x, y), dy) in xs.iter().zip(value).zip(slope) {
                let right = formula.value_and_slope(f64::from(x));
                for (got, right) in [(y, right.0), (dy, right.1)] {
                    assert!(
                        close(f64::from(got), right, 1e-5),
                        "{formula} at {x} on {}: {got}, right {right}",
                        set.name()
                    );
                }
            }
        }
    }
}

#[test]
fn formulas_and_their_gradients_run_as_the_reference_in_candle() {
    let xs: Vec<f64> = arguments().into_iter().map(f64::from).collect();
    for formula in formulas() {
        let input = Var::from_tensor(
            &Tensor::from_slice(&xs, xs.len(), &Device::Cpu).expect("a tensor of the arguments"),
        )
        .expect("a variable");
        let outputs = evaluate(formula.graph(), input.as_tensor())
            .unwrap_or_else(|error| panic!("{formula}: {error}"));
        let gradients = outputs[0]
            .sum_all()
            .and_then(|sum| sum.backward())
            .expect("the gradient runs");
        // Comparisons pass no gradient on: what has no other way to the input has none, which is 0.
        let gradients: Vec<f64> = gradients.get(input.as_tensor()).map_or_else(
            || vec![0.0; xs.len()],
            |tensor| tensor.to_vec1().expect("numbers"),
        );
        let numbers = |tensor: &Tensor| {
            tensor
                .to_dtype(DType::F64)
                .and_then(|tensor| tensor.to_vec1::<f64>())
                .expect("numbers")
        };
        let (value, slope) = (numbers(&outputs[0]), numbers(&outputs[1]));
        for (i, &x) in xs.iter().enumerate() {
            let right = formula.value_and_slope(x);
            // Where f is undefined, so is its gradient, whatever stands there.
            let gradient = if right.0.is_nan() {
                right.1
            } else {
                gradients[i]
            };
            for (name, got, right) in [
                ("f", value[i], right.0),
                ("f'", slope[i], right.1),
                ("the gradient", gradient, right.1),
            ] {
                assert!(
                    close(got, right, 1e-10),
                    "{name} of {formula} at {x}: {got}, right {right}"
                );
            }
        }
    }
}
