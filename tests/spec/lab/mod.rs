//! The lab: what screening refuses, what a fitness is, and when the cascade drops a formula.

mod cascade;
mod command;
mod exploits;
mod files;
mod fitness;
mod rungs;
mod screening;
mod shapes;
mod validation;
mod validation_report;
mod words;

use motherlode::formula::Formula;
use motherlode::lab::{evaluate_all, Draw, Lab, Laboratory};
use motherlode::numerics::stop::Stop;
use motherlode::record::evaluation::Evaluation;

/// The text of a lab whose trials take about a millisecond.
pub const TINY: &str = include_str!("../labs/tiny.toml");

fn formula(text: &str) -> Formula {
    Formula::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn laboratory(text: &str) -> Laboratory {
    let lab = Lab::parse(text).unwrap_or_else(|error| panic!("{error}"));
    Laboratory::prepare(lab, Draw::Own { seed: 3 }, 2, &Stop::new())
        .unwrap_or_else(|error| panic!("{error}"))
}

fn evaluate(laboratory: &Laboratory, texts: &[&str], workers: usize) -> Vec<Evaluation> {
    let formulas: Vec<Formula> = texts.iter().map(|text| formula(text)).collect();
    evaluate_all(
        laboratory,
        &formulas.iter().collect::<Vec<_>>(),
        "general",
        workers,
        &Stop::new(),
        &|| (),
    )
    .unwrap()
}
