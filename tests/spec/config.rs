//! The settings of campaigns: options over files, bounds, and what contradicts, without a process.

use std::time::Duration;

use clap::{Args, Command, FromArgMatches};
use motherlode::config::settings::{ATTEMPTS, CHAMPIONS, COST_BUDGET, ISLANDS, LAG, PARAMETERS};
use motherlode::config::{find_lab, free_name, CampaignOptions, ConfigError, Plan};
use motherlode::record::charter::Charter;
use motherlode::record::ledger::Money;
use serde_json::{json, Value};

/// A model that costs nothing, and one that is paid for.
const FREE: &str = "compatible:m@http://localhost:1/v1,free";
const PAID: &str = "compatible:p@http://localhost:1/v1,price.input=1,price.output=2";

/// The options of a command line.
fn options(words: &[&str]) -> CampaignOptions {
    let command = CampaignOptions::augment_args(Command::new("mine"));
    let matches = command
        .try_get_matches_from(["mine"].iter().chain(words))
        .unwrap();
    CampaignOptions::from_arg_matches(&matches).unwrap()
}

/// The plan of these options over a campaign file with this text.
fn plan(words: &[&str], file: &str) -> Result<Plan, ConfigError> {
    Plan::new(options(words).settings, toml::from_str(file).unwrap())
}

fn charter(words: &[&str], file: &str) -> Charter {
    plan(words, file).unwrap().charter
}

/// What is said where there is no plan.
fn refused(words: &[&str], file: &str) -> String {
    match plan(words, file) {
        Ok(plan) => panic!("{words:?} over {file}: {:?}", plan.charter),
        Err(error) => {
            assert!(error.is_usage(), "{error}");
            error.to_string()
        }
    }
}

/// A charter of the archive that asks a free model.
fn begun() -> Charter {
    charter(
        &["--model", FREE, "--budget-tokens", "1000"],
        "attempts = 10",
    )
}

