//! How a summary is told: tables, documents and plots.

use motherlode::cli::replay::{document, plots, table};
use motherlode::drawing::panel;
use motherlode::drawing::terminal::Hand;
use motherlode::record::benchmark_run::Direction;
use motherlode::replay::summary::Summary;
use serde_json::Value;

use super::{activation, entrant, example, finished};
use crate::golden::assert_golden;

/// One seed of a candidate and a baseline, lower being better.
fn one_seed() -> Summary {
    let (own, other) = (activation("x*tanh(x)"), activation("relu(x)"));
    let runs = [
        finished(Direction::Lower, &own, &[0.25]),
        finished(Direction::Lower, &other, &[0.5]),
    ]
    .concat();
    Summary::of(
        &runs,
        &[
            entrant(&other, "relu", true),
            entrant(&own, "calm-ibis-1", false),
        ],
    )
    .unwrap()
}

#[test]
fn a_summary_is_told_in_tables() {
    assert_golden("replay.txt", &format!("{}\n", table::text(&example())));
    assert_golden(
        "replay_one_seed.txt",
        &format!("{}\n", table::text(&one_seed())),
    );
}

#[test]
fn a_summary_is_a_section_of_a_markdown_document() {
    assert_golden("replay.md", &table::markdown(&example()));
}

#[test]
fn a_summary_is_two_files_of_comma_separated_values() {
    let summary = example();
    assert_golden("replay_results.csv", &document::results_csv(&summary));
    assert_golden(
        "replay_comparisons.csv",
        &document::comparisons_csv(&summary),
    );
    let mut reader =
        csv::Reader::from_reader(document::results_csv(&summary).into_bytes().leak() as &[u8]);
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 25, "five activations, five seeds");
    assert!(
        rows.iter().any(|row| &row[5] == "max(x, x * x * x)"),
        "a comma in a formula parts no field: {rows:?}"
    );
}

#[test]
fn more_than_ten_seeds_have_no_columns_of_their_own() {
    let relu = activation("relu(x)");
    let summary = Summary::of(
        &finished(Direction::Higher, &relu, &[0.5; 11]),
        &[entrant(&relu, "relu", true)],
    )
    .unwrap();
    let text = table::text(&summary);
    assert!(
        text.contains("11 seeds") && !text.contains("seed 11"),
        "{text}"
    );
}

/// Every key of the document, those of lists by their first entry.
fn has(document: &Value, keys: &[&str]) {
    for key in keys {
        assert!(
            document.get(key).is_some(),
            "{key} is missing in {document}"
        );
    }
}

#[test]
fn the_document_has_what_other_programs_rely_on() {
    let document = document::document(&example());
    has(
        &document,
        &[
            "benchmark",
            "model",
            "dataset",
            "metric",
            "direction",
            "results",
            "comparisons",
            "seeds",
            "settings",
        ],
    );
    assert_eq!(
        (document["direction"].as_str(), document["metric"].as_str()),
        (Some("higher"), Some("accuracy"))
    );
    let results = document["results"].as_array().unwrap();
    for result in results {
        has(
            result,
            &[
                "id",
                "nickname",
                "formula",
                "canonical",
                "class",
                "cost",
                "parameters",
                "baseline",
                "values",
                "mean",
                "median",
                "interval",
                "curve",
            ],
        );
        assert_eq!(result["values"].as_array().unwrap().len(), 5);
    }
    assert_eq!(
        (
            results[0]["baseline"].as_str(),
            results[2]["baseline"].is_null()
        ),
        (Some("relu"), true)
    );
    assert_eq!(results[4]["values"][1], Value::Null);
    assert_eq!(
        (
            results[4]["status"][1].as_str(),
            results[4]["reasons"][1].as_str()
        ),
        (Some("diverged"), Some("diverged in epoch 2"))
    );
    assert_eq!(
        (
            results[3]["formula"].is_null(),
            results[3]["mixed"]["pool"][1]["formula"].as_str()
        ),
        (true, Some("tanh(x)"))
    );
    assert_eq!(results[3]["shares"][0][0].as_f64(), Some(0.75));
    for comparison in document["comparisons"].as_array().unwrap() {
        has(
            comparison,
            &[
                "candidate",
                "baseline",
                "difference",
                "interval",
                "p_value",
                "test",
                "p_wilcoxon",
                "p_independent",
                "p_adjusted",
                "effect_size",
            ],
        );
        has(comparison, &["verdict", "seeds", "words"]);
        assert_eq!(comparison["test"], "paired t");
    }
    let first = &document["comparisons"][0];
    assert_eq!(
        (
            first["candidate"].as_str(),
            first["baseline"].as_str(),
            first["verdict"].as_str()
        ),
        (Some("calm-ibis-1"), Some("relu"), Some("better"))
    );
    let one = document::document(&one_seed());
    let only = &one["comparisons"][0];
    assert_eq!(
        (
            only["p_value"].is_null(),
            only["interval"].is_null(),
            only["difference"].as_f64()
        ),
        (true, true, Some(-0.25))
    );
    assert_eq!(only["undecided"], "one seed decides nothing");
    assert_eq!(only["reason"], "it takes 2 values at least, found 1");
}

