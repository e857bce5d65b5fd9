//! Whether a lab predicts a benchmark: correlations, halves, leads, and the command.

use motherlode::cli::transfer::{document, plots, table, TransferFindings};
use motherlode::formula::Formula;
use motherlode::numerics::statistics::Undefined;
use motherlode::numerics::stream::Key;
use motherlode::record::benchmark_run::{BenchmarkRunEnd, Direction};
use motherlode::replay::function_field::{of_popular_and_random, NamedFormula, Origin};
use motherlode::replay::transfer::{BenchmarkOutcome, Measure, Predictor, Transfer};

use super::{activation, benchmark, benchmark_run, finished, import_small_images};
use crate::binary::{document as json_of, run, stderr, stdout, tiny_lab};

fn predictor(target: &str, values: &[f64]) -> Predictor {
    Predictor {
        measure: Measure::Fitness,
        target: target.to_owned(),
        values: values.to_vec(),
    }
}

/// An outcome of one seed.
fn outcome(direction: Direction, values: &[f64]) -> BenchmarkOutcome {
    BenchmarkOutcome {
        direction,
        values: values.iter().map(|value| vec![Some(*value)]).collect(),
    }
}

fn key() -> Key {
    Key::new(1).word("transfer")
}

/// The correlation of one predictor over all functions and in the better half.
fn correlations(values: &[f64], outcome: &BenchmarkOutcome) -> (Option<f64>, Option<f64>) {
    let row = Transfer::of(&[predictor("mlp", values)], outcome, &key()).rows[0].over;
    (
        row.all.ok().map(|found| found.value),
        row.better_half.ok().map(|found| found.value),
    )
}

#[test]
fn correlations_are_those_of_ranks_with_better_outcomes_above() {
    let values = [10.0, 20.0, 30.0, 40.0, 50.0, 60.0];
    let (higher, lower) = (Direction::Higher, Direction::Lower);
    /// The direction, the outcome, the correlation over all and within the better half.
    type PredictorRow<'a> = (Direction, [f64; 6], Option<f64>, Option<f64>);
    let rows: [PredictorRow; 6] = [
        (higher, [0.1, 0.2, 0.3, 0.4, 0.5, 0.9], Some(1.0), Some(1.0)),
        (
            lower,
            [0.1, 0.2, 0.3, 0.4, 0.5, 0.9],
            Some(-1.0),
            Some(-1.0),
        ),
        (
            higher,
            [0.6, 0.5, 0.4, 0.3, 0.2, 0.1],
            Some(-1.0),
            Some(-1.0),
        ),
        // 1 - 6 * 8 / (6 * 35): the better half is turned round.
        (
            higher,
            [0.1, 0.2, 0.3, 0.6, 0.5, 0.4],
            Some(1.0 - 48.0 / 210.0),
            Some(-1.0),
        ),
        // The worse half is turned round: nothing of it in the better half.
        (
            higher,
            [0.3, 0.2, 0.1, 0.4, 0.5, 0.6],
            Some(1.0 - 48.0 / 210.0),
            Some(1.0),
        ),
        (higher, [0.5; 6], None, None),
    ];
    for (direction, values_of_outcome, all, better_half) in rows {
        let found = correlations(&values, &outcome(direction, &values_of_outcome));
        let same = |found: Option<f64>, wanted: Option<f64>| match (found, wanted) {
            (Some(found), Some(wanted)) => (found - wanted).abs() < 1e-12,
            (None, None) => true,
            _ => false,
        };
        assert!(
            same(found.0, all) && same(found.1, better_half),
            "{values_of_outcome:?}: {found:?}"
        );
    }
}

#[test]
fn what_did_not_finish_ranks_last_and_tied() {
    for (direction, values) in [
        (Direction::Higher, [0.2, 0.3, 0.4, 0.5]),
        (Direction::Lower, [0.5, 0.4, 0.3, 0.2]),
    ] {
        let mut outcome = outcome(direction, &values);
        outcome.values.extend([vec![None], vec![None]]);
        let found = Transfer::of(
            &[predictor("mlp", &[3.0, 4.0, 5.0, 6.0, 1.0, 1.0])],
            &outcome,
            &key(),
        );
        assert_eq!(found.unfinished, 2);
        assert_eq!(
            found.rows[0].over.all.map(|found| found.value),
            Ok(1.0),
            "{direction:?}"
        );
        // That they fail is easily predicted; of the others this says nothing.
        let misled = Transfer::of(
            &[predictor("mlp", &[6.0, 5.0, 4.0, 3.0, 1.0, 1.0])],
            &outcome,
            &key(),
        );
        assert!(misled.rows[0].over.all.is_ok_and(|found| found.value > 0.3));
        assert_eq!(misled.rows[0].finished.map(|found| found.value), Ok(-1.0));
    }
}

