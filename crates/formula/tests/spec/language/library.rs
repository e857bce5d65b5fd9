//! The library of published activations: what it holds, that each computes what its publication
//! says, and what is closest to what.

use std::collections::{BTreeMap, HashSet};

use motherlode_formula::library::{self, Published};
use motherlode_formula::{Class, Formula, Function, Shape};

use super::{close, formula};

fn named(name: &str) -> &'static Published {
    library::named(name).unwrap_or_else(|| panic!("{name} is not in the library"))
}

#[test]
fn every_activation_has_a_formula_a_source_and_a_year() {
    assert!(library::all().len() >= 50);
    for activation in library::all() {
        let name = &activation.name;
        let again = formula(&activation.formula().to_string());
        assert_eq!(
            &again,
            activation.formula(),
            "{name} does not print what it is"
        );
        assert!(
            activation.source.len() > 20 && activation.source.is_ascii(),
            "{name}: {}",
            activation.source
        );
        assert!(
            (1940..=2026).contains(&activation.year),
            "{name} is of {}",
            activation.year
        );
        assert!(
            !activation.note.is_empty()
                && activation.note.ends_with('.')
                && !activation.note.contains('\n'),
            "{name}: {}",
            activation.note
        );
        let arxiv = activation
            .source
            .rsplit_once("arXiv ")
            .map(|(_, number)| number);
        // An arXiv number begins with the year and month.
        let year = arxiv.map(|number| 2000 + number[..2].parse::<u16>().expect("a year"));
        assert!(
            year.is_none_or(|year| year == activation.year),
            "{name} of {} is {}",
            activation.year,
            activation.source
        );
    }
    assert_eq!(
        library::all()
            .iter()
            .filter(|activation| activation.reconstruction)
            .map(|activation| &activation.name)
            .collect::<Vec<_>>(),
        ["pler"]
    );
}

#[test]
fn every_name_means_one_activation_in_the_library_and_in_formulas() {
    let mut names = HashSet::new();
    for activation in library::all() {
        for name in activation.names() {
            assert!(names.insert(name), "{name} names two activations");
            assert!(
                name.chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'),
                "{name}"
            );
            let parsed = formula(name);
            assert!(
                parsed.fingerprint().matches(activation.fingerprint()),
                "`{name}` means {parsed} in a formula"
            );
            if Function::named(name).is_none() {
                assert_eq!(&parsed, activation.formula(), "{name}");
            }
        }
    }
}

#[test]
fn only_what_says_so_is_the_same_function_as_another() {
    let mut ids: BTreeMap<&str, &Published> = BTreeMap::new();
    for activation in library::all() {
        if let Some(other) = &activation.same_as {
            assert!(
                activation.fingerprint().matches(named(other).fingerprint()),
                "{} is not {other}",
                activation.name
            );
            continue;
        }
        let other = ids.insert(activation.formula().id(), activation);
        assert!(
            other.is_none(),
            "{} is {}",
            activation.name,
            other.map_or("", |other| &other.name)
        );
        let same = library::nearest(activation.formula())
            .same
            .map(|same| same.name.as_str());
        assert_eq!(same, Some(activation.name.as_str()));
    }
}

#[test]
fn all_that_the_systems_found_is_there_in_its_class() {
    for (name, class) in [
        ("gelu", Class::Pointwise),
        ("gelu_tanh", Class::Pointwise),
        ("gelusine", Class::Pointwise),
        ("gelu_sinc_perturbation", Class::Pointwise),
        ("gmtu", Class::Pointwise),
        ("leaky_sqrt_power_decay", Class::Pointwise),
        ("pler", Class::Pointwise),
        ("turbulent", Class::Batch),
        ("qfw", Class::Batch),
        ("symmetric_phase_flipped", Class::Feature),
        ("tanh_min", Class::Pointwise),
        ("arctan_min", Class::Pointwise),
        ("min_erf", Class::Pointwise),
        ("sigmoid_erf", Class::Pointwise),
        ("evolved_t5", Class::Pointwise),
        ("evolved_tiny_gpt", Class::Pointwise),
    ] {
        assert_eq!(named(name).formula().class(), class, "{name}");
    }
    for (name, initial) in [
        ("swish_beta", 1.0),
        ("snake_trainable", 1.0),
        ("crrelu", 0.01),
        ("prelu", 0.25),
    ] {
        let parameters = named(name).formula().parameters();
        assert_eq!(
            parameters
                .iter()
                .map(|parameter| parameter.initial())
                .collect::<Vec<_>>(),
            [initial],
            "{name}"
        );
    }
}

