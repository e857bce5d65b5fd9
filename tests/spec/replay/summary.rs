//! What may be said of replays, and what may not.

use motherlode::numerics::statistics::{holm, paired_t, Undefined};
use motherlode::record::benchmark_run::{BenchmarkRun, BenchmarkRunEnd, Direction};
use motherlode::replay::summary::{Summary, SummaryError, Undecided, Verdict};

use super::{activation, benchmark_run, entrant, example, finished, mixed};

/// A candidate and a baseline with these values, a seed each.
fn beside(direction: Direction, candidate: &[f64], baseline: &[f64]) -> Summary {
    let (own, other) = (activation("x*tanh(x)"), activation("relu(x)"));
    let runs = [
        finished(direction, &own, candidate),
        finished(direction, &other, baseline),
    ]
    .concat();
    Summary::of(
        &runs,
        &[entrant(&own, "mined", false), entrant(&other, "relu", true)],
    )
    .unwrap()
}

fn verdict(direction: Direction, candidate: &[f64], baseline: &[f64]) -> (Verdict, String) {
    let summary = beside(direction, candidate, baseline);
    (
        summary.comparisons[0].verdict,
        summary.words(&summary.comparisons[0]),
    )
}

#[test]
fn luck_is_never_called_a_discovery() {
    use Undecided::{Chance, FewSeeds, Untested};
    let higher = Direction::Higher;
    /// The candidate, the baseline, the verdict and its words.
    type Row<'a> = (&'a [f64], &'a [f64], Verdict, &'a str);
    let rows: [Row; 8] = [
        (
            &[0.99],
            &[0.10],
            Verdict::Undecided(FewSeeds(1)),
            "undecided: one seed decides nothing",
        ),
        (
            &[0.99, 0.98],
            &[0.10, 0.10],
            Verdict::Undecided(FewSeeds(2)),
            "undecided: 2 seeds decide nothing",
        ),
        (
            &[],
            &[0.10, 0.10],
            Verdict::Undecided(FewSeeds(0)),
            "undecided: no common seed",
        ),
        (
            &[0.94, 0.95, 0.96],
            &[0.91, 0.915, 0.92],
            Verdict::Better,
            "better than relu",
        ),
        (
            &[0.91, 0.915, 0.92],
            &[0.94, 0.95, 0.96],
            Verdict::Worse,
            "worse than relu",
        ),
        (
            &[0.94, 0.90, 0.96],
            &[0.91, 0.92, 0.92],
            Verdict::Undecided(Chance),
            "undecided: it may be chance",
        ),
        (
            &[0.92; 5],
            &[0.91; 5],
            Verdict::Undecided(Untested(Undefined::NoSpread)),
            "undecided: the difference is the same under every seed",
        ),
        (
            &[0.91, 0.92, 0.93],
            &[0.91, 0.92, 0.93],
            Verdict::Undecided(Untested(Undefined::NoSpread)),
            "undecided: the difference is the same under every seed",
        ),
    ];
    for (candidate, baseline, expected, words) in rows {
        assert_eq!(
            verdict(higher, candidate, baseline),
            (expected, words.to_owned()),
            "{candidate:?} {baseline:?}"
        );
    }
}

#[test]
fn the_direction_decides_what_is_better() {
    let (low, high) = ([0.31, 0.32, 0.30, 0.31], [0.41, 0.43, 0.40, 0.42]);
    assert_eq!(verdict(Direction::Lower, &low, &high).0, Verdict::Better);
    assert_eq!(verdict(Direction::Higher, &low, &high).0, Verdict::Worse);
    let difference = beside(Direction::Lower, &low, &high).comparisons[0]
        .difference
        .unwrap();
    assert!(
        (difference + 0.105).abs() < 1e-12,
        "in the metric's own unit: {difference}"
    );
}

