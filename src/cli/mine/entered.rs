//! A campaign whose known activations are measured: entered into the journal, run, and summed up.

use std::path::Path;

use serde_json::{json, Value};

use super::endings::ending;
use super::job::Job;
use super::summary::{baseline_fields, report};
use super::watch::watch;
use crate::campaign::{Campaign, Evaluator, Ground};
use crate::cli::common::{Common, Ending, Failure};
use crate::cli::output;
use crate::journal::Journal;
use crate::lab::arithmetic;
use crate::numerics::stop::Stop;
use crate::record::arithmetic::Arithmetic;
use crate::record::candidate::Candidate;
use crate::record::charter::Charter;

/// A campaign that is ready to be entered and run.
pub struct Entered<'a> {
    /// What measures its formulas.
    pub evaluator: &'a dyn Evaluator,
    /// The known activations, measured.
    pub founders: &'a [Candidate],
    /// Whether the founders are not in the journal yet.
    pub to_keep: bool,
    /// What they are measured on.
    pub ground: Ground<'a>,
    /// When no further attempt is begun.
    pub search: &'a Stop,
    /// When all work ends.
    pub stop: &'a Stop,
}

impl Entered<'_> {
    /// Runs it to its closing table.
    pub fn run(&self, job: &Job, journal: &Journal, common: &Common) -> Result<Ending, Failure> {
        let (plan, charter) = (&job.plan, &job.plan.charter);
        let arithmetic = arithmetic(&job.backend);
        enter(
            journal,
            charter,
            job,
            self.to_keep.then_some((self.founders, &arithmetic)),
        )?;
        let baselines = self.evaluator.judging().baselines.len();
        let baselines = &self.founders[..baselines.min(self.founders.len())];
        if common.json {
            let folder = common.archive_folder()?;
            output::document(&started_event(job, baseline_fields(baselines), &folder))?;
        }
        let campaign = Campaign {
            charter,
            evaluator: self.evaluator,
            founders: self.founders,
            proposer: job.proposer,
            journal,
            workers: plan.workers,
            started: job.clock.started,
            closed: job.closed.clone(),
            search: self.search,
            stop: self.stop,
        };
        let finish = watch(&campaign, &job.clock.interrupt, common)?;
        report(&finish, plan, self.ground, baselines, journal, common)?;
        Ok(ending(&finish.stop_reason))
    }
}

/// Puts the campaign into the journal, or what has changed of it, with the founders that are to be
/// kept and by what they were measured.
fn enter(
    journal: &Journal,
    charter: &Charter,
    job: &Job,
    founders: Option<(&[Candidate], &Arithmetic)>,
) -> Result<(), Failure> {
    match (job.is_begun(), job.resumed) {
        (false, _) => journal.begin(charter).map_err(Failure::of_archive)?,
        (true, true) => journal.amend(charter)?,
        (true, false) => {}
    }
    founders.map_or(Ok(()), |(founders, arithmetic)| {
        Ok(journal.found(&charter.campaign, founders, arithmetic)?)
    })
}

fn started_event(job: &Job, baselines: Value, folder: &Path) -> Value {
    let charter = &job.plan.charter;
    let budget = charter
        .asking
        .as_ref()
        .map(|asking| crate::cli::spend::budget(&asking.budget));
    json!({
        "event": "started",
        "campaign": charter.campaign,
        "archive": folder,
        "proposer": charter.proposer,
        "lab": charter.lab,
        "target": charter.target,
        "class": charter.class,
        "parameters": charter.parameters,
        "seed": charter.seed,
        "attempts": charter.attempts,
        "device": job.device,
        "models": charter.models,
        "budget": budget,
        "resumed": job.resumed,
        "round_trips": job.round_trips,
        "baselines": baselines,
    })
}
