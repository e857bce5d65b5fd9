//! How an error is shown: the line under the text that points at the fault.

use motherlode_formula::Equation;

use super::refused;

#[test]
fn a_caret_points_at_the_fault() {
    let caret = |text: &str| refused(text).caret(text);
    assert_eq!(caret("1 + sigmod(x)"), "1 + sigmod(x)\n    ^");
    assert_eq!(caret("a = 2\nb = a*y\nb"), "b = a*y\n      ^");
    assert_eq!(caret("α*x"), "α*x\n^");
    assert_eq!(
        caret(&format!("{}$", "x + ".repeat(100))),
        format!("{}$\n{}^", "x + ".repeat(10), " ".repeat(40))
    );
    assert_eq!(caret("x\u{202e}\u{0}\u{1b}[0m"), "x???[0m\n ^");
    let too_long = "x".repeat(5000);
    assert_eq!(caret(&too_long), "");
}

#[test]
fn a_caret_survives_a_text_that_is_not_the_one_refused() {
    let error = refused("1 + 2 + 3 + sigmod(x)");
    for text in ["", "é", "ééééééé", "\n\n\n\n\n\n\n\n\n\n\n\n\n"] {
        assert!(error.caret(text).ends_with('^'));
    }
}

#[test]
fn an_equation_names_its_own_variables_in_its_advice() {
    let error = Equation::parse("m * velocty^2", &["m", "velocity"]).expect_err("a misspelling");
    assert!(error.message().contains("`velocity`"), "{error}");
}
