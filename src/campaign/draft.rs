//! A draft: an attempt on its way, filled in step by step, until its end makes it a record.

use crate::archive::{claims::Owner, Archive, Claims, Sample};
use crate::attempt::{Attempt, Outcome, Proposal, Rejection, Reply, RungResult};
use crate::candidate::{Candidate, FormulaRecord, Measures, Placement};
use crate::charter::Charter;
use crate::evaluation::Evaluation;
use crate::evaluator::screen;
use crate::formula::{Formula, FormulaError, FormulaErrorKind, Function};
use crate::proposer::Proposer;

/// How an attempt ended: an evaluation to be placed, or a rejection, after these rungs.
pub struct End {
    pub rungs: Vec<RungResult>,
    pub verdict: Result<Box<Evaluation>, Rejection>,
}

impl End {
    /// The end of an attempt that was never trained, or whose training failed.
    pub fn rejected(rejection: Rejection) -> End {
        End { rungs: Vec::new(), verdict: Err(rejection) }
    }
}

/// All that is known of an attempt before it has ended.
pub struct Draft {
    pub attempt: u64,
    island: u32,
    proposer: String,
    parents: Vec<String>,
    inspirations: Vec<String>,
    reply: Option<Reply>,
    proposal: Option<Proposal>,
    formula: Option<FormulaRecord>,
    fingerprint: Option<String>,
    measures: Option<Measures>,
}

impl Draft {
    pub fn new(attempt: u64, island: u32, proposer: &str, sample: &Sample) -> Draft {
        let ids = |elites: &[std::sync::Arc<Candidate>]| elites.iter().map(|elite| elite.formula.id.clone()).collect();
        Draft {
            attempt,
            island,
            proposer: proposer.to_owned(),
            parents: ids(&sample.parents),
            inspirations: ids(&sample.inspirations),
            reply: None,
            proposal: None,
            formula: None,
            fingerprint: None,
            measures: None,
        }
    }

    /// The steps read, parse, check, screen and claim; the formula to train, or the rejection at which they ended.
    pub fn check(&mut self, proposer: &dyn Proposer, reply: Reply, charter: &Charter, claims: &mut Claims) -> Result<Formula, Rejection> {
        let reply = self.reply.insert(reply);
        let proposal = self.proposal.insert(proposer.read(reply)?);
        let formula = Formula::parse(&proposal.formula).map_err(|error| rejection_of(&error))?;
        let record = self.formula.insert(FormulaRecord::from(&formula));
        check_allowed(&formula, charter)?;
        self.measures = Some(screen(&formula)?);
        self.fingerprint = Some(formula.fingerprint().hex());
        let owner = Owner { name: record.nickname.clone(), attempt: Some(self.attempt) };
        claims.claim(&formula, owner).map_err(|owner| Rejection::Duplicate { of: owner.name, attempt: owner.attempt })?;
        Ok(formula)
    }

    /// The record of the attempt, its candidate judged by the archive as it stands.
    pub fn end(self, end: End, archive: &Archive) -> Attempt {
        let (evaluation, outcome) = match end.verdict {
            Ok(evaluation) => (Some(*evaluation), Outcome::Placed(Placement::NotBetter)),
            Err(rejection) => (None, Outcome::Rejected(rejection)),
        };
        let mut attempt = Attempt {
            attempt: self.attempt,
            island: self.island,
            proposer: self.proposer,
            parents: self.parents,
            inspirations: self.inspirations,
            reply: self.reply,
            proposal: self.proposal,
            formula: self.formula,
            fingerprint: self.fingerprint,
            measures: self.measures,
            rungs: end.rungs,
            evaluation,
            outcome,
        };
        if let Some(candidate) = Candidate::of(&attempt) {
            attempt.outcome = Outcome::Placed(archive.judge(&candidate));
        }
        attempt
    }
}

/// Claims what a settled attempt had claimed when it was made; an error where this version does not read its formula.
pub fn claim_again(claims: &mut Claims, attempt: &Attempt) -> Result<(), FormulaError> {
    let rejected_before_claim = matches!(attempt.outcome.rejection(), Some(Rejection::Duplicate { .. })) || attempt.fingerprint.is_none();
    let Some(record) = attempt.formula.as_ref().filter(|_| !rejected_before_claim) else {
        return Ok(());
    };
    let formula = Formula::parse(&record.formula)?;
    // The first owner of a function keeps it; the journal holds no two.
    let _ = claims.claim(&formula, Owner { name: record.nickname.clone(), attempt: Some(attempt.attempt) });
    Ok(())
}

/// Whether the campaign allows what a formula reads, trains and costs.
fn check_allowed(formula: &Formula, charter: &Charter) -> Result<(), Rejection> {
    if let Some(function) = formula.beyond(charter.class) {
        let detail = format!(
            "`{}` reads {}: this campaign allows {} formulas only (--class {})",
            function.name(),
            function.class().reads(),
            charter.class,
            function.class()
        );
        return Err(Rejection::Forbidden { detail });
    }
    let trained = formula.parameters().len();
    if trained > charter.parameters as usize {
        let which = formula.program().functions().find(|function| matches!(function, Function::Param | Function::ChannelParam));
        let detail = format!(
            "`{}`: the formula has {trained} trainable parameter{}, this campaign allows {} (--parameters {trained})",
            which.map_or("param", Function::name),
            if trained == 1 { "" } else { "s" },
            if charter.parameters == 0 { "none".to_owned() } else { format!("at most {}", charter.parameters) }
        );
        return Err(Rejection::Forbidden { detail });
    }
    if formula.cost() > charter.cost_budget {
        return Err(Rejection::TooCostly { cost: formula.cost(), budget: charter.cost_budget });
    }
    Ok(())
}

fn rejection_of(error: &FormulaError) -> Rejection {
    let detail = error.to_string();
    match error.kind() {
        FormulaErrorKind::Forbidden | FormulaErrorKind::TooLarge => Rejection::Forbidden { detail },
        FormulaErrorKind::Unparsable => Rejection::Unparsable { detail },
    }
}
