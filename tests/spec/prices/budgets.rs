//! What is held and spent: balances against budgets, and where the money went.

use motherlode::record::ledger::spending::{CANDIDATE, UNDER_WAY};
use motherlode::record::ledger::{
    apart, Balance, Budget, Call, CallOutcome, CostSource, Hold, Money, Price, Purpose, Room,
    Spending,
};

use super::{price, usage, usd};

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

#[test]
fn amounts_of_one_sentence_are_told_apart() {
    for (amounts, expected) in [
        ([0.018, 0.02], ["$0.0180", "$0.0200"]),
        ([0.1289, 0.1291], ["$0.1289", "$0.1291"]),
        ([0.13, 0.13], ["$0.130", "$0.130"]),
        ([5.0, 0.00012], ["$5.00", "$0.000120"]),
        ([1.231, 1.234], ["$1.231", "$1.234"]),
        ([0.0, 0.0], ["$0.00", "$0.00"]),
        ([0.02, 0.020_000_1], ["$0.0200000", "$0.0200001"]),
    ] {
        assert_eq!(apart(amounts.map(usd)), expected, "{amounts:?}");
    }
    let budget = |money: Option<f64>, tokens| Budget {
        money: money.map(usd),
        tokens,
    };
    let budgets = [
        &budget(Some(0.018), Some(9)),
        &budget(None, Some(7)),
        &budget(None, None),
    ];
    let words = Budget::words_apart(budgets);
    assert_eq!(words, ["$0.0180 and 9 tokens", "7 tokens", "none"]);
}
