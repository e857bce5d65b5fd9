//! Formulas that were measured side by side in one lab.

use motherlode::formula::Formula;
use motherlode::lab::{Draw, Lab};
use motherlode::review::{EvaluationEntry, LabMeasurement};

use super::evaluation;

/// What the user asked for, or a baseline of the lab.
fn entry(text: &str, requested: bool, rival: bool) -> EvaluationEntry {
    EvaluationEntry {
        text: text.to_owned(),
        requested,
        baseline: !requested,
        rival,
        formula: Formula::parse(text).map_err(|error| error.to_string()),
        told: false,
    }
}

fn entries() -> [EvaluationEntry; 5] {
    [
        entry("x*tanh(x)", true, false),
        entry("x*atan(x)", true, false),
        entry("x*", true, false),
        entry("relu", false, false),
        entry("gelu", false, true),
    ]
}

/// These fitnesses in the lab smoke, one an entry.
fn measurement(fitness: [Option<f64>; 5]) -> LabMeasurement {
    LabMeasurement {
        lab: Lab::parse(Lab::shipped("smoke").unwrap()).unwrap(),
        key: Draw::Own { seed: 1 }.key(),
        target: "general".to_owned(),
        fresh: None,
        evaluations: fitness.map(|fitness| fitness.map(evaluation)).into(),
    }
}

const FITNESS: [Option<f64>; 5] = [Some(0.1), Some(0.3), None, Some(0.0), Some(0.2)];

#[test]
fn every_formula_but_the_standard_itself_stands_beside_it() {
    let (measured, entries) = (measurement(FITNESS), entries());
    let wanted = [Some(-0.1), Some(0.1), None, Some(-0.2), None];
    for (index, wanted) in wanted.into_iter().enumerate() {
        let found = measured.beside_standard(&entries, index);
        let found = found.map(|beside| beside.difference);
        let is_same = match (found, wanted) {
            (Some(found), Some(wanted)) => (found - wanted).abs() < 1e-9,
            (found, wanted) => found == wanted,
        };
        assert!(is_same, "{}: {found:?}", entries[index].text);
    }
}

#[test]
fn what_was_asked_for_and_measured_meets_every_rival_in_every_column() {
    let rivalries = measurement(FITNESS).rivalries(&entries());
    let found: Vec<(usize, usize, &str)> = rivalries
        .iter()
        .map(|rivalry| (rivalry.formula, rivalry.rival, rivalry.column.as_str()))
        .collect();
    let wanted = [
        (0, 4, "general"),
        (0, 4, "mlp"),
        (0, 4, "transformer"),
        (1, 4, "general"),
        (1, 4, "mlp"),
        (1, 4, "transformer"),
    ];
    assert_eq!(found, wanted);
}

#[test]
fn two_labs_are_correlated_over_the_formulas_that_both_measured() {
    let measured = measurement(FITNESS);
    let reversed = measurement([Some(-0.1), Some(-0.3), Some(9.0), Some(0.0), Some(-0.2)]);
    let few = measurement([Some(0.1), Some(0.3), None, None, None]);
    for (other, wanted) in [
        (&measured, Some(1.0)),
        (&reversed, Some(-1.0)),
        (&few, None),
    ] {
        assert_eq!(
            measured.rank_correlations(other),
            [("general".to_owned(), wanted)],
            "profiles without an estimate are left out"
        );
    }
}
