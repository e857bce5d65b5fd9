//! How a replay tells what is shape and what is scale.

use motherlode::cli::replay::{document, plots, table};
use motherlode::record::benchmark_run::Direction;
use motherlode::replay::summary::{Summary, TuningNote};

use super::super::{activation, entrant, finished};
use crate::golden::assert_golden;

/// Six seeds of gelu and of it tuned, of silu, for which nothing better was found, and of two
/// candidates: one better than both forms of gelu, one that gelu comes near when it is tuned.
fn example() -> Summary {
    let higher = Direction::Higher;
    /// The formula, its name, whether it is a baseline, of which it is the tuned one, and its values.
    type Row<'a> = (&'a str, &'a str, bool, Option<&'a str>, [f64; 6]);
    let rows: [Row; 5] = [
        (
            "gelu(x)",
            "gelu",
            true,
            None,
            [0.661, 0.664, 0.659, 0.663, 0.660, 0.662],
        ),
        (
            "0.98*gelu(1.3*(x - 0.4))",
            "gelu, tuned",
            true,
            Some("gelu"),
            [0.669, 0.671, 0.668, 0.670, 0.667, 0.671],
        ),
        (
            "silu(x)",
            "silu",
            true,
            Some("silu"),
            [0.655, 0.659, 0.652, 0.656, 0.654, 0.657],
        ),
        (
            "x*tanh(x)",
            "calm-ibis-1",
            false,
            None,
            [0.684, 0.689, 0.681, 0.687, 0.682, 0.685],
        ),
        (
            "silu(0.736*(x - 0.65))",
            "slow-lynx-2",
            false,
            None,
            [0.670, 0.671, 0.667, 0.672, 0.668, 0.670],
        ),
    ];
    let mut runs = Vec::new();
    let mut entrants = Vec::new();
    for (text, name, baseline, tuned_of, values) in rows {
        runs.extend(finished(higher, &activation(text), &values));
        let mut entrant = entrant(&activation(text), name, baseline);
        entrant.tuned = tuned_of.map(|of| TuningNote {
            of: of.to_owned(),
            evaluations: 32,
        });
        entrants.push(entrant);
    }
    Summary::of(&runs, &entrants).unwrap()
}

#[test]
fn a_candidate_is_told_beside_a_baseline_as_it_is_and_tuned_alike() {
    let summary = example();
    let tuned = summary.tuned_comparisons();
    let words: Vec<String> = tuned
        .iter()
        .map(|comparison| summary.tuned_words(comparison))
        .collect();
    assert_eq!(
        words,
        [
            "calm-ibis-1: better than gelu, and than gelu tuned alike (0.98 * gelu(1.3 * (x - 0.4)))",
            "calm-ibis-1: better than silu, of which 32 evaluations found no better constants",
            "slow-lynx-2: better than gelu; not told apart from gelu tuned alike \
             (0.98 * gelu(1.3 * (x - 0.4)))",
            "slow-lynx-2: better than silu, of which 32 evaluations found no better constants",
        ]
    );
    let whole = tuned[0].plain.difference.unwrap();
    let by_scale = tuned[0].by_scale().unwrap();
    assert!((whole - 0.0231667).abs() < 1e-6 && (by_scale - 0.0078333).abs() < 1e-6);
    assert_eq!(tuned[1].by_scale(), None);
}

#[test]
fn a_summary_with_tuned_baselines_is_told_in_tables_and_files() {
    let summary = example();
    assert_golden("replay_tuned.txt", &format!("{}\n", table::text(&summary)));
    assert_golden("replay_tuned.md", &table::markdown(&summary));
    assert_golden("replay_tuned.csv", &document::results_csv(&summary));
    let document = document::document(&summary);
    assert_eq!(document["results"][1]["tuned"]["of"], "gelu");
    assert_eq!(document["results"][1]["tuned"]["evaluations"], 32);
    assert_eq!(document["results"][0]["tuned"], serde_json::Value::Null);
    let told = &document["tuned"][2];
    assert_eq!(
        (&told["verdict"], &told["verdict_tuned"], &told["tuned"]),
        (&"better".into(), &"undecided".into(), &"gelu, tuned".into())
    );
    let number = |field: &str| told[field].as_f64().unwrap();
    assert!((number("difference") - number("by_scale") - number("by_shape")).abs() < 1e-12);
}

#[test]
fn curves_are_of_the_baselines_that_people_use_before_all_others() {
    let curves = plots::curves(&example()).unwrap();
    let labels: Vec<&str> = curves
        .panel
        .series
        .iter()
        .map(|series| series.label.as_str())
        .collect();
    assert_eq!(
        labels,
        ["gelu", "gelu, tuned", "silu", "calm-ibis-1", "slow-lynx-2"]
    );
}
