//! Reviews of an archive, read from a journal without the program around it.

mod blocks;
mod campaigns;
mod formulas;
mod lineage;
mod measurement;
mod ranking;
mod rerun;
mod spending;
mod standings;

use std::collections::BTreeMap;
use std::path::Path;

use motherlode::formula::Formula;
use motherlode::journal::Journal;
use motherlode::lab::Lab;
use motherlode::nets::Backend;
use motherlode::record::attempt::{Attempt, Outcome};
use motherlode::record::candidate::{Asymptote, Candidate, FormulaRecord, Measures, Placement};
use motherlode::record::charter::Charter;
use motherlode::record::confirmation::{Confirmation, Contender};
use motherlode::record::evaluation::{Estimate, Evaluation, Fitness, TaskEvaluation};

fn record(text: &str) -> FormulaRecord {
    FormulaRecord::from(&Formula::parse(text).expect("it is a formula"))
}

fn estimate(fitness: f64) -> Estimate {
    Estimate {
        fitness: Fitness::new(fitness).unwrap(),
        fitness_interval: (fitness - 0.1, fitness + 0.1),
    }
}

/// An evaluation that comes to this fitness on each of two tasks of four families.
fn evaluation(fitness: f64) -> Evaluation {
    // The fitness is that of the mean family and that of the worst, the lower value being better.
    let values = ["mlp", "transformer"].map(|profile| (profile.to_owned(), -fitness / 2.0));
    let task = |index: usize| TaskEvaluation {
        task: format!("task {index}"),
        family: format!("family {}", index % 4),
        train_loss: None,
        in_distribution_loss: None,
        out_of_distribution_loss: None,
        values: values.clone().into(),
        trials: 1,
    };
    Evaluation {
        lab: "smoke".to_owned(),
        target: "general".to_owned(),
        estimate: estimate(fitness),
        profiles: BTreeMap::new(),
        train_loss: None,
        in_distribution_loss: None,
        out_of_distribution_loss: None,
        tasks: (0..8).map(task).collect(),
        trials: Vec::new(),
        runs: Vec::new(),
    }
}

const MEASURES: Measures = Measures {
    left: Asymptote::Zero,
    right: Asymptote::Linear,
    monotone: true,
    periodic_energy: 0.0,
    cost: 1,
};

/// An attempt that proposed this formula; without a fitness it was rejected.
fn attempt(number: u64, text: &str, fitness: Option<f64>) -> Attempt {
    let rejected = crate::journal::attempt(number);
    Attempt {
        formula: Some(record(text)),
        measures: Some(MEASURES),
        evaluation: fitness.map(evaluation),
        outcome: match fitness {
            Some(_) => Outcome::Placed(Placement::NewNiche),
            None => rejected.outcome.clone(),
        },
        ..rejected
    }
}

/// A published activation as a campaign measures it before its attempts.
fn founder(name: &str, fitness: f64) -> Candidate {
    let made = attempt(0, name, Some(fitness));
    let mut founder = made.candidate().expect("it was evaluated");
    founder.name = Some(name.to_owned());
    founder.rationale = None;
    founder
}

/// What a formula came to on fresh tasks; attempt 0 for a known activation.
fn contender(attempt: u64, text: &str, selection: f64, fresh: f64) -> Contender {
    Contender {
        formula: record(text),
        name: (attempt == 0).then(|| text.to_owned()),
        attempt,
        selection: estimate(selection),
        fresh: evaluation(fresh),
    }
}

fn confirmation(
    candidates: u64,
    champions: Vec<Contender>,
    incumbents: Vec<Contender>,
) -> Confirmation {
    Confirmation {
        candidates,
        seed: 3,
        draws: 2,
        champions,
        incumbents,
        blocks: Vec::new(),
    }
}

/// The settings of a campaign on the shipped lab smoke.
fn charter(name: &str) -> Charter {
    Charter {
        lab_definition: Lab::shipped("smoke").unwrap().to_owned(),
        ..crate::journal::charter(name)
    }
}

/// A journal with a campaign of this name, these founders and these settled attempts.
fn begin(journal: &Journal, name: &str, founders: &[Candidate], attempts: &[Attempt]) {
    journal.begin(&charter(name)).unwrap();
    let arithmetic = motherlode::lab::arithmetic(&Backend::Fused);
    journal.found(name, founders, &arithmetic).unwrap();
    for attempt in attempts {
        journal.settle(name, attempt).unwrap();
    }
}

fn journal(folder: &Path) -> Journal {
    Journal::create_or_open(folder).unwrap()
}
