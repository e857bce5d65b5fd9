//! THE LOOP: attempts are opened, asked, checked, claimed, trained, recorded and placed, many at a
//! time and yet always in the same order.
//!
//! Attempt k is made from the archive as it stood after attempt k - lag had been placed, and claims
//! its function after all attempts before it; so the outcome depends on the seed and the replies
//! alone, not on the number of workers, and a resumed campaign goes on as if it had not stopped.

mod beginning;
mod briefing;
mod confirming;
mod crew;
mod draft;
mod founding;
mod purse;
mod window;

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

pub use briefing::{next, rough_brief, Next};
pub use confirming::{compare_contenders, YARDSTICK};
pub use founding::{found, found_after, EarlierFounders, Founding};
pub use purse::AttemptPurse;

use crate::archive::{ranking, Archive, Claims};
use crate::formula::FormulaError;
use crate::journal::{Journal, JournalError};
use crate::lab::{Laboratory, Thresholds};
use crate::numerics::stop::Stop;
use crate::proposer::{Pause, Proposer, Unanswered};
use crate::record::attempt::{Attempt, Outcome, Rejection, Reply};
use crate::record::candidate::Candidate;
use crate::record::charter::{Charter, Conclusion};
use crate::record::confirmation::Confirmation;
use crate::record::ledger::{Balance, Budget, Call};

use beginning::{Beginning, Beginnings};
use confirming::{confirm, Ended};
use crew::{Crew, Message};
use draft::{Draft, End, Sibling};
use window::{Arrival, Stage, Window};

/// Calls in a row without any reply after which a campaign pauses, for each source that its
/// proposer asks.
pub const MOST_FAILED_CALLS: u32 = 5;
/// Shares of the budget at which the user is told.
const BUDGET_MARKS: [f64; 3] = [0.5, 0.8, 0.95];

/// A campaign ready to run: everything it needs is checked and at hand.
pub struct Campaign<'a> {
    pub charter: &'a Charter,
    pub laboratory: &'a Laboratory,
    /// Baselines and other known activations, evaluated.
    pub founders: &'a [Candidate],
    pub proposer: &'a dyn Proposer,
    pub journal: &'a Journal,
    pub workers: usize,
    /// When the run was started: its wall time counts from there.
    pub started: Instant,
    /// Its own deadline is the run's time limit; where it is due for another reason, the user has
    /// asked to stop.
    pub stop: &'a Stop,
}

/// Why a campaign ended.
#[derive(Clone, Debug, PartialEq)]
pub enum StopReason {
    /// All attempts are made.
    AttemptsMade,
    TimeLimit,
    Interrupted,
    /// The proposer has no further reply.
    RepliesExhausted {
        detail: String,
    },
    /// No call can succeed before something has changed; the campaign goes on from here once that
    /// is mended.
    Paused {
        pause: Pause,
        detail: String,
    },
}

impl StopReason {
    /// The name that records and JSON output carry.
    pub fn name(&self) -> &'static str {
        match self {
            StopReason::AttemptsMade => "attempts_made",
            StopReason::TimeLimit => "time_limit",
            StopReason::Interrupted => "interrupted",
            StopReason::RepliesExhausted { .. } => "replies_exhausted",
            StopReason::Paused { pause, .. } => pause.name(),
        }
    }

    /// Whether no further attempt is to be expected, so that it is time to confirm what was found.
    fn ends_the_search(&self) -> bool {
        matches!(
            self,
            StopReason::AttemptsMade
                | StopReason::RepliesExhausted { .. }
                | StopReason::Paused {
                    pause: Pause::Budget,
                    ..
                }
        )
    }
}

/// Why a campaign could not go on; what was acknowledged is safe.
#[derive(Debug, thiserror::Error)]
pub enum CampaignError {
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error(
        "the formula of attempt {attempt} is not read by this version ({error}); go on with the \
         version that started the campaign"
    )]
    ForeignFormula { attempt: u64, error: FormulaError },
}

/// What a campaign came to.
#[derive(Debug)]
pub struct Finish {
    pub stop_reason: StopReason,
    /// Settled attempts, those of earlier runs included.
    pub attempts: u64,
    pub candidates: u64,
    /// Rejections by kind.
    pub rejections: BTreeMap<String, u64>,
    /// Candidates, fittest first on the tasks that selected.
    pub ranking: Vec<Candidate>,
    /// The fittest of them on fresh tasks; `None` while that is to be measured.
    pub confirmation: Option<Confirmation>,
    /// What it has spent, earlier runs included; what is held is for requests that were cut off.
    pub balance: Balance,
    pub wall: Duration,
}

