//! The bandit: shares follow what was brought for what it cost, and nothing is ever given up.

use motherlode::numerics::bandit::Bandit;
use motherlode::numerics::stream::Key;
use proptest::prelude::*;

/// A bandit of these weights, credited with these draws: (alternative, reward, cost).
fn bandit(weights: &[f64], draws: &[(usize, f64, f64)]) -> Bandit {
    let mut bandit = Bandit::new(weights.iter().copied());
    draws
        .iter()
        .for_each(|(arm, reward, cost)| bandit.credit(*arm, *reward, *cost));
    bandit
}

/// Two alternatives of equal weight, each drawn `draws` times for (reward, cost).
fn pair(draws: usize, first: (f64, f64), second: (f64, f64)) -> Vec<f64> {
    let turns: Vec<(usize, f64, f64)> = (0..draws)
        .flat_map(|_| [(0, first.0, first.1), (1, second.0, second.1)])
        .collect();
    bandit(&[1.0, 1.0], &turns).shares()
}

fn draws(arms: usize) -> impl Strategy<Value = Vec<(usize, f64, f64)>> {
    proptest::collection::vec((0..arms, 0.0..1.0_f64, 0.0..10.0_f64), 0..60)
}

proptest! {
    #[test]
    fn shares_sum_to_1_and_no_alternative_is_given_up(
        weights in proptest::collection::vec(1e-3..1e3_f64, 1..8),
        draws in draws(8),
    ) {
        let shares = bandit(&weights, &draws).shares();
        prop_assert!(
            (shares.iter().sum::<f64>() - 1.0).abs() < 1e-9,
            "{:?}",
            shares
        );
        let all: f64 = weights.iter().sum();
        for (share, weight) in shares.iter().zip(&weights) {
            prop_assert!(
                *share >= 0.15 * weight / all - 1e-12,
                "{} of weight {} in {}",
                share,
                weight,
                all
            );
        }
    }

    #[test]
    fn without_a_reward_the_weights_decide(
        weights in proptest::collection::vec(1e-3..1e3_f64, 1..8),
        costs in proptest::collection::vec(0.0..10.0_f64, 0..40),
    ) {
        let draws: Vec<(usize, f64, f64)> = costs
            .iter()
            .enumerate()
            .map(|(number, cost)| (number % weights.len(), 0.0, *cost))
            .collect();
        let all: f64 = weights.iter().sum();
        for (share, weight) in bandit(&weights, &draws).shares().iter().zip(&weights) {
            prop_assert!((share - weight / all).abs() < 1e-12);
        }
    }

    #[test]
    fn at_the_same_price_a_better_gain_has_a_larger_share(
        number in 1_usize..50,
        gain in 0.0..1.0_f64,
        more in 1e-3..1.0_f64,
        cost in 0.0..10.0_f64,
    ) {
        let shares = pair(number, (gain + more, cost), (gain, cost));
        prop_assert!(shares[0] > shares[1], "{:?}", shares);
    }

    #[test]
    fn for_the_same_gain_a_tenfold_price_has_a_smaller_share(
        number in 1_usize..50,
        gain in 1e-3..1.0_f64,
        cost in 1e-6..10.0_f64,
    ) {
        let shares = pair(number, (gain, 10.0 * cost), (gain, cost));
        prop_assert!(shares[0] < shares[1], "{:?}", shares);
    }

    #[test]
    fn a_failure_more_is_a_smaller_share(draws in draws(3), cost in 1e-3..10.0_f64) {
        let before = bandit(&[1.0; 3], &draws);
        prop_assume!(before.arms().iter().any(|arm| arm.reward > 0.0));
        let mut after = before.clone();
        after.credit(
            1,
            0.0,
            cost.max(before.arms().iter().map(|arm| arm.cost).sum::<f64>() / draws.len() as f64),
        );
        prop_assert!(
            after.shares()[1] < before.shares()[1] + 1e-12,
            "{:?} {:?}",
            before.shares(),
            after.shares()
        );
    }

    #[test]
    fn the_unit_of_prices_makes_no_difference(draws in draws(4), unit in 1e-3..1e3_f64) {
        let scaled: Vec<(usize, f64, f64)> = draws
            .iter()
            .map(|(arm, reward, cost)| (*arm, *reward, cost * unit))
            .collect();
        for (share, other) in bandit(&[1.0; 4], &draws)
            .shares()
            .iter()
            .zip(bandit(&[1.0; 4], &scaled).shares())
        {
            prop_assert!((share - other).abs() < 1e-9);
        }
    }

    #[test]
    fn what_is_not_a_sound_number_counts_as_nothing(
        draws in draws(2),
        odd in prop_oneof![Just(f64::NAN), Just(f64::INFINITY), Just(-1.0)],
    ) {
        let (mut odd_one, mut sound) = (bandit(&[1.0, 2.0], &draws), bandit(&[1.0, 2.0], &draws));
        odd_one.credit(0, odd, odd);
        odd_one.credit_more(1, odd);
        odd_one.credit(9, 1.0, 1.0);
        sound.credit(0, 0.0, 0.0);
        prop_assert_eq!(odd_one, sound);
    }
}

