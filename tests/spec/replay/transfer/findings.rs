//! How findings are told: tables, panels, the document.

use motherlode::cli::transfer::{document, plots, table};
use motherlode::formula::Formula;
use motherlode::record::benchmark_run::Direction;
use motherlode::replay::function_field::{NamedFormula, Origin};
use motherlode::replay::transfer::findings::TransferFindings;
use motherlode::replay::transfer::{Measure, Predictor};

use super::{outcome, predictor};
use crate::golden::assert_golden;
use crate::replay::benchmark;

/// Findings about eight functions and a loss, for what is told of them.
fn example() -> TransferFindings {
    let function = |(index, text): (usize, &str)| NamedFormula {
        name: text.to_owned(),
        origin: if index < 4 {
            Origin::Library
        } else {
            Origin::Random
        },
        formula: Formula::parse(text).unwrap(),
    };
    let texts = [
        "relu(x)",
        "gelu(x)",
        "tanh(x)",
        "sigmoid(x)",
        "x*tanh(x)",
        "sin(x)",
        "max(x, x*x*x)",
        "x*exp(x)",
    ];
    let functions: Vec<NamedFormula> = texts.into_iter().enumerate().map(function).collect();
    let values = [0.88, 0.89, 0.87, 0.84, 0.885, 0.83, 0.82];
    let mut outcome = outcome(Direction::Higher, &values);
    outcome
        .values
        .iter_mut()
        .enumerate()
        .for_each(|(index, seeds)| seeds.push(Some(values[index] - 0.01 * (index % 2) as f64)));
    outcome.values.push(vec![None, None]);
    let mut predictors = vec![
        predictor("mlp", &[0.0, 0.2, -0.1, -0.6, 0.1, -0.5, -0.9, -1.5]),
        predictor("transformer", &[0.0, 0.5, -0.4, -0.3, 0.1, 0.2, -0.9, -0.2]),
        predictor(
            "general",
            &[0.0, 0.35, -0.25, -0.45, 0.1, -0.15, -0.9, -0.85],
        ),
    ];
    predictors.push(Predictor {
        measure: Measure::Train,
        ..predictor("mlp", &[0.0, 0.1, 0.2, -0.1, 0.3, 0.5, 0.4, -0.2])
    });
    predictors.push(Predictor {
        measure: Measure::Vault,
        ..predictor("general", &[0.0, 0.3, -0.2, -0.4, 0.2, -0.3, -0.8, -1.0])
    });
    let labs = ("standard".to_owned(), Some("vault".to_owned()));
    TransferFindings::new(
        benchmark(Direction::Higher),
        labs,
        (functions, 1),
        (outcome, vec![1, 2]),
        predictors,
    )
}

#[test]
fn findings_are_told_in_tables() {
    assert_golden("transfer.txt", &format!("{}\n", table::text(&example())));
    assert_golden("transfer.md", &table::markdown(&example()));
    assert_golden(
        "transfer.csv",
        &format!(
            "{}\n{}",
            document::correlations_csv(&example()),
            document::functions_csv(&example())
        ),
    );
}

#[test]
fn a_panel_shows_every_function_by_its_place_under_each_target_and_in_the_vault() {
    let panels = plots::scatters(&example());
    let labels: Vec<&str> = panels.iter().map(|panel| panel.x_label.as_str()).collect();
    assert_eq!(
        labels,
        [
            "fitness, mlp",
            "fitness, transformer",
            "fitness, general",
            "fitness in the vault"
        ]
    );
    for panel in &panels {
        let series: Vec<(&str, usize)> = panel
            .series
            .iter()
            .map(|series| (series.label.as_str(), series.points.len()))
            .collect();
        assert_eq!(
            (series, panel.y_label.as_str()),
            (
                vec![("random of S1", 4), ("published", 4)],
                "rank of accuracy (8 is best)"
            )
        );
    }
    assert_eq!(
        panels[0].series[1].points[1],
        (0.2, 7.5),
        "gelu shares the best place"
    );
    assert_eq!(
        panels[0].series[0].points[3],
        (-1.5, 1.0),
        "what did not finish is last"
    );
}

#[test]
fn the_document_has_every_number() {
    let document = document::document(&example());
    assert_eq!(
        (
            document["benchmark"].as_str(),
            document["not_finished"].as_u64(),
            document["lab"].as_str()
        ),
        (Some("digits/mlp-2"), Some(1), Some("standard"))
    );
    let rows = document["correlations"].as_array().unwrap();
    assert_eq!(rows.len(), 5);
    assert_eq!(
        (rows[0]["measure"].as_str(), rows[0]["target"].as_str()),
        (Some("fitness"), Some("mlp"))
    );
    assert!(
        rows[0]["all"]["value"].is_f64()
            && rows[0]["all"]["interval"][1].is_f64()
            && rows[0]["halves"][1]["all"]["value"].is_f64()
    );
    assert_eq!(document["best_profile"]["all"]["best"], "mlp");
    assert!(
        document["seed_to_seed"]["all"].is_f64()
            && document["chosen_on_a_half"][0]["chosen"].is_string()
    );
    let functions = document["functions"].as_array().unwrap();
    assert_eq!(
        (
            functions[7]["mean"].is_null(),
            functions[7]["values"][1].is_null(),
            functions[7]["measures"]["vault_fitness"]["general"].as_f64()
        ),
        (true, true, Some(-1.0))
    );
    assert!(functions.iter().all(|function| function["half"]
        .as_u64()
        .is_some_and(|half| half == 1 || half == 2)));
}
