//! Formulas that read their row or the batch, and formulas with trainable parameters: classes,
//! values, gradients.

use motherlode_formula::{Class, Formula, Function, Shape};

use super::{close, formula};

const SHAPE: Shape = Shape {
    rows: 5,
    features: 4,
};

/// Irregular numbers, about standard normal, none near a kink at 0.
fn tensor(salt: f64) -> Vec<f64> {
    let draw =
        |i: usize| 1.7 * (1.3 * i as f64 + salt).sin() + 0.4 * (0.7 * (i * i) as f64 + salt).cos();
    (0..SHAPE.elements()).map(draw).collect()
}

const COUPLED: &[(&str, Class)] = &[
    ("x * sigmoid(x)", Class::Pointwise),
    ("param(0.25) * x", Class::Pointwise),
    ("max(x, 0) + channel_param(0.25) * min(x, 0)", Class::Pointwise),
    ("x * sigmoid(channel_param(1.5) * x) + sin(param(2) * x) / param(3)", Class::Pointwise),
    ("a = param(0.5); a * x + tanh(a * x)", Class::Pointwise),
    ("stop_gradient(sigmoid(x)) * x", Class::Pointwise),
    ("x - floor(x) * round(0.3 * x) + ceil(x)", Class::Pointwise),
    ("x + 0.5 * roll(x, 1) - x * roll(x, -2)", Class::Feature),
    ("x * softmax(x)", Class::Feature),
    ("tanh(x - feature_mean(x)) / (feature_std(x) + 0.1)", Class::Feature),
    ("feature_max(x) * x - feature_min(x^2) + feature_sum(sin(x))", Class::Feature),
    ("(x - batch_mean(x)) / (batch_std(x) + 1e-6) * channel_param(1.1)", Class::Batch),
    ("batch_max(x) * x - batch_min(x) + batch_sum(x) * roll(x, 1)", Class::Batch),
    ("x * tensor_std(x) + tensor_mean(x * roll(x, 1)) - tensor_min(x) * tensor_max(x) + \
        tensor_sum(x)", Class::Batch),
    ("sign(x) * log1p(0.5 * abs(x)) + 0.2 * exp(-0.5 * ((x - tensor_mean(x)) / (tensor_std(x) + \
        1e-6))^2) * sin(2 * x)", Class::Batch),
];

#[test]
fn the_class_is_the_widest_that_is_read() {
    for (text, class) in COUPLED {
        assert_eq!(formula(text).class(), *class, "{text}");
    }
    assert_eq!(
        formula("unused = batch_mean(x); relu(x)").class(),
        Class::Pointwise,
        "what nothing uses is not read"
    );
    assert_eq!(
        formula("x + roll(batch_mean(x), 1)").beyond(Class::Feature),
        Some(Function::BatchMean)
    );
    assert_eq!(
        formula("x + roll(x, 1)").beyond(Class::Pointwise),
        Some(Function::Roll)
    );
    assert_eq!(formula("x + roll(x, 1)").beyond(Class::Feature), None);
}

#[test]
fn a_response_gives_at_every_point_what_the_formula_does_to_the_bit() {
    let bits = |(value, slope): (f64, f64)| (value.to_bits(), slope.to_bits());
    for (text, _) in COUPLED {
        let formula = formula(text);
        let mut response = formula.response();
        for x in [-131.7, -5.0, 0.0, 1e-3, 2.5, 2.5, -0.7, 20.0] {
            assert_eq!(
                response.value(x).to_bits(),
                formula.value(x).to_bits(),
                "{text} at {x}"
            );
            assert_eq!(
                bits(response.value_and_slope(x)),
                bits(formula.value_and_slope(x)),
                "{text} at {x}"
            );
        }
    }
}

/// The loss whose gradient arrives: a weighted sum of f.
fn loss(formula: &Formula, x: &[f64], weights: &[f64], parameters: &[Vec<f64>]) -> f64 {
    formula
        .gradients(SHAPE, x, weights, parameters)
        .value
        .iter()
        .zip(weights)
        .map(|(y, w)| y * w)
        .sum()
}

#[test]
fn gradients_equal_central_differences() {
    const STEP: f64 = 1e-6;
    for (text, _) in COUPLED {
        // Steps and stops have a gradient that differences do not see.
        if text.contains("stop_gradient") || text.contains("floor") {
            continue;
        }
        let formula = formula(text);
        let (x, weights) = (tensor(0.3), tensor(2.1));
        let parameters: Vec<Vec<f64>> = formula
            .initial_parameters(SHAPE.features)
            .into_iter()
            .map(|values| {
                values
                    .iter()
                    .enumerate()
                    .map(|(i, value)| value + 0.1 * i as f64)
                    .collect()
            })
            .collect();
        let gradients = formula.gradients(SHAPE, &x, &weights, &parameters);
        for i in 0..x.len() {
            let at = |step: f64| {
                let mut moved = x.clone();
                moved[i] += step;
                loss(&formula, &moved, &weights, &parameters)
            };
            let difference = (at(STEP) - at(-STEP)) / (2.0 * STEP);
            assert!(
                close(gradients.input[i], difference, 1e-6),
                "{text}, element {i}: {} against {difference}",
                gradients.input[i]
            );
        }
        for (p, values) in parameters.iter().enumerate() {
            for i in 0..values.len() {
                let at = |step: f64| {
                    let mut moved = parameters.clone();
                    moved[p][i] += step;
                    loss(&formula, &x, &weights, &moved)
                };
                let (found, difference) = (
                    gradients.parameters[p][i],
                    (at(STEP) - at(-STEP)) / (2.0 * STEP),
                );
                assert!(
                    close(found, difference, 1e-6),
                    "{text}, parameter {p}, value {i}: {found} against {difference}"
                );
            }
        }
    }
}

