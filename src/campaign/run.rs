//! The state of a campaign under way, and the steps of its loop.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use super::beginning::{Beginning, Beginnings};
use super::briefing;
use super::crew::{Crew, Message, TrainingOrder};
use super::draft::{self, Draft, End, Sibling};
use super::end::StopReason;
use super::error::CampaignError;
use super::event::Event;
use super::founders;
use super::setup::Campaign;
use super::unreadable::Unreadable;
use super::window::{Arrival, Slot, Stage, Unpaid, Window};
use crate::archive::{Archive, Claims};
use crate::formula::Formula;
use crate::lab::Thresholds;
use crate::proposer::{Pause, Response, Unanswered};
use crate::record::attempt::{Attempt, Rejection, Reply};
use crate::record::ledger::{Budget, Call};

/// Calls in a row without any reply after which a campaign pauses, for each source that its
/// proposer asks.
pub const MOST_FAILED_CALLS: u32 = 5;

/// Shares of the budget at which the user is told.
const BUDGET_MARKS: [f64; 3] = [0.5, 0.8, 0.95];

/// The state of a campaign under way.
pub(super) struct Run<'a> {
    campaign: &'a Campaign<'a>,
    archive: Archive,
    claims: Claims,
    pub(super) window: Window,
    beginnings: Beginnings,
    /// The largest share of the budget that the user was told of.
    told_share: f64,
    /// Calls of this run that brought a reply.
    answered_calls: u64,
    /// Calls of this run that brought none, in a row.
    failed_calls: u32,
    /// Whether they are so many that the run ends.
    gives_up: bool,
    /// Why the last of them did not.
    last_failure: String,
    unreadable: Unreadable,
    /// What was said where the budget had no room for a further request; `None` before.
    budget_end: Option<String>,
}

