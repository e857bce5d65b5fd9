//! THE LOOP: attempts are opened, asked, checked, claimed, trained, recorded and placed, many at a time and yet always in the same order.
//!
//! Attempt k is made from the archive as it stood after attempt k - lag had been placed, and claims its function after all attempts before it;
//! so the outcome depends on the seed and the replies alone, not on the number of workers, and a resumed campaign goes on as if it had not stopped.

mod confirming;
mod crew;
mod draft;
mod founding;
mod window;

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

pub use confirming::{compare_contenders, YARDSTICK};
pub use founding::found;

use crate::archive::{ranking, Archive, Claims, Sample};
use crate::attempt::{Attempt, Outcome, Rejection};
use crate::candidate::Candidate;
use crate::charter::{Charter, Conclusion};
use crate::confirmation::Confirmation;
use crate::evaluator::{Laboratory, Thresholds};
use crate::formula::FormulaError;
use crate::journal::{Journal, JournalError};
use crate::network::Halt;
use crate::proposer::{Brief, Exemplar, Proposer, Setback, Unanswered};
use crate::stream::Key;

use confirming::{confirm, Ended};
use crew::{Crew, Message};
use draft::{Draft, End};
use window::{Stage, Window};

/// Calls in a row without any reply after which a campaign gives up.
pub const MOST_FAILED_CALLS: u32 = 5;

/// A campaign ready to run: everything it needs is checked and at hand.
pub struct Campaign<'a> {
    pub charter: &'a Charter,
    pub laboratory: &'a Laboratory,
    /// Baselines and other known activations, evaluated.
    pub founders: &'a [Candidate],
    pub proposer: &'a dyn Proposer,
    pub journal: &'a Journal,
    pub workers: usize,
    /// When the run was started: its time limit and its wall time count from there.
    pub started: Instant,
    pub time_limit: Option<Duration>,
    /// Answers true once the user has asked to stop.
    pub interrupted: &'a (dyn Fn() -> bool + Sync),
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
    /// Too many calls in a row brought no reply.
    Unreachable {
        detail: String,
    },
    /// No call can succeed until something is changed.
    Hopeless {
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
            StopReason::Unreachable { .. } => "unreachable",
            StopReason::Hopeless { .. } => "hopeless",
        }
    }

    /// Whether no further attempt is to be expected, so that it is time to confirm what was found.
    fn ends_the_search(&self) -> bool {
        matches!(self, StopReason::AttemptsMade | StopReason::RepliesExhausted { .. })
    }
}

/// Why a campaign could not go on; what was acknowledged is safe.
#[derive(Debug, thiserror::Error)]
pub enum CampaignError {
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error("the formula of attempt {attempt} is not read by this version ({error}); go on with the version that started the campaign")]
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
    key: Key,
    /// Calls of this run that brought a reply.
    answered_calls: u64,
    /// Calls of this run that brought none, in a row.
    failed_calls: u32,
}

/// Counts over settled attempts.
#[derive(Default)]
struct Tally {
    attempts: u64,
    candidates: u64,
    rejections: BTreeMap<String, u64>,
}

impl Campaign<'_> {
    /// Runs, or goes on with, the campaign until it has made its attempts and confirmed what it found, or must stop.
    pub fn run(&self, observe: &mut dyn FnMut(Event)) -> Result<Finish, CampaignError> {
        let overtime = || self.time_limit.is_some_and(|limit| self.started.elapsed() >= limit);
        let stopping = || (self.interrupted)() || overtime();
        let stop_reason = std::thread::scope(|scope| -> Result<StopReason, CampaignError> {
            let crew = Crew::hire(scope, self, &stopping);
            let mut run = Run::rebuild(self, &crew)?;
            observe(Event::Rebuilt(run.window.settled_before()));
            loop {
                run.claim_in_order(&crew);
                run.place_in_order(&crew, observe)?;
                if let Some(reason) = run.finished() {
                    return Ok(reason);
                }
                if stopping() {
                    return Ok(if overtime() { StopReason::TimeLimit } else { StopReason::Interrupted });
                }
                match crew.wait() {
                    Some(Message::Replied { attempt, answer }) => run.window.replied(attempt, answer),
                    Some(Message::Trained { attempt, end }) => run.window.trained(attempt, end),
                    Some(Message::JournalFailed(error)) => return Err(error.into()),
                    None => {}
                }
            }
        })?;
        let stop_reason = if stop_reason.ends_the_search() { self.confirm(stop_reason, &stopping, &overtime, observe)? } else { stop_reason };
        self.conclude(stop_reason, self.started.elapsed())
    }

    /// Measures the fittest candidates on fresh tasks; the reason for the end of the run, which is another where it was stopped meanwhile.
    fn confirm(
        &self,
        stop_reason: StopReason,
        stopping: &(dyn Fn() -> bool + Sync),
        overtime: &dyn Fn() -> bool,
        observe: &mut dyn FnMut(Event),
    ) -> Result<StopReason, CampaignError> {
        let ranking = ranking(&self.journal.attempts(&self.charter.campaign)?);
        match confirm(self, &ranking, &|| stopping().then_some(Halt::Stopped), observe)? {
            Ended::Confirmed => Ok(stop_reason),
            Ended::Halted if overtime() => Ok(StopReason::TimeLimit),
            Ended::Halted => Ok(StopReason::Interrupted),
        }
    }

    /// What the journal says of the campaign, with `stop_reason` recorded as its end.
    fn conclude(&self, stop_reason: StopReason, wall: Duration) -> Result<Finish, CampaignError> {
        let name = &self.charter.campaign;
        let finish = Finish::of(&self.journal.attempts(name)?, self.journal.confirmations(name)?.pop(), stop_reason, wall);
        let earlier = self.journal.conclusion(name)?.map_or(0.0, |conclusion| conclusion.wall_seconds);
        let stop_reason = finish.stop_reason.name().to_owned();
        let conclusion = Conclusion { stop_reason, attempts: finish.attempts, wall_seconds: earlier + wall.as_secs_f64() };
        self.journal.conclude(name, &conclusion)?;
        tracing::info!(campaign = name, attempts = finish.attempts, stop_reason = conclusion.stop_reason, "the campaign has stopped");
        Ok(finish)
    }
}