/// What happens while a campaign runs, for a face to show.
pub enum Event<'e> {
    /// The campaign is where an earlier run left it, after this many attempts; 0 for a new one.
    Rebuilt(u64),
    /// An attempt is on disk and placed.
    Settled(&'e Attempt),
    /// The attempts are made; of the trials on fresh tasks, so many are.
    Confirming { done: u64, of: u64 },
    /// Something the user should know although the campaign goes on.
    Warning(String),
}

/// The state of a campaign under way.
struct Run<'a> {
    campaign: &'a Campaign<'a>,
    archive: Archive,
    claims: Claims,
    window: Window,
    beginnings: Beginnings,
    /// The largest share of the budget that the user was told of.
    told_share: f64,
    /// Calls of this run that brought a reply.
    answered_calls: u64,
    /// Calls of this run that brought none, in a row.
    failed_calls: u32,
    /// Why the last of them did not.
    last_failure: String,
}

/// Counts over settled attempts.
#[derive(Default)]
struct Tally {
    attempts: u64,
    candidates: u64,
    rejections: BTreeMap<String, u64>,
}

impl Campaign<'_> {
    /// Runs, or goes on with, the campaign until it has made its attempts and confirmed what it
    /// found, or must stop.
    pub fn run(&self, observe: &mut dyn FnMut(Event)) -> Result<Finish, CampaignError> {
        let stop_reason = std::thread::scope(|scope| -> Result<StopReason, CampaignError> {
            let crew = Crew::hire(scope, self, self.stop);
            let mut run = Run::rebuild(self, &crew)?;
            observe(Event::Rebuilt(run.window.settled_before()));
            loop {
                run.claim_in_order(&crew);
                run.place_in_order(&crew, observe)?;
                if let Some(reason) = run.finished() {
                    run.let_asks_end(&crew, &reason, observe)?;
                    return Ok(reason);
                }
                if self.stop.is_due() {
                    return Ok(self.cut_off());
                }
                match crew.wait() {
                    Some(Message::Replied { attempt, response }) => {
                        run.window.replied(attempt, response);
                        run.tell_share(observe)?;
                    }
                    Some(Message::Trained { attempt, end }) => run.window.trained(attempt, end),
                    Some(Message::JournalFailed(error)) => return Err(error.into()),
                    None => {}
                }
            }
        })?;
        let stop_reason = if stop_reason.ends_the_search() {
            self.confirm(stop_reason, observe)?
        } else {
            stop_reason
        };
        self.conclude(stop_reason, self.started.elapsed())
    }

    /// Measures the fittest candidates on fresh tasks; the reason for the end of the run, which is
    /// another where it was stopped meanwhile.
    fn confirm(
        &self,
        stop_reason: StopReason,
        observe: &mut dyn FnMut(Event),
    ) -> Result<StopReason, CampaignError> {
        let ranking = ranking(&self.journal.attempts(&self.charter.campaign)?);
        match confirm(self, &ranking, self.stop, observe)? {
            Ended::Confirmed => Ok(stop_reason),
            Ended::Halted => Ok(self.cut_off()),
        }
    }

    /// Why the run ends where its stop is due.
    fn cut_off(&self) -> StopReason {
        if self.stop.is_overdue() {
            StopReason::TimeLimit
        } else {
            StopReason::Interrupted
        }
    }

    /// What the journal says of the campaign, with `stop_reason` recorded as its end.
    fn conclude(&self, stop_reason: StopReason, wall: Duration) -> Result<Finish, CampaignError> {
        let name = &self.charter.campaign;
        let (attempts, confirmation) = (
            self.journal.attempts(name)?,
            self.journal.confirmations(name)?.pop(),
        );
        let finish = Finish::of(
            &attempts,
            confirmation,
            self.journal.balance(name)?,
            stop_reason,
            wall,
        );
        let earlier = self
            .journal
            .conclusion(name)?
            .map_or(0.0, |conclusion| conclusion.wall_seconds);
        let stop_reason = finish.stop_reason.name().to_owned();
        let conclusion = Conclusion {
            stop_reason,
            attempts: finish.attempts,
            wall_seconds: earlier + wall.as_secs_f64(),
        };
        self.journal.conclude(name, &conclusion)?;
        tracing::info!(
            campaign = name,
            attempts = finish.attempts,
            stop_reason = conclusion.stop_reason,
            "the campaign has stopped"
        );
        Ok(finish)
    }
}

