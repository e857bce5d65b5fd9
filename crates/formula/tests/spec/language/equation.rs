//! Equations of several variables.

use motherlode_formula::Equation;

use super::close;

#[test]
fn every_feynman_equation_reads_prints_back_and_has_its_value() {
    let mut equations = 0;
    for line in include_str!("feynman.txt").lines() {
        let cells: Vec<&str> = line.split(" | ").collect();
        let value: f64 = cells[1].parse().expect("a number");
        let variables: Vec<(&str, f64)> = cells[2..]
            .iter()
            .map(|cell| cell.split_once('=').expect("a name and a number"))
            .map(|(name, number)| (name, number.parse().expect("a number")))
            .collect();
        let names: Vec<&str> = variables.iter().map(|(name, _)| *name).collect();
        let inputs: Vec<f64> = variables.iter().map(|(_, number)| *number).collect();
        let equation = Equation::parse(cells[0], &names)
            .unwrap_or_else(|error| panic!("{}: {error}", cells[0]));
        let found = equation.evaluate(&inputs);
        assert!(
            (found - value).abs() <= 1e-13 * value.abs(),
            "{} is {found}, should be {value}",
            cells[0]
        );
        let again = Equation::parse(&equation.to_string(), &names).expect("the printed form reads");
        assert_eq!(again.program(), equation.program());
        equations += 1;
    }
    assert_eq!(equations, 120);
}

#[test]
fn a_variable_goes_before_a_constant_of_its_name() {
    let equation = Equation::parse("e * pi", &["e"]).expect("an equation");
    assert!(close(
        equation.evaluate(&[2.0]),
        2.0 * std::f64::consts::PI,
        1e-15
    ));
}

#[test]
fn an_equation_may_have_bindings_and_no_variables() {
    assert_eq!(
        Equation::parse("a = 2; a * a", &[])
            .expect("an equation")
            .evaluate(&[]),
        4.0
    );
    let equation = Equation::parse("k = w / 2; k * t", &["w", "t"]).expect("an equation");
    assert_eq!(equation.evaluate(&[3.0, 4.0]), 6.0);
    assert_eq!(equation.to_string(), "k = w / 2; k * t");
}

#[test]
fn a_function_s_name_alone_means_nothing_without_one_variable() {
    assert!(Equation::parse("sin", &["a", "b"]).is_err());
    assert_eq!(
        Equation::parse("sin", &["a"])
            .expect("an equation")
            .to_string(),
        "sin(a)"
    );
}
