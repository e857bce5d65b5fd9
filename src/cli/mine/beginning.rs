//! The beginning of a campaign that asks models: its first proposals, before anything is trained.
//!
//! Each model is asked once, by the prompt of one of the first attempts. What answers becomes that
//! attempt's reply, and the campaign is begun with it on disk; where none does, there is no
//! campaign, and what was paid for stays on the archive's account of check-ups.

use serde_json::{json, Value};

use super::plan::free_name;
use super::target::mark_program;
use crate::campaign::{
    check_model, ensemble, environment, opening, CheckupPurse, ModelCheck, Outlook, StopReason,
};
use crate::cli::common::{Common, Failure};
use crate::cli::round_trip::answer_in_words;
use crate::config::Plan;
use crate::journal::{FirstReply, Journal, JournalError, DOCTOR};
use crate::lab::arithmetic;
use crate::nets::Backend;
use crate::numerics::stop::Stop;
use crate::proposer::{Brief, Llm};
use crate::record::charter::Charter;
use crate::record::ledger::{Call, Money};

/// What came of asking for the first proposals.
pub enum Beginning {
    /// The campaign is in the journal, with its first replies.
    Begun(Box<Begun>),
    /// The stop was due before a model had answered: there is no campaign.
    Stopped,
    /// No model proposes a formula, for this reason: there is no campaign.
    NoProposal(StopReason),
}

/// A campaign that is begun.
pub struct Begun {
    pub plan: Plan,
    pub llm: Llm,
    pub journal: Journal,
    /// What the models answered, and what is to be expected of the campaign.
    pub round_trips: Value,
}

/// Asks each model of a plan for a proposal, and begins the campaign with those that come;
/// `is_named` says whether the user wants this very name.
///
/// # Errors
/// The archive cannot be read or written, or a model lacks its key.
pub fn begin(
    mut plan: Plan,
    is_named: bool,
    backend: &Backend,
    stop: &Stop,
    common: &Common,
) -> Result<Beginning, Failure> {
    let mut archive = FirstArchive::open(&plan.charter, common)?;
    if let Some(journal) = archive.journal() {
        plan.charter.campaign = free_name(journal, is_named, plan.charter.campaign)?;
    }
    let llm = ensemble(&plan.charter, archive.journal(), &environment);
    let llm = llm.map_err(Failure::of_hiring)?;
    let briefs = opening(
        &plan.charter,
        &plan.judging(),
        llm.models().len(),
        archive.journal(),
        &arithmetic(backend),
    );
    let budget = plan.charter.asking.as_ref().map(|asking| asking.budget);
    let purse = CheckupPurse::new(archive.journal(), budget.unwrap_or_default())?;
    let checks = ask(&llm, &briefs, &purse, stop, common);
    let number = purse.number();
    if let Some(error) = purse.broken() {
        return Err(error.into());
    }
    if checks.iter().all(|check| check.problem.is_some()) {
        archive.leave(&checks)?;
        return Ok(match (stop.is_due(), checks.first()) {
            (false, Some(first)) => Beginning::NoProposal(StopReason::Paused {
                pause: first.pause,
                detail: no_proposal(&checks),
            }),
            _ => Beginning::Stopped,
        });
    }
    say_all(&checks, common);
    let outlook = Outlook::of(&plan.charter, &llm, &checks, good(&checks));
    outlook
        .iter()
        .for_each(|outlook| common.say(outlook.words()));
    let journal = archive.make(common)?;
    mark_program(&mut plan.charter, &common.archive_folder()?);
    plan.charter.campaign = free_name(&journal, is_named, plan.charter.campaign)?;
    journal
        .begin_answered(&plan.charter, &first_replies(&checks), number)
        .map_err(Failure::of_archive)?;
    Ok(Beginning::Begun(Box::new(Begun {
        plan,
        llm,
        journal,
        round_trips: document(&checks, outlook.as_ref()),
    })))
}

/// Asks each model by one of the briefs, while the stop is not due.
fn ask(
    llm: &Llm,
    briefs: &[Brief],
    purse: &CheckupPurse,
    stop: &Stop,
    common: &Common,
) -> Vec<ModelCheck> {
    let models = llm.models().iter().zip(briefs).enumerate();
    let asked = models
        .take_while(|_| !stop.is_due())
        .map(|(index, (model, brief))| {
            let address = &model.setting.address;
            let most = llm.longest_proposal().as_secs();
            common.say(format!(
                "asking {address} for a first proposal, which may take {most} s at most"
            ));
            check_model(llm, index, brief, purse, stop)
        });
    asked.collect()
}

/// How many models proposed a formula.
fn good(checks: &[ModelCheck]) -> u64 {
    let good = checks.iter().filter(|check| check.problem.is_none());
    good.count() as u64
}

