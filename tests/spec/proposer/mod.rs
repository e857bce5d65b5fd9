//! Proposers: what writes the next formula.

mod addresses;
mod calls;
mod connections;
mod damage;
mod doubts;
mod ensemble;
mod further;
mod gates;
mod genetic;
mod guidance;
mod keys;
mod lab_prompts;
mod limits;
mod mended;
mod near_json;
mod payment;
mod prompts;
pub mod purse;
mod reading;
mod recorded;
mod retry;
mod scripted;
pub mod servers;
mod strangers;
mod structured;
mod thoughts;
mod trouble;
mod ways;
mod wires;
mod wordings;

use motherlode::formula::Class;
use motherlode::lab::{describe, Lab};
use motherlode::numerics::stream::Key;
use motherlode::proposer::{Brief, Exemplar, Setback};
use motherlode::record::candidate::FormulaRecord;
use motherlode::record::charter::Instructions;
use motherlode::record::judging::JudgingWords;
use motherlode::record::ledger::Purpose;

/// A formula that was measured, under a nickname.
pub fn exemplar(nickname: &str, formula: &str, fitness: f64) -> Exemplar {
    Exemplar {
        formula: FormulaRecord {
            id: "0123456789abcdef".to_owned(),
            nickname: nickname.to_owned(),
            formula: formula.to_owned(),
            canonical: formula.to_owned(),
            class: "pointwise".to_owned(),
            cost: 12,
            parameters: 0,
        },
        fitness,
        profiles: vec![
            ("mlp".to_owned(), fitness - 0.01),
            ("transformer".to_owned(), fitness + 0.01),
        ],
        name: None,
        rationale: None,
    }
}

/// A brief with one parent, one inspiration, one setback and two baselines.
pub fn brief(attempt: u64) -> Brief {
    let mut parent = exemplar("brisk-otter-417", "tanh(x)*min(x, 0)", 0.31);
    parent.name = Some("Bent tail".to_owned());
    parent.rationale = Some("It bends on the left and rests on the right.".to_owned());
    Brief {
        attempt,
        key: Key::new(7).word("attempt").number(attempt),
        target: "general".to_owned(),
        judging: JudgingWords::Lab(describe(
            &Lab::parse(Lab::shipped("standard").unwrap()).unwrap(),
        )),
        parents: vec![parent],
        inspirations: vec![exemplar("calm-heron-12", "x*sigmoid(1.5*x)", 0.62)],
        setbacks: vec![Setback {
            formula: "exp(x^2)".to_owned(),
            kind: "NotFinite".to_owned(),
            detail: "|f| exceeds 150 at x = 2.3".to_owned(),
        }],
        baselines: vec![
            exemplar("relu", "relu(x)", 0.0),
            exemplar("gelu", "gelu(x)", 0.8),
        ],
        cost_budget: 200,
        class: Class::Pointwise,
        parameters: 0,
        instructions: Instructions::default(),
        guidance: None,
        guidance_record: None,
        earlier: Vec::new(),
        purpose: Purpose::Propose,
        model: None,
    }
}
