//! Who takes part in a replay: baselines, formulas as given, and the best candidates of a campaign.

use crate::cli::common::{shortened, Common, Failure};
use crate::cli::formula_argument;
use crate::formula::{Class, Formula};
use crate::lab::screen;
use crate::record::attempt::Rejection;
use crate::record::benchmark_run::{ActivationRecord, MixedRecord};
use crate::record::candidate::FormulaRecord;
use crate::replay::run::Contestant;
use crate::replay::summary::Entrant;
use crate::replay::trainer::Trained;

/// Baselines by the names of the library, then the others; one that comes twice counts once, as
/// what it was first.
pub fn contestants(
    baselines: &[String],
    formulas: &[String],
    top: &[FormulaRecord],
    common: &Common,
) -> Result<Vec<Contestant>, Failure> {
    let mut contestants: Vec<Contestant> = Vec::new();
    let baselines = baselines.iter().map(|text| (text, true));
    for (text, baseline) in baselines.chain(formulas.iter().map(|text| (text, false))) {
        let formula = function(text, common)?;
        let name = if Formula::parse(text).is_ok_and(|parsed| parsed == formula) {
            shortened(text)
        } else {
            formula.nickname()
        };
        push(&mut contestants, formula, name, baseline);
    }
    for record in top {
        let formula = Formula::parse(&record.formula)?;
        push(&mut contestants, formula, record.nickname.clone(), false);
    }
    Ok(contestants)
}

/// The formula that an argument means, unless its value is the same everywhere.
fn function(text: &str, common: &Common) -> Result<Formula, Failure> {
    let formula = formula_argument::formula(text, common)?
        .map_err(|error| Failure::usage(formula_argument::refusal(text, &error)))?;
    match screen(&formula) {
        Err(Rejection::Constant { detail }) => {
            Err(Failure::usage(format!("{}: {detail}", shortened(text))))
        }
        _ => Ok(formula),
    }
}

fn push(contestants: &mut Vec<Contestant>, formula: Formula, name: String, baseline: bool) {
    let contestant = Contestant::of_formula(formula, name, baseline);
    let id = contestant.entrant.activation.id();
    if contestants
        .iter()
        .all(|other| other.entrant.activation.id() != id)
    {
        contestants.push(contestant);
    }
}

/// The mixed activation over a pool of pointwise formulas without parameters.
pub fn mixed(
    pool: &[String],
    as_published: bool,
    switch_epoch: u32,
    common: &Common,
) -> Result<Contestant, Failure> {
    let mut records = Vec::new();
    let mut kernels = Vec::new();
    for text in pool {
        let formula = function(text, common)?;
        if formula.class() != Class::Pointwise || !formula.parameters().is_empty() {
            let text = shortened(text);
            return Err(Failure::usage(format!(
                "--mixed takes pointwise formulas without trainable parameters, and {text} is \
                 none: leave it out"
            )));
        }
        let record = FormulaRecord::from(&formula);
        if records
            .iter()
            .any(|other: &FormulaRecord| other.id == record.id)
        {
            return Err(Failure::usage(format!(
                "--mixed has {} twice: leave one out",
                shortened(text)
            )));
        }
        kernels.push(formula.kernel());
        records.push(record);
    }
    if records.len() < 2 {
        return Err(Failure::usage(
            "--mixed takes two formulas or more: give it once for each, or names with commas \
             between them",
        ));
    }
    let name = if as_published {
        "mixed, as published"
    } else {
        "mixed"
    };
    let activation = ActivationRecord::Mixed(MixedRecord {
        pool: records,
        as_published,
        switch_epoch,
    });
    let entrant = Entrant {
        activation,
        name: name.to_owned(),
        baseline: false,
        tuned: None,
    };
    Ok(Contestant {
        entrant,
        trained: Trained::Mixed {
            pool: kernels,
            as_published,
        },
    })
}
