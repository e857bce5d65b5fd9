//! How servers of language models were seen to answer, a file a case, and what must come of it.

mod server;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use motherlode::numerics::stop::Stop;
use motherlode::proposer::llm::address::Provider;
use motherlode::proposer::Proposer;
use serde::Deserialize;

use crate::proposer::brief;
use crate::proposer::purse::Notebook;
use crate::proposer::servers::{free, llm, paid, Server};
use server::{Answers, WireWords};

/// Attempts that are made of each case.
const ATTEMPTS: u64 = 3;

/// One way in which a server answers, as its file tells it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    what: String,
    wires: Option<Vec<String>>,
    formula: Option<String>,
    rejection: Option<String>,
    #[serde(default)]
    refusals: usize,
    answer: Vec<server::Answer>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/spec/answers")
}

/// Every case by its name.
fn cases() -> BTreeMap<String, Case> {
    let files = std::fs::read_dir(folder().join("cases")).unwrap();
    let read = |path: PathBuf| {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        let case = toml::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        (name, case)
    };
    files.map(|file| read(file.unwrap().path())).collect()
}

/// How each wire says a thing, by its name.
fn wires() -> BTreeMap<String, WireWords> {
    let text = std::fs::read_to_string(folder().join("wires.toml")).unwrap();
    toml::from_str(&text).unwrap()
}

fn provider(wire: &str) -> Provider {
    match wire {
        "chat_completions" => Provider::Compatible,
        "responses" => Provider::OpenAiResponses,
        "messages" => Provider::Anthropic,
        "generate_content" => Provider::Gemini,
        other => panic!("there is no wire {other}"),
    }
}

/// What went wrong with a case on a wire; nothing where all is as its file wants it.
fn complaints(name: &str, case: &Case, wire: &str, words: &WireWords) -> Vec<String> {
    let mut complaints = Vec::new();
    for costs in [true, false] {
        let server = Server::with(Answers::new(&case.answer, words));
        let address = server.model(provider(wire));
        let llm = llm(vec![if costs {
            paid(&address)
        } else {
            free(&address)
        }]);
        let mut complain = |said: String| {
            complaints.push(format!(
                "{name}, {wire}, paid {costs} ({}): {said}",
                case.what
            ));
        };
        for attempt in 1..=ATTEMPTS {
            let purse = Notebook::generous();
            let found = match llm.ask(&brief(attempt), &purse, &Stop::new()) {
                Err(why) => Err(format!("{why:?}")),
                Ok(response) => llm
                    .read(&response.reply, 1)
                    .map_err(|why| why.kind().to_owned()),
            };
            let last = server.requests().len().to_string();
            let wanted = case.formula.as_ref().map(|text| text.replace("{n}", &last));
            match (found, wanted, &case.rejection) {
                (Ok(found), Some(wanted), _)
                    if found.len() == 1 && found[0].proposal.formula == wanted => {}
                (Err(kind), None, Some(wanted)) if kind == *wanted => {}
                (found, ..) => {
                    complain(format!("attempt {attempt} became {found:?}"));
                    break;
                }
            }
        }
        let refused = server.requests().len().saturating_sub(ATTEMPTS as usize);
        if refused > case.refusals {
            complain(format!("{refused} requests brought nothing"));
        }
    }
    complaints
}

#[test]
fn every_answer_that_was_reported_ends_with_its_formula_at_no_waste() {
    let (wires, mut complaints_of_all) = (wires(), Vec::new());
    let cases = cases();
    assert!(cases.len() > 20, "the cases are found");
    for (name, case) in &cases {
        assert!(case.formula.is_some() != case.rejection.is_some(), "{name}");
        for (wire, words) in &wires {
            if case.wires.as_ref().is_none_or(|only| only.contains(wire)) {
                complaints_of_all.extend(complaints(name, case, wire, words));
            }
        }
    }
    assert!(
        complaints_of_all.is_empty(),
        "{}",
        complaints_of_all.join("\n")
    );
}
