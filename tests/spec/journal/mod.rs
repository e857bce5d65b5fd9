//! The journal: what it acknowledged is there, whatever happens; what is not an archive is refused
//! with one clear error.

mod benchmark_runs;
mod damage;
mod earlier_schemas;
mod earlier_versions;
#[cfg(unix)]
mod foreign;
mod kill;
mod large;
mod records;
mod refusal;
mod repair;
mod rich;
#[cfg(target_os = "linux")]
mod system;

use std::path::Path;

use motherlode::formula::{Class, Formula};
use motherlode::journal::Journal;
use motherlode::numerics::stream::Key;
use motherlode::record::attempt::{Attempt, Outcome, Proposal, Rejection, Reply};
use motherlode::record::benchmark_run::{
    ActivationRecord, BenchmarkRecord, BenchmarkRun, BenchmarkRunEnd, Direction, EpochPoint,
};
use motherlode::record::candidate::FormulaRecord;
use motherlode::record::charter::{Charter, LabSource};
use motherlode::record::confirmation::{Confirmation, Contender};
use motherlode::record::evaluation::{Estimate, Evaluation, Fitness};

/// The campaign that these tests write.
const NAME: &str = "gold";

pub fn charter(name: &str) -> Charter {
    let lab = LabSource {
        name: "smoke".to_owned(),
        definition: "name = \"smoke\"\n".to_owned(),
        files: Vec::new(),
    };
    Charter {
        created: "2026-01-02T03:04:05Z".to_owned(),
        proposer: "scripted".to_owned(),
        models: vec!["scripted:replies".to_owned()],
        replies: Some("replies".to_owned()),
        attempts: 100,
        cost_budget: 40,
        class: Class::Feature,
        parameters: 2,
        lag: 4,
        attempt_deadline_seconds: 60.0,
        champions: 3,
        version: "0.1.0".to_owned(),
        ..Charter::new(name, lab, 7)
    }
}

/// Text of about `bytes` bytes that compresses badly.
fn noise(number: u64, bytes: usize) -> String {
    let mut stream = Key::new(number).word("noise").stream();
    (0..bytes / 16)
        .map(|_| format!("{:016x}", stream.bits()))
        .collect()
}

/// The reply of an attempt; every seventh is large enough to be stored in several parts.
fn reply(number: u64) -> Reply {
    let bytes = if number.is_multiple_of(7) {
        150_000
    } else {
        1_000
    };
    Reply {
        model: "scripted:replies".to_owned(),
        prompt: "Propose.\n---\nAnother.".to_owned(),
        text: noise(number, bytes),
        finish: Some("stop".to_owned()),
        written_guidance: None,
    }
}

pub fn attempt(number: u64) -> Attempt {
    Attempt {
        attempt: number,
        island: (number % 2) as u32,
        proposer: "scripted".to_owned(),
        parents: vec!["ab12".to_owned()],
        parents_fitness: None,
        inspirations: Vec::new(),
        reply: Some(reply(number)),
        proposal: Some(Proposal {
            formula: "x*x".to_owned(),
            name: None,
            rationale: Some("why not".to_owned()),
        }),
        sibling_of: None,
        further: Vec::new(),
        guidance: None,
        calls: Vec::new(),
        formula: None,
        fingerprint: None,
        measures: None,
        rungs: Vec::new(),
        evaluation: None,
        outcome: Outcome::Rejected(Rejection::Diverged {
            detail: "step 3".to_owned(),
        }),
    }
}

/// A confirmation of a campaign that had so many candidates, large enough to be stored in several
/// parts.
fn confirmation(candidates: u64) -> Confirmation {
    let estimate = |value| Estimate {
        fitness: Fitness::new(value).unwrap(),
        fitness_interval: (value - 0.1, value + 0.1),
    };
    let fresh = Evaluation {
        lab: noise(candidates, 100_000),
        target: "general".to_owned(),
        estimate: estimate(0.25),
        profiles: [("mlp".to_owned(), estimate(0.25))].into(),
        train_loss: Some(0.5),
        in_distribution_loss: None,
        out_of_distribution_loss: None,
        tasks: Vec::new(),
        trials: Vec::new(),
        runs: Vec::new(),
    };
    let formula = FormulaRecord::from(&Formula::parse("x*tanh(x)").unwrap());
    let contender = Contender {
        formula,
        name: None,
        attempt: candidates,
        selection: estimate(0.5),
        fresh,
    };
    Confirmation {
        candidates,
        seed: 3,
        draws: 2,
        champions: vec![contender],
        incumbents: Vec::new(),
        blocks: Vec::new(),
    }
}

/// A finished benchmark run of this benchmark; every seventh seed's is large enough to be stored in
/// several parts.
pub fn benchmark_run(benchmark: &str, formula: &str, seed: u64) -> BenchmarkRun {
    let epochs = if seed.is_multiple_of(7) { 3_000 } else { 3 };
    let mut losses = Key::new(seed).word("losses").stream();
    let point = |epoch: u32| EpochPoint {
        epoch,
        train_loss: losses.unit(),
        validation_loss: None,
        validation_value: Some(losses.unit()),
    };
    BenchmarkRun {
        benchmark: BenchmarkRecord {
            benchmark: benchmark.to_owned(),
            dataset: "cifar10".to_owned(),
            architecture: "wrn-16-2".to_owned(),
            metric: "accuracy".to_owned(),
            direction: Direction::Higher,
            settings: serde_json::json!({ "epochs": 3, "rate": 0.1 }),
        },
        activation: ActivationRecord::Formula(FormulaRecord::from(
            &Formula::parse(formula).unwrap(),
        )),
        seed,
        end: BenchmarkRunEnd::Finished {
            value: 0.9 + seed as f64 / 1_000.0,
        },
        curve: (1..=epochs).map(point).collect(),
        shares: Vec::new(),
    }
}

/// An archive in `folder` with one campaign and these attempts settled, closed.
fn archive_with(folder: &Path, attempts: std::ops::RangeInclusive<u64>) {
    let journal = Journal::create_or_open(folder).unwrap();
    journal.begin(&charter(NAME)).unwrap();
    for number in attempts {
        journal.settle(NAME, &attempt(number)).unwrap();
    }
    journal.close().unwrap();
}

/// The attempts in the export of the campaign [`NAME`], in the order of its lines.
fn exported(folder: &Path) -> Vec<Attempt> {
    let text = std::fs::read_to_string(folder.join(format!("export/{NAME}.jsonl"))).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn numbers(attempts: &[Attempt]) -> Vec<u64> {
    attempts.iter().map(|attempt| attempt.attempt).collect()
}
