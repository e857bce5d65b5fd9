//! Budgets: no call leaves without room for it, on any number of threads.

use motherlode::campaign::AttemptPurse;
use motherlode::journal::Journal;
use motherlode::numerics::stop::Stop;
use motherlode::numerics::stream::Key;
use motherlode::proposer::llm::Patience;
use motherlode::proposer::{Llm, Pause, Proposer, Unanswered};
use motherlode::record::charter::{Asking, ModelSetting, Structured};
use motherlode::record::ledger::{Budget, Money, Price};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::double::{Double, Script};
use super::{bill, double, priced, spend, INPUT_PRICE, OUTPUT_PRICE};
use crate::binary::{lines, mine, run, stderr, tiny_lab};
use crate::journal::charter;
use crate::proposer::brief;

const CENTS: f64 = 0.05;

#[test]
fn a_budget_of_five_cents_is_not_overspent_in_two_hundred_runs_with_faults_on_many_threads() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::create_or_open(&folder.path().join("archive")).unwrap();
    for number in 0..200 {
        let mut stream = Key::new(number).word("run").stream();
        let (threads, faults, greedy) =
            (1 + stream.below(6), 0.5 * stream.unit(), stream.chance(0.5));
        let server = Double::start(Script {
            greedy,
            ..Script::by_chance(number, faults)
        });
        let budget = Budget {
            money: Money::dollars(CENTS),
            tokens: None,
        };
        let asking = Asking {
            models: vec![ModelSetting {
                address: format!("compatible:{}", server.model("paid")),
                weight: 1.0,
                price: Price::stated(
                    INPUT_PRICE + 0.001 * stream.below(3000) as f64,
                    OUTPUT_PRICE,
                    "test",
                ),
                most_tokens: 100 + stream.below(400) as u32,
                temperature: None,
                effort: None,
                key_variable: None,
                tier: None,
                structured: Structured::None,
            }],
            budget,
            deadline_seconds: 60.0,
            requests: None,
            repair: stream.chance(0.5),
            guidance_interval: 0,
        };
        let patience = Patience {
            first_wait: Duration::from_millis(1),
            longest_wait: Duration::from_millis(2),
            ..Patience::default()
        };
        let price = asking.models[0].price.clone();
        let llm = Llm::new(&asking, &|_| None, patience, 8).unwrap();
        let name = format!("run-{number}");
        journal.begin(&charter(&name)).unwrap();
        let next = AtomicU64::new(1);
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| loop {
                    let attempt = next.fetch_add(1, Ordering::SeqCst);
                    journal.reserve(&name, attempt).unwrap();
                    let purse = AttemptPurse::new(&journal, &name, attempt, budget);
                    match llm.ask(&brief(attempt), &purse, &Stop::new()) {
                        Err(Unanswered::Paused {
                            pause: Pause::Budget,
                            ..
                        }) => return,
                        Err(Unanswered::Paused { .. }) => panic!("only the budget pauses"),
                        _ if attempt > 500 => {
                            panic!("a budget of {CENTS} pays for {attempt} attempts")
                        }
                        _ => {}
                    }
                });
            }
        });
        let balance = journal.balance(&name).unwrap();
        let billed: f64 = server
            .seen()
            .iter()
            .map(|seen| {
                (seen.input_tokens as f64 * price.input + seen.output_tokens as f64 * price.output)
                    / 1e6
            })
            .sum();
        assert!(
            billed <= CENTS + 1e-12,
            "run {number}: the server bills ${billed}"
        );
        assert!(
            balance.spent.usd() <= CENTS && balance.held == Money::ZERO,
            "run {number}: {balance:?}"
        );
        assert!(
            balance.spent.usd() >= billed - 1e-9,
            "run {number}: the ledger says ${} and the server ${billed}",
            balance.spent.usd()
        );
        assert_eq!(balance.requests, server.seen().len() as u64, "run {number}");
    }
    journal.close().unwrap();
}

