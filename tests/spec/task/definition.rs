//! Task tables: what they may say, and the error for each thing they may not.

use motherlode::numerics::stream::Key;
use motherlode::task::polynomial::Coefficients;
use motherlode::task::{Sizes, TaskDefinition, TaskError};

use super::task;

/// Why the task cannot be generated; the data, if there are any, are not for printing.
fn generation_error(definition: &TaskDefinition, sizes: &Sizes) -> TaskError {
    definition
        .generate(&Key::new(0), sizes)
        .map(|_| ())
        .expect_err("the task cannot be generated")
}

fn refusal(text: &str) -> String {
    task(text).check().expect_err(text).to_string()
}

#[test]
fn a_wrong_definition_is_refused_with_what_was_wanted_and_found() {
    for (text, parts) in [
        (
            "name = 'p'\nfamily = 'polynomial'\nvariables = 0\ndegree = 3",
            vec!["`p`", "`variables`", "between 1 and 5", "found 0"],
        ),
        (
            "name = 'p'\nfamily = 'polynomial'\nvariables = 6\ndegree = 3",
            vec!["`variables`", "found 6"],
        ),
        (
            "name = 'p'\nfamily = 'polynomial'\nvariables = 2\ndegree = 0",
            vec!["`degree`", "between 1 and 10", "found 0"],
        ),
        (
            "name = 'p'\nfamily = 'polynomial'\nvariables = 2\ndegree = 3\nterms = 0",
            vec!["`terms`", "between 1 and 9", "found 0"],
        ),
        (
            "name = 'p'\nfamily = 'polynomial'\nvariables = 2\ndegree = 3\nterms = 10",
            vec!["`terms`", "between 1 and 9", "found 10"],
        ),
        (
            "name = ''\nfamily = 'polynomial'\nvariables = 2\ndegree = 2",
            vec!["`name`", "nothing"],
        ),
        (
            "name = 'h'\nfamily = 'harmonic'\ncoordinates = 'angles'\norder = 0",
            vec!["`order`", "between 1 and 16", "found 0"],
        ),
        (
            "name = 'h'\nfamily = 'harmonic'\ncoordinates = 'angles'\norder = 3\n\
             half_widths = [0.2]",
            vec!["`half_widths`", "two numbers", "[0.2]"],
        ),
        (
            "name = 'h'\nfamily = 'harmonic'\ncoordinates = 'angles'\norder = 3\n\
             half_widths = [0.6, 0.4]",
            vec!["`half_widths`", "0.6"],
        ),
        (
            "name = 'h'\nfamily = 'harmonic'\ncoordinates = 'unit-vector'\norder = 3\n\
             half_widths = [1.5]",
            vec!["`half_widths`", "|z|"],
        ),
        (
            "name = 'h'\nfamily = 'harmonic'\ncoordinates = 'unit-vector'\norder = 3\n\
             leaving = 'azimuth'\nhalf_widths = [0.5]",
            vec!["`half_widths`", "two numbers"],
        ),
        (
            "name = 'h'\nfamily = 'harmonic'\ncoordinates = 'angles'",
            vec!["`order`", "`single = [l, m]`", "neither"],
        ),
        (
            "name = 'h'\nfamily = 'harmonic'\ncoordinates = 'angles'\norder = 3\nsingle = [3, 1]",
            vec!["`order`", "left out", "both"],
        ),
        (
            "name = 'h'\nfamily = 'harmonic'\ncoordinates = 'angles'\nsingle = [3, -4]",
            vec!["`single`", "m between -l and l", "[3, -4]"],
        ),
        (
            "name = 'h'\nfamily = 'harmonic'\ncoordinates = 'angles'\nsingle = [0, 0]",
            vec!["`single`", "l between 1 and 16"],
        ),
        (
            "name = 'h'\nfamily = 'harmonic'\ncoordinates = 'angles'\nsingle = [3, 0]\n\
             leaving = 'azimuth'",
            vec!["`single`", "m other than 0"],
        ),
        (
            "name = 'h'\nfamily = 'harmonic'\ncoordinates = 'angles'\nsingle = [3, 1]\nterms = 2",
            vec!["`terms`", "nothing is random", "found 2"],
        ),
        (
            "name = 'h'\nfamily = 'harmonic'\ncoordinates = 'angles'\nsingle = [3, 1]\ndraw = 7",
            vec!["`draw`", "nothing is random", "found 7"],
        ),
        (
            "name = 'h'\nfamily = 'harmonic'\ncoordinates = 'angles'\norder = 3\nterms = 16",
            vec!["`terms`", "between 1 and 15", "found 16"],
        ),
        (
            "name = 'f'\nfamily = 'feynman'\nequation = 'I.40.2'",
            vec!["unknown equation `I.40.2`", "`I.40.1`"],
        ),
        (
            "name = 'c'\nfamily = 'chaos'\nsystem = 'lorentz'\nobservable = 'x'",
            vec!["unknown system `lorentz`", "`lorenz`"],
        ),
        (
            "name = 'c'\nfamily = 'chaos'\nsystem = 'lorenz'\nobservable = 'X2'",
            vec!["unknown observable `X2`", "`x`"],
        ),
        (
            "name = 'c'\nfamily = 'chaos'\nsystem = 'lorenz'\nobservable = 'x'\nhorizon = -1.0",
            vec!["`horizon`", "above 0", "found -1"],
        ),
        (
            "name = 'c'\nfamily = 'chaos'\nsystem = 'lorenz'\nobservable = 'x'\niterations = 2",
            vec!["`iterations`", "a flow", "found 2"],
        ),
        (
            "name = 'c'\nfamily = 'chaos'\nsystem = 'henon'\nobservable = 'x'\nhorizon = 2.0",
            vec!["`horizon`", "a map", "found 2"],
        ),
        (
            "name = 'c'\nfamily = 'chaos'\nsystem = 'henon'\nobservable = 'x'\niterations = 0",
            vec!["`iterations`", "found 0"],
        ),
        (
            "name = 'c'\nfamily = 'chaos'\nsystem = 'lorenz'\nobservable = 'x'\nvary = ['r']",
            vec!["parameter that can vary `r`", "`rho`"],
        ),
        (
            "name = 'c'\nfamily = 'chaos'\nsystem = 'lorenz'\nobservable = 'x'\n\
             vary = ['rho', 'rho']",
            vec!["`vary`", "without repetitions"],
        ),
        (
            "name = 'c'\nfamily = 'chaos'\nsystem = 'mackey-glass'\nobservable = 'x0'\n\
             horizon = 5.0",
            vec!["horizon 5", "multiple of 4"],
        ),
    ] {
        let message = refusal(text);
        for part in parts {
            assert!(message.contains(part), "wanted `{part}` in: {message}");
        }
    }
}

