//! Limits of tokens in whole campaigns: those that a server refuses are learnt, those that a budget
//! has no room for are named, and a campaign that was paused by one goes on with another.

use std::path::Path;
use std::process::Output;
use std::sync::atomic::{AtomicU64, Ordering};

use motherlode::journal::Journal;
use serde_json::Value;
use wiremock::{Request, Respond, ResponseTemplate};

use super::double;
use crate::binary::{lines, mine, run, stderr, tiny_lab};
use crate::proposer::servers::{fails, says, Server};
use motherlode::proposer::llm::address::Provider;

/// A server with a window of 4,096 tokens, of which each prompt takes 1,300, and formulas that
/// differ.
struct Window {
    provider: Provider,
    refuses: Refuses,
    answered: AtomicU64,
}

const WINDOW: &str = "max_tokens ASKED and a prompt of 1300 tokens exceed the window of 4096";

/// The status and the words by which a limit of tokens is refused after so many answers.
type Refuses = fn(u64, u64) -> Option<(u16, &'static str)>;

impl Respond for Window {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let body: Value = request.body_json().unwrap();
        let asked = body["max_tokens"].as_u64().unwrap_or(0);
        let answered = self.answered.load(Ordering::SeqCst);
        if let Some((status, words)) = (self.refuses)(asked, answered) {
            return fails(status, "", &words.replace("ASKED", &asked.to_string()));
        }
        let number = self.answered.fetch_add(1, Ordering::SeqCst);
        let formula = format!(
            "{{\"formula\": \"x*tanh({}*x)\"}}",
            0.5 + 0.013 * number as f64
        );
        says(self.provider, &formula)
    }
}

fn window(refuses: Refuses) -> Server {
    Server::with(Window {
        provider: Provider::Compatible,
        refuses,
        answered: Default::default(),
    })
}

fn limits(server: &Server) -> Vec<u64> {
    let limit = |body: &Value| body["max_tokens"].as_u64().unwrap_or(0);
    server.bodies().iter().map(limit).collect()
}

fn mined(folder: &Path, model: &str, more: &[&str]) -> Output {
    let lab = tiny_lab();
    let options = ["--model", model, "--yes", "--champions", "0", "--json"];
    run(folder, &mine(&lab, &[&options, more].concat()))
}

/// The command after `go on with: ` in what a campaign said at its end, as words.
fn go_on(output: &Output) -> Vec<String> {
    let said = stderr(output);
    let command = said.rsplit("go on with: motherlode ").next().unwrap();
    let command = command.lines().next().unwrap();
    let words = command
        .split(' ')
        .map(|word| word.trim_matches('\'').to_owned());
    words.collect()
}

#[test]
fn a_limit_beyond_the_window_wastes_no_attempt_is_said_once_and_known_to_later_campaigns() {
    let folder = tempfile::tempdir().unwrap();
    let server = window(|asked, _| (asked > 2_796).then_some((400, WINDOW)));
    let model = format!("{},free", server.model(Provider::Compatible));
    let first = mined(folder.path(), &model, &["--attempts", "6", "--name", "one"]);
    assert_eq!(first.status.code(), Some(0), "{}", stderr(&first));
    let finished = lines(&first).pop().unwrap();
    assert_eq!(finished["attempts"], 6);
    assert_eq!(finished["rejections"]["NoReply"], Value::Null);
    assert_eq!(limits(&server).len(), 7, "one request more than attempts");
    let said = stderr(&first);
    let told = "with max_tokens=2796 in the place of 8192";
    assert_eq!(said.matches(told).count(), 1, "{said}");
    let before = limits(&server).len();
    let later = mined(folder.path(), &model, &["--attempts", "2", "--name", "two"]);
    assert_eq!(later.status.code(), Some(0), "{}", stderr(&later));
    assert_eq!(limits(&server)[before..], [2_796, 2_796]);
}