#[test]
fn a_campaign_ends_at_its_budget_says_so_at_half_and_goes_on_with_a_larger_one() {
    let folder = tempfile::tempdir().unwrap();
    let lab = tiny_lab();
    let server = double(5, 0.0);
    let model = priced(&server);
    let output = run(
        folder.path(),
        &mine(
            &lab,
            &[
                "--model",
                &model,
                "--yes",
                "--attempts",
                "400",
                "--budget-usd",
                "0.2",
                "--champions",
                "2",
                "--json",
                "--name",
                "poor",
            ],
        ),
    );
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    let events = lines(&output);
    let finished = events.last().unwrap();
    assert_eq!(finished["stop_reason"], "budget");
    assert!(finished["spent_usd"].as_f64().unwrap() <= 0.2 && bill(server.seen().iter()) <= 0.2);
    assert!(
        finished["champions"]
            .as_array()
            .is_some_and(|champions| !champions.is_empty()),
        "what was found is confirmed: that costs no money"
    );
    let warnings: Vec<&str> = events
        .iter()
        .filter(|event| event["event"] == "warning")
        .filter_map(|event| event["message"].as_str())
        .collect();
    // Requests that end together may pass two marks at once, of which the higher is told.
    let told: Vec<&str> = warnings
        .iter()
        .filter_map(|warning| {
            warning
                .strip_suffix(" attempts")?
                .split(" % of the budget")
                .next()
        })
        .collect();
    assert!(
        !told.is_empty()
            && told.is_sorted()
            && told.iter().all(|mark| ["50", "80", "95"].contains(mark)),
        "{warnings:?}"
    );
    assert!(
        told.windows(2).all(|pair| pair[0] != pair[1]),
        "each once: {warnings:?}"
    );
    let made = finished["attempts"].as_u64().unwrap();
    let refused = run(folder.path(), &["mine", "--resume", "poor", "--yes"]);
    assert_eq!(
        refused.status.code(),
        Some(3),
        "as it ended: {}",
        stderr(&refused)
    );
    assert!(
        stderr(&refused).contains("no room for one call"),
        "{}",
        stderr(&refused)
    );
    let goal = (made + 5).to_string();
    let more = run(
        folder.path(),
        &[
            "mine",
            "--resume",
            "poor",
            "--yes",
            "--budget-usd",
            "0.5",
            "--attempts",
            &goal,
            "--json",
        ],
    );
    assert_eq!(more.status.code(), Some(0), "{}", stderr(&more));
    assert_eq!(
        lines(&more).pop().unwrap()["attempts"].as_u64(),
        Some(made + 5)
    );
    assert_eq!(
        spend(folder.path(), "poor")["requests"],
        server.seen().len()
    );
}

#[test]
fn a_budget_of_tokens_is_kept_on_a_free_server() {
    let folder = tempfile::tempdir().unwrap();
    let lab = tiny_lab();
    let server = double(6, 0.0);
    let model = format!("compatible:{},free,max_tokens=200", server.model("free"));
    let output = run(
        folder.path(),
        &mine(
            &lab,
            &[
                "--model",
                &model,
                "--attempts",
                "400",
                "--budget-tokens",
                "60000",
                "--json",
                "--name",
                "few",
            ],
        ),
    );
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    let used: u64 = server
        .seen()
        .iter()
        .map(|seen| seen.input_tokens + seen.output_tokens)
        .sum();
    assert!(used <= 60_000 && used > 30_000, "{used}");
    assert_eq!(lines(&output).pop().unwrap()["stop_reason"], "budget");
}

#[test]
fn a_paid_model_is_not_asked_without_consent_a_price_and_room_for_one_call() {
    let folder = tempfile::tempdir().unwrap();
    let lab = tiny_lab();
    let server = double(7, 0.0);
    let address = format!("compatible:{}", server.model("paid"));
    let rows: [(Vec<&str>, &str); 5] = [
        (vec![], "add --yes"),
        (
            vec!["--yes", "--budget-usd", "0.0001"],
            "no room for one call",
        ),
        (
            vec!["--yes", "--budget-tokens", "10"],
            "no room for one call",
        ),
        (
            vec!["--yes", "--budget-usd", "-1"],
            "a budget is a number of dollars",
        ),
        (
            vec!["--yes", "--budget-usd", "nan"],
            "a budget is a number of dollars",
        ),
    ];
    for (options, words) in rows {
        let model = priced(&server);
        let output = run(
            folder.path(),
            &mine(
                &lab,
                &[
                    &["--model", model.as_str(), "--attempts", "5"],
                    &options[..],
                ]
                .concat(),
            ),
        );
        assert_eq!(
            output.status.code(),
            Some(2),
            "{options:?}: {}",
            stderr(&output)
        );
        assert!(
            stderr(&output).contains(words) && stderr(&output).lines().count() == 1,
            "{options:?}: {}",
            stderr(&output)
        );
    }
    let unpriced = run(folder.path(), &mine(&lab, &["--model", &address, "--yes"]));
    assert_eq!(unpriced.status.code(), Some(2));
    assert!(
        stderr(&unpriced).contains("price.input=") && stderr(&unpriced).contains(",free"),
        "{}",
        stderr(&unpriced)
    );
    assert!(
        server.seen().is_empty() && !folder.path().join("archive").exists(),
        "nothing was sent, and nothing was made"
    );
}
