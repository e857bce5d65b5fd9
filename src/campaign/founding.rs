//! The founders of a campaign: known activations, evaluated like everything else, from which the
//! search starts and against which it is judged.

use crate::archive::{claims::Owner, Claims};
use crate::formula::Formula;
use crate::lab::{evaluate_all, screen, Laboratory};
use crate::numerics::stop::{Halt, Stop};
use crate::proposer::seeds;
use crate::record::candidate::{Candidate, FormulaRecord};

/// Evaluates the lab's baselines and the proposers' seeds on the whole lab, on `workers` threads;
/// `done` is called after each trial, from any thread.
pub fn found(
    laboratory: &Laboratory,
    target: &str,
    workers: usize,
    stop: &Stop,
    done: &(dyn Fn(usize) + Sync),
) -> Result<Vec<Candidate>, Halt> {
    let known = known_activations(&laboratory.lab().baselines);
    let formulas: Vec<&Formula> = known.iter().map(|(_, formula)| formula).collect();
    let trials = formulas.len() * laboratory.addresses(None, &laboratory.all_profiles()).len();
    let evaluations = evaluate_all(laboratory, &formulas, target, workers, stop, &|| {
        done(trials)
    })?;
    let founder = |((name, formula), evaluation): (&(String, Formula), _)| {
        Some(Candidate {
            formula: FormulaRecord::from(formula),
            attempt: 0,
            island: 0,
            parents: Vec::new(),
            name: Some(name.clone()),
            rationale: None,
            measures: screen(formula).ok()?,
            evaluation,
        })
    };
    Ok(known.iter().zip(evaluations).filter_map(founder).collect())
}

/// The claims with which a campaign starts: its founders' functions.
pub fn claims(founders: &[Candidate]) -> Claims {
    let mut claims = Claims::default();
    for founder in founders {
        if let (Ok(formula), Some(name)) = (Formula::parse(&founder.formula.formula), &founder.name)
        {
            // Two founders that are the same function share one claim.
            let _ = claims.claim(
                &formula,
                Owner {
                    name: name.clone(),
                    attempt: None,
                },
            );
        }
    }
    claims
}

/// The lab's baselines first, then the seeds that are not among them, by name.
pub fn known_activations(baselines: &[String]) -> Vec<(String, Formula)> {
    let named = baselines.iter().map(|name| (name.clone(), name.clone()));
    let seeds = seeds()
        .iter()
        .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
    let mut known: Vec<(String, Formula)> = Vec::new();
    for (name, text) in named.chain(seeds) {
        let formula = Formula::parse(&text).expect("baselines and seeds parse");
        if !known.iter().any(|(_, other)| other.id() == formula.id()) {
            known.push((name, formula));
        }
    }
    known
}