#[test]
fn a_campaign_that_a_limit_paused_goes_on_with_the_one_that_its_command_names() {
    let folder = tempfile::tempdir().unwrap();
    // Paid for, so that none is sent without a limit; below what is tried there is one. The first
    // proposal is let through.
    let server = window(|asked, answered| {
        (asked > 100 && answered > 0).then_some((400, "max_tokens ASKED is too much"))
    });
    let priced = ",price.input=1,price.output=2";
    let model = format!("{}{priced}", server.model(Provider::Compatible));
    let paused = mined(
        folder.path(),
        &model,
        &["--attempts", "12", "--name", "held"],
    );
    assert_eq!(paused.status.code(), Some(1), "{}", stderr(&paused));
    let finished = lines(&paused).pop().unwrap();
    assert_eq!(finished["stop_reason"], "unreachable");
    let detail = finished["stop_detail"].as_str().unwrap();
    assert!(detail.contains("max_tokens="), "{detail}");
    let command = go_on(&paused);
    assert_eq!(command[..3], ["mine", "--resume", "held"]);
    let mut arguments: Vec<&str> = command.iter().map(String::as_str).collect();
    arguments.extend(["--yes", "--json"]);
    let resumed = run(folder.path(), &arguments);
    assert_eq!(resumed.status.code(), Some(0), "{}", stderr(&resumed));
    assert_eq!(lines(&resumed).pop().unwrap()["attempts"], 12);
    let journal = Journal::open(&folder.path().join("archive")).unwrap();
    let charter = journal.campaign("held").unwrap().unwrap();
    assert_eq!(charter.asking.unwrap().models[0].most_tokens, 64);
    journal.close().unwrap();
}

#[test]
fn a_campaign_goes_on_with_its_model_at_another_server_and_with_no_other_model() {
    let folder = tempfile::tempdir().unwrap();
    let closing = window(|_, answered| (answered > 0).then_some((401, "no longer")));
    let closing = format!("{},free", closing.model(Provider::Compatible));
    let options = ["--attempts", "4", "--name", "moved"];
    let paused = mined(folder.path(), &closing, &options);
    assert_eq!(paused.status.code(), Some(1), "{}", stderr(&paused));
    let other = [
        "mine",
        "--resume",
        "moved",
        "--model",
        "compatible:x@http://127.0.0.1:9/v1,free",
    ];
    let refused = run(folder.path(), &other);
    assert_eq!(refused.status.code(), Some(2));
    assert!(
        stderr(&refused).contains("is none of the models of campaign moved")
            && stderr(&refused).lines().count() == 1,
        "{}",
        stderr(&refused)
    );
    let server = window(|_, _| None);
    let model = format!("{},free", server.model(Provider::Compatible));
    let resumed = run(
        folder.path(),
        &["mine", "--resume", "moved", "--model", &model, "--json"],
    );
    assert_eq!(resumed.status.code(), Some(0), "{}", stderr(&resumed));
    assert_eq!(lines(&resumed).pop().unwrap()["attempts"], 4);
}

#[test]
fn a_budget_whose_next_request_has_no_room_names_the_limit_that_would_and_offers_it() {
    let folder = tempfile::tempdir().unwrap();
    let server = double(201, 0.0);
    let model = format!(
        "compatible:{},price.input=3,price.output=15,max_tokens=8192",
        server.model("paid")
    );
    let options = ["--attempts", "30", "--budget-usd", "0.16", "--name", "poor"];
    let stopped = mined(folder.path(), &model, &options);
    assert_eq!(stopped.status.code(), Some(3), "{}", stderr(&stopped));
    let finished = lines(&stopped).pop().unwrap();
    assert_eq!(finished["stop_reason"], "budget");
    assert!(finished["spent_usd"].as_f64().unwrap() < 0.1, "{finished}");
    let said = stderr(&stopped);
    let smaller = &finished["smaller_limit"];
    let (most, more) = (&smaller["max_tokens"], &smaller["requests"]);
    let told = format!(" at max_tokens 8192: with max_tokens={most} about {more} more fit");
    assert!(
        said.contains("a request may cost $0.1") && said.contains(&told),
        "{said}"
    );
    let before = server.seen().len() as u64;
    let command = go_on(&stopped);
    let mut arguments: Vec<&str> = command.iter().map(String::as_str).collect();
    arguments.extend(["--yes", "--json"]);
    let resumed = run(folder.path(), &arguments);
    let made = server.seen().len() as u64 - before;
    let promised = more.as_u64().unwrap().min(30 - before);
    assert!(
        2 * made >= promised && made > 3,
        "{made} of {promised}: {}",
        stderr(&resumed)
    );
    let refused = mined(
        folder.path(),
        &model,
        &["--budget-usd", "0.05", "--name", "new"],
    );
    assert_eq!(refused.status.code(), Some(2));
    assert!(
        stderr(&refused).contains("at max_tokens 8192: with max_tokens="),
        "{}",
        stderr(&refused)
    );
}
