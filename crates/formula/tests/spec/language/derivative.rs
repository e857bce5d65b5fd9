//! Exact derivatives, at kinks and singular points too.

use super::{close, formula};

#[test]
fn slopes_at_kinks_and_singular_points_follow_the_conventions() {
    // (formula, x, slope)
    for (text, x, slope) in [
        ("abs(x)", 0.0, 0.0),
        ("sign(x)", 0.0, 0.0),
        ("sign(x)", 2.0, 0.0),
        ("relu(x)", 0.0, 0.0),
        ("max(x, 0)", 0.0, 0.0),
        ("max(0, x)", 0.0, 0.0),
        ("min(x, 0)", 0.0, 0.0),
        ("min(0, x)", 0.0, 0.0),
        ("max(x, 2*x)", 0.0, 2.0),
        ("max(2*x, x)", 0.0, 1.0),
        ("min(x, 2*x)", 0.0, 2.0),
        ("max(x, x)", 0.0, 1.0),
        ("sqrt(x)", 0.0, 0.0),
        ("x^0.5", 0.0, 0.0),
        ("sqrt(abs(x))", 0.0, 0.0),
        ("sqrt(x^2)", 0.0, 0.0),
        ("sqrt(x^2)", -3.0, -1.0),
        ("x*sqrt(abs(x))", 0.0, 0.0),
        ("x^1.5", 0.0, 0.0),
        ("x^(1/3)", 0.0, 0.0),
        ("x^1.3", 0.0, 0.0),
        ("abs(x)^1.3", 0.0, 0.0),
        ("x^x", 0.0, 0.0),
        ("x^(x + 1)", 0.0, 1.0),
        ("x^(2 + x)", 0.0, 0.0),
        ("2^x", 0.0, std::f64::consts::LN_2),
        ("0^(x^2)", 1.0, 0.0),
        ("x^3", 0.0, 0.0),
        ("x^1", 0.0, 1.0),
        ("x^0", 0.0, 0.0),
        ("asin(x)", 1.0, 0.0),
        ("acos(x)", -1.0, 0.0),
        ("acosh(x)", 1.0, 0.0),
        ("sinc(x)", 0.0, 0.0),
        ("sinc(x)", 1e-9, -3.289_868_133_696_453e-9),
        ("bessel_i0e(x)", 0.0, 0.0),
        ("bessel_i1e(x)", 0.0, 0.5),
        ("elu(x)", 0.0, 1.0),
        ("elish(x)", 0.0, 0.5),
        ("softsign(x)", 0.0, 1.0),
        ("leaky_relu(x)", 0.0, 0.01),
        ("where(x > 0, log(x), x)", 0.0, 1.0),
        ("where(x > 0, log(x), x)", -1.0, 1.0),
        ("where(x > 0, sqrt(x), 0)", -1.0, 0.0),
        ("where(x > 0, x^0.3, 2*x)", -1.0, 2.0),
        ("where(x == 0, 1, sin(x)/x)", 0.0, 0.0),
        ("(x > 0) * x", 2.0, 1.0),
        ("clamp(x, -1, 1)", 1.0, 0.0),
        ("clamp(x, -1, 1)", 0.5, 1.0),
        ("tanh(1/x)", 0.0, 0.0),
        ("sigmoid(log(abs(x)))", 0.0, 0.0),
        ("exp(-1/x^2)", 0.0, 0.0),
        ("5", 1.0, 0.0),
        ("x", 1.0, 1.0),
    ] {
        let (_, found) = formula(text).value_and_slope(x);
        assert!(
            close(found, slope, 1e-15) && !found.is_nan(),
            "{text} at {x} has slope {found}, should be {slope}"
        );
    }
}

#[test]
fn saturated_tails_have_slope_zero_and_not_nan() {
    for text in [
        "silu(x)",
        "x / (1 + exp(-x))",
        "gelu(x)",
        "gelu_tanh(x)",
        "mish(x)",
        "elu(x)",
        "selu(x)",
        "elish(x)",
        "softplus(x)",
        "log(1 + exp(x))",
        "x * exp(-x^2)",
        "tanh(x)",
        "sigmoid(x)",
        "erf(x)",
        "exp(-abs(x))",
        "where(x > 0, x, exp(x) - 1)",
        "x*tanh(exp(x))",
        "exp(-exp(-x))",
        "x/cosh(x)",
        "1/cosh(x)",
        "atan(exp(x))",
        "sigmoid(sinh(x))",
        "1/(3 + exp(x))",
        "erf(exp(x))",
        "1 - 1/(1 + exp(x))^2",
    ] {
        for x in [-1e3, -720.0, -90.0, 90.0, 720.0, 1e3] {
            let (value, slope) = formula(text).value_and_slope(x);
            assert!(
                value.is_finite() && slope.is_finite(),
                "{text} at {x}: {value}, {slope}"
            );
        }
    }
}

#[test]
fn a_logarithm_s_singularity_is_given_as_it_is() {
    let (value, slope) = formula("log(x)").value_and_slope(0.0);
    assert!(value == f64::NEG_INFINITY && slope == f64::INFINITY);
    assert!(formula("x * log(abs(x))").value_and_slope(0.0).0.is_nan());
}

#[test]
fn the_derivative_shares_what_f_has_computed() {
    for (text, nodes) in [
        ("tanh(x)", 5),
        ("exp(x)", 2),
        ("silu(x)", 8),
        ("sin(x) + cos(x)", 5),
    ] {
        assert_eq!(formula(text).graph().nodes().len(), nodes, "{text}");
    }
}

#[test]
fn whole_powers_are_multiplications() {
    for text in ["x^2", "x^7", "x^64", "x^-3", "square(x)", "x^2.5"] {
        let general = formula(text)
            .graph()
            .nodes()
            .iter()
            .any(|node| format!("{node:?}").contains("Power"));
        assert!(!general, "{text}");
    }
    assert!(formula("x^65")
        .graph()
        .nodes()
        .iter()
        .any(|node| format!("{node:?}").contains("Power")));
}
