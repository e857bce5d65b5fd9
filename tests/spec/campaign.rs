//! Campaigns end to end: the same result on any number of workers, after any stop, and never more
//! than was asked.

use std::io::{BufRead, BufReader};
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::binary::{lines, mine, run, start, stderr, stdout, tiny_lab, write_replies};

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder can be made")
}

/// The attempts of a campaign as the archive shows them.
fn attempts(folder: &Path, campaign: &str) -> Vec<Value> {
    lines(&run(folder, &["archive", "attempts", campaign, "--json"]))
}

/// Mines 40 attempts with these further options; the table and the attempts.
fn mined(options: &[&str]) -> (String, Vec<Value>) {
    let folder = folder();
    let lab = tiny_lab();
    let output = run(
        folder.path(),
        &mine(
            &lab,
            &[&["--attempts", "40", "--name", "same"], options].concat(),
        ),
    );
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    (stdout(&output), attempts(folder.path(), "same"))
}

#[test]
fn the_same_seed_gives_the_same_table_on_one_worker_and_on_three() {
    let one = mined(&["--seed", "5", "--workers", "1"]);
    assert_eq!(one, mined(&["--seed", "5", "--workers", "3"]));
    assert_ne!(
        one,
        mined(&["--seed", "6", "--workers", "1"]),
        "another seed is another campaign"
    );
}

#[test]
fn a_campaign_that_goes_on_ends_like_one_that_never_stopped() {
    let folder = folder();
    let lab = tiny_lab();
    let whole = mined(&["--seed", "5"]);
    let first = run(
        folder.path(),
        &mine(&lab, &["--seed", "5", "--attempts", "13", "--name", "same"]),
    );
    assert_eq!(first.status.code(), Some(0), "{}", stderr(&first));
    let rest = run(
        folder.path(),
        &["mine", "--resume", "same", "--attempts", "40"],
    );
    assert_eq!(rest.status.code(), Some(0), "{}", stderr(&rest));
    let journal = motherlode::journal::Journal::open(&folder.path().join("archive")).unwrap();
    let founders = journal
        .founders("same")
        .unwrap()
        .expect("known activations are measured once and kept");
    assert!(founders.len() > 5 && founders[0].evaluation.estimate.fitness.value() == 0.0);
    journal.close().unwrap();
    assert_eq!(whole, (stdout(&rest), attempts(folder.path(), "same")));
}

#[test]
fn an_interrupt_keeps_what_is_done_and_a_resume_goes_on() {
    let folder = folder();
    let lab = tiny_lab();
    let mut child = start(
        folder.path(),
        &mine(
            &lab,
            &[
                "--seed",
                "5",
                "--attempts",
                "4000",
                "--name",
                "same",
                "--json",
            ],
        ),
    );
    let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
    let seen = output
        .by_ref()
        .map(|line| line.unwrap())
        .filter(|line| line.contains("\"event\":\"attempt\""))
        .take(10)
        .count();
    assert_eq!(seen, 10);
    let interrupted = std::process::Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(interrupted.success());
    let last: Value =
        serde_json::from_str(&output.map(|line| line.unwrap()).last().unwrap()).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(
        (&last["event"], &last["stop_reason"]),
        (&"finished".into(), &"interrupted".into())
    );
    let kept = attempts(folder.path(), "same");
    assert_eq!(kept.len() as u64, last["attempts"].as_u64().unwrap());
    let more = (kept.len() + 5).to_string();
    let resumed = run(
        folder.path(),
        &["mine", "--resume", "same", "--attempts", &more, "--json"],
    );
    assert_eq!(resumed.status.code(), Some(0), "{}", stderr(&resumed));
    assert_eq!(&attempts(folder.path(), "same")[..kept.len()], &kept[..]);
}

#[test]
fn a_second_process_is_told_who_holds_the_archive() {
    let folder = folder();
    let lab = tiny_lab();
    let mut child = start(
        folder.path(),
        &mine(&lab, &["--attempts", "100000", "--json"]),
    );
    let mut output = BufReader::new(child.stdout.take().unwrap());
    output.read_line(&mut String::new()).unwrap();
    let reader = std::thread::spawn(move || output.lines().count());
    let second = run(folder.path(), &mine(&lab, &["--attempts", "1"]));
    child.kill().unwrap();
    child.wait().unwrap();
    reader.join().unwrap();
    assert_eq!(
        second.status.code(),
        Some(1),
        "the archive is there and in use: nothing is wrong with the words"
    );
    assert!(
        stderr(&second).contains("in use by") && stderr(&second).contains(&child.id().to_string()),
        "{}",
        stderr(&second)
    );
}