#[test]
fn plots_show_learning_seeds_and_shares() {
    let summary = example();
    let hand = Hand {
        ascii: true,
        colour: false,
    };
    let curves = plots::curves(&summary).unwrap();
    assert!(curves.left_out.is_empty() && curves.panel.series.len() == 5);
    let dots = plots::dots(&summary).unwrap();
    let shares = plots::shares(&summary.results[3]).unwrap();
    assert_eq!(plots::shares(&summary.results[0]), None);
    let drawing = [curves.panel, dots, shares]
        .map(|panel| panel::draw_all(&[panel], 76, 12, hand))
        .join("\n\n");
    assert_golden("replay_plots.txt", &format!("{drawing}\n"));
}

#[test]
fn panels_whose_series_differ_have_each_a_legend_of_their_own() {
    let summary = example();
    let panels = [
        plots::curves(&summary).unwrap().panel,
        plots::shares(&summary.results[3]).unwrap(),
    ];
    let hand = Hand {
        ascii: true,
        colour: false,
    };
    let text = panel::draw_all(&panels, 76, 12, hand);
    assert!(
        text.contains(". relu   o gelu") && text.contains("o tanh(x)"),
        "{text}"
    );
    let svg = panel::svg("both", &panels, (1200, 600)).unwrap();
    assert!(
        ["gelu", "calm-ibis-1", "tanh(x)"]
            .iter()
            .all(|label| svg.contains(label)),
        "no label is lost"
    );
    assert!(panel::share_legend(&panels[..1]) && !panel::share_legend(&panels));
}

#[test]
fn a_column_of_dots_is_an_activation_with_its_name_under_it() {
    let dots = plots::dots(&example()).unwrap();
    assert_eq!(dots.names, ["relu", "gelu", "calm-ibis-1", "mixed", "bad"]);
    let (means, seeds) = (&dots.series[0], &dots.series[1]);
    let column = |x: f64| {
        seeds
            .points
            .iter()
            .filter(|point| point.0 == x)
            .map(|point| point.1)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        (column(1.0), column(5.0)),
        (vec![0.910, 0.905, 0.912, 0.907, 0.909], vec![0.810, 0.812])
    );
    let mean: Vec<f64> = means
        .points
        .iter()
        .filter(|point| (point.0 - 5.0).abs() < 0.3)
        .map(|point| point.1)
        .collect();
    assert!(
        mean.len() > 10 && mean.iter().all(|height| (height - 0.811).abs() < 1e-12),
        "{mean:?}"
    );
    let svg = panel::svg("where each seed ended", &[dots], (900, 600)).unwrap();
    assert!(
        ["calm-ibis-1", "mixed", "a seed"]
            .iter()
            .all(|word| svg.contains(word)),
        "the names stand in the picture"
    );
}

#[test]
fn of_many_activations_the_baselines_and_the_best_are_drawn_and_the_others_named() {
    let activations: Vec<_> = (1..=9)
        .map(|index| activation(&format!("x*tanh({index}*x)")))
        .collect();
    let mut runs = Vec::new();
    for (index, activation) in activations.iter().enumerate() {
        runs.extend(finished(
            Direction::Lower,
            activation,
            &[0.1 * index as f64, 0.1 * index as f64 + 0.05],
        ));
    }
    let entrants: Vec<_> = activations
        .iter()
        .enumerate()
        .map(|(index, activation)| entrant(activation, &format!("f{index}"), index == 8))
        .collect();
    let curves = plots::curves(&Summary::of(&runs, &entrants).unwrap()).unwrap();
    assert_eq!(
        curves
            .panel
            .series
            .iter()
            .map(|series| series.label.as_str())
            .collect::<Vec<_>>(),
        ["f0", "f1", "f2", "f3", "f4", "f8"]
    );
    assert_eq!(curves.left_out, ["f5", "f6", "f7"]);
}

#[test]
fn without_a_validation_part_the_training_loss_is_drawn() {
    let relu = activation("relu(x)");
    let mut runs = finished(Direction::Higher, &relu, &[0.5]);
    runs[0]
        .curve
        .iter_mut()
        .for_each(|point| (point.validation_loss, point.validation_value) = (None, None));
    let curves =
        plots::curves(&Summary::of(&runs, &[entrant(&relu, "relu", true)]).unwrap()).unwrap();
    assert_eq!(curves.panel.y_label, "training loss");
    assert_eq!(
        curves.panel.series[0].points,
        [(1.0, 1.0), (2.0, 0.5), (3.0, 1.0 / 3.0)]
    );
}
