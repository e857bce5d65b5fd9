//! Options go before the campaign file, and the file before the defaults.

use motherlode::config::{CampaignSettings, EXAMPLE_CAMPAIGN};
use motherlode::record::charter::Asking;
use motherlode::record::ledger::Money;
use serde_json::{json, Value};

use super::{charter, options, plan, FREE, PAID};

#[test]
fn an_option_goes_before_the_file_and_the_file_before_the_default() {
    /// The charter's key, the option, the file's line, and the value of each and of neither.
    type Row<'a> = (&'a str, &'a [&'a str], &'a str, [Value; 3]);
    let rows: [Row; 10] = [
        (
            "campaign",
            &["--name", "a"],
            "name = 'b'",
            [json!("a"), json!("b"), json!("standard-1")],
        ),
        (
            "lab",
            &["--lab", "smoke"],
            "lab = 'paper'",
            [json!("smoke"), json!("paper"), json!("standard")],
        ),
        (
            "target",
            &["--target", "mlp"],
            "target = 'transformer'",
            [json!("mlp"), json!("transformer"), json!("all")],
        ),
        (
            "seed",
            &["--seed", "3"],
            "seed = 4",
            [json!(3), json!(4), json!(1)],
        ),
        (
            "attempts",
            &["--attempts", "3"],
            "attempts = 4",
            [json!(3), json!(4), json!(200)],
        ),
        (
            "lag",
            &["--lag", "3"],
            "lag = 4",
            [json!(3), json!(4), json!(8)],
        ),
        (
            "champions",
            &["--champions", "0"],
            "champions = 4",
            [json!(0), json!(4), json!(5)],
        ),
        (
            "class",
            &["--class", "batch"],
            "class = 'feature'",
            [json!("batch"), json!("feature"), json!("pointwise")],
        ),
        (
            "parameters",
            &["--parameters", "3"],
            "parameters = 4",
            [json!(3), json!(4), json!(0)],
        ),
        (
            "proposer",
            &["--proposer", "scripted"],
            "proposer = 'recorded:x'",
            [json!("scripted"), json!("recorded"), json!("genetic")],
        ),
    ];
    for (key, words, file, [of_option, of_file, default]) in rows {
        let found = |words, file| json!(charter(words, file))[key].clone();
        assert_eq!(found(words, file), of_option, "{key}");
        assert_eq!(found(words, ""), of_option, "{key}");
        assert_eq!(found(&[], file), of_file, "{key}");
        assert_eq!(found(&[], ""), default, "{key}");
    }
}

#[test]
fn what_has_no_option_is_read_from_the_file() {
    let rows = [
        ("cost_budget", "cost_budget = 7", json!(7), json!(120)),
        ("islands", "islands = 7", json!(7), json!(3)),
        (
            "attempt_deadline_seconds",
            "attempt_deadline = 7.5",
            json!(7.5),
            json!(120.0),
        ),
    ];
    for (key, file, of_file, default) in rows {
        assert_eq!(json!(charter(&[], file))[key], of_file, "{key}");
        assert_eq!(json!(charter(&[], ""))[key], default, "{key}");
    }
    let asking = |file| charter(&["--model", FREE], file).asking.unwrap();
    let (set, default) = (
        asking("repair = false\nguidance_interval = 0\nproposal_deadline = '2m'"),
        asking(""),
    );
    let three = |asking: &Asking| {
        (
            asking.repair,
            asking.guidance_interval,
            asking.deadline_seconds,
        )
    };
    assert_eq!(three(&set), (false, 0, 120.0));
    assert_eq!(three(&default), (true, 25, 300.0));
}

#[test]
fn the_time_of_a_proposal_and_the_requests_at_once_are_options_and_keys() {
    let found = |words: &[&str], file: &str| {
        let words = [&["--model", FREE], words].concat();
        let asking = charter(&words, file).asking.unwrap();
        (asking.deadline_seconds, asking.requests)
    };
    let file = "proposal_deadline = '2m'\nrequests = 3";
    assert_eq!(found(&[], ""), (300.0, None));
    assert_eq!(found(&[], file), (120.0, Some(3)));
    assert_eq!(found(&[], "deadline = '3m'"), (180.0, None));
    assert_eq!(
        found(&["--deadline", "90s", "--requests", "1"], file),
        (90.0, Some(1))
    );
}