#[test]
fn duplicates_are_recognised_before_training() {
    let folder = folder();
    let replies = folder.path().join("replies.txt");
    std::fs::write(
        &replies,
        "{\"formula\": \"x*sigmoid(2*x)\"}\n---\n{\"formula\": \"sigmoid(x + x)*x\"}\n---\n\
        {\"formula\": \"max(0, x)\"}\n",
    )
    .unwrap();
    let lab = tiny_lab();
    let output = run(
        folder.path(),
        &mine(
            &lab,
            &[
                "--proposer",
                "scripted",
                "--replies",
                "replies.txt",
                "--attempts",
                "3",
                "--name",
                "same",
            ],
        ),
    );
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let attempts = attempts(folder.path(), "same");
    assert_eq!(attempts[0]["rejection"], Value::Null);
    assert_eq!(
        (
            &attempts[1]["rejection"]["kind"],
            &attempts[2]["rejection"]["kind"]
        ),
        (&"Duplicate".into(), &"Duplicate".into())
    );
    assert!(
        attempts[1]["rejection"]["detail"]
            .as_str()
            .unwrap()
            .contains("attempt 1"),
        "both are under way at once: {}",
        attempts[1]
    );
    assert!(attempts[2]["rejection"]["detail"]
        .as_str()
        .unwrap()
        .contains("relu"));
}

#[test]
fn replies_that_run_out_are_a_stop_reason() {
    let folder = folder();
    let replies = write_replies(folder.path(), 9);
    let lab = tiny_lab();
    let output = run(
        folder.path(),
        &mine(
            &lab,
            &[
                "--proposer",
                "scripted",
                "--replies",
                replies.to_str().unwrap(),
                "--attempts",
                "20",
                "--json",
            ],
        ),
    );
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    let finished = lines(&output).pop().unwrap();
    assert_eq!(
        (&finished["stop_reason"], &finished["attempts"]),
        (&"replies_exhausted".into(), &9.into())
    );
}

#[test]
fn a_time_limit_stops_with_its_own_exit_code() {
    let folder = folder();
    let lab = tiny_lab();
    let output = run(
        folder.path(),
        &mine(
            &lab,
            &["--attempts", "10000000", "--time-limit", "1s", "--json"],
        ),
    );
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    assert_eq!(lines(&output).pop().unwrap()["stop_reason"], "time_limit");
}

/// A model double on loopback that answers every chat request in the same way.
fn model(template: wiremock::ResponseTemplate) -> (tokio::runtime::Runtime, wiremock::MockServer) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let server = runtime.block_on(async {
        let server = wiremock::MockServer::start().await;
        wiremock::Mock::given(wiremock::matchers::path("/v1/chat/completions"))
            .respond_with(template)
            .mount(&server)
            .await;
        server
    });
    (runtime, server)
}

#[test]
fn a_model_behind_a_url_proposes() {
    let content = "{\"formula\": \"x*sigmoid(1.7*x)\", \"name\": \"sharp\", \
         \"rationale\": \"a sharper gate\"}";
    let body = serde_json::json!({
        "choices": [{
            "message": {"role": "assistant", "content": content},
            "finish_reason": "stop"
        }],
        "usage": {"prompt_tokens": 11, "completion_tokens": 7}
    });
    let (_runtime, server) = model(wiremock::ResponseTemplate::new(200).set_body_json(body));
    let folder = folder();
    let lab = tiny_lab();
    let address = format!("compatible:double@{}/v1,free", server.uri());
    let output = run(
        folder.path(),
        &mine(
            &lab,
            &[
                "--model",
                &address,
                "--attempts",
                "3",
                "--json",
                "--name",
                "asked",
            ],
        ),
    );
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let finished = lines(&output).pop().unwrap();
    assert_eq!(
        (
            &finished["candidates"],
            &finished["rejections"]["Duplicate"]
        ),
        (&1.into(), &2.into()),
        "{finished}"
    );
    assert_eq!(finished["spent_usd"], 0.0, "its user declared it free");
    let id = finished["best"]["id"].as_str().unwrap().to_owned();
    let shown: Value = serde_json::from_str(&stdout(&run(
        folder.path(),
        &["archive", "show", &id, "--json"],
    )))
    .unwrap();
    assert_eq!(shown["record"]["reply"]["text"], content);
    let call = &shown["record"]["calls"][0];
    assert_eq!(
        (
            &call["usage"]["input_uncached"],
            &call["usage"]["output_visible"],
            &call["source"]
        ),
        (&11.into(), &7.into(), &"free".into())
    );
    assert_eq!(shown["rationale"], "a sharper gate");
}

