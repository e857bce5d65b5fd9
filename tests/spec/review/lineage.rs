//! What a campaign spent on the constants of a lineage.

use motherlode::archive::constants_tried;
use motherlode::record::attempt::Attempt;

use super::{attempt, record};

/// An attempt at a formula that was made from others.
fn made_from(number: u64, text: &str, fitness: Option<f64>, parents: &[&str]) -> Attempt {
    Attempt {
        parents: parents.iter().map(|parent| record(parent).id).collect(),
        ..attempt(number, text, fitness)
    }
}

#[test]
fn attempts_at_the_forms_of_a_lineage_are_counted_and_others_are_not() {
    let attempts = [
        made_from(1, "x*tanh(1.5*x)", Some(0.1), &["relu"]),
        // The winner's own form, twice; one of them a sibling that came to nothing.
        made_from(2, "x*sigmoid(1.5*x)", Some(0.3), &["x*tanh(1.5*x)"]),
        made_from(3, "x*sigmoid(2.5*x)", None, &["x*sigmoid(1.5*x)"]),
        made_from(4, "x*sigmoid(1.8*x)", Some(0.9), &["x*sigmoid(1.5*x)"]),
        // Its ancestor's form.
        made_from(5, "x*tanh(0.5*x)", None, &["x*tanh(1.5*x)"]),
        // Another lineage.
        made_from(6, "x*atan(1.5*x)", Some(0.5), &["relu"]),
        made_from(7, "x*atan(2.5*x)", Some(0.4), &["x*atan(1.5*x)"]),
    ];
    let spent = |texts: &[&str]| {
        let candidates: Vec<_> = texts.iter().map(|text| record(text)).collect();
        constants_tried(&attempts, &candidates)
    };
    assert_eq!(spent(&["x*sigmoid(1.8*x)"]), 5);
    assert_eq!(spent(&["x*atan(2.5*x)"]), 2);
    assert_eq!(
        spent(&["x*atan(2.5*x)", "x*sigmoid(1.8*x)"]),
        5,
        "the most of any"
    );
    assert_eq!(spent(&["sin(x)"]), 0);
    assert_eq!(spent(&[]), 0);
}