#[test]
fn published_activations_have_their_published_values_and_slopes() {
    // From mpmath, by library_values.py beside this file.
    let mut covered = HashSet::new();
    for line in include_str!("library_values.csv").lines().skip(1) {
        let (name, numbers) = line.split_once(',').expect("a name and numbers");
        let numbers: Vec<f64> = numbers
            .split(',')
            .map(|number| number.parse().expect("a number"))
            .collect();
        let (value, slope) = named(name).formula().value_and_slope(numbers[0]);
        // Steps of a chaotic map and fast waves magnify rounding.
        let tolerance = if matches!(name, "pler" | "finer" | "siren") {
            1e-10
        } else {
            2e-14
        };
        assert!(
            close(value, numbers[1], tolerance),
            "{name}({}) is {value}, should be {}",
            numbers[0],
            numbers[1]
        );
        assert!(
            close(slope, numbers[2], 50.0 * tolerance),
            "{name}'({}) is {slope}, should be {}",
            numbers[0],
            numbers[2]
        );
        covered.insert(name);
    }
    let missing: Vec<&str> = library::all()
        .iter()
        .map(|activation| activation.name.as_str())
        .filter(|name| !covered.contains(name))
        .collect();
    assert_eq!(
        missing,
        ["turbulent", "qfw", "symmetric_phase_flipped"],
        "these are held to tensors"
    );
}

#[test]
fn coupled_activations_have_their_published_values_and_gradients() {
    // From NumPy, by library_tensors.py beside this file.
    const SHAPE: Shape = Shape {
        rows: 5,
        features: 4,
    };
    let mut tensors: BTreeMap<&str, Vec<Vec<f64>>> = BTreeMap::new();
    for line in include_str!("library_tensors.csv").lines().skip(1) {
        let (name, numbers) = line.split_once(',').expect("a name and numbers");
        tensors.entry(name).or_default().push(
            numbers
                .split(',')
                .map(|number| number.parse().expect("a number"))
                .collect(),
        );
    }
    assert_eq!(tensors.len(), 3);
    for (name, rows) in tensors {
        let x: Vec<f64> = rows.iter().map(|row| row[1]).collect();
        let arriving: Vec<f64> = (0..SHAPE.elements())
            .map(|element| 1.0 + 0.5 * (1.0 + element as f64).sin())
            .collect();
        let gradients = named(name).formula().gradients(SHAPE, &x, &arriving, &[]);
        for (element, row) in rows.iter().enumerate() {
            let (value, gradient) = (gradients.value[element], gradients.input[element]);
            assert!(
                close(value, row[2], 1e-13),
                "{name}, element {element}: {value}, should be {}",
                row[2]
            );
            assert!(
                close(gradient, row[3], 1e-7),
                "{name}, element {element}: gradient {gradient}, should be {}",
                row[3]
            );
        }
    }
}

#[test]
fn the_reconstruction_is_finite_wherever_it_is_looked_at() {
    let pler = named("pler").formula();
    for x in [
        -1e30, -1e4, -30.0, -1.0, -1e-9, 0.0, 1e-9, 1.0, 30.0, 1e4, 1e30,
    ] {
        let (value, slope) = pler.value_and_slope(x);
        assert!(
            value.is_finite() && slope.is_finite() && value.abs() <= x.abs(),
            "pler({x}) is {value} with slope {slope}"
        );
    }
}

#[test]
fn a_name_is_a_formula_and_a_call_of_it_is_written_out() {
    for (text, printed) in [
        ("snake", "x + sin(x)^2"),
        ("snake(x)", "x + sin(x)^2"),
        (
            "snake(2 * x) + 1",
            "input = 2 * x; input + sin(input)^2 + 1",
        ),
        (
            "0.5 * prelu(x)",
            "0.5 * (max(x, 0) + channel_param(0.25) * min(x, 0))",
        ),
        (
            "c = 2; sqnl(x) * c",
            "c = 2; c_2 = clamp(x, -2, 2); (c_2 - c_2 * abs(c_2) / 4) * c",
        ),
        (
            "snake(sqnl(x)) - gcu(x)",
            "c = clamp(x, -2, 2); input = c - c * abs(c) / 4; input + sin(input)^2 - x * cos(x)",
        ),
        (
            "y = squareplus(x); y * y",
            "y = 0.5 * (x + sqrt(x^2 + 4)); y * y",
        ),
    ] {
        assert_eq!(formula(text).to_string(), printed, "{text}");
        assert_eq!(
            formula(printed),
            formula(text),
            "{text} does not print what it is"
        );
    }
    let inner = formula("turbulent(x) + turbulent(roll(x, 1))");
    assert_eq!(
        (inner.class(), inner.program().bindings.len()),
        (Class::Batch, 3)
    );
    assert_eq!(formula("prelu(snake_trainable(x))").parameters().len(), 2);
    // The author's own names are not touched, and none of the library's can be seen.
    assert_eq!(
        formula("gate = sigmoid(x); sqnl(x) * gate")
            .program()
            .bindings[0]
            .0,
        "gate"
    );
    assert_eq!(
        Formula::parse("a = sqnl(x); a * c").unwrap_err().message(),
        "unknown name `c`: the nearest known one is `x`"
    );
}

