//! Values and slopes of every function against mpmath (known_values.py makes known_values.csv).

use motherlode_formula::{Equation, Expression, Function};

use super::{close, formula};

struct Row<'a> {
    function: &'a str,
    x: f64,
    value: f64,
    slope: f64,
}

fn known_values() -> impl Iterator<Item = Row<'static>> {
    include_str!("known_values.csv")
        .lines()
        .skip(1)
        .map(|line| {
            let (function, numbers) = line.split_once(',').expect("a name and numbers");
            let numbers: Vec<f64> = numbers
                .split(',')
                .map(|number| number.parse().expect("a number"))
                .collect();
            Row {
                function,
                x: numbers[0],
                value: numbers[1],
                slope: numbers[2],
            }
        })
}

/// How much a relative error of x is magnified in tails like e^(-x^2 / 2).
fn conditioning(row: &Row) -> f64 {
    match row.function {
        "gelu" | "gelu_tanh" | "gelu_like" | "erf" | "erfc" => 1.0 + row.x * row.x / 8.0,
        // Near its root at x + eps = 1 the rounding of that sum is all there is.
        "log_eps" => 1.0 + 0.1 / row.value.abs(),
        _ => 1.0,
    }
}

#[test]
fn every_function_has_its_known_values_to_1e_minus_14() {
    for row in known_values() {
        let (value, _) = formula(row.function).value_and_slope(row.x);
        let error = (value - row.value).abs();
        let bound = 1e-14 * conditioning(&row) * row.value.abs();
        assert!(
            value == row.value || error <= bound,
            "{}({}) is {value}, should be {}",
            row.function,
            row.x,
            row.value
        );
    }
}

#[test]
fn every_function_has_its_known_slopes_to_1e_minus_14_or_the_rounding_of_one() {
    for row in known_values() {
        let (_, slope) = formula(row.function).value_and_slope(row.x);
        let error = (slope - row.slope).abs();
        let bound = 1e-14 * conditioning(&row) * row.slope.abs() + 3e-16;
        assert!(
            slope == row.slope || error <= bound,
            "{}'({}) is {slope}, should be {}",
            row.function,
            row.x,
            row.slope
        );
    }
}

#[test]
fn the_known_values_cover_every_function_of_one_argument() {
    for function in Function::all()
        .iter()
        .filter(|function| function.arity() == 1 && function.is_scalar())
    {
        let known = known_values()
            .filter(|row| row.function == function.name())
            .count();
        assert!(
            known >= 5 || *function == Function::Negate,
            "{} has {known} known values",
            function.name()
        );
    }
}

#[test]
fn every_name_of_the_catalogue_names_its_function_alone() {
    let mut names = std::collections::HashSet::new();
    for function in Function::all() {
        for name in std::iter::once(function.name()).chain(function.aliases().iter().copied()) {
            assert_eq!(Function::named(name), Some(*function), "{name}");
            assert!(names.insert(name), "{name} names two functions");
            let trained = matches!(function, Function::Param | Function::ChannelParam);
            let arguments = if trained {
                "2"
            } else {
                ["x", "x, 2", "x, 1, 2"][function.arity() - 1]
            };
            let program = formula(&format!("{name}({arguments})")).program().clone();
            assert!(
                matches!(program.result, Expression::Call(found, _) if found == *function),
                "{name}"
            );
        }
    }
}

#[test]
fn published_activations_have_their_published_values() {
    // (formula, x, value, slope) from mpmath: the definitions typed in as printed in their papers,
    // mp.diff for the slopes.
    let table = include_str!("published.txt");
    let mut rows = 0;
    for line in table.lines() {
        let cells: Vec<&str> = line.split(" | ").collect();
        let numbers: Vec<f64> = cells[1..]
            .iter()
            .map(|cell| cell.parse().expect("a number"))
            .collect();
        let (value, slope) = formula(cells[0]).value_and_slope(numbers[0]);
        assert!(
            close(value, numbers[1], 1e-14),
            "{} at {}: {value}, should be {}",
            cells[0],
            numbers[0],
            numbers[1]
        );
        assert!(
            close(slope, numbers[2], 1e-13),
            "{} at {}: slope {slope}, should be {}",
            cells[0],
            numbers[0],
            numbers[2]
        );
        rows += 1;
    }
    assert!(rows > 60);
}