#[test]
fn a_pointwise_adjoint_is_the_slope_times_what_arrives() {
    let texts = [
        "relu",
        "gelu",
        "sqrt(abs(x))",
        "tanh(exp(5 * x))",
        "x / cosh(40 * x)",
        "tanh(1 / x)",
        "abs(x)^1.5",
        "where(x > 0, x, expm1(x))",
        "sinc(x)",
        "max(x, x^2)",
    ];
    for text in texts {
        let formula = formula(text);
        let mut x = tensor(0.9);
        (x[0], x[1], x[2], x[3]) = (0.0, 100.0, -100.0, 1.0);
        let arriving = tensor(1.4);
        let gradients = formula.gradients(SHAPE, &x, &arriving, &[]);
        for i in 0..x.len() {
            let (value, slope) = formula.value_and_slope(x[i]);
            assert_eq!(
                gradients.value[i].to_bits(),
                value.to_bits(),
                "{text} at {}",
                x[i]
            );
            assert!(
                close(gradients.input[i], slope * arriving[i], 1e-13),
                "{text} at {}: {} against {}",
                x[i],
                gradients.input[i],
                slope * arriving[i]
            );
        }
    }
}

#[test]
fn numpy_s_spellings_have_the_values_that_numpy_gives_them() {
    let shape = Shape {
        rows: 3,
        features: 4,
    };
    let x = &tensor(0.3)[..shape.elements()];
    let mut rows = 0;
    for line in include_str!("couplings.txt").lines() {
        let (text, values) = line.split_once(" | ").expect("a text and its values");
        let found = formula(text)
            .gradients(shape, x, &vec![1.0; x.len()], &[])
            .value;
        for (found, wanted) in found.iter().zip(values.split(' ')) {
            assert!(
                close(*found, wanted.parse().expect("a number"), 1e-13),
                "{text}: {found}, in NumPy {wanted}"
            );
        }
        rows += 1;
    }
    assert_eq!(rows, 30);
}

#[test]
fn a_parameter_s_first_value_and_a_roll_s_places_are_numbers_however_written() {
    for (text, initial) in [
        ("param(1/3) * x", 1.0 / 3.0),
        ("param(-2) * x", -2.0),
        ("param(-(1 + 1)^2) * x", -4.0),
        (
            "param(sqrt(2 / pi)) * x",
            (2.0 / std::f64::consts::PI).sqrt(),
        ),
        ("a = 1/4; b = 2 * a; channel_param(b) * x", 0.5),
    ] {
        assert_eq!(formula(text).parameters()[0].initial(), initial, "{text}");
    }
    assert_eq!(
        formula("k = 1 + 1; roll(x, -k)").canonical(),
        formula("roll(x, -2)").canonical()
    );
}

#[test]
fn each_place_in_the_text_is_a_parameter_of_its_own_and_a_binding_shares_one() {
    assert_eq!(
        formula("param(1) * x + param(1) * x^2").parameters().len(),
        2
    );
    assert_eq!(
        formula("a = param(1); a * x + a * x^2").parameters().len(),
        1
    );
    assert_eq!(
        formula("unused = param(1); a = param(2); a * x")
            .parameters()
            .len(),
        1,
        "what nothing uses is not trained"
    );
    assert_eq!(formula("param(-0.5) * x").parameters()[0].initial(), -0.5);
    assert_eq!(
        formula("param(snake(2)) * x").parameters().len(),
        1,
        "a known activation of a number is a number"
    );
    for text in ["param(x) * x", "roll(x, 0.5)", "roll(x, x)"] {
        assert!(Formula::parse(text).is_err(), "{text}");
    }
}

#[test]
fn what_stops_gradients_and_what_moves_in_steps_has_no_slope() {
    assert_eq!(
        formula("stop_gradient(x)^2 + 3 * x").value_and_slope(2.0),
        (10.0, 3.0)
    );
    for (text, x, value) in [
        ("floor(x)", -1.5, -2.0),
        ("ceil(x)", -1.5, -1.0),
        ("round(x)", 2.5, 2.0),
        ("round(x)", -3.5, -4.0),
    ] {
        assert_eq!(formula(text).value_and_slope(x), (value, 0.0), "{text}");
    }
}

#[test]
fn canonical_forms_keep_couplings_and_parameters() {
    for (text, _) in COUPLED {
        let formula = formula(text);
        let again = Formula::parse(formula.canonical()).expect("a canonical form parses");
        assert_eq!(again.canonical(), formula.canonical(), "{text}");
        assert!(
            again.fingerprint().matches(&formula.fingerprint()),
            "{text} -> {}",
            formula.canonical()
        );
        assert_eq!(
            (again.class(), again.parameters().len()),
            (formula.class(), formula.parameters().len()),
            "{text}"
        );
    }
}