#[test]
fn the_more_candidates_the_stronger_a_lead_must_be() {
    let baseline = activation("relu(x)");
    let values = [0.910, 0.905, 0.912, 0.907, 0.909];
    let lead = [0.918, 0.906, 0.917, 0.911, 0.915];
    let raw = paired_t(&lead, &values).unwrap().p_value;
    assert!((0.01..0.05).contains(&raw), "{raw}");
    let with = |others: usize| {
        let candidates: Vec<_> = (0..=others)
            .map(|index| activation(&format!("x*tanh({}*x)", index + 1)))
            .collect();
        let mut runs = [
            finished(Direction::Higher, &baseline, &values),
            finished(Direction::Higher, &candidates[0], &lead),
        ]
        .concat();
        let same_but_noise = [0.911, 0.904, 0.913, 0.906, 0.909];
        candidates[1..].iter().for_each(|candidate| {
            runs.extend(finished(Direction::Higher, candidate, &same_but_noise))
        });
        let mut entrants = vec![entrant(&baseline, "relu", true)];
        entrants.extend(
            candidates
                .iter()
                .map(|candidate| entrant(candidate, "one of them", false)),
        );
        Summary::of(&runs, &entrants).unwrap()
    };
    let (alone, many) = (with(0), with(9));
    assert_eq!(
        (
            alone.comparisons[0].verdict,
            alone.comparisons[0].p_adjusted
        ),
        (Verdict::Better, Some(raw))
    );
    assert_eq!(
        (many.comparisons[0].verdict, many.comparisons[0].p_adjusted),
        (
            Verdict::Undecided(Undecided::Chance),
            Some((10.0 * raw).min(1.0))
        )
    );
}

#[test]
fn all_candidates_and_baselines_are_one_family_and_what_could_not_be_tested_counts_in_it() {
    let summary = example();
    let rows = &summary.comparisons;
    assert_eq!(rows.len(), 6, "three candidates beside two baselines");
    let raw: Vec<f64> = rows
        .iter()
        .map(|row| row.paired.map_or(1.0, |test| test.p_value))
        .collect();
    let expected: Vec<Option<f64>> = rows
        .iter()
        .zip(holm(&raw))
        .map(|(row, adjusted)| row.paired.is_ok().then_some(adjusted))
        .collect();
    let found: Vec<Option<f64>> = rows.iter().map(|row| row.p_adjusted).collect();
    assert_eq!(found, expected);
}

#[test]
fn runs_that_did_not_finish_are_marked_and_the_others_compared() {
    let summary = example();
    let bad = &summary.results[4];
    assert_eq!(bad.values(), [Some(0.810), None, Some(0.812), None, None]);
    assert_eq!(
        bad.mark().as_deref(),
        Some("2 of 5 diverged, 1 of 5 out of memory")
    );
    assert_eq!((bad.finished(), bad.run()), (2, 5));
    let beside = summary.comparison(4, 0).unwrap();
    assert_eq!(beside.seeds, [1, 3]);
    assert_eq!(
        summary.words(beside),
        "undecided: 2 seeds decide nothing; bad: 2 of 5 diverged, 1 of 5 out of memory"
    );
    // A verdict on the seeds that are left carries the mark too.
    let (own, other) = (activation("x*tanh(x)"), activation("relu(x)"));
    let mut runs = finished(Direction::Higher, &own, &[0.94, 0.95, 0.96, 0.95]);
    runs.extend(finished(
        Direction::Higher,
        &other,
        &[0.91, 0.915, 0.92, 0.91],
    ));
    runs[3].end = BenchmarkRunEnd::Diverged { epoch: 1 };
    let summary = Summary::of(
        &runs,
        &[entrant(&own, "mined", false), entrant(&other, "relu", true)],
    )
    .unwrap();
    assert_eq!(
        summary.words(&summary.comparisons[0]),
        "better than relu; mined: 1 of 4 diverged"
    );
    // So does one beside a baseline that diverged.
    runs[3].end = BenchmarkRunEnd::Finished { value: 0.95 };
    runs[7].end = BenchmarkRunEnd::Diverged { epoch: 1 };
    let summary = Summary::of(
        &runs,
        &[entrant(&own, "mined", false), entrant(&other, "relu", true)],
    )
    .unwrap();
    assert_eq!(
        summary.words(&summary.comparisons[0]),
        "better than relu; relu: 1 of 4 diverged"
    );
}

