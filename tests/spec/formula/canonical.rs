//! The canonical form and the id that is drawn from it.

use super::formula;

#[test]
fn formulas_that_differ_in_writing_only_have_one_id() {
    for group in [
        &["x*sigmoid(x)", "sigmoid(x)*x", "silu(x)", "swish", "x/(1+exp(-x))", "s = sigmoid(x); s*x", "x*1*sigmoid(x) + 0"][..],
        &["x*x", "a = x; a*x", "x^2", "square(x)", "x**2", "(-x)^2", "--x*x"],
        &["x*x*x", "x^3", "cube(x)", "x^2*x"],
        &["relu(x)", "max(x, 0)", "max(0, x)", "maximum(x, 0)"],
        &["1 - x", "-x + 1", "-(x - 1)", "1 + -x"],
        &["x + x", "2*x", "x*2", "4*x/2"],
        &["x/2", "0.5*x", "1/2*x", "x*0.5"],
        &["sin(x) - cos(x) - tan(x)", "sin(x) - (cos(x) + tan(x))", "-tan(x) - cos(x) + sin(x)"],
        &["sin(-x)", "-sin(x)", "sin(x)*-1"],
        &["cos(-2*x)", "cos(2*x)"],
        &["x/(1 + abs(x))", "softsign(x)", "1/(1 + abs(-x))*x"],
        &["1/(2*x)", "0.5/x", "1/x/2"],
        &["(x + 1)*2", "2*x + 2"],
        &["x > 0", "0 < x"],
        &["where(x > 0, x, x)", "x"],
        &["e^(-x^2)", "exp(-x*x)", "np.e**(-square(x))"],
        &["tanh(x)*exp(-0.2*x^2)", "exp(-(x*x*0.2))*tanh(x)"],
        &["x^-2", "1/x^2", "1/(x*x)", "(1/x)^2"],
        &["log(1 + exp(x))", "softplus(x)", "log(exp(x) + 0.5 + 0.5)"],
    ] {
        for text in group {
            assert_eq!(formula(text).canonical(), formula(group[0]).canonical(), "{text} and {}", group[0]);
            assert_eq!(formula(text).id(), formula(group[0]).id());
        }
    }
}

#[test]
fn formulas_that_differ_have_different_ids() {
    let texts = [
        "x",
        "-x",
        "x^2",
        "x^3",
        "2*x",
        "x + 1",
        "sin(x)",
        "cos(x)",
        "gelu(x)",
        "gelu_tanh(x)",
        "x - x",
        "0*x + 0",
        "0",
        "x/x",
        "1",
        "1/x",
        "max(x, 0)",
        "min(x, 0)",
        "x > 0",
        "x >= 0",
        "x < 0",
        "x^0.3",
        "0.3^x",
        "where(x > 0, 1, 2)",
        "where(x > 0, 2, 1)",
        "0/0",
        "1/0",
    ];
    let ids: std::collections::HashSet<String> = texts.iter().map(|text| formula(text).id().to_owned()).collect();
    // `x - x` and `0*x + 0` are the same.
    assert_eq!(ids.len(), texts.len() - 1);
}

#[test]
fn the_canonical_form_reads_well() {
    for (text, canonical) in [
        ("silu(x)", "x * sigmoid(x)"),
        ("1 - x", "1 - x"),
        ("x*0.1 - 3*sin(2*x)", "0.1 * x - 3 * sin(2 * x)"),
        ("-x^2", "-x^2"),
        ("x/(1 + abs(x))", "x / (abs(x) + 1)"),
        ("tanh(1.5*x)*exp(-0.2*x^2) + 0.1*x", "0.1 * x + tanh(1.5 * x) * exp(-0.2 * x^2)"),
        ("s = sigmoid(2*x + 1); s*s*x + s", "v1 = sigmoid(2 * x + 1); v1 + x * v1^2"),
        ("-1/(x^2 + 1)", "-1 / (x^2 + 1)"),
        ("-0.5", "-0.5"),
        ("leaky_relu(x)", "where(x > 0, x, 0.01 * x)"),
        ("clamp(x, 0, 6)", "min(max(x, 0), 6)"),
    ] {
        assert_eq!(formula(text).canonical(), canonical, "{text}");
    }
}

#[test]
fn deep_formulas_have_canonical_forms_within_the_limits() {
    let chain: String = (0..60).map(|i| format!("a = sin(a + {i}); ")).collect();
    let deep = format!("a = x; {chain} a");
    let canonical = formula(&deep).canonical().to_owned();
    assert_ne!(canonical, formula(&deep).to_string());
    assert_eq!(formula(&canonical).canonical(), canonical);
    assert_eq!(formula(&canonical).value_and_slope(0.3), formula(&deep).value_and_slope(0.3));
}
