//! Samples, intervals and tests, against the numbers that `reference.py`, beside this file, has
//! from SciPy 1.17.1.

use motherlode::numerics::statistics::{
    critical_t, deviation, hedges_g, holm, mean, mean_interval, median, median_interval,
    paired_effect, paired_t, student_t, two_sided_p, welch_t, wilcoxon, TTest, Undefined,
};
use proptest::prelude::*;

const FIVE: ([f64; 5], [f64; 5]) = (
    [94.1, 93.8, 94.4, 94.0, 93.9],
    [93.6, 93.9, 93.7, 93.5, 93.8],
);
const EIGHT: ([f64; 8], [f64; 8]) = (
    [0.512, 0.498, 0.534, 0.521, 0.507, 0.519, 0.530, 0.495],
    [0.505, 0.499, 0.515, 0.520, 0.501, 0.512, 0.511, 0.496],
);

#[track_caller]
fn near(found: f64, expected: f64) {
    assert!(
        (found - expected).abs() <= 1e-9 * expected.abs().max(1e-12),
        "{found} is not {expected}"
    );
}

#[test]
fn t_tests_are_those_of_scipy() {
    type Test = fn(&[f64], &[f64]) -> Result<TTest, Undefined>;
    /// The test, its samples, then t, degrees of freedom, p and the interval of the difference.
    type Row<'a> = (Test, &'a [f64], &'a [f64], [f64; 5]);
    let (a, b, c, d) = (&FIVE.0, &FIVE.1, &EIGHT.0, &EIGHT.1);
    let rows: [Row; 6] = [
        (
            paired_t,
            a,
            b,
            [
                2.3134069792952134,
                4.0,
                0.08172591365443028,
                -0.0680524283949554,
                0.7480524283949566,
            ],
        ),
        (
            student_t,
            a,
            b,
            [
                2.7221786146863685,
                8.0,
                0.026160392493640397,
                0.05198017582701747,
                0.6280198241729609,
            ],
        ),
        (
            welch_t,
            a,
            b,
            [
                2.7221786146863685,
                7.086779266161938,
                0.029322372396666668,
                0.04539008134807476,
                0.6346099186519036,
            ],
        ),
        (
            paired_t,
            c,
            d,
            [
                2.50547289438742,
                7.0,
                0.040665304141254646,
                0.000400541782814675,
                0.013849458217185338,
            ],
        ),
        (
            student_t,
            c,
            d,
            [
                1.2245429781651298,
                14.0,
                0.2409537999308739,
                -0.00535443553137885,
                0.019604435531378944,
            ],
        ),
        (
            welch_t,
            c,
            d,
            [
                1.2245429781651298,
                11.424684392751574,
                0.24539773953252847,
                -0.00562358427726504,
                0.019873584277265134,
            ],
        ),
    ];
    for (test, first, second, [t, degrees, p, low, high]) in rows {
        let found = test(first, second).unwrap();
        near(found.t, t);
        near(found.degrees_of_freedom, degrees);
        near(found.p_value, p);
        near(found.interval.0, low);
        near(found.interval.1, high);
        near(
            found.difference,
            mean(first).unwrap() - mean(second).unwrap(),
        );
    }
}

#[test]
fn the_t_distribution_is_that_of_scipy_far_into_its_tail() {
    let rows = [
        (2.0, 1.0, 0.2951672353008665),
        (2.0, 4.0, 0.11611652351681556),
        (0.3, 7.0, 0.7728900504021342),
        (12.0, 9.0, 7.699886222985653e-07),
        (9.73, 98.0, 4.666551818248328e-16),
        (0.001, 5.0, 0.9992407867721976),
        (60.0, 4.0, 4.621068727635128e-07),
    ];
    for (t, degrees, p) in rows {
        near(two_sided_p(t, degrees), p);
        near(two_sided_p(-t, degrees), p);
    }
    let critical = [
        (1.0, 12.706204736174694),
        (2.0, 4.302652729749462),
        (4.0, 2.7764451051977934),
        (7.5, 2.333039626864974),
        (98.0, 1.9844674545084815),
    ];
    critical
        .into_iter()
        .for_each(|(degrees, t)| near(critical_t(degrees), t));
}

/// arXiv 2010.14632 reports t = 9.73 and p = 4.64e-16 of independent t-tests: those of two times 50
/// runs, t rounded to two decimals.
#[test]
fn the_published_p_value_follows_from_the_published_t() {
    let (least, most) = (two_sided_p(9.735, 98.0), two_sided_p(9.725, 98.0));
    assert!((least..=most).contains(&4.64e-16), "{least} to {most}");
}

