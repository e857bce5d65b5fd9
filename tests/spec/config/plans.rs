//! Plans to go on, plans to make again, and names that are free.

use std::time::Duration;

use motherlode::config::{find_lab, free_name, Plan};
use motherlode::record::charter::{Charter, ModelSetting, Structured};
use motherlode::record::ledger::Money;

use super::{charter, no_benchmark, options, FREE, PAID};

/// A charter of the archive that asks a free model.
fn begun() -> Charter {
    charter(
        &["--model", FREE, "--budget-tokens", "1000"],
        "attempts = 10",
    )
}

#[test]
fn a_resume_may_raise_attempts_and_budgets_and_keeps_what_records_depend_on() {
    let resumed =
        |words: &[&str], made| Plan::resumed(&options(words), begun(), made, &mut no_benchmark);
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
    let rows: [(&[&str], &str); 20] = [
        (
            &["campaign.toml"],
            "a campaign file cannot be given with --resume: a campaign keeps the settings it was \
            started with",
        ),
        (&["--proposer", "genetic"], "--proposer cannot be given"),
        (
            &["--model", PAID],
            "--model compatible:p@http://localhost:1/v1 is none of the models of campaign \
            standard-1, compatible:m@http://localhost:1/v1: a campaign keeps its models",
        ),
        (
            &["--model", "openai:m@http://localhost:1/v1,free"],
            "is none of the models",
        ),
        (
            &["--model", "compatible:m@http://localhost:1/v1,weight=2"],
            "weight= of compatible:m@http://localhost:1/v1 cannot be given with --resume",
        ),
        (
            &["--model", "compatible:m@http://models.example/v1"],
            "the price of compatible:m@http://models.example/v1 is not known",
        ),
        (&["--lag", "4"], "--lag cannot be given"),
        (&["--requests", "0"], "requests must be at least 1"),
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
    let error = Plan::resumed(
        &options(&["--budget-tokens", "1"]),
        genetic,
        0,
        &mut no_benchmark,
    )
    .err()
    .unwrap();
    assert_eq!(
        error.to_string(),
        "campaign standard-1 asks no model, so that it has no budget"
    );
}

#[test]
fn a_resume_may_change_where_and_on_which_terms_a_model_is_asked() {
    let resumed = |words: &[&str], begun: Charter| {
        let plan = Plan::resumed(&options(words), begun, 3, &mut no_benchmark).unwrap();
        assert_eq!(
            plan.charter.models,
            plan.charter.asking.as_ref().map_or(Vec::new(), |asking| {
                let models = asking.models.iter();
                models.map(|model| model.address.clone()).collect()
            })
        );
        plan.charter.asking.unwrap()
    };
    let model = |entry: &str| resumed(&["--model", entry], begun()).models.remove(0);
    let old = begun().asking.unwrap().models.remove(0);
    let moved = model("compatible:m@http://localhost:2/v1");
    assert_eq!(
        moved,
        ModelSetting {
            address: "compatible:m@http://localhost:2/v1".to_owned(),
            ..old.clone()
        },
        "another port, at the same price"
    );
    let set = model(
        "compatible:m@http://localhost:1/v1,max_tokens=2000,temperature=0.5,effort=low,\
         structured=none,key=OTHER_KEY,tier=flex",
    );
    assert_eq!(
        (set.most_tokens, set.temperature, set.effort.as_deref()),
        (2_000, Some(0.5), Some("low"))
    );
    assert_eq!(
        (
            set.structured,
            set.key_variable.as_deref(),
            set.tier.as_deref()
        ),
        (Structured::None, Some("OTHER_KEY"), Some("flex"))
    );
    let priced = resumed(
        &[
            "--model",
            "compatible:m@http://models.example/v1,price.input=1,price.output=2",
        ],
        charter(&["--model", FREE], ""),
    );
    assert!(!priced.models[0].price.is_free());
    assert_eq!(
        priced.budget.money.map(Money::usd),
        Some(5.0),
        "what is paid for has a budget"
    );
    let asking = resumed(&["--deadline", "90s", "--requests", "2"], begun());
    assert_eq!((asking.deadline_seconds, asking.requests), (90.0, Some(2)));

    let pair = charter(&["--model", FREE, "--model", PAID], "");
    let changed = resumed(
        &[
            "--model",
            "compatible:p@http://localhost:9/v1,max_tokens=64",
        ],
        pair,
    );
    let limits: Vec<u32> = changed
        .models
        .iter()
        .map(|model| model.most_tokens)
        .collect();
    assert_eq!(limits, [8_192, 64], "the other stays");
    let genetic = || charter(&[], "");
    for words in [["--model", FREE], ["--deadline", "9s"], ["--requests", "2"]] {
        let error = Plan::resumed(&options(&words), genetic(), 0, &mut no_benchmark)
            .err()
            .unwrap()
            .to_string();
        let said = format!(
            "campaign standard-1 asks no model, so that {} does nothing; leave it out",
            words[0]
        );
        assert_eq!(error, said);
    }
}

#[test]
fn a_rerun_makes_what_was_made_from_the_recorded_replies() {
    let again = Plan::rerun(begun(), "again".to_owned(), 7, Some(2), &mut no_benchmark).unwrap();
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
    let genetic = Plan::rerun(
        charter(&[], ""),
        "again".to_owned(),
        7,
        None,
        &mut no_benchmark,
    )
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
            // What it mines for is the lab's to say: every profile, with an island for each.
            target: "all".to_owned(),
            islands: 3,
            ..plain
        }
    );
}