impl<'a> Run<'a> {
    /// The state after all settled attempts, with the attempts that follow opened.
    pub(super) fn rebuild(
        campaign: &'a Campaign<'a>,
        crew: &Crew,
    ) -> Result<Run<'a>, CampaignError> {
        let (journal, name) = (campaign.journal, &campaign.charter.campaign);
        let settled = journal.attempts(name)?;
        // What was cut off with an earlier run holds money that nothing would give back before its
        // attempt's turn.
        for (attempt, account) in journal.accounts(name)? {
            for hold in account.holds {
                journal.charge(name, attempt, hold.number, &Call::cut_off(&hold))?;
            }
        }
        let left_open = journal.open_attempts(name)?;
        let mut run = Run {
            campaign,
            archive: Archive::founded(
                &campaign
                    .charter
                    .blocks(&campaign.evaluator.judging().profiles),
                campaign.charter.islands,
                campaign.charter.cost_budget,
                campaign.founders.to_vec(),
            ),
            claims: founders::claims(campaign.founders, &campaign.evaluator.judging().baselines),
            window: Window::new(campaign.charter.attempts, settled.len() as u64, left_open),
            beginnings: Beginnings::new(campaign.charter),
            told_share: 0.0,
            answered_calls: 0,
            failed_calls: 0,
            gives_up: false,
            last_failure: String::new(),
            unreadable: Unreadable::default(),
            budget_end: None,
        };
        for attempt in 1..=campaign.charter.lag {
            run.open(attempt, crew);
        }
        for attempt in settled {
            draft::claim_again(&mut run.claims, &attempt).map_err(|error| {
                CampaignError::ForeignFormula {
                    attempt: attempt.attempt,
                    error,
                }
            })?;
            run.take_in(&attempt, Sibling::all_of(&attempt), crew);
        }
        run.told_share = journal.balance(name)?.share(&campaign.budget());
        Ok(run)
    }

    /// Samples the brief of an attempt from the archive as it stands, and sends it to be asked,
    /// unless the attempt is settled or beyond the last.
    fn open(&mut self, attempt: u64, crew: &Crew) {
        // Also for an attempt that is settled: so it was when that was made.
        let beginning = self.beginnings.open(attempt);
        if !self.window.wants(attempt) {
            return;
        }
        let proposer = self.campaign.proposer;
        let renews = match beginning {
            Beginning::Sibling(sibling) => {
                let draft = Draft::of_sibling(attempt, *sibling, proposer.name());
                let thresholds = self.thresholds(draft.island());
                return self.window.open_answered(attempt, draft, thresholds);
            }
            Beginning::Asked { renews } => renews,
        };
        let mut brief = briefing::brief(
            self.campaign.charter,
            self.campaign.evaluator.judging(),
            self.campaign.founders,
            &self.archive,
            attempt,
            renews,
        );
        proposer.assign(&mut brief);
        let draft = Draft::new(&brief, self.archive.island_of(attempt), proposer.name());
        let thresholds = self.thresholds(draft.island());
        let earlier = self.window.open(attempt, draft, thresholds);
        if self.budget_end.is_some() && earlier.is_none() {
            return self.window.unpaid(attempt);
        }
        crew.ask(brief, earlier);
    }

    /// Parses, screens and claims every reply whose turn has come.
    pub(super) fn claim_in_order(&mut self, crew: &Crew) {
        while let Some((slot, arrival)) = self.window.next_to_claim() {
            let attempt = slot.draft.attempt;
            let response = match arrival {
                Arrival::Response(response) => {
                    self.answered_calls += 1;
                    (self.failed_calls, self.gives_up) = (0, false);
                    Some(response)
                }
                Arrival::Sibling => None,
                Arrival::None(why) => {
                    self.unanswered(attempt, why);
                    continue;
                }
            };
            let is_reply = response.is_some();
            let checked = checked(slot, response, self.campaign, &mut self.claims);
            if is_reply {
                let text = slot.draft.reply().map_or("", |reply| &reply.text);
                let rejection = checked.as_ref().err();
                self.unreadable
                    .note(attempt, rejection, text, self.campaign.proposer);
            }
            match checked {
                Ok(formula) => {
                    slot.stage = Stage::Training;
                    crew.train(TrainingOrder {
                        attempt,
                        formula,
                        target: self.archive.target_of(slot.draft.island()).to_owned(),
                        thresholds: slot.thresholds.clone(),
                    });
                }
                Err(rejection) => {
                    let kind = rejection.kind();
                    tracing::debug!(attempt, kind, "rejected before training");
                    slot.stage = Stage::Ended(End::rejected(rejection));
                }
            }
        }
    }

    /// What follows where an attempt got no formula.
    fn unanswered(&mut self, attempt: u64, why: Unanswered) {
        let last = attempt - 1;
        match why {
            Unanswered::Failed(detail) => {
                self.failed_calls += 1;
                // Attempts that were under way together may all have been one model's, and another
                // may have answered those after them.
                self.gives_up = self.failed_calls >= self.most_failed_calls()
                    && self.campaign.proposer.all_fail();
                self.last_failure.clone_from(&detail);
                let end = End::rejected(Rejection::NoReply { detail });
                self.window.ended(attempt, end);
            }
            Unanswered::Lost(detail) => {
                let end = End::rejected(Rejection::NoReply { detail });
                self.window.ended(attempt, end);
            }
            Unanswered::Exhausted(detail) => {
                let reason = StopReason::RepliesExhausted { detail };
                self.window.end_after(last, reason);
            }
            Unanswered::Paused {
                pause: Pause::Budget,
                detail,
            } => {
                self.window.unpaid(attempt);
                self.budget_end.get_or_insert(detail);
            }
            Unanswered::Paused { pause, detail } => {
                let reason = StopReason::Paused { pause, detail };
                self.window.end_after(last, reason);
            }
            // The campaign is stopping: the attempt stays open and is made again on resume.
            Unanswered::Stopped => {}
        }
    }

    /// Judges, records and places every ended attempt whose turn has come; it is on disk before it
    /// counts.
    pub(super) fn place_in_order(
        &mut self,
        crew: &Crew,
        observe: &mut dyn FnMut(Event),
    ) -> Result<(), CampaignError> {
        loop {
            self.pass_unpaid();
            let Some((draft, end)) = self.window.next_to_place() else {
                return Ok(());
            };
            let calls = self.close_account(draft.attempt, draft.reply())?;
            let (attempt, siblings) = draft.end(end, calls, &self.archive);
            self.campaign
                .journal
                .settle(&self.campaign.charter.campaign, &attempt)?;
            self.take_in(&attempt, siblings, crew);
            observe(Event::Settled(&attempt));
            if let Some(Rejection::NoReply { detail }) = attempt.outcome.rejection() {
                let (attempt, detail) = (attempt.attempt, detail.clone());
                observe(Event::NoReply { attempt, detail });
            }
        }
    }

    /// Where the budget had no room for the attempt in turn: the campaign ends before it, unless
    /// one after it was paid for, which is to be measured and recorded in its order.
    fn pass_unpaid(&mut self) {
        let detail = || self.budget_end.clone().unwrap_or_default();
        match self.window.next_unpaid() {
            None => {}
            Some(Unpaid::BeforePaid(attempt)) => {
                let detail = format!("{}; attempts after it were paid for", detail());
                let end = End::rejected(Rejection::NoReply { detail });
                self.window.ended(attempt, end);
            }
            Some(Unpaid::Last(attempt)) => {
                let (pause, detail) = (Pause::Budget, detail());
                let reason = StopReason::Paused { pause, detail };
                self.window.end_after(attempt - 1, reason);
            }
        }
    }

    /// The requests of an attempt that has ended, without the words that its reply has.
    fn close_account(
        &self,
        attempt: u64,
        reply: Option<&Reply>,
    ) -> Result<Vec<Call>, CampaignError> {
        let mut account = self
            .campaign
            .journal
            .account(&self.campaign.charter.campaign, attempt)?;
        let is_reply = |call: &&mut Call| {
            call.exchange
                .as_ref()
                .zip(reply)
                .is_some_and(|(said, reply)| said.prompt == reply.prompt && said.text == reply.text)
        };
        if let Some(call) = account.calls.iter_mut().rev().find(is_reply) {
            call.exchange = None;
        }
        Ok(account.calls)
    }

    /// Tells the user when half of the budget and more is spent, each mark once.
    pub(super) fn tell_share(
        &mut self,
        observe: &mut dyn FnMut(Event),
    ) -> Result<(), CampaignError> {
        let budget = self.campaign.budget();
        if budget == Budget::default() {
            return Ok(());
        }
        let balance = self
            .campaign
            .journal
            .balance(&self.campaign.charter.campaign)?;
        let share = balance.share(&budget);
        if let Some(mark) = BUDGET_MARKS
            .into_iter()
            .rev()
            .find(|mark| share >= *mark && self.told_share < *mark)
        {
            let (spent, of) = (
                Budget {
                    money: budget.money.map(|_| balance.spent),
                    tokens: budget.tokens.map(|_| balance.spent_tokens),
                },
                budget.words(),
            );
            let made = format!(
                "after {} of {} attempts",
                self.window.placed_last(),
                self.campaign.charter.attempts
            );
            observe(Event::Warning(format!(
                "{:.0} % of the budget is spent: {} of {of}, {made}",
                mark * 100.0,
                spent.words()
            )));
        }
        self.told_share = self.told_share.max(share);
        Ok(())
    }

    /// Folds a settled attempt into the archive and opens the attempt that was waiting for it.
    fn take_in(&mut self, attempt: &Attempt, siblings: Vec<Sibling>, crew: &Crew) {
        self.archive.fold(attempt);
        self.campaign.proposer.learn(attempt);
        self.beginnings.take_in(siblings);
        self.window.placed(attempt.attempt);
        if !self.gives_up && !self.unreadable.is_too_much() {
            self.open(attempt.attempt + self.campaign.charter.lag, crew);
        }
    }

    /// Before the run ends, lets the requests under way end and no other leave, so that their replies
    /// are kept and not paid for in vain. Where it is to stop, only those that are paid for are under way for long.
    pub(super) fn let_asks_end(
        &self,
        crew: &Crew,
        reason: &StopReason,
        observe: &mut dyn FnMut(Event),
    ) -> Result<(), CampaignError> {
        crew.close();
        if let Some(words) = self.waiting_words(crew, reason)? {
            observe(Event::Warning(words));
        }
        while crew.asking() > 0 {
            if let Some(Message::Failed(error)) = crew.wait() {
                return Err(error);
            }
        }
        Ok(())
    }

    /// What is waited for before the run ends, and how long at most; `None` where nothing is.
    fn waiting_words(
        &self,
        crew: &Crew,
        reason: &StopReason,
    ) -> Result<Option<String>, CampaignError> {
        let Some(asking) = &self.campaign.charter.asking else {
            return Ok(None);
        };
        let (asked, paid) = (crew.asking(), self.paid_under_way()?);
        let longest = crew.longest_wait(Duration::from_secs_f64(asking.deadline_seconds));
        let longest = longest.as_secs_f64().ceil();
        let name = reason.name();
        Ok(if self.campaign.stop.is_due() {
            (paid > 0).then(|| {
                format!(
                    "stopping ({name}): {paid} requests that are paid for are under way and waited \
                     for, at most {longest} s, so that their replies are kept; a second Ctrl-C \
                     ends at once and loses them"
                )
            })
        } else {
            (asked > 0).then(|| {
                format!(
                    "pausing ({name}): the {asked} proposals that are being asked for are waited \
                     for first, at most {longest} s"
                )
            })
        })
    }

    /// The requests that cost money and have not ended.
    fn paid_under_way(&self) -> Result<usize, CampaignError> {
        let journal = self.campaign.journal;
        let accounts = journal.accounts(&self.campaign.charter.campaign)?;
        let holds = accounts.iter().flat_map(|(_, account)| &account.holds);
        Ok(holds.filter(|hold| !hold.money.is_zero()).count())
    }

    /// The reason to stop, once all that could be placed has been placed.
    pub(super) fn finished(&self) -> Option<StopReason> {
        if self.gives_up {
            return Some(unreachable(format!(
                "{} calls in a row brought no reply; the last: {}",
                self.failed_calls, self.last_failure
            )));
        }
        let ended = self.window.finished();
        if ended.is_none() {
            let (placed, name) = (self.window.placed_last(), &self.campaign.charter.campaign);
            return self.unreadable.pause_after(placed, name);
        }
        match ended? {
            StopReason::AttemptsMade if self.failed_calls > 0 && self.answered_calls == 0 => {
                Some(unreachable(format!(
                    "not one call brought a reply; the last: {}",
                    self.last_failure
                )))
            }
            reason => Some(reason),
        }
    }

    fn most_failed_calls(&self) -> u32 {
        MOST_FAILED_CALLS.saturating_mul(self.campaign.proposer.sources().max(1))
    }

    /// What the rungs ask of an attempt on this island, as the fields of its block stand.
    fn thresholds(&self, island: u32) -> Thresholds {
        let memory = self.archive.memory_of(island);
        let rungs = self.campaign.evaluator.rungs().into_iter();
        rungs
            .map(|rung| memory.threshold(&rung.name, rung.keep, rung.field, rung.least_field))
            .collect()
    }
}

/// The steps read, parse, check, screen and claim of an attempt; a panic in one of them is a
/// rejection.
fn checked(
    slot: &mut Slot,
    response: Option<Response>,
    campaign: &Campaign,
    claims: &mut Claims,
) -> Result<Arc<Formula>, Rejection> {
    let check = || {
        if let Some(response) = response {
            let formulas = campaign.charter.instructions.formulas;
            slot.draft.read(campaign.proposer, formulas, response)?;
        }
        slot.draft.check(campaign.charter, claims)
    };
    std::panic::catch_unwind(AssertUnwindSafe(check)).unwrap_or_else(|_| {
        Err(Rejection::Crashed {
            detail: "reading or screening this reply panicked; please report it".to_owned(),
        })
    })
}

/// The pause of a campaign whose calls bring nothing.
fn unreachable(detail: String) -> StopReason {
    StopReason::Paused {
        pause: Pause::Unreachable,
        detail,
    }
}