#[test]
fn the_outcome_is_the_mean_over_seeds_and_one_seed_that_failed_counts_as_failed() {
    let (own, other) = (activation("x*tanh(x)"), activation("relu(x)"));
    let mut runs = finished(Direction::Higher, &own, &[0.5, 0.75]);
    runs.extend(finished(Direction::Higher, &other, &[0.25]));
    runs.push(benchmark_run(
        Direction::Higher,
        &other,
        2,
        BenchmarkRunEnd::Diverged { epoch: 2 },
    ));
    let outcome = BenchmarkOutcome::of(
        &runs,
        &[own.id(), other.id()],
        &[1, 2],
        benchmark(Direction::Higher).direction,
    );
    assert_eq!(
        outcome.values,
        [vec![Some(0.5), Some(0.75)], vec![Some(0.25), None]]
    );
    assert_eq!(outcome.means(), [Some(0.625), None]);
}

#[test]
fn halves_part_the_functions_by_lot_and_are_the_same_for_every_benchmark() {
    let values: Vec<f64> = (0..11).map(f64::from).collect();
    let of = |values_of_outcome: &[f64]| {
        Transfer::of(
            &[predictor("mlp", &values)],
            &outcome(Direction::Higher, values_of_outcome),
            &key(),
        )
        .halves
    };
    let halves = of(&values);
    assert_eq!((halves[0].len(), halves[1].len()), (6, 5));
    let mut all = halves.concat();
    all.sort_unstable();
    assert_eq!(all, (0..11).collect::<Vec<_>>());
    assert_ne!(halves[0], (0..6).collect::<Vec<_>>(), "by lot");
    assert_eq!(
        halves,
        of(&values
            .iter()
            .map(|value| -value * value)
            .collect::<Vec<_>>())
    );
}

/// 24 functions: `mlp` predicts well, `transformer` not at all, and another seed of the outcome
/// nearly repeats it.
fn field() -> ([Predictor; 3], BenchmarkOutcome) {
    let values: Vec<f64> = (0..24).map(f64::from).collect();
    let of = |change: &dyn Fn(usize) -> f64| (0..24).map(change).collect::<Vec<f64>>();
    let mlp = of(&|index| {
        if index % 2 == 0 {
            values[index] + 1.5
        } else {
            values[index]
        }
    });
    let transformer = of(&|index| ((index * 7) % 24) as f64);
    let general = of(&|index| (mlp[index] + transformer[index]) / 2.0);
    let seeds = |index: usize| {
        vec![
            Some(values[index] / 100.0),
            Some(
                (if index.is_multiple_of(3) {
                    index as f64 + 2.5
                } else {
                    index as f64
                }) / 100.0,
            ),
        ]
    };
    (
        [
            predictor("mlp", &mlp),
            predictor("transformer", &transformer),
            predictor("general", &general),
        ],
        BenchmarkOutcome {
            direction: Direction::Higher,
            values: (0..24).map(seeds).collect(),
        },
    )
}

#[test]
fn the_best_profile_leads_the_next_in_the_same_resamples() {
    let (predictors, outcome) = field();
    let found = Transfer::of(&predictors, &outcome, &key());
    let lead = found.lead.unwrap();
    assert_eq!((lead.best, lead.runner_up), (0, 2));
    let difference = lead.difference.unwrap();
    let value = |index: usize| found.rows[index].over.all.unwrap().value;
    assert!((difference.value - (value(0) - value(2))).abs() < 1e-12);
    let (low, high) = difference.interval.unwrap();
    assert!(
        low < difference.value && difference.value < high && low > 0.0,
        "{difference:?}"
    );
    let twins = [
        predictors[0].clone(),
        Predictor {
            target: "twin".to_owned(),
            ..predictors[0].clone()
        },
    ];
    let difference = Transfer::of(&twins, &outcome, &key())
        .lead
        .unwrap()
        .difference
        .unwrap();
    assert_eq!(
        (difference.value, difference.interval),
        (0.0, Some((0.0, 0.0)))
    );
    assert_eq!(
        Transfer::of(&predictors[..1], &outcome, &key()).lead,
        None,
        "one leads nobody"
    );
}

