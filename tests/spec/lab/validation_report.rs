//! The report on how far a lab can be trusted, from made-up fields whose answers are known.

use motherlode::lab::function_field::FunctionField;
use motherlode::lab::validation_report::{
    FieldTarget, MeasureField, RungField, ValidationFields, ValidationReport, VaultField,
};
use motherlode::lab::FitnessLaw;
use motherlode::numerics::stream::Key;
use serde_json::{json, Value};

const LAW: FitnessLaw = FitnessLaw::LogRatio { clip: 1.5 };
/// The formulas of the field; the last is the fittest where a field agrees.
const FORMULAS: usize = 20;

/// A field of two profiles over four families of two tasks each.
fn field(value: &dyn Fn(usize, usize) -> f64) -> FunctionField {
    let families = ["p", "p", "h", "h", "f", "f", "c", "c"];
    let of_formula = |formula: usize| {
        (0..2)
            .map(|profile| vec![value(formula, profile); families.len()])
            .collect()
    };
    FunctionField {
        families: families.map(str::to_owned).to_vec(),
        values: (0..FORMULAS).map(of_formula).collect(),
    }
}

/// Lower is better: the fitness grows with the formula under both profiles.
fn agreeing() -> FunctionField {
    field(&|formula, _| -(formula as f64) / 100.0)
}

/// The other way round.
fn contradicting() -> FunctionField {
    field(&|formula, _| formula as f64 / 100.0)
}

fn target(name: &str, profiles: &[usize]) -> FieldTarget {
    FieldTarget {
        name: name.to_owned(),
        profiles: profiles.to_vec(),
    }
}

fn fields() -> ValidationFields {
    ValidationFields {
        law: LAW,
        targets: vec![
            target("mlp", &[0]),
            target("transformer", &[1]),
            target("general", &[0, 1]),
        ],
        own: agreeing(),
        other_seeds: agreeing(),
        fresh: contradicting(),
        measures: vec![
            MeasureField {
                name: "train loss".to_owned(),
                field: contradicting(),
            },
            MeasureField {
                name: "the fitness".to_owned(),
                field: agreeing(),
            },
        ],
        rungs: vec![RungField {
            name: "1".to_owned(),
            keep: 0.5,
            trials: vec![4, 5, 9],
            field: agreeing(),
        }],
        vault: None,
    }
}

fn report(fields: &ValidationFields) -> ValidationReport {
    ValidationReport::of(fields, 10, &Key::new(1))
}

/// The correlations over all formulas, by the names of the rows.
fn correlations(rows: &Value, name: &str) -> Vec<(String, Option<f64>)> {
    let rows = rows.as_array().unwrap().iter();
    rows.map(|row| (row[name].as_str().unwrap().to_owned(), row["all"].as_f64()))
        .collect()
}

#[test]
fn what_agrees_has_1_and_what_contradicts_minus_1_under_every_target() {
    let report = json!(report(&fields()));
    for (part, expected) in [("split_half", 1.0), ("seeds", 1.0), ("fresh_draw", -1.0)] {
        let expected =
            ["mlp", "transformer", "general"].map(|target| (target.to_owned(), Some(expected)));
        assert_eq!(correlations(&report[part], "target"), expected, "{part}");
        let interval = report[part][0]["all_interval"].as_array().unwrap();
        assert_eq!(interval.len(), 2, "{part} has intervals");
    }
    assert_eq!(report["vault"], json!([]));
}

#[test]
fn each_loss_and_each_family_is_held_against_the_fitness() {
    let report = json!(report(&fields()));
    for (measure, expected) in [(0, -1.0), (1, 1.0)] {
        for part in ["halves", "families"] {
            let rows = &report["measures"][measure][part];
            assert!(
                correlations(rows, "target")
                    .iter()
                    .all(|(_, all)| *all == Some(expected)),
                "{rows}"
            );
            assert_eq!(rows[0]["all_interval"], Value::Null);
        }
    }
    let families = report["families"].as_array().unwrap();
    assert_eq!(families.len(), 6 + 4 + 6);
    assert_eq!(
        (&families[0]["selecting"], &families[0]["judging"]),
        (&json!(["p"]), &json!(["h"]))
    );
}

