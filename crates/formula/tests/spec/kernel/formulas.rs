//! Real formulas on the kernel.

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
pub fn formulas() -> Vec<Formula> {
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

pub fn arguments() -> Vec<f32> {
    (-300..300).map(|i| i as f32 / 50.0 + 0.003).collect()
}

/// Equal within a tolerance, or undefined both; what lies beyond a million is left out, since there
/// the rounding of an exponent shows.
pub fn close(got: f64, right: f64, tolerance: f64) -> bool {
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
