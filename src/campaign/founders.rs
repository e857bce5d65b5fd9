//! The founders of a campaign: known activations, evaluated like everything else, from which the
//! search starts and against which it is judged.

use crate::archive::{claims::Owner, Claims};
use crate::formula::Formula;
use crate::journal::Journal;
use crate::lab::{evaluate_all, evaluate_recorded, identity, screen, Laboratory};
use crate::numerics::stop::{Halt, Stop};
use crate::proposer::seeds;
use crate::record::arithmetic::Arithmetic;
use crate::record::candidate::{Candidate, FormulaRecord};
use crate::record::charter::{Charter, LabFile};
use crate::record::evaluation::Evaluation;

/// Founders that another campaign of the archive measured on the same lab, seed and arithmetic:
/// what this one would measure, to the byte.
#[derive(Clone, Debug)]
pub struct EarlierFounders {
    /// The campaign that measured them.
    pub campaign: String,
    /// As that campaign recorded them.
    pub founders: Vec<Candidate>,
}

impl EarlierFounders {
    /// Those of the oldest other campaign of the archive whose lab, up to the words that it says of
    /// itself, whose files and seed are the charter's, and which measured by `arithmetic`.
    ///
    /// `None` where there is none. Records that cannot be read, and those that do not say by what
    /// they were measured, are passed over: what they hold is measured anew.
    pub fn find(
        journal: &Journal,
        charter: &Charter,
        arithmetic: &Arithmetic,
    ) -> Option<EarlierFounders> {
        let campaigns = journal.campaigns().unwrap_or_else(|error| {
            tracing::warn!("known activations are measured anew: {error}");
            Vec::new()
        });
        let is_alike = |other: &&Charter| {
            other.campaign != charter.campaign
                && other.seed == charter.seed
                && lab_key(other) == lab_key(charter)
        };
        campaigns.iter().filter(is_alike).find_map(|other| {
            let recorded = || {
                let by = journal.founders_arithmetic(&other.campaign)?;
                match by.as_ref() == Some(arithmetic) {
                    true => journal.founders(&other.campaign),
                    false => Ok(None),
                }
            };
            let founders = recorded().unwrap_or_else(|error| {
                tracing::warn!("known activations are measured anew: {error}");
                None
            })?;
            Some(EarlierFounders {
                campaign: other.campaign.clone(),
                founders,
            })
        })
    }

    /// The evaluation of a formula under `target` that follows from what was measured; `None` where
    /// that formula was not, or the record is not of this laboratory.
    fn evaluation(
        &self,
        laboratory: &Laboratory,
        formula: &Formula,
        target: &str,
    ) -> Option<Evaluation> {
        let record = FormulaRecord::from(formula);
        let founder = self
            .founders
            .iter()
            .find(|founder| founder.formula == record)?;
        evaluate_recorded(laboratory, &founder.evaluation.trials, target)
    }
}

/// What makes the labs of two campaigns the same, beside the seed: the definition without words,
/// and what was read of its files.
fn lab_key(charter: &Charter) -> (String, Vec<String>) {
    let files = charter.lab_files.iter().map(LabFile::key);
    let benchmark = charter.benchmark.iter().map(|target| target.record.key());
    let read = files.chain(benchmark).collect();
    (identity(&charter.lab_definition), read)
}

/// The founders of a campaign, and how many of them another one had measured.
#[derive(Debug)]
pub struct Founding {
    /// Known activations with their evaluations, the lab's baselines first.
    pub founders: Vec<Candidate>,
    /// How many of them were taken from the [`EarlierFounders`].
    pub taken: usize,
}

/// Evaluates the lab's baselines and the proposers' seeds on the whole lab, on `workers` threads;
/// `done` is called after each trial, from any thread, with the number of all trials.
///
/// # Errors
/// The reason for which `stop` was due, or that the device failed.
pub fn found(
    laboratory: &Laboratory,
    target: &str,
    workers: usize,
    stop: &Stop,
    done: &(dyn Fn(usize) + Sync),
) -> Result<Vec<Candidate>, Halt> {
    found_after(laboratory, target, None, workers, stop, done).map(|founding| founding.founders)
}

/// As [`found`], but that what `earlier` founders tell is not measured again. The founders are the
/// same to the byte.
///
/// # Errors
/// The reason for which `stop` was due, or that the device failed.
pub fn found_after(
    laboratory: &Laboratory,
    target: &str,
    earlier: Option<&EarlierFounders>,
    workers: usize,
    stop: &Stop,
    done: &(dyn Fn(usize) + Sync),
) -> Result<Founding, Halt> {
    let known = known_activations(&laboratory.lab().baselines);
    let mut evaluations: Vec<Option<Evaluation>> = known
        .iter()
        .map(|(_, formula)| earlier?.evaluation(laboratory, formula, target))
        .collect();
    let missing: Vec<&Formula> = known
        .iter()
        .zip(&evaluations)
        .filter(|(_, evaluation)| evaluation.is_none())
        .map(|((_, formula), _)| formula)
        .collect();
    let taken = known.len() - missing.len();
    let trials = missing.len() * laboratory.addresses(None, &laboratory.all_profiles()).len();
    let count = || done(trials);
    let mut measured =
        evaluate_all(laboratory, &missing, target, workers, stop, &count)?.into_iter();
    let absent = evaluations
        .iter_mut()
        .filter(|evaluation| evaluation.is_none());
    absent.for_each(|evaluation| *evaluation = measured.next());
    let founder = |((name, formula), evaluation): (&(String, Formula), Option<Evaluation>)| {
        Some(Candidate {
            formula: FormulaRecord::from(formula),
            attempt: 0,
            island: 0,
            parents: Vec::new(),
            name: Some(name.clone()),
            rationale: None,
            measures: screen(formula).ok()?,
            evaluation: evaluation?,
        })
    };
    let founders = known.iter().zip(evaluations).filter_map(founder).collect();
    Ok(Founding { founders, taken })
}

/// The claims with which a campaign starts: the functions of its founders, and of the known
/// activations that are none since they were dropped.
pub fn claims(founders: &[Candidate], baselines: &[String]) -> Claims {
    let mut claims = Claims::default();
    let founder = |founder: &Candidate| {
        let formula = Formula::parse(&founder.formula.formula).ok()?;
        Some((founder.name.clone()?, formula))
    };
    let known = founders.iter().filter_map(founder);
    for (name, formula) in known.chain(known_activations(baselines)) {
        let owner = Owner {
            name,
            attempt: None,
        };
        // Two founders that are the same function share one claim.
        let _ = claims.claim(&formula, owner);
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
