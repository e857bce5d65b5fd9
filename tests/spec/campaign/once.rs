//! An attempt is read, parsed and fingerprinted once, whatever becomes of it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use motherlode::campaign::{found, Campaign};
use motherlode::formula::{tally, Class, Formula};
use motherlode::journal::Journal;
use motherlode::lab::{Draw, Lab, Laboratory};
use motherlode::numerics::stop::Stop;
use motherlode::proposer::llm::address::Provider;
use motherlode::proposer::{Brief, Llm, Proposer, Purse, Reading, Response, Unanswered};
use motherlode::record::attempt::{Attempt, Rejection, Reply};
use motherlode::record::charter::{Charter, Instructions};

use crate::proposer::servers::{asking, free, llm, says, Server};

/// A text as it prints, with how often it is parsed and how often it is fingerprinted.
type Expected = (&'static str, u64, u64);

/// What the model says, request by request, and the texts in it as they print, each with how often
/// it is to be parsed and fingerprinted. No other test writes these constants.
const SAID: [(&str, &[Expected]); 11] = [
    (
        r#"{"formula": "x * tanh(0.731293 * x)"}"#,
        &[("x * tanh(0.731293 * x)", 1, 1)],
    ),
    // A duplicate.
    (
        r#"{"formula": "tanh(0.731293 * x) * x"}"#,
        &[("tanh(0.731293 * x) * x", 1, 1)],
    ),
    // Repaired.
    (
        r#"{"formula": "x * sigmod(0.615371 * x)"}"#,
        &[("x * sigmod(0.615371 * x)", 1, 0)],
    ),
    (
        r#"{"formula": "x * sigmoid(0.615371 * x)"}"#,
        &[("x * sigmoid(0.615371 * x)", 1, 1)],
    ),
    // Repaired in vain.
    (
        r#"{"formula": "x * sigmod(0.222417 * x)"}"#,
        &[("x * sigmod(0.222417 * x)", 1, 0)],
    ),
    (
        r#"{"formula": "x * sigmud(0.222417 * x)"}"#,
        &[("x * sigmud(0.222417 * x)", 1, 0)],
    ),
    // Three formulas of one reply, of which the last breaks the grammar.
    (
        r#"{"formula": "x * erf(0.417173 * x)"} {"formula": "x * exp(-0.519179 * abs(x))"}
           {"formula": "x * sigmod(0.919191 * x)"}"#,
        &[
            ("x * erf(0.417173 * x)", 1, 1),
            ("x * exp(-0.519179 * abs(x))", 1, 1),
            ("x * sigmod(0.919191 * x)", 1, 0),
        ],
    ),
    // Blocks of code, of which the last is no formula.
    (
        "```\nx * atan(0.871713 * x)\n```\nor\n```\nsin(0.551117 * x) + x\n```\nor\n```\nnot \
         0.771177 a formula\n```\nwhich is all",
        &[
            ("x * atan(0.871713 * x)", 1, 1),
            ("sin(0.551117 * x) + x", 1, 1),
            ("not 0.771177 a formula", 1, 0),
        ],
    ),
    // Refused before the claim.
    (
        r#"{"formula": "0.377317 * x + 1"}"#,
        &[("0.377317 * x + 1", 1, 0)],
    ),
    (
        r#"{"formula": "x - feature_mean(0.991199 * x)"}"#,
        &[("x - feature_mean(0.991199 * x)", 1, 0)],
    ),
    ("no formula comes to mind", &[]),
];

/// The kinds of the rejections by attempt; `None` for a formula that was trained.
const ENDS: [Option<&str>; 12] = [
    None,
    Some("Duplicate"),
    None,
    Some("Unparsable"),
    None,
    None,
    Some("Unparsable"),
    None,
    None,
    Some("Affine"),
    Some("Forbidden"),
    Some("Unreadable"),
];

/// A proposer of which is counted how often it is told to read a reply again.
struct Counted {
    llm: Llm,
    reads: AtomicU64,
}

impl Proposer for Counted {
    fn name(&self) -> &str {
        self.llm.name()
    }

    fn repeatable(&self) -> bool {
        self.llm.repeatable()
    }

    fn learn(&self, attempt: &Attempt) {
        self.llm.learn(attempt);
    }

    fn assign(&self, brief: &mut Brief) {
        self.llm.assign(brief);
    }

    fn ask(&self, brief: &Brief, purse: &dyn Purse, stop: &Stop) -> Result<Response, Unanswered> {
        self.llm.ask(brief, purse, stop)
    }

    fn read(&self, reply: &Reply, formulas: u32) -> Reading {
        self.reads.fetch_add(1, Ordering::SeqCst);
        self.llm.read(reply, formulas)
    }
}

#[test]
fn an_attempt_is_read_parsed_and_fingerprinted_once() {
    let lab = crate::lab::TINY;
    let laboratory = Laboratory::prepare(
        Lab::parse(lab).unwrap(),
        Draw::Own { seed: 5 },
        2,
        &Stop::new(),
    )
    .unwrap();
    let founders = found(&laboratory, "mlp", 2, &Stop::new(), &|_| ()).unwrap();
    let answers = SAID.map(|(text, _)| says(Provider::OpenAi, text));
    let server = Server::answering(answers.to_vec());
    let models = vec![free(&server.model(Provider::OpenAi))];
    let charter = charter(lab, asking(models.clone()));
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::create_or_open(&folder.path().join("archive")).unwrap();
    journal.begin(&charter).unwrap();
    for (text, _, fingerprints) in SAID.iter().flat_map(|(_, texts)| *texts) {
        let printed = Formula::parse(text).map(|formula| formula.to_string());
        assert!(
            *fingerprints == 0 || printed.as_deref() == Ok(text),
            "{text} prints as {printed:?}"
        );
    }
    let proposer = Counted {
        llm: llm(models),
        reads: AtomicU64::new(0),
    };
    tally::begin();
    let campaign = Campaign {
        charter: &charter,
        evaluator: &laboratory,
        founders: &founders,
        proposer: &proposer,
        journal: &journal,
        workers: 2,
        started: Instant::now(),
        closed: None,
        search: &Stop::new(),
        stop: &Stop::new(),
    };
    campaign.run(&mut |_| ()).unwrap();
    let attempts = journal.attempts(&charter.campaign).unwrap();
    let outclassed = |kind: &&str| !["Outclassed", "Diverged"].contains(kind);
    let ends: Vec<Option<&str>> = attempts
        .iter()
        .map(|attempt| attempt.outcome.rejection().map(Rejection::kind))
        .map(|kind| kind.filter(outclassed))
        .collect();
    assert_eq!(ends, ENDS);
    for (text, parses, fingerprints) in SAID.iter().flat_map(|(_, texts)| *texts) {
        let count = tally::count(text);
        assert_eq!(
            (count.parses, count.fingerprints),
            (*parses, *fingerprints),
            "{text}"
        );
    }
    assert_eq!(proposer.reads.into_inner(), 0, "asking has read them all");
}

fn charter(lab: &str, asking: motherlode::record::charter::Asking) -> Charter {
    Charter {
        campaign: "once".to_owned(),
        created: "2026-01-02T03:04:05Z".to_owned(),
        seed: 5,
        lab: "tiny".to_owned(),
        lab_definition: lab.to_owned(),
        lab_files: Vec::new(),
        target: "mlp".to_owned(),
        benchmark: None,
        proposer: "llm".to_owned(),
        models: Vec::new(),
        asking: Some(asking),
        replies: None,
        instructions: Instructions {
            formulas: 3,
            ..Instructions::default()
        },
        attempts: ENDS.len() as u64,
        cost_budget: 120,
        class: Class::Pointwise,
        parameters: 0,
        islands: 1,
        lag: 1,
        attempt_deadline_seconds: 60.0,
        champions: 0,
        version: "0.1.0".to_owned(),
    }
}