#[test]
fn shares_move_with_the_evidence_and_a_few_draws_decide_little() {
    let after = |draws| pair(draws, (0.2, 1.0), (0.0, 1.0))[0];
    let shares: Vec<f64> = [0, 1, 2, 5, 20, 200].map(after).to_vec();
    assert_eq!(shares[0], 0.5);
    assert!(
        shares.windows(2).all(|pair| pair[0] < pair[1]),
        "{shares:?}"
    );
    assert!(
        shares[1] < 0.65 && shares[5] > 0.9 && shares[5] < 0.93,
        "15 % always go by weight alone: {shares:?}"
    );
}

#[test]
fn what_is_free_wins_over_what_costs_and_gains_as_much_but_not_by_any_factor() {
    let shares = pair(50, (0.1, 0.0), (0.1, 1.0));
    assert!(shares[0] > 0.8 && shares[1] > 0.07, "{shares:?}");
    let shares = pair(50, (0.001, 0.0), (0.9, 1.0));
    assert!(
        shares[1] > shares[0],
        "a free one that brings next to nothing wastes time all the same: {shares:?}"
    );
}

#[test]
fn more_reward_for_a_draw_that_was_made_is_no_further_draw() {
    let mut bandit = bandit(&[1.0, 1.0], &[(0, 0.1, 1.0), (1, 0.1, 1.0)]);
    bandit.credit_more(0, 0.3);
    let arm = bandit.arms()[0];
    assert_eq!((arm.draws, arm.reward, arm.cost), (1, 0.4, 1.0));
    assert!(bandit.shares()[0] > 0.5);
}

#[test]
fn alternatives_are_drawn_by_their_shares_and_the_same_stream_draws_the_same() {
    let bandit = bandit(&[1.0, 2.0, 1.0], &[(0, 0.5, 1.0), (2, 0.1, 1.0)]);
    let drawn = |seed| bandit.choose(&mut Key::new(seed).stream());
    let mut counts = [0.0; 3];
    for seed in 0..4000 {
        assert_eq!(drawn(seed), drawn(seed));
        counts[drawn(seed)] += 1.0 / 4000.0;
    }
    for (count, share) in counts.iter().zip(bandit.shares()) {
        assert!(
            (count - share).abs() < 0.03,
            "{counts:?} {:?}",
            bandit.shares()
        );
    }
}

#[test]
fn weights_that_are_none_are_equal_and_a_later_alternative_joins_unknown() {
    assert_eq!(Bandit::new([0.0, 0.0]).shares(), [0.5, 0.5]);
    assert_eq!(Bandit::new([-1.0, 1.0]).shares(), [0.0, 1.0]);
    let mut bandit = bandit(&[1.0], &[(0, 0.2, 1.0), (0, 0.2, 1.0)]);
    bandit.add(1.0);
    let shares = bandit.shares();
    assert!(
        shares[1] > 0.4,
        "it is credited with the average until more is known: {shares:?}"
    );
}