impl Finish {
    /// What settled attempts and the latest confirmation come to.
    pub fn of(
        attempts: &[Attempt],
        confirmation: Option<Confirmation>,
        balance: Balance,
        stop_reason: StopReason,
        wall: Duration,
    ) -> Finish {
        let mut tally = Tally::default();
        attempts.iter().for_each(|attempt| tally.count(attempt));
        let ranking = ranking(attempts);
        let Tally {
            attempts,
            candidates,
            rejections,
        } = tally;
        let confirmation =
            confirmation.filter(|confirmation| confirmation.candidates == candidates);
        Finish {
            stop_reason,
            attempts,
            candidates,
            rejections,
            ranking,
            confirmation,
            balance,
            wall,
        }
    }
}

impl<'a> Run<'a> {
    /// The state after all settled attempts, with the attempts that follow opened.
    fn rebuild(campaign: &'a Campaign<'a>, crew: &Crew) -> Result<Run<'a>, CampaignError> {
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
                campaign.charter.islands,
                campaign.charter.cost_budget,
                campaign.founders.to_vec(),
            ),
            claims: founding::claims(campaign.founders),
            window: Window::new(campaign.charter.attempts, settled.len() as u64, left_open),
            beginnings: Beginnings::new(campaign.charter),
            told_share: 0.0,
            answered_calls: 0,
            failed_calls: 0,
            last_failure: String::new(),
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
        run.told_share = journal.balance(name)?.share(&run.budget());
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
        let (proposer, thresholds) = (self.campaign.proposer, self.thresholds());
        let renews = match beginning {
            Beginning::Sibling(sibling) => {
                return self.window.open_answered(
                    attempt,
                    Draft::of_sibling(attempt, sibling, proposer.name()),
                    thresholds,
                )
            }
            Beginning::Asked { renews } => renews,
        };
        let lab = self.campaign.laboratory.lab();
        let mut brief = briefing::brief(
            self.campaign.charter,
            lab,
            self.campaign.founders,
            &self.archive,
            attempt,
            renews,
        );
        proposer.assign(&mut brief);
        let draft = Draft::new(&brief, self.archive.island_of(attempt), proposer.name());
        let earlier = self.window.open(attempt, draft, thresholds);
        crew.ask(brief, earlier);
    }

    /// Parses, screens and claims every reply whose turn has come.
    fn claim_in_order(&mut self, crew: &Crew) {
        while let Some((slot, arrival)) = self.window.next_to_claim() {
            let response = match arrival {
                Arrival::Response(response) => {
                    self.answered_calls += 1;
                    self.failed_calls = 0;
                    Some(response)
                }
                Arrival::Sibling => None,
                Arrival::None(Unanswered::Failed(detail)) => {
                    self.failed_calls += 1;
                    self.last_failure.clone_from(&detail);
                    slot.stage = Stage::Ended(End::rejected(Rejection::NoReply { detail }));
                    continue;
                }
                Arrival::None(Unanswered::Lost(detail)) => {
                    slot.stage = Stage::Ended(End::rejected(Rejection::NoReply { detail }));
                    continue;
                }
                Arrival::None(Unanswered::Exhausted(detail)) => {
                    let last = slot.draft.attempt - 1;
                    self.window
                        .end_after(last, StopReason::RepliesExhausted { detail });
                    continue;
                }
                Arrival::None(Unanswered::Paused { pause, detail }) => {
                    let last = slot.draft.attempt - 1;
                    self.window
                        .end_after(last, StopReason::Paused { pause, detail });
                    continue;
                }
                // The campaign is stopping: the attempt stays open and is made again on resume.
                Arrival::None(Unanswered::Stopped) => continue,
            };
            let check = || {
                response.map_or(Ok(()), |response| {
                    slot.draft.read(self.campaign.proposer, response)
                })?;
                slot.draft.check(self.campaign.charter, &mut self.claims)
            };
            let panicked = |_| {
                Err(Rejection::Crashed {
                    detail: "reading or screening this reply panicked; please report it".to_owned(),
                })
            };
            match std::panic::catch_unwind(AssertUnwindSafe(check)).unwrap_or_else(panicked) {
                Ok(formula) => {
                    slot.stage = Stage::Training;
                    crew.train(slot.draft.attempt, formula, slot.thresholds.clone());
                }
                Err(rejection) => {
                    tracing::debug!(
                        attempt = slot.draft.attempt,
                        kind = rejection.kind(),
                        "rejected before training"
                    );
                    slot.stage = Stage::Ended(End::rejected(rejection));
                }
            }
        }
    }

    /// Judges, records and places every ended attempt whose turn has come; it is on disk before it
    /// counts.
    fn place_in_order(
        &mut self,
        crew: &Crew,
        observe: &mut dyn FnMut(Event),
    ) -> Result<(), CampaignError> {
        while let Some((draft, end)) = self.window.next_to_place() {
            let calls = self.close_account(draft.attempt, draft.reply())?;
            let (attempt, siblings) = draft.end(end, calls, &self.archive);
            self.campaign
                .journal
                .settle(&self.campaign.charter.campaign, &attempt)?;
            self.take_in(&attempt, siblings, crew);
            observe(Event::Settled(&attempt));
            if let Some(Rejection::NoReply { detail }) = attempt.outcome.rejection() {
                observe(Event::Warning(format!(
                    "attempt {} got no reply: {detail}",
                    attempt.attempt
                )));
            }
        }
        Ok(())
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
    fn tell_share(&mut self, observe: &mut dyn FnMut(Event)) -> Result<(), CampaignError> {
        let budget = self.budget();
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

    fn most_failed_calls(&self) -> u32 {
        MOST_FAILED_CALLS.saturating_mul(self.campaign.proposer.sources().max(1))
    }

    fn budget(&self) -> Budget {
        self.campaign
            .charter
            .asking
            .as_ref()
            .map(|asking| asking.budget)
            .unwrap_or_default()
    }

    /// Folds a settled attempt into the archive and opens the attempt that was waiting for it.
    fn take_in(&mut self, attempt: &Attempt, siblings: Vec<Sibling>, crew: &Crew) {
        self.archive.fold(attempt);
        self.campaign.proposer.learn(attempt);
        self.beginnings.take_in(siblings);
        self.window.placed(attempt.attempt);
        if self.failed_calls < self.most_failed_calls() {
            self.open(attempt.attempt + self.campaign.charter.lag, crew);
        }
    }

    /// Before a pause, lets the requests under way end, so that their replies are kept and not paid
    /// for in vain.
    fn let_asks_end(
        &self,
        crew: &Crew,
        reason: &StopReason,
        observe: &mut dyn FnMut(Event),
    ) -> Result<(), CampaignError> {
        if !matches!(reason, StopReason::Paused { .. }) || crew.asking() == 0 {
            return Ok(());
        }
        observe(Event::Warning(format!(
            "pausing ({}): the {} proposals that are being asked for are waited for first",
            reason.name(),
            crew.asking()
        )));
        while crew.asking() > 0 && !self.campaign.stop.is_due() {
            if let Some(Message::JournalFailed(error)) = crew.wait() {
                return Err(error.into());
            }
        }
        Ok(())
    }

    /// The reason to stop, once all that could be placed has been placed.
    fn finished(&self) -> Option<StopReason> {
        if self.failed_calls >= self.most_failed_calls() {
            return Some(unreachable(format!(
                "{} calls in a row brought no reply; the last: {}",
                self.failed_calls, self.last_failure
            )));
        }
        match self.window.finished()? {
            StopReason::AttemptsMade if self.failed_calls > 0 && self.answered_calls == 0 => {
                Some(unreachable(format!(
                    "not one call brought a reply; the last: {}",
                    self.last_failure
                )))
            }
            reason => Some(reason),
        }
    }

    fn thresholds(&self) -> Thresholds {
        let rungs = &self.campaign.laboratory.lab().rungs;
        rungs
            .iter()
            .map(|rung| {
                self.archive
                    .threshold(&rung.name, rung.keep, rung.field, rung.least_field)
            })
            .collect()
    }
}

/// The pause of a campaign whose calls bring nothing.
fn unreachable(detail: String) -> StopReason {
    StopReason::Paused {
        pause: Pause::Unreachable,
        detail,
    }
}

impl Tally {
    fn count(&mut self, attempt: &Attempt) {
        self.attempts += 1;
        match &attempt.outcome {
            Outcome::Placed(_) => self.candidates += 1,
            Outcome::Rejected(rejection) => {
                *self
                    .rejections
                    .entry(rejection.kind().to_owned())
                    .or_insert(0) += 1
            }
        }
    }
}