#[test]
fn a_model_that_never_answers_stops_the_campaign_loudly() {
    let (_runtime, server) = model(
        wiremock::ResponseTemplate::new(400)
            .set_body_string("{\"error\": {\"message\": \"no such thing\"}}"),
    );
    let folder = folder();
    let lab = tiny_lab();
    let address = format!("compatible:double@{}/v1,free", server.uri());
    let output = run(
        folder.path(),
        &mine(
            &lab,
            &["--model", &address, "--attempts", "50", "--name", "asked"],
        ),
    );
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains(
            "calls in a row brought no reply; the last: the server refuses the request (HTTP 400: \
             no such thing)"
        ),
        "{}",
        stderr(&output)
    );
    assert!(
        attempts(folder.path(), "asked").len() < 15,
        "it does not burn the attempts"
    );
}

#[test]
fn a_reader_that_goes_away_ends_the_campaign_without_a_panic() {
    let folder = folder();
    let lab = tiny_lab();
    let mut child = start(
        folder.path(),
        &mine(&lab, &["--attempts", "100000", "--json", "--name", "same"]),
    );
    let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
    assert_eq!(output.by_ref().take(5).count(), 5);
    drop(output);
    assert_eq!(
        child.wait().unwrap().code(),
        Some(1),
        "101 would be a panic"
    );
    assert!(attempts(folder.path(), "same").len() >= 4);
}

