//! Plans to go on, plans to make again, and names that are free.

use std::time::Duration;

use motherlode::config::{find_lab, free_name, Plan};
use motherlode::record::charter::Charter;
use motherlode::record::ledger::Money;

use super::{charter, options, FREE};

/// A charter of the archive that asks a free model.
fn begun() -> Charter {
    charter(
        &["--model", FREE, "--budget-tokens", "1000"],
        "attempts = 10",
    )
}

#[test]
fn a_resume_may_raise_attempts_and_budgets_and_nothing_else() {
    let resumed = |words: &[&str], made| Plan::resumed(&options(words), begun(), made);
    let plan = resumed(
        &[
            "--attempts",
            "20",
            "--budget-usd",
            "3",
            "--time-limit",
            "1m",
        ],
        10,
    )
    .unwrap();
    let budget = plan.charter.asking.clone().unwrap().budget;
    assert_eq!(plan.charter.attempts, 20);
    assert_eq!(
        (budget.money.map(Money::usd), budget.tokens),
        (Some(3.0), Some(1000))
    );
    assert_eq!(plan.time_limit, Some(Duration::from_secs(60)));
    let same = resumed(&[], 10).unwrap().charter;
    assert_eq!(
        same,
        Charter {
            created: same.created.clone(),
            ..begun()
        }
    );
    let rows: [(&[&str], &str); 15] = [
        (
            &["campaign.toml"],
            "a campaign file cannot be given with --resume: a campaign keeps the settings it was \
            started with",
        ),
        (&["--proposer", "genetic"], "--proposer cannot be given"),
        (&["--model", FREE], "--model cannot be given"),
        (&["--guidance", "x"], "--guidance cannot be given"),
        (&["--hide-names"], "--hide-names cannot be given"),
        (&["--replies", "x"], "--replies cannot be given"),
        (&["--lab", "smoke"], "--lab cannot be given"),
        (&["--target", "mlp"], "--target cannot be given"),
        (&["--seed", "2"], "--seed cannot be given"),
        (&["--class", "batch"], "--class cannot be given"),
        (&["--parameters", "1"], "--parameters cannot be given"),
        (&["--champions", "1"], "--champions cannot be given"),
        (&["--name", "x"], "--name cannot be given"),
        (
            &["--attempts", "9"],
            "has made 10 attempts already; --attempts 9 must be at least that",
        ),
        (&["--workers", "0"], "--workers must be at least 1"),
    ];
    for (words, said) in rows {
        let error = resumed(words, 10).err().unwrap().to_string();
        assert!(error.contains(said), "{words:?}: {error}");
    }
    let genetic = charter(&[], "");
    let error = Plan::resumed(&options(&["--budget-tokens", "1"]), genetic, 0)
        .err()
        .unwrap();
    assert_eq!(
        error.to_string(),
        "campaign standard-1 asks no model, so that it has no budget"
    );
}

#[test]
fn a_rerun_makes_what_was_made_from_the_recorded_replies() {
    let again = Plan::rerun(begun(), "again".to_owned(), 7, Some(2)).unwrap();
    let found = &again.charter;
    assert_eq!(
        (found.campaign.as_str(), found.attempts, again.workers),
        ("again", 7, 2)
    );
    assert_eq!(
        (found.proposer.as_str(), found.replies.as_deref()),
        ("recorded", Some("campaign:standard-1"))
    );
    assert!(found.asking.is_none() && found.models.is_empty());
    let genetic = Plan::rerun(charter(&[], ""), "again".to_owned(), 7, None)
        .unwrap()
        .charter;
    assert_eq!(
        (genetic.proposer.as_str(), genetic.replies),
        ("genetic", None)
    );
}

#[test]
fn a_taken_name_gets_a_number_unless_it_was_wanted() {
    let taken = ["smoke-1", "smoke-1-2"].map(str::to_owned);
    let free = |wanted, name: &str| free_name(&taken, wanted, name.to_owned());
    assert_eq!(free(false, "smoke-2").unwrap(), "smoke-2");
    assert_eq!(free(false, "smoke-1").unwrap(), "smoke-1-3");
    let error = free(true, "smoke-1").unwrap_err().to_string();
    assert!(
        error.contains("has a campaign 'smoke-1' already; go on with it by --resume smoke-1"),
        "{error}"
    );
}

#[test]
fn a_charter_that_says_nothing_more_is_that_of_a_plan_without_settings() {
    let source = find_lab("standard").unwrap().source();
    let plain = Charter::new("standard-1", source, 1);
    let planned = charter(&[], "");
    assert_eq!(
        planned.instructions.formulas, 1,
        "one formula a call is said in words"
    );
    assert_eq!(
        planned,
        Charter {
            created: planned.created.clone(),
            instructions: planned.instructions.clone(),
            ..plain
        }
    );
}
