//! A draft: an attempt on its way, filled in step by step, until its end makes it a record.

use std::sync::Arc;

use crate::archive::{claims::Owner, Archive, Claims};
use crate::formula::{Formula, FormulaError, FormulaErrorKind, Function};
use crate::lab::screen;
use crate::proposer::{Brief, Exemplar, ParsedProposal, Proposer, Response};
use crate::record::attempt::{Attempt, Guidance, Outcome, Proposal, Rejection, Reply, RungResult};
use crate::record::candidate::{FormulaRecord, Measures, Placement};
use crate::record::charter::Charter;
use crate::record::evaluation::Evaluation;
use crate::record::ledger::Call;

/// How an attempt ended: an evaluation to be placed, or a rejection, after these rungs.
pub struct End {
    pub rungs: Vec<RungResult>,
    pub verdict: Result<Box<Evaluation>, Rejection>,
}

impl End {
    /// The end of an attempt that was never trained, or whose training failed.
    pub fn rejected(rejection: Rejection) -> End {
        End {
            rungs: Vec::new(),
            verdict: Err(rejection),
        }
    }
}

/// What an attempt was made from.
#[derive(Clone, Debug)]
pub struct Origin {
    island: u32,
    parents: Vec<String>,
    inspirations: Vec<String>,
    /// The fitness of the fittest parent, where it is known.
    parents_fitness: Option<f64>,
    /// The id of the guidance in its prompt.
    guidance: Option<String>,
}

/// A further formula of an attempt's reply, which waits to become an attempt of its own.
#[derive(Clone, Debug)]
pub struct Sibling {
    /// The attempt that got the reply.
    pub of: u64,
    pub origin: Origin,
    pub proposal: ParsedProposal,
}

impl Sibling {
    /// The further formulas in the reply of a settled attempt, in its order.
    pub fn all_of(attempt: &Attempt) -> Vec<Sibling> {
        let origin = || Origin {
            island: attempt.island,
            parents: attempt.parents.clone(),
            inspirations: attempt.inspirations.clone(),
            parents_fitness: attempt.parents_fitness,
            guidance: attempt.guidance.clone(),
        };
        let sibling = |proposal: &Proposal| Sibling {
            of: attempt.attempt,
            origin: origin(),
            proposal: proposal.clone().into(),
        };
        attempt.further.iter().map(sibling).collect()
    }
}

/// All that is known of an attempt before it has ended.
pub struct Draft {
    pub attempt: u64,
    origin: Origin,
    proposer: String,
    sibling_of: Option<u64>,
    reply: Option<Reply>,
    proposal: Option<ParsedProposal>,
    further: Vec<ParsedProposal>,
    formula: Option<FormulaRecord>,
    fingerprint: Option<String>,
    measures: Option<Measures>,
}

impl Draft {
    /// The draft of an attempt that is to be asked for by this brief.
    pub fn new(brief: &Brief, island: u32, proposer: &str) -> Draft {
        let ids = |exemplars: &[Exemplar]| {
            exemplars
                .iter()
                .map(|exemplar| exemplar.formula.id.clone())
                .collect()
        };
        let origin = Origin {
            island,
            parents: ids(&brief.parents),
            inspirations: ids(&brief.inspirations),
            parents_fitness: brief
                .parents
                .iter()
                .map(|parent| parent.fitness)
                .max_by(f64::total_cmp),
            guidance: brief.guidance.as_ref().map(|guidance| guidance.id.clone()),
        };
        Draft::of(brief.attempt, origin, proposer)
    }

    /// The draft of an attempt whose formula came in the reply of another.
    pub fn of_sibling(attempt: u64, sibling: Sibling, proposer: &str) -> Draft {
        Draft {
            sibling_of: Some(sibling.of),
            proposal: Some(sibling.proposal),
            ..Draft::of(attempt, sibling.origin, proposer)
        }
    }

    fn of(attempt: u64, origin: Origin, proposer: &str) -> Draft {
        Draft {
            attempt,
            origin,
            proposer: proposer.to_owned(),
            sibling_of: None,
            reply: None,
            proposal: None,
            further: Vec::new(),
            formula: None,
            fingerprint: None,
            measures: None,
        }
    }

    /// The island that it was made for.
    pub fn island(&self) -> u32 {
        self.origin.island
    }

    /// The reply that it got.
    pub fn reply(&self) -> Option<&Reply> {
        self.reply.as_ref()
    }

    /// Whether a proposer wrote anything for it, in a reply of its own or of another attempt.
    pub fn is_written(&self) -> bool {
        self.reply.is_some() || self.proposal.is_some()
    }

