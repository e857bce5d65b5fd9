//! What calls cost: money, prices, the shipped list, balances against budgets, and where the money
//! went.

use std::collections::BTreeSet;

use motherlode::record::ledger::price::LongPrice;
use motherlode::record::ledger::spending::{CANDIDATE, UNDER_WAY};
use motherlode::record::ledger::{
    Balance, Budget, Call, CallOutcome, CostSource, Hold, Money, Price, PriceList, Purpose, Room,
    Spending, Usage,
};
use proptest::prelude::*;

fn usd(dollars: f64) -> Money {
    Money::dollars(dollars).unwrap()
}

fn usage(
    uncached: u64,
    cached: u64,
    written_5m: u64,
    written_1h: u64,
    visible: u64,
    reasoning: u64,
) -> Usage {
    Usage {
        input_uncached: uncached,
        input_cache_read: cached,
        input_cache_write_5m: written_5m,
        input_cache_write_1h: written_1h,
        output_visible: visible,
        output_reasoning: reasoning,
        ..Usage::default()
    }
}

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

/// A price with everything in it.
fn price() -> Price {
    Price {
        cache_read: Some(0.2),
        cache_write_5m: Some(2.5),
        cache_write_1h: Some(4.0),
        tiers: [("flex".to_owned(), 0.5), ("fast".to_owned(), 2.0)].into(),
        long: Some(LongPrice {
            above: 200_000,
            input: 4.0,
            cache_read: Some(0.4),
            output: 15.0,
        }),
        ..Price::stated(2.0, 10.0, "a test")
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

fn hold(money: f64, tokens: u64) -> Hold {
    Hold {
        number: 1,
        model: "openai:gpt".to_owned(),
        purpose: Purpose::Propose,
        money: usd(money),
        tokens,
    }
}

#[test]
fn a_request_that_may_have_been_billed_costs_what_was_held_and_one_that_was_not_nothing() {
    let hold = hold(0.5, 900);
    let told = usage(100, 0, 0, 0, 20, 0);
    for outcome in [
        CallOutcome::Answered,
        CallOutcome::Truncated,
        CallOutcome::FieldRefused,
        CallOutcome::Rejected,
        CallOutcome::RateLimited,
        CallOutcome::Trouble,
        CallOutcome::Unreached,
        CallOutcome::Lost,
        CallOutcome::Malformed,
    ] {
        use CallOutcome::{Answered, Lost, Malformed, Truncated};
        let maybe = matches!(outcome, Answered | Truncated | Lost | Malformed);
        let untold = Call::of(&hold, outcome, None, &price());
        let expected = if maybe {
            (usd(0.5), CostSource::Estimated, 900)
        } else {
            (Money::ZERO, CostSource::Free, 0)
        };
        assert_eq!(
            (untold.cost, untold.source, untold.tokens),
            expected,
            "{outcome:?}"
        );
        let free = Call::of(&hold, outcome, None, &Price::free());
        assert_eq!(
            (free.cost, free.source, free.tokens),
            (Money::ZERO, CostSource::Free, if maybe { 900 } else { 0 }),
            "{outcome:?}"
        );
        let told = Call::of(&hold, outcome, Some(told.clone()), &price());
        assert_eq!(
            (told.cost, told.source, told.tokens),
            (usd(0.0004), CostSource::Computed, 120),
            "{outcome:?}"
        );
        assert_eq!(untold.left(), outcome != CallOutcome::Unreached);
    }
    let cut_off = Call::cut_off(&hold);
    assert_eq!(
        (cut_off.cost, cut_off.source, cut_off.outcome),
        (usd(0.5), CostSource::Estimated, CallOutcome::Lost)
    );
    assert_eq!(
        Call::cut_off(&Hold {
            money: Money::ZERO,
            ..hold
        })
        .source,
        CostSource::Free
    );
}

#[test]
fn a_budget_has_room_now_or_once_others_turn_out_cheaper_or_never() {
    let balance = Balance {
        spent: usd(2.0),
        held: usd(1.0),
        spent_tokens: 2_000,
        held_tokens: 1_000,
        requests: 9,
    };
    let (money, tokens) = (
        |most| Budget {
            money: Some(usd(most)),
            tokens: None,
        },
        |most| Budget {
            money: None,
            tokens: Some(most),
        },
    );
    for (budget, expected) in [
        (Budget::default(), Room::Enough),
        (money(3.5), Room::Enough),
        (money(3.499), Room::Later),
        (money(2.5), Room::Later),
        (money(2.499), Room::Never),
        (money(0.0), Room::Never),
        (tokens(3_100), Room::Enough),
        (tokens(3_099), Room::Later),
        (tokens(2_100), Room::Later),
        (tokens(2_099), Room::Never),
        (
            Budget {
                money: Some(usd(100.0)),
                tokens: Some(2_500),
            },
            Room::Later,
        ),
        (
            Budget {
                money: Some(usd(1.0)),
                tokens: Some(9_999),
            },
            Room::Never,
        ),
    ] {
        assert_eq!(
            balance.room(&budget, &hold(0.5, 100)),
            expected,
            "{}",
            budget.words()
        );
    }
    assert_eq!(
        Balance {
            held_tokens: u64::MAX,
            ..balance
        }
        .room(&tokens(5_000), &hold(0.5, 100)),
        Room::Later,
        "sums do not wrap"
    );
}

#[test]
fn a_balance_exchanges_what_was_held_for_what_was_spent() {
    let mut balance = Balance::default();
    let first = hold(0.5, 900);
    balance.hold(&first);
    balance.hold(&hold(0.25, 100));
    assert_eq!(
        (balance.held, balance.held_tokens, balance.spent),
        (usd(0.75), 1_000, Money::ZERO)
    );
    balance.settle(
        &first,
        &Call::of(
            &first,
            CallOutcome::Answered,
            Some(usage(100, 0, 0, 0, 20, 0)),
            &price(),
        ),
    );
    assert_eq!(
        (
            balance.held,
            balance.held_tokens,
            balance.spent,
            balance.spent_tokens,
            balance.requests
        ),
        (usd(0.25), 100, usd(0.0004), 120, 1)
    );
    let second = hold(0.25, 100);
    balance.settle(
        &second,
        &Call::of(&second, CallOutcome::Unreached, None, &price()),
    );
    assert_eq!(
        (balance.held, balance.spent, balance.requests),
        (Money::ZERO, usd(0.0004), 1),
        "what never left is no request"
    );
    assert_eq!(
        balance.share(&Budget {
            money: Some(usd(0.0008)),
            tokens: Some(1_200)
        }),
        0.5,
        "the larger of the two shares"
    );
    assert_eq!(
        balance.share(&Budget {
            money: Some(usd(0.008)),
            tokens: Some(160)
        }),
        0.75
    );
    assert_eq!(balance.share(&Budget::default()), 0.0);
}

#[test]
fn a_budget_is_said_in_words() {
    for (money, tokens, words) in [
        (None, None, "none"),
        (Some(5.0), None, "$5.00"),
        (None, Some(20_000), "20000 tokens"),
        (Some(0.5), Some(7), "$0.50 and 7 tokens"),
    ] {
        assert_eq!(
            Budget {
                money: money.map(usd),
                tokens
            }
            .words(),
            words
        );
    }
}

#[test]
fn spending_is_the_same_sum_by_model_by_purpose_by_end_and_by_outcome() {
    let mut spending = Spending::default();
    let mut stream = motherlode::numerics::stream::Key::new(5).stream();
    let ends = [CANDIDATE, "Unparsable", "NoReply", UNDER_WAY];
    let outcomes = [
        CallOutcome::Answered,
        CallOutcome::Lost,
        CallOutcome::Trouble,
        CallOutcome::Unreached,
    ];
    let mut all = Vec::new();
    for _ in 0..50 {
        let calls: Vec<Call> = (0..stream.below(4))
            .map(|_| {
                let model = (*stream.choose(&["openai:a", "gemini:b"])).to_owned();
                let hold = Hold {
                    model,
                    purpose: *stream.choose(&[
                        Purpose::Propose,
                        Purpose::Repair,
                        Purpose::Guidance,
                    ]),
                    ..hold(0.5, 900)
                };
                let outcome = *stream.choose(&outcomes);
                let usage = (outcome == CallOutcome::Answered)
                    .then(|| usage(60, 40, 0, 0, stream.below(50) as u64, 7));
                Call::of(&hold, outcome, usage, &price())
            })
            .collect();
        spending.add(&calls, stream.choose::<&str>(&ends));
        all.extend(calls);
    }
    let total = spending.total;
    let spent: Money = all.iter().map(|call| call.cost).sum();
    let answered = all
        .iter()
        .filter(|call| call.outcome == CallOutcome::Answered)
        .count() as u64;
    let lost = all
        .iter()
        .filter(|call| call.outcome == CallOutcome::Lost)
        .count() as u64;
    assert_eq!(
        (total.spent, total.requests),
        (spent, all.iter().filter(|call| call.left()).count() as u64)
    );
    assert_eq!(
        (
            total.input_tokens,
            total.cached_tokens,
            total.reasoning_tokens
        ),
        (100 * answered, 40 * answered, 7 * answered)
    );
    assert_eq!(
        (total.estimated_requests, total.estimated),
        (lost, usd(0.5 * lost as f64))
    );
    assert_eq!(total.cache_hit_rate(), Some(0.4));
    let sums = |parts: Vec<&motherlode::record::ledger::spending::Sum>| {
        (
            parts.iter().map(|sum| sum.spent).sum::<Money>(),
            parts.iter().map(|sum| sum.requests).sum::<u64>(),
            parts.iter().map(|sum| sum.output_tokens).sum::<u64>(),
        )
    };
    let whole = (total.spent, total.requests, total.output_tokens);
    assert_eq!(sums(spending.by_model.values().collect()), whole);
    assert_eq!(sums(spending.by_purpose.values().collect()), whole);
    assert_eq!(sums(spending.by_end.values().collect()), whole);
    assert_eq!(sums(spending.by_outcome.values().collect()), whole);
    assert_eq!(
        (
            spending.by_model.len(),
            spending.by_purpose.len(),
            spending.by_end.len(),
            spending.by_outcome.len()
        ),
        (2, 3, 4, 4)
    );
    assert!(
        spending.candidates > 0
            && spending.for_each_candidate()
                == Some(total.spent.usd() / spending.candidates as f64)
    );
    assert_eq!(
        (
            Spending::default().for_each_candidate(),
            Spending::default().total.cache_hit_rate()
        ),
        (None, None),
        "nothing is divided by nothing"
    );
}