#[test]
fn location_and_spread_are_those_of_scipy() {
    near(mean(&FIVE.0).unwrap(), 94.04);
    near(median(&FIVE.0).unwrap(), 94.0);
    near(median(&EIGHT.0).unwrap(), 0.5155);
    near(deviation(&FIVE.0).unwrap(), 0.23021728866442848);
    near(deviation(&EIGHT.0).unwrap(), 0.01413203048801856);
    let (low, high) = mean_interval(&FIVE.0).unwrap();
    near(low, 93.75414748090128);
    near(high, 94.3258525190987);
    assert_eq!(
        (mean(&[]), median(&[]), median(&[3.0]), median(&[4.0, 1.0])),
        (None, None, Some(3.0), Some(2.5))
    );
}

#[test]
fn the_interval_of_a_median_lies_between_two_values_of_the_sample() {
    // How many values from either end, by `scipy.stats.binom.cdf(k - 1, n, 0.5) <= 0.025`.
    for (count, from_end) in [
        (6, 1),
        (8, 1),
        (9, 2),
        (10, 2),
        (12, 3),
        (15, 4),
        (20, 6),
        (25, 8),
        (51, 19),
    ] {
        let values: Vec<f64> = (1..=count).rev().map(f64::from).collect();
        assert_eq!(
            median_interval(&values),
            Ok((f64::from(from_end), f64::from(count + 1 - from_end))),
            "{count}"
        );
    }
    assert_eq!(
        median_interval(&[1.0; 5]),
        Err(Undefined::TooFew {
            wanted: 6,
            found: 5
        })
    );
    let many: Vec<f64> = (0..5_000).map(f64::from).collect();
    let (low, high) = median_interval(&many).unwrap();
    assert!(
        (2_425.0..2_435.0).contains(&low) && low + high == 4_999.0,
        "{low} {high}"
    );
}

#[test]
fn signed_ranks_are_exact_with_ties_and_normal_beyond_25_pairs() {
    let cycle = |modulus: i32, less: i32, over: f64| {
        (0..40)
            .map(|k| f64::from(k * 37 % modulus - less) / over)
            .collect::<Vec<f64>>()
    };
    /// The differences, the pairs that differ, the smaller sum of ranks, p, and whether it is
    /// exact.
    type Row = (Vec<f64>, usize, f64, f64, bool);
    let rows: [Row; 5] = [
        (vec![0.5, -0.1, 0.7, 0.5001, 0.1002], 5, 1.0, 0.125, true),
        (
            vec![15.0, -7.0, 5.0, 20.0, 0.0, -9.0, 17.0, -12.0, 5.0, -10.0],
            9,
            18.0,
            0.6328125,
            true,
        ),
        (
            vec![1.0, 1.0, 2.0, -1.0, 3.0, -2.0, 0.0, 4.0, 2.0, 5.0],
            9,
            7.0,
            0.08203125,
            true,
        ),
        (cycle(61, 20, 7.0), 40, 203.0, 0.005389392695238754, false),
        (cycle(11, 4, 1.0), 36, 230.0, 0.10419015992193528, false),
    ];
    for (differences, pairs, smaller, p, exact) in rows {
        let found = wilcoxon(&differences, &vec![0.0; differences.len()]).unwrap();
        assert_eq!(
            (found.pairs, found.positive.min(found.negative), found.exact),
            (pairs, smaller, exact),
            "{differences:?}"
        );
        near(found.p_value, p);
    }
}

#[test]
fn differences_that_only_rounding_tells_apart_are_tied() {
    // In decimals each differs by 0.01, in binary all do otherwise.
    let (first, second) = ([0.94, 0.95, 0.96, 0.57], [0.93, 0.94, 0.95, 0.56]);
    let found = wilcoxon(&first, &second).unwrap();
    assert_eq!(
        (found.positive, found.negative, found.p_value),
        (10.0, 0.0, 0.125)
    );
    assert_eq!(paired_t(&first, &second), Err(Undefined::NoSpread));
    assert_eq!(wilcoxon(&[0.1 + 0.2], &[0.3]), Err(Undefined::NoDifference));
    assert_eq!(
        (
            deviation(&[0.1 + 0.2, 0.3]),
            mean_interval(&[0.1 + 0.2, 0.3])
        ),
        (Ok(0.0), Err(Undefined::NoSpread))
    );
}