#[test]
fn an_unknown_key_or_family_is_refused_by_name() {
    for (text, part) in [
        (
            "name = 'p'\nfamily = 'polynomial'\nvariables = 2\ndegree = 3\norder = 3",
            "unknown field `order`",
        ),
        (
            "name = 'c'\nfamily = 'chaos'\nsystem = 'lorenz'\nobservable = 'x'\nhorizont = 3.0",
            "unknown field `horizont`",
        ),
        (
            "name = 'p'\nfamily = 'polynomials'\nvariables = 2\ndegree = 3",
            "unknown variant `polynomials`",
        ),
        (
            "name = 'p'\nfamily = 'polynomial'\nvariables = 2",
            "missing field `degree`",
        ),
        (
            "name = 'p'\nvariables = 2\ndegree = 3",
            "missing field `family`",
        ),
        (
            "name = 'p'\nfamily = 'polynomial'\nvariables = 2\ndegree = 3\n\
             coefficients = 'gaussian'",
            "unknown variant `gaussian`",
        ),
    ] {
        let message = toml::from_str::<TaskDefinition>(text)
            .expect_err("the table is wrong")
            .to_string();
        assert!(message.contains(part), "wanted `{part}` in: {message}");
    }
}

#[test]
fn a_definition_survives_writing_and_reading() {
    for text in [
        "name = 'p'\nfamily = 'polynomial'\nvariables = 2\ndegree = 4\ncoefficients = 'uniform'",
        "name = 'h'\nfamily = 'harmonic'\ncoordinates = 'unit-vector'\norder = 3",
        "name = 'p'\nfamily = 'polynomial'\nvariables = 5\ndegree = 8\ncoefficients = \
        'heavy-tailed'\nterms = 4\ndraw = 18446744073709551615",
        "name = 'h'\nfamily = 'harmonic'\ncoordinates = 'unit-vector'\nsingle = [5, -3]\nleaving \
        = 'azimuth'",
        "name = 'h'\nfamily = 'harmonic'\ncoordinates = 'angles'\norder = 8\nterms = 3\ndraw = 1",
        "name = 'm'\nfamily = 'file'\ntrain = 't.csv'\ntarget = 'y'\ninputs = [0, \
        'x']\nout_of_distribution = ['a.csv']",
        "name = 'f'\nfamily = 'feynman'\nequation = 'I.40.1'",
        "name = 'c'\nfamily = 'chaos'\nsystem = 'logistic'\nobservable = 'x'\nvary = ['r']",
    ] {
        let definition = task(text);
        assert_eq!(
            toml::from_str::<TaskDefinition>(&toml::to_string(&definition).unwrap()).unwrap(),
            definition
        );
        assert_eq!(
            serde_json::from_str::<TaskDefinition>(&serde_json::to_string(&definition).unwrap())
                .unwrap(),
            definition
        );
    }
    let TaskDefinition::Polynomial(defaulted) =
        task("name = 'p'\nfamily = 'polynomial'\nvariables = 2\ndegree = 4")
    else {
        panic!("a polynomial")
    };
    assert_eq!(defaulted.coefficients, Coefficients::Normal);
}