#[test]
fn an_option_goes_before_the_file_and_the_file_before_the_default() {
    /// The charter's key, the option, the file's line, and the value of each and of neither.
    type Row<'a> = (&'a str, &'a [&'a str], &'a str, [Value; 3]);
    let rows: [Row; 9] = [
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
            [json!("mlp"), json!("transformer"), json!("general")],
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
        ("islands", "islands = 7", json!(7), json!(2)),
        ("lag", "lag = 7", json!(7), json!(8)),
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
    let three = |asking: &motherlode::record::charter::Asking| {
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
fn every_number_is_held_to_its_bounds() {
    for bounds in [ATTEMPTS, LAG, ISLANDS, COST_BUDGET, CHAMPIONS, PARAMETERS] {
        assert!(bounds.check(bounds.least).is_ok() && bounds.check(bounds.most).is_ok());
        if let Some(found) = bounds.least.checked_sub(1) {
            let error = bounds.check(found).unwrap_err().to_string();
            assert_eq!(
                error,
                format!("{} must be at least {}", bounds.key, bounds.least)
            );
        }
        if let Some(found) = bounds.most.checked_add(1) {
            let error = bounds.check(found).unwrap_err().to_string();
            let most = bounds.most;
            assert_eq!(
                error,
                format!("{} must be at most {most}, found {found}", bounds.key)
            );
        }
    }
    let long = format!("guidance = '{}'", "x".repeat(20_001));
    let rows: [(&[&str], &str, &str); 15] = [
        (&["--attempts", "0"], "", "attempts must be at least 1"),
        (&[], "lag = 0", "lag must be at least 1"),
        (&[], "lag = 1001", "lag must be at most 1000, found 1001"),
        (
            &[],
            "islands = 1001",
            "islands must be at most 1000, found 1001",
        ),
        (&[], "cost_budget = 0", "cost_budget must be at least 1"),
        (
            &["--champions", "1001"],
            "",
            "champions must be at most 1000, found 1001",
        ),
        (
            &["--parameters", "17"],
            "",
            "parameters must be at most 16, found 17",
        ),
        (
            &[],
            "attempt_deadline = 0.0",
            "attempt_deadline must be a number of seconds above 0 and at most 1000000",
        ),
        (
            &[],
            "attempt_deadline = nan",
            "attempt_deadline must be a number of seconds above 0 and at most 1000000",
        ),
        (
            &["--model", FREE],
            "proposal_deadline = '25h'",
            "proposal_deadline must be above 0 and at most 24h",
        ),
        (
            &["--model", FREE],
            "formulas_per_call = 17",
            "formulas_per_call must be between 1 and 16, found 17",
        ),
        (
            &["--model", FREE],
            &long,
            "guidance must be at most 20000 bytes long",
        ),
        (
            &["--model", FREE, "--budget-usd", "-1"],
            "",
            "a budget is a number of dollars from 0 on, found -1",
        ),
        (&["--workers", "0"], "", "--workers must be at least 1"),
        (
            &["--workers", "1025"],
            "",
            "--workers must be at most 1024, found 1025",
        ),
    ];
    for (words, file, said) in rows {
        assert_eq!(refused(words, file), said, "{words:?}");
    }
}

#[test]
fn what_contradicts_is_refused_with_what_to_do() {
    let rows: [(&[&str], &str, &str); 13] = [
        (
            &["--proposer", "random"],
            "",
            "there is no proposer 'random'; choose genetic, llm, scripted or recorded:FILE",
        ),
        (
            &["--proposer", "recorded"],
            "",
            "the recorded proposer needs a file",
        ),
        (
            &["--proposer", "genetic", "--model", FREE],
            "",
            "the genetic proposer asks no model; leave --model out",
        ),
        (
            &["--model", FREE],
            "proposer = 'genetic'",
            "the genetic proposer asks no model; leave --model out",
        ),
        (
            &["--model", FREE, "--model", FREE],
            "",
            "compatible:m@http://localhost:1/v1 is named twice",
        ),
        (&["--model", FREE, "--model", "nobody:x"], "", "nobody"),
        (
            &["--budget-usd", "1"],
            "",
            "--budget-usd does nothing with the genetic proposer; name a model by --model",
        ),
        (
            &["--budget-tokens", "1", "--proposer", "scripted"],
            "",
            "--budget-tokens does nothing with the scripted proposer",
        ),
        (
            &["--guidance", "be brief"],
            "",
            "--guidance does nothing with the genetic proposer",
        ),
        (
            &["--hide-names"],
            "",
            "--hide-names does nothing with the genetic proposer",
        ),
        (
            &[],
            "formulas_per_call = 2",
            "formulas_per_call does nothing with the genetic proposer",
        ),
        (
            &["--time-limit", "soon"],
            "",
            "'soon' is not a duration; write a number and a unit",
        ),
        (&["--name", "Not a name"], "", "Not a name"),
    ];
    for (words, file, said) in rows {
        let found = refused(words, file);
        assert!(found.contains(said), "{words:?}: {found}");
    }
    for (words, said) in [
        (["--lab", "standart"], "standard"),
        (["--target", "mpl"], "mlp"),
    ] {
        let found = refused(&words, "");
        assert!(found.contains(said), "{found}");
    }
    // What a file says by the way contradicts nothing.
    assert_eq!(
        charter(&[], "guidance = 'no exp'\nbudget_usd = 1.0").proposer,
        "genetic"
    );
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
        (&["campaign.toml"], "a campaign file cannot be given with --resume: a campaign keeps the settings it was started with"),
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
        (&["--attempts", "9"], "has made 10 attempts already; --attempts 9 must be at least that"),
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
    let example: Result<motherlode::config::CampaignSettings, _> =
        toml::from_str(motherlode::config::EXAMPLE_CAMPAIGN);
    assert!(example.is_ok(), "{example:?}");
}