#[test]
fn effect_sizes_are_those_of_the_formulas() {
    near(paired_effect(&FIVE.0, &FIVE.1).unwrap(), 1.034587053065309);
    near(hedges_g(&FIVE.0, &FIVE.1).unwrap(), 1.5541454447799334);
    near(
        paired_effect(&EIGHT.0, &EIGHT.1).unwrap(),
        0.8858184368502156,
    );
    near(hedges_g(&EIGHT.0, &EIGHT.1).unwrap(), 0.5787727256341579);
}

#[test]
fn what_cannot_be_computed_says_why() {
    let one = Err(Undefined::TooFew {
        wanted: 2,
        found: 1,
    });
    let (nan, infinite) = ([1.0, f64::NAN], [1.0, f64::INFINITY]);
    for test in [paired_t, student_t, welch_t] {
        assert_eq!(test(&[1.0], &[2.0]), one);
        assert_eq!(test(&nan, &[1.0, 2.0]), Err(Undefined::NotFinite));
        assert_eq!(test(&[1.0, 2.0], &infinite), Err(Undefined::NotFinite));
        assert_eq!(test(&[1.0, 1.0], &[2.0, 2.0]), Err(Undefined::NoSpread));
    }
    assert_eq!(
        paired_t(&[1.0, 2.0], &[1.0]),
        Err(Undefined::Unpaired {
            first: 2,
            second: 1
        })
    );
    assert_eq!(
        wilcoxon(&[], &[]),
        Err(Undefined::TooFew {
            wanted: 1,
            found: 0
        })
    );
    assert_eq!(
        wilcoxon(&[1.0], &[2.0]).unwrap().p_value,
        1.0,
        "one pair decides nothing"
    );
    assert_eq!(
        (deviation(&[1.0]), mean_interval(&nan)),
        (
            Err(Undefined::TooFew {
                wanted: 2,
                found: 1
            }),
            Err(Undefined::NotFinite)
        )
    );
    assert_eq!(hedges_g(&[1.0, 1.0], &[1.0, 1.0]), Err(Undefined::NoSpread));
    assert_eq!(
        Undefined::TooFew {
            wanted: 2,
            found: 1
        }
        .to_string(),
        "it takes 2 values at least, found 1"
    );
}

#[test]
fn tests_of_very_large_and_very_small_values_are_those_of_values_about_1() {
    let scaled = |values: &[f64], scale: f64| {
        values
            .iter()
            .map(|value| value * scale)
            .collect::<Vec<f64>>()
    };
    for scale in [1e100, 1e-100, 1e155, 1e200, 1e-200, 1e300] {
        let (first, second) = (scaled(&FIVE.0, scale), scaled(&FIVE.1, scale));
        for test in [paired_t, student_t, welch_t] {
            let (plain, found) = (
                test(&FIVE.0, &FIVE.1).unwrap(),
                test(&first, &second).unwrap(),
            );
            near(found.t, plain.t);
            near(found.degrees_of_freedom, plain.degrees_of_freedom);
            near(found.p_value, plain.p_value);
            near(found.difference / scale, plain.difference);
            near(found.interval.0 / scale, plain.interval.0);
        }
        near(
            paired_effect(&first, &second).unwrap(),
            paired_effect(&FIVE.0, &FIVE.1).unwrap(),
        );
        near(
            hedges_g(&first, &second).unwrap(),
            hedges_g(&FIVE.0, &FIVE.1).unwrap(),
        );
        near(
            deviation(&first).unwrap() / scale,
            deviation(&FIVE.0).unwrap(),
        );
        near(
            mean_interval(&first).unwrap().1 / scale,
            mean_interval(&FIVE.0).unwrap().1,
        );
    }
}

#[test]
fn what_is_too_large_for_a_number_is_not_finite() {
    let (far, near) = ([1.7e308, -1.7e308, 1.7e308], [1.0, 2.0, 3.0]);
    assert_eq!(deviation(&far), Err(Undefined::NotFinite));
    for test in [paired_t, student_t, welch_t] {
        assert_eq!(test(&far, &near), Err(Undefined::NotFinite));
    }
    assert_eq!(
        (hedges_g(&far, &near), paired_effect(&far, &near)),
        (Err(Undefined::NotFinite), Err(Undefined::NotFinite))
    );
}

