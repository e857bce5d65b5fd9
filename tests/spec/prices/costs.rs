//! What a call costs: exact money, and tokens times their prices.

use std::collections::BTreeSet;

use motherlode::record::ledger::price::LongPrice;
use motherlode::record::ledger::{CostSource, Money, Price, PriceList, Usage};
use proptest::prelude::*;

use super::{price, usage, usd};

#[test]
fn money_is_exact_to_a_picodollar_and_never_negative() {
    assert_eq!(usd(0.1) + usd(0.2), usd(0.3));
    let cents: Money = (0..1000).map(|_| usd(0.001)).sum();
    assert_eq!(cents, usd(1.0));
    assert_eq!(usd(1.0).less(usd(3.0)), Money::ZERO);
    assert_eq!(usd(3.0).less(usd(1.0)), usd(2.0));
    assert_eq!(Money::of_tokens(1_000_000, 0.25), usd(0.25));
    assert_eq!(Money::of_tokens(1, 0.05), usd(5e-8));
    assert_eq!(Money::of_tokens(7, -1.0), Money::ZERO);
    assert_eq!(usd(0.1).times(0.5), usd(0.05));
    assert_eq!(usd(1e-12).times(0.5), usd(1e-12), "rounded up");
    assert_eq!(
        (usd(2.0).times(-1.0), usd(2.0).times(f64::NAN)),
        (Money::ZERO, Money::ZERO)
    );
    for none in [-0.01, f64::NAN, f64::INFINITY, 1e8] {
        assert_eq!(Money::dollars(none), None, "{none}");
    }
    let most = Money::of_tokens(u64::MAX, 1e6);
    assert_eq!(
        (most + most, most.times(2.0), most + usd(1.0)),
        (most, most, most),
        "sums stop growing and do not wrap"
    );
    assert_eq!(serde_json::to_string(&usd(0.5)).unwrap(), "500000000000");
}

#[test]
fn money_is_written_in_dollars_with_two_digits_at_least() {
    for (dollars, words) in [
        (0.0, "$0.00"),
        (5.0, "$5.00"),
        (1.25, "$1.25"),
        (1234.5, "$1234.50"),
        (0.1, "$0.10"),
        (0.05, "$0.050"),
        (0.0123, "$0.012"),
        (0.00012, "$0.00012"),
        (1.5e-7, "$0.00000015"),
        (1e-12, "$0.000000000001"),
    ] {
        assert_eq!(usd(dollars).to_string(), words);
    }
}

#[test]
fn a_call_costs_its_tokens_times_the_price_of_each_kind() {
    for (usage, dollars) in [
        (usage(1_000, 0, 0, 0, 0, 0), 0.002),
        (usage(0, 1_000, 0, 0, 0, 0), 0.0002),
        (usage(0, 0, 1_000, 0, 0, 0), 0.0025),
        (usage(0, 0, 0, 1_000, 0, 0), 0.004),
        (usage(0, 0, 0, 0, 1_000, 0), 0.01),
        (usage(0, 0, 0, 0, 0, 1_000), 0.01),
        (
            usage(1_000, 1_000, 1_000, 1_000, 1_000, 1_000),
            0.002 + 0.0002 + 0.0025 + 0.004 + 0.02,
        ),
        (usage(0, 0, 0, 0, 0, 0), 0.0),
    ] {
        assert_eq!(
            price().cost(&usage),
            (usd(dollars), CostSource::Computed),
            "{usage:?}"
        );
    }
    let plain = Price::stated(2.0, 10.0, "a test");
    assert_eq!(
        plain.cost(&usage(0, 1_000, 1_000, 1_000, 0, 0)).0,
        usd(0.006),
        "what has no price of its own costs as much as plain input"
    );
}

#[test]
fn a_long_request_has_other_prices_as_a_whole() {
    let at = |input| price().cost(&usage(input, 0, 0, 0, 1_000, 0)).0;
    assert_eq!(at(200_000), usd(0.4 + 0.01));
    assert_eq!(at(200_001), usd(0.800_004 + 0.015), "for all of it");
    assert_eq!(price().cost(&usage(0, 300_000, 0, 0, 0, 0)).0, usd(0.12));
    assert_eq!(
        price().cost(&usage(0, 0, 100_000, 200_000, 0, 0)).0,
        usd(0.5 + 1.6),
        "writes grow with the price of input"
    );
    let without = Price {
        long: Some(LongPrice {
            above: 10,
            input: 4.0,
            cache_read: None,
            output: 15.0,
        }),
        ..price()
    };
    assert_eq!(
        without.cost(&usage(0, 1_000, 0, 0, 0, 0)).0,
        usd(0.004),
        "a long request has no cheap cache but its own"
    );
}

#[test]
fn the_tier_that_answered_is_the_one_that_is_paid_for() {
    let cost = |tier: Option<&str>| {
        price()
            .cost(&Usage {
                tier: tier.map(str::to_owned),
                ..usage(1_000, 0, 0, 0, 0, 0)
            })
            .0
    };
    for (tier, factor) in [
        (None, 1.0),
        (Some("default"), 1.0),
        (Some("standard"), 1.0),
        (Some("on_demand"), 1.0),
        (Some("flex"), 0.5),
        (Some("fast"), 2.0),
        (Some("nosuch"), 2.0),
    ] {
        assert_eq!(cost(tier), usd(0.002 * factor), "{tier:?}");
    }
    let most = |tier: Option<&str>| price().most(1_000, 0, tier);
    assert_eq!(
        most(Some("flex")),
        most(Some("default")),
        "what a cheap tier turns away is answered by another"
    );
    assert_eq!(most(Some("fast")), most(Some("default")).times(2.0));
    for unsaid in [None, Some("nosuch")] {
        assert_eq!(
            most(unsaid),
            most(Some("fast")),
            "where no tier is asked for, or one that has no price, it may be the dearest"
        );
    }
}