impl Finish {
    /// What settled attempts and the latest confirmation come to.
    pub fn of(attempts: &[Attempt], confirmation: Option<Confirmation>, stop_reason: StopReason, wall: Duration) -> Finish {
        let mut tally = Tally::default();
        attempts.iter().for_each(|attempt| tally.count(attempt));
        let ranking = ranking(attempts);
        let Tally { attempts, candidates, rejections } = tally;
        let confirmation = confirmation.filter(|confirmation| confirmation.candidates == candidates);
        Finish { stop_reason, attempts, candidates, rejections, ranking, confirmation, wall }
    }
}

impl<'a> Run<'a> {
    /// The state after all settled attempts, with the attempts that follow opened.
    fn rebuild(campaign: &'a Campaign<'a>, crew: &Crew) -> Result<Run<'a>, CampaignError> {
        let settled = campaign.journal.attempts(&campaign.charter.campaign)?;
        let left_open = campaign.journal.open_attempts(&campaign.charter.campaign)?;
        let mut run = Run {
            campaign,
            archive: Archive::founded(campaign.charter.islands, campaign.charter.cost_budget, campaign.founders.to_vec()),
            claims: founding::claims(campaign.founders),
            window: Window::new(campaign.charter.attempts, settled.len() as u64, left_open),
            key: Key::new(campaign.charter.seed).word("campaign"),
            answered_calls: 0,
            failed_calls: 0,
        };
        for attempt in 1..=campaign.charter.lag {
            run.open(attempt, crew);
        }
        for attempt in settled {
            draft::claim_again(&mut run.claims, &attempt).map_err(|error| CampaignError::ForeignFormula { attempt: attempt.attempt, error })?;
            run.take_in(&attempt, crew);
        }
        Ok(run)
    }

    /// Samples the brief of an attempt from the archive as it stands, and sends it to be asked, unless the attempt is settled or beyond the last.
    fn open(&mut self, attempt: u64, crew: &Crew) {
        if !self.window.wants(attempt) {
            return;
        }
        let sample = self.archive.sample(attempt, &self.key.number(attempt));
        let draft = Draft::new(attempt, self.archive.island_of(attempt), self.campaign.proposer.name(), &sample);
        let brief = self.brief(attempt, &sample);
        let thresholds = self.thresholds();
        let earlier = self.window.open(attempt, draft, thresholds);
        crew.ask(brief, earlier);
    }

    /// Parses, screens and claims every reply whose turn has come.
    fn claim_in_order(&mut self, crew: &Crew) {
        while let Some((slot, answer)) = self.window.next_to_claim() {
            let reply = match answer {
                Ok(reply) => {
                    self.answered_calls += 1;
                    self.failed_calls = 0;
                    reply
                }
                Err(Unanswered::Failed(detail)) => {
                    self.failed_calls += 1;
                    slot.stage = Stage::Ended(End::rejected(Rejection::NoReply { detail }));
                    continue;
                }
                Err(Unanswered::Lost(detail)) => {
                    slot.stage = Stage::Ended(End::rejected(Rejection::NoReply { detail }));
                    continue;
                }
                Err(Unanswered::Exhausted(detail)) => {
                    let last = slot.draft.attempt - 1;
                    self.window.end_after(last, StopReason::RepliesExhausted { detail });
                    continue;
                }
                Err(Unanswered::Hopeless(detail)) => {
                    let last = slot.draft.attempt - 1;
                    self.window.end_after(last, StopReason::Hopeless { detail });
                    continue;
                }
                // The campaign is stopping: the attempt stays open and is made again on resume.
                Err(Unanswered::Stopped) => continue,
            };
            let check = || slot.draft.check(self.campaign.proposer, reply, self.campaign.charter, &mut self.claims);
            let panicked = |_| Err(Rejection::Crashed { detail: "reading or screening this reply panicked; please report it".to_owned() });
            match std::panic::catch_unwind(AssertUnwindSafe(check)).unwrap_or_else(panicked) {
                Ok(formula) => {
                    slot.stage = Stage::Training;
                    crew.train(slot.draft.attempt, formula, slot.thresholds.clone());
                }
                Err(rejection) => {
                    tracing::debug!(attempt = slot.draft.attempt, kind = rejection.kind(), "rejected before training");
                    slot.stage = Stage::Ended(End::rejected(rejection));
                }
            }
        }
    }

    /// Judges, records and places every ended attempt whose turn has come; it is on disk before it counts.
    fn place_in_order(&mut self, crew: &Crew, observe: &mut dyn FnMut(Event)) -> Result<(), CampaignError> {
        while let Some((draft, end)) = self.window.next_to_place() {
            let attempt = draft.end(end, &self.archive);
            self.campaign.journal.settle(&self.campaign.charter.campaign, &attempt)?;
            self.take_in(&attempt, crew);
            observe(Event::Settled(&attempt));
            if let Some(Rejection::NoReply { detail }) = attempt.outcome.rejection() {
                observe(Event::Warning(format!("attempt {} got no reply: {detail}", attempt.attempt)));
            }
        }
        Ok(())
    }

    /// Folds a settled attempt into the archive and opens the attempt that was waiting for it.
    fn take_in(&mut self, attempt: &Attempt, crew: &Crew) {
        self.archive.fold(attempt);
        self.window.placed(attempt.attempt);
        if self.failed_calls < MOST_FAILED_CALLS {
            self.open(attempt.attempt + self.campaign.charter.lag, crew);
        }
    }

    /// The reason to stop, once all that could be placed has been placed.
    fn finished(&self) -> Option<StopReason> {
        if self.failed_calls >= MOST_FAILED_CALLS {
            return Some(StopReason::Unreachable { detail: format!("{MOST_FAILED_CALLS} calls in a row brought no reply") });
        }
        match self.window.finished()? {
            StopReason::AttemptsMade if self.failed_calls > 0 && self.answered_calls == 0 => {
                Some(StopReason::Unreachable { detail: "not one call brought a reply".to_owned() })
            }
            reason => Some(reason),
        }
    }

    fn thresholds(&self) -> Thresholds {
        let rungs = &self.campaign.laboratory.lab().rungs;
        rungs.iter().map(|rung| self.archive.threshold(&rung.name, rung.keep, rung.field, rung.least_field)).collect()
    }

    fn brief(&self, attempt: u64, sample: &Sample) -> Brief {
        let baselines = &self.campaign.laboratory.lab().baselines;
        let is_baseline = |founder: &&Candidate| founder.name.as_ref().is_some_and(|name| baselines.contains(name));
        Brief {
            attempt,
            key: self.key.number(attempt).word("proposal"),
            target: self.campaign.charter.target.clone(),
            parents: sample.parents.iter().map(|elite| exemplar(elite)).collect(),
            inspirations: sample.inspirations.iter().map(|elite| exemplar(elite)).collect(),
            setbacks: self.archive.rejections().map(|(formula, rejection)| setback(formula, rejection)).collect(),
            baselines: self.campaign.founders.iter().filter(is_baseline).map(exemplar).collect(),
            cost_budget: self.campaign.charter.cost_budget,
            class: self.campaign.charter.class,
            parameters: self.campaign.charter.parameters,
        }
    }
}

impl Tally {
    fn count(&mut self, attempt: &Attempt) {
        self.attempts += 1;
        match &attempt.outcome {
            Outcome::Placed(_) => self.candidates += 1,
            Outcome::Rejected(rejection) => *self.rejections.entry(rejection.kind().to_owned()).or_insert(0) += 1,
        }
    }
}

fn exemplar(candidate: &Candidate) -> Exemplar {
    let evaluation = &candidate.evaluation;
    Exemplar {
        formula: candidate.formula.clone(),
        fitness: evaluation.estimate.fitness.value(),
        profiles: evaluation.profiles.iter().map(|(name, estimate)| (name.clone(), estimate.fitness.value())).collect(),
        name: candidate.name.clone(),
        rationale: candidate.rationale.clone(),
    }
}

fn setback(formula: &str, rejection: &Rejection) -> Setback {
    Setback { formula: formula.to_owned(), kind: rejection.kind().to_owned(), detail: rejection.detail() }
}
