//! What is said of a function: its fingerprint, cost, nickname and id, and its distance from
//! another.

use motherlode_formula::Formula;

use super::formula;

#[test]
fn equal_functions_share_a_fingerprint_and_others_do_not() {
    let same = [
        (
            "gelu_tanh(x)",
            "0.5*x*(1+tanh(sqrt(2/pi)*(x+0.044715*x^3)))",
        ),
        ("gelu(x)", "0.5*x*(1+erf(x/sqrt(2)))"),
        ("relu(x)", "(x + abs(x)) / 2"),
        ("tanh(x)", "2*sigmoid(2*x) - 1"),
        ("x^2", "exp(2*log(abs(x)))"),
        ("log(x)", "0.5*log(x)*2"),
    ];
    for (a, b) in same {
        assert!(
            formula(a).fingerprint().matches(&formula(b).fingerprint()),
            "{a} and {b}"
        );
    }
    for (a, b) in [
        ("gelu(x)", "gelu_tanh(x)"),
        ("relu(x)", "leaky_relu(x)"),
        ("x", "x + 0.00001"),
        ("log(x)", "log(abs(x))"),
        ("sin(x)", "sin(x + 0.001)"),
    ] {
        assert!(
            !formula(a).fingerprint().matches(&formula(b).fingerprint()),
            "{a} and {b}"
        );
    }
    assert_eq!(
        formula("x*2").fingerprint().hex(),
        formula("2*x").fingerprint().hex()
    );
    assert_ne!(
        formula("x*2").fingerprint().hex(),
        formula("3*x").fingerprint().hex()
    );
}

#[test]
fn the_grid_is_ascending_within_its_range_and_away_from_kinks() {
    let grid: Vec<f64> = motherlode_formula::Fingerprint::grid().collect();
    assert_eq!(grid.len(), 64);
    assert!(grid.windows(2).all(|pair| pair[0] < pair[1]) && grid[0] > -5.0 && grid[63] < 5.0);
    assert!(grid
        .iter()
        .all(|x| (2.0 * x - (2.0 * x).round()).abs() > 0.008));
}

#[test]
fn cost_counts_shared_operations_once_and_the_derivative_not_at_all() {
    for (text, cost) in [
        ("x", 0),
        ("x + 1", 1),
        ("relu(x)", 1),
        ("x / (1 + abs(x))", 6),
        ("exp(x) + exp(x)", 9),
        ("silu(x)", 11),
        ("a = sin(x); a * a", 9),
        ("1 + 2", 0),
    ] {
        assert_eq!(formula(text).cost(), cost, "{text}");
    }
}

#[test]
fn nicknames_and_ids_are_pure_functions_of_the_canonical_form() {
    let (a, b) = (formula("x * sigmoid(x)"), formula("silu"));
    assert_eq!((a.id(), a.nickname()), (b.id(), b.nickname()));
    assert_eq!(a.id().len(), 32);
    assert_eq!(
        motherlode_formula::nickname::nickname("00000000ffff"),
        "amber-acorn-0"
    );
    assert_eq!(
        motherlode_formula::nickname::nickname("ffffffff0000"),
        "zesty-willow-575"
    );
    let nicknames: std::collections::HashSet<String> = (0..300)
        .map(|number| {
            Formula::parse(&format!("x + {number}"))
                .expect("a formula")
                .nickname()
        })
        .collect();
    assert!(nicknames.len() >= 299);
}

#[test]
fn a_distance_says_how_near_two_curves_are() {
    let distance = |a: &str, b: &str| formula(a).fingerprint().distance(&formula(b).fingerprint());
    assert_eq!(distance("silu(x)", "silu(x)"), Some(0.0));
    for (a, b, least, most) in [
        ("gelu_tanh(x)", "gelu(x)", 1e-5, 1e-3),
        ("x*sigmoid(1.001*x)", "silu(x)", 1e-5, 1e-3),
        ("relu(x)", "silu(x)", 0.02, 0.3),
        ("1.5*silu(x)", "silu(x)", 0.4, 0.8),
        ("sin(x)", "relu(x)", 0.5, 5.0),
        // The same values, but nothing to learn from.
        ("stop_gradient(tanh(x))", "tanh(x)", 0.1, 1.0),
    ] {
        let found = distance(a, b).expect("a distance");
        assert!(
            least < found && found < most,
            "{a} is {found} away from {b}"
        );
    }
    for (a, b) in [("log(x)", "x"), ("x", "3"), ("sqrt(x)", "sqrt(-x)")] {
        assert_eq!(distance(a, b), None, "{a} and {b}");
    }
    assert_eq!(distance("2 + 1", "3"), Some(0.0));
    assert_eq!(distance("1e300*x", "x"), None);
}

#[test]
fn scale_and_shift_of_the_output_can_be_left_aside() {
    for (a, b) in [
        ("3*silu(x) - 1", "silu(x)"),
        ("1 - sigmoid(x)", "tanh(x/2)"),
        ("-relu(x)", "relu(x)"),
        ("1e-6*tanh(x) + 5", "tanh(x)"),
        ("2*exp(param(0.5)*x)", "1 - exp(param(0.5)*x)"),
        ("2*(x - feature_mean(x)) + 1", "x - feature_mean(x)"),
        ("3", "5"),
        ("1/sqrt(x) + 1", "2/sqrt(x)"),
    ] {
        let (a_print, b_print) = (formula(a).fingerprint(), formula(b).fingerprint());
        assert!(
            a_print.matches_up_to_scale_and_shift(&b_print)
                && b_print.matches_up_to_scale_and_shift(&a_print),
            "{a} and {b}"
        );
        assert!(!a_print.matches(&b_print), "{a} and {b}");
        let distance = a_print.distance_up_to_scale_and_shift(&b_print);
        assert!(
            distance.is_none_or(|distance| distance < 1e-7),
            "{a} and {b}: {distance:?}"
        );
    }
    for (a, b) in [
        ("gelu(x)", "gelu_tanh(x)"),
        ("x", "3"),
        ("0*x", "x"),
        ("tanh(x)", "tanh(1.001*x)"),
        ("silu(x)", "stop_gradient(silu(x))"),
        ("exp(param(0.5)*x)", "exp(0.5*x)"),
        ("log(x)", "log(abs(x))"),
    ] {
        let (a, b) = (formula(a).fingerprint(), formula(b).fingerprint());
        assert!(!a.matches_up_to_scale_and_shift(&b) && !b.matches_up_to_scale_and_shift(&a));
    }
    let (a, b) = (
        formula("3*gelu(x) - 1").fingerprint(),
        formula("gelu_tanh(x)").fingerprint(),
    );
    let (there, back) = (
        a.distance_up_to_scale_and_shift(&b),
        b.distance_up_to_scale_and_shift(&a),
    );
    assert!(
        there.is_some_and(|distance| 1e-5 < distance && distance < 1e-3),
        "{there:?}"
    );
    assert!((there.expect("seen") - back.expect("seen")).abs() < 1e-9);
}
