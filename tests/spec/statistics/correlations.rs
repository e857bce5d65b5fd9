//! Rank correlations of functions with intervals over functions.

use motherlode::numerics::statistics::{
    rank_correlation, rank_correlation_difference, rank_correlation_interval, Pairing, Subset,
    Undefined,
};
use motherlode::numerics::stream::Key;

const RESAMPLES: usize = 400;

/// A quality of 0 to 1 a function with noise of this size.
fn noisy(count: usize, seed: u64, noise: f64) -> Vec<f64> {
    (0..count)
        .map(|k| {
            k as f64 / count as f64 + noise * Key::new(seed).number(k as u64).stream().normal()
        })
        .collect()
}

#[test]
fn the_value_is_the_plain_correlation_and_the_interval_holds_it_and_narrows() {
    let width = |count: usize| {
        let (first, second) = (noisy(count, 1, 0.3), noisy(count, 2, 0.3));
        let pairing = Pairing {
            first: &first,
            second: &second,
            part: Subset::All,
        };
        let found = rank_correlation_interval(&pairing, &Key::new(5), RESAMPLES).unwrap();
        assert_eq!(Some(found.value), rank_correlation(&first, &second));
        assert_eq!(
            found,
            rank_correlation_interval(&pairing, &Key::new(5), RESAMPLES).unwrap(),
            "the same key, the same draws"
        );
        let (low, high) = found.interval.unwrap();
        assert!(low < found.value && found.value < high, "{found:?}");
        high - low
    };
    assert!(width(400) < 0.6 * width(40));
}

#[test]
fn the_better_half_is_that_of_the_selector() {
    // The better half by the selector is the first four functions, which run against each other.
    let (first, second) = (
        [1.0, 2.0, 3.0, 4.0, 9.0, 8.0, 7.0, 6.0],
        [4.0, 3.0, 2.0, 1.0, 9.0, 8.0, 7.0, 6.0],
    );
    let selector = [9.0, 9.0, 9.0, 9.0, 1.0, 1.0, 1.0, 0.0];
    let of = |part| {
        rank_correlation_interval(
            &Pairing {
                first: &first,
                second: &second,
                part,
            },
            &Key::new(5),
            RESAMPLES,
        )
        .unwrap()
        .value
    };
    assert_eq!(of(Subset::BetterHalf(&selector)), -1.0);
    assert!(of(Subset::All) > 0.5);
    assert_eq!(of(Subset::BetterHalf(&first)), 1.0);
}

#[test]
fn a_difference_is_taken_on_the_same_draws() {
    let (truth, near, far) = (noisy(60, 1, 0.0), noisy(60, 2, 0.1), noisy(60, 3, 2.0));
    let pairing = |first| Pairing {
        first,
        second: &truth,
        part: Subset::All,
    };
    let same =
        rank_correlation_difference(&pairing(&near), &pairing(&near), &Key::new(5), RESAMPLES)
            .unwrap();
    assert_eq!((same.value, same.interval), (0.0, Some((0.0, 0.0))));
    let better =
        rank_correlation_difference(&pairing(&near), &pairing(&far), &Key::new(5), RESAMPLES)
            .unwrap();
    let worse =
        rank_correlation_difference(&pairing(&far), &pairing(&near), &Key::new(5), RESAMPLES)
            .unwrap();
    assert!(
        better.interval.unwrap().0 > 0.0 && worse.interval.unwrap().1 < 0.0,
        "{better:?} {worse:?}"
    );
    assert_eq!(better.value, -worse.value);
}

#[test]
fn what_cannot_be_correlated_says_why() {
    let of = |first: &[f64], second: &[f64], part| {
        rank_correlation_interval(
            &Pairing {
                first,
                second,
                part,
            },
            &Key::new(5),
            RESAMPLES,
        )
    };
    let four = [1.0, 2.0, 3.0, 4.0];
    assert_eq!(
        of(&four, &four[..3], Subset::All),
        Err(Undefined::Unpaired {
            first: 4,
            second: 3
        })
    );
    assert_eq!(
        of(&four, &four, Subset::BetterHalf(&four)),
        Err(Undefined::TooFew {
            wanted: 3,
            found: 2
        })
    );
    assert_eq!(
        of(&four, &four, Subset::BetterHalf(&[])),
        Err(Undefined::Unpaired {
            first: 4,
            second: 0
        })
    );
    assert_eq!(of(&[1.0; 4], &four, Subset::All), Err(Undefined::NoSpread));
    assert_eq!(
        of(&[1.0, 2.0, 3.0, f64::NAN], &four, Subset::All),
        Err(Undefined::NotFinite)
    );
    assert_eq!(
        of(&four[..2], &four[..2], Subset::All),
        Err(Undefined::TooFew {
            wanted: 3,
            found: 2
        })
    );
}

#[test]
fn an_interval_is_claimed_only_where_most_draws_have_a_correlation() {
    let of = |first: &[f64], second: &[f64]| {
        rank_correlation_interval(
            &Pairing {
                first,
                second,
                part: Subset::All,
            },
            &Key::new(5),
            RESAMPLES,
        )
        .unwrap()
        .interval
    };
    // A draw has a correlation where it has the first function and another: two of three do.
    let lone = [1.0, 0.0, 0.0, 0.0, 0.0, 0.0];
    assert!(of(&lone, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]).is_some());
    // Where it must have both the first and the second, two of five do.
    assert_eq!(of(&lone, &[0.0, 1.0, 0.0, 0.0, 0.0, 0.0]), None);
}
