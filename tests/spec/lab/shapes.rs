//! Shapes: curves up to scale and shift of input and output, and the first of each.

use motherlode::formula::Formula;
use motherlode::lab::shape::{one_of_each_shape, Shape, RADIUS};
use proptest::prelude::*;

fn formula(text: &str) -> Formula {
    Formula::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn distance(one: &str, other: &str) -> f64 {
    Shape::of(&formula(one)).distance(&Shape::of(&formula(other)))
}

fn is_same(one: &str, other: &str) -> bool {
    Shape::of(&formula(one)).is_same(&Shape::of(&formula(other)))
}

/// Distances between published activations, as METHODOLOGY.md has them.
const MEASURED: [(&str, &str, f64); 34] = [
    ("silu", "silu(0.736*(x - 0.65))", 0.0000),
    ("relu", "relu6", 0.0000),
    ("silu", "silu(1.7*x)", 0.0001),
    ("relu6", "hard_tanh", 0.0001),
    ("tanh", "sigmoid", 0.0001),
    ("gelu", "gelu_tanh", 0.0002),
    ("serf", "tanhexp", 0.0120),
    ("x*tanh(x)", "x*erf(x)", 0.0120),
    ("serf", "mish", 0.0123),
    ("logish", "smish", 0.0144),
    ("gelu", "x*sigmoid(1.702*x)", 0.0144),
    ("silu", "mish", 0.0145),
    ("relu", "leaky_relu", 0.0145),
    ("silu", "gelu", 0.0159),
    ("gelu", "mish", 0.0184),
    ("logish", "gelu", 0.0201),
    ("silu", "x*sigmoid(0.736*(x - 0.65))", 0.0271),
    ("tanh", "erf", 0.0334),
    ("gelu", "hard_swish", 0.0744),
    ("softplus", "silu", 0.0782),
    ("softplus", "elu", 0.0889),
    ("tanh", "atan", 0.0895),
    ("elu", "gelu", 0.1118),
    ("elu", "silu", 0.1173),
    ("gelu", "relu", 0.1249),
    ("mish", "relu", 0.1587),
    ("elu", "selu", 0.1598),
    ("tanh", "hard_tanh", 0.2059),
    ("silu", "relu", 0.2104),
    ("elu", "relu", 0.2467),
    ("tanh(x)*min(x, 1)", "gelu", 0.4275),
    ("tanh", "silu", 0.6423),
    ("abs(x)", "gelu", 0.6676),
    ("tanh", "relu", 0.8422),
];

#[test]
fn the_distances_between_published_activations_are_those_of_the_methodology() {
    let published = std::fs::read_to_string("METHODOLOGY.md").unwrap();
    for (one, other, measured) in MEASURED {
        let found = distance(one, other);
        assert!(
            (found - measured).abs() <= 5e-4,
            "{one} and {other}: {found}, measured {measured}"
        );
        let row = format!("| `{one}` | `{other}` | {measured:.4} |");
        assert!(published.contains(&row), "METHODOLOGY.md lacks {row}");
    }
}

#[test]
fn a_scale_and_a_shift_make_no_other_shape_and_another_bend_does() {
    let same = [
        ("gelu", "gelu_tanh"),
        ("silu", "silu(0.736*(x - 0.65))"),
        ("silu", "x*sigmoid(1.702*x)"),
        ("silu", "-3*silu(-x) + 2"),
        ("tanh", "sigmoid"),
        ("elu", "-elu(-x)"),
        ("param(0.25)*x + relu(x)", "0.25*x + relu(x)"),
        ("x", "3 - 2*x"),
        ("x", "2"),
        ("x*feature_mean(x)", "feature_mean(x)*x"),
    ];
    for (one, other) in same {
        assert!(distance(one, other) <= RADIUS, "{one} and {other}");
        assert!(is_same(one, other) && is_same(other, one));
    }
    let different = [
        ("silu", "mish"),
        ("silu", "gelu"),
        ("silu", "relu"),
        ("silu", "elu"),
        ("gelu", "relu"),
        ("relu", "leaky_relu"),
        ("tanh", "erf"),
        ("silu", "x"),
        ("silu", "2"),
        ("leaky_relu", "x"),
        ("x", "relu"),
        ("x*feature_mean(x)", "x*batch_mean(x)"),
        ("x*feature_mean(x)", "x"),
        ("1/x", "2/x"),
    ];
    for (one, other) in different {
        assert!(distance(one, other) > RADIUS, "{one} and {other}");
        assert!(!is_same(one, other) && !is_same(other, one));
    }
}

#[test]
fn the_first_of_each_shape_stays_in_order_of_rank() {
    let ranked = [
        "gelu_tanh",
        "silu",
        "1.1*gelu(0.8*(x + 0.3)) - 0.2",
        "relu",
        "x/(1 + exp(-1.5*x))",
        "2*relu(3*x)",
        "mish",
    ];
    let ranked: Vec<Formula> = ranked.into_iter().map(formula).collect();
    assert_eq!(one_of_each_shape(&ranked), [0, 1, 3, 6]);
    assert!(one_of_each_shape([]).is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_curve_is_at_distance_0_of_itself_scaled_and_shifted(
        which in 0..4usize,
        scale in 0.3..3.0f64,
        shift in -2.0..2.0f64,
        factor in prop_oneof![-3.0..-0.2f64, 0.2..3.0f64],
        level in -2.0..2.0f64,
        mirrored: bool,
    ) {
        let curve = ["silu", "tanh", "elu", "x*tanh(x)"][which];
        let sign = if mirrored { "-" } else { "" };
        let moved = format!("({factor:.3})*{curve}({sign}{scale:.3}*(x - ({shift:.3}))) + ({level:.3})");
        let moved = if curve.contains('*') {
            let inner = format!("({sign}{scale:.3}*(x - ({shift:.3})))");
            format!("({factor:.3})*{inner}*tanh({inner}) + ({level:.3})")
        } else {
            moved
        };
        let found = distance(curve, &moved);
        prop_assert!(found <= 3e-3, "{moved}: {found}");
        prop_assert_eq!(found, distance(&moved, curve));
    }
}