#[test]
fn functions_of_two_and_three_arguments_have_their_values() {
    for (text, x, value) in [
        ("max(x, 2)", 3.0, 3.0),
        ("max(x, 2)", -3.0, 2.0),
        ("min(x, 2, 1, 5)", 3.0, 1.0),
        ("maximum(x, 0.5, 7)", 3.0, 7.0),
        ("clamp(x, -1, 1)", -4.0, -1.0),
        ("clip(x, -1, 1)", 0.25, 0.25),
        ("where(x > 0, 2, 3)", 1.0, 2.0),
        ("if(x > 0, 2, 3)", 0.0, 3.0),
        ("pow(x, 3)", -2.0, -8.0),
        ("x^-2", 4.0, 0.0625),
        ("x^0.5", 9.0, 3.0),
        ("x^1.5", 4.0, 8.0),
        ("x^-0.5", 4.0, 0.5),
        ("x^0", 0.0, 1.0),
        ("x^(1/3)", 8.0, 2.0),
        (
            "(x >= 1) + (x <= 1) + (x == 1) + (x != 1) + (x < 1) + (x > 1)",
            1.0,
            3.0,
        ),
        ("relu6(x)", 9.0, 6.0),
        ("hard_tanh(x)", -9.0, -1.0),
        ("log2(x)", 8.0, 3.0),
        ("log10(x)", 1000.0, 3.0),
        ("exp2(x)", 5.0, 32.0),
        ("rsqrt(x)", 16.0, 0.25),
        ("add(x, 2, 3, 4)", 1.0, 10.0),
        ("multiply(x, 2, 3, 4)", 0.5, 12.0),
        ("celu(x)", -1.0, -0.632_120_558_828_557_7),
        ("celu(x, 2)", -1.0, -0.786_938_680_574_733_2),
        ("celu(x, 2)", 3.0, 3.0),
        ("remainder(x, 3)", 7.5, 1.5),
        ("mod(x, 3)", -7.5, 1.5),
        ("x % -3", 7.5, -1.5),
        ("7 % 4 * x % 2", 1.5, 0.5),
        ("remainder(x, 0.5)", 1.25, 0.25),
    ] {
        let found = formula(text).value_and_slope(x).0;
        assert!(
            close(found, value, 1e-15),
            "{text} at {x} is {found}, should be {value}"
        );
    }
}

#[test]
fn guarded_forms_have_the_values_of_their_published_guards() {
    for (text, x, value, slope) in [
        ("divide_eps(x, 1)", 2.0, 2.0 / 1.001, 1.0 / 1.001),
        ("divide_eps(1, x)", 0.0, 1000.0, -1e6),
        ("log_eps(x)", 0.0, -6.907_755_278_982_137, 1000.0),
        ("safe_add(x, 5)", 1.0, 6.0, 1.0),
        ("safe_add(x, 5)", 1e9, 1e6, 0.0),
        ("safe_sub(5, x)", 1e9, -1e6, 0.0),
        ("safe_sub(5, x)", 2.0, 3.0, -1.0),
        ("safe_mul(x, x)", -3.0, 9.0, -6.0),
        ("safe_mul(x, x)", 1e200, 1e6, 0.0),
        ("safe_div(x, 4)", 2.0, 0.5, 0.25),
        ("safe_div(1, x)", -4.0, -0.25, -0.0625),
        ("safe_div(1, x)", 0.0, 1000.0, 0.0),
        ("safe_div(1, x)", -1e-9, -1000.0, 0.0),
        ("safe_div(x, x)", 0.0, 0.0, 1000.0),
        ("safe_tan(x)", std::f64::consts::FRAC_PI_2, 1000.0, 0.0),
        ("safe_sin(x)", 1e300, -0.349_993_502_171_292_9, 0.0),
        ("safe_sqrt(x)", -9.0, 3.0, -1.0 / 6.0),
        ("safe_sqrt(x)", 0.0, 0.0, 0.0),
        ("safe_log(x)", 0.0, -6.907_755_278_982_137, 0.0),
        ("safe_log(x)", -1.0, 0.0, -1.0),
        ("gated_gate(x, 2)", 0.0, 1.0, 0.5),
        ("gated_gate(0, x)", 3.0, 1.5, 0.5),
    ] {
        let found = formula(text).value_and_slope(x);
        assert!(
            close(found.0, value, 1e-15) && close(found.1, slope, 1e-15),
            "{text} at {x} is {found:?}, should be {value} and {slope}"
        );
    }
}