#[test]
fn sizes_not_given_are_those_of_the_default_lab() {
    let sizes: Sizes = toml::from_str("train = 100\nshells = [[1.0, 1.1]]").unwrap();
    assert_eq!(
        sizes,
        Sizes {
            train: 100,
            in_distribution: 512,
            shell: 512,
            shells: vec![(1.0, 1.1)]
        }
    );
    assert!(toml::from_str::<Sizes>("training = 100")
        .unwrap_err()
        .to_string()
        .contains("unknown field `training`"));
}

#[test]
fn impossible_sizes_are_refused() {
    let sizes = Sizes::default();
    for (bad, part) in [
        (
            Sizes {
                train: 1,
                ..sizes.clone()
            },
            "`train` must be between 2",
        ),
        (
            Sizes {
                train: usize::MAX,
                ..sizes.clone()
            },
            "`train` must be between 2 and 10000000",
        ),
        (
            Sizes {
                in_distribution: 0,
                ..sizes.clone()
            },
            "`in_distribution`",
        ),
        (
            Sizes {
                shell: 0,
                ..sizes.clone()
            },
            "`shell`",
        ),
        (
            Sizes {
                shells: vec![],
                ..sizes.clone()
            },
            "at least one",
        ),
        (
            Sizes {
                shells: vec![(0.5, 1.5)],
                ..sizes.clone()
            },
            "1 <= inner < outer",
        ),
        (
            Sizes {
                shells: vec![(1.5, 1.25)],
                ..sizes.clone()
            },
            "inner < outer",
        ),
        (
            Sizes {
                shells: vec![(1.0, 1.3), (1.2, 1.5)],
                ..sizes.clone()
            },
            "without overlap",
        ),
        (
            Sizes {
                shells: vec![(1.0, f64::NAN)],
                ..sizes.clone()
            },
            "inner < outer",
        ),
        (
            Sizes {
                shells: vec![(1.0, 1e300)],
                ..sizes.clone()
            },
            "outer <= 1e20",
        ),
        (
            Sizes {
                shells: vec![(1.0, 1.0 + f64::EPSILON)],
                ..sizes.clone()
            },
            "inner < outer",
        ),
        (
            Sizes {
                shells: vec![(1.0, f64::INFINITY)],
                ..sizes.clone()
            },
            "inner < outer",
        ),
    ] {
        let definition = task("name = 'p'\nfamily = 'polynomial'\nvariables = 2\ndegree = 3");
        let message = generation_error(&definition, &bad).to_string();
        assert!(message.contains(part), "wanted `{part}` in: {message}");
    }
}

