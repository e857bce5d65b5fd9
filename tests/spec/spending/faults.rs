//! A campaign against servers that fail in every way: it makes its attempts, and its ledger is the
//! server's own count.

use std::collections::BTreeMap;

use serde_json::Value;

use super::double::Behaviour;
use super::{bill, close, double, priced, spend};
use crate::binary::{lines, mine, run, stderr, tiny_lab};

#[test]
fn under_thirty_per_cent_faults_of_every_kind_all_attempts_are_made_and_the_ledger_is_the_servers_own_count(
) {
    let folder = tempfile::tempdir().unwrap();
    let lab = tiny_lab();
    let server = double(11, 0.3);
    let output = run(
        folder.path(),
        &mine(
            &lab,
            &[
                "--model",
                &priced(&server),
                "--yes",
                "--attempts",
                "60",
                "--champions",
                "0",
                "--json",
                "--name",
                "faulty",
            ],
        ),
    );
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let finished = lines(&output).pop().unwrap();
    assert_eq!(
        (&finished["attempts"], &finished["stop_reason"]),
        (&60.into(), &"attempts_made".into())
    );
    let seen = server.seen();
    let mut kinds: BTreeMap<Behaviour, u64> = BTreeMap::new();
    seen.iter()
        .for_each(|seen| *kinds.entry(seen.behaviour).or_default() += 1);
    assert_eq!(kinds.len(), 7, "every fault came up: {kinds:?}");
    let spent = spend(folder.path(), "faulty");
    assert_eq!(spent["requests"], seen.len(), "{spent}");
    let told = || seen.iter().filter(|seen| seen.told());
    let untold = seen.iter().filter(|seen| seen.untold()).count();
    assert_eq!(
        spent["input_tokens"],
        told().map(|seen| seen.input_tokens).sum::<u64>()
    );
    assert_eq!(
        spent["output_tokens"],
        told().map(|seen| seen.output_tokens).sum::<u64>()
    );
    assert_eq!(spent["estimated_requests"], untold);
    let (total, estimated) = (
        spent["spent_usd"].as_f64().unwrap(),
        spent["estimated_usd"].as_f64().unwrap(),
    );
    assert!(close(total - estimated, bill(told())), "{spent}");
    assert!(
        total >= bill(seen.iter()),
        "what may have been billed is never counted as less than it can have been"
    );
    let outcomes: BTreeMap<&str, u64> = spent["by_outcome"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            (
                row["outcome"].as_str().unwrap(),
                row["requests"].as_u64().unwrap(),
            )
        })
        .collect();
    let count = |behaviour| kinds[&behaviour];
    assert_eq!(
        outcomes["answered"],
        count(Behaviour::Answer) + count(Behaviour::Slow)
    );
    assert_eq!(outcomes["rate_limited"], count(Behaviour::RateLimited));
    assert_eq!(outcomes["trouble"], count(Behaviour::ServerError));
    assert_eq!(
        outcomes["lost"],
        count(Behaviour::Drop) + count(Behaviour::CutBody)
    );
    assert_eq!(outcomes["malformed"], count(Behaviour::Malformed));
}

#[test]
fn spending_is_told_apart_by_model_by_purpose_and_by_what_became_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let lab = tiny_lab();
    let server = double(3, 0.1);
    let free = double(4, 0.0);
    let free_model = format!("compatible:{},free,weight=0.5", free.model("free"));
    let output = run(
        folder.path(),
        &mine(
            &lab,
            &[
                "--model",
                &priced(&server),
                "--model",
                &free_model,
                "--yes",
                "--attempts",
                "40",
                "--champions",
                "0",
                "--json",
                "--name",
                "two",
            ],
        ),
    );
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let finished = lines(&output).pop().unwrap();
    let spent = spend(folder.path(), "two");
    assert_eq!(
        finished["spending"]["by_model"], spent["by_model"],
        "the closing event says the same"
    );
    let sum = |part: &str| {
        spent[part]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["spent_usd"].as_f64().unwrap())
            .sum::<f64>()
    };
    let requests = |part: &str| {
        spent[part]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["requests"].as_u64().unwrap())
            .sum::<u64>()
    };
    for part in ["by_model", "by_purpose", "by_end", "by_outcome"] {
        assert!(
            close(sum(part), spent["spent_usd"].as_f64().unwrap()),
            "{part}: {spent}"
        );
        assert_eq!(spent["requests"], requests(part), "{part}");
    }
    let models = spent["by_model"].as_array().unwrap();
    assert_eq!(models.len(), 2, "both were asked");
    let of = |name: &str| {
        models
            .iter()
            .find(|row| row["model"].as_str().unwrap().contains(name))
            .unwrap()
    };
    assert_eq!(
        (
            of("free@")["requests"].as_u64().unwrap(),
            of("free@")["spent_usd"].as_f64()
        ),
        (free.seen().len() as u64, Some(0.0))
    );
    assert_eq!(of("paid@")["requests"], server.seen().len());
    let purposes: Vec<&str> = spent["by_purpose"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["purpose"].as_str().unwrap())
        .collect();
    assert!(
        purposes.contains(&"guidance") && purposes.contains(&"crossover") && purposes.len() >= 5,
        "{purposes:?}"
    );
    let each = spent["usd_a_candidate"].as_f64().unwrap();
    assert!(close(
        each,
        spent["spent_usd"].as_f64().unwrap() / spent["candidates"].as_f64().unwrap()
    ));
    assert_eq!(spent["candidates"], finished["candidates"]);
    let price = &spent["prices"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["model"].as_str().unwrap().contains("paid@"))
        .unwrap()["price"];
    assert_eq!(
        (&price["input"], &price["output"]),
        (&Value::from(3.0), &Value::from(15.0)),
        "the prices are kept with the campaign"
    );
}

#[test]
fn a_reply_with_several_formulas_makes_several_attempts_of_one_call() {
    let folder = tempfile::tempdir().unwrap();
    let lab = tiny_lab();
    let replies: Vec<String> = (0..8)
        .map(|number| {
            let formula = |part: usize| {
                serde_json::json!({
                    "formula": format!("x*sigmoid({}.{part}*x)", number + 1)
                })
            };
            serde_json::json!({ "functions": [formula(1), formula(4), formula(7)] }).to_string()
        })
        .collect();
    std::fs::write(folder.path().join("replies.txt"), replies.join("\n---\n")).unwrap();
    std::fs::write(folder.path().join("many.toml"), "formulas_per_call = 3\n").unwrap();
    let output = run(
        folder.path(),
        &mine(
            &lab,
            &[
                "many.toml",
                "--proposer",
                "scripted",
                "--replies",
                "replies.txt",
                "--attempts",
                "12",
                "--json",
                "--name",
                "many",
            ],
        ),
    );
    let attempts = lines(&run(
        folder.path(),
        &["archive", "attempts", "many", "--json"],
    ));
    let siblings: Vec<(u64, Option<u64>)> = attempts
        .iter()
        .map(|attempt| {
            (
                attempt["attempt"].as_u64().unwrap(),
                attempt["sibling_of"].as_u64(),
            )
        })
        .collect();
    let from_others = siblings.iter().filter(|(_, of)| of.is_some()).count();
    assert!(from_others >= 3, "{siblings:?} {}", stderr(&output));
    for (attempt, of) in &siblings {
        assert!(
            of.is_none_or(|of| of + 8 <= *attempt),
            "a formula waits until its reply's first has been placed: {siblings:?}"
        );
    }
    assert!(attempts
        .iter()
        .filter(|attempt| attempt["sibling_of"].is_u64())
        .all(|attempt| attempt["formula"].is_string()));
}