#[test]
fn the_formulas_of_definitions_compute_their_functions() {
    // Points between the guards, away from poles, jumps and roots.
    const POINTS: [[f64; 3]; 6] = [
        [0.37, 1.9, 2.3],
        [-0.61, 0.83, 1.7],
        [0.93, -1.7, 0.4],
        [-2.3, -0.55, 0.9],
        [1.6, 2.7, 3.1],
        [-0.12, 3.3, 4.2],
    ];
    let mut checked = 0;
    for function in Function::all()
        .iter()
        .filter(|function| function.is_scalar())
    {
        let Some(definition) = function
            .definition()
            .strip_prefix('`')
            .and_then(|rest| rest.split('`').next())
        else {
            continue;
        };
        let names = if function.arity() == 1 {
            vec!["x"]
        } else {
            ["a", "b", "c"][..function.arity()].to_vec()
        };
        let defined = Equation::parse(definition, &names)
            .unwrap_or_else(|error| panic!("{function:?}: {error}"));
        let called = Equation::parse(
            &format!("{}({})", function.name(), names.join(", ")),
            &names,
        )
        .expect("a call");
        for point in POINTS {
            let (found, wanted) = (called.evaluate(&point), defined.evaluate(&point));
            assert!(
                close(found, wanted, 1e-14),
                "{function:?} at {point:?} is {found}, its definition {wanted}"
            );
        }
        checked += 1;
    }
    assert!(
        checked > 50,
        "{checked} functions have a formula for a definition"
    );
}

#[test]
fn steps_have_slope_0_and_remainders_that_of_their_first_argument() {
    for (text, slope) in [
        ("floor(x)", 0.0),
        ("ceil(x)", 0.0),
        ("round(x)", 0.0),
        ("x - floor(x)", 1.0),
        ("mod(x, 2)", 1.0),
        ("mod(3 * x, 2)", 3.0),
        ("mod(9, x)", -3.0),
        ("x * floor(x)", 2.0),
        ("sign(x)", 0.0),
        ("x > 1", 0.0),
        ("where(floor(x) == 2, sin(x), x)", 2.75_f64.cos()),
    ] {
        let found = formula(text).value_and_slope(2.75).1;
        assert!(
            close(found, slope, 1e-15),
            "{text}: {found}, should be {slope}"
        );
    }
}

#[test]
fn the_operators_of_the_published_searches_can_be_written() {
    // Two-core-unit search (2020), Swish (arXiv 1710.05941), AQuaSurF (arXiv 2301.05785):
    // (operator, value at 0.7 by Python).
    for (text, value) in [
        ("0", 0.0),
        ("1", 1.0),
        ("x", 0.7),
        ("-x", -0.7),
        ("abs(x)", 0.7),
        ("x^2", 0.49),
        ("x^3", 0.343),
        ("sqrt(x)", 0.836_660_026_534_075_6),
        ("exp(x)", 2.013_752_707_470_476_6),
        ("exp(-x^2)", 0.612_626_394_184_416_1),
        ("log(1 + exp(x))", 1.103_186_048_885_458),
        ("sinh(x)", 0.758_583_701_839_533_4),
        ("arcsinh(x)", 0.652_666_566_082_355_7),
        ("cosh(x)", 1.255_169_005_630_943),
        ("arctanh(x)", 0.867_300_527_694_053_1),
        ("exp(-2*(x - 1)^2)", 0.835_270_211_411_272),
        ("exp(-2*abs(x - 1))", 0.548_811_636_094_026_4),
        ("0.3*x + (1 - 0.3)*1", 0.91),
        ("gated_gate(x, 1)", 0.668_187_772_168_166_2),
        ("log_eps(x - 1e-3)", -0.356_674_943_938_732_4),
        ("divide_eps(x, 1.4990)", 0.466_666_666_666_666_7),
    ] {
        let found = formula(text).value_and_slope(0.7).0;
        assert!(
            close(found, value, 1e-15),
            "{text} is {found}, should be {value}"
        );
    }
}

#[test]
fn forms_that_overflow_when_written_naively_keep_their_values() {
    for (naive, safe) in [
        ("x / (1 + exp(-x))", "silu(x)"),
        ("1 / (exp(-x) + 1)", "sigmoid(x)"),
        ("log(1 + exp(x))", "softplus(x)"),
        ("log1p(exp(x))", "softplus(x)"),
    ] {
        for x in [-1e4, -800.0, -3.0, 0.0, 5.0, 800.0, 1e4] {
            assert_eq!(
                formula(naive).value_and_slope(x),
                formula(safe).value_and_slope(x),
                "{naive} at {x}"
            );
        }
    }
}

#[test]
fn a_kernel_runs_the_formula() {
    let mut kernel = formula("tanh(x) + x").kernel();
    let (mut value, mut slope) = ([0.0; 3], [0.0; 3]);
    kernel.value_and_slope(&[-1.0, 0.0, 2.0], &mut value, &mut slope);
    assert!((value[2] - 2.964_027_6).abs() < 1e-6 && slope[1] == 2.0);
}