#[test]
fn only_fitness_is_chosen_among_profiles() {
    let (predictors, outcome) = field();
    let loss = Predictor {
        measure: Measure::Train,
        ..predictors[0].clone()
    };
    let found = Transfer::of(
        &[loss, predictors[1].clone(), predictors[2].clone()],
        &outcome,
        &key(),
    );
    assert_eq!(
        found.lead.map(|lead| (lead.best, lead.runner_up)),
        Some((2, 1))
    );
}

#[test]
fn a_profile_chosen_on_one_half_is_judged_on_the_other() {
    let (predictors, outcome) = field();
    let found = Transfer::of(&predictors, &outcome, &key());
    for (half, choice) in found.choices.iter().enumerate() {
        let choice = choice.unwrap();
        assert_eq!((choice.chosen, choice.best), (0, 0));
        assert_eq!(
            Ok(choice.judged),
            found.rows[0].halves[1 - half].all.map(|found| found.value)
        );
        assert_eq!(choice.judged, choice.best_judged);
    }
}

#[test]
fn one_seed_is_held_against_another_where_there_are_two() {
    let (predictors, outcome) = field();
    let seeds = Transfer::of(&predictors, &outcome, &key()).seeds.unwrap();
    assert!(
        (0.9..1.0).contains(&seeds.all.unwrap()) && seeds.all_interval.is_some(),
        "{seeds:?}"
    );
    let one = BenchmarkOutcome {
        values: outcome
            .values
            .iter()
            .map(|values| values[..1].to_vec())
            .collect(),
        ..outcome.clone()
    };
    assert_eq!(Transfer::of(&predictors, &one, &key()).seeds, None);
    let twice = BenchmarkOutcome {
        values: one.values.iter().map(|values| vec![values[0]; 3]).collect(),
        ..one
    };
    assert_eq!(
        Transfer::of(&predictors, &twice, &key()).seeds.unwrap().all,
        Some(1.0)
    );
}

#[test]
fn what_cannot_be_computed_says_why() {
    let few = Transfer::of(
        &[predictor("mlp", &[1.0, 2.0, 3.0, 4.0])],
        &outcome(Direction::Higher, &[0.1, 0.2, 0.3, 0.4]),
        &key(),
    );
    assert_eq!(
        few.rows[0].over.better_half,
        Err(Undefined::TooFew {
            wanted: 3,
            found: 2
        })
    );
    assert_eq!(few.rows[0].over.all.map(|found| found.value), Ok(1.0));
}

#[test]
fn a_field_is_published_functions_then_random_ones_all_different_and_fixed_by_its_seed() {
    let names = |count: usize, seed: u64| {
        of_popular_and_random(count, seed)
            .unwrap()
            .into_iter()
            .map(|own| own.name)
            .collect::<Vec<_>>()
    };
    let field = of_popular_and_random(60, 1).unwrap();
    let published = field
        .iter()
        .filter(|function| function.origin == Origin::Library)
        .count();
    assert!((36..=45).contains(&published), "{published}");
    assert!(field[..published]
        .iter()
        .all(|function| function.origin == Origin::Library));
    assert_eq!(
        (field[0].name.as_str(), field[1].name.as_str()),
        ("relu", "gelu")
    );
    for (index, function) in field.iter().enumerate() {
        assert!(
            field[..index].iter().all(|other| !other
                .formula
                .fingerprint()
                .matches(&function.formula.fingerprint())),
            "{}",
            function.name
        );
    }
    let own = names(60, 1);
    assert_eq!(own, names(60, 1));
    assert_eq!(
        own[..50],
        names(50, 1)[..],
        "a smaller field is the beginning of a larger one"
    );
    let other = names(60, 2);
    assert!(own[..published] == other[..published] && own != other);
}

