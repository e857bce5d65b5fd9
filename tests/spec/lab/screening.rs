//! What screening refuses, passes and measures.

use motherlode::lab::screen;
use motherlode::record::candidate::Asymptote::{
    self, Constant, Faster, Linear, Logarithmic, Oscillating, Zero,
};

use super::formula;

#[test]
fn screening_refuses_what_cannot_be_an_activation() {
    let rows = [
        ("3", "Constant"),
        ("x - x + 2", "Constant"),
        ("2*x + 1", "Affine"),
        ("x + 1e-7*sin(x)", "Affine"),
        ("sign(x)", "NoGradient"),
        ("x > 0", "NoGradient"),
        ("log(x)", "NotFinite"),
        ("1/x", "NotFinite"),
        ("exp(exp(x))", "NotFinite"),
        ("x^4", "NotFinite"),
        ("sqrt(x)", "NotFinite"),
    ];
    for (text, kind) in rows {
        let rejection = screen(&formula(text)).expect_err(text);
        assert_eq!(rejection.kind(), kind, "{text}: {}", rejection.detail());
        assert!(!rejection.detail().is_empty());
    }
}

#[test]
fn screening_refuses_coupled_formulas_that_cannot_be_one() {
    let rows = [
        ("batch_mean(x) - batch_mean(x) + 2", "Constant"),
        ("0.5*x + feature_mean(x) - roll(x, 1)", "Affine"),
        ("sign(batch_mean(x))", "NoGradient"),
        ("(x - batch_mean(x)) / batch_std(x)", "NotFinite"),
        ("(x - feature_mean(x)) / feature_std(x)", "NotFinite"),
        ("x / tensor_std(x)", "NotFinite"),
        ("relu(x) / batch_max(abs(x))", "NotFinite"),
        ("log(batch_mean(x)) * x", "NotFinite"),
        ("200*x + softmax(x)", "NotFinite"),
        ("relu(x) * param(0.25) / (param(0) * x)", "NotFinite"),
    ];
    for (text, kind) in rows {
        let rejection = screen(&formula(text)).expect_err(text);
        assert_eq!(rejection.kind(), kind, "{text}: {}", rejection.detail());
        assert!(!rejection.detail().is_empty());
    }
}

#[test]
fn screening_passes_formulas_of_every_class_and_with_parameters() {
    let passed = [
        "x * softmax(x)",
        "x + relu(roll(x, 1))",
        "abs(roll(x, 1))",
        "(x - batch_mean(x)) / (batch_std(x) + 1e-6) + relu(x)",
        "feature_max(x) * tanh(x)",
        "max(x, 0) + channel_param(0.25) * min(x, 0)",
        "max(0, x) + param(0.01) * x * exp(-x^2 / 2)",
        // Turbulent and QFW, of arXiv 2602.05688.
        "sign(x) * log1p(0.5 * abs(x)) + 0.2 * exp(-0.5 * ((x - tensor_mean(x)) / (tensor_std(x) \
         + 1e-6))^2) * sin(2 * x)",
        "b = batch_mean(x); s = batch_std(x); a = where(x >= b, 0.08, 0.02); x * (0.02 + 1 / (1 + \
         a * abs(x - b)^(1 + exp(-s))))",
    ];
    for text in passed {
        screen(&formula(text)).unwrap_or_else(|rejection| panic!("{text}: {rejection:?}"));
    }
    // Of an element's own response, the tails are seen.
    let measures = screen(&formula("relu(x) + tanh(feature_mean(x))")).unwrap();
    assert_eq!((measures.left, measures.right), (Constant, Linear));
}

#[test]
fn screening_measures_behaviour() {
    let rows: [(&str, Asymptote, Asymptote, bool); 14] = [
        ("relu(x)", Zero, Linear, true),
        ("gelu(x)", Zero, Linear, false),
        ("leaky_relu(x)", Linear, Linear, true),
        ("elu(x)", Constant, Linear, true),
        ("tanh(x)", Constant, Constant, true),
        ("softplus(x)", Zero, Linear, true),
        ("exp(-x^2)", Zero, Zero, false),
        ("sin(x)", Oscillating, Oscillating, false),
        ("gelu(x) + 0.1*sin(x)", Oscillating, Linear, false),
        ("asinh(x)", Logarithmic, Logarithmic, true),
        ("sign(x)*log1p(abs(x))", Logarithmic, Logarithmic, true),
        ("x + 0.5*x^2", Faster, Faster, false),
        ("relu(x)^2", Zero, Faster, true),
        ("sigmoid(x)", Zero, Constant, true),
    ];
    for (text, left, right, monotone) in rows {
        let measures =
            screen(&formula(text)).unwrap_or_else(|rejection| panic!("{text}: {rejection:?}"));
        assert_eq!(
            (measures.left, measures.right, measures.monotone),
            (left, right, monotone),
            "{text}"
        );
    }
}

#[test]
fn periodic_energy_tells_ripples_from_curves() {
    let rows = [
        ("relu(x)", 0.0..0.01),
        ("gelu(x)", 0.0..0.01),
        ("tanh(x)", 0.0..0.01),
        ("exp(-x^2)", 0.0..0.01),
        ("asinh(x)", 0.0..0.01),
        ("x + 0.5*x^2", 0.0..0.01),
        ("gelu(x) + 0.1*sin(x)", 0.05..0.4),
        ("relu(x) + 0.3*sin(3*x)", 0.4..0.9),
        ("silu(x) + 0.1*x*cos(x)", 0.7..1.0),
        ("sin(3*x)", 0.95..1.0),
    ];
    for (text, range) in rows {
        let energy = screen(&formula(text))
            .unwrap_or_else(|rejection| panic!("{text}: {rejection:?}"))
            .periodic_energy;
        assert!(range.contains(&energy), "{text}: {energy}");
    }
}
