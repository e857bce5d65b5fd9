//! The constants of a formula, and its input and output scaled and shifted.

use motherlode_formula::{Formula, Scaling};
use proptest::prelude::*;

use super::{close, formula};

#[test]
fn numbers_that_make_the_place_are_constants_and_those_that_make_the_form_are_not() {
    let cases: [(&str, &[f64]); 10] = [
        ("x * sigmoid(1.702 * x)", &[1.702]),
        ("silu(0.736 * (x - 0.65))", &[0.736, 0.65]),
        ("x^2 + 0.5 * x^1.5", &[0.5, 1.5]),
        ("1 / (1 + exp(-2 * x))", &[-2.0]),
        ("-x + max(x, 0)", &[]),
        ("where(x > -0.5, x, 0.01 * x)", &[-0.5, 0.01]),
        ("a = 3 * x; a + 2.5^x", &[3.0, 2.5]),
        ("param(0.25) * x + 0.3 * channel_param(2)", &[0.3]),
        ("roll(x, 2) - 2 * x", &[2.0]),
        ("relu(x)", &[]),
    ];
    for (text, constants) in cases {
        assert_eq!(formula(text).constants(), constants, "{text}");
    }
}

#[test]
fn a_formula_takes_other_constants_in_four_digits_and_as_many_as_it_has() {
    let cases: [(&str, &[f64], &str); 5] = [
        (
            "x * sigmoid(1.702 * x)",
            &[0.123456],
            "x * sigmoid(0.1235 * x)",
        ),
        ("2.5 * x - 0.5", &[-1.5, -0.25], "-1.5 * x + 0.25"),
        ("x^2.5", &[-0.5], "x^(-0.5)"),
        ("a = -2 * x; a * exp(a)", &[3.0], "a = 3 * x; a * exp(a)"),
        ("relu(x)", &[], "relu(x)"),
    ];
    for (text, constants, wanted) in cases {
        let moved = formula(text).with_constants(constants).unwrap();
        assert_eq!(moved.to_string(), wanted, "{text}");
    }
    let error = formula("2.5 * x").with_constants(&[]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "constants of `2.5 * x`: 1 wanted, 0 found; give one for each"
    );
    assert!(formula("2.5 * x").with_constants(&[f64::NAN]).is_err());
}

#[test]
fn formulas_that_differ_in_constants_alone_have_one_form() {
    let form = |text: &str| formula(text).form();
    assert_eq!(form("x * sigmoid(1.702 * x)"), "x * sigmoid(1 * x)");
    assert_eq!(form("x * sigmoid(-0.5 * x)"), form("x * sigmoid(2 * x)"));
    assert_ne!(form("x * sigmoid(2 * x)"), form("x * tanh(2 * x)"));
    assert_ne!(form("x^2"), form("x^3"));
}

#[test]
fn a_scaled_formula_leaves_out_what_does_nothing() {
    let of = |input_scale, input_shift, output_scale, output_shift| Scaling {
        input_scale,
        input_shift,
        output_scale,
        output_shift,
    };
    let cases = [
        ("gelu", Scaling::NONE, "gelu(x)"),
        (
            "gelu",
            of(1.1, 0.2, 0.98, 0.01),
            "0.98 * gelu(1.1 * (x - 0.2)) + 0.01",
        ),
        ("gelu", of(1.0, -0.2, 1.0, -0.01), "gelu(x + 0.2) - 0.01"),
        ("gelu", of(1.00001, 0.0001, 2.0, 0.0), "2 * gelu(x)"),
        ("silu(2 * x)", of(0.5, 0.0, 1.0, 0.0), "silu(2 * (0.5 * x))"),
        (
            "x * tanh(x)",
            of(2.0, 0.0, 3.0, 0.0),
            "u = 2 * x; 3 * u * tanh(u)",
        ),
        (
            "u = x^2; u + x",
            of(2.0, 0.0, 1.0, 0.0),
            "u1 = 2 * x; u = u1^2; u + u1",
        ),
        ("x / 3", of(1.0, 0.0, 2.0, 0.0), "2 * x / 3"),
        ("x + 1", of(1.0, 0.0, 2.0, 0.0), "2 * (x + 1)"),
        (
            "param(0.25) * x",
            of(1.0, 0.5, 1.0, 0.0),
            "param(0.25) * (x - 0.5)",
        ),
    ];
    for (text, scaling, wanted) in cases {
        let scaled = formula(text).scaled(&scaling).unwrap();
        assert_eq!(scaled.to_string(), wanted, "{text}");
    }
}

proptest! {
    #[test]
    fn a_scaled_formula_has_the_values_that_its_scaling_says_and_reads_back(
        which in 0..6usize,
        b in 0.2..4.0f64,
        c in -2.0..2.0f64,
        a in 0.2..4.0f64,
        d in -1.0..1.0f64,
        x in -4.0..4.0f64,
    ) {
        let texts = ["gelu", "x * tanh(softplus(x))", "a = x; a + x * 0.5", "-x", "x^2 - x", "1 / (2 + x^2)"];
        let plain = formula(texts[which]);
        let scaling = Scaling { input_scale: b, input_shift: c, output_scale: a, output_shift: d }.rounded();
        let scaled = plain.scaled(&scaling).unwrap();
        let wanted = scaling.output_scale
            * plain.value(scaling.input_scale * (x - scaling.input_shift))
            + scaling.output_shift;
        prop_assert!(close(scaled.value(x), wanted, 1e-12), "{scaled}: {} and {wanted}", scaled.value(x));
        prop_assert_eq!(Formula::parse(&scaled.to_string()).unwrap(), scaled);
    }
}