    /// The step read: takes the first proposal of a reply that was asked for so many formulas, and
    /// keeps the further ones. What the proposer has read already is not read again.
    pub fn read(
        &mut self,
        proposer: &dyn Proposer,
        formulas: u32,
        response: Response,
    ) -> Result<(), Rejection> {
        let reply = self.reply.insert(response.reply);
        if let Some(text) = &reply.written_guidance {
            self.origin.guidance = Some(Guidance::of(text).id);
        }
        let reading = response
            .reading
            .unwrap_or_else(|| proposer.read(reply, formulas));
        let mut proposals = reading?.into_iter();
        self.proposal = proposals.next();
        self.further = proposals.collect();
        Ok(())
    }

    /// The steps parse, check, screen and claim; the formula to train, or the rejection at which
    /// they ended.
    pub fn check(
        &mut self,
        charter: &Charter,
        claims: &mut Claims,
    ) -> Result<Arc<Formula>, Rejection> {
        let proposal = self
            .proposal
            .as_ref()
            .ok_or_else(|| Rejection::Unreadable {
                detail: "the reply holds no formula".to_owned(),
            })?;
        let formula = Arc::clone(proposal.formula().map_err(rejection_of)?);
        let record = self.formula.insert(FormulaRecord::from(&*formula));
        check_allowed(&formula, charter)?;
        self.measures = Some(screen(&formula)?);
        self.fingerprint = Some(formula.fingerprint().hex());
        let owner = Owner {
            name: record.nickname.clone(),
            attempt: Some(self.attempt),
        };
        claims
            .claim(&formula, owner)
            .map_err(|owner| Rejection::Duplicate {
                of: owner.name,
                attempt: owner.attempt,
            })?;
        Ok(formula)
    }

    /// The record of the attempt, its candidate judged by the archive as it stands, and the further
    /// formulas of its reply; `calls` are the requests that were made for it.
    pub fn end(self, end: End, calls: Vec<Call>, archive: &Archive) -> (Attempt, Vec<Sibling>) {
        let (evaluation, outcome) = match end.verdict {
            Ok(evaluation) => (Some(*evaluation), Outcome::Placed(Placement::NotBetter)),
            Err(rejection) => (None, Outcome::Rejected(rejection)),
        };
        let further = self
            .further
            .iter()
            .map(|parsed| parsed.proposal.clone())
            .collect();
        let sibling = |proposal: ParsedProposal| Sibling {
            of: self.attempt,
            origin: self.origin.clone(),
            proposal,
        };
        let siblings = self.further.into_iter().map(sibling).collect();
        let mut attempt = Attempt {
            attempt: self.attempt,
            island: self.origin.island,
            proposer: self.proposer,
            parents: self.origin.parents,
            parents_fitness: self.origin.parents_fitness,
            inspirations: self.origin.inspirations,
            reply: self.reply,
            proposal: self.proposal.map(|parsed| parsed.proposal),
            sibling_of: self.sibling_of,
            further,
            guidance: self.origin.guidance,
            calls,
            formula: self.formula,
            fingerprint: self.fingerprint,
            measures: self.measures,
            rungs: end.rungs,
            evaluation,
            outcome,
        };
        if let Some(candidate) = attempt.candidate() {
            attempt.outcome = Outcome::Placed(archive.judge(&candidate));
        }
        (attempt, siblings)
    }
}

/// Claims what a settled attempt had claimed when it was made; an error where this version does not
/// read its formula.
pub fn claim_again(claims: &mut Claims, attempt: &Attempt) -> Result<(), FormulaError> {
    let rejected_before_claim = matches!(
        attempt.outcome.rejection(),
        Some(Rejection::Duplicate { .. })
    ) || attempt.fingerprint.is_none();
    let Some(record) = attempt.formula.as_ref().filter(|_| !rejected_before_claim) else {
        return Ok(());
    };
    let formula = Formula::parse(&record.formula)?;
    // The first owner of a function keeps it; the journal holds no two.
    let _ = claims.claim(
        &formula,
        Owner {
            name: record.nickname.clone(),
            attempt: Some(attempt.attempt),
        },
    );
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
        let which = formula
            .program()
            .functions()
            .find(|function| matches!(function, Function::Param | Function::ChannelParam));
        let detail = format!(
            "`{}`: the formula has {trained} trainable parameter{}, this campaign allows {} \
             (--parameters {trained})",
            which.map_or("param", Function::name),
            if trained == 1 { "" } else { "s" },
            if charter.parameters == 0 {
                "none".to_owned()
            } else {
                format!("at most {}", charter.parameters)
            }
        );
        return Err(Rejection::Forbidden { detail });
    }
    if formula.cost() > charter.cost_budget {
        return Err(Rejection::TooCostly {
            cost: formula.cost(),
            budget: charter.cost_budget,
        });
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