#[test]
fn a_run_has_its_own_limit_and_workers() {
    let found = |words, file| {
        let plan = plan(words, file).unwrap();
        (plan.time_limit.map(|limit| limit.as_secs()), plan.workers)
    };
    let file = "time_limit = '2h'\nworkers = 3";
    assert_eq!(found(&[], file), (Some(7_200), 3));
    assert_eq!(
        found(&["--time-limit", "90s", "--workers", "2"], file),
        (Some(90), 2)
    );
    let (limit, workers) = found(&[], "");
    assert!(limit.is_none() && workers > 0);
}

#[test]
fn words_for_prompts_are_the_options_or_the_files() {
    let file = "guidance = 'no exp'\nhide_names = true\nformulas_per_call = 3";
    let instructions = |words: &[&str]| {
        let words: Vec<&str> = ["--model", FREE]
            .into_iter()
            .chain(words.iter().copied())
            .collect();
        let found = charter(&words, file).instructions;
        (found.guidance.unwrap(), found.hide_names, found.formulas)
    };
    assert_eq!(instructions(&[]), ("no exp".to_owned(), true, 3));
    assert_eq!(
        instructions(&["--guidance", "be brief"]),
        ("be brief".to_owned(), true, 3)
    );
    let plain = charter(&["--model", FREE, "--hide-names"], "hide_names = false").instructions;
    assert_eq!(
        (plain.guidance, plain.hide_names, plain.formulas),
        (None, true, 1)
    );
}

#[test]
fn models_of_the_command_line_or_another_proposer_go_before_the_files_models() {
    let file = format!("model = '{FREE}'\nmodels = ['{PAID}']");
    let (free, paid) = (
        "compatible:m@http://localhost:1/v1",
        "compatible:p@http://localhost:1/v1",
    );
    let other = "compatible:o@http://localhost:1/v1,free";
    let rows: [(&[&str], &str, &[&str]); 5] = [
        (&[], "llm", &[free, paid]),
        (&["--proposer", "llm"], "llm", &[free, paid]),
        (
            &["--model", other],
            "llm",
            &["compatible:o@http://localhost:1/v1"],
        ),
        (&["--proposer", "genetic"], "genetic", &[]),
        (&["--proposer", "scripted"], "scripted", &[]),
    ];
    for (words, proposer, models) in rows {
        let found = charter(words, &file);
        assert_eq!(found.proposer, proposer, "{words:?}");
        assert_eq!(found.models, models, "{words:?}");
        assert_eq!(found.asking.is_some(), !models.is_empty(), "{words:?}");
    }
}

#[test]
fn paid_models_have_a_budget_of_five_dollars_unless_one_is_named() {
    let budget = |words: &[&str], file: &str| {
        let found = charter(words, file).asking.unwrap().budget;
        (found.money.map(Money::usd), found.tokens)
    };
    assert_eq!(budget(&["--model", PAID], ""), (Some(5.0), None));
    assert_eq!(budget(&["--model", FREE], ""), (None, None));
    assert_eq!(
        budget(&["--model", PAID], "budget_tokens = 9"),
        (None, Some(9))
    );
    let file = "budget_usd = 2.0";
    assert_eq!(budget(&["--model", PAID], file), (Some(2.0), None));
    assert_eq!(
        budget(&["--model", PAID, "--budget-usd", "0.5"], file),
        (Some(0.5), None)
    );
}

#[test]
fn a_wrong_campaign_file_is_refused_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("campaign.toml");
    let read = |text: &str| {
        std::fs::write(&path, text).unwrap();
        options(&[path.to_str().unwrap()]).file_settings()
    };
    let error = read("attempts = 3\nlabb = 'smoke'\n")
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("is not a campaign file") && error.contains("labb"),
        "{error}"
    );
    let settings = read("replies = 'replies'\nlab = 'own.toml'\n").unwrap();
    assert_eq!(settings.replies, Some(folder.path().join("replies")));
    assert_eq!(
        settings.lab,
        Some(folder.path().join("own.toml").display().to_string())
    );
    assert_eq!(read("lab = 'smoke'").unwrap().lab.as_deref(), Some("smoke"));
    let example: Result<CampaignSettings, _> = toml::from_str(EXAMPLE_CAMPAIGN);
    assert!(example.is_ok(), "{example:?}");
}
