//! What a campaign is likely to cost, asked of the library before anything is sent.

use motherlode::campaign::CostEstimate;
use motherlode::record::ledger::{Balance, Budget, Money};

use crate::config::{plan, FREE, PAID};

const DEAR: &str = "compatible:d@http://localhost:1/v1,price.input=10,price.output=20";

/// The estimate of a campaign of ten attempts in the lab smoke, some of which are made.
fn estimate(words: &[&str], file: &str, made: u64) -> Option<CostEstimate> {
    let plan = plan(words, &format!("lab = 'smoke'\nattempts = 10\n{file}")).unwrap();
    CostEstimate::of(&plan.charter, &plan.judging(), made).unwrap()
}

#[test]
fn an_estimate_is_made_where_something_is_paid_or_counted_and_left_to_be_asked() {
    let rows: [(&[&str], &str, u64, Option<u64>); 7] = [
        (&[], "", 0, None),
        (&["--model", FREE], "", 0, None),
        (&["--model", FREE, "--budget-tokens", "9"], "", 0, Some(10)),
        (&["--model", PAID], "", 0, Some(10)),
        (&["--model", PAID], "", 7, Some(3)),
        (&["--model", PAID], "formulas_per_call = 4", 0, Some(3)),
        (&["--model", PAID], "", 10, None),
    ];
    for (words, file, made, wanted) in rows {
        let proposals = estimate(words, file, made).map(|estimate| estimate.proposals);
        assert_eq!(proposals, wanted, "{words:?} {file} after {made}");
    }
}

#[test]
fn what_is_likely_grows_with_the_proposals_and_stays_below_what_is_held_for_them() {
    let whole = estimate(&["--model", PAID], "", 0).unwrap();
    let last = estimate(&["--model", PAID], "", 9).unwrap();
    assert!((whole.likely.usd() - 10.0 * last.likely.usd()).abs() < 1e-9);
    assert_eq!(whole.most, last.most, "one request costs the same");
    assert!(last.likely < last.most, "{} of {}", last.likely, last.most);
    assert_eq!(whole.least.money, whole.most, "there is one model only");
}

#[test]
fn the_cheapest_model_decides_whether_there_is_room_and_the_dearest_what_a_request_may_cost() {
    let cheap = estimate(&["--model", PAID], "", 0).unwrap();
    let both = estimate(&["--model", PAID, "--model", DEAR], "", 0).unwrap();
    assert_eq!(both.least, cheap.least);
    assert!(both.most > cheap.most && both.likely > cheap.likely);
    let budget = |money| Budget {
        money: Some(money),
        tokens: None,
    };
    let spent = Balance {
        spent: Money::dollars(1.0).unwrap(),
        ..Balance::default()
    };
    let least = both.least.money;
    for (budget, balance, wanted) in [
        (budget(least), Balance::default(), true),
        (budget(Money::ZERO), Balance::default(), false),
        (budget(least), spent, false),
        (budget(spent.spent + least), spent, true),
    ] {
        assert_eq!(both.has_room(&budget, &balance), wanted, "{budget:?}");
    }
}
