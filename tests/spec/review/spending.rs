//! Where the money of a campaign went.

use motherlode::journal::Journal;
use motherlode::record::attempt::Attempt;
use motherlode::record::ledger::{Budget, Call, CallOutcome, Hold, Money, Price, Purpose};
use motherlode::review::{spending_of, CampaignSpending};

use super::{attempt, begin, charter, journal};

const MODEL: &str = "openai:any";

fn hold(journal: &Journal, attempt: u64, number: u32) -> Hold {
    let hold = Hold {
        number,
        model: MODEL.to_owned(),
        purpose: Purpose::Propose,
        money: Money::dollars(0.01).unwrap(),
        tokens: 900,
    };
    journal
        .hold("paid", attempt, &hold, &Budget::default())
        .unwrap();
    hold
}

fn lost(hold: &Hold) -> Call {
    let price = Price::stated(1.0, 1.0, "test");
    Call::of(hold, CallOutcome::Lost, None, &price)
}

#[test]
fn settled_attempts_attempts_under_way_and_cut_off_requests_are_summed_up() {
    let folder = tempfile::tempdir().unwrap();
    let journal = journal(folder.path());
    begin(&journal, "paid", &[], &[]);
    // 1: a candidate that cost one request; 2: under way after one; 3: cut off in its first.
    let calls = vec![lost(&hold(&journal, 1, 1))];
    journal.charge("paid", 1, 1, &calls[0]).unwrap();
    let candidate = Attempt {
        calls,
        ..attempt(1, "x*tanh(x)", Some(0.1))
    };
    journal.settle("paid", &candidate).unwrap();
    let under_way = lost(&hold(&journal, 2, 1));
    journal.charge("paid", 2, 1, &under_way).unwrap();
    hold(&journal, 3, 1);

    let spent = CampaignSpending::of(&journal, charter("paid")).unwrap();
    let spending = &spent.spending;
    let cents = |money: Money| (money.usd() * 100.0).round();
    assert_eq!(
        (spending.total.requests, cents(spending.total.spent)),
        (3, 3.0)
    );
    assert_eq!(cents(spending.total.estimated), 3.0, "no usage was told");
    assert_eq!(spending.candidates, 1);
    let by_end: Vec<(&str, f64)> = spending
        .by_end
        .iter()
        .map(|(end, sum)| (end.as_str(), cents(sum.spent)))
        .collect();
    assert_eq!(by_end, [("candidate", 1.0), ("under way", 2.0)]);
    assert_eq!(spending.by_model[MODEL].requests, 3);
    assert_eq!(
        (cents(spent.balance.spent), cents(spent.balance.held)),
        (2.0, 1.0)
    );
    assert_eq!(spending_of(&journal, "paid").unwrap(), spent.spending);
}

#[test]
fn a_campaign_that_asked_no_model_spent_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let journal = journal(folder.path());
    begin(&journal, "free", &[], &[attempt(1, "x*tanh(x)", Some(0.1))]);
    let spent = CampaignSpending::of(&journal, charter("free")).unwrap();
    assert_eq!(spent.spending.total.requests, 0);
    assert!(spent.spending.total.spent.is_zero() && spent.spending.by_model.is_empty());
}