#[test]
fn a_rung_is_held_against_three_truths_and_says_what_it_must_keep() {
    let report = report(&fields());
    let row = |index: usize| {
        let row = &report.rungs[index];
        (
            row.target.as_str(),
            row.truth.as_str(),
            row.trials,
            row.keep_for_10_of_10,
            row.top_10_passed,
        )
    };
    assert_eq!(report.rungs.len(), 3 * 3);
    assert_eq!(row(0), ("mlp", "same seeds", 4, Some(0.5), Some(10)));
    assert_eq!(
        row(4),
        ("transformer", "other seeds", 5, Some(0.5), Some(10))
    );
    assert_eq!(row(8), ("general", "fresh draw", 9, Some(1.0), Some(0)));
    assert_eq!((report.rungs[0].tasks, report.rungs[0].keep), (8, 0.5));
}

#[test]
fn profiles_are_held_against_one_another() {
    let mut fields = fields();
    fields.own = field(&|formula, profile| {
        let fitness = formula as f64 / 100.0;
        if profile == 0 {
            -fitness
        } else {
            fitness
        }
    });
    let report = report(&fields);
    assert_eq!(report.profiles.len(), 6, "each of three against two others");
    let first = &report.profiles[0];
    assert_eq!(
        (first.selecting.as_str(), first.judging.as_str()),
        ("mlp", "transformer")
    );
    assert_eq!(first.agreement.all, Some(-1.0));
}

#[test]
fn a_vault_without_a_profile_judges_no_target_that_needs_it() {
    let mut fields = fields();
    // The vault has the lab's second profile alone, as its first.
    fields.vault = Some(VaultField {
        law: LAW,
        profiles: vec![None, Some(0)],
        field: contradicting(),
    });
    let report = json!(report(&fields));
    assert_eq!(
        correlations(&report["vault"], "target"),
        [("transformer".to_owned(), Some(-1.0))]
    );
}

#[test]
fn a_lab_of_one_family_and_no_rung_has_a_report_without_them() {
    let mut fields = fields();
    fields.rungs.clear();
    for field in [&mut fields.own, &mut fields.other_seeds, &mut fields.fresh] {
        field.families = vec!["p".to_owned(); 8];
    }
    let report = report(&fields);
    assert!(report.rungs.is_empty() && report.families.is_empty());
    assert_eq!(report.split_half[0].agreement.all, Some(1.0));
    assert_eq!(report.measures[0].families[0].agreement.all, None);
}

#[test]
fn the_report_is_the_same_again_and_has_its_keys_in_their_order() {
    assert_eq!(report(&fields()), report(&fields()));
    let text = serde_json::to_string(&report(&fields())).unwrap();
    let places: Vec<usize> = [
        "\"split_half\":[{\"target\":\"mlp\",\"all\":",
        "\"measures\":[{\"measure\":",
        "\"families\":[{\"selecting\":",
        "\"rungs\":[{\"rung\":\"1\",\"target\":\"mlp\",\"tasks\":8,\"trials\":4,\"truth\":",
        "\"keep_for_10_of_10\":",
        "\"seeds\":[",
        "\"fresh_draw\":[",
        "\"vault\":[",
        "\"profiles\":[{\"selecting\":",
    ]
    .map(|part| text.find(part).unwrap_or_else(|| panic!("{part}: {text}")))
    .to_vec();
    assert!(places.is_sorted(), "{places:?}");
    let order = ["all", "all_interval", "better_half", "better_half_interval"];
    let row = json!(report(&fields()).seeds[0]);
    let keys: Vec<&String> = row.as_object().unwrap().keys().skip(1).collect();
    assert_eq!(keys, order);
}