/// TransferFindings about eight functions and a loss, for what is told of them.
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
    super::faces::assert_golden("transfer.txt", &format!("{}\n", table::text(&example())));
    super::faces::assert_golden("transfer.md", &table::markdown(&example()));
    super::faces::assert_golden(
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

#[test]
fn a_transfer_is_run_once_and_shares_its_benchmark_runs_with_replays() {
    let folder = tempfile::tempdir().unwrap();
    import_small_images(folder.path());
    let lab = tiny_lab();
    let lab = lab.to_str().unwrap();
    let recipe = ["--epochs", "1", "--batch", "8", "--data", "data"];
    let transfer = [
        &[
            "transfer",
            "--benchmark",
            "mine/mlp-4",
            "--functions",
            "50",
            "--lab",
            lab,
            "--vault",
            lab,
            "--seeds",
            "2",
        ],
        &recipe[..],
    ]
    .concat();
    let first = run(
        folder.path(),
        &[
            &transfer[..],
            &["--json", "--workers", "2", "--svg", "scatter.svg"],
        ]
        .concat(),
    );
    assert!(first.status.success(), "{}", stderr(&first));
    let answer = json_of(&first);
    assert_eq!(answer["functions"].as_array().unwrap().len(), 50);
    let measures: Vec<String> = answer["correlations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            format!(
                "{}/{}",
                row["measure"].as_str().unwrap(),
                row["target"].as_str().unwrap()
            )
        })
        .collect();
    assert_eq!(
        (
            measures.len(),
            measures[2].as_str(),
            measures.last().map(String::as_str)
        ),
        (13, "fitness/general", Some("vault_fitness/general"))
    );
    let relu = &answer["functions"][0];
    assert_eq!(
        (
            relu["name"].as_str(),
            relu["measures"]["fitness"]["mlp"].as_f64(),
            relu["measures"]["vault_fitness"]["general"].as_f64()
        ),
        (Some("relu"), Some(0.0), Some(0.0))
    );
    assert!(std::fs::read_to_string(folder.path().join("scatter.svg"))
        .unwrap()
        .contains("fitness, mlp"));
    let again = run(
        folder.path(),
        &[&transfer[..], &["--json", "--workers", "1"]].concat(),
    );
    assert_eq!(
        json_of(&again),
        answer,
        "the same from the archive, on one worker"
    );
    for words in [
        "100 of 100 benchmark runs were in the archive already",
        "50 of 50 benchmark runs were in the archive already",
    ] {
        assert!(stderr(&again).contains(words), "{}", stderr(&again));
    }
    // A line of what the lab said that was cut off, or is of another lab, is measured again.
    let kept = std::fs::read_dir(folder.path().join("archive/fields"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let text = std::fs::read_to_string(&kept).unwrap();
    assert_eq!(text.lines().count(), 50);
    let other = text.replacen("\"measures\":[", "\"measures\":[],\"others\":[", 1);
    std::fs::write(&kept, &other[..other.len() - 40]).unwrap();
    assert_eq!(
        json_of(&run(folder.path(), &[&transfer[..], &["--json"]].concat())),
        answer
    );
    let last = std::fs::read_to_string(&kept).unwrap();
    assert!(
        [text.lines().next(), text.lines().last()]
            .iter()
            .all(|line| last.lines().any(|other| Some(other) == *line)),
        "{last}"
    );
    let replay = run(
        folder.path(),
        &[
            &[
                "replay",
                "--benchmark",
                "mine/mlp-4",
                "--baselines",
                "relu",
                "--formula",
                "gelu",
                "--seeds",
                "2",
            ],
            &recipe[..],
        ]
        .concat(),
    );
    assert!(
        stderr(&replay).contains("4 of 4 benchmark runs were in the archive already"),
        "{}",
        stderr(&replay)
    );
    let replay = run(
        folder.path(),
        &[
            "replay",
            "--benchmark",
            "vault",
            "--vault",
            lab,
            "--baselines",
            "relu",
            "--formula",
            "gelu",
            "--seeds",
            "1",
        ],
    );
    assert!(
        stderr(&replay).contains("2 of 2 benchmark runs were in the archive already"),
        "{}",
        stderr(&replay)
    );
}

#[test]
fn what_does_not_fit_in_memory_ends_a_transfer_and_ranks_nothing() {
    let folder = tempfile::tempdir().unwrap();
    import_small_images(folder.path());
    let lab = tiny_lab();
    let large = [
        "transfer",
        "--benchmark",
        "mine/mlp-16384-16384-16384-16384-16384-16384-16384-16384\
         -16384-16384-16384-16384-16384-16384-16384-16384",
    ];
    let others = [
        "--functions",
        "6",
        "--lab",
        lab.to_str().unwrap(),
        "--vault",
        "none",
        "--batch",
        "8",
        "--data",
        "data",
    ];
    let output = run(folder.path(), &[&large[..], &others].concat());
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let words =
        "6 of 6 benchmark runs of the benchmark did not fit in memory, which says nothing of \
        their functions";
    assert!(
        stderr(&output).contains(words) && stdout(&output).is_empty(),
        "{}",
        stderr(&output)
    );
}

#[test]
fn benchmark_runs_of_the_vault_are_kept_apart_by_device() {
    let folder = tempfile::tempdir().unwrap();
    import_small_images(folder.path());
    let lab = tiny_lab();
    let lab = lab.to_str().unwrap();
    let transfer = [
        "transfer",
        "--benchmark",
        "mine/mlp-4",
        "--functions",
        "6",
        "--lab",
        lab,
        "--vault",
        lab,
        "--device",
        "candle-cpu",
    ];
    let output = run(
        folder.path(),
        &[
            &transfer[..],
            &["--epochs", "1", "--batch", "8", "--data", "data"],
        ]
        .concat(),
    );
    assert!(output.status.success(), "{}", stderr(&output));
    let replay = run(
        folder.path(),
        &[
            "replay",
            "--benchmark",
            "vault",
            "--vault",
            lab,
            "--baselines",
            "relu,gelu",
            "--seeds",
            "1",
        ],
    );
    assert!(
        replay.status.success() && !stderr(&replay).contains("in the archive already"),
        "{}",
        stderr(&replay)
    );
}

#[test]
fn a_lab_is_held_against_a_sealed_one() {
    let folder = tempfile::tempdir().unwrap();
    let lab = tiny_lab();
    let lab = lab.to_str().unwrap();
    let output = run(
        folder.path(),
        &[
            "transfer",
            "--benchmark",
            "vault",
            "--vault",
            lab,
            "--lab",
            lab,
            "--functions",
            "12",
            "--format",
            "markdown",
        ],
    );
    assert!(output.status.success(), "{}", stderr(&output));
    let text = stdout(&output);
    let head = "## vault by lab tiny\n\nfitness of mlp and transformer on tiny, higher is better, \
        against lab tiny; 12 functions";
    assert!(text.starts_with(head), "{text}");
    assert!(
        !text.contains("fitness in the vault"),
        "the outcome does not predict itself: {text}"
    );
    assert!(
        stderr(&output).contains("next: the same with --seeds 2"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn what_cannot_be_asked_is_refused_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let rows: [(&[&str], &str); 6] = [
        (
            &["--benchmark", "vault", "--functions", "3"],
            "--functions takes a number from 6 to 1000, found 3",
        ),
        (
            &["--benchmark", "vault", "--seeds", "0"],
            "--seeds takes a number from 1 to 1000, found 0",
        ),
        (
            &["--benchmark", "vault", "--lab", "no-such-lab"],
            "no-such-lab",
        ),
        (
            &["--benchmark", "vault", "--epochs", "2"],
            "leave --epochs and the other options of a recipe out",
        ),
        (&["--benchmark", "nothing"], "`nothing` is no benchmark"),
        (
            &[
                "--benchmark",
                "no-such-set/mlp",
                "--data",
                "data",
                "--functions",
                "6",
            ],
            "no-such-set",
        ),
    ];
    for (arguments, words) in rows {
        let output = run(folder.path(), &[&["transfer"], arguments].concat());
        assert_eq!(
            output.status.code(),
            Some(2),
            "{arguments:?}: {}",
            stderr(&output)
        );
        assert!(
            stderr(&output).contains(words),
            "{arguments:?}: {}",
            stderr(&output)
        );
    }
}