#[test]
fn a_campaign_in_which_no_call_succeeded_has_failed() {
    let (_runtime, server) = model(wiremock::ResponseTemplate::new(400).set_body_string("{}"));
    let folder = folder();
    let lab = tiny_lab();
    let address = format!("compatible:double@{}/v1,free", server.uri());
    let output = run(
        folder.path(),
        &mine(
            &lab,
            &["--model", &address, "--attempts", "2", "--name", "asked"],
        ),
    );
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("not one call brought a reply"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn refused_credentials_stop_the_campaign_and_cost_no_attempt() {
    let (_runtime, server) = model(
        wiremock::ResponseTemplate::new(401)
            .set_body_string("{\"error\": {\"message\": \"who are you\"}}"),
    );
    let folder = folder();
    let lab = tiny_lab();
    let address = format!("compatible:double@{}/v1,free", server.uri());
    let output = run(
        folder.path(),
        &mine(
            &lab,
            &["--model", &address, "--attempts", "50", "--name", "asked"],
        ),
    );
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("PAUSED, credentials")
            && stderr(&output).contains("--resume asked"),
        "{}",
        stderr(&output)
    );
    assert!(attempts(folder.path(), "asked").is_empty());
    let again = run(folder.path(), &["mine", "--resume", "asked"]);
    assert_eq!(
        again.status.code(),
        Some(1),
        "the same refusal, not eight lost replies"
    );
    assert!(attempts(folder.path(), "asked").is_empty());
}

/// Replies of the scripted proposer, and the campaign that reads them with these further options.
fn scripted(formulas: &[&str], options: &[&str]) -> (TempDir, Vec<Value>) {
    let folder = folder();
    let replies: Vec<String> = formulas
        .iter()
        .map(|formula| serde_json::json!({ "formula": formula }).to_string())
        .collect();
    std::fs::write(folder.path().join("replies.txt"), replies.join("\n---\n")).unwrap();
    let count = formulas.len().to_string();
    let lab = tiny_lab();
    let fixed = [
        "--proposer",
        "scripted",
        "--replies",
        "replies.txt",
        "--attempts",
        &count,
        "--name",
        "same",
    ];
    let output = run(folder.path(), &mine(&lab, &[&fixed[..], options].concat()));
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let attempts = attempts(folder.path(), "same");
    (folder, attempts)
}

#[test]
fn a_formula_beyond_the_campaigns_class_is_forbidden_by_the_operator_that_crossed_it() {
    let rows: [(&[&str], &str, Option<&str>); 9] = [
        (
            &[],
            "tanh(x) - batch_mean(x)",
            Some(
                "`batch_mean` reads other rows of the batch: this campaign allows pointwise \
                 formulas only (--class batch)",
            ),
        ),
        (
            &[],
            "x*sigmoid(roll(x, 1))",
            Some(
                "`roll` reads other features of its row: this campaign allows pointwise formulas \
                 only (--class feature)",
            ),
        ),
        (
            &["--class", "feature"],
            "tanh(x) + 0.1*tensor_std(x)",
            Some(
                "`tensor_std` reads other rows of the batch: this campaign allows feature \
                 formulas only (--class batch)",
            ),
        ),
        (
            &["--class", "feature"],
            "softmax(x)*tanh(x) + batch_max(x)",
            Some("`batch_max`"),
        ),
        (
            &["--class", "feature"],
            "x*sigmoid(x - feature_mean(x))",
            None,
        ),
        (&["--class", "batch"], "tanh(x - batch_mean(x))", None),
        (
            &[],
            "max(x, param(0.2)*x) + 0.1*tanh(x)",
            Some(
                "`param`: the formula has 1 trainable parameter, this campaign allows none \
                 (--parameters 1)",
            ),
        ),
        (
            &["--parameters", "1"],
            "channel_param(1)*x*sigmoid(param(1)*x)",
            Some(
                "`channel_param`: the formula has 2 trainable parameters, this campaign allows at \
                 most 1 (--parameters 2)",
            ),
        ),
        (
            &["--parameters", "2"],
            "channel_param(1)*x*sigmoid(param(1.3)*x)",
            None,
        ),
    ];
    for (options, formula, detail) in rows {
        let (_, attempts) = scripted(&[formula], options);
        let rejection = &attempts[0]["rejection"];
        match detail {
            Some(detail) => {
                assert_eq!(rejection["kind"], "Forbidden", "{formula}: {rejection}");
                assert!(
                    rejection["detail"].as_str().unwrap().contains(detail),
                    "{formula}: {rejection}"
                );
            }
            None => assert!(
                attempts[0]["fitness"].is_f64(),
                "{formula} {options:?}: {rejection}"
            ),
        }
    }
}

#[test]
fn a_formula_with_a_parameter_is_another_than_the_one_with_its_number() {
    let formulas = [
        "x*sigmoid(1.7*x)",
        "x*sigmoid(param(1.7)*x)",
        "x*sigmoid(channel_param(1.7)*x)",
        "sigmoid(param(1.7)*x)*x",
    ];
    let (_, attempts) = scripted(&formulas, &["--parameters", "1"]);
    let kinds: Vec<&Value> = attempts
        .iter()
        .map(|attempt| &attempt["rejection"]["kind"])
        .collect();
    assert_eq!(
        kinds,
        [
            &Value::Null,
            &Value::Null,
            &Value::Null,
            &"Duplicate".into()
        ]
    );
}

#[test]
fn a_campaign_keeps_what_it_allows_and_says_so() {
    let (folder, _) = scripted(
        &["x*sigmoid(x - batch_mean(x))", "x*tanh(param(0.7)*x)"],
        &["--class", "batch", "--parameters", "2"],
    );
    let list = crate::binary::document(&run(folder.path(), &["archive", "list", "--json"]));
    assert_eq!(
        (
            &list["campaigns"][0]["class"],
            &list["campaigns"][0]["parameters"]
        ),
        (&"batch".into(), &2.into())
    );
    let table = run(folder.path(), &["archive", "list"]);
    assert!(
        stdout(&table).contains("class batch, up to 2 trainable parameters"),
        "{}",
        stdout(&table)
    );
    let top = stdout(&run(folder.path(), &["archive", "top"]));
    assert!(
        top.contains("| class ") && top.contains("| batch ") && top.contains("| pointwise "),
        "{top}"
    );
    let best =
        &crate::binary::document(&run(folder.path(), &["archive", "top", "--json"]))["candidates"];
    let classes: std::collections::BTreeSet<(&str, u64)> = best
        .as_array()
        .unwrap()
        .iter()
        .map(|candidate| {
            (
                candidate["class"].as_str().unwrap(),
                candidate["parameters"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(classes, [("batch", 0), ("pointwise", 1)].into());
    let changed = run(
        folder.path(),
        &["mine", "--resume", "same", "--class", "pointwise"],
    );
    assert_eq!(changed.status.code(), Some(2), "{}", stderr(&changed));
    std::fs::write(
        folder.path().join("replies.txt"),
        "{\"formula\": \"x\"}\n---\n{\"formula\": \"x\"}\n---\n\
         {\"formula\": \"tanh(x)*batch_std(x) + x\"}\n",
    )
    .unwrap();
    let resumed = run(
        folder.path(),
        &["mine", "--resume", "same", "--attempts", "3"],
    );
    assert!(
        stderr(&resumed).contains("class batch, up to 2 trainable parameters"),
        "{}",
        stderr(&resumed)
    );
    let third = &attempts(folder.path(), "same")[2];
    assert!(
        third["formula"].as_str().unwrap().contains("batch_std")
            && third["rejection"]["kind"] != "Forbidden",
        "{third}"
    );
}

#[test]
fn the_genetic_proposer_mines_coupled_formulas_the_same_on_any_number_of_workers() {
    let options = [
        "--class",
        "batch",
        "--parameters",
        "2",
        "--seed",
        "5",
        "--workers",
    ];
    let one = mined(&[&options[..], &["1"]].concat());
    assert_eq!(one, mined(&[&options[..], &["3"]].concat()));
    let formulas: String = one
        .1
        .iter()
        .filter_map(|attempt| attempt["formula"].as_str())
        .collect();
    assert!(
        formulas.contains("param(")
            && (formulas.contains("batch_") || formulas.contains("tensor_")),
        "{formulas}"
    );
    assert!(one
        .1
        .iter()
        .all(|attempt| attempt["rejection"]["kind"] != "Crashed"
            && attempt["rejection"]["kind"] != "Forbidden"));
    assert!(one.1.iter().any(|attempt| attempt["fitness"].is_f64()));
}