#[test]
fn a_shell_beyond_the_laws_range_is_refused() {
    for (text, outer) in [
        ("name = 'h'\nfamily = 'harmonic'\ncoordinates = 'angles'\norder = 3\nhalf_widths = [0.4, \
            0.4]", 1.5),
        ("name = 'h'\nfamily = 'harmonic'\ncoordinates = 'angles'\norder = 3\nhalf_widths = [0.1, \
            0.8]", 1.5),
        ("name = 'h'\nfamily = 'harmonic'\ncoordinates = 'unit-vector'\norder = 3\nhalf_widths = \
            [0.7]", 1.5),
        ("name = 'h'\nfamily = 'harmonic'\ncoordinates = 'angles'\norder = 3\nhalf_widths = [0.1, \
            0.8]\nleaving = 'azimuth'", 1.5),
        ("name = 'h'\nfamily = 'harmonic'\ncoordinates = 'unit-vector'\norder = 3\nhalf_widths = \
            [0.2, 0.7]\nleaving = 'both'", 1.5),
        ("name = 'f'\nfamily = 'feynman'\nequation = 'I.40.1'", 2.1),
        ("name = 'c'\nfamily = 'chaos'\nsystem = 'logistic'\nobservable = 'x'\nvary = ['r']", 1.6),
    ] {
        let sizes = Sizes { shells: vec![(1.0, outer)], ..Sizes::default() };
        let error = generation_error(&task(text), &sizes);
        assert!(matches!(error, TaskError::BeyondReach { .. }), "{error}");
    }
}

#[test]
fn targets_that_explode_are_refused_where_no_other_draw_can_help() {
    let definition = task("name = 'p'\nfamily = 'polynomial'\nvariables = 1\ndegree = 10");
    let error = generation_error(
        &definition,
        &Sizes {
            shells: vec![(1.45, 1.5)],
            ..Sizes::default()
        },
    );
    assert!(matches!(error, TaskError::Explosive { .. }), "{error}");
    let far = Sizes {
        shells: vec![(1.0, 2.0)],
        ..Sizes::default()
    };
    assert!(
        definition.generate(&Key::new(0), &far).is_ok(),
        "shells past 1.5 are for experiments"
    );
}

#[test]
fn targets_that_do_not_vary_are_refused() {
    // At r = 3.4 the logistic map ends on a cycle of two values, so two training points have the
    // same target at about every other seed.
    let definition = task(
        "name = 'c'\nfamily = 'chaos'\nsystem = 'logistic'\nobservable = 'x'\niterations = 1000",
    );
    let sizes = Sizes {
        train: 2,
        in_distribution: 1,
        shell: 1,
        ..Sizes::default()
    };
    let ended: Vec<_> = (0..20)
        .map(|seed| definition.generate(&Key::new(seed), &sizes))
        .collect();
    assert!(ended
        .iter()
        .all(|end| matches!(end, Ok(_) | Err(TaskError::Constant { .. }))));
    assert!(ended.iter().any(Result::is_ok) && ended.iter().any(Result::is_err));
}

#[test]
fn targets_that_are_not_finite_are_refused() {
    let definition = task("name = 'p'\nfamily = 'polynomial'\nvariables = 1\ndegree = 10");
    let sizes = Sizes {
        shells: vec![(1.0, 1e20)],
        ..Sizes::default()
    };
    let error = generation_error(&definition, &sizes);
    assert!(matches!(error, TaskError::NotFinite { .. }), "{error}");
}