#[test]
fn unknown_names_are_answered_with_the_nearest_activation() {
    for (text, nearest) in [
        ("snak", "snake"),
        ("snak(x)", "snake"),
        ("turbulant", "turbulent"),
        ("squarplus(x) + 1", "squareplus"),
        ("gelu_sin", "gelu_sine"),
    ] {
        let error = Formula::parse(text).unwrap_err();
        assert!(
            error.message().contains(&format!("`{nearest}`")),
            "{text}: {error}"
        );
    }
    assert_eq!(
        Formula::parse("x * snake").unwrap_err().message(),
        "the function `snake` needs its arguments: write `snake(x)`"
    );
    assert_eq!(
        Formula::parse("prelu(x, 0.25)").unwrap_err().message(),
        "`prelu` takes 1 argument, found 2"
    );
    assert!(
        Formula::parse("rrelu").is_err()
            && Formula::parse("rrelu(x)")
                .unwrap_err()
                .message()
                .contains("random")
    );
}

#[test]
fn calls_of_activations_grow_no_further_than_the_limits() {
    for text in [
        format!("{}x{}", "spf(".repeat(60), ")".repeat(60)),
        format!("{}x{}", "pler(".repeat(60), ")".repeat(60)),
        ["sqnl(x + 1)"; 300].join("+"),
        ["spf(x)"; 400].join("+"),
    ] {
        let error = Formula::parse(&text).unwrap_err();
        assert_eq!(
            error.kind(),
            motherlode_formula::FormulaErrorKind::TooLarge,
            "{error}"
        );
    }
}

#[test]
fn the_nearest_known_activation_is_the_one_it_is_or_resembles() {
    for (text, name) in [
        ("x / (1 + exp(-x))", "silu"),
        ("0.5*x*(1+erf(x/sqrt(2)))", "gelu"),
        ("(x + abs(x)) / 2", "relu"),
        ("x*tanh(log(1+exp(x)))", "mish"),
        ("x * sigmoid(channel_param(1) * x)", "swish_beta"),
        ("turbulent", "turbulent"),
        ("telu", "tanh_exp"),
    ] {
        let nearest = library::nearest(&formula(text));
        assert_eq!(
            nearest.same.map(|same| same.name.as_str()),
            Some(name),
            "{text}"
        );
        assert_eq!(
            nearest.plain.map(|plain| plain.distance < 1e-9),
            Some(true),
            "{text}"
        );
    }
    let nearly = library::nearest(&formula("x * sigmoid(1.0003 * x)"));
    let plain = nearly.plain.expect("a finite distance");
    assert!(
        nearly.same.is_none()
            && plain.activation.name == "silu"
            && plain.distance > 1e-6
            && plain.distance < 1e-3,
        "{}",
        plain.distance
    );
    let scaled = library::nearest(&formula("3 * gcu(x) - 2"));
    assert!(scaled.same.is_none());
    assert!(scaled
        .scaled
        .is_some_and(|scaled| scaled.activation.name == "gcu" && scaled.distance < 1e-9));
    let starts = library::nearest(&formula("x * sigmoid(param(1) * x)"));
    assert!(
        starts.same.is_none(),
        "a trained Swish of one beta a layer is no entry"
    );
    assert!(starts
        .plain
        .is_some_and(|plain| plain.activation.name == "silu" && plain.distance < 1e-9));
}

#[test]
fn a_derivative_is_printed_as_a_formula_of_that_derivative() {
    for activation in library::all()
        .iter()
        .filter(|activation| activation.formula().class() == Class::Pointwise)
    {
        let Some(text) = activation.formula().derivative() else {
            assert!(
                activation.text.contains("sinc") || activation.name == "pler",
                "{} has no printed derivative",
                activation.name
            );
            continue;
        };
        let derivative = formula(&text);
        for x in [-3.3, -0.7, 0.2, 1.3, 4.1] {
            let (found, wanted) = (
                derivative.value_and_slope(x).0,
                activation.formula().value_and_slope(x).1,
            );
            assert!(
                close(found, wanted, 1e-9),
                "{}' at {x}: {text} is {found}, should be {wanted}",
                activation.name
            );
        }
    }
    assert_eq!(formula("x^3").derivative().as_deref(), Some("3 * x^2"));
    assert_eq!(formula("turbulent").derivative(), None);
}