#[test]
fn only_common_seeds_are_paired() {
    let (own, other) = (activation("x*tanh(x)"), activation("relu(x)"));
    let value = |seed: u64, value: f64| (seed, BenchmarkRunEnd::Finished { value });
    let of = |activation, runs: Vec<(u64, BenchmarkRunEnd)>| {
        runs.into_iter()
            .map(|(seed, end)| benchmark_run(Direction::Higher, activation, seed, end))
            .collect::<Vec<BenchmarkRun>>()
    };
    let runs = [
        of(&own, vec![value(9, 0.9), value(2, 0.8), value(3, 0.7)]),
        of(&other, vec![value(3, 0.6), value(4, 0.1), value(9, 0.5)]),
    ]
    .concat();
    let summary = Summary::of(
        &runs,
        &[entrant(&own, "mined", false), entrant(&other, "relu", true)],
    )
    .unwrap();
    assert_eq!(summary.seeds, [2, 3, 4, 9]);
    assert_eq!(
        summary.results[0].values(),
        [Some(0.8), Some(0.7), None, Some(0.9)]
    );
    let row = &summary.comparisons[0];
    assert_eq!(row.seeds, [3, 9]);
    assert!((row.difference.unwrap() - 0.25).abs() < 1e-12);
    assert_eq!(
        summary.results[0].mark(),
        None,
        "what was not run did not fail"
    );
}

#[test]
fn curves_and_shares_are_means_over_the_seeds_that_finished() {
    let summary = example();
    let curve = &summary.results[0].curve;
    assert_eq!(
        curve
            .iter()
            .map(|point| (point.epoch, point.seeds))
            .collect::<Vec<_>>(),
        [(1, 5), (2, 5), (3, 5)]
    );
    assert_eq!(curve[1].train_loss, 0.5);
    assert_eq!(curve[0].validation_value, Some(0.625 + 3.0 / 64.0));
    assert!(
        summary.results[4]
            .curve
            .iter()
            .all(|point| point.seeds == 2),
        "those that failed are left out"
    );
    let shares = &summary.results[3].shares;
    assert_eq!(shares[0], [0.75, 0.25]);
    assert!(
        (shares[1][0] - 0.15).abs() < 1e-12 && (shares[1][1] - 0.85).abs() < 1e-12,
        "{shares:?}"
    );
    assert!(summary.results[0].shares.is_empty());
}

#[test]
fn an_activation_of_which_no_seed_finished_has_a_row_without_numbers() {
    let (own, other) = (activation("x*tanh(x)"), activation("relu(x)"));
    let mut runs = finished(Direction::Higher, &other, &[0.5, 0.6, 0.7]);
    runs.push(benchmark_run(
        Direction::Higher,
        &own,
        1,
        BenchmarkRunEnd::Diverged { epoch: 2 },
    ));
    let entrants = [
        entrant(&own, "mined", false),
        entrant(&other, "relu", true),
        entrant(&mixed(), "mixed", false),
    ];
    let summary = Summary::of(&runs, &entrants).unwrap();
    let row = &summary.results[0];
    assert_eq!(
        (row.mean, row.median, row.interval),
        (
            None,
            None,
            Err(Undefined::TooFew {
                wanted: 2,
                found: 0
            })
        )
    );
    assert_eq!(row.curve.len(), 1, "how far it came is shown");
    assert_eq!(
        summary.results[2].ends,
        [None, None, None],
        "it was not run"
    );
    let words = summary
        .comparisons
        .iter()
        .map(|row| summary.words(row))
        .collect::<Vec<_>>();
    assert_eq!(
        words,
        [
            "undecided: no common seed; mined: 1 of 1 diverged",
            "undecided: no common seed"
        ]
    );
}

#[test]
fn benchmark_runs_that_make_no_summary_are_refused() {
    let relu = activation("relu(x)");
    let entrants = [entrant(&relu, "relu", true)];
    assert_eq!(Summary::of(&[], &entrants), Err(SummaryError::Empty));
    assert_eq!(
        Summary::of(
            &finished(Direction::Higher, &activation("tanh(x)"), &[0.5]),
            &entrants
        ),
        Err(SummaryError::Empty),
        "of no entrant"
    );
    let two = [
        finished(Direction::Higher, &relu, &[0.5]),
        finished(Direction::Lower, &relu, &[0.5]),
    ]
    .concat();
    assert!(matches!(
        Summary::of(&two, &entrants),
        Err(SummaryError::SeveralBenchmarks { .. })
    ));
    let twice = [
        finished(Direction::Higher, &relu, &[0.5]),
        finished(Direction::Higher, &relu, &[0.6]),
    ]
    .concat();
    assert_eq!(
        Summary::of(&twice, &entrants),
        Err(SummaryError::TwoCells {
            name: "relu".to_owned(),
            seed: 1
        })
    );
    let same = [
        finished(Direction::Higher, &relu, &[0.5]),
        finished(Direction::Higher, &relu, &[0.5]),
    ]
    .concat();
    assert_eq!(
        Summary::of(&same, &entrants).unwrap().results[0].values(),
        [Some(0.5)]
    );
}