#[test]
fn a_providers_own_word_on_the_cost_goes_before_the_price_and_nothing_before_free() {
    let told = Usage {
        reported_cost: Some(usd(0.5)),
        ..usage(1, 0, 0, 0, 1, 0)
    };
    assert_eq!(price().cost(&told), (usd(0.5), CostSource::Provider));
    assert_eq!(Price::free().cost(&told), (Money::ZERO, CostSource::Free));
    assert!(
        Price::free().is_free() && !price().is_free() && !Price::stated(0.0, 1.0, "").is_free()
    );
    assert!(
        !Price {
            cache_read: Some(1.0),
            ..Price::free()
        }
        .is_free(),
        "also what is read from a cache may cost"
    );
}

fn any_price() -> impl Strategy<Value = Price> {
    let dollars = || 0.0..100.0_f64;
    let maybe = || proptest::option::of(0.0..100.0_f64);
    let long = proptest::option::of((0_u64..5_000, dollars(), maybe(), dollars()));
    (
        dollars(),
        dollars(),
        maybe(),
        maybe(),
        maybe(),
        0.1..3.0_f64,
        long,
    )
        .prop_map(
            |(input, output, cache_read, cache_write_5m, cache_write_1h, factor, long)| Price {
                cache_read,
                cache_write_5m,
                cache_write_1h,
                tiers: [("odd".to_owned(), factor)].into(),
                long: long.map(|(above, input, cache_read, output)| LongPrice {
                    above,
                    input,
                    cache_read,
                    output,
                }),
                ..Price::stated(input, output, "a test")
            },
        )
}

proptest! {
    #[test]
    fn no_call_within_its_tokens_costs_more_than_was_held_for_it(
        price in any_price(),
        parts in proptest::array::uniform6(0_u64..2_000),
        spare in 0_u64..3_000,
        tier in proptest::option::of(prop_oneof![Just("odd"), Just("default"), Just("nosuch")]),
    ) {
        let [uncached, cached, written_5m, written_1h, visible, reasoning] = parts;
        let usage = Usage {
            tier: tier.map(str::to_owned),
            ..usage(uncached, cached, written_5m, written_1h, visible, reasoning)
        };
        let (cost, most) = (
            price.cost(&usage).0,
            price.most(usage.input() + spare, usage.output() + spare, tier),
        );
        prop_assert!(cost <= most, "{} of {}", cost, most);
        prop_assert!(
            price
                .cost(&Usage {
                    tier: None,
                    ..usage.clone()
                })
                .0
                <= most,
            "the usual tier answered"
        );
    }

    #[test]
    fn money_is_kept_to_the_last_picodollar(dollars in 0.0..1e6_f64) {
        let money = usd(dollars);
        let back: Money = serde_json::from_str(&serde_json::to_string(&money).unwrap()).unwrap();
        prop_assert_eq!(back, money);
        prop_assert!((money.usd() - dollars).abs() <= 1e-9);
    }
}

#[test]
fn every_price_that_ships_is_a_price() {
    let list = PriceList::shipped();
    let mut seen = BTreeSet::new();
    let mut providers = BTreeSet::new();
    for (provider, model) in list.models() {
        assert!(
            seen.insert((provider, model)),
            "{provider}:{model} is listed twice"
        );
        providers.insert(provider);
        let price = list.find(provider, model).unwrap();
        let name = format!("{provider}:{model}: {price:?}");
        assert!(
            price.input > 0.0 && price.output >= price.input && price.output < 1_000.0,
            "{name}"
        );
        assert!(
            price
                .cache_read
                .is_none_or(|cached| cached > 0.0 && cached < price.input),
            "{name}"
        );
        for write in [price.cache_write_5m, price.cache_write_1h]
            .into_iter()
            .flatten()
        {
            assert!(write >= price.input && write <= 2.5 * price.input, "{name}");
        }
        assert!(
            price
                .tiers
                .iter()
                .all(|(tier, factor)| (0.1..=6.0).contains(factor)
                    && tier.chars().all(|c| c.is_ascii_lowercase() || c == '_')),
            "{name}"
        );
        if let Some(long) = &price.long {
            assert!(
                long.above >= 100_000
                    && long.input >= price.input
                    && long.output >= price.output
                    && long.output >= long.input,
                "{name}"
            );
            assert_eq!(
                long.cache_read.is_some(),
                price.cache_read.is_some(),
                "{name}"
            );
        }
        assert!(
            price.origin.contains("20")
                && price
                    .origin
                    .starts_with(&format!("price list of {}", list.version)),
            "{name}"
        );
        let address = format!("{provider}:{model}");
        assert!(
            motherlode::proposer::ModelAddress::parse(&address)
                .is_ok_and(|address| address.is_at_home()),
            "{address} can be asked"
        );
    }
    assert_eq!(
        providers.into_iter().collect::<Vec<_>>(),
        ["anthropic", "gemini", "openai", "openrouter"]
    );
    let day: Vec<&str> = list.version.split('-').collect();
    assert!(
        day.len() == 3 && day.iter().all(|part| part.parse::<u32>().is_ok()),
        "{}",
        list.version
    );
}
