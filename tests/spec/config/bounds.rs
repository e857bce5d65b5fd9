//! Numbers are held to their bounds, and what contradicts is refused.

use motherlode::config::settings::{
    ATTEMPTS, CHAMPIONS, COST_BUDGET, ISLANDS, LAG, PARAMETERS, REQUESTS,
};

use super::{charter, refused, FREE};

#[test]
fn every_number_is_held_to_its_bounds() {
    for bounds in [
        ATTEMPTS,
        LAG,
        ISLANDS,
        COST_BUDGET,
        CHAMPIONS,
        PARAMETERS,
        REQUESTS,
    ] {
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