/// The replies with a formula, each with its requests. Those of models that are of no use go to the
/// first, so that the campaign's budget covers all that was asked.
fn first_replies(checks: &[ModelCheck]) -> Vec<FirstReply> {
    let is_sound = |check: &&ModelCheck| check.problem.is_none();
    let mut vain: Vec<Call> = checks
        .iter()
        .filter(|check| check.problem.is_some())
        .flat_map(|check| check.calls.clone())
        .collect();
    let first = |check: &ModelCheck| {
        let response = check.answered.as_ref().ok()?;
        let mut calls = std::mem::take(&mut vain);
        calls.extend(check.calls.clone());
        Some(FirstReply {
            attempt: check.attempt,
            reply: response.reply.clone(),
            calls,
        })
    };
    checks.iter().filter(is_sound).filter_map(first).collect()
}

/// Says what each model answered, or why it is of no use.
fn say_all(checks: &[ModelCheck], common: &Common) {
    for check in checks {
        common.say(match &check.problem {
            None => format!("{} {}", check.model, answer_in_words(check)),
            Some(problem) => format!(
                "warning: {} proposes nothing: {problem}; the campaign goes on with the others",
                check.model
            ),
        });
    }
}

/// That no model proposes anything, why, and what it cost.
fn no_proposal(checks: &[ModelCheck]) -> String {
    let problems: Vec<String> = checks
        .iter()
        .filter_map(|check| {
            let problem = check.problem.as_ref()?;
            Some(match problem.contains(&check.model) {
                true => problem.clone(),
                false => format!("{}: {problem}", check.model),
            })
        })
        .collect();
    let cost: Money = checks.iter().map(ModelCheck::cost).sum();
    let spent = match cost.is_zero() {
        true => String::new(),
        false => format!(" (this cost {cost}: motherlode spend {DOCTOR})"),
    };
    format!("{}. No campaign was begun{spent}", problems.join("; "))
}

/// The round trips for programs.
fn document(checks: &[ModelCheck], outlook: Option<&Outlook>) -> Value {
    let check = |check: &ModelCheck| {
        json!({
            "model": check.model,
            "attempt": check.attempt,
            "ok": check.problem.is_none(),
            "problem": check.problem,
            "seconds": check.seconds,
            "tokens": check.tokens(),
            "cost_usd": check.cost().usd(),
        })
    };
    json!({
        "models": checks.iter().map(check).collect::<Vec<_>>(),
        "outlook": outlook.map(|outlook| json!({
            "proposals": outlook.proposals,
            "seconds": outlook.seconds,
            "tokens": outlook.tokens,
            "cost_usd": outlook.cost.usd(),
        })),
    })
}

/// The archive of a campaign that is not begun yet.
enum FirstArchive {
    /// It was there.
    Old(Box<Journal>),
    /// It was made, since what costs money is booked before it is asked.
    Made(Box<Journal>),
    /// There is none, and nothing to be booked yet.
    Absent,
}

impl FirstArchive {
    fn open(charter: &Charter, common: &Common) -> Result<FirstArchive, Failure> {
        let folder = common.archive_folder()?;
        let is_free = charter
            .asking
            .as_ref()
            .is_none_or(|asking| asking.is_free());
        match Journal::open(&folder) {
            Ok(journal) => Ok(FirstArchive::Old(Box::new(journal))),
            Err(JournalError::Absent { .. }) if is_free => Ok(FirstArchive::Absent),
            Err(JournalError::Absent { .. }) => {
                let journal = Journal::create_or_open(&folder).map_err(Failure::of_archive)?;
                Ok(FirstArchive::Made(Box::new(journal)))
            }
            Err(error) => Err(Failure::of_archive(error)),
        }
    }

    fn journal(&self) -> Option<&Journal> {
        match self {
            FirstArchive::Old(journal) | FirstArchive::Made(journal) => Some(journal),
            FirstArchive::Absent => None,
        }
    }

    /// The archive, made where there is none.
    fn make(self, common: &Common) -> Result<Journal, Failure> {
        match self {
            FirstArchive::Old(journal) | FirstArchive::Made(journal) => Ok(*journal),
            FirstArchive::Absent => {
                Journal::create_or_open(&common.archive_folder()?).map_err(Failure::of_archive)
            }
        }
    }

    /// Leaves it as it was, but for what was paid for.
    fn leave(&mut self, checks: &[ModelCheck]) -> Result<(), Failure> {
        let nothing_paid = checks.iter().all(|check| check.cost().is_zero());
        match std::mem::replace(self, FirstArchive::Absent) {
            FirstArchive::Made(journal) if nothing_paid => journal.discard()?,
            FirstArchive::Made(journal) | FirstArchive::Old(journal) => journal.close()?,
            FirstArchive::Absent => {}
        }
        Ok(())
    }
}