#[test]
fn holm_multiplies_the_least_most_and_never_lowers_a_later_one() {
    for (raw, adjusted) in [
        (vec![0.01, 0.04, 0.03, 0.005], vec![0.03, 0.06, 0.06, 0.02]),
        (vec![0.5, 0.6], vec![1.0, 1.0]),
        (vec![0.02], vec![0.02]),
        (vec![1.0, 0.01], vec![1.0, 0.02]),
        (vec![], vec![]),
    ] {
        let found = holm(&raw);
        assert_eq!(found.len(), adjusted.len());
        found
            .iter()
            .zip(&adjusted)
            .for_each(|(found, adjusted)| near(*found, *adjusted));
    }
}

fn samples() -> impl Strategy<Value = (Vec<f64>, Vec<f64>)> {
    // Whole numbers, so that a shift and a scale by powers of two are exact.
    (2usize..30).prop_flat_map(|count| {
        let values = || prop::collection::vec((-500i32..500).prop_map(f64::from), count);
        (values(), values())
    })
}

proptest! {
    #[test]
    fn exchanging_the_samples_turns_the_sign_alone((first, second) in samples()) {
        for test in [paired_t, student_t, welch_t] {
            match (test(&first, &second), test(&second, &first)) {
                (Ok(forth), Ok(back)) => {
                    prop_assert_eq!(
                        (forth.t, forth.p_value, forth.difference),
                        (-back.t, back.p_value, -back.difference)
                    );
                    prop_assert!(
                        (0.0..=1.0).contains(&forth.p_value) && forth.interval.0 < forth.interval.1
                    );
                    prop_assert!(
                        (forth.p_value < 0.05)
                            == (forth.interval.0 > 0.0 || forth.interval.1 < 0.0)
                    );
                }
                (forth, back) => prop_assert_eq!(forth, back),
            }
        }
        match (wilcoxon(&first, &second), wilcoxon(&second, &first)) {
            (Ok(forth), Ok(back)) => {
                prop_assert_eq!(
                    (forth.positive, forth.negative, forth.p_value),
                    (back.negative, back.positive, back.p_value)
                );
                prop_assert!(forth.p_value > 0.0 && forth.p_value <= 1.0);
                prop_assert_eq!(
                    forth.positive + forth.negative,
                    (forth.pairs * (forth.pairs + 1)) as f64 / 2.0
                );
            }
            (forth, back) => prop_assert_eq!(forth, back),
        }
        prop_assert_eq!(
            paired_effect(&first, &second),
            paired_effect(&second, &first).map(|effect| -effect)
        );
        prop_assert_eq!(
            hedges_g(&first, &second),
            hedges_g(&second, &first).map(|effect| -effect)
        );
    }

    #[test]
    fn units_and_a_common_shift_change_no_p_value(
        (first, second) in samples(),
        scale in 0i32..20,
        shift in -500i32..500,
    ) {
        let turned = |values: &[f64]| {
            values
                .iter()
                .map(|value| (value + f64::from(shift)) * 2f64.powi(scale))
                .collect::<Vec<f64>>()
        };
        let (a, b) = (turned(&first), turned(&second));
        for test in [paired_t, student_t, welch_t] {
            match (test(&first, &second), test(&a, &b)) {
                (Ok(plain), Ok(turned)) => prop_assert!(
                    (plain.p_value - turned.p_value).abs() <= 1e-9,
                    "{:?} {:?}",
                    plain,
                    turned
                ),
                (plain, turned) => prop_assert_eq!(plain, turned),
            }
        }
        prop_assert_eq!(wilcoxon(&first, &second), wilcoxon(&a, &b));
        if let (Ok(plain), Ok(turned)) = (hedges_g(&first, &second), hedges_g(&a, &b)) {
            prop_assert!((plain - turned).abs() <= 1e-9 * plain.abs().max(1.0));
        }
    }

    #[test]
    fn holm_keeps_the_order_and_is_never_below_the_raw_value(
        raw in prop::collection::vec(0.0f64..=1.0, 0..12),
    ) {
        let adjusted = holm(&raw);
        for (a, raw_a) in adjusted.iter().zip(&raw) {
            prop_assert!(a >= raw_a && *a <= 1.0);
            for (b, raw_b) in adjusted.iter().zip(&raw) {
                prop_assert!(raw_a > raw_b || a <= b);
            }
        }
    }
}
