//! Any text at all: hostile, huge, without a finite value, or random.

use motherlode_formula::{Formula, FormulaErrorKind};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::refused;

#[test]
fn hostile_text_is_refused_before_it_costs_anything() {
    let powers = format!("x{}", "*x".repeat(600));
    let bindings: String = (0..200).map(|i| format!("a{} = x*{i}; ", i % 10)).collect();
    for (text, words) in [
        ("(".repeat(1 << 20), "at most 4096"),
        ("((".repeat(100), "nested deeper"),
        (
            format!("{}x{}", "(".repeat(65), ")".repeat(65)),
            "nested deeper",
        ),
        (
            format!("{}x{}", "sin(".repeat(65), ")".repeat(65)),
            "nested deeper",
        ),
        ("-".repeat(4000), "nested deeper"),
        (format!("2^{}x", "-".repeat(70)), "nested deeper"),
        ("a = x\n".repeat(10_000), "at most 4096"),
        (powers, "more than 512"),
        (format!("{bindings}x"), "more than 512"),
        ("9".repeat(4000), "too large"),
        ("x".repeat(4000), "unknown name"),
    ] {
        assert!(
            refused(&text).message().contains(words),
            "{}: {}",
            &text[..20],
            refused(&text)
        );
    }
    assert!(Formula::parse(&format!("{}x{}", "(".repeat(64), ")".repeat(64))).is_ok());
    assert_eq!(
        crate::language::formula(&format!("0.{}1", "0".repeat(300)))
            .value_and_slope(0.0)
            .0,
        1e-301
    );
}

#[test]
fn what_is_read_can_be_read_back_or_is_refused() {
    let arguments = |count: usize| {
        (0..count)
            .map(|i| format!("x - {i}"))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let nested = |function: &str, times: usize, inner: &str| {
        format!(
            "{}{inner}{}",
            format!("{function}(").repeat(times),
            ")".repeat(times)
        )
    };
    let name = "n".repeat(1340);
    // Each row once within the limits as it is printed, and once beyond them in that form alone.
    let rows = [
        (
            format!("max({})", arguments(60)),
            format!("max({})", arguments(100)),
        ),
        (
            vec!["x > 1"; 60].join(" || "),
            vec!["x > 1"; 100].join(" || "),
        ),
        (nested("hard_tanh", 63, "x"), nested("hard_tanh", 64, "x")),
        (nested("relu", 60, "x && x"), nested("relu", 64, "x && x")),
        (vec!["e"; 180].join("+"), vec!["e"; 250].join("+")),
        (
            format!("{name}=x\n{name}*{name}"),
            format!("{name}=x;{name}*{name}{}*2", "+x*x".repeat(15)),
        ),
    ];
    for (read, beyond) in rows {
        let formula = Formula::parse(&read).unwrap_or_else(|error| panic!("{read}: {error}"));
        assert_eq!(
            Formula::parse(&formula.to_string()).unwrap(),
            formula,
            "{read}"
        );
        let error = refused(&beyond);
        assert_eq!(
            error.kind(),
            FormulaErrorKind::TooLarge,
            "{beyond}: {error}"
        );
        assert!(
            error.message().contains("as it would be printed"),
            "{beyond}: {error}"
        );
    }
}

#[test]
fn bindings_that_double_each_time_stay_small() {
    let doubling: String = (0..60).map(|_| "a = a*a + a; ".to_owned()).collect();
    let formula = crate::language::formula(&format!("a = x; {doubling} tanh(a)"));
    assert!(formula.graph().nodes().len() < 600);
    assert!(formula.program().inlined(10_000).is_none());
    assert!(crate::language::formula(formula.canonical()).id() == formula.id());
    let sums: String = (0..60)
        .map(|_| "a = sin(a) + cos(a); ".to_owned())
        .collect();
    let formula = crate::language::formula(&format!("a = x; {sums} a"));
    assert_eq!(
        crate::language::formula(formula.canonical()).id(),
        formula.id()
    );
    assert!(formula.value_and_slope(0.3).1.is_finite());
}

#[test]
fn what_has_no_finite_value_is_still_a_formula() {
    for text in [
        "0/0",
        "1/0",
        "log(-1)",
        "log(0)",
        "(-1)^0.5",
        "exp(1000)",
        "1e300*1e300*x",
        "0^(-x)",
        "x/0",
        "sqrt(-1)*x",
        "acosh(0)",
    ] {
        let formula = crate::language::formula(text);
        assert!(!formula.value_and_slope(0.5).0.is_finite(), "{text}");
        assert_eq!(
            crate::language::formula(formula.canonical()).canonical(),
            formula.canonical(),
            "{text}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 2000,
        rng_seed: RngSeed::Fixed(1),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn no_text_makes_the_parser_panic(text in "\\PC{0,60}|(?s).{0,60}") {
        check_any(&text);
    }

    #[test]
    fn no_text_of_the_language_s_own_words_makes_the_parser_panic(
        words in proptest::collection::vec(proptest::sample::select(WORDS.to_vec()), 0..24),
    ) {
        check_any(&words.concat());
    }
}

const WORDS: &[&str] = &[
    "x",
    "x",
    "1",
    "2.5",
    "1e9",
    "+",
    "-",
    "*",
    "/",
    "^",
    "**",
    "(",
    ")",
    "(",
    ")",
    ",",
    "=",
    "==",
    "<",
    ">=",
    "&&",
    "||",
    "!",
    ";",
    "\n",
    " ",
    "#",
    "sin(",
    "max(",
    "where(",
    "if ",
    "else ",
    "a",
    "a = ",
    "return ",
    "let ",
    "np.",
    "pi",
    "e",
    ".",
    "²",
    "0/0",
    "mean(",
    "\u{feff}",
    "t3",
    "%",
    "jnp.std(",
    "roll(",
    "param(",
    "axis=",
    "-1",
    "shift=",
    "True",
    "None",
    "celu(",
    "safe_div(",
];

/// What reads has a printed form that reads to the same; what does not has a one-line message and a
/// caret of two lines.
fn check_any(text: &str) {
    match Formula::parse(text) {
        Ok(formula) => {
            let again =
                Formula::parse(&formula.to_string()).expect("the printed form of a formula reads");
            assert_eq!(again.program(), formula.program());
        }
        Err(error) => {
            assert_eq!(error.to_string().lines().count(), 1);
            assert!(error.caret(text).lines().count() <= 2);
        }
    }
}
